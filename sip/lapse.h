#ifndef STOX_SIP_LAPSE_H
#define STOX_SIP_LAPSE_H
#include <stdint.h>

/* When to act on what has an end: subscriptions and publications. All with
 * jitter, so that what was made together does not come back together. */

/* From now, with left_ms to go: at 90 % of it or a minute before its end,
 * whichever is later, yet not in the last margin_ms (a lost request must have
 * the time to be sent again); of short times at half. Never below floor_ms. */
uint64_t lapse_refresh_ms(uint64_t left_ms, unsigned margin_ms,
			  unsigned floor_ms);
/* After `tries` failures: first_ms doubled each time up to max_ms; at least
 * what a Retry-After said (seconds; -1: nothing; over a day it is not meant).
 */
uint64_t lapse_retry_ms(unsigned first_ms, unsigned max_ms, unsigned tries,
			int64_t retry_after_s);

#endif
