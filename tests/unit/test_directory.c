#include "mapping/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "mapping/address.h"
#include "plans.h"

enum { CHUNK_BYTES = 4096 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SIP_URI(u, h)                                                          \
	{                                                                      \
		.scheme = URI_SIP, .user = STR(u), .host = STR(h)              \
	}
#define BARE(l, d)                                                             \
	{                                                                      \
		.local = STR(l), .domain = STR(d)                              \
	}

/* Aliases of contacts and of users, one with a user part that SIP wants in
 * upper case; numbers of both, E.164 and extensions. */
static const struct alias aliases[] = {
	{ BARE("boss", "sip.example.com"),
	  SIP_URI("Romeo.Montague", "example.net") },
	{ BARE("desk", "sip.example.com"), SIP_URI("100", "pbx.example.net") },
	{ BARE("juliet", "example.com"), SIP_URI("2001", "example.net") },
	{ BARE("\xc3\xa4", "sip.example.com"),
	  SIP_URI("%C3%A4", "pbx.example.net") },
	{ BARE("+49307777", "sip.example.com"),
	  SIP_URI("special", "pbx.example.net") },
};
static const struct number_rule numbers[] = {
	{ STR("0"), STR("pbx.example.net"), STR("+49"), STR("sip.example.com"),
	  6, 13 },
	{ STR("7"), STR("example.net"), STR("u"), STR("example.com"), 3, 3 },
};
static const struct address_plan plan = {
	.contacts = CONTACT_FIXED,
	.users = USER_FIXED,
	.component = STR("sip.example.com"),
	.sip_domain = STR("example.net"),
	.user_host = STR("xmpp.example.net"),
	PLAN_DOMAINS,
	.aliases = aliases,
	.alias_count = COUNT(aliases),
	.numbers = numbers,
	.number_count = COUNT(numbers),
};

static const struct {
	const char *jid, *uri;
	bool is_user;
} pairs[] = {
	{ "boss@sip.example.com/x", "sip:Romeo.Montague@example.net;gr=x",
	  false },
	{ "desk@sip.example.com", "sip:100@pbx.example.net", false },
	{ "juliet@example.com/y", "sip:2001@example.net;gr=y", true },
	{ "\xc3\xa4@sip.example.com", "sip:%C3%A4@pbx.example.net", false },
	{ "+49301234567@sip.example.com", "sip:0301234567@pbx.example.net",
	  false },
	{ "u123@example.com/z", "sip:7123@example.net;gr=z", true },
	/* the plan, beside them */
	{ "romeo@sip.example.com", "sip:romeo@example.net", false },
	{ "romeo@example.com", "sip:romeo@xmpp.example.net", true },
};

static void both_ways(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct jid jid = jid_of(&a, pairs[i].jid), back;
		struct uri uri = uri_of(pairs[i].uri), out;
		struct str how;
		struct fault why;

		if (!(pairs[i].is_user ? address_user_uri
				       : address_contact_uri)(&a, &plan, &jid,
							      &out, &how, &why))
			fail_msg("%s: %.*s", pairs[i].jid, STR_ARG(why.text));
		assert_string_equal(str_dupz(&a, uri_text(&a, &out)),
				    pairs[i].uri);
		if (!(pairs[i].is_user ? address_user_jid
				       : address_contact_jid)(
			    &a, &plan, &uri, &back, &how, &why))
			fail_msg("%s: %.*s", pairs[i].uri, STR_ARG(why.text));
		assert_string_equal(str_dupz(&a, jid_text(&a, &back)),
				    pairs[i].jid);
		assert_int_equal(address_is_user_host(&plan, &uri),
				 pairs[i].is_user);
		/* The other side does not know it. */
		assert_false((pairs[i].is_user ? address_contact_uri
					       : address_user_uri)(
			&a, &plan, &jid, &out, NULL, &why));
		assert_false((pairs[i].is_user ? address_contact_jid
					       : address_user_jid)(
			&a, &plan, &uri, &back, NULL, &why));
	}
	arena_fini(&a);
}

static void other_spellings(void **state)
{
	static const char *const rows[][2] = {
		{ "sip:ROMEO.montague@example.net:5060",
		  "boss@sip.example.com" },
		{ "sip:%C3%84@pbx.example.net", "\xc3\xa4@sip.example.com" },
		{ "tel:030-1234567", "+49301234567@sip.example.com" },
		{ "sip:0301234567@PBX.example.net;user=phone",
		  "+49301234567@sip.example.com" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uri uri = uri_of(rows[i][0]);
		struct fault why;
		struct jid jid;

		assert_true(
			address_contact_jid(&a, &plan, &uri, &jid, NULL, &why));
		assert_string_equal(str_dupz(&a, jid_text(&a, &jid)),
				    rows[i][1]);
	}
	arena_fini(&a);
}

/* What the plan would call a person that has a name already is nobody. */
static void taken_addresses(void **state)
{
	static const char *const jids[] = {
		"romeo.montague@sip.example.com", /* has an alias */
		"2001@sip.example.com",		  /* is a user's URI */
		"7123@sip.example.com",		  /* is a user's number */
	};
	static const char *const uris[] = {
		"sip:boss@example.net", "sip:desk@example.net",
		"sip:+49301234567@example.net",
		"sip:0307777@pbx.example.net", /* its JID is an alias */
	};
	struct arena a;
	struct fault why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(jids); i++) {
		struct jid jid = jid_of(&a, jids[i]);
		struct uri uri;

		assert_false(
			address_contact_uri(&a, &plan, &jid, &uri, NULL, &why));
		assert_int_equal(why.cond, COND_ITEM_NOT_FOUND);
	}
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct uri uri = uri_of(uris[i]);
		struct jid jid;

		assert_false(
			address_contact_jid(&a, &plan, &uri, &jid, NULL, &why));
		assert_int_equal(why.cond, COND_ITEM_NOT_FOUND);
	}
	arena_fini(&a);
}

