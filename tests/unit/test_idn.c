#include "mapping/idn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *host, *ascii, *unicode;
} rows[] = {
	{ "Example.NET", "example.net", "example.net" },
	{ "b\xc3\xbc"
	  "cher.example",
	  "xn--bcher-kva.example",
	  "b\xc3\xbc"
	  "cher.example" },
	{ "B\xc3\x9c"
	  "CHER.example",
	  "xn--bcher-kva.example",
	  "b\xc3\xbc"
	  "cher.example" },
	{ "192.0.2.1", "192.0.2.1", "192.0.2.1" },
	{ "[2001:DB8::1]", "[2001:db8::1]", "[2001:db8::1]" },
	{ "[2001:db8:0:0::1]", "[2001:db8::1]", "[2001:db8::1]" },
	{ "[2001:db8:::192.0.2.1]", "[2001:db8::c000:201]",
	  "[2001:db8::c000:201]" }, /* RFC 5118 §4.10 */
	/* An A-label that no name leads to stays one. */
	{ "xn--a.example", "xn--a.example", "xn--a.example" },
	{ "xn--zzzzzzzzzzz99999999999.example",
	  "xn--zzzzzzzzzzz99999999999.example",
	  "xn--zzzzzzzzzzz99999999999.example" },
	/* Nor one of ASCII only, beside which others are read. */
	{ "xn--abc-.example", "xn--abc-.example", "xn--abc-.example" },
	{ "xn--abc-.xn--BCHER-kva.xn--", "xn--abc-.xn--bcher-kva.xn--",
	  "xn--abc-.b\xc3\xbc"
	  "cher.xn--" },
	/* Nor of what names are never written with. */
	{ "xn--bcher-2PA.example", "xn--bcher-2pa.example",
	  "xn--bcher-2pa.example" }, /* a capital */
	{ "xn--ab-r13a.example", "xn--ab-r13a.example",
	  "xn--ab-r13a.example" }, /* a full stop of another script */
};

static void both_ways(void **state)
{
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(idn_to_ascii(&a, str_z(rows[i].host), &out));
		assert_string_equal(str_dupz(&a, out), rows[i].ascii);
		out = idn_to_unicode(&a, out);
		assert_string_equal(str_dupz(&a, out), rows[i].unicode);
	}
	arena_fini(&a);
}

static void no_names(void **state)
{
	static const struct str bad[] = {
		STR(""),
		STR("\xff.example"),
		STR("\xc3\xbc\0.example"),
		STR("\xc3\xbc..example"),
	};
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(idn_to_ascii(&a, bad[i], &out));
	arena_fini(&a);
}

static void hosts_of_domains(void **state)
{
	static const struct {
		const char *host, *domain;
		bool is;
	} cases[] = {
		{ "example.NET", "example.net", true },
		{ "example.org", "example.net", false },
		{ "XN--Bcher-kva.example",
		  "b\xc3\xbc"
		  "cher.example",
		  true },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example", true },
		{ "bcher.example",
		  "b\xc3\xbc"
		  "cher.example",
		  false },
		{ "",
		  "b\xc3\xbc"
		  "cher.example",
		  false },
	};
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(idn_is_host(&a, str_z(cases[i].host),
					     str_z(cases[i].domain)),
				 cases[i].is);
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(no_names),
		cmocka_unit_test(hosts_of_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
