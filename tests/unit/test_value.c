#include "gateway/config/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void test_refusals(void **state)
{
	struct arena a;
	struct value v = { .a = &a, .text = STR_LIT("x\ty") };

	(void)state;
	arena_init(&a, 1024);
	assert_int_equal(value_wrong(&v, "no"), VALUE_WRONG);
	assert_string_equal(v.why, "no");
	assert_int_equal(value_complain(&v, STR_LIT("never")), VALUE_WRONG);
	assert_string_equal(v.why, "never");
	assert_int_equal(value_wrong_text(&v, "a word"), VALUE_WRONG);
	assert_string_equal(v.why, "'x?y' is not a word");
	arena_fini(&a);
}

static void test_put(void **state)
{
	struct {
		int before;
		struct str field;
	} base = { 7, STR_NONE };
	const struct option o = { .offset = (size_t)((char *)&base.field -
						     (char *)&base) };
	struct value v = { .o = &o, .base = (char *)&base };

	(void)state;
	value_put(&v, STR_LIT("text"));
	assert_int_equal(base.before, 7);
	assert_true(str_eqz(base.field, "text"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
