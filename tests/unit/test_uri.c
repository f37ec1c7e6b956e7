#include "sip/uri.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void check(struct str got, const char *expected, const char *in)
{
	if (expected == NULL && got.n == 0)
		return;
	if (expected == NULL || !str_eqz(got, expected))
		fail_msg("%s: got %.*s, expected %s", in, STR_ARG(got),
			 expected != NULL ? expected : "none");
}

static void test_parts(void **state)
{
	static const struct {
		const char *in;
		enum uri_scheme scheme;
		const char *user, *password, *host;
		uint16_t port;
		const char *params, *headers;
	} cases[] = {
		{ "sip:example.com", URI_SIP, NULL, NULL, "example.com", 0,
		  NULL, NULL },
		{ "SIPS:alice:secretword@atlanta.com:5061;transport=tcp?a=b&c=",
		  URI_SIPS, "alice", "secretword", "atlanta.com", 5061,
		  "transport=tcp", "a=b&c=" },
		{ "sip:+1-212-555-1212:1234@gateway.com;user=phone", URI_SIP,
		  "+1-212-555-1212", "1234", "gateway.com", 0, "user=phone",
		  NULL },
		/* RFC 3261 §19.1.3 */
		{ "sip:alice;day=tuesday@atlanta.com", URI_SIP,
		  "alice;day=tuesday", NULL, "atlanta.com", 0, NULL, NULL },
		{ "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
		  URI_SIP, NULL, NULL, "atlanta.com", 0, "method=REGISTER",
		  "to=alice%40atlanta.com" },
		{ "sip:a@[2001:db8::10]:5070;x", URI_SIP, "a", NULL,
		  "[2001:db8::10]", 5070, "x", NULL },
		{ "sip:a?b/c@h", URI_SIP, "a?b/c", NULL, "h", 0, NULL, NULL },
		{ "Sip:h:5060?x=y", URI_SIP, NULL, NULL, "h", 5060, NULL,
		  "x=y" },
		{ "sip:a@h;x:5?y", URI_SIP, "a", NULL, "h", 0, "x:5", "y" },
		{ "sip:a:@h;", URI_SIP, "a", "", "h", 0, "", NULL },
		{ "sip:%61%00@h_1.local.", URI_SIP, "%61%00", NULL, "h_1.local",
		  0, NULL, NULL },
		{ "im:fred@example.com", URI_IM, "fred", NULL, "example.com", 0,
		  NULL, NULL },
		{ "pres:fred@example.com?subject=x", URI_PRES, "fred", NULL,
		  "example.com", 0, NULL, "subject=x" },
		{ "tel:+1-201-555-0123;ext=5", URI_TEL, "+1-201-555-0123", NULL,
		  NULL, 0, "ext=5", NULL },
		{ "tel:*7#;phone-context=example.com", URI_TEL, "*7#", NULL,
		  NULL, 0, "phone-context=example.com", NULL },
		{ "tel:1001", URI_TEL, "1001", NULL, NULL, 0, NULL, NULL },
	};
	const char *why;
	struct uri u;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *in = cases[i].in;

		if (!uri_read(str_z(in), &u, &why))
			fail_msg("%s: %s", in, why);
		assert_int_equal(u.scheme, cases[i].scheme);
		check(u.user, cases[i].user, in);
		check(u.password, cases[i].password, in);
		check(u.host, cases[i].host, in);
		assert_int_equal(u.port, cases[i].port);
		check(u.params, cases[i].params, in);
		check(u.headers, cases[i].headers, in);
	}
}

static void test_other_scheme(void **state)
{
	const char *why;
	struct uri u;

	(void)state;
	assert_true(
		uri_read(STR_LIT("soap.beep://192.0.2.103:3002"), &u, &why));
	assert_int_equal(u.scheme, URI_OTHER);
	assert_true(str_eqz(u.scheme_text, "soap.beep"));
	assert_true(str_eqz(u.opaque, "//192.0.2.103:3002"));
	assert_true(uri_read(STR_LIT("mailto:a@b?c"), &u, &why));
	assert_int_equal(u.scheme, URI_OTHER);
}

