#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H
#include <stdint.h>

/* Latencies in buckets of an error below 1.6 %: 64 to each power of two. */
enum { HISTOGRAM_BUCKETS = 64 * 40 };
struct histogram {
	uint64_t count;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *h);
void histogram_add(struct histogram *h, uint64_t value);
/* The value that `share` (0..1) of all do not pass; 0 when there are none. */
uint64_t histogram_share(const struct histogram *h, double share);
/* " p50_us=.. p99_us=.. p999_us=.." of values in nanoseconds. */
void histogram_print(const struct histogram *h);

#endif
