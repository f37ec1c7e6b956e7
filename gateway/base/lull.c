#include "gateway/base/lull.h"

enum { SECOND_NS = 1000000000 };

/* Of count messages in span_ns. */
static uint64_t gap_ns(uint64_t count, uint64_t span_ns)
{
	uint64_t gap;

	if (count * SECOND_NS / span_ns < LULL_BUSY_PER_S)
		return 0;
	gap = LULL_MESSAGES * span_ns / count;
	return gap < LULL_MAX_NS ? gap : LULL_MAX_NS;
}

void lull_turn(struct lull *u, uint64_t now_ns)
{
	uint64_t span_ns = now_ns - u->since_ns;

	u->turn_ns = now_ns;
	u->is_behind = false;
	if (span_ns < LULL_WINDOW_NS)
		return;
	u->gap_ns = gap_ns(u->count, span_ns);
	u->since_ns = now_ns;
	u->count = 0;
}

uint64_t lull_until_ns(const struct lull *u)
{
	return u->gap_ns > 0 && !u->is_behind ? u->turn_ns + u->gap_ns : 0;
}
