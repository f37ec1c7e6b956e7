#include "sip/date.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_both_ways(void **state)
{
	static const struct {
		int64_t utc_s;
		const char *text;
	} cases[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 1289690940, "Sat, 13 Nov 2010 23:29:00 GMT" },
		{ 1709164799, "Wed, 28 Feb 2024 23:59:59 GMT" },
		{ 1709164800, "Thu, 29 Feb 2024 00:00:00 GMT" },
		{ 1709251200, "Fri, 01 Mar 2024 00:00:00 GMT" },
		{ 4102444800, "Fri, 01 Jan 2100 00:00:00 GMT" },
		{ 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT" },
	};
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 100);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = -1;

		strbuf_reset(&b);
		date_write(&b, cases[i].utc_s);
		assert_true(str_eqz(strbuf_str(&b), cases[i].text));
		assert_true(date_read(strbuf_str(&b), &got));
		assert_int_equal(got, cases[i].utc_s);
	}
	strbuf_fini(&b);
}

static void test_lenient(void **state)
{
	int64_t got = 0;

	(void)state;
	assert_true(date_read(STR_LIT("sun,3 dec 2023 01:02:03 gmt"), &got));
	assert_int_equal(got, 1701565323);
	/* a leap second is the next minute's first */
	assert_true(date_read(STR_LIT("Sat, 31 Dec 2016 23:59:60 GMT"), &got));
	assert_int_equal(got, 1483228800);
}

static void test_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"Sat",
		"Sat, 13 Nov 2010 23:29:00",
		"Sat, 13 Nov 2010 23:29:00 EST",
		"Sat, 13 Nov 2010 23:29:00 UTC",
		"Sat, 13 Nov 2010 23:29:00 +0000",
		"Sat, 13 Nov 2010 23:29:00 GMT x",
		"13 Nov 2010 23:29:00 GMT",
		"Xxx, 13 Nov 2010 23:29:00 GMT",
		"Sat, 13 Xxx 2010 23:29:00 GMT",
		"Sat, 0 Nov 2010 23:29:00 GMT",
		"Sat, 31 Nov 2010 23:29:00 GMT",
		"Sat, 32 Nov 2010 23:29:00 GMT",
		"Sat, 29 Feb 2023 00:00:00 GMT",
		"Sat, 13 Nov 1969 23:29:00 GMT",
		"Sat, 13 Nov 10000 23:29:00 GMT",
		"Sat, 13 Nov 2010 24:29:00 GMT",
		"Sat, 13 Nov 2010 23:60:00 GMT",
		"Sat, 13 Nov 2010 23:29:61 GMT",
		"Sat, 13 Nov 2010 23:29 GMT",
		"Sat, -1 Nov 2010 23:29:00 GMT",
		"Saturday, 13-Nov-10 23:29:00 GMT",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = 42;

		if (date_read(str_z(cases[i]), &got))
			fail_msg("accepted: %s", cases[i]);
		assert_int_equal(got, 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_lenient),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
