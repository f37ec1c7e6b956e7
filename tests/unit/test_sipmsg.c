#include "sip/sipmsg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_methods(void **state)
{
	(void)state;
	for (int m = METHOD_INVITE; m <= METHOD_PUBLISH; m++) {
		struct str name = method_name((enum method)m);

		assert_true(name.n > 0);
		assert_int_equal(method_read(name), m);
	}
	assert_true(str_eqz(method_name(METHOD_MESSAGE), "MESSAGE"));
	assert_int_equal(method_read(STR_LIT("message")), METHOD_OTHER);
	assert_int_equal(method_read(STR_LIT("")), METHOD_OTHER);
	assert_int_equal(method_read(STR_LIT("MESSAGES")), METHOD_OTHER);
	assert_int_equal(method_read(STR_NONE), METHOD_OTHER);
	assert_int_equal(method_name(METHOD_OTHER).n, 0);
}

static void test_transports(void **state)
{
	enum transport t = TRANSPORT_UDP;

	(void)state;
	assert_true(transport_read(STR_LIT("tls"), &t));
	assert_int_equal(t, TRANSPORT_TLS);
	assert_true(transport_read(STR_LIT("TCP"), &t));
	assert_int_equal(t, TRANSPORT_TCP);
	assert_false(transport_read(STR_LIT("SCTP"), &t));
	assert_int_equal(t, TRANSPORT_TCP);
	assert_true(str_eqz(transport_name(TRANSPORT_UDP), "UDP"));
}

static void test_phrases(void **state)
{
	static const struct {
		int status;
		const char *text;
	} cases[] = {
		{ 100, "Trying" },
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 302, "Moved Temporarily" },
		{ 400, "Bad Request" },
		{ 412, "Conditional Request Failed" },
		{ 423, "Interval Too Brief" },
		{ 481, "Call/Transaction Does Not Exist" },
		{ 489, "Bad Event" },
		{ 503, "Service Unavailable" },
		{ 608, "Rejected" },
		/* that of the class */
		{ 250, "OK" },
		{ 399, "Redirection" },
		{ 499, "Request Failure" },
		{ 599, "Server Failure" },
		{ 699, "Global Failure" },
		{ 0, "Unknown" },
		{ 700, "Unknown" },
		{ -1, "Unknown" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (!str_eqz(reason_phrase(cases[i].status), cases[i].text))
			fail_msg("%d: %.*s", cases[i].status,
				 STR_ARG(reason_phrase(cases[i].status)));
	for (int status = 100; status < 700; status++)
		assert_true(reason_phrase(status).n > 0);
}

static void test_endpoints(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1:5060" },
		{ "0.0.0.0", "0.0.0.0:5060" },
		{ "255.10.9.100", "255.10.9.100:5060" },
		{ "2001:db8::1", "[2001:db8::1]:5060" },
		{ "[2001:DB8::1]", "[2001:db8::1]:5060" },
		{ "[192.0.2.1]", "192.0.2.1:5060" },
		/* RFC 5118 §4.10 */
		{ "[2001:db8:::192.0.2.1]", "[2001:db8::c000:201]:5060" },
		{ "2001:db8:::1", NULL },
		{ "2001:::db8:192.0.2.1", NULL },
		{ ":::", NULL },
		{ "", NULL },
		{ "[]", NULL },
		{ "[::1", NULL },
		{ "localhost", NULL },
		{ "1.2.3", NULL },
		{ "1.2.3.400", NULL },
		{ "fe80::1%eth0", NULL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", NULL },
	};
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 1000);
	for (size_t i = 0; i < COUNT(cases); i++) {
		union endpoint e;
		bool ok = endpoint_read(str_z(cases[i].in), 5060, &e);

		assert_int_equal(ok, cases[i].out != NULL);
		if (!ok)
			continue;
		strbuf_reset(&b);
		endpoint_write(&b, &e);
		assert_true(str_eqz(strbuf_str(&b), cases[i].out));
		assert_int_equal(endpoint_port(&e), 5060);
	}
	strbuf_fini(&b);
}

static void test_endpoint_eq(void **state)
{
	union endpoint v4, same, port, v6, v6b;
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 1, &v4));
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 1, &same));
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 2, &port));
	assert_true(endpoint_read(STR_LIT("::1"), 1, &v6));
	assert_true(endpoint_read(STR_LIT("::2"), 1, &v6b));
	assert_true(endpoint_eq(&v4, &same) && endpoint_eq(&v6, &v6));
	assert_false(endpoint_eq(&v4, &port) || endpoint_eq(&v4, &v6));
	assert_false(endpoint_eq(&v6, &v6b));
	assert_int_equal(endpoint_bytes(&v4), sizeof(struct sockaddr_in));
	assert_int_equal(endpoint_bytes(&v6), sizeof(struct sockaddr_in6));
	assert_true(str_eqz(endpoint_text(&v4, text), "192.0.2.1"));
	assert_true(str_eqz(endpoint_text(&v6, text), "::1"));
}

static void test_media(void **state)
{
	static const struct {
		const char *in, *type;
		bool is;
	} cases[] = {
		{ "text/plain", "text/plain", true },
		{ "Text/PLAIN;charset=utf-8", "text/plain", true },
		{ "text / plain ; x", "text/plain", true },
		{ "text/plai", "text/plain", false },
		{ "text/plainx", "text/plain", false },
		{ "", "text/plain", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(media_is(str_z(cases[i].in), cases[i].type),
				 cases[i].is);
	assert_false(media_is(STR_NONE, "text/plain"));
}

static void test_media_param(void **state)
{
	static const struct {
		const char *in, *value; /* NULL: none */
	} cases[] = {
		{ "text/plain;charset=UTF-8", "UTF-8" },
		{ "text/plain ; format=flowed ; Charset = \"UTF-8\" ",
		  "UTF-8" },
		{ "a/b;x=\";charset=no\";charset=yes", "yes" },
		{ "a/b;x=\"\\\";charset=no\";charset=yes", "yes" },
		{ "a/b;charset=", "" },
		{ "a/b;charset", NULL },
		{ "a/b;xcharset=1", NULL },
		{ "a/b", NULL },
		{ "a/b;x=\"open;charset=no", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str got = media_param(str_z(cases[i].in), "charset");

		if (cases[i].value == NULL)
			assert_null(got.p);
		else
			assert_true(str_eqz(got, cases[i].value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_transports),
		cmocka_unit_test(test_phrases),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_endpoint_eq),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_media_param),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
