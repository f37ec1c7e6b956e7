#include "mapping/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name, *in;
	struct str out;
} rows[] = {
	{ "", "a=b", STR("a=b") },
	{ " 8BIT", "a=3D", STR("a=3D") },
	{ "binary", "x", STR("x") },
	{ "7bit", "", STR("") },
	{ "quoted-printable", "f=C3=BC=20=\r\nx", STR("f\xc3\xbc x") },
	{ "Quoted-Printable", "a= \t\nb=", STR("ab") },
	{ "quoted-printable", "1+1=2", STR("1+1=2") },
	{ "quoted-printable", "a=3dZ=00", STR("a=Z\0") },
	{ "quoted-printable", "=4", STR("=4") },
	{ "base64", "aGVs\r\nbG8=", STR("hello") },
	{ "base64", "aGVsbG8", STR("hello") },
	{ "BASE64", "AP8+", STR("\0\xff>") },
	{ "base64", "YQ==", STR("a") },
	{ "base64", "YWI=", STR("ab") },
	{ "base64", "", STR("") },
};

static void decodes(void **state)
{
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(transfer_decode(&a, str_z(rows[i].name),
					    str_z(rows[i].in), &out));
		if (!str_eq(out, rows[i].out))
			fail_msg("row %zu: %.*s", i, STR_ARG(out));
	}
	arena_fini(&a);
}

static void refuses(void **state)
{
	static const char *const bad[][2] = {
		{ "x-uuencode", "a" }, { "base64", "a" },
		{ "base64", "aG!s" },  { "base64", "YQ==YQ==" },
		{ "base64", "\xff" },
	};
	struct arena a;
	struct str out;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(transfer_decode(&a, str_z(bad[i][0]),
					     str_z(bad[i][1]), &out));
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
