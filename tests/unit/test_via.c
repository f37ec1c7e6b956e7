#include "sip/via.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/arena.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_plain(void **state)
{
	static const struct {
		const char *value;
		const char *protocol, *host, *port, *branch;
		const char *params[4];
		bool wants_rport;
	} cases[] = {
		{ "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx;rport",
		  "SIP/2.0/UDP",
		  "192.0.2.1",
		  "5060",
		  "z9hG4bKx",
		  { "branch=z9hG4bKx", "rport" },
		  true },
		{ "SIP/2.0/TCP a.example;Branch=1;x=y",
		  "SIP/2.0/TCP",
		  "a.example",
		  NULL,
		  "1",
		  { "Branch=1", "x=y" },
		  false },
		{ "SIP/2.0/TLS host",
		  "SIP/2.0/TLS",
		  "host",
		  NULL,
		  NULL,
		  { NULL },
		  false },
		{ "SIP/2.0/UDP h;received=192.0.2.9;rport=5;branch=b",
		  "SIP/2.0/UDP",
		  "h",
		  NULL,
		  "b",
		  { "received=192.0.2.9", "rport=5", "branch=b" },
		  true },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct via v = { 0 };
		struct str branch;

		assert_true(
			via_read_plain(&a, str_z(cases[i].value), &v, &branch));
		assert_string_equal(v.protocol, cases[i].protocol);
		assert_string_equal(v.host, cases[i].host);
		if (cases[i].port == NULL)
			assert_null(v.port);
		else
			assert_string_equal(v.port, cases[i].port);
		assert_true(str_eqz(branch, cases[i].branch));
		assert_int_equal(v.wants_rport, cases[i].wants_rport);
		for (size_t k = 0; cases[i].params[k] != NULL; k++)
			assert_string_equal(v.params[k], cases[i].params[k]);
		assert_true(cases[i].params[0] != NULL || v.params == NULL);
	}
	arena_fini(&a);
}

/* Not wrong as such: Sofia looks at them. */
static void test_not_plain(void **state)
{
	static const char *const cases[] = {
		"",
		"SIP/2.0/UDP",
		"SIP/2.0/UDP ",
		"sip/2.0/UDP h",
		"SIP/3.0/UDP h",
		"SIP / 2.0 / UDP h",
		"SIP/2.0/UDP  h",
		"SIP/2.0/UDP h ;branch=b",
		"SIP/2.0/UDP h; branch=b",
		"SIP/2.0/UDP h;branch=b;",
		"SIP/2.0/UDP h;;branch=b",
		"SIP/2.0/UDP h;branch=",
		"SIP/2.0/UDP h;branch",
		"SIP/2.0/UDP h;branch=a;branch=b",
		"SIP/2.0/UDP h;rport;rport",
		"SIP/2.0/UDP h;x=\"y\"",
		"SIP/2.0/UDP [2001:db8::1];branch=b",
		"SIP/2.0/UDP h;received=2001:db8::1",
		"SIP/2.0/UDP h:;branch=b",
		"SIP/2.0/UDP h:0;branch=b",
		"SIP/2.0/UDP h:65536;branch=b",
		"SIP/2.0/UDP h:5060:5060;branch=b",
		"SIP/2.0/UDP h (comment);branch=b",
		"SIP/2.0/UDP h, SIP/2.0/UDP i",
		"SIP/2.0/ h",
		"SIP/2.0/UDP h;a;b;c;d;e;f;g;h;i",
		"SIP/2.0/UDP h;=b",
		"SIP/2.0/UDP h;",
		"SIP/2.0/UDP h/;branch=b",
		"SIP/2.0/UDP h:50/60;branch=b",
		"SIP/2.0/UDP\th;branch=b",
	};
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct via v;
		struct str branch;

		if (via_read_plain(&a, str_z(cases[i]), &v, &branch))
			fail_msg("taken: %s", cases[i]);
	}
	arena_fini(&a);
}