static void test_malformed(void **state)
{
	static const char *const cases[] = {
		"",
		":",
		"sip",
		"sip:",
		"sip:@h",
		"sip:a@",
		"sip:a@b@c",
		"sip::pw@h",
		"sip:a@h:",
		"sip:a@h:5x",
		"sip:a@h:5060x;y",
		"sip:a@h$",
		"sip:a@[::1]x",
		"sip:a@[::1",
		"sip:a@.h",
		"sip:a@h..i",
		"1sip:a@b",
		"s ip:a@b",
		" sip:a@b",
		"sip:a@b ",
		"sip:a b@c",
		"<sip:a@b>",
		"sip:a\"@b",
		"sip:a<@b",
		"sip:a\r\n@b",
		"sip:a\x7f@b",
		"sip:\xc3\xbc@b",
		"sip:a@b\xc3\xbc",
		"sip:a%4@b",
		"sip:a%4g@b",
		"sip:a%@b",
		"sip:a@b%41",
		"sip:a@b:",
		"sip:a@b:0",
		"sip:a@b:65536",
		"sip:a@b:5060x",
		"sip:a@b:-1",
		"sip:a@-b",
		"sip:a@.b",
		"sip:a@b..c",
		"sip:a@b..",
		"sip:a@.",
		"sip:a@1.2.3.400",
		"sip:a@1.2.3",
		"sip:2001:db8::10",
		"sip:[2001:db8::10",
		"sip:[2001:db8::g]",
		"sip:[2001:db8:::1]",
		"sip:[]",
		"sip:[::1%25eth0]",
		"sip:[::1]5060",
		"sip:a@b; lr",
		"sip:a@b;x=\"y\"",
		"sip:a@b;x=<y>",
		"sip:a@b?x=a b",
		"tel:",
		"tel:+",
		"tel:-",
		"tel:+12x",
		"tel:12+3",
		"tel:+1*2",
		"tel:1 2",
		"http:a b",
		"http:<",
	};
	const char *why;
	struct uri u;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(&u, 0x55, sizeof(u));
		why = NULL;
		if (uri_read(str_z(cases[i]), &u, &why))
			fail_msg("accepted: %s", cases[i]);
		assert_non_null(why);
		assert_int_equal(u.port, 0x5555); /* untouched */
	}
	assert_false(uri_read((struct str){ "sip:a\0b@c", 9 }, &u, &why));
	assert_false(uri_read((struct str){ "sip:a@[::1\0]", 12 }, &u, &why));
}

static void test_limits(void **state)
{
	char text[URI_MAX_BYTES + 2];
	const char *why;
	struct uri u;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "sip:", 4);
	text[4 + URI_USER_MAX_BYTES] = '@';
	assert_true(uri_read((struct str){ text, 4 + URI_USER_MAX_BYTES + 3 },
			     &u, &why));
	text[4 + URI_USER_MAX_BYTES] = 'a';
	text[5 + URI_USER_MAX_BYTES] = '@';
	assert_false(uri_read((struct str){ text, 4 + URI_USER_MAX_BYTES + 4 },
			      &u, &why));
	memcpy(text, "sip:a@b;", 8);
	text[5 + URI_USER_MAX_BYTES] = 'a';
	assert_true(uri_read((struct str){ text, URI_MAX_BYTES }, &u, &why));
	assert_false(
		uri_read((struct str){ text, URI_MAX_BYTES + 1 }, &u, &why));
	memset(text + 8, ';', 100); /* so many parameters */
	assert_false(uri_read((struct str){ text, 200 }, &u, &why));
}

