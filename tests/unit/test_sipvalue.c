#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/config/config.h"
#include "gateway/config/optionvalue.h"

static void test_texts(void **state)
{
	static const struct {
		enum option_type type;
		const char *text, *expected; /* NULL: refused */
	} cases[] = {
		{ OPTION_HOST, "Example.NET", "example.net" },
		{ OPTION_HOST, "192.0.2.1", "192.0.2.1" },
		{ OPTION_HOST, "[2001:db8::1]", "[2001:db8::1]" },
		{ OPTION_HOST, "example.net:5060", NULL },
		{ OPTION_HOST, "a@example.net", NULL },
		{ OPTION_HOST, "example.net;lr", NULL },
		{ OPTION_HOST, "", NULL },
		{ OPTION_HOST, "exa mple", NULL },
		{ OPTION_PATTERN, "*", "*" },
		{ OPTION_PATTERN, "*.Example.net", "*.example.net" },
		{ OPTION_PATTERN, "example.net", "example.net" },
		{ OPTION_PATTERN, "*.", NULL },
		{ OPTION_PATTERN, "ex*mple.net", NULL },
		{ OPTION_RANGE, "192.0.2.0/24", "192.0.2.0/24" },
		{ OPTION_RANGE, "192.0.2.1", "192.0.2.1" },
		{ OPTION_RANGE, "2001:db8::/32", "2001:db8::/32" },
		{ OPTION_RANGE, "192.0.2.0/33", NULL },
		{ OPTION_RANGE, "pbx.example.net", NULL },
		{ OPTION_ADDRESS, "192.0.2.1", "192.0.2.1" },
		{ OPTION_ADDRESS, "::", "::" },
		{ OPTION_ADDRESS, "[::1]", "::1" },
		{ OPTION_ADDRESS, "localhost", NULL },
		{ OPTION_NAMESERVER, "192.0.2.53", "192.0.2.53" },
		{ OPTION_NAMESERVER, "127.0.0.1:5353", "127.0.0.1:5353" },
		{ OPTION_NAMESERVER, "[::1]:53", "[::1]:53" },
		{ OPTION_NAMESERVER, "127.0.0.1:0", NULL },
		{ OPTION_NAMESERVER, "127.0.0.1:99999", NULL },
		{ OPTION_NAMESERVER, "127.0.0.1:", NULL },
		{ OPTION_NAMESERVER, "dns.example.net", NULL },
		{ OPTION_NEXT_HOP, "sip:p.example.net;lr",
		  "sip:p.example.net;lr" },
		{ OPTION_NEXT_HOP, "sip:192.0.2.1:5080;transport=tcp",
		  "sip:192.0.2.1:5080;transport=tcp" },
		{ OPTION_NEXT_HOP, "p.example.net", NULL },
		{ OPTION_NEXT_HOP, "sips:p.example.net",
		  "sip:p.example.net;transport=tls" },
		{ OPTION_NEXT_HOP, "SIPS:[::1]:5099;lr;Transport=TCP;x=y",
		  "sip:[::1]:5099;transport=tls;lr;x=y" },
		{ OPTION_NEXT_HOP, "sip:p.example.net;transport=tls",
		  "sip:p.example.net;transport=tls" },
		{ OPTION_NEXT_HOP, "sips:p.example.net;transport=udp", NULL },
		{ OPTION_NEXT_HOP, "sip:p.example.net;transport=sctp", NULL },
		{ OPTION_NEXT_HOP, "sip:u@p.example.net", NULL },
		{ OPTION_NEXT_HOP, "sip:p.example.net?a=b", NULL },
		{ OPTION_NEXT_HOP, "tel:+123", NULL },
		{ OPTION_PREFIX, "", "" },
		{ OPTION_PREFIX, "+49", "+49" },
		{ OPTION_PREFIX, "*21*", "*21*" },
		{ OPTION_PREFIX, "a1", NULL },
		{ OPTION_PREFIX, "1@", NULL },
		{ OPTION_PREFIX, "000000000000000000000000000000000", NULL },
	};
	struct str field;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct option o = { .type = cases[i].type };
		enum value_result r = optionvalue_read(
			&a, &o, str_z(cases[i].text), &field, &why);

		if ((r == VALUE_OK) != (cases[i].expected != NULL))
			fail_msg("case %zu: %s", i, cases[i].text);
		if (r == VALUE_OK)
			assert_true(str_eqz(field, cases[i].expected));
		else
			assert_true(why[0] != '\0');
	}
	arena_fini(&a);
}

