#ifndef STOX_XMPP_PULSE_H
#define STOX_XMPP_PULSE_H
#include <stdbool.h>
#include <stdint.h>

/* Is the other end of a stream alive? A value without a clock: silence is
 * answered by a ping, and silence after the ping is the end. Any byte counts
 * as life. A peer that speaks but takes nothing from us is found as well. */
struct pulse {
	uint64_t idle_ms, timeout_ms;
	uint64_t in_ms;	  /* when the last byte came */
	uint64_t out_ms;  /* when the peer last took a byte, or had not to */
	uint64_t ping_ms; /* when the ping went */
	bool is_pinged;	  /* and nothing has come since */
};

enum pulse_verdict {
	PULSE_GOOD,
	PULSE_PING,	/* send one now */
	PULSE_SILENT,	/* no answer to it */
	PULSE_STANDING, /* takes nothing from us */
};

void pulse_start(struct pulse *p, uint64_t idle_ms, uint64_t timeout_ms,
		 uint64_t now_ms);
void pulse_heard(struct pulse *p, uint64_t now_ms);
void pulse_wrote(struct pulse *p, uint64_t now_ms);
/* is_stuck: bytes wait that the peer does not take. *next_ms: when to ask
 * again, in ms from now, for the first two verdicts. */
enum pulse_verdict pulse_check(struct pulse *p, bool is_stuck, uint64_t now_ms,
			       uint64_t *next_ms);

#endif
