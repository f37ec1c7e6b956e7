#include "pace.h"
#include "clock.h"

void pace_start(struct pace *p, unsigned rate, double seconds)
{
	*p = (struct pace){ .per_ns = rate / (double)SECOND_NS,
			    .start_ns = clock_ns() };
	p->end_ns = p->start_ns + (uint64_t)(seconds * (double)SECOND_NS);
}

unsigned pace_due(struct pace *p, uint64_t now_ns)
{
	uint64_t room = (uint64_t)(p->per_ns * PACE_LATE_MS * 1e6) + PACE_SPARE;
	uint64_t until = now_ns < p->end_ns ? now_ns : p->end_ns;
	uint64_t all = (uint64_t)((double)(until - p->start_ns) * p->per_ns);
	uint64_t due = all - p->given - p->skipped;

	if (due > room) {
		p->skipped += due - room;
		due = room;
	}
	p->given += due;
	return (unsigned)due;
}

bool pace_is_over(const struct pace *p, uint64_t now_ns)
{
	return now_ns >= p->end_ns;
}
