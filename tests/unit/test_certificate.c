#include "gateway/base/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/x509v3.h>

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

static X509 *cert_of(const char *common, const char *alternatives)
{
	X509 *cert = X509_new();

	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	if (common != NULL)
		X509_NAME_add_entry_by_txt(
			X509_get_subject_name(cert), "CN", MBSTRING_ASC,
			(const unsigned char *)common, -1, -1, 0);
	if (alternatives != NULL)
		add_extension(cert, NID_subject_alt_name, alternatives);
	return cert;
}

/* expected: the names, each with a blank behind it. */
static void test_names(void **state)
{
	static const struct {
		const char *common, *alternatives, *expected;
	} cases[] = {
		{ NULL, NULL, "" },
		{ "a.example", NULL, "a.example " },
		{ "A. Person", NULL, "" },
		{ "a.example", "DNS:b.example", "b.example " },
		{ "a.example", "IP:192.0.2.1", "" },
		{ "a", "DNS:b.example,DNS:C.Example.,email:x@y",
		  "b.example c.example " },
		{ "a", "DNS:b.example,URI:sip:d.example", "d.example " },
		{ "a", "URI:SIP:D.example,URI:sip:e.example", /* any case */
		  "d.example e.example " },
		{ "a", "URI:sip:d.example:5061;transport=tls", "d.example " },
		{ "a", "URI:sip:bob@d.example,DNS:b.example", "b.example " },
		{ "a", "URI:sips:d.example,DNS:b.example", "b.example " },
		{ "a", "URI:https://d.example/,DNS:b.example", "b.example " },
		{ "a", "URI:sip:", "" },
		{ "a", "DNS:*.b.example", "*.b.example " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		X509 *cert = cert_of(cases[i].common, cases[i].alternatives);
		char *names = certificate_names(cert), got[200] = "";

		for (char *p = names; *p != '\0'; p += strlen(p) + 1) {
			strncat(got, p, 90);
			strncat(got, " ", 2);
		}
		assert_string_equal(got, cases[i].expected);
		free(names);
		X509_free(cert);
	}
}

static void test_uses(void **state)
{
	static const struct {
		const char *uses;
		bool is_good;
	} cases[] = {
		{ NULL, true },
		{ "serverAuth", true },
		{ "clientAuth,emailProtection", true },
		{ "anyExtendedKeyUsage", true },
		{ "1.3.6.1.5.5.7.3.20", true }, /* RFC 5924 */
		{ "codeSigning,1.3.6.1.5.5.7.3.20", true },
		{ "codeSigning", false },
		{ "1.3.6.1.5.5.7.3.201", false },
		{ "emailProtection,OCSPSigning", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		X509 *cert = cert_of("a.example", NULL);

		if (cases[i].uses != NULL)
			add_extension(cert, NID_ext_key_usage, cases[i].uses);
		if (certificate_is_for_sip(cert) != cases[i].is_good)
			fail_msg("%s", cases[i].uses);
		X509_free(cert);
	}
}

/* A NUL in a name, so that it reads well.example to a careless eye. */
static void test_nul(void **state)
{
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	X509 *cert = cert_of("cn.example", NULL);
	char *names;

	(void)state;
	ASN1_STRING_set(s, "well.example\0.evil.example", 26);
	GENERAL_NAME_set0_value(name, GEN_DNS, s);
	sk_GENERAL_NAME_push(all, name);
	X509_add1_ext_i2d(cert, NID_subject_alt_name, all, 0, 0);
	names = certificate_names(cert);
	assert_string_equal(names, "");
	assert_false(certificate_fits(cert, "well.example"));
	free(names);
	sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
	X509_free(cert);
}

static void test_many(void **state)
{
	char text[40 * 16] = "";
	char *names;
	size_t n = 0;
	X509 *cert;

	(void)state;
	for (int i = 0; i < 40; i++)
		snprintf(text + strlen(text), 16, "%sDNS:n%d.example",
			 i > 0 ? "," : "", i % 10);
	cert = cert_of(NULL, text);
	names = certificate_names(cert);
	for (char *p = names; *p != '\0'; p += strlen(p) + 1)
		n++;
	assert_int_equal(n, CERTIFICATE_NAMES_MAX);
	free(names);
	X509_free(cert);
}

static void test_fits(void **state)
{
	static const struct {
		const char *alternatives, *host;
		bool expected;
	} cases[] = {
		{ "DNS:example.net", "example.net", true },
		{ "DNS:example.net", "EXAMPLE.net", true },
		{ "DNS:example.net", "a.example.net", false },
		{ "DNS:a.example.net", "example.net", false },
		{ "DNS:*.example.net", "a.example.net", false },
		{ "URI:sip:example.net", "example.net", true },
		{ "IP:192.0.2.1,DNS:example.net", "192.0.2.1", true },
		{ "IP:192.0.2.1", "192.0.2.2", false },
		{ "DNS:192.0.2.1", "192.0.2.1", false },
		{ "IP:2001:db8::1", "2001:db8:0::1", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		X509 *cert = cert_of("cn", cases[i].alternatives);

		if (certificate_fits(cert, cases[i].host) != cases[i].expected)
			fail_msg("%s %s", cases[i].alternatives, cases[i].host);
		X509_free(cert);
	}
}

static void test_describe(void **state)
{
	static const struct {
		const char *common, *alternatives, *expected;
	} cases[] = {
		{ "a.example", NULL, "CN=a.example" },
		{ NULL, NULL, "CN=" },
		{ "a\nb", NULL, "CN=a?b" },
		{ "a",
		  "DNS:b.example,IP:192.0.2.1,URI:sip:c.example,"
		  "email:d@e.example",
		  "DNS:b.example, IP:192.0.2.1, sip:c.example, other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		X509 *cert = cert_of(cases[i].common, cases[i].alternatives);
		char all[200], part[8];

		certificate_describe(cert, all, sizeof(all));
		assert_string_equal(all, cases[i].expected);
		certificate_describe(cert, part, sizeof(part));
		assert_int_equal(strlen(part),
				 strlen(all) < 7 ? strlen(all) : 7);
		X509_free(cert);
	}
}

static void test_expires(void **state)
{
	X509 *cert = cert_of("a", NULL);
	int64_t now = time(NULL);

	(void)state;
	assert_in_range(certificate_expires_s(cert), now + 3590, now + 3610);
	X509_free(cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	cmocka_unit_test(test_nul),
		cmocka_unit_test(test_uses),	cmocka_unit_test(test_many),
		cmocka_unit_test(test_fits),	cmocka_unit_test(test_describe),
		cmocka_unit_test(test_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
