#include "checking.h"
#include "tests/unit/identity.h"

static char dir[] = "/tmp/test_checkkeys.XXXXXX";
static struct identity own, old;

static int group_setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	identity_make(&own, dir, "own", "DNS:example.com", NULL);
	identity_make(&old, dir, "old", "DNS:other.example", NULL);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	identity_forget(&own);
	identity_forget(&old);
	return rmdir(dir);
}

static void check(const char *sip, const char *expected, unsigned wrong)
{
	struct checking c;
	char yaml[2000];

	snprintf(yaml, sizeof(yaml),
		 "components:\n  - { domain: sip.example.com, secret: x,\n"
		 "      sip_domain: example.net }\n%s",
		 sip);
	checking_init(&c, yaml);
	checkkeys_run(&c.k);
	checking_expect(&c, expected);
	assert_int_equal(c.k.wrong_count, wrong);
	keyring_destroy(&c.k.keyring);
	checking_fini(&c);
}

static void with(const struct identity *id, const char *expected)
{
	char sip[1000];

	snprintf(sip, sizeof(sip),
		 "sip:\n  listen: ['tls:127.0.0.1']\n"
		 "  tls: { certificate_file: %s, key_file: %s }\n",
		 id->cert_file, id->key_file);
	check(sip, expected, 0);
}

static void test_all(void **state)
{
	(void)state;
	check("", "", 0);
	check("sip: { tls: { certificate_file: /nonexistent.pem } }\n",
	      "/nonexistent.pem", 1);
	with(&own, "expires in 0 days");
	with(&old, "the certificate is not for example.com");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
