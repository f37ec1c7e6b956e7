#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "mapping/typed.h"
#include "plans.h"

static const struct number_rule rules[] = {
	{ STR("0"), STR("example.net"), STR("+49"), STR("sip.example.com"), 4,
	  14 },
};
static const struct alias aliases[] = {
	{ .jid = { .local = STR("front.desk"),
		   .domain = STR("sip.example.com") },
	  .uri = { .scheme = URI_SIP,
		   .scheme_text = STR("sip"),
		   .user = STR("100"),
		   .host = STR("example.net") } },
};

static struct address_plan plan_numbers(void)
{
	struct address_plan p = plan_fixed;

	p.numbers = rules;
	p.number_count = 1;
	p.aliases = aliases;
	p.alias_count = 1;
	return p;
}

/* expected: "JID URI", or the condition. */
static const struct {
	const struct address_plan *plan; /* NULL: with numbers and an alias */
	const char *typed, *expected;
} cases[] = {
#define ROMEO "romeo@sip.example.com sip:romeo@example.net"
	{ NULL, "romeo@example.net", ROMEO },
	{ NULL, "  romeo@example.net \n", ROMEO },
	{ NULL, "Romeo@Example.NET", ROMEO },
	{ NULL, "sip:romeo@example.net", ROMEO },
	{ NULL, "SIP:romeo@example.net:5060;transport=tcp", ROMEO },
	{ NULL, "<sip:romeo@example.net>", ROMEO },
	{ NULL, "im:romeo@example.net", ROMEO },
	{ NULL, "romeo", ROMEO },
	{ NULL, "romeo@sip.example.com", ROMEO },
	{ NULL, "romeo@sip.example.com/phone", ROMEO },
	{ NULL, "xmpp:romeo@sip.example.com", ROMEO },
	{ NULL, "<xmpp:romeo@sip.example.com?message;body=x>", ROMEO },
	{ NULL, "XMPP:romeo@example.net", ROMEO },
	{ NULL, "xmpp:", "not-acceptable" },
	{ NULL, "mailto:romeo@example.net", "not-acceptable" },
	{ NULL, "https://romeo@example.net", "not-acceptable" },
	{ NULL, "sip:romeo@example.net;gr=abc", ROMEO },
#define BERLIN "+4930123456@sip.example.com sip:030123456@example.net"
	{ NULL, "030123456", BERLIN },
	{ NULL, "030/12 34-56", BERLIN },
	{ NULL, "+49 (30) 123456", BERLIN },
	{ NULL, "tel:+49-30-123456", BERLIN },
	{ NULL, "tel:030 123456", BERLIN },
	{ NULL, "sip:030123456@example.net", BERLIN },
	{ NULL, "+4930123456@sip.example.com", BERLIN },
	{ NULL, "200", "200@sip.example.com sip:200@example.net" },
	{ NULL, "100", "front.desk@sip.example.com sip:100@example.net" },
	{ NULL, "front.desk",
	  "front.desk@sip.example.com sip:100@example.net" },
	{ NULL, "", "not-acceptable" },
	{ NULL, "   ", "not-acceptable" },
	{ NULL, "<>", "not-acceptable" },
	{ NULL, "http", "http@sip.example.com sip:http@example.net" },
	{ NULL, "Romeo Montague", "not-acceptable" },
	{ NULL, "\"Romeo\" <sip:romeo@example.net>", "not-acceptable" },
	{ NULL, "romeo@\texample.net", "not-acceptable" },
	{ NULL, "\xff\xfe", "not-acceptable" },
	{ NULL, "sips:romeo@example.net", "forbidden" },
	{ NULL, "http://example.net/", "not-acceptable" },
	{ NULL, "romeo@elsewhere.example", "forbidden" },
	{ NULL, "juliet@example.com", "forbidden" },
	{ NULL, "@example.net", "jid-malformed" },
	{ NULL, "romeo@", "jid-malformed" },
	{ NULL, "sip:", "jid-malformed" },
	{ NULL, "sip:romeo@example.net?subject=x", "jid-malformed" },
	{ NULL, "romeo@example.net;maddr=192.0.2.1", "forbidden" },
	{ NULL, "a b@sip.example.com", "not-acceptable" },
	{ NULL, "sip.example.com",
	  "sip.example.com@sip.example.com "
	  "sip:sip.example.com@example.net" },
	{ &plan_mixed, "romeo@example.net",
	  "romeo\\40example.net@sip.example.com sip:romeo@example.net" },
	{ &plan_mixed, "romeo", "not-acceptable" },
	{ &plan_mixed, "+49 30 123456", "item-not-found" },
	{ &plan_mixed, "juliet@example.com", "*" },
	{ &plan_rfc, "romeo@example.net",
	  "romeo@example.net sip:romeo@example.net" },
	{ &plan_rfc, "+49 30", "+4930@example.net sip:+4930@example.net" },
};

static struct str answer(struct arena *a, const struct address_plan *p,
			 const char *typed)
{
	struct jid jid;
	struct uri uri;
	struct fault why;

	if (!typed_contact(a, p, str_z(typed), &jid, &uri, &why)) {
		assert_true(why.text.n > 0);
		return cond_name(why.cond);
	}
	return str_fmt(a, "%.*s %.*s", STR_ARG(jid_text(a, &jid)),
		       STR_ARG(uri_text(a, &uri)));
}

static void test_cases(void **state)
{
	const struct address_plan numbers = plan_numbers();
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct address_plan *p =
			cases[i].plan != NULL ? cases[i].plan : &numbers;
		struct str got = answer(&a, p, cases[i].typed);

		if (strcmp(cases[i].expected, "*") == 0)
			assert_true(str_find(got, ' ') == got.n);
		else if (!str_eqz(got, cases[i].expected))
			fail_msg("%s: %.*s", cases[i].typed, STR_ARG(got));
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void test_number(void **state)
{
	static const struct {
		const char *typed, *number;
	} numbers[] = {
		{ "100", "100" },   { "+49 (30) 12-34", "+49301234" },
		{ "*21#", "*21#" }, { "030/1.2", "03012" },
		{ "+", "" },	    { "", "" },
		{ "()", "" },	    { "12+3", "" },
		{ "12a", "" },	    { "++1", "" },
	};
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct str got = typed_number(&a, str_z(numbers[i].typed));

		if (!str_eq(got, str_z(numbers[i].number)))
			fail_msg("%s: %.*s", numbers[i].typed, STR_ARG(got));
	}
	arena_fini(&a);
}

/* Too long is refused before anything is made of it. */
static void test_long(void **state)
{
	char text[TYPED_MAX_BYTES + 3];
	struct jid jid;
	struct uri uri;
	struct fault why;
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	memset(text, 'x', sizeof(text));
	assert_false(typed_contact(&a, &plan_fixed,
				   (struct str){ text, TYPED_MAX_BYTES + 1 },
				   &jid, &uri, &why));
	assert_int_equal(why.cond, COND_NOT_ACCEPTABLE);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
