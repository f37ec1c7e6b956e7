#include "sip/trust.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static union endpoint at(const char *host)
{
	union endpoint e;

	assert_true(endpoint_read(str_z(host), 5060, &e));
	return e;
}

static void add(struct trust *t, const char *range, const char *domain)
{
	struct str d = str_z(domain);
	struct trust_rule r = { .domains = &d, .n = 1 };

	assert_true(trust_add(t, str_z(range), &r));
}

static const struct trust_rule none = { .n = 0 };

static struct trust_source from(const union endpoint *e)
{
	return (struct trust_source){ .at = e, .names = "" };
}

static struct trust *example(void)
{
	struct trust *t = trust_create();

	add(t, "192.0.2.0/24", "*");
	add(t, "192.0.2.128/25", "*.example.net");
	add(t, "192.0.2.200", "example.net");
	add(t, "192.0.2.200/32", "Example.ORG");
	add(t, "2001:db8::/32", "example.net");
	add(t, "10.1.2.3/8", "ten.example");
	assert_true(trust_add(t, str_z("198.51.100.1"), &none));
	return t;
}

static void test_peers(void **state)
{
	static const struct {
		const char *host;
		bool expected;
	} cases[] = {
		{ "192.0.2.0", true },
		{ "192.0.2.255", true },
		{ "192.0.3.0", false },
		{ "192.0.1.255", false },
		{ "10.255.0.1", true },
		{ "11.0.0.1", false },
		{ "2001:db8:1::9", true },
		{ "2001:db9::1", false },
		{ "198.51.100.1", true },
		{ "198.51.100.2", false },
		{ "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.3.7", false },
		{ "::1", false },
		{ "127.0.0.1", false },
	};
	struct trust *t = example();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union endpoint e = at(cases[i].host);
		struct trust_source s = from(&e);

		if (trust_has_peer(t, &s) != cases[i].expected)
			fail_msg("%s", cases[i].host);
	}
	trust_destroy(&t);
	assert_null(t);
	trust_destroy(&t);
}

static void test_domains(void **state)
{
	static const struct {
		const char *host, *domain;
		bool expected;
	} cases[] = {
		{ "192.0.2.1", "any.example", true },
		{ "192.0.2.1", "", false },
		{ "192.0.2.129", "sip.example.net", true },
		{ "192.0.2.129", "A.B.EXAMPLE.net", true },
		{ "192.0.2.129", "example.net", false },
		{ "192.0.2.129", "badexample.net", false },
		{ "192.0.2.129", "any.example", false }, /* the longest wins */
		{ "192.0.2.200", "EXAMPLE.net", true },
		{ "192.0.2.200", "example.org", true }, /* one range, twice */
		{ "192.0.2.200", "sip.example.net", false },
		{ "2001:db8::1", "example.net", true },
		{ "2001:db8::1", "example.com", false },
		{ "198.51.100.1", "example.net", false }, /* for none */
		{ "203.0.113.1", "example.net", false },
		{ "10.200.0.1", "ten.example", true },
	};
	struct trust *t = example();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union endpoint e = at(cases[i].host);
		struct trust_source s = from(&e);

		if (trust_may_speak(t, &s, str_z(cases[i].domain)) !=
		    cases[i].expected)
			fail_msg("%s %s", cases[i].host, cases[i].domain);
	}
	trust_destroy(&t);
}

static void test_bad_ranges(void **state)
{
	static const char *const bad[] = {
		"",
		"192.0.2.0/33",
		"192.0.2.0/",
		"192.0.2/24",
		"2001:db8::/129",
		"example.net",
		"192.0.2.0/-1",
		"192.0.2.0/8/8",
		"/24",
		"192.0.2.0/ 8",
	};
	struct trust *t = trust_create();
	union endpoint e = at("192.0.2.1");
	struct trust_source s = from(&e);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (trust_add(t, str_z(bad[i]), &none))
			fail_msg("%s", bad[i]);
	}
	assert_false(trust_has_peer(t, &s));
	trust_destroy(&t);
}

static void test_everybody(void **state)
{
	struct trust *t = trust_create();
	union endpoint e4 = at("203.0.113.9"), e6 = at("2001:db8::1");
	struct trust_source four = from(&e4), six = from(&e6);

	(void)state;
	add(t, "0.0.0.0/0", "*");
	assert_true(trust_may_speak(t, &four, STR_LIT("x.example")));
	assert_false(trust_has_peer(t, &six));
	add(t, "::/0", "six.example");
	assert_true(trust_may_speak(t, &six, STR_LIT("six.example")));
	/* ::ffff:0:0/96 is the longer one for IPv4 */
	assert_true(trust_may_speak(t, &four, STR_LIT("x.example")));
	trust_destroy(&t);
}

/* names: of the certificate, each with a NUL behind it. */
static void test_names(void **state)
{
	static const struct {
		const char *host, *names, *domain;
		bool is_peer, may_speak, may_assert;
	} cases[] = {
		{ "203.0.113.1", "", "example.net", false, false, false },
		{ "203.0.113.1", "example.net\0", "example.net", true, true,
		  true },
		{ "203.0.113.1", "a.example\0EXAMPLE.net\0", "example.net",
		  true, true, true },
		{ "203.0.113.1", "example.net\0", "other.example", true, false,
		  true },
		{ "203.0.113.1", "a.example.net\0", "example.net", false, false,
		  false },
		{ "203.0.113.1", "trunk.example\0", "b.example", true, true,
		  false },
		/* What the address allows is not lost by a name. */
		{ "192.0.2.1", "trunk.example\0", "lan.example", true, true,
		  false },
		{ "192.0.2.1", "example.net\0", "lan.example", true, true,
		  true },
		{ "192.0.2.1", "", "example.net", true, false, false },
	};
	struct str net = STR("example.net"), lan = STR("lan.example");
	struct str any = STR("*");
	struct trust_rule r = { .domains = &net, .n = 1, .is_asserting = true };
	struct trust *t = trust_create();

	(void)state;
	trust_add_name(t, STR_LIT("example.net"), &r);
	r.is_asserting = false;
	r.domains = &any;
	trust_add_name(t, STR_LIT("trunk.example"), &r);
	r.domains = &lan;
	assert_true(trust_add(t, STR_LIT("192.0.2.0/24"), &r));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union endpoint e = at(cases[i].host);
		struct trust_source s = { .at = &e, .names = cases[i].names };

		if (trust_has_peer(t, &s) != cases[i].is_peer ||
		    trust_may_speak(t, &s, str_z(cases[i].domain)) !=
			    cases[i].may_speak ||
		    trust_may_assert(t, &s) != cases[i].may_assert)
			fail_msg("%s %s %s", cases[i].host, cases[i].names,
				 cases[i].domain);
	}
	trust_destroy(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_bad_ranges),
		cmocka_unit_test(test_everybody),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
