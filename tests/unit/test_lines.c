#include "sip/lines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_cut(void **state)
{
	struct str rest = STR_LIT("a\r\nb: c\r\n d\n\te\r\n\r\n body\nx");
	struct str line;

	(void)state;
	assert_true(line_cut(&rest, &line));
	assert_true(str_eqz(line, "a"));
	assert_true(line_cut(&rest, &line));
	assert_true(str_eqz(line, "b: c\r\n d\n\te"));
	assert_true(line_cut(&rest, &line));
	assert_int_equal(line.n, 0);
	assert_true(str_eqz(rest, " body\nx"));
	assert_true(line_cut(&rest, &line));
	assert_true(str_eqz(line, " body"));
	assert_false(line_cut(&rest, &line));
	assert_true(str_eqz(rest, "x"));
	rest = STR_NONE;
	assert_false(line_cut(&rest, &line));
}

static void test_split(void **state)
{
	static const struct {
		const char *line;
		bool ok;
		enum header_id id;
		const char *value;
	} cases[] = {
		{ "Via: x", true, HEADER_VIA, "x" },
		{ "vIA \t:x ", true, HEADER_VIA, "x" },
		{ "V:", true, HEADER_VIA, "" },
		{ "f:a:b", true, HEADER_FROM, "a:b" },
		{ "T: x", true, HEADER_TO, "x" },
		{ "i: x", true, HEADER_CALL_ID, "x" },
		{ "m: x", true, HEADER_CONTACT, "x" },
		{ "c: x", true, HEADER_CONTENT_TYPE, "x" },
		{ "e: x", true, HEADER_CONTENT_ENCODING, "x" },
		{ "l: 0", true, HEADER_CONTENT_LENGTH, "0" },
		{ "o: x", true, HEADER_EVENT, "x" },
		{ "s: x", true, HEADER_SUBJECT, "x" },
		{ "k: x", true, HEADER_SUPPORTED, "x" },
		{ "r: x", true, HEADER_OTHER, "x" },
		{ "P-Asserted-Identity: x", true, HEADER_ASSERTED, "x" },
		{ "content-length:\r\n 5", true, HEADER_CONTENT_LENGTH, "5" },
		{ "C%6Fntact: x", true, HEADER_OTHER, "x" },
		{ "-.!%*+_`'~: x", true, HEADER_OTHER, "x" },
		{ "Vi: x", true, HEADER_OTHER, "x" },
		{ "", false, HEADER_OTHER, NULL },
		{ ":", false, HEADER_OTHER, NULL },
		{ "x", false, HEADER_OTHER, NULL },
		{ " x: y", false, HEADER_OTHER, NULL },
		{ "a b: y", false, HEADER_OTHER, NULL },
		{ "a\xc3\xbc: y", false, HEADER_OTHER, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum header_id id = HEADER_IDS;
		struct str value = STR_NONE;

		if (line_split(str_z(cases[i].line), &id, &value) !=
		    cases[i].ok)
			fail_msg("%s", cases[i].line);
		if (!cases[i].ok)
			continue;
		assert_int_equal(id, cases[i].id);
		assert_true(str_eqz(value, cases[i].value));
	}
}

/* Every name that we know reads as itself. */
static void test_names(void **state)
{
	(void)state;
	for (int i = HEADER_OTHER + 1; i < HEADER_IDS; i++) {
		struct str name = header_name((enum header_id)i);
		char text[64];
		enum header_id id;
		struct str value;

		assert_true(is_token(name) && name.n < sizeof(text) - 1);
		memcpy(text, name.p, name.n);
		text[name.n] = ':';
		assert_true(line_split((struct str){ text, name.n + 1 }, &id,
				       &value));
		assert_int_equal(id, i);
	}
	assert_int_equal(header_name(HEADER_OTHER).n, 0);
}

static void test_read(void **state)
{
	static const struct str text =
		STR("Via: a, b\r\nRoute: <x>\r\nv: c\r\nX: y\r\n"
		    "Subject: l1\r\n  l2 \t\r\n \n\tl3  x\r\nRoute:\r\nroute: <z>\r\n"
		    "\r\nbody");
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_int_equal(lines_read(&a, text, &ls), text.n - 4);
	assert_true(ls.has_end);
	assert_null(ls.why);
	assert_int_equal(ls.n, 7);
	assert_int_equal(ls.count[HEADER_VIA], 2);
	assert_int_equal(ls.count[HEADER_FROM], 0);
	assert_null(ls.first[HEADER_FROM].p);
	assert_true(str_eqz(ls.first[HEADER_VIA], "a, b"));
	assert_true(str_eqz(ls.first[HEADER_SUBJECT], "l1 l2 l3  x"));
	assert_int_equal(lines_values(&ls, HEADER_VIA), 3);
	assert_true(str_eqz(lines_joined(&a, &ls, HEADER_ROUTE), "<x>, <z>"));
	assert_true(str_eqz(lines_joined(&a, &ls, HEADER_SUBJECT),
			    "l1 l2 l3  x"));
	assert_null(lines_joined(&a, &ls, HEADER_FROM).p);
	arena_fini(&a);
}

/* A bad line is told of, and the others are there. */
static void test_bad_lines(void **state)
{
	static const char *const cases[] = {
		"Via: a\r\nnonsense\r\nTo: b\r\n\r\n",
		"Via: a\r\nX: a\rb\r\nTo: b\r\n\r\n",
		"Via: a\r\nX: a\r\r\nTo: b\r\n\r\n",
		" Via: a\r\nVia: a\r\nTo: b\r\n\r\n",
	};
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(cases) - 1; i++) {
		(void)lines_read(&a, str_z(cases[i]), &ls);
		if (i != 2 && ls.why == NULL)
			fail_msg("%zu", i);
		assert_true(ls.has_end);
		assert_true(str_eqz(ls.first[HEADER_VIA], "a"));
		assert_true(str_eqz(ls.first[HEADER_TO], "b"));
	}
	assert_int_equal(lines_read(&a, STR_LIT("Via: a\r\nTo: b"), &ls), 8);
	assert_false(ls.has_end);
	assert_int_equal(ls.n, 1);
	arena_fini(&a);
}

