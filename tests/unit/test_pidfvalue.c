#include "mapping/pidfvalue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { CHUNK_BYTES = 4096 };

static void basics(void **state)
{
	static const struct {
		const char *text;
		enum basic basic;
	} rows[] = {
		{ "open", BASIC_OPEN },	    { "closed", BASIC_CLOSED },
		{ "\n OPEN ", BASIC_OPEN }, { "Closed", BASIC_CLOSED },
		{ "?", BASIC_NONE },	    { "", BASIC_NONE },
		{ "opened", BASIC_NONE },   { "ope", BASIC_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(pidfvalue_basic(str_z(rows[i].text)),
				 rows[i].basic);
}

static void priorities(void **state)
{
	static const struct {
		const char *text;
		int milli;
	} rows[] = {
		{ "0", 0 },	     { "1", 1000 },
		{ "0.8", 800 },	     { "0.102", 102 },
		{ "0.007", 7 },	     { "0.0079", 7 },
		{ "1.0", 1000 },     { "1.000", 1000 },
		{ "1.", 1000 },	     { ".5", 500 },
		{ " 0.25 ", 250 },   { "0.800000", 800 },
		{ "0,800000", 800 }, { "1.001", -1 },
		{ "2", -1 },	     { "-0.5", -1 },
		{ "", -1 },	     { "high", -1 },
		{ "0.5x", -1 },	     { "0.5.5", -1 },
		{ "1e-3", -1 },	     { "99999999999", -1 },
		{ "0.-1", -1 },	     { "0.99999999999999999999", 999 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(pidfvalue_priority(str_z(rows[i].text)),
				 rows[i].milli);
}

/* Every value is read as it was written, and is a qvalue of RFC 3863 §4.4. */
static void priorities_written(void **state)
{
	static const struct {
		int milli;
		const char *text;
	} rows[] = { { 0, "0" },       { 1000, "1" },	 { 7, "0.007" },
		     { 102, "0.102" }, { 800, "0.800" }, { 999, "0.999" } };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		strbuf_reset(&b);
		pidfvalue_put_priority(&b, rows[i].milli);
		assert_true(str_eqz(strbuf_str(&b), rows[i].text));
	}
	for (int milli = 0; milli <= 1000; milli++) {
		strbuf_reset(&b);
		pidfvalue_put_priority(&b, milli);
		assert_int_equal(pidfvalue_priority(strbuf_str(&b)), milli);
	}
	strbuf_fini(&b);
}

static void times(void **state)
{
	static const struct {
		const char *text, *utc; /* NULL: none */
		bool is_written;
	} rows[] = {
		{ "2015-01-01T00:00:00Z", "2015-01-01T00:00:00Z", true },
		{ "2015-01-01T02:00:00+02:00", "2015-01-01T00:00:00Z", true },
		{ "2015-01-01T00:00:00.5Z", "2015-01-01T00:00:00Z", true },
		{ "2015-01-01t00:00:00z", "2015-01-01T00:00:00Z", false },
		{ " 2015-01-01T00:00:00Z", "2015-01-01T00:00:00Z", false },
		{ "2015-01-01", NULL, false },
		{ "", NULL, false },
		{ "now", NULL, false },
	};
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str utc = pidfvalue_time(&a, str_z(rows[i].text));

		assert_true(
			str_eqz(utc, rows[i].utc != NULL ? rows[i].utc : ""));
		assert_int_equal(pidfvalue_is_time(str_z(rows[i].text)),
				 rows[i].is_written);
	}
	arena_fini(&a);
}

static void languages(void **state)
{
	static const struct {
		const char *tag;
		bool is;
	} rows[] = {
		{ "en", true },
		{ "de-CH-1996", true },
		{ "x-klingon", true },
		{ "i-default", true },
		{ "", false },
		{ "e n", false },
		{ "en_US", false },
		{ "en-", false },
		{ "-en", false },
		{ "1a", false },
		{ "abcdefghi", false },
		{ "en'", false },
		{ "en-abcdefghi", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(pidfvalue_is_language(str_z(rows[i].tag)),
				 rows[i].is);
}

static void texts_tidied(void **state)
{
	struct text d = { .lang = STR("EN"), .s = STR("again") };
	struct text c = { .next = &d, .s = STR("eins") };
	struct text b = { .next = &c, .lang = STR("fr"), .s = STR(" \n") };
	struct text a1 = { .next = &b, .lang = STR("en"), .s = STR("one") };
	const struct text *got;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	got = pidfvalue_tidy(&a, &a1, STR_LIT("de"));
	assert_true(str_eqz(got->s, "one") && str_eqz(got->lang, "en"));
	got = got->next;
	assert_true(str_eqz(got->s, "eins") && str_eqz(got->lang, "de"));
	assert_null(got->next);
	assert_null(pidfvalue_tidy(&a, NULL, STR_NONE));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(basics),
		cmocka_unit_test(priorities),
		cmocka_unit_test(priorities_written),
		cmocka_unit_test(times),
		cmocka_unit_test(languages),
		cmocka_unit_test(texts_tidied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
