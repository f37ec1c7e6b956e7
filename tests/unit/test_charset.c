#include "mapping/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "xmpp/xml.h"

enum { CHUNK_BYTES = 1024 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BAD	     "\xef\xbf\xbd"

static const struct {
	const char *label;
	struct str in;
	const char *out;
} rows[] = {
	{ "", STR("f\xc3\xbc"), "f\xc3\xbc" },
	{ "UTF-8",
	  STR("\xef\xbb\xbf"
	      "a"),
	  "a" },
	{ " utf8 ",
	  STR("a\xff"
	      "b"),
	  "a" BAD "b" },
	{ "us-ascii", STR("f\xc3\xbc"), "f\xc3\xbc" },
	{ "utf-8", STR("a\0\x01\t\r\n"), "a" BAD BAD "\t\r\n" },
	{ "utf-8", STR("\xef\xbf\xbf"), BAD },
	{ "ISO-8859-1", STR("f\xfc\xdf"), "f\xc3\xbc\xc3\x9f" },
	{ "iso-8859-1", STR("\x93\x94\x0b"), "\xe2\x80\x9c\xe2\x80\x9d" BAD },
	{ "iso-8859-15", STR("\xa4\xbd\xe4\x85"),
	  "\xe2\x82\xac\xc5\x93\xc3\xa4" BAD },
	{ "windows-1252", STR("\x80\x81"), "\xe2\x82\xac" BAD },
	{ "utf-16", STR("\0a\x20\xac"), "a\xe2\x82\xac" },
	{ "UTF-16", STR("\xfe\xff\0a"), "a" },
	{ "UTF-16",
	  STR("\xff\xfe"
	      "a\0"),
	  "a" },
	{ "utf-16le", STR("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80" },
	{ "utf-16be", STR("\xd8\x3d\xde\x00"), "\xf0\x9f\x98\x80" },
	{ "utf-16be", STR("\xd8\x3d\0a"), BAD "a" },
	{ "utf-16be", STR("\xde\x00\xd8\x3d"), BAD BAD },
	{ "utf-16be", STR("\xff\xff\0"), BAD BAD },
	{ "utf-16le", STR("\0\0"), BAD },
	{ "utf-16", STR("x"), BAD },
};

static void converts(void **state)
{
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(charset_to_utf8(&a, str_z(rows[i].label),
					    rows[i].in, &out));
		if (!str_eqz(out, rows[i].out))
			fail_msg("row %zu: %.*s", i, STR_ARG(out));
	}
	assert_true(charset_to_utf8(&a, STR_NONE, STR_NONE, &out));
	assert_int_equal(out.n, 0);
	arena_fini(&a);
}

static void strangers(void **state)
{
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_false(
		charset_to_utf8(&a, STR_LIT("koi8-r"), STR_LIT("a"), &out));
	assert_false(charset_to_utf8(&a, STR_LIT("utf-7"), STR_LIT("a"), &out));
	arena_fini(&a);
}

/* Whatever comes in, what goes out is UTF-8 that XML can carry. */
static void always_xml(void **state)
{
	static const char *const labels[] = { "utf-8",	     "iso-8859-1",
					      "iso-8859-15", "utf-16",
					      "utf-16le",    "utf-16be" };
	struct arena a;
	uint64_t x = 1;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < 20000; i++) {
		char bytes[12];
		struct str in = { bytes, (size_t)i % sizeof(bytes) }, out;

		for (size_t k = 0; k < in.n; k++) {
			x = x * UINT64_C(6364136223846793005) + 1442695041U;
			bytes[k] = (char)(x >> 56);
		}
		assert_true(
			charset_to_utf8(&a, str_z(labels[i % 6]), in, &out));
		assert_true(str_is_utf8(out));
		assert_true(str_eq(xml_clean(&a, out), out));
		arena_reset(&a);
	}
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(converts),
		cmocka_unit_test(strangers),
		cmocka_unit_test(always_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