static void test_sound(void **state)
{
	static const struct {
		const char *protocol, *host;
		bool is_sound;
	} cases[] = {
		{ "SIP/2.0/UDP", "my-phone.example.net", true },
		{ "SIP/2.0/UDP", "my_phone", true },
		{ "SIP/2.0/TLS-SCTP", "192.0.2.1", true },
		{ "SIP/2.0/UDP", "[2001:db8::9:1]", true },
		{ "SIP/2.0/UDP", "[2001:db8:::192.0.2.1]", true },
		{ "SIP/2.0/UDP", "$[2001:db8::9:1]", false },
		{ "SIP/2.0/UDP", "[2001:db8::9:1", false },
		{ "SIP/2.0/UDP", "[]", false },
		{ "SIP/2.0/UDP", "[x]", false },
		{ "SIP/2.0/UDP", "", false },
		{ "SIP/2.0/UDP", "a b", false },
		{ "SIP/2.0/UDP$", "h", false },
		{ "SIP/2.0", "h", false },
		{ "SIP/2.0/", "h", false },
		{ "UDP", "h", false },
		{ "", "h", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct via v = { .protocol = cases[i].protocol,
				       .host = cases[i].host };

		if (via_is_sound(&v) != cases[i].is_sound)
			fail_msg("%s %s", cases[i].protocol, cases[i].host);
	}
}

static void test_plain_address(void **state)
{
	static const struct {
		const char *value;
		bool is_plain;
	} cases[] = {
		{ "<sip:romeo@example.net>;tag=1", true },
		{ "Romeo Montague <sip:+49-1@example.net:5060;x=y>", true },
		{ "sip:a%20b@192.0.2.1", true },
		{ "\"Romeo\" <sip:romeo@example.net>", false },
		{ "<sip:[2001:db8::1]>", false },
		{ "<sip:a@b>, <sip:c@d>", false },
		{ "<sip:a@b?c=d>", false },
		{ "<sip:a\\@b>", false },
		{ "<sip:a@b>\t;tag=1", false },
		{ "R\xc3\xb6meo <sip:a@b>", false },
		{ "<sip:a(c)@b>", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (via_is_plain_address(str_z(cases[i].value)) !=
		    cases[i].is_plain)
			fail_msg("%s", cases[i].value);
}

static void test_plain_event(void **state)
{
	static const struct {
		const char *value, *type, *id; /* type NULL: for Sofia */
	} cases[] = {
		{ "", "", "" },
		{ "presence", "presence", "" },
		{ "presence.winfo", "presence.winfo", "" },
		{ "presence;id=7", "presence", "7" },
		{ "presence;id=a.b-c", "presence", "a.b-c" },
		{ "presence;", NULL, NULL },
		{ "presence;id=", NULL, NULL },
		{ "presence;id", NULL, NULL },
		{ "presence;ID=7", NULL, NULL },
		{ "presence;id=7;x=y", NULL, NULL },
		{ "presence;x=y", NULL, NULL },
		{ "presence ;id=7", NULL, NULL },
		{ "presence; id=7", NULL, NULL },
		{ "presence;id=\"7\"", NULL, NULL },
		{ ";id=7", NULL, NULL },
		{ "pre sence", NULL, NULL },
		{ "pr\xc3\xa4sence", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str type, id;
		bool is = via_event_plain(str_z(cases[i].value), &type, &id);

		if (is != (cases[i].type != NULL))
			fail_msg("%s", cases[i].value);
		if (!is)
			continue;
		assert_true(str_eqz(type, cases[i].type));
		assert_true(str_eqz(id, cases[i].id));
	}
}

static void test_way(void **state)
{
	static const struct {
		struct via via;
		uint16_t port;
	} cases[] = {
		{ { .port = NULL }, 5060 },
		{ { .port = "5070", .wants_rport = true }, 5070 },
		{ { .port = "65535" }, 65535 },
		{ { .port = "65536" }, 5060 },
		{ { .port = "0" }, 5060 },
		{ { .port = "x" }, 5060 },
		{ { .port = "" }, 5060 },
	};
	uint16_t port = 0;
	bool wants_rport = false;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		via_way(&cases[i].via, &port, &wants_rport);
		assert_int_equal(port, cases[i].port);
		assert_int_equal(wants_rport, cases[i].via.wants_rport);
	}
	via_way(NULL, &port, &wants_rport);
	assert_int_equal(port, 5060);
	assert_true(wants_rport);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_not_plain),
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_plain_address),
		cmocka_unit_test(test_plain_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
