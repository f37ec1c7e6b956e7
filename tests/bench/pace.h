#ifndef BENCH_PACE_H
#define BENCH_PACE_H
#include <stdbool.h>
#include <stdint.h>

/* An open loop: how many messages are due by now. An owner who is late makes up
 * for 5 ms (and a few) at most; what was due before is skipped and counted, so
 * that no flood is of our own making. */
enum { PACE_TICK_NS = 250000, PACE_LATE_MS = 5, PACE_SPARE = 16 };
struct pace {
	double per_ns;
	uint64_t start_ns, end_ns;
	uint64_t given;	  /* messages handed out */
	uint64_t skipped; /* not handed out in their time */
};

void pace_start(struct pace *p, unsigned rate, double seconds);
unsigned pace_due(struct pace *p, uint64_t now_ns);
bool pace_is_over(const struct pace *p, uint64_t now_ns);

#endif
