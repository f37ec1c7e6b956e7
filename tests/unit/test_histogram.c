#include "gateway/monitor/histogram.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_buckets(void **state)
{
	static const struct {
		uint64_t ms;
		unsigned bucket;
	} cases[] = { { 0, 0 },	     { 1, 0 },	    { 2, 1 },
		      { 3, 2 },	     { 5, 2 },	    { 6, 3 },
		      { 32000, 13 }, { 32001, 14 }, { UINT64_MAX / 2, 14 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct histogram h = { 0 };

		histogram_add(&h, cases[i].ms);
		assert_int_equal(h.counts[cases[i].bucket], 1);
		assert_int_equal(h.sum_ms, cases[i].ms);
		assert_int_equal(histogram_count(&h), 1);
	}
}

static void test_percentile(void **state)
{
	struct histogram h = { 0 };
	int i;

	(void)state;
	assert_int_equal(histogram_percentile_ms(&h, 50), 0);
	for (i = 0; i < 98; i++)
		histogram_add(&h, 1);
	histogram_add(&h, 150);
	histogram_add(&h, 99999);
	assert_int_equal(histogram_percentile_ms(&h, 50), 1);
	assert_int_equal(histogram_percentile_ms(&h, 98), 1);
	assert_int_equal(histogram_percentile_ms(&h, 99), 200);
	assert_int_equal(histogram_percentile_ms(&h, 100), 32000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_percentile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
