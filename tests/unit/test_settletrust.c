#include "gateway/config/settletrust.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define HEAD                                                                   \
	"components:\n"                                                        \
	"  - domain: sip.example.com\n"                                        \
	"    secret: hunter2\n"                                                \
	"    sip_domain: example.net\n"
#define CERT "  tls: { certificate_file: /c.pem }\n"
#define USER "    - { uri: 'sip:a@example.net', password: hunter2 }\n"

static struct config *parse(const char *yaml, const char *warning)
{
	struct strbuf errors;
	struct config *c;

	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "s.yml", &errors);
	strbuf_addc(&errors, '\0');
	if (c == NULL || (warning == NULL && errors.n > 1) ||
	    (warning != NULL && strstr(errors.p, warning) == NULL))
		fail_msg("%s: %s", yaml, errors.p);
	strbuf_fini(&errors);
	return c;
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *yaml, *error; /* of the only line */
	} cases[] = {
		{ HEAD "sip:\n  listen: ['tls:0.0.0.0']\n",
		  "sip.tls.certificate_file: is required to listen" },
		{ HEAD "sip:\n  tls: { key_file: /k.pem }\n",
		  "s.yml:6: sip.tls.key_file: is of no use" },
		{ HEAD
		  "sip:\n  listen: ['tcp:0.0.0.0:5061', 'tls:0.0.0.0']\n" CERT,
		  "s.yml:6: sip.listen[1]: is there twice" },
		{ HEAD "sip:\n  peers:\n    - { domains: ['*'] }\n",
		  "s.yml:7: sip.peers[0]: needs addresses or tls_names" },
		{ HEAD "sip:\n  peers:\n    - { addresses: [192.0.2.1], "
		       "tls_ca_file: /a.pem }\n",
		  "s.yml:7: sip.peers[0]: tls_ca_file is of no use" },
		{ HEAD "sip:\n  listen: ['tls:0.0.0.0']\n"
		       "  tls: { certificate_file: /c.pem, clients: none }\n"
		       "  peers: [{ tls_names: [example.net] }]\n",
		  "s.yml:7: sip.tls.clients: must be ask or require" },
		{ HEAD "sip:\n  peers: [{ tls_names: ['*.example.net'] }]\n",
		  "s.yml:6: sip.peers[0].tls_names[0]: '*.example.net' is "
		  "not" },
		{ HEAD "sip:\n  users:\n    - { uri: 'sip:a@example.net' }\n",
		  "s.yml:7: sip.users[0]: give exactly one of password" },
		{ HEAD
		  "sip:\n  users:\n    - { uri: 'sip:a@example.net', "
		  "password: hunter2, ha1_md5: 0123456789abcdef0123456789abcdef"
		  " }\n",
		  "s.yml:7: sip.users[0]: give exactly one of password" },
		{ HEAD "sip:\n  users:\n    - { uri: 'sip:a@example.net', "
		       "ha1_md5: 0123456789abcdef0123456789abcdef }\n",
		  "s.yml:7: sip.users[0]: ha1_md5 is of no use without" },
		{ HEAD "sip:\n  md5: true\n  users:\n"
		       "    - { uri: 'sip:a@example.net', "
		       "ha1_md5: 0123456789abcdef0123456789abcdeg }\n",
		  "s.yml:8: sip.users[0].ha1_md5: must be hexadecimal" },
		{ HEAD "sip:\n  users:\n" USER USER,
		  "s.yml:8: sip.users[1]: another user has this username" },
		{ HEAD
		  "sip:\n  users:\n" USER
		  "    - { uri: 'sip:b@Example.NET', realm: x, password: y "
		  "}\n",
		  "s.yml:8: sip.users[1].realm: must be that of the other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf errors;
		struct config *c;

		strbuf_init(&errors, 10000);
		c = config_parse(str_z(cases[i].yaml), "s.yml", &errors);
		strbuf_addc(&errors, '\0');
		if (c != NULL || strstr(errors.p, cases[i].error) == NULL)
			fail_msg("case %zu: %s, not: %s", i, errors.p,
				 cases[i].error);
		assert_ptr_equal(strchr(errors.p, '\n') + 1,
				 errors.p + errors.n - 1);
		assert_null(strstr(errors.p, "hunter2"));
		config_destroy(&c);
		strbuf_fini(&errors);
	}
}

