#include "sip/lapse.h"
#include "gateway/base/loop.h"

enum {
	TENTH = 10,
	BEFORE_END_MS = 60000,
	JITTER_PERCENT = 5,
	RETRY_JITTER_PERCENT = 20,
	RETRY_AFTER_MAX_S = 86400
};

uint64_t lapse_refresh_ms(uint64_t left_ms, unsigned margin_ms,
			  unsigned floor_ms)
{
	uint64_t spare = left_ms / TENTH;
	uint64_t at;

	if (spare > BEFORE_END_MS)
		spare = BEFORE_END_MS;
	at = left_ms - spare;
	if (left_ms < 2 * (uint64_t)margin_ms)
		at = left_ms / 2;
	else if (at > left_ms - margin_ms)
		at = left_ms - margin_ms;
	at = loop_jitter_ms(at - at * JITTER_PERCENT / 100, JITTER_PERCENT);
	return at > floor_ms ? at : floor_ms;
}

uint64_t lapse_retry_ms(unsigned first_ms, unsigned max_ms, unsigned tries,
			int64_t retry_after_s)
{
	uint64_t delay = first_ms;

	while (tries-- > 0 && delay < max_ms)
		delay *= 2;
	if (delay > max_ms)
		delay = max_ms;
	delay = loop_jitter_ms(delay, RETRY_JITTER_PERCENT);
	if (retry_after_s > 0 && retry_after_s <= RETRY_AFTER_MAX_S &&
	    delay < (uint64_t)retry_after_s * 1000)
		delay = (uint64_t)retry_after_s * 1000;
	return delay;
}
