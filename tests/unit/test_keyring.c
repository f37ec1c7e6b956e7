#include "gateway/trust/keyring.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/base/secure.h"
#include "tests/unit/identity.h"

enum { YAML_BYTES = 2000 };

static char dir[] = "/tmp/test_keyring.XXXXXX";
static struct identity ca, own, other;

static int group_setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	identity_make(&ca, dir, "ca", NULL, NULL);
	identity_make(&own, dir, "own", "DNS:example.com", &ca);
	identity_make(&other, dir, "other", "DNS:other.example", &ca);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	identity_forget(&ca);
	identity_forget(&own);
	identity_forget(&other);
	return rmdir(dir);
}

static struct config *config_of(const char *component, const char *sip)
{
	struct strbuf errors;
	char yaml[YAML_BYTES];
	struct config *c;

	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    secret: x\n"
		 "    sip_domain: example.net\n%s%s",
		 component, sip);
	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	strbuf_addc(&errors, '\0');
	if (c == NULL)
		fail_msg("%s", errors.p);
	strbuf_fini(&errors);
	return c;
}

static void test_nothing_wanted(void **state)
{
	struct config *c = config_of("", "");
	const char *why = "";
	struct keyring *k = keyring_create(c, &why);

	(void)state;
	assert_non_null(k);
	assert_null(keyring_server(k));
	assert_null(keyring_client(k));
	assert_null(keyring_component(k, 0));
	assert_int_equal(keyring_reload(k), 0);
	keyring_destroy(&k);
	assert_null(k);
	keyring_destroy(&k);
	config_destroy(&c);
}

static const char *all(void)
{
	static char text[YAML_BYTES];

	snprintf(text, sizeof(text),
		 "sip:\n  listen: ['tls:127.0.0.1']\n"
		 "  tls:\n    certificate_file: %s\n    key_file: %s\n"
		 "    ca_file: %s\n"
		 "  peers: [{ tls_names: [a.example], tls_ca_file: %s }]\n",
		 own.cert_file, own.key_file, ca.cert_file, ca.cert_file);
	return text;
}

static void test_all(void **state)
{
	char component[200];
	const char *why = "";
	struct config *c;
	struct keyring *k;

	(void)state;
	snprintf(component, sizeof(component),
		 "    tls: true\n    tls_ca_file: %s\n", ca.cert_file);
	c = config_of(component, all());
	k = keyring_create(c, &why);
	if (k == NULL)
		fail_msg("%s", why);
	assert_true(secure_context_is(keyring_server(k), "example.com"));
	assert_true(secure_context_is(keyring_client(k), "example.com"));
	assert_non_null(keyring_component(k, 0));
	assert_int_equal(keyring_reload(k), 0);
	/* Each of the three fails without the authority, and goes on. */
	assert_int_equal(rename(ca.cert_file, other.key_file), 0);
	assert_int_equal(keyring_reload(k), 3);
	assert_true(secure_context_is(keyring_server(k), "example.com"));
	assert_int_equal(rename(other.key_file, ca.cert_file), 0);
	assert_int_equal(keyring_reload(k), 0);
	keyring_destroy(&k);
	config_destroy(&c);
}

static void test_files_that_do_not_load(void **state)
{
	static const char *const cases[][2] = {
		{ "",
		  "sip: { tls: { certificate_file: /nonexistent.pem } }\n" },
		{ "", "sip: { tls: { ca_file: /nonexistent.pem } }\n" },
		{ "", "sip:\n  tls: { verify: true }\n"
		      "  outbound_proxy: 'sips:a.example'\n"
		      "  peers: [{ tls_names: [a.example], "
		      "tls_ca_file: /nonexistent.pem }]\n" },
		{ "    tls: true\n    tls_ca_file: /nonexistent.pem\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *c = config_of(cases[i][0], cases[i][1]);
		const char *why = "";

		assert_null(keyring_create(c, &why));
		assert_non_null(strstr(why, "/nonexistent.pem"));
		config_destroy(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wanted),
		cmocka_unit_test(test_files_that_do_not_load),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
