#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "gateway/trust/policy.h"

static const struct str A = STR("a@example.com"), B = STR("b@example.com");

static unsigned admitted(struct policy *p, struct str key, unsigned n,
			 uint64_t now_ms)
{
	unsigned i, got = 0;

	for (i = 0; i < n; i++)
		got += policy_admit(p, key, now_ms);
	return got;
}

static void test_burst_then_rate(void **state)
{
	struct policy *p = policy_create((struct config_rate){ 50, 200 });

	(void)state;
	policy_warm(p);
	assert_int_equal(admitted(p, A, 1000, 1000), 200);
	assert_int_equal(admitted(p, A, 1000, 1000), 0);
	/* 100 ms bring five tokens, a second fifty. */
	assert_int_equal(admitted(p, A, 1000, 1100), 5);
	assert_int_equal(admitted(p, A, 1000, 2100), 50);
	/* ... and never more than the burst. */
	assert_int_equal(admitted(p, A, 1000, 1000000), 200);
	policy_destroy(&p);
}

static void test_senders_apart(void **state)
{
	struct policy *p = policy_create((struct config_rate){ 1, 2 });

	(void)state;
	assert_int_equal(admitted(p, A, 10, 5), 2);
	assert_int_equal(admitted(p, B, 10, 5), 2);
	policy_destroy(&p);
}

static void test_off(void **state)
{
	struct policy *p = policy_create((struct config_rate){ 0, 0 });

	(void)state;
	assert_int_equal(admitted(p, A, 5000, 5), 5000);
	policy_destroy(&p);
}

/* A million made-up names cannot free a busy sender from its limit in the
 * same millisecond, nor make the table grow (it has no way to). */
static void test_strangers(void **state)
{
	struct policy *p = policy_create((struct config_rate){ 1, 1 });
	char name[32];
	unsigned i;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		int n = snprintf(name, sizeof(name), "u%u@example.com", i);

		assert_true(policy_admit(p, (struct str){ name, (size_t)n },
					 10 + i / 1000));
	}
	assert_true(policy_admit(p, A, 2000));
	assert_false(policy_admit(p, A, 2001));
	policy_destroy(&p);
}

/* Three fifths of the table, at once: nearly all of them have their place. */
static void test_room(void **state)
{
	enum { SENDERS = 40000, AGAIN_MAX = SENDERS / 10 };
	struct policy *p = policy_create((struct config_rate){ 1, 1 });
	char name[32];
	unsigned i, again = 0;

	(void)state;
	for (i = 0; i < 2 * SENDERS; i++) {
		int n = snprintf(name, sizeof(name), "u%u@example.com",
				 i % SENDERS);

		again += policy_admit(p, (struct str){ name, (size_t)n }, 10) &&
			 i >= SENDERS;
	}
	assert_true(again < AGAIN_MAX);
	policy_destroy(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_rate),
		cmocka_unit_test(test_senders_apart),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
