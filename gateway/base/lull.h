#ifndef STOX_BASE_LULL_H
#define STOX_BASE_LULL_H
#include <stdbool.h>
#include <stdint.h>

/* How long a busy loop lets messages gather before it looks again, so that
 * they share what a turn costs: a wake-up, the waits, reads and writes, a ping
 * of the barrier. As interrupts are moderated: while more than LULL_BUSY_PER_S
 * come, turns begin no closer than it takes LULL_MESSAGES to come, and never
 * further apart than LULL_MAX_NS for that. Below that rate nothing waits, nor
 * behind a turn that left something unread. */
enum {
	LULL_BUSY_PER_S = 10000,
	LULL_MESSAGES = 24,
	LULL_MAX_NS = 500000,
	LULL_WINDOW_NS = 4000000 /* the rate is that of so long */
};
struct lull {
	uint64_t turn_ns;  /* when this turn began */
	uint64_t since_ns; /* when the count did */
	uint64_t gap_ns;   /* from one turn to the next; 0: not busy */
	uint64_t count;	   /* messages that came in */
	bool is_behind;	   /* this turn has left something unread */
};

static inline void lull_count(struct lull *u)
{
	u->count++;
}

/* A turn begins: what the wait was for is there. */
void lull_turn(struct lull *u, uint64_t now_ns);
/* When the next turn may begin; 0: at once. */
uint64_t lull_until_ns(const struct lull *u);

#endif