static void test_uri(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ "sip:100@example.net", true },
		{ "sip:a%40b@example.net", true },
		{ "sip:example.net", false },
		{ "sips:100@example.net", false },
		{ "tel:+123", false },
		{ "sip:100@example.net:5060", false },
		{ "sip:100:pw@example.net", false },
		{ "sip:100@example.net;user=phone", false },
		{ "100@example.net", false },
	};
	const struct option o = { .type = OPTION_URI };
	struct uri u;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(optionvalue_read(&a, &o, str_z(cases[i].text),
						  &u, &why) == VALUE_OK,
				 cases[i].expected);
	arena_fini(&a);
}

struct digits {
	unsigned min, max;
};

static void test_digits(void **state)
{
	static const struct {
		const char *text;
		unsigned min, max; /* 0: refused */
	} cases[] = {
		{ "4", 4, 4 },	  { "4-14", 4, 14 }, { "1-32", 1, 32 },
		{ "0-4", 0, 0 },  { "5-4", 0, 0 },   { "4-", 0, 0 },
		{ "-4", 0, 0 },	  { "4-33", 0, 0 },  { "4-5-6", 0, 0 },
		{ "four", 0, 0 }, { "", 0, 0 },
	};
	const struct option o = { .type = OPTION_DIGITS,
				  .offset = offsetof(struct digits, min),
				  .second = offsetof(struct digits, max) };
	struct digits d;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d = (struct digits){ 0, 0 };
		optionvalue_read(&a, &o, str_z(cases[i].text), &d, &why);
		assert_int_equal(d.min, cases[i].min);
		assert_int_equal(d.max, cases[i].max);
	}
	arena_fini(&a);
}

static void test_listen(void **state)
{
	static const struct {
		const char *text;
		enum transport transport;
		const char *host; /* NULL: refused */
		unsigned port;
	} cases[] = {
		{ "udp:0.0.0.0:5060", TRANSPORT_UDP, "0.0.0.0", 5060 },
		{ "TCP:192.0.2.1:5080", TRANSPORT_TCP, "192.0.2.1", 5080 },
		{ "udp:[::]:5060", TRANSPORT_UDP, "::", 5060 },
		{ "udp:[2001:db8::1]", TRANSPORT_UDP, "2001:db8::1", 5060 },
		{ "udp:127.0.0.1", TRANSPORT_UDP, "127.0.0.1", 5060 },
		{ "tls:0.0.0.0:5071", TRANSPORT_TLS, "0.0.0.0", 5071 },
		{ "TLS:[::]", TRANSPORT_TLS, "::", 5061 },
		{ "sctp:0.0.0.0", TRANSPORT_UDP, NULL, 0 },
		{ "udp:::5060", TRANSPORT_UDP, NULL, 0 },
		{ "udp:host.example:5060", TRANSPORT_UDP, NULL, 0 },
		{ "udp:0.0.0.0:0", TRANSPORT_UDP, NULL, 0 },
		{ "udp:0.0.0.0:65536", TRANSPORT_UDP, NULL, 0 },
		{ "udp", TRANSPORT_UDP, NULL, 0 },
		{ "udp:", TRANSPORT_UDP, NULL, 0 },
		{ "udp:[::", TRANSPORT_UDP, NULL, 0 },
		{ "0.0.0.0:5060", TRANSPORT_UDP, NULL, 0 },
		{ "", TRANSPORT_UDP, NULL, 0 },
	};
	const struct option o = { .type = OPTION_LISTEN };
	struct config_listen l;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum value_result r = optionvalue_read(
			&a, &o, str_z(cases[i].text), &l, &why);

		assert_int_equal(r == VALUE_OK, cases[i].host != NULL);
		if (r != VALUE_OK)
			continue;
		assert_int_equal(l.transport, cases[i].transport);
		assert_true(str_eqz(l.host, cases[i].host));
		assert_int_equal(l.port, cases[i].port);
	}
	arena_fini(&a);
}

static void test_advertise(void **state)
{
	const struct option o = {
		.type = OPTION_ADVERTISE,
		.offset = offsetof(struct config_listen, advertised_host),
		.second = offsetof(struct config_listen, advertised_port)
	};
	struct config_listen l = { .port = 1 };
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_int_equal(
		optionvalue_read(&a, &o, STR_LIT("GW.example.net"), &l, &why),
		VALUE_OK);
	assert_true(str_eqz(l.advertised_host, "gw.example.net"));
	assert_int_equal(l.advertised_port, 0);
	assert_int_equal(
		optionvalue_read(&a, &o, STR_LIT("[::1]:5070"), &l, &why),
		VALUE_OK);
	assert_true(str_eqz(l.advertised_host, "[::1]"));
	assert_int_equal(l.advertised_port, 5070);
	assert_int_equal(optionvalue_read(&a, &o, STR_LIT("gw:port"), &l, &why),
			 VALUE_WRONG);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),	  cmocka_unit_test(test_uri),
		cmocka_unit_test(test_digits),	  cmocka_unit_test(test_listen),
		cmocka_unit_test(test_advertise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
