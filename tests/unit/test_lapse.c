#include "sip/lapse.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { TRIES = 200, MARGIN_MS = 32000, FLOOR_MS = 5000 };

static void test_refresh(void **state)
{
	static const struct {
		uint64_t left_s, least_s, most_s;
	} cases[] = {
		{ 0, 5, 5 },	      { 1, 5, 5 },
		{ 10, 5, 5 },	      { 60, 27, 30 },
		{ 64, 28, 32 },	      { 100, 61, 68 },
		{ 600, 485, 540 },    { 1200, 1020, 1140 },
		{ 3600, 3190, 3540 }, { 86400, 77900, 86340 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t least = UINT64_MAX, most = 0;

		for (int k = 0; k < TRIES; k++) {
			uint64_t at = lapse_refresh_ms(cases[i].left_s * 1000,
						       MARGIN_MS, FLOOR_MS);

			assert_in_range(at, cases[i].least_s * 1000,
					cases[i].most_s * 1000);
			least = at < least ? at : least;
			most = at > most ? at : most;
		}
		if (cases[i].left_s >= 60) /* never all at one time */
			assert_true(most - least > cases[i].left_s * 20);
	}
}

static void test_retry(void **state)
{
	static const struct {
		unsigned tries;
		int64_t retry_after_s;
		uint64_t about_ms;
	} cases[] = {
		{ 0, -1, 1000 },	{ 1, -1, 2000 },
		{ 3, -1, 8000 },	{ 4, -1, 16000 },
		{ 5, -1, 16000 },	{ 4000000, -1, 16000 },
		{ 0, 1, 1000 },		{ 0, 60, 60000 },
		{ 9, 60, 60000 },	{ 0, 90000, 1000 },
		{ 0, INT64_MAX, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int k = 0; k < TRIES; k++) {
			uint64_t about = cases[i].about_ms;

			assert_in_range(lapse_retry_ms(1000, 16000,
						       cases[i].tries,
						       cases[i].retry_after_s),
					about - about / 5, about + about / 5);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
