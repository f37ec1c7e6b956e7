#include "sip/digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "sip/party.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_vectors(void **state)
{
	static const struct {
		bool is_sha256;
		const char *username, *realm, *password, *uri, *nonce, *nc,
			*cnonce, *qop, *response;
	} cases[] = {
		/* RFC 2617 §3.5 */
		{ false, "Mufasa", "testrealm@host.com", "Circle Of Life",
		  "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093",
		  "00000001", "0a4f113b", "auth",
		  "6629fae49393a05397450978507c4ef1" },
		/* the same in the form of RFC 2069 */
		{ false, "Mufasa", "testrealm@host.com", "Circle Of Life",
		  "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "",
		  "", "", "670fd8c2df070c60b045671b8b24ff02" },
		/* RFC 7616 §3.9.1 */
		{ false, "Mufasa", "http-auth@example.org", "Circle of Life",
		  "/dir/index.html",
		  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001",
		  "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth",
		  "8ca523f5e9506fed4657c9700eebdbec" },
		{ true, "Mufasa", "http-auth@example.org", "Circle of Life",
		  "/dir/index.html",
		  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001",
		  "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "auth",
		  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856c"
		  "b6c1" },
	};
	char got[65];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		digest_compute(cases[i].is_sha256, str_z(cases[i].username),
			       str_z(cases[i].realm), str_z(cases[i].password),
			       STR_LIT("GET"), str_z(cases[i].uri),
			       str_z(cases[i].nonce), str_z(cases[i].nc),
			       str_z(cases[i].cnonce), str_z(cases[i].qop),
			       got);
		assert_string_equal(got, cases[i].response);
	}
}