static void test_tls(void **state)
{
	static const struct {
		const char *yaml;
		enum config_clients clients;
		bool is_wanted;
	} cases[] = {
		{ HEAD, TLS_CLIENTS_NONE, false },
		{ HEAD "sip: { outbound_proxy: 'sip:192.0.2.1;transport=tcp' "
		       "}\n",
		  TLS_CLIENTS_NONE, false },
		{ HEAD "sip: { outbound_proxy: 'sip:192.0.2.1;transport=TLS' "
		       "}\n",
		  TLS_CLIENTS_NONE, true },
		{ HEAD "    next_hop: 'sips:192.0.2.1'\n", TLS_CLIENTS_NONE,
		  true },
		{ HEAD "sip: { tls: { ca_file: /a.pem } }\n", TLS_CLIENTS_NONE,
		  true },
		{ HEAD "sip:\n" CERT, TLS_CLIENTS_NONE, true },
		{ HEAD "sip:\n" CERT "  listen: ['tls:0.0.0.0']\n",
		  TLS_CLIENTS_NONE, true },
		{ HEAD "sip:\n" CERT "  listen: ['tls:0.0.0.0']\n"
		       "  peers: [{ tls_names: [example.net] }]\n",
		  TLS_CLIENTS_ASK, true },
		/* The proxy's own name will do for it. */
		{ HEAD "sip:\n" CERT "  listen: ['tls:0.0.0.0']\n"
		       "  outbound_proxy: 'sips:p.example.net'\n",
		  TLS_CLIENTS_ASK, true },
		{ HEAD
		  "sip:\n  listen: ['tls:0.0.0.0']\n"
		  "  tls: { certificate_file: /c.pem, clients: require }\n",
		  TLS_CLIENTS_REQUIRE, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *c = parse(cases[i].yaml, NULL);

		if (c->tls.clients != cases[i].clients ||
		    c->tls.is_wanted != cases[i].is_wanted)
			fail_msg("case %zu", i);
		assert_true(c->tls.wants_verify);
		assert_false(c->tls.is_13_only);
		config_destroy(&c);
	}
}

static void test_ports(void **state)
{
	struct config *c = parse(
		HEAD "sip:\n" CERT
		     "  listen: ['tls:0.0.0.0', { transport: tls, "
		     "address: '::' }, { transport: tcp }, "
		     "{ transport: tls, address: 127.0.0.1, port: 5071 }]\n",
		NULL);

	(void)state;
	assert_int_equal(c->listens[0].port, 5061);
	assert_int_equal(c->listens[1].port, 5061);
	assert_int_equal(c->listens[2].port, 5060);
	assert_int_equal(c->listens[3].port, 5071);
	config_destroy(&c);
}

static void test_users(void **state)
{
	struct config *c = parse(
		HEAD "sip:\n  md5: true\n  users:\n"
		     "    - { uri: 'sip:O%27Neil@Example.net', password: x }\n"
		     "    - { uri: 'sip:b@example.org', username: bob, realm: "
		     "Org, ha1_md5: 0123456789ABCDEF0123456789abcdef }\n",
		NULL);
	const struct config_user *u = c->users;

	(void)state;
	assert_int_equal(c->user_count, 2);
	assert_int_equal(c->nonce_s, 300);
	assert_true(str_eqz(u[0].username, "O'Neil"));
	assert_true(str_eqz(u[0].realm, "example.net"));
	assert_true(str_eqz(u[0].password, "x"));
	assert_true(str_eqz(u[1].username, "bob"));
	assert_true(str_eqz(u[1].realm, "Org"));
	assert_true(str_eqz(u[1].ha1_md5, "0123456789abcdef0123456789abcdef"));
	config_destroy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
