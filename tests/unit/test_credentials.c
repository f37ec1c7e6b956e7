#include "uac_bench.h"

static const char proxy_sha[] =
	"Digest realm=\"a.test\", nonce=\"n2\", qop=\"auth\", "
	"algorithm=SHA-256";
static const char stale_md5[] =
	"Digest realm=\"a.test\", nonce=\"n3\", qop=\"auth\", stale=true";
static const char other_md5[] = "Digest realm=\"b.test\", nonce=\"m1\"";

/* What we wrote as digest parameter, without quotes. */
static struct str param(struct str s, const char *name)
{
	char key[32];
	const char *p;

	(void)snprintf(key, sizeof(key), "%s=", name);
	p = memmem(s.p, s.n, key, strlen(key));
	if (p == NULL)
		return STR_NONE;
	s = str_from(s, (size_t)(p - s.p) + strlen(key));
	if (s.p[0] == '"') {
		s = str_from(s, 1);
		return str_head(s, str_find(s, '"'));
	}
	s = str_head(s, str_find(s, '\r'));
	return str_head(s, str_find(s, ','));
}

static struct str line_of(struct str s, const char *name)
{
	const char *p = memmem(s.p, s.n, name, strlen(name));

	assert_non_null(p);
	s = str_from(s, (size_t)(p - s.p));
	return str_head(s, str_find(s, '\n'));
}

/* The server's side of it. */
static void check_credentials(const char *header, bool is_sha,
			      const char *nonce, const char *nc)
{
	struct str s = line_of(last_bytes(), header);
	char expected[65];

	assert_true(str_eqz(param(s, " nonce"), nonce));
	assert_true(str_eqz(param(s, "nc"), nc));
	assert_true(str_eqz(param(s, "uri"), "sip:romeo@p1.test"));
	assert_true(str_eqz(param(s, "username"), "gw"));
	digest_compute(is_sha, STR_LIT("gw"), STR_LIT("a.test"),
		       STR_LIT("secret"), STR_LIT("MESSAGE"),
		       STR_LIT("sip:romeo@p1.test"), str_z(nonce), str_z(nc),
		       param(s, "cnonce"), STR_LIT("auth"), expected);
	assert_true(str_eqz(param(s, "response"), expected));
}

static void test_proxy_challenge(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	assert_int_equal(net.count, 2);
	assert_true(has(last_bytes(), "\r\nCSeq: 2 MESSAGE\r\n"));
	check_credentials("Proxy-Authorization:", false, "n1", "00000001");
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	assert_int_equal(b.seen.cseq, 2);
	/* the next one carries them at once */
	send_to(&b, "sip:romeo@p1.test");
	check_credentials("Proxy-Authorization:", false, "n1", "00000002");
	assert_true(has(last_bytes(), "\r\nCSeq: 1 MESSAGE\r\n"));
	/* ... and when the nonce is too old, tries again */
	challenge(&b, 407, stale_md5, NULL);
	check_credentials("Proxy-Authorization:", false, "n3", "00000001");
	challenge(&b, 407, stale_md5, NULL);
	assert_int_equal(b.seen.calls, 0);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* another hop gets none */
	send_to(&b, "sip:romeo@p2.test");
	assert_false(has(last_bytes(), "uthorization:"));
	bench_close(&b);
}

static void test_server_challenge(void **state)
{
	struct uac_options o = plain;
	struct bench b;

	(void)state;
	o.outbound_proxy = uri("sip:p3.test");
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 401, proxy_md5, proxy_sha); /* the better one is taken */
	check_credentials("Authorization:", true, "n2", "00000001");
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* same hop, another domain: not its business */
	send_to(&b, "sip:romeo@p2.test");
	assert_int_equal(last_port(), 3);
	assert_false(has(last_bytes(), "uthorization:"));
	respond_status(&b, 200);
	send_to(&b, "sip:romeo@p1.test");
	check_credentials("Authorization:", true, "n2", "00000002");
	bench_close(&b);
}

static void test_wrong_password(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 401, proxy_md5, NULL);
	challenge(&b, 401, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 401);
	assert_int_equal(net.count, 2);
	/* a new nonce each time does not make us go on either */
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 401, proxy_sha, NULL);
	challenge(&b, 401, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 401);
	bench_close(&b);
}

static void test_two_realms(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	challenge(&b, 407, other_md5, NULL);
	assert_int_equal(net.count, 3);
	assert_true(has(last_bytes(), "nonce=\"n1\""));
	assert_true(has(last_bytes(), "nonce=\"m1\""));
	challenge(&b, 401, proxy_md5, NULL);
	assert_int_equal(net.count, 4);
	assert_true(has(last_bytes(), "\r\nAuthorization:"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	assert_int_equal(b.seen.cseq, 4);
	bench_close(&b);
}

static void test_no_account(void **state)
{
	struct uac_options o = plain;
	struct bench b;

	(void)state;
	o.account = (struct digest_account){ 0 };
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 407);
	bench_close(&b);
	o.account = plain.account;
	o.account.realm = STR_LIT("elsewhere.test");
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 407);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, NULL, NULL);
	check_end(&b, OUTCOME_ANSWERED, 407);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proxy_challenge),
		cmocka_unit_test(test_server_challenge),
		cmocka_unit_test(test_wrong_password),
		cmocka_unit_test(test_two_realms),
		cmocka_unit_test(test_no_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
