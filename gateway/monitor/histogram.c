#include "gateway/monitor/histogram.h"

const unsigned histogram_bounds_ms[HISTOGRAM_BOUNDS] = {
	1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 32000,
};

void histogram_add(struct histogram *h, uint64_t ms)
{
	unsigned i = 0;

	while (i < HISTOGRAM_BOUNDS && ms > histogram_bounds_ms[i])
		i++;
	h->counts[i]++;
	h->sum_ms += ms;
}

uint64_t histogram_count(const struct histogram *h)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++)
		n += h->counts[i];
	return n;
}

unsigned histogram_percentile_ms(const struct histogram *h, unsigned percent)
{
	uint64_t all = histogram_count(h), seen = 0;
	unsigned i;

	if (all == 0)
		return 0;
	for (i = 0; i < HISTOGRAM_BOUNDS - 1; i++) {
		seen += h->counts[i];
		if (seen * 100 >= all * percent)
			break;
	}
	return histogram_bounds_ms[i];
}
