#ifndef STOX_GATEWAY_MONITOR_HISTOGRAM_H
#define STOX_GATEWAY_MONITOR_HISTOGRAM_H
#include <stdint.h>

/* How long things took: counts by upper bound. A zeroed one is empty. */
enum { HISTOGRAM_BOUNDS = 14 };
extern const unsigned histogram_bounds_ms[HISTOGRAM_BOUNDS];

struct histogram {
	uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* of each; the last: above */
	uint64_t sum_ms;
};

void histogram_add(struct histogram *h, uint64_t ms);
uint64_t histogram_count(const struct histogram *h);
/* Upper bound of the bucket that holds the share (0..100 %) of them; the
 * longest bound for what is above it; 0: empty. */
unsigned histogram_percentile_ms(const struct histogram *h, unsigned percent);

#endif
