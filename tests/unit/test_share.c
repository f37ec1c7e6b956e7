#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/messages/share.h"

static void test_life(void **state)
{
	struct share *all = NULL, *a, *b;

	(void)state;
	a = share_join(&all, STR_LIT("juliet@x"));
	b = share_join(&all, STR_LIT("juliet@y"));
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(share_join(&all, STR_LIT("juliet@x")), a);
	assert_int_equal(a->items, 2);
	assert_int_equal(a->seated, 0);
	share_leave(&all, a);
	assert_int_equal(HASH_COUNT(all), 2);
	share_leave(&all, a);
	assert_int_equal(HASH_COUNT(all), 1);
	share_leave(&all, b);
	assert_null(all);
}

/* What has no sender has a share like others. */
static void test_nobody(void **state)
{
	struct share *all = NULL, *s;

	(void)state;
	s = share_join(&all, STR_NONE);
	assert_ptr_equal(share_join(&all, STR_LIT("")), s);
	share_leave(&all, s);
	share_leave(&all, s);
	assert_null(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
