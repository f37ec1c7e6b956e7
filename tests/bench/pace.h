#ifndef BENCH_PACE_H
#define BENCH_PACE_H
#include <stdbool.h>
#include <stdint.h>

/* An open loop: how many messages are due by now. It falls behind, and says
 * so, when its owner cannot keep up; it never makes up for more than a tick
 * late, so that no burst is of our own making. */
enum { PACE_TICK_NS = 250000 };
struct pace {
	double per_ns;
	uint64_t start_ns, end_ns;
	uint64_t given; /* messages handed out */
	uint64_t skipped; /* not handed out in their time */
};

void pace_start(struct pace *p, unsigned rate, double seconds);
/* At most room; what is more is skipped. */
unsigned pace_due(struct pace *p, uint64_t now_ns, unsigned room);
bool pace_is_over(const struct pace *p, uint64_t now_ns);

#endif
