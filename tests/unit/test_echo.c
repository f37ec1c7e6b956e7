#include "sip/echo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const plain[] = { "branch=b", NULL };
static const char *const spoofed[] = { "received=10.9.9.9", "branch=b",
				       "RPort=1", "x", NULL };

#define REST "From: f\r\nCall-ID: i\r\nCSeq: 1 X\r\nTo: t"

static void test_top_via(void **state)
{
	static const struct {
		const char *source;
		uint16_t source_port;
		struct via via;
		const char *out, *sent_by;
	} cases[] = {
		/* RFC 3261 §18.2.1 */
		{ "192.0.2.1",
		  5060,
		  { "SIP/2.0/UDP", "192.0.2.1", NULL, plain, false },
		  "SIP/2.0/UDP 192.0.2.1;branch=b",
		  "192.0.2.1" },
		{ "192.0.2.4",
		  5060,
		  { "SIP/2.0/UDP", "bobspc.biloxi.com", "5060", plain, false },
		  "SIP/2.0/UDP bobspc.biloxi.com:5060;branch=b;"
		  "received=192.0.2.4",
		  "bobspc.biloxi.com:5060" },
		{ "192.0.2.4",
		  5060,
		  { "SIP/2.0/UDP", "192.0.2.1", NULL, NULL, false },
		  "SIP/2.0/UDP 192.0.2.1;received=192.0.2.4",
		  "192.0.2.1" },
		/* RFC 3581 §4: received although the same */
		{ "192.0.2.1",
		  9988,
		  { "SIP/2.0/UDP", "192.0.2.1", "4540", plain, true },
		  "SIP/2.0/UDP 192.0.2.1:4540;branch=b;received=192.0.2.1;"
		  "rport=9988",
		  "192.0.2.1:4540" },
		/* what the sender says of itself does not count */
		{ "192.0.2.1",
		  5,
		  { "SIP/2.0/TCP", "h", NULL, spoofed, true },
		  "SIP/2.0/TCP h;branch=b;x;received=192.0.2.1;rport=5",
		  "h" },
		{ "192.0.2.1",
		  5,
		  { "SIP/2.0/TCP", "192.0.2.1", NULL, spoofed, false },
		  "SIP/2.0/TCP 192.0.2.1;branch=b;x",
		  "192.0.2.1" },
		/* RFC 5118 §4.5: without brackets */
		{ "2001:db8::9",
		  65535,
		  { "SIP/2.0/TLS", "[2001:db8::10]", "5061", plain, true },
		  "SIP/2.0/TLS [2001:db8::10]:5061;branch=b;"
		  "received=2001:db8::9;rport=65535",
		  "[2001:db8::10]:5061" },
		{ "2001:db8::9",
		  5061,
		  { "SIP/2.0/TLS", "[2001:DB8:0::9]", NULL, plain, false },
		  "SIP/2.0/TLS [2001:DB8:0::9];branch=b",
		  "[2001:DB8:0::9]" },
	};
	static const struct str text =
		STR("Via: anything\r\nFrom: f\r\nTo: t\r\nCSeq: 1 X\r\nX: y\r\n"
		    "Call-ID: i\r\n\r\n");
	struct lines ls;
	struct strbuf b;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 1000);
	(void)lines_read(&a, text, &ls);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str echo, sent_by = STR_NONE;
		union endpoint e;

		assert_true(endpoint_read(str_z(cases[i].source),
					  cases[i].source_port, &e));
		echo = echo_build(&a, &ls, &cases[i].via, &e, &sent_by);
		strbuf_reset(&b);
		strbuf_addlit(&b, "Via: ");
		strbuf_addz(&b, cases[i].out);
		strbuf_addlit(&b, "\r\n" REST);
		if (!str_eq(echo, strbuf_str(&b)))
			fail_msg("%zu: %.*s", i, STR_ARG(echo));
		assert_true(str_eqz(sent_by, cases[i].sent_by));
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_further_vias(void **state)
{
	static const struct via via = { "SIP/2.0/UDP", "192.0.2.1", NULL, plain,
					false };
	static const struct str text =
		STR("X: y\r\nv: top;x=\"a,b\" , second,third\r\nFrom: f\r\n"
		    "Via: fourth\r\nTo: t\r\nCSeq: 1 X\r\nCall-ID: i\r\n"
		    "vIA:fifth,\r\n sixth\r\n\r\n");
	struct str echo, sent_by = STR_NONE;
	union endpoint e;
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &e));
	(void)lines_read(&a, text, &ls);
	echo = echo_build(&a, &ls, &via, &e, &sent_by);
	assert_true(str_eqz(echo, "Via: SIP/2.0/UDP 192.0.2.1;branch=b\r\n"
				  "Via: second,third\r\nVia: fourth\r\n"
				  "Via: fifth, sixth\r\n" REST));
	/* unreadable: all as they are */
	sent_by = STR_NONE;
	echo = echo_build(&a, &ls, NULL, &e, &sent_by);
	assert_true(str_eqz(echo,
			    "Via: top;x=\"a,b\" , second,third\r\n"
			    "Via: fourth\r\nVia: fifth, sixth\r\n" REST));
	assert_null(sent_by.p);
	arena_fini(&a);
}

static void test_missing(void **state)
{
	struct str echo, sent_by = STR_NONE;
	union endpoint e;
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &e));
	(void)lines_read(&a, STR_LIT("Via: v\r\nCSeq: 1 X\r\n\r\n"), &ls);
	echo = echo_build(&a, &ls, NULL, &e, &sent_by);
	assert_true(str_eqz(echo, "Via: v\r\nCSeq: 1 X"));
	(void)lines_read(&a, STR_LIT("\r\n"), &ls);
	echo = echo_build(&a, &ls, NULL, &e, &sent_by);
	assert_int_equal(echo.n, 0);
	arena_fini(&a);
}

/* ";tag=" comes behind To. */
static void test_empty_end_of_to(void **state)
{
	static const char *const ends[][2] = {
		{ "To: <t>;\r\n\r\n", "To: <t>" },
		{ "To: <t>;x ; ;\r\n\r\n", "To: <t>;x" },
		{ "To: <t>;tag=a\r\n\r\n", "To: <t>;tag=a" },
		{ "To: ;\r\n\r\n", "To: " },
	};
	struct str sent_by = STR_NONE;
	union endpoint e;
	struct lines ls;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &e));
	for (size_t i = 0; i < COUNT(ends); i++) {
		(void)lines_read(&a, str_z(ends[i][0]), &ls);
		assert_true(str_eqz(echo_build(&a, &ls, NULL, &e, &sent_by),
				    ends[i][1]));
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top_via),
		cmocka_unit_test(test_further_vias),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_empty_end_of_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
