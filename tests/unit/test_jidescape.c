#include "xmpp/jid.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void assert_str(struct str got, const char *want)
{
	if (!str_eqz(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

/* XEP-0106; out NULL: refused. */
static const struct {
	const char *raw, *out;
} escape_cases[] = {
	{ "", "" },
	{ "romeo", "romeo" },
	/* §4.2 and the examples of §5 */
	{ "space cadet", "space\\20cadet" },
	{ "call me \"ishmael\"", "call\\20me\\20\\22ishmael\\22" },
	{ "at&t guy", "at\\26t\\20guy" },
	{ "d'artagnan", "d\\27artagnan" },
	{ "/.fanboy", "\\2f.fanboy" },
	{ "::foo::", "\\3a\\3afoo\\3a\\3a" },
	{ "<foo>", "\\3cfoo\\3e" },
	{ "user@host", "user\\40host" },
	{ "c:\\net", "c\\3a\\net" },
	{ "c:\\\\net", "c\\3a\\\\net" },
	{ "c:\\cool stuff", "c\\3a\\cool\\20stuff" },
	{ "c:\\5commas", "c\\3a\\5c5commas" },
	/* a backslash in front of what would read as a sequence */
	{ "\\27", "\\5c27" },
	{ "\\5c", "\\5c5c" },
	{ "\\5c20", "\\5c5c20" },
	{ "\\\\20", "\\\\5c20" },
	{ "foo\\bar", "foo\\bar" },
	{ "\\2plus\\2is\\4", "\\2plus\\2is\\4" },
	{ "\\3and\\2is\\5@example.com", "\\5c3and\\2is\\5\\40example.com" },
	{ "foob\\41r", "foob\\41r" },
	{ "\\", "\\" },
	{ "a\\", "a\\" },
	{ "a\\2", "a\\2" },
	{ "\\ x", "\\\\20x" },
	/* upper case is folded by nodeprep */
	{ "\\2F", "\\5c2F" },
	{ "\\5C3a", "\\5c5C3a" },
	{ "\\20x", "\\5c20x" },
	/* \20 may not begin or end it */
	{ " x", NULL },
	{ "x ", NULL },
	{ " ", NULL },
	/* Unicode */
	{ "f\xc3\xbc", "f\xc3\xbc" },
	{ "F\xc3\x9c x", "F\xc3\x9c\\20x" },
	{ "o'\xc3\xa9", "o\\27\xc3\xa9" },
	{ "a\\\xc3\xbc", "a\\\xc3\xbc" },
	/* U+FF3C becomes a backslash, U+FF12 a 2 */
	{ "a\xef\xbc\xbc"
	  "40b",
	  NULL },
	{ "a\\\xef\xbc\x92"
	  "0b",
	  NULL },
	{ "a\xef\xbc\xbc"
	  "zb",
	  "a\xef\xbc\xbc"
	  "zb" },
	{ "\xc3\xbc\xff", NULL },
	/* a soft hyphen vanishes and leaves the blank at the end */
	{ "a \xc2\xad", NULL },
	{ "\\\xc2\xad"
	  "5c",
	  NULL },
};

static void test_escape(void **state)
{
	struct arena a;
	struct str out;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i < COUNT(escape_cases); i++) {
		struct str raw = str_z(escape_cases[i].raw);
		bool ok = jid_escape(&a, raw, &out);

		if (ok != (escape_cases[i].out != NULL))
			fail_msg("\"%s\" is %s", escape_cases[i].raw,
				 ok ? "taken" : "refused");
		if (!ok)
			continue;
		assert_str(out, escape_cases[i].out);
		assert_true(str_eq(jid_unescape(&a, out), raw));
	}
	arena_fini(&a);
}

/* What only other people write. */
static const struct {
	const char *local, *raw;
} unescape_cases[] = {
	{ "romeo", "romeo" },
	{ "a\\5cb", "a\\5cb" }, /* not in front of a sequence */
	{ "a\\5c", "a\\5c" },
	{ "a\\5c2", "a\\5c2" },
	{ "a\\5c41", "a\\5c41" },
	{ "a\\5c5c5c", "a\\5c5c" },
	{ "\\20a\\20", " a " },
	{ "a\\2F", "a\\2F" }, /* not prepared */
	{ "a\\21\\00\\zz\\", "a\\21\\00\\zz\\" },
	{ "m\\26m\\2f\\3a\\3c\\3e\\22\\27\\40", "m&m/:<>\"'@" },
};

static void test_unescape(void **state)
{
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i < COUNT(unescape_cases); i++)
		assert_str(jid_unescape(&a, str_z(unescape_cases[i].local)),
			   unescape_cases[i].raw);
	arena_fini(&a);
}

/* All texts up to five characters over the bytes that matter. */
static void test_escape_is_reversible(void **state)
{
	static const char set[] = "\\25c0CF@ a";
	enum { BASE = sizeof(set) - 1, DIGITS = 5 };
	char raw[DIGITS];
	struct arena a;
	struct str s, out;
	size_t i, n, rest, count = 1;

	(void)state;
	arena_init(&a, 4096);
	for (n = 0; n <= DIGITS; n++, count *= BASE) {
		for (i = 0; i < count; i++) {
			for (s.n = 0, rest = i; s.n < n; rest /= BASE)
				raw[s.n++] = set[rest % BASE];
			s.p = raw;
			if (!jid_escape(&a, s, &out))
				continue;
			if (!str_eq(jid_unescape(&a, out), s))
				fail_msg("\"%.*s\" is not reversible",
					 STR_ARG(s));
			arena_reset(&a);
		}
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_escape_is_reversible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
