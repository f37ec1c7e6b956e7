#include "sip/scalar.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_cseq(void **state)
{
	static const struct {
		const char *in;
		bool ok;
		uint32_t number;
		const char *method;
	} cases[] = {
		{ "1 MESSAGE", true, 1, "MESSAGE" },
		{ "0009 \t INVITE", true, 9, "INVITE" },
		{ "0 X", true, 0, "X" },
		{ "2147483647 X", true, 2147483647, "X" },
		{ "2147483648 X", false, 0, NULL },
		{ "4294967297 X", false, 0, NULL },
		{ "36893488147419103232 X", false, 0, NULL },
		{ "-1 X", false, 0, NULL },
		{ "X", false, 0, NULL },
		{ "1", false, 0, NULL },
		{ "1 X Y", false, 0, NULL },
		{ "1 (X)", false, 0, NULL },
		{ "", false, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t number = 0;
		struct str method;
		const char *why = NULL;
		bool ok = cseq_read(str_z(cases[i].in), &number, &method, &why);

		if (ok != cases[i].ok)
			fail_msg("%s", cases[i].in);
		assert_int_equal(why == NULL, ok);
		if (!ok)
			continue;
		assert_int_equal(number, cases[i].number);
		assert_true(str_eqz(method, cases[i].method));
	}
}

static void test_hops(void **state)
{
	int n = 42;

	(void)state;
	assert_false(hops_read(STR_LIT("256"), &n));
	assert_false(hops_read(STR_LIT("-1"), &n));
	assert_false(hops_read(STR_LIT(""), &n));
	assert_false(hops_read(STR_LIT("7 0"), &n));
	assert_int_equal(n, 42);
	assert_true(hops_read(STR_LIT("0"), &n));
	assert_int_equal(n, 0);
	assert_true(hops_read(STR_LIT("0255"), &n));
	assert_int_equal(n, 255);
}

static void test_delta(void **state)
{
	static const struct {
		const char *in;
		int64_t out;
	} cases[] = {
		{ "0", 0 },
		{ "3600", 3600 },
		{ "120 (lunch);duration=60", 120 },
		{ "120;duration=60", 120 },
		{ "120(x)", 120 },
		{ "4294967295", 4294967295 },
		{ "4294967296", 4294967295 },
		{ "1000000000000000000000000000000000000", 4294967295 },
		{ "", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "12x", -1 },
		{ "Thu, 01 Dec 1994 16:00:00 GMT", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (delta_read(str_z(cases[i].in)) != cases[i].out)
			fail_msg("%s", cases[i].in);
	assert_int_equal(delta_read(STR_NONE), -1);
	assert_int_equal(delta_read((struct str){ "1\0", 2 }), -1);
}

static void test_call_id(void **state)
{
	(void)state;
	assert_true(is_call_id(STR_LIT("a84b4c76e66710@pc33.example.com")));
	assert_true(
		is_call_id(STR_LIT("word%ZK-!.*_+'@word`~)(><:\\/\"][?}{")));
	assert_false(is_call_id(STR_NONE));
	assert_false(is_call_id(STR_LIT("a b")));
	assert_false(is_call_id(STR_LIT("a\tb")));
	assert_false(is_call_id(STR_LIT("a\x7f")));
	assert_false(is_call_id(STR_LIT("a\0b")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cseq),
		cmocka_unit_test(test_hops),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_call_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
