#include "gateway/config/settle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What follows from other settings, and what does not go together: seen
 * through config_parse, which is how settle is used. */
#define HEAD                                                                   \
	"components:\n"                                                        \
	"  - domain: sip.example.com\n"                                        \
	"    secret: hunter2\n"
#define FIXED HEAD "    sip_domain: example.net\n"

static void test_mistakes(void **state)
{
	static const struct {
		const char *yaml;
		const char *error; /* of the only line */
	} cases[] = {
		{ "components:\n  - domain: sip.example.com\n"
		  "    sip_domain: example.net\n",
		  "s.yml:2: components[0]: give exactly one of secret, "
		  "secret_file and secret_env" },
		{ FIXED "    registrar: { enabled: true, lists: [ { name: f, "
			"members: [a@nowhere.example] } ] }\n",
		  "s.yml:5: components[0].registrar.lists[0].members[0]: must "
		  "be "
		  "a bare JID or a sip: URI of a user" },
		{ FIXED
		  "    registrar: { enabled: true, lists: [ { name: 'f f', "
		  "members: [a@example.com] } ] }\n",
		  "s.yml:5: components[0].registrar.lists[0].name: must be of "
		  "letters" },
		{ FIXED "    registrar: { lists: [ { name: f, "
			"members: [a@example.com] } ] }\n",
		  "s.yml:5: components[0].registrar.lists[0]: is of no use "
		  "without registrar.enabled" },
		{ FIXED "    registrar: { enabled: true, lists: [ { name: f, "
			"members: [a@example.com] }, { name: F, members: "
			"['sip:b@example.net'] } ] }\n",
		  "s.yml:5: components[0].registrar.lists[1].name: is that of "
		  "another list" },
		{ FIXED "    secret_env: PATH\n",
		  "s.yml:2: components[0]: give exactly one of" },
		{ HEAD, "s.yml:2: components[0].sip_domain: is required with "
			"contacts: fixed" },
		{ HEAD "    contacts: escaped\n    sip_domain: example.net\n",
		  "s.yml:5: components[0].sip_domain: is of no use" },
		{ HEAD "    contacts: transparent\n"
		       "    server: example.com\n"
		       "    sip_domain: example.net\n",
		  "s.yml:6: components[0].sip_domain: must be the domain "
		  "itself" },
		{ HEAD "    contacts: transparent\n",
		  "s.yml:2: components[0].server: is required" },
		{ "components:\n  - domain: sip\n    secret: hunter2\n"
		  "    sip_domain: example.net\n",
		  "s.yml:2: components[0].server: is required" },
		{ FIXED "    server: sip.example.com\n",
		  "s.yml:5: components[0].server: must be a domain of the "
		  "XMPP server" },
		{ FIXED "    users: fixed\n",
		  "s.yml:2: components[0].user_host: is required" },
		{ FIXED "    user_host: xmpp.example.net\n",
		  "s.yml:5: components[0].user_host: is of no use" },
		{ FIXED "    xmpp_domains: [example.com, sip.example.com]\n",
		  "s.yml:5: components[0].xmpp_domains: the component's own" },
		{ FIXED "    tls_name: x.example.com\n",
		  "s.yml:5: components[0].tls_name: is of no use without" },
		{ FIXED "    tls_ca_file: /etc/ca.pem\n",
		  "s.yml:5: components[0].tls_ca_file: is of no use" },
		{ FIXED
		  "    aliases:\n"
		  "      - { jid: a@else.where, uri: 'sip:a@example.net' }\n",
		  "s.yml:6: components[0].aliases[0].jid: must be the "
		  "component's domain" },
		{ FIXED "    numbers:\n"
			"      - { sip: '0', jid: '+49', digits: 4-14,\n"
			"          jid_domain: else.where }\n",
		  "s.yml:7: components[0].numbers[0].jid_domain: must be" },
		{ HEAD "    contacts: escaped\n"
		       "    numbers: [{ sip: '0', digits: 4 }]\n",
		  "s.yml:5: components[0].numbers[0].sip_host: is required" },
		{ FIXED "    message: { body_max_bytes: 262144 }\n",
		  "s.yml:5: components[0].message.body_max_bytes: must be "
		  "below" },
		{ FIXED "  - domain: sip.example.com\n    secret: x\n"
			"    sip_domain: example.org\n",
		  "s.yml:5: components[1].domain: is that of another" },
		/* Two for one SIP domain and the same users. */
		{ FIXED "  - domain: two.example.com\n    secret: x\n"
			"    sip_domain: EXAMPLE.net\n",
		  "s.yml:7: components[1].sip_domain: is that of another" },
		{ FIXED "  - domain: example.net\n    secret: x\n"
			"    contacts: transparent\n"
			"    server: other.com\n"
			"    xmpp_domains: [other.com, example.com]\n",
		  "s.yml:5: components[1].sip_domain: is that of another" },
		{ FIXED "  - domain: two.other.com\n    secret: x\n"
			"    sip_domain: example.net\n"
			"    users: fixed\n    user_host: example.com\n",
		  "s.yml:7: components[1].sip_domain: is that of another" },
		{ FIXED "    users: escaped\n    user_host: gw.net\n"
			"  - domain: two.other.com\n    secret: x\n"
			"    sip_domain: example.net\n"
			"    users: escaped\n    user_host: gw.net\n",
		  "s.yml:9: components[1].sip_domain: is that of another" },
		{ FIXED "  - domain: two.other.com\n    secret: x\n"
			"    sip_domain: example.net\n"
			"    registrar: { enabled: true }\n",
		  "s.yml:7: components[1].sip_domain: is that of another" },
		{ FIXED "    outbox:\n      retry_max_s: 9\n"
			"      retry_min_s: 10\n",
		  "s.yml:6: components[0].outbox.retry_max_s: must not be "
		  "below retry_min_s: 9 is below 10" },
		{ FIXED "    registrar:\n      expires_min_s: 100\n"
			"      expires_max_s: 99\n",
		  "s.yml:7: components[0].registrar.expires_max_s: must not "
		  "be below expires_min_s: 99 is below 100" },
		{ FIXED "sip: { listen: ['udp:0.0.0.0:5060', "
			"'udp:0.0.0.0:5060'] }\n",
		  "s.yml:5: sip.listen[1]: is there twice" },
		{ FIXED "sip:\n  account: { username: x }\n",
		  "s.yml:6: sip.account: give exactly one of password, "
		  "password_file and password_env" },
		{ FIXED "sip: { t1_ms: 5000 }\n",
		  "s.yml:5: sip.t2_ms: must not be below t1_ms" },
		{ FIXED "sip: { timeout_ms: 3000 }\n",
		  "s.yml:5: sip.timeout_ms: must not be below t2_ms" },
		{ FIXED "limits:\n  queue_max_bytes: 100000\n",
		  "s.yml:6: limits.queue_max_bytes: must not be below" },
	};
	struct strbuf errors;
	struct config *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_init(&errors, 10000);
		c = config_parse(str_z(cases[i].yaml), "s.yml", &errors);
		strbuf_addc(&errors, '\0');
		if (c != NULL ||
		    strncmp(errors.p, cases[i].error, strlen(cases[i].error)))
			fail_msg("case %zu: %s, not: %s", i, errors.p,
				 cases[i].error);
		/* One mistake is one line. */
		assert_ptr_equal(strchr(errors.p, '\n') + 1,
				 errors.p + errors.n - 1);
		assert_null(strstr(errors.p, "hunter2"));
		config_destroy(&c);
		strbuf_fini(&errors);
	}
}

