#include "xmpp/retry.h"

#include "gateway/base/loop.h"

enum {
	RETRY_GOOD_MS = 60000,
	RETRY_QUICK_MS = 1800,
	/* The wait adds at most this part to the outage's length. */
	RETRY_OUTAGE_PART = 128,
	RETRY_DOUBLINGS_MAX = 24,
	RETRY_SPREAD_PERCENT = 25,
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void retry_init(struct retry *r, uint64_t min_ms, uint64_t max_ms,
		uint64_t now_ms)
{
	*r = (struct retry){ .min_ms = min_ms,
			     .max_ms = max_ms > min_ms ? max_ms : min_ms,
			     .outage_ms = now_ms };
}

void retry_was_up(struct retry *r, uint64_t up_ms, uint64_t now_ms)
{
	r->refusals = 0; /* what let us in is right */
	if (now_ms - up_ms >= RETRY_GOOD_MS)
		r->failures = r->conflicts = 0;
	r->outage_ms = now_ms;
}

/* The most that trouble may make us wait now. */
static uint64_t trouble_cap_ms(const struct retry *r, uint64_t now_ms)
{
	uint64_t cap = (now_ms - r->outage_ms) / RETRY_OUTAGE_PART;

	return cap > RETRY_QUICK_MS ? cap : RETRY_QUICK_MS;
}

/* Refusals are counted apart: after any number of cuts the first one may be a
 * mistake that is over at once. Who loses his name to another has it longer,
 * so that two that share one do not throw each other out all the time. */
static unsigned steps_of(const struct retry *r, enum retry_cause cause)
{
	unsigned steps;

	switch (cause) {
	case RETRY_SETTINGS:
		steps = 2 * r->refusals;
		break;
	case RETRY_CONFLICT:
		steps = r->conflicts + 3;
		break;
	case RETRY_TROUBLE:
	default:
		steps = r->failures;
		break;
	}
	return steps < RETRY_DOUBLINGS_MAX ? steps : RETRY_DOUBLINGS_MAX;
}

static uint64_t wait_ms(const struct retry *r, enum retry_cause cause,
			uint64_t now_ms)
{
	uint64_t wait = least(r->min_ms << steps_of(r, cause), r->max_ms);

	if (cause == RETRY_TROUBLE && wait > r->min_ms)
		wait = least(wait, trouble_cap_ms(r, now_ms));
	return wait > r->min_ms ? wait : r->min_ms;
}

static void count(unsigned *n)
{
	if (*n < RETRY_DOUBLINGS_MAX)
		++*n;
}

uint64_t retry_next_ms(struct retry *r, enum retry_cause cause, uint64_t now_ms)
{
	uint64_t wait = wait_ms(r, cause, now_ms);

	count(&r->failures);
	if (cause == RETRY_SETTINGS)
		count(&r->refusals);
	if (cause == RETRY_CONFLICT)
		count(&r->conflicts);
	/* Downwards only: from three fifths of the wait to all of it. */
	return loop_jitter_ms(wait - wait / 5, RETRY_SPREAD_PERCENT);
}