static void test_limit(void **state)
{
	struct strbuf b;
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 100000);
	for (size_t i = 0; i < HEADER_LINES_MAX; i++)
		strbuf_addlit(&b, "X: y\r\n");
	(void)lines_read(&a, strbuf_str(&b), &ls);
	assert_null(ls.why);
	assert_int_equal(ls.n, HEADER_LINES_MAX);
	strbuf_addlit(&b, "X: y\r\n\r\n");
	(void)lines_read(&a, strbuf_str(&b), &ls);
	assert_non_null(ls.why);
	assert_int_equal(ls.n, HEADER_LINES_MAX);
	assert_true(ls.has_end);
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_length(void **state)
{
	static const struct {
		const char *text;
		bool has, ok;
		uint32_t n;
	} cases[] = {
		{ "X: y\r\n", false, true, 0 },
		{ "l: 5\r\n", true, true, 5 },
		{ "Content-Length: 005\r\n", true, true, 5 },
		{ "l: 5\r\nCONTENT-LENGTH: 5\r\n", true, true, 5 },
		{ "l: 5\r\nl: 6\r\n", true, false, 0 },
		{ "l: -5\r\n", true, false, 0 },
		{ "l: +5\r\n", true, false, 0 },
		{ "l: 5 5\r\n", true, false, 0 },
		{ "l: 5, 5\r\n", true, false, 0 },
		{ "l: 0x5\r\n", true, false, 0 },
		{ "l:\r\n", true, false, 0 },
		{ "l: 4294967295\r\n", true, true, 4294967295U },
		{ "l: 4294967296\r\n", true, false, 0 },
	};
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = NULL;
		uint32_t n = 0;

		(void)lines_read(&a, str_z(cases[i].text), &ls);
		assert_int_equal(lines_length(&ls, &n, &why), cases[i].has);
		if ((why == NULL) != cases[i].ok)
			fail_msg("%s", cases[i].text);
		if (cases[i].ok)
			assert_int_equal(n, cases[i].n);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),	  cmocka_unit_test(test_split),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
