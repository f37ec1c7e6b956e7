#ifndef STOX_XMPP_PINGPACE_H
#define STOX_XMPP_PINGPACE_H
#include <stdbool.h>
#include <stdint.h>

/* When the barrier's next ping may leave. It costs the server a stanza each
 * way: while more than PINGPACE_BUSY_PER_S tickets come, pings are
 * PINGPACE_GAP_MS apart, so that there are 50 a second at 2,000, or have
 * PINGPACE_TICKETS to serve. Below that rate none waits. Zeroed: nothing
 * happened yet. */
enum {
	PINGPACE_BUSY_PER_S = 1000,
	PINGPACE_WINDOW_MS = 50, /* the rate is that of so long */
	PINGPACE_GAP_MS = 20,
	PINGPACE_TICKETS = 48
};
struct pingpace {
	uint64_t since_ms; /* when the window began */
	uint64_t asked_ms; /* when the last ping left */
	unsigned tickets;  /* in the window */
	unsigned unserved; /* since the last ping */
	bool is_busy;
};

static inline void pingpace_ticket(struct pingpace *p)
{
	p->tickets++;
	p->unserved++;
}

/* Nothing that was written waits any more. */
static inline void pingpace_lost(struct pingpace *p)
{
	p->unserved = 0;
}

/* For how long it has to wait yet; 0: not at all. */
uint64_t pingpace_wait_ms(struct pingpace *p, uint64_t now_ms);
void pingpace_left(struct pingpace *p, uint64_t now_ms);

#endif
