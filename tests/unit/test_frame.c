#include "sip/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define LINE	 "OPTIONS sip:a@b SIP/2.0\r\n"

static void test_cases(void **state)
{
	static const struct {
		const char *in;
		enum frame frame;
		size_t skip;
		const char *rest; /* behind a whole one */
} cases[] = {
		{ "", FRAME_MORE, 0, NULL },
		{ "\r\n\r\n", FRAME_MORE, 4, NULL },
		{ "OPTIONS", FRAME_MORE, 0, NULL },
		{ LINE, FRAME_MORE, 0, NULL },
		{ LINE "l: 0\r\n", FRAME_MORE, 0, NULL },
		{ LINE "l: 0\r\n\r", FRAME_MORE, 0, NULL },
		{ LINE "l: 0\r\n\r\n", FRAME_WHOLE, 0, "" },
		{ "\r\n" LINE "l: 0\r\n\r\n", FRAME_WHOLE, 2, "" },
		{ LINE "l: 3\r\n\r\nab", FRAME_MORE, 0, NULL },
		{ LINE "l: 3\r\n\r\nabc", FRAME_WHOLE, 0, "" },
		{ LINE "l: 3\r\n\r\nabcOPTIONS", FRAME_WHOLE, 0, "OPTIONS" },
		{ LINE "CONTENT-LENGTH \t:\r\n  3\r\nX: y\r\n\r\nabc",
		  FRAME_WHOLE, 0, "" },
		{ LINE "X: Content-Length: 5\r\nl: 0\r\n\r\n", FRAME_WHOLE, 0,
		  "" },
		{ LINE "X: y\r\n l: 5\r\nl: 0\r\n\r\n", FRAME_WHOLE, 0, "" },
		{ LINE "l: 1\r\nl: 1\r\n\r\nx", FRAME_WHOLE, 0, "" },
		{ "SIP/2.0 200 OK\nl: 0\n\nx", FRAME_WHOLE, 0, "x" },
		{ "OPTIONS sip:a@b SIP/2.0  \r\nl: 0\r\n\r\n", FRAME_WHOLE, 0,
		  "" },
		/* the reader answers 505 */
		{ "OPTIONS sip:a@b SIP/7.0\r\nl: 0\r\n\r\n", FRAME_WHOLE, 0,
		  "" },
		{ LINE "\r\n", FRAME_BAD, 0, NULL },
		{ LINE "X: y\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 0\r\nl: 1\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 1\r\nContent-Length: 0\r\n", FRAME_MORE, 0, NULL },
		{ LINE "l: x\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: -1\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l:\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 65535\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 2147483647\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 4294967295\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 4294967296\r\n\r\n", FRAME_BAD, 0, NULL },
		{ LINE "l: 18446744073709551616\r\n\r\n", FRAME_BAD, 0, NULL },
		{ "GET / HTTP/1.1\r\n", FRAME_BAD, 0, NULL },
		{ "\x16\x03\x01\x02\n", FRAME_BAD, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str in = str_z(cases[i].in);
		size_t skip = 77, n = 77;
		const char *why = NULL;
		enum frame f = frame_find(in, &skip, &n, &why);

		if (f != cases[i].frame || skip != cases[i].skip)
			fail_msg("%zu: %d, skip %zu: %s", i, (int)f, skip,
				 cases[i].in);
		assert_int_equal(why != NULL, f == FRAME_BAD);
		if (f == FRAME_WHOLE)
			assert_true(
				str_eqz(str_from(in, skip + n), cases[i].rest));
		else if (f == FRAME_MORE && n > 0)
			assert_true(skip + n > in.n);
		else
			assert_int_equal(n, 0);
	}
}

/* Byte by byte, as a slow peer sends it. */
static void test_cut_anywhere(void **state)
{
	static const struct str all = STR("\r\n" LINE "Via: x\r\n y\r\n"
					  "l:\r\n 4\r\n\r\nbodyNEXT");
	size_t skip, n;
	const char *why;

	(void)state;
	for (size_t i = 0; i < all.n; i++) {
		enum frame f = frame_find(str_head(all, i), &skip, &n, &why);

		assert_int_equal(f, i < all.n - 4 ? FRAME_MORE : FRAME_WHOLE);
	}
	assert_int_equal(skip, 2);
	assert_int_equal(n, all.n - 6);
}

static void test_limits(void **state)
{
	struct strbuf b;
	size_t skip, n, head;
	const char *why;

	(void)state;
	strbuf_init(&b, 200000);
	/* no end of line, no end of headers */
	while (b.n <= SIP_HEADERS_MAX_BYTES)
		strbuf_addlit(&b, "OPTIONS ");
	assert_int_equal(frame_find(strbuf_str(&b), &skip, &n, &why),
			 FRAME_BAD);
	strbuf_reset(&b);
	strbuf_addlit(&b, LINE);
	while (b.n <= SIP_HEADERS_MAX_BYTES)
		strbuf_addlit(&b, "X: y\r\n");
	assert_int_equal(frame_find(strbuf_str(&b), &skip, &n, &why),
			 FRAME_BAD);
	strbuf_addlit(&b, "l: 0\r\n\r\n");
	assert_int_equal(frame_find(strbuf_str(&b), &skip, &n, &why),
			 FRAME_BAD);
	/* the largest message */
	strbuf_reset(&b);
	strbuf_addlit(&b, LINE "l: 65000\r\n\r\n");
	head = b.n;
	while (b.n < head + 65000)
		strbuf_addc(&b, '\0');
	assert_int_equal(frame_find(strbuf_str(&b), &skip, &n, &why),
			 FRAME_WHOLE);
	assert_int_equal(n, head + 65000);
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
