#include "gateway/base/str.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/arena.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void assert_str(struct str got, const char *want)
{
	assert_int_equal(got.n, strlen(want));
	if (got.n > 0)
		assert_memory_equal(got.p, want, got.n);
}

static void compares(void **state)
{
	static const struct {
		const char *a, *b;
		bool eq, ieq;
	} cases[] = {
		{ "", "", true, true },
		{ NULL, "", true, true },
		{ "a", "a", true, true },
		{ "a", "A", false, true },
		{ "Call-ID", "call-id", false, true },
		{ "a", "ab", false, false },
		{ "@", "`", false, false },
		{ "[", "{", false, false },
		{ "\xC3\x84", "\xC3\xA4", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str a = str_z(cases[i].a);

		assert_int_equal(str_eqz(a, cases[i].b), cases[i].eq);
		assert_int_equal(str_ieqz(a, cases[i].b), cases[i].ieq);
		assert_int_equal(str_eq(str_z(cases[i].b), a), cases[i].eq);
	}
}

static void finds_prefixes(void **state)
{
	(void)state;
	assert_true(str_starts(STR_LIT("sip:x"), "sip:"));
	assert_false(str_starts(STR_LIT("SIP:x"), "sip:"));
	assert_true(str_istarts(STR_LIT("SIP:x"), "sip:"));
	assert_false(str_istarts(STR_LIT("si"), "sip:"));
	assert_true(str_starts(STR_NONE, ""));
	assert_false(str_starts(STR_NONE, "a"));
}

static void trims(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },	      { " \t\r\n", "" }, { " a b ", "a b" },
		{ "a", "a" },	      { "\ta", "a" },	 { "a\r\n", "a" },
		{ "\va\f", "\va\f" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_str(str_trim(str_z(cases[i][0])), cases[i][1]);
	assert_str(str_trim(STR_NONE), "");
}

static void slices_are_clamped(void **state)
{
	struct str s = STR("hello");

	(void)state;
	assert_str(str_from(s, 0), "hello");
	assert_str(str_from(s, 2), "llo");
	assert_str(str_from(s, 5), "");
	assert_str(str_from(s, 99), "");
	assert_str(str_head(s, 2), "he");
	assert_str(str_head(s, 99), "hello");
	assert_str(str_from(STR_NONE, 3), "");
	assert_str(str_head(STR_NONE, 3), "");
	assert_int_equal(str_find(s, 'l'), 2);
	assert_int_equal(str_find(s, 'x'), 5);
	assert_int_equal(str_find(STR_NONE, 'x'), 0);
}

static void cuts_at_separators(void **state)
{
	struct str rest = STR("a,,b");

	(void)state;
	assert_str(str_cut(&rest, ','), "a");
	assert_str(rest, ",b");
	assert_str(str_cut(&rest, ','), "");
	assert_str(str_cut(&rest, ','), "b");
	assert_null(rest.p);
	assert_int_equal(rest.n, 0);
	assert_str(str_cut(&rest, ','), "");
	/* An empty last part is told from none by p. */
	rest = STR_LIT("a,");
	str_cut(&rest, ',');
	assert_non_null(rest.p);
	assert_int_equal(rest.n, 0);
}

static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		bool is_u64, is_u32;
		uint64_t value;
	} cases[] = {
		{ "0", true, true, 0 },
		{ "007", true, true, 7 },
		{ "4294967295", true, true, 4294967295U },
		{ "4294967296", true, false, 4294967296U },
		{ "18446744073709551615", true, false, UINT64_MAX },
		{ "18446744073709551616", false, false, 0 },
		{ "99999999999999999999", false, false, 0 },
		{ "", false, false, 0 },
		{ "-1", false, false, 0 },
		{ "+1", false, false, 0 },
		{ " 1", false, false, 0 },
		{ "1 ", false, false, 0 },
		{ "0x1", false, false, 0 },
		{ "1\xB2", false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str s = str_z(cases[i].text);
		uint64_t wide = 42;
		uint32_t narrow = 42;

		assert_int_equal(str_to_u64(s, &wide), cases[i].is_u64);
		assert_int_equal(wide, cases[i].is_u64 ? cases[i].value : 42);
		assert_int_equal(str_to_u32(s, &narrow), cases[i].is_u32);
		assert_int_equal(narrow, cases[i].is_u32 ? cases[i].value : 42);
	}
}

