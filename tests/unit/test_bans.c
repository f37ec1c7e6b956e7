#include "gateway/admin/bans.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static void count(void *arg, struct str who, uint64_t until_ms)
{
	(void)who;
	(void)until_ms;
	++*(int *)arg;
}

static void test_life(void **state)
{
	struct bans *b = bans_create();
	int n = 0;

	(void)state;
	assert_false(bans_any(b));
	assert_true(bans_add(b, STR_LIT("192.0.2.1"), 0));
	assert_true(bans_add(b, STR_LIT("a@b"), 1000));
	assert_true(bans_has(b, STR_LIT("192.0.2.1"), 1 << 30));
	assert_true(bans_has(b, STR_LIT("a@b"), 999));
	assert_false(bans_has(b, STR_LIT("a@bc"), 999));
	bans_each(b, 999, count, &n);
	assert_int_equal(n, 2);
	assert_false(bans_has(b, STR_LIT("a@b"), 1000));
	assert_false(bans_remove(b, STR_LIT("a@b")));
	/* The last word counts. */
	assert_true(bans_add(b, STR_LIT("192.0.2.1"), 5));
	assert_false(bans_has(b, STR_LIT("192.0.2.1"), 5));
	assert_false(bans_any(b));
	bans_destroy(&b);
	assert_null(b);
}

static void test_limit(void **state)
{
	struct bans *b = bans_create();
	char who[20];
	int i;

	(void)state;
	for (i = 0; i < BANS_MAX; i++) {
		snprintf(who, sizeof(who), "%d", i);
		assert_true(bans_add(b, str_z(who), 0));
	}
	assert_false(bans_add(b, STR_LIT("more"), 0));
	assert_true(bans_add(b, STR_LIT("7"), 9));
	assert_true(bans_remove(b, STR_LIT("8")));
	assert_true(bans_add(b, STR_LIT("more"), 0));
	bans_destroy(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