static struct config *parse(const char *yaml, const char *warning)
{
	struct strbuf errors;
	struct config *c;

	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "s.yml", &errors);
	strbuf_addc(&errors, '\0');
	if (c == NULL)
		fail_msg("%s", errors.p);
	assert_non_null(strstr(errors.p, warning));
	strbuf_fini(&errors);
	return c;
}

static void test_defaults(void **state)
{
	const struct config_component *cc;
	struct config *c;

	(void)state;
	c = parse(FIXED "    numbers: [{ jid: '+', digits: 7-15 }]\n", "");
	cc = &c->components[0];
	assert_true(str_eqz(cc->server, "example.com"));
	assert_int_equal(cc->plan.xmpp_domain_count, 1);
	assert_true(str_eqz(cc->plan.xmpp_domains[0], "example.com"));
	assert_true(str_eqz(cc->plan.component, "sip.example.com"));
	assert_true(str_eqz(cc->plan.numbers[0].sip_host, "example.net"));
	assert_true(str_eqz(cc->plan.numbers[0].jid_domain, "sip.example.com"));
	assert_true(str_starts(c->user_agent, "Stox/"));
	config_destroy(&c);

	c = parse(HEAD "    contacts: transparent\n    server: example.com\n",
		  "");
	assert_true(
		str_eqz(c->components[0].plan.sip_domain, "sip.example.com"));
	config_destroy(&c);
}

