#include "mapping/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "plans.h"

enum { CHUNK_BYTES = 4096 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct str own_domain[] = { STR("sip.example.com") };
static const struct str bad_domain[] = { STR("exa mple") };

/* A plan that is spoilt in one place. */
static const struct {
	struct address_plan plan;
	const char *why;
} bad[] = {
	{ { .users = USER_FIXED }, "component's domain" },
	{ { .contacts = CONTACT_FIXED, .component = STR("c.example") },
	  "SIP domain" },
	{ { .contacts = CONTACT_ESCAPED,
	    .users = USER_FIXED,
	    .component = STR("c.example"),
	    PLAN_DOMAINS },
	  "users' SIP addresses" },
	{ { .contacts = CONTACT_ESCAPED,
	    .users = USER_TRANSPARENT,
	    .component = STR("c.example") },
	  "no XMPP domain" },
	{ { .contacts = CONTACT_ESCAPED,
	    .users = USER_TRANSPARENT,
	    .component = STR("sip.example.com"),
	    .xmpp_domains = own_domain,
	    .xmpp_domain_count = 1 },
	  "one of the XMPP" },
	{ { .contacts = CONTACT_ESCAPED,
	    .users = USER_TRANSPARENT,
	    .component = STR("sip.example.com"),
	    .xmpp_domains = bad_domain,
	    .xmpp_domain_count = 1 },
	  "no host name" },
	/* The same domain on both sides: everybody would be two. */
	{ { .contacts = CONTACT_FIXED,
	    .users = USER_TRANSPARENT,
	    .component = STR("sip.example.com"),
	    .sip_domain = STR("EXAMPLE.com"),
	    PLAN_DOMAINS },
	  "contact and a user" },
	{ { .contacts = CONTACT_FIXED,
	    .users = USER_ESCAPED,
	    .component = STR("sip.example.com"),
	    .sip_domain = STR("example.net"),
	    .user_host = STR("example.net"),
	    PLAN_DOMAINS },
	  "contact and a user" },
};

static void checks(void **state)
{
	struct arena a;
	struct str why;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < PLAN_COUNT; i++)
		assert_true(plan_check(&a, plans[i], &why));
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(plan_check(&a, &bad[i].plan, &why));
		if (strstr(str_dupz(&a, why), bad[i].why) == NULL)
			fail_msg("row %zu: %.*s", i, STR_ARG(why));
	}
	arena_fini(&a);
}

static void hosts(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_true(plan_is_user_host(&a, &plan_rfc, STR_LIT("example.com")));
	assert_true(plan_is_user_host(&a, &plan_rfc,
				      STR_LIT("xn--exmple-cua.com")));
	assert_false(plan_is_user_host(&a, &plan_rfc, STR_LIT("example.net")));
	assert_true(plan_is_user_host(&a, &plan_fixed,
				      STR_LIT("xmpp.example.net")));
	assert_false(
		plan_is_user_host(&a, &plan_fixed, STR_LIT("example.com")));
	assert_true(str_eqz(plan_contact_host(&a, &plan_fixed), "example.net"));
	assert_true(str_eqz(plan_contact_host(&a, &plan_rfc), "example.net"));
	assert_int_equal(plan_contact_host(&a, &plan_escaped).n, 0);
	arena_fini(&a);
}

/* The Unicode form in XMPP, the A-label in SIP, and no other. */
static void component_with_a_unicode_name(void **state)
{
	static const struct address_plan p = {
		.contacts = CONTACT_TRANSPARENT,
		.users = USER_TRANSPARENT,
		.component = STR("b\xc3\xbc"
				 "cher.example"),
		PLAN_DOMAINS,
	};
	struct fault why;
	struct arena a;
	struct aor aor;
	struct jid jid;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	jid = jid_of(&a, "romeo@b\xc3\xbc"
			 "cher.example");
	assert_true(plan_contact_aor(&a, &p, &jid, &aor, &why));
	assert_true(str_eqz(aor.host, "xn--bcher-kva.example"));
	assert_true(plan_contact_jid(&a, &p, &aor, &jid, &why));
	assert_true(str_eq(jid.domain, p.component));
	jid = jid_of(&a, "romeo@xn--bcher-kva.example");
	assert_false(plan_contact_aor(&a, &p, &jid, &aor, &why));
	arena_fini(&a);
}

static void explains(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_string_equal(str_dupz(&a, plan_contact_how(&a, &plan_fixed)),
			    "contact plan fixed: sip.example.com stands for "
			    "example.net");
	for (size_t i = 0; i < PLAN_COUNT; i++) {
		assert_true(str_starts(plan_contact_how(&a, plans[i]),
				       "contact plan "));
		assert_true(
			str_starts(plan_user_how(&a, plans[i]), "user plan "));
	}
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks),
		cmocka_unit_test(hosts),
		cmocka_unit_test(component_with_a_unicode_name),
		cmocka_unit_test(explains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