static void test_take(void **state)
{
	static const struct {
		const char *challenges[3]; /* NULL: no more */
		const char *realm;	   /* of the account; NULL: any */
		const char *nonce;	   /* taken; NULL: none */
		bool is_sha256, has_qop;
	} cases[] = {
		{ { "Digest realm=\"r\", nonce=\"n\"" },
		  NULL,
		  "n",
		  false,
		  false },
		{ { "digest nonce=n,REALM=r,qop=auth" },
		  NULL,
		  "n",
		  false,
		  true },
		{ { "Digest realm=\"r\", nonce=\"n\", algorithm=md5, "
		    "qop=\"auth-int, auth\", domain=\"sip:a,b\"" },
		  "r",
		  "n",
		  false,
		  true },
		/* the better one wins, wherever it stands */
		{ { "Digest realm=\"r\", nonce=\"5\", algorithm=MD5",
		    "Digest realm=\"r\", nonce=\"256\", algorithm=SHA-256" },
		  NULL,
		  "256",
		  true,
		  false },
		{ { "Digest realm=\"r\", nonce=\"256\", algorithm=\"sha-256\"",
		    "Digest realm=\"r\", nonce=\"5\"" },
		  NULL,
		  "256",
		  true,
		  false },
		{ { "Digest realm=\"r\", nonce=\"512\", "
		    "algorithm=SHA-512-256",
		    "Digest realm=\"r\", nonce=\"5\"" },
		  NULL,
		  "5",
		  false,
		  false },
		/* several in one header */
		{ { "Basic realm=\"r\", Digest realm=\"r\", nonce=\"1\", "
		    "Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256, "
		    "NTLM x" },
		  NULL,
		  "2",
		  true,
		  false },
		/* the first of equals */
		{ { "Digest realm=\"r\", nonce=\"1\"",
		    "Digest realm=\"r\", nonce=\"2\"" },
		  NULL,
		  "1",
		  false,
		  false },
		{ { "Digest realm=\"x\", nonce=\"1\"",
		    "Digest realm=\"r\", nonce=\"2\"" },
		  "r",
		  "2",
		  false,
		  false },
		{ { "Digest realm=\"\", nonce=\"1\"" },
		  NULL,
		  "1",
		  false,
		  false },
		/* what cannot be answered */
		{ { NULL }, NULL, NULL, false, false },
		{ { "" }, NULL, NULL, false, false },
		{ { "Basic realm=\"r\"" }, NULL, NULL, false, false },
		{ { "Digest" }, NULL, NULL, false, false },
		{ { "Digest realm=\"r\"" }, NULL, NULL, false, false },
		{ { "Digest nonce=\"n\"" }, NULL, NULL, false, false },
		{ { "Digest realm=\"r\", nonce=\"n\"" },
		  "other",
		  NULL,
		  false,
		  false },
		{ { "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess" },
		  NULL,
		  NULL,
		  false,
		  false },
		{ { "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"" },
		  NULL,
		  NULL,
		  false,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct digest_account acc = { .realm = str_z(cases[i].realm) };
		struct digest_state s = { .nonce_count = 0 };
		struct str challenges[3];
		size_t n = 0;

		while (n < 3 && cases[i].challenges[n] != NULL) {
			challenges[n] = str_z(cases[i].challenges[n]);
			n++;
		}
		if (digest_take(&s, challenges, n, true, &acc) !=
		    (cases[i].nonce != NULL))
			fail_msg("%zu: %s", i, cases[i].challenges[0]);
		if (cases[i].nonce == NULL)
			continue;
		if (!str_eqz(s.nonce, cases[i].nonce))
			fail_msg("%zu: took %.*s", i, STR_ARG(s.nonce));
		assert_int_equal(s.is_sha256, cases[i].is_sha256);
		assert_int_equal(s.has_qop, cases[i].has_qop);
		assert_true(s.is_proxy);
		digest_fini(&s);
	}
}

/* A challenge that is refused leaves the one that we have; a new one starts
 * its count again. */
static void test_take_again(void **state)
{
	static const struct str first =
		STR("Digest realm=\"r\", nonce=\"1\", qop=\"auth\"");
	static const struct str bad = STR("Basic realm=\"r\"");
	static const struct str second =
		STR("Digest realm=\"r\", nonce=\"2\", qop=\"auth\"");
	struct digest_account acc = { .username = STR("u") };
	struct digest_state s = { .nonce_count = 0 };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 2000);
	assert_true(digest_take(&s, &first, 1, false, &acc));
	digest_write(&b, &s, &acc, METHOD_MESSAGE, STR_LIT("sip:a@b"));
	digest_write(&b, &s, &acc, METHOD_MESSAGE, STR_LIT("sip:a@b"));
	assert_int_equal(s.nonce_count, 2);
	assert_non_null(strstr(b.p, "nc=00000001"));
	assert_non_null(strstr(b.p, "nc=00000002"));
	assert_false(digest_take(&s, &bad, 1, false, &acc));
	assert_true(str_eqz(s.nonce, "1"));
	assert_int_equal(s.nonce_count, 2);
	assert_true(digest_take(&s, &second, 1, false, &acc));
	assert_int_equal(s.nonce_count, 0);
	digest_fini(&s);
	assert_null(s.nonce.p);
	strbuf_fini(&b);
}

static void test_stale(void **state)
{
	(void)state;
	assert_true(digest_is_stale(
		STR_LIT("Digest realm=\"r\", nonce=\"n\", stale=TRUE")));
	assert_true(digest_is_stale(STR_LIT("Digest stale=\"true\"")));
	assert_false(digest_is_stale(STR_LIT("Digest stale=false")));
	assert_false(digest_is_stale(STR_LIT("Digest realm=\"stale=true\"")));
	assert_false(digest_is_stale(STR_LIT("Basic stale=true")));
	assert_false(digest_is_stale(STR_NONE));
}

/* The value of a directive in what was written, with its quotes taken off. */
static struct str written(struct str line, const char *name)
{
	struct str value = STR_NONE;

	while (line.n > 0) {
		struct str item = value_cut(&line);
		size_t equals = str_find(item, '=');

		if (str_eqz(str_head(item, equals), name))
			value = str_from(item, equals + 1);
	}
	if (value.n >= 2 && value.p[0] == '"')
		value = str_head(str_from(value, 1), value.n - 2);
	return value;
}

static void check_written(struct str challenge, bool is_proxy, bool has_qop)
{
	struct digest_account acc = { .username = STR("ro\"m\\eo\r\n"),
				      .password = STR("secret") };
	struct digest_state s = { .nonce_count = 0 };
	struct str prefix = is_proxy ? STR_LIT("Proxy-Authorization: Digest ")
				     : STR_LIT("Authorization: Digest ");
	struct str line;
	struct strbuf b;
	char expected[65];

	strbuf_init(&b, 2000);
	assert_true(digest_take(&s, &challenge, 1, is_proxy, &acc));
	digest_write(&b, &s, &acc, METHOD_MESSAGE, STR_LIT("sip:j@example"));
	line = strbuf_str(&b);
	assert_true(str_starts(line, prefix.p));
	assert_memory_equal(line.p + line.n - 2, "\r\n", 2);
	line = str_from(str_head(line, line.n - 2), prefix.n);
	assert_int_equal(str_find(line, '\r'), line.n);
	assert_int_equal(str_find(line, '\n'), line.n);
	assert_true(str_eqz(written(line, "username"), "ro\\\"m\\\\eo  "));
	assert_true(str_eqz(written(line, "realm"), "a \\\"b\\\", c"));
	assert_true(str_eqz(written(line, "nonce"), "n=1"));
	assert_true(str_eqz(written(line, "opaque"), "o,p"));
	assert_true(str_eqz(written(line, "uri"), "sip:j@example"));
	assert_int_equal(written(line, "cnonce").n > 0, has_qop);
	assert_true(str_eqz(written(line, "qop"), has_qop ? "auth" : ""));
	assert_true(str_eqz(written(line, "nc"), has_qop ? "00000001" : ""));
	digest_compute(s.is_sha256, acc.username, written(line, "realm"),
		       acc.password, STR_LIT("MESSAGE"), written(line, "uri"),
		       written(line, "nonce"), written(line, "nc"),
		       written(line, "cnonce"), written(line, "qop"), expected);
	assert_true(str_eqz(written(line, "response"), expected));
	assert_true(str_eqz(written(line, "algorithm"),
			    s.is_sha256 ? "SHA-256" : "MD5"));
	digest_fini(&s);
	strbuf_fini(&b);
}

static void test_written(void **state)
{
	(void)state;
	check_written(STR_LIT("Digest realm=\"a \\\"b\\\", c\", nonce=\"n=1\", "
			      "opaque=\"o,p\", qop=\"auth,auth-int\", "
			      "algorithm=SHA-256"),
		      true, true);
	check_written(STR_LIT("Digest realm=\"a \\\"b\\\", c\", nonce=\"n=1\", "
			      "opaque=\"o,p\""),
		      false, false);
}

/* --- as a server */

static void test_read(void **state)
{
	static const struct {
		const char *value;
		bool is_digest;
		const char *username, *nonce; /* "": none */
		bool is_sha256, is_md5;
	} cases[] = {
		{ "Digest username=\"a\", nonce=\"n\"", true, "a", "n", false,
		  true },
		{ "digest  Username=a,nonce = \"n\" ,algorithm=sha-256", true,
		  "a", "n", true, false },
		{ "Digest username=\"a,b\", algorithm=\"MD5\"", true, "a,b", "",
		  false, true },
		{ "Digest username=\"a\", username=\"b\"", true, "a", "", false,
		  true },
		{ "Digest username=\"a\\\"b\"", true, "a\\\"b", "", false,
		  true },
		{ "Digest username=\"a\", algorithm=SHA-512-256", true, "a", "",
		  false, false },
		/* Quotes that do not end. */
		{ "Digest username=\"a\\\"", true, "", "", false, true },
		{ "Digest username=\"a, nonce=\"n\"", true, "", "", false,
		  true },
		{ "Digest", false, "", "", false, false },
		{ "Basic a=b", false, "", "", false, false },
		{ "", false, "", "", false, false },
		{ "username=\"a\"", false, "", "", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct digest_credentials c = { .is_md5 = false };

		struct str value = str_z(cases[i].value);

		if (digest_read(&value, &c) != cases[i].is_digest ||
		    !str_eqz(c.username, cases[i].username) ||
		    !str_eqz(c.nonce, cases[i].nonce) ||
		    c.is_sha256 != cases[i].is_sha256 ||
		    c.is_md5 != cases[i].is_md5)
			fail_msg("%s", cases[i].value);
	}
}

/* Our own client answers our own challenge. */
static void test_challenge(void **state)
{
	const struct digest_account acc = { .username = STR("u"),
					    .password = STR("p") };

	(void)state;
	for (int is_sha256 = 0; is_sha256 < 2; is_sha256++) {
		struct digest_state s = { .nonce_count = 0 };
		struct digest_credentials c;
		char ha1[65], wrong[65];
		struct strbuf b;
		struct str value;

		strbuf_init(&b, 1000);
		digest_challenge(&b, STR_LIT("a \"b\" c"), STR_LIT("n"),
				 is_sha256, is_sha256);
		value = strbuf_str(&b);
		assert_int_equal(digest_is_stale(value), is_sha256);
		assert_true(digest_take(&s, &value, 1, false, &acc));
		assert_int_equal(s.is_sha256, is_sha256);
		assert_true(s.has_qop);
		/* The realm is hashed as it stands between its quotes. */
		digest_ha1(is_sha256, acc.username, s.realm, acc.password, ha1);
		digest_ha1(is_sha256, acc.username, s.realm, STR_LIT("x"),
			   wrong);
		strbuf_reset(&b);
		digest_write(&b, &s, &acc, METHOD_MESSAGE, STR_LIT("sip:a@b"));
		value = str_trim(str_from(strbuf_str(&b), 15));
		assert_true(digest_read(&value, &c));
		assert_true(str_eqz(c.nc, "00000001"));
		assert_true(str_eqz(c.qop, "auth"));
		assert_true(digest_fits(&c, str_z(ha1), STR_LIT("MESSAGE")));
		assert_false(digest_fits(&c, str_z(wrong), STR_LIT("MESSAGE")));
		assert_false(digest_fits(&c, str_z(ha1), STR_LIT("OPTIONS")));
		c.response.n--;
		assert_false(digest_fits(&c, str_z(ha1), STR_LIT("MESSAGE")));
		strbuf_fini(&b);
		digest_fini(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_challenge),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_take_again),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