/* One of a pair that the file does not name follows the other. */
static void test_waits_follow(void **state)
{
	struct config *c;

	(void)state;
	c = parse(FIXED "    outbox: { retry_min_s: 3600 }\n", "");
	assert_int_equal(c->components[0].outbox.retry_min_s, 3600);
	assert_int_equal(c->components[0].outbox.retry_max_s, 3600);
	config_destroy(&c);
	c = parse(FIXED "    outbox: { retry_max_s: 2 }\n", "");
	assert_int_equal(c->components[0].outbox.retry_min_s, 2);
	assert_int_equal(c->components[0].outbox.retry_max_s, 2);
	config_destroy(&c);
	c = parse(FIXED "    outbox: { retry_max_s: 60 }\n", "");
	assert_int_equal(c->components[0].outbox.retry_min_s, 30);
	config_destroy(&c);
}

/* Two components for one SIP domain, each with its own users. */
static void test_shared_sip_domain(void **state)
{
	struct config *c;

	(void)state;
	c = parse(FIXED "  - domain: sip.other.com\n    secret: x\n"
			"    sip_domain: example.net\n",
		  "");
	config_destroy(&c);
	c = parse(FIXED "  - domain: two.example.com\n    secret: x\n"
			"    sip_domain: example.org\n",
		  "");
	config_destroy(&c);
}

/* As it is written in sip.listen. */
static void test_host_in_brackets(void **state)
{
	static const char *const cases[][2] = {
		{ "'[::1]'", "::1" },
		{ "'::1'", "::1" },
		{ "'[]'", "[]" },
		{ "127.0.0.1", "127.0.0.1" },
	};
	struct config *c;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char yaml[200];

		snprintf(yaml, sizeof(yaml), FIXED "    host: %s\n",
			 cases[i][0]);
		c = parse(yaml, "");
		assert_true(str_eqz(c->components[0].host, cases[i][1]));
		config_destroy(&c);
	}
}

static void test_plan_is_checked(void **state)
{
	static const char yaml[] = FIXED "    aliases:\n"
					 "      - { jid: a@sip.example.com, "
					 "uri: 'sip:x@example.net' }\n"
					 "      - { jid: b@sip.example.com, "
					 "uri: 'sip:x@example.net' }\n";
	struct strbuf errors;

	(void)state;
	strbuf_init(&errors, 10000);
	assert_null(config_parse(str_z(yaml), "s.yml", &errors));
	assert_true(str_starts(strbuf_str(&errors), "s.yml:2: components[0]"));
	strbuf_fini(&errors);
}

static void test_warning(void **state)
{
	struct config *c;

	(void)state;
	c = parse(FIXED "    users: fixed\n    user_host: x.example.net\n"
			"    xmpp_domains: [example.com, example.org]\n",
		  "s.yml:7: components[0].xmpp_domains: warning: ");
	config_destroy(&c);
}

/* Users are compared as the server writes them. */
static void test_publish(void **state)
{
	static const char *const read_as[] = {
		"juliet@example.com",
		"example.com",
		"*.example.com",
		"*",
		"*com",
	};
	static const char yaml[] =
		FIXED "    publish: [Juliet@EXAMPLE.com, Example.COM, "
		      "'*.Example.com', '*', '*com']\n";
	struct config *c;
	struct strbuf errors;

	(void)state;
	strbuf_init(&errors, 65536);
	c = config_parse(str_z(yaml), "s.yml", &errors);
	assert_non_null(c);
	assert_int_equal(c->components[0].publish_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(str_eqz(c->components[0].publish[i], read_as[i]));
	config_destroy(&c);
	strbuf_fini(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_waits_follow),
		cmocka_unit_test(test_shared_sip_domain),
		cmocka_unit_test(test_host_in_brackets),
		cmocka_unit_test(test_plan_is_checked),
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_publish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
