#ifndef STOX_XMPP_RETRY_H
#define STOX_XMPP_RETRY_H
#include <stdbool.h>
#include <stdint.h>

/* How long to wait before the next attempt to reach the XMPP server. A value:
 * the clock is passed in. */
enum retry_cause {
	RETRY_TROUBLE,	/* refused, cut, broken, silent: will pass */
	RETRY_SETTINGS, /* a person must change something first */
	RETRY_CONFLICT, /* another connection holds our name */
};

struct retry {
	uint64_t min_ms, max_ms;
	uint64_t outage_ms; /* clock: since when there is no link */
	unsigned failures;  /* of any kind */
	unsigned refusals, conflicts;
};

void retry_init(struct retry *r, uint64_t min_ms, uint64_t max_ms,
		uint64_t now_ms);
/* A stream that was up since up_ms has ended. One that was good for
 * RETRY_GOOD_MS lets the back-off begin anew, any that of refusals. */
void retry_was_up(struct retry *r, uint64_t up_ms, uint64_t now_ms);
/* Counts a failure and returns the wait, jittered: min_ms at most after the
 * first one, then doubling. Trouble is looked at again within 2 s during the
 * first minutes, since a server restarts in less, and after that within a
 * hundredth of the outage, up to max_ms. A refusal that a person must end is
 * waited for four times longer each time; a conflict eight times min_ms at
 * first, and twice as long each time. */
uint64_t retry_next_ms(struct retry *r, enum retry_cause cause,
		       uint64_t now_ms);

#endif