/* RFC 3629 §3, §4 and the stress cases that every strict reader is asked. */
static const struct {
	const char *text;
	bool is_utf8;
	uint32_t first;
	size_t first_bytes;
} utf8_cases[] = {
	{ "a", true, 'a', 1 },
	{ "\x7F", true, 0x7F, 1 },
	{ "\xC2\x80", true, 0x80, 2 },
	{ "\xDF\xBF", true, 0x7FF, 2 },
	{ "\xE0\xA0\x80", true, 0x800, 3 },
	{ "\xE2\x82\xAC", true, 0x20AC, 3 },
	{ "\xED\x9F\xBF", true, 0xD7FF, 3 },
	{ "\xEE\x80\x80", true, 0xE000, 3 },
	{ "\xEF\xBF\xBF", true, 0xFFFF, 3 },
	{ "\xEF\xBF\xBD", true, 0xFFFD, 3 },
	{ "\xF0\x90\x80\x80", true, 0x10000, 4 },
	{ "\xF0\x9F\x98\x80", true, 0x1F600, 4 },
	{ "\xF4\x8F\xBF\xBF", true, 0x10FFFF, 4 },
	{ "\x80", false, 0xFFFD, 1 },
	{ "\xBF"
	  "a",
	  false, 0xFFFD, 1 },
	{ "\xC0\x80", false, 0xFFFD, 1 },
	{ "\xC1\xBF", false, 0xFFFD, 1 },
	{ "\xC2", false, 0xFFFD, 1 },
	{ "\xC2"
	  "a",
	  false, 0xFFFD, 1 },
	{ "\xE0\x9F\xBF", false, 0xFFFD, 1 },
	{ "\xE2\x82", false, 0xFFFD, 1 },
	{ "\xE2\x82"
	  "a",
	  false, 0xFFFD, 1 },
	{ "\xED\xA0\x80", false, 0xFFFD, 1 },
	{ "\xED\xBF\xBF", false, 0xFFFD, 1 },
	{ "\xF0\x8F\xBF\xBF", false, 0xFFFD, 1 },
	{ "\xF4\x90\x80\x80", false, 0xFFFD, 1 },
	{ "\xF5\x80\x80\x80", false, 0xFFFD, 1 },
	{ "\xF0\x9F\x98", false, 0xFFFD, 1 },
	{ "\xFE", false, 0xFFFD, 1 },
	{ "\xFF\xFF", false, 0xFFFD, 1 },
};

static void reads_utf8(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(utf8_cases); k++) {
		struct str s = str_z(utf8_cases[k].text);
		size_t i = 0;

		assert_int_equal(str_is_utf8(s), utf8_cases[k].is_utf8);
		assert_int_equal(str_utf8_next(s, &i), utf8_cases[k].first);
		assert_int_equal(i, utf8_cases[k].first_bytes);
	}
	assert_true(str_is_utf8(STR_NONE));
	assert_true(str_is_ascii(STR_NONE));
	assert_true(str_is_ascii(STR_LIT("a\x7f")));
	assert_false(str_is_ascii(STR_LIT("a\x80")));
	assert_false(str_is_ascii(STR_LIT("\xc3\xbcu")));
}

static void writes_utf8(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(utf8_cases); k++) {
		char buf[4];

		if (utf8_cases[k].is_utf8) {
			size_t n = str_utf8_put(buf, utf8_cases[k].first);

			assert_str((struct str){ buf, n }, utf8_cases[k].text);
		}
	}
}

