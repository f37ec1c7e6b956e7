#include "histogram.h"
#include <stdio.h>
#include <string.h>

enum { FINE_BITS = 6, FINE = 1 << FINE_BITS };

void histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

static unsigned bucket_of(uint64_t value)
{
	unsigned power = 0, i;

	while (value >> power >= 2 * FINE)
		power++;
	i = power * FINE + (unsigned)(value >> power);
	return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS - 1;
}

static uint64_t value_of(unsigned i)
{
	unsigned power = i < 2 * FINE ? 0 : i / FINE - 1;

	return (uint64_t)(i - power * FINE) << power;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->count++;
	h->bucket[bucket_of(value)]++;
}

uint64_t histogram_share(const struct histogram *h, double share)
{
	uint64_t seen = 0, wanted = (uint64_t)((double)h->count * share);

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen > wanted)
			return value_of(i);
	}
	return 0;
}

void histogram_print(const struct histogram *h)
{
	printf(" p50_us=%.1f p99_us=%.1f p999_us=%.1f",
	       (double)histogram_share(h, 0.5) / 1e3,
	       (double)histogram_share(h, 0.99) / 1e3,
	       (double)histogram_share(h, 0.999) / 1e3);
}