static void test_written(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: the same */
	} cases[] = {
		{ "sip:example.com", NULL },
		{ "sip:a:b@[::1]:1;x;y=z?q=r&s=t", NULL },
		{ "SIP:a@B.example", "sip:a@B.example" },
		{ "sip:a@b;", "sip:a@b" },
		{ "sip:a@b:05060", "sip:a@b:5060" },
		{ "sips:a@b:65535", NULL },
		{ "Tel:+1-2;ext=3", "tel:+1-2;ext=3" },
		{ "im:a@b", NULL },
		{ "Mailto:a@b", NULL },
	};
	struct arena a;
	struct strbuf b;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 1000);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *out = cases[i].out ? cases[i].out : cases[i].in;
		const char *why;
		struct uri u;

		assert_true(uri_read(str_z(cases[i].in), &u, &why));
		strbuf_reset(&b);
		uri_write(&b, &u);
		check(strbuf_str(&b), out, cases[i].in);
		check(uri_text(&a, &u), out, cases[i].in);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		/* RFC 3261 §19.1.4 */
		{ "sip:%61lice@atlanta.com;transport=TCP",
		  "sip:alice@AtLanTa.CoM;Transport=tcp", true },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5",
		  true },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=on",
		  true },
		{ "sip:carol@chicago.com;newparam=5",
		  "sip:carol@chicago.com;security=on", true },
		{ "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40"
		  "biloxi.com",
		  "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40"
		  "biloxi.com",
		  true },
		{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
		  "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
		  true },
		{ "SIP:ALICE@AtLanTa.CoM;Transport=udp",
		  "sip:alice@AtLanTa.CoM;Transport=UDP", false },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp",
		  false },
		{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp",
		  false },
		{ "sip:carol@chicago.com",
		  "sip:carol@chicago.com?Subject=next%20meeting", false },
		{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4",
		  false },
		{ "sip:carol@chicago.com;security=on",
		  "sip:carol@chicago.com;security=off", false },
		{ "sip:a@b;user=phone", "sip:a@b", false },
		{ "sip:a@b;ttl=1", "sip:a@b", false },
		{ "sip:a@b;maddr=192.0.2.1", "sip:a@b", false },
		{ "sip:a@b;lr", "sip:a@b;lr", true },
		{ "sip:a@b;%6C%72", "sip:a@b;LR", true },
		/* a reserved character is not its escape */
		{ "sip:a%3Bb@c", "sip:a;b@c", false },
		{ "sip:a%3bb@c", "sip:a%3Bb@c", true },
		{ "sip:a%41@c", "sip:aA@c", true },
		{ "sip:a%41@c", "sip:a%61@c", false },
		{ "sip:a@c", "sips:a@c", false },
		{ "sip:a@c", "im:a@c", false },
		{ "sip:a:b@c", "sip:a@c", false },
		{ "sip:c", "sip:a@c", false },
		{ "sip:[2001:db8::1]", "sip:[2001:DB8:0:0::1]", true },
		{ "sip:[2001:db8::1]", "sip:[2001:db8::2]", false },
		{ "tel:+1-201-555-0123", "tel:+1(201)5550123", true },
		{ "tel:+1201", "tel:1201", false },
		{ "tel:1;ext=2", "tel:1", false },
		{ "tel:1;ext=2;isub=3", "tel:1;ISUB=3;ext=2", true },
		{ "foo:Bar", "FOO:Bar", true },
		{ "foo:Bar", "foo:bar", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why;
		struct uri a, b;

		assert_true(uri_read(str_z(cases[i].a), &a, &why));
		assert_true(uri_read(str_z(cases[i].b), &b, &why));
		if (uri_eq(&a, &b) != cases[i].equal ||
		    uri_eq(&b, &a) != cases[i].equal)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
		assert_true(uri_eq(&a, &a) && uri_eq(&b, &b));
	}
}

static void test_param(void **state)
{
	const char *why;
	struct uri u;
	bool has = false;

	(void)state;
	assert_true(uri_read(STR_LIT("sip:h;a=1;;Transport=tcp;lr;e=;%67r=x"),
			     &u, &why));
	assert_true(str_eqz(uri_param(&u, "transport", &has), "tcp"));
	assert_true(has);
	assert_int_equal(uri_param(&u, "lr", &has).n, 0);
	assert_true(has);
	assert_int_equal(uri_param(&u, "e", &has).n, 0);
	assert_true(has);
	assert_true(str_eqz(uri_param(&u, "gr", NULL), "x"));
	assert_null(uri_param(&u, "trans", &has).p);
	assert_false(has);
}

static void test_escape(void **state)
{
	static const struct {
		const char *raw, *user, *param;
	} cases[] = {
		{ "alice", "alice", "alice" },
		{ "a b", "a%20b", "a%20b" },
		{ "a@b", "a%40b", "a%40b" },
		{ "a;b=c?d/e", "a;b=c?d/e", "a%3Bb%3Dc%3Fd/e" },
		{ "a:[b]", "a%3A%5Bb%5D", "a:[b]" },
		{ "&=+$,;?/", "&=+$,;?/", "&%3D+$%2C%3B%3F/" },
		{ "-_.!~*'()", "-_.!~*'()", "-_.!~*'()" },
		{ "\"<>%#\x7f\r\n", "%22%3C%3E%25%23%7F%0D%0A",
		  "%22%3C%3E%25%23%7F%0D%0A" },
		{ "\xc3\xbc", "%C3%BC", "%C3%BC" },
		{ "", "", "" },
	};
	struct arena a;
	struct strbuf b;
	struct str raw;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 1000);
	for (size_t i = 0; i < COUNT(cases); i++) {
		strbuf_reset(&b);
		uri_escape_user(&b, str_z(cases[i].raw));
		check(strbuf_str(&b), cases[i].user, cases[i].raw);
		assert_true(uri_unescape(&a, strbuf_str(&b), &raw));
		check(raw, cases[i].raw, cases[i].raw);
		strbuf_reset(&b);
		uri_escape_param(&b, str_z(cases[i].raw));
		check(strbuf_str(&b), cases[i].param, cases[i].raw);
	}
	assert_true(uri_unescape(&a, STR_LIT("%00%0a%fF"), &raw));
	assert_int_equal(raw.n, 3);
	assert_memory_equal(raw.p, "\0\n\xff", 3);
	assert_false(uri_unescape(&a, STR_LIT("%"), &raw));
	assert_false(uri_unescape(&a, STR_LIT("a%4"), &raw));
	assert_false(uri_unescape(&a, STR_LIT("%4x"), &raw));
	strbuf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_other_scheme),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_param),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