static void heads_are_whole_characters(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *head;
	} cases[] = {
		{ "abc", 3, "abc" },
		{ "abc", 99, "abc" },
		{ "abc", 2, "ab" },
		{ "abc", 0, "" },
		{ "a\xE2\x82\xAC", 4, "a\xE2\x82\xAC" },
		{ "a\xE2\x82\xAC", 3, "a" },
		{ "a\xE2\x82\xAC", 2, "a" },
		{ "a\xE2\x82\xAC", 1, "a" },
		{ "\xF0\x9F\x98\x80z", 4, "\xF0\x9F\x98\x80" },
		{ "\xF0\x9F\x98\x80z", 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_str(str_utf8_head(str_z(cases[i].text), cases[i].n),
			   cases[i].head);
	assert_str(str_utf8_head(STR_NONE, 3), "");
}

static void knows_hex_digits(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		const char text[] = { (char)c, '\0' };
		unsigned long value =
			isxdigit(c) ? strtoul(text, NULL, 16) : 16;

		assert_int_equal(str_hex_value((char)c), value);
	}
}

/* The eight bytes at once must not hide what stands among plain text. */
static void utf8_is_found_anywhere(void **state)
{
	char buf[64];

	(void)state;
	for (size_t k = 0; k < COUNT(utf8_cases); k++) {
		size_t n = strlen(utf8_cases[k].text);

		for (size_t at = 0; at + n <= 24; at++) {
			memset(buf, 'x', sizeof(buf));
			memcpy(buf + at, utf8_cases[k].text, n);
			assert_int_equal(str_is_utf8((struct str){ buf, 24 }),
					 utf8_cases[k].is_utf8);
		}
	}
}

static void copies(void **state)
{
	struct arena a;
	struct str heap;
	char *z;

	(void)state;
	arena_init(&a, 4096);
	assert_str(str_dup(&a, STR_LIT("abc")), "abc");
	assert_str(str_dup(&a, STR_NONE), "");
	z = str_dupz(&a, STR_LIT("abc"));
	assert_string_equal(z, "abc");
	assert_string_equal(str_dupz(&a, STR_NONE), "");
	assert_str(str_lower(&a, STR_LIT("AbZ[\xC3\x84")), "abz[\xC3\x84");
	assert_str(str_lowered(&a, STR_LIT("AbZ[\xC3\x84")), "abz[\xC3\x84");
	assert_str(str_lowered(&a, STR_LIT("abz")), "abz");
	assert_str(str_lowered(&a, STR_NONE), "");
	assert_str(str_fmt(&a, "%s-%d", "x", 7), "x-7");
	assert_str(str_fmt(&a, "%s", ""), "");
	heap = str_heap(STR_LIT("abc"));
	assert_string_equal(heap.p, "abc");
	str_free(&heap);
	assert_null(heap.p);
	str_free(&heap);
	heap = str_heap(STR_NONE);
	assert_string_equal(heap.p, "");
	str_free(&heap);
	arena_fini(&a);
}

static void shares_an_allocation(void **state)
{
	char buf[6] = "......", *at = buf;
	struct str a = str_put(&at, STR_LIT("ab"));
	struct str none = str_put(&at, STR_NONE);
	struct str c = str_put(&at, STR_LIT("c"));

	(void)state;
	assert_str(a, "ab");
	assert_int_equal(none.n, 0);
	assert_str(c, "c");
	assert_ptr_equal(at, buf + 3);
	assert_memory_equal(buf, "abc...", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(finds_prefixes),
		cmocka_unit_test(trims),
		cmocka_unit_test(slices_are_clamped),
		cmocka_unit_test(cuts_at_separators),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(reads_utf8),
		cmocka_unit_test(utf8_is_found_anywhere),
		cmocka_unit_test(writes_utf8),
		cmocka_unit_test(heads_are_whole_characters),
		cmocka_unit_test(knows_hex_digits),
		cmocka_unit_test(copies),
		cmocka_unit_test(shares_an_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