static void explains(void **state)
{
	struct arena a;
	struct fault why;
	struct str how;
	struct jid jid;
	struct uri uri;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	jid = jid_of(&a, "boss@sip.example.com");
	assert_true(address_contact_uri(&a, &plan, &jid, &uri, &how, &why));
	assert_string_equal(str_dupz(&a, how),
			    "alias boss@sip.example.com <-> "
			    "sip:Romeo.Montague@example.net");
	jid = jid_of(&a, "u123@example.com");
	assert_true(address_user_uri(&a, &plan, &jid, &uri, &how, &why));
	assert_string_equal(str_dupz(&a, how),
			    "number rule sip:7<3-3 digits>@example.net <-> "
			    "u<digits>@example.com");
	arena_fini(&a);
}

static const struct alias ok_alias = { BARE("a", "sip.example.com"),
				       SIP_URI("1", "example.net") };
static const struct {
	struct alias alias;
	const char *why;
} bad_aliases[] = {
	{ { BARE("a", "sip.example.com"), SIP_URI("2", "example.net") },
	  "this JID" },
	{ { BARE("b", "sip.example.com"), SIP_URI("1", "EXAMPLE.net") },
	  "this URI" },
	{ { BARE("b", "example.info"), SIP_URI("2", "example.net") },
	  "neither" },
	{ { { .domain = STR("example.com") }, SIP_URI("2", "example.net") },
	  "user@domain" },
	{ { BARE("b", "example.com"),
	    { .scheme = URI_SIP, .host = STR("example.net") } },
	  "sip:user@host" },
	{ { BARE("b", "example.com"), SIP_URI("%FF", "example.net") },
	  "nobody" },
};

static void aliases_are_checked(void **state)
{
	struct arena a;
	struct str why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_true(address_plan_check(&a, &plan, &why));
	for (size_t i = 0; i < COUNT(bad_aliases); i++) {
		const struct alias two[] = { ok_alias, bad_aliases[i].alias };
		struct address_plan p = plan_fixed;

		p.aliases = two;
		p.alias_count = 2;
		assert_false(address_plan_check(&a, &p, &why));
		if (strstr(str_dupz(&a, why), bad_aliases[i].why) == NULL)
			fail_msg("%.*s", STR_ARG(why));
	}
	arena_fini(&a);
}

#define RULE(sp, sh, jp, jd, min, max)                                         \
	{                                                                      \
		STR(sp), STR(sh), STR(jp), STR(jd), (min), (max)               \
	}

static const struct {
	struct number_rule rules[2];
	bool ok;
} rule_cases[] = {
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "b", "example.com", 3, 3) },
	  true },
	/* 71xx is 7xxx */
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("71", "h", "b", "example.com", 2, 2) },
	  false },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("71", "h", "b", "example.com", 3, 4) },
	  true },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("71", "other", "b", "example.com", 2, 2) },
	  true },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "a", "example.com", 3, 9) },
	  false },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "a", "example.org", 3, 9) },
	  true },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("7x", "h", "b", "example.com", 1, 9) },
	  true },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "b", "example.info", 3, 3) },
	  false },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "b", "example.com", 4, 3) },
	  false },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "B", "example.com", 3, 3) },
	  false },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "h", "b", "example.com", 1, 33) },
	  false },
	{ { RULE("7", "h", "a", "example.com", 3, 3),
	    RULE("8", "", "b", "example.com", 3, 3) },
	  false },
};

static void rules_are_checked(void **state)
{
	struct arena a;
	struct str why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rule_cases); i++) {
		struct address_plan p = plan_fixed;
		bool ok;

		p.numbers = rule_cases[i].rules;
		p.number_count = 2;
		ok = address_plan_check(&a, &p, &why);
		if (ok != rule_cases[i].ok)
			fail_msg("row %zu", i);
	}
	arena_fini(&a);
}

/* Every number of every length: one JID, one URI. */
static void numbers_lead_back(void **state)
{
	struct arena a;
	uint64_t x = 7;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (int i = 0; i < 2000; i++) {
		struct str n = STR_NONE, text;
		struct fault why;
		struct jid jid, back;
		struct uri uri;

		for (uint32_t k = 3 + random_below(&x, 12); k > 0; k--)
			n = str_fmt(&a, "%.*s%u", STR_ARG(n),
				    random_below(&x, 10));
		text = str_fmt(&a, "%s%.*s@sip.example.com", i % 2 ? "+49" : "",
			       STR_ARG(n));
		jid = jid_of(&a, str_dupz(&a, text));
		if (address_contact_uri(&a, &plan, &jid, &uri, NULL, &why)) {
			assert_true(address_contact_jid(&a, &plan, &uri, &back,
							NULL, &why));
			assert_true(jid_eq(&jid, &back));
		}
		arena_reset(&a);
	}
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(taken_addresses),
		cmocka_unit_test(explains),
		cmocka_unit_test(aliases_are_checked),
		cmocka_unit_test(rules_are_checked),
		cmocka_unit_test(numbers_lead_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
