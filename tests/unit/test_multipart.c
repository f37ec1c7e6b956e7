#include "mapping/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "sip/sipmsg.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MIXED	     "multipart/mixed;boundary=b"

/* RFC 2045 §5.2: no type is text/plain. */
static bool first_text(struct str type, struct str body, struct part *out)
{
	struct part parts[MULTIPART_PARTS_MAX];
	size_t n = multipart_read(type, body, parts);

	for (size_t i = 0; i < n; i++) {
		*out = parts[i];
		if (out->content_type.n == 0 ||
		    media_is(out->content_type, "text/plain"))
			return true;
	}
	return false;
}

static const struct {
	const char *type, *body;
	const char *text; /* NULL: there is none */
	const char *part_type, *encoding;
} rows[] = {
	{ MIXED, "--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n", "hi",
	  "text/plain", "" },
	/* LF only, preamble, epilogue, padding behind the boundary */
	{ "Multipart/Alternative; boundary=\"b\"",
	  "preamble\n--b \nContent-Type: text/html\n\n<p>hi\n--b\n"
	  "content-type: TEXT/PLAIN;charset=x\n"
	  "content-transfer-encoding: base64 \n\naGk=\n--b--\nepilogue",
	  "aGk=", "TEXT/PLAIN;charset=x", "base64" },
	/* no headers at all: text/plain */
	{ MIXED, "--b\r\n\r\nhi\r\n\r\n--b--", "hi\r\n", "", "" },
	/* empty text */
	{ MIXED, "--b\r\n\r\n\r\n--b--", "", "", "" },
	/* never closed */
	{ MIXED, "--b\r\n\r\nhi", "hi", "", "" },
	/* cut off before its text */
	{ MIXED, "--b\r\nContent-Type: text/plain\r", NULL, "", "" },
	{ MIXED, "--b\r\nContent-Type: text/plain\r\n\r\n", NULL, "", "" },
	/* --bb is no fence of b */
	{ MIXED, "--b\r\n\r\nhi\r\n--bb\r\nyou\r\n--b--", "hi\r\n--bb\r\nyou",
	  "", "" },
	/* folded header */
	{ MIXED,
	  "--b\r\nContent-Type: text/plain;\r\n charset=x\r\n\r\nhi\r\n--b--",
	  "hi", "text/plain;\r\n charset=x", "" },
	/* within another one */
	{ "multipart/related; boundary=a",
	  "--a\r\nContent-Type: " MIXED "\r\n\r\n--b\r\nContent-Type: image/png"
	  "\r\n\r\nx\r\n--b--\r\n--a\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
	  "--a--",
	  "hi", "text/plain", "" },
	{ "multipart/mixed; boundary=a",
	  "--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b--\n"
	  "--a--",
	  "hi", "", "" },
	/* a kind that nobody knows, within one that is signed in the clear */
	{ "Multipart/Signed; micalg=sha-256; boundary=a",
	  "--a\r\nContent-Type: multipart/x-new;boundary=b\r\n\r\n"
	  "--b\r\n\r\nhi\r\n--b--\r\n--a\r\n"
	  "Content-Type: application/pkcs7-signature\r\n\r\nx\r\n--a--",
	  "hi", "", "" },
	{ MIXED, "--b\r\nContent-Type: text/html\r\n\r\nhi\r\n--b--", NULL, "",
	  "" },
	{ MIXED, "", NULL, "", "" },
	{ MIXED, "--b--\r\n", NULL, "", "" },
	{ MIXED, "hi", NULL, "", "" },
	{ "multipart/mixed", "--\r\n\r\nhi", NULL, "", "" },
	{ "multipart/mixed;boundary=\"\"", "--\r\n\r\nhi", NULL, "", "" },
};

static void finds_the_text(void **state)
{
	struct part part;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool found = first_text(str_z(rows[i].type),
					str_z(rows[i].body), &part);

		if (found != (rows[i].text != NULL))
			fail_msg("row %zu", i);
		if (!found)
			continue;
		if (!str_eqz(part.body, rows[i].text))
			fail_msg("row %zu: '%.*s'", i, STR_ARG(part.body));
		assert_true(str_eqz(part.content_type, rows[i].part_type));
		assert_true(str_eqz(part.transfer_encoding, rows[i].encoding));
	}
}

static void types(void **state)
{
	(void)state;
	assert_true(multipart_is(STR_LIT("MULTIPART/mixed ; boundary=x")));
	assert_true(multipart_is(STR_LIT("multipart/alternative")));
	assert_true(multipart_is(STR_LIT("multipart/related")));
	assert_true(multipart_is(STR_LIT("multipart/form-data")));
	assert_false(multipart_is(STR_LIT("multipart/ ; boundary=x")));
	assert_false(multipart_is(STR_LIT("multipart")));
	assert_false(multipart_is(STR_LIT("text/plain")));
}

/* n parts that are no text, then one. */
static bool behind(unsigned n)
{
	static const char other[] = "--b\nContent-Type: a/b\n\nx\n";
	static const char text[] = "--b\n\nhi\n--b--\n";
	char body[2048];
	size_t used = 0;
	struct part part;

	for (unsigned i = 0; i < n; i++, used += sizeof(other) - 1)
		memcpy(body + used, other, sizeof(other) - 1);
	memcpy(body + used, text, sizeof(text) - 1);
	used += sizeof(text) - 1;
	return first_text(STR_LIT(MIXED), (struct str){ body, used }, &part);
}

/* A text below n levels. */
static bool below(unsigned n)
{
	char body[2048];
	size_t used = 0;
	struct part part;

	for (unsigned i = 1; i < n; i++)
		used += (size_t)snprintf(body + used, sizeof(body) - used,
					 "--b%u\nContent-Type: "
					 "multipart/mixed;boundary=b%u\n\n",
					 i, i + 1);
	used += (size_t)snprintf(body + used, sizeof(body) - used,
				 "--b%u\n\nhi\n", n);
	return first_text(STR_LIT("multipart/mixed;boundary=b1"),
			  (struct str){ body, used }, &part);
}

static void limits(void **state)
{
	char type[128];
	struct part part;

	(void)state;
	assert_true(behind(MULTIPART_PARTS_MAX - 1));
	assert_false(behind(MULTIPART_PARTS_MAX));
	assert_true(below(MULTIPART_DEPTH_MAX));
	assert_false(below(MULTIPART_DEPTH_MAX + 1));
	/* A boundary of 70 bytes is the longest. */
	for (int n = 70; n <= 71; n++) {
		char body[128];

		snprintf(type, sizeof(type), "multipart/mixed;boundary=%0*d", n,
			 1);
		snprintf(body, sizeof(body), "--%0*d\n\nhi", n, 1);
		assert_int_equal(first_text(str_z(type), str_z(body), &part),
				 n == 70);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_text),
		cmocka_unit_test(types),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
