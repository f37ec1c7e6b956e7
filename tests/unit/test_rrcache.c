#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sip/rrcache.h"

static void ttl_is_clamped(void **state)
{
	static const struct {
		size_t n;
		uint32_t ttl_s;
		uint64_t want_ms;
	} cases[] = {
		{ 1, 60, 60000 },     { 1, 0, 5000 },	{ 1, 999999, 3600000 },
		{ 1, 3600, 3600000 }, { 0, 60, 30000 },
	};
	struct rrcache c = { 0 };
	struct rr rr[RR_MAX] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[16];
		struct rrcache_entry *e;

		snprintf(name, sizeof(name), "n%zu", i);
		e = rrcache_add(&c, RR_A, name);
		assert_non_null(e);
		assert_false(rrcache_is_fresh(e, 0));
		rrcache_answer(&c, e, 1000, rr, cases[i].n, cases[i].ttl_s);
		assert_int_equal(e->until_ms, 1000 + cases[i].want_ms);
		assert_true(rrcache_is_fresh(e, e->until_ms - 1));
		assert_false(rrcache_is_fresh(e, e->until_ms));
		assert_int_equal(e->set.n, cases[i].n);
	}
	rrcache_fini(&c);
}

static void kinds_are_told_apart(void **state)
{
	struct rrcache c = { 0 };
	struct rrcache_entry *a = rrcache_add(&c, RR_A, "x.y");
	char long_name[300];

	(void)state;
	assert_ptr_equal(rrcache_get(&c, RR_A, "x.y"), a);
	assert_null(rrcache_get(&c, RR_AAAA, "x.y"));
	assert_null(rrcache_get(&c, RR_A, "x"));
	assert_string_equal(rrcache_name(a), "x.y");
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(rrcache_add(&c, RR_A, long_name));
	assert_null(rrcache_get(&c, RR_A, long_name));
	rrcache_fini(&c);
}

static void failure_keeps_the_last_good(void **state)
{
	struct rrcache c = { 0 };
	struct rrcache_entry *e = rrcache_add(&c, RR_SRV, "x");
	struct rr rr = { 0 };

	(void)state;
	rr.srv.port = 5066;
	rrcache_answer(&c, e, 0, &rr, 1, 60);
	rrcache_fail(e, 60000);
	assert_true(e->has_failed);
	assert_true(rrcache_is_fresh(e, 89999));
	assert_false(rrcache_is_fresh(e, 90000));
	assert_int_equal(e->set.n, 1);
	assert_int_equal(e->set.rr[0].srv.port, 5066);
	/* The plain word that there is nothing takes it away. */
	rrcache_answer(&c, e, 90000, NULL, 0, 0);
	assert_false(e->has_failed);
	assert_int_equal(e->set.n, 0);
	rrcache_fini(&c);
}

static void the_oldest_goes(void **state)
{
	struct rrcache c = { 0 };
	struct rrcache_entry *first, *second;
	char name[16];

	(void)state;
	first = rrcache_add(&c, RR_A, "first");
	second = rrcache_add(&c, RR_A, "second");
	rrcache_add(&c, RR_A, "third");
	first->is_pending = true;
	for (int i = 3; i < RRCACHE_MAX + 10; i++) {
		if (i == 100) /* young again */
			rrcache_answer(&c, second, 0, NULL, 0, 0);
		snprintf(name, sizeof(name), "n%d", i);
		assert_non_null(rrcache_add(&c, RR_A, name));
	}
	assert_int_equal(HASH_COUNT(c.table), RRCACHE_MAX);
	assert_ptr_equal(rrcache_get(&c, RR_A, "first"), first);
	assert_ptr_equal(rrcache_get(&c, RR_A, "second"), second);
	assert_null(rrcache_get(&c, RR_A, "third"));
	assert_null(rrcache_get(&c, RR_A, "n3"));
	rrcache_fini(&c);
}

static void all_pending(void **state)
{
	struct rrcache c = { 0 };
	char name[16];

	(void)state;
	for (int i = 0; i < RRCACHE_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		rrcache_add(&c, RR_A, name)->is_pending = true;
	}
	assert_null(rrcache_add(&c, RR_A, "one more"));
	rrcache_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ttl_is_clamped),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(failure_keeps_the_last_good),
		cmocka_unit_test(the_oldest_goes),
		cmocka_unit_test(all_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
