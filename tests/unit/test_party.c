#include "sip/party.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_read(void **state)
{
	static const struct {
		const char *in, *display, *host, *tag, *params;
	} cases[] = {
		{ "<sip:a@b>", "", "b", "", "" },
		{ "sip:a@b", "", "b", "", "" },
		{ "sip:b;tag=x", "", "b", "x", ";tag=x" },
		{ "sip:a@b ; x ; tag = y ", "", "b", "y", "; x ; tag = y" },
		{ "<sip:a@b;tag=no>;tag=yes", "", "b", "yes", ";tag=yes" },
		{ "\"A \\\"B\\\\\" <sip:a@b>", "A \"B\\", "b", "", "" },
		{ "\"\"<sip:a@b>", "", "b", "", "" },
		{ "\"<x>, ;\"  <sip:a@b>", "<x>, ;", "b", "", "" },
		{ "A. Bell's <sip:a@b>", "A. Bell's", "b", "", "" },
		{ "caller<sip:a@b>", "caller", "b", "", "" },
		{ "J\xc3\xbcrgen M <sip:a@b>", "J\xc3\xbcrgen M", "b", "", "" },
		{ "<sip:a@b?x=y>;q=0.5;+sip.instance=\"<urn:x;,>\"", "", "b",
		  "", ";q=0.5;+sip.instance=\"<urn:x;,>\"" },
		{ "<sip:a@b>;tag=a/b=+", "", "b", "a/b=+", ";tag=a/b=+" },
		{ "<sip:a@b>;TAG=\"q\"", "", "b", "q", ";TAG=\"q\"" },
		{ "<sip:a@b>;x=\";tag=n\";tag=1;tag=2", "", "b", "1",
		  ";x=\";tag=n\";tag=1;tag=2" },
		{ "<tel:+1>", "", "", "", "" },
		{ "isbn:2983792873", "", "", "", "" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why;
		struct str params;
		struct party p;

		if (!party_read(&a, str_z(cases[i].in), &p, &params, &why))
			fail_msg("%s: %s", cases[i].in, why);
		if (!str_eqz(p.display, cases[i].display) ||
		    !str_eqz(p.uri.host, cases[i].host) ||
		    !str_eqz(p.tag, cases[i].tag) ||
		    !str_eqz(params, cases[i].params))
			fail_msg("%s: [%.*s] [%.*s] [%.*s]", cases[i].in,
				 STR_ARG(p.display), STR_ARG(p.tag),
				 STR_ARG(params));
	}
	arena_fini(&a);
}

static void test_malformed(void **state)
{
	static const char *const cases[] = {
		"",
		" ",
		"*",
		"a",
		"<>",
		"<sip:a@b",
		"\"a",
		"\"a\"",
		"\"a\\\"",
		"\"a\" sip:a@b",
		"\"a <sip:a@b>",
		"a\"b <sip:a@b>",
		"Bell, A <sip:a@b>",
		"a> <sip:a@b>",
		"< sip:a@b >",
		"<<sip:a@b>>",
		"<sip:a@b> x",
		"<sip:a@b>,<sip:c@d>",
		"<sip:a@b>;",
		"<sip:a@b>;;;;",
		"<sip:a@b>;=x",
		"<sip:a@b>;x=<y",
		"<sip:a@b>;x=\"y",
		"<sip:a@b>;x=\"y\\\"",
		"<sip:a@b>;tag",
		"<sip:a@b>;tag=",
		"<sip:a@b>;tag=a b",
		"<sip:a@b>;tag=a\"b",
		"<sip:a@b>;tag=<x>",
		"<sip:a@b>;tag=\xc3\xbc",
		"sip:a@b?x=y",
		"sip:a@b,sip:c@d",
	};
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct party p = { .display = STR("untouched") };
		const char *why = NULL;

		if (party_read(&a, str_z(cases[i]), &p, NULL, &why))
			fail_msg("accepted: %s", cases[i]);
		assert_non_null(why);
		assert_true(str_eqz(p.display, "untouched"));
	}
	arena_fini(&a);
}

static void test_values(void **state)
{
	static const struct {
		const char *in;
		const char *out[4]; /* ends with NULL */
	} cases[] = {
		{ "", { NULL } },
		{ " , ,", { NULL } },
		{ "a", { "a", NULL } },
		{ "a,b , c", { "a", "b", "c", NULL } },
		{ "\"a,b\", <c,d>;e", { "\"a,b\"", "<c,d>;e", NULL } },
		{ "\"a\\\",b\",c", { "\"a\\\",b\"", "c", NULL } },
		{ "\"a,b", { "\"a,b", NULL } },
		{ "<a,b", { "<a,b", NULL } },
		{ "\"\\", { "\"\\", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str rest = str_z(cases[i].in);
		size_t k = 0;

		for (; cases[i].out[k] != NULL; k++)
			if (!str_eqz(value_cut(&rest), cases[i].out[k]))
				fail_msg("%s", cases[i].in);
		assert_null(value_cut(&rest).p);
		assert_int_equal(rest.n, 0);
	}
}

static void test_params(void **state)
{
	static const struct str params =
		STR(";a=1; B = \"x;b=2\" ;c;d=;a=3;q=<;e=4>");
	bool has = false;

	(void)state;
	assert_true(str_eqz(param_find(params, "a", &has), "1"));
	assert_true(has);
	assert_true(str_eqz(param_find(params, "b", NULL), "x;b=2"));
	assert_int_equal(param_find(params, "c", &has).n, 0);
	assert_true(has);
	assert_int_equal(param_find(params, "d", &has).n, 0);
	assert_true(has);
	assert_null(param_find(params, "e", &has).p);
	assert_false(has);
	assert_null(param_find(STR_NONE, "a", &has).p);
	assert_false(has);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
