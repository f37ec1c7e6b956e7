#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "xmpp/retry.h"

enum { NOW = 1000000 };

/* The n-th wait of an outage in which each attempt fails at once. */
static void test_waits(void **state)
{
	static const struct {
		enum retry_cause cause;
		unsigned nth;
		uint64_t outage_ms; /* length so far */
		uint64_t low, high; /* of the wait */
	} cases[] = {
		{ RETRY_TROUBLE, 0, 0, 300, 500 },
		{ RETRY_TROUBLE, 1, 500, 600, 1000 },
		{ RETRY_TROUBLE, 2, 1500, 1080, 1800 },
		{ RETRY_TROUBLE, 9, 12000, 1080, 1800 },
		/* "back in <= 2 s" for the first minutes */
		{ RETRY_TROUBLE, 100, 200000, 1080, 1800 },
		{ RETRY_TROUBLE, 100, 3600000, 16800, 28200 },
		{ RETRY_TROUBLE, 100, 36000000, 36000, 60000 },
		/* up to the maximum quickly */
		{ RETRY_SETTINGS, 0, 0, 300, 500 },
		{ RETRY_SETTINGS, 1, 500, 1200, 2000 },
		{ RETRY_SETTINGS, 4, 20000, 36000, 60000 },
		{ RETRY_SETTINGS, 1000, 20000, 36000, 60000 },
		/* a second daemon of that name, or a mistake */
		{ RETRY_CONFLICT, 0, 0, 2400, 4000 },
		{ RETRY_CONFLICT, 1, 5000, 4800, 8000 },
		{ RETRY_CONFLICT, 4, 20000, 36000, 60000 },
		{ RETRY_CONFLICT, 50, 0, 36000, 60000 },
	};
	struct retry r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned round = 0; round < 50; round++) {
			uint64_t wait;

			retry_init(&r, 500, 60000, NOW);
			for (unsigned n = 0; n < cases[i].nth; n++)
				retry_next_ms(&r, cases[i].cause, NOW);
			wait = retry_next_ms(&r, cases[i].cause,
					     NOW + cases[i].outage_ms);
			assert_in_range(wait, cases[i].low, cases[i].high);
		}
	}
}

/* P10: a server that cuts at once sees at most 16 connections in 8 s. */
static void test_cut_at_once(void **state)
{
	struct retry r;
	uint64_t now = NOW;
	unsigned connects = 0;

	(void)state;
	retry_init(&r, 500, 60000, now);
	while (now < NOW + 8000) {
		connects++;
		retry_was_up(&r, now, now);
		now += retry_next_ms(&r, RETRY_TROUBLE, now);
	}
	assert_in_range(connects, 4, 16);
}

static void test_good_stream_resets(void **state)
{
	struct retry r;

	(void)state;
	retry_init(&r, 500, 60000, NOW);
	for (int i = 0; i < 10; i++)
		retry_next_ms(&r, RETRY_TROUBLE, NOW);
	retry_was_up(&r, NOW, NOW + 59000);
	assert_true(retry_next_ms(&r, RETRY_TROUBLE, NOW + 59000) > 1000);
	retry_was_up(&r, NOW, NOW + 60000);
	assert_in_range(retry_next_ms(&r, RETRY_TROUBLE, NOW + 60000), 300,
			500);
}

/* P7: however often a stream was cut before, the first refusal is not waited
 * for long. Whoever was let in has the right settings; a name that was lost is
 * forgotten by a good stream alone. */
static void test_refusals_are_apart(void **state)
{
	static const enum retry_cause causes[] = { RETRY_SETTINGS,
						   RETRY_CONFLICT };
	struct retry r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		retry_init(&r, 500, 60000, NOW);
		for (int n = 0; n < 100; n++)
			retry_next_ms(&r, RETRY_TROUBLE, NOW);
		assert_true(retry_next_ms(&r, causes[i], NOW) <= 4000);
		for (int n = 0; n < 100; n++)
			retry_next_ms(&r, causes[i], NOW);
		assert_true(retry_next_ms(&r, causes[i], NOW) >= 36000);
		retry_was_up(&r, NOW, NOW + 100);
		assert_int_equal(retry_next_ms(&r, causes[i], NOW + 100) < 4000,
				 causes[i] == RETRY_SETTINGS);
		retry_was_up(&r, NOW, NOW + 60000);
		assert_true(retry_next_ms(&r, causes[i], NOW + 60000) <= 4000);
	}
}

/* A maximum under the minimum counts as the minimum. */
static void test_odd_limits(void **state)
{
	struct retry r;

	(void)state;
	retry_init(&r, 5000, 10, NOW);
	for (int i = 0; i < 40; i++)
		assert_in_range(retry_next_ms(&r, RETRY_TROUBLE, NOW), 3000,
				5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_cut_at_once),
		cmocka_unit_test(test_good_stream_resets),
		cmocka_unit_test(test_refusals_are_apart),
		cmocka_unit_test(test_odd_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
