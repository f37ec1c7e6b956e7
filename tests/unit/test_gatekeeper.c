#include "sip/gatekeeper.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/keyed.h"
#include "sip/digest.h"
#include "sip/nonce.h"

enum { NOW_MS = 100000, LIFE_MS = 60000 };

static struct arena arena;
static struct gatekeeper *keeper;
static const char *told; /* by the last request that was asked about */

static struct uri uri(const char *text)
{
	struct uri u;
	const char *why;

	assert_true(uri_read(str_z(text), &u, &why));
	return u;
}

static void open_keeper(bool allows_md5)
{
	const struct gatekeeper_options o = { .allows_md5 = allows_md5,
					      .nonce_ms = LIFE_MS,
					      .nonces_max = 100 };
	char hash[65];

	keeper = gatekeeper_create(&o);
	gatekeeper_add(keeper, &(struct gatekeeper_user){
				       .uri = uri("sip:romeo@Example.net"),
				       .username = STR("romeo"),
				       .realm = STR("verona"),
				       .password = STR("wherefore") });
	digest_ha1(true, STR_LIT("prince"), STR_LIT("verona"), STR_LIT("cats"),
		   hash);
	gatekeeper_add(keeper, &(struct gatekeeper_user){
				       .uri = uri("sip:tybalt@example.net"),
				       .username = STR("prince"),
				       .realm = STR("verona"),
				       .ha1_sha256 = str_z(hash) });
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 4096);
	open_keeper(false);
	return 0;
}

static int setup_md5(void **state)
{
	(void)state;
	arena_init(&arena, 4096);
	open_keeper(true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gatekeeper_destroy(&keeper);
	assert_null(keeper);
	gatekeeper_destroy(&keeper);
	arena_fini(&arena);
	return 0;
}

static struct request request_of(const char *from)
{
	struct request r = { .method = METHOD_MESSAGE,
			     .method_name = STR("MESSAGE"),
			     .target_text = STR("sip:juliet@example.com"),
			     .call_id = STR("c1"),
			     .cseq = 1,
			     .branch = STR("z9hG4bK1"),
			     .sent_by = STR("192.0.2.1") };

	r.target = uri("sip:juliet@example.com");
	r.from.uri = uri(from);
	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &r.source.peer));
	return r;
}

static enum gate ask(const struct request *r, uint64_t ms)
{
	const char *why = "";
	enum gate g = gatekeeper_ask(keeper, r, ms, &why);

	if (g != GATE_CHALLENGE)
		assert_int_equal(g == GATE_REFUSE || g == GATE_GARBLED,
				 why[0] != '\0');
	told = why;
	return g;
}

/* The nonce of a challenge, and whether it is stale. */
static struct str challenge(const struct request *r, bool *is_stale)
{
	const struct header *h =
		gatekeeper_challenge(keeper, r, &arena, NOW_MS);
	struct str v = h->value;
	const char *at = memmem(v.p, v.n, "nonce=\"", 7);

	assert_true(str_eqz(h->name, "WWW-Authenticate"));
	assert_non_null(at);
	*is_stale = digest_is_stale(v);
	return (struct str){ at + 7, NONCE_BYTES };
}

struct form {
	const char *username, *password, *realm, *algorithm, *uri, *nc, *qop;
	const char *tail;
};

/* Writes credentials into r; fields that are NULL are romeo's. */
static void authorize(struct request *r, struct str nonce, struct form f)
{
	const char *username = f.username ? f.username : "romeo";
	const char *realm = f.realm ? f.realm : "verona";
	const char *algorithm = f.algorithm ? f.algorithm : "SHA-256";
	const char *to = f.uri ? f.uri : "sip:juliet@example.com";
	const char *nc = f.nc ? f.nc : "00000001";
	const char *qop = f.qop ? f.qop : "auth";
	char response[65];

	digest_compute(strcmp(algorithm, "SHA-256") == 0, str_z(username),
		       str_z(realm),
		       str_z(f.password ? f.password : "wherefore"),
		       r->method_name, str_z(to), nonce, str_z(nc),
		       STR_LIT("cn"), str_z(qop), response);
	r->authorization = str_fmt(
		&arena,
		"Digest username=\"%s\", realm=\"%s\", nonce=\"%.*s\", "
		"uri=\"%s\", response=\"%s\", algorithm=%s, cnonce=\"cn\", "
		"nc=%s, qop=%s%s",
		username, realm, STR_ARG(nonce), to, response, algorithm, nc,
		qop, f.tail ? f.tail : "");
}

static void test_nobody(void **state)
{
	struct request r = request_of("sip:romeo@elsewhere.example");

	(void)state;
	assert_int_equal(ask(&r, NOW_MS), GATE_NOBODY);
	assert_null(gatekeeper_challenge(keeper, &r, &arena, NOW_MS));
	r = request_of("tel:+1");
	assert_int_equal(ask(&r, NOW_MS), GATE_NOBODY);
}

static void test_verdicts(void **state)
{
	static const struct {
		const char *from;
		struct form form;
		enum gate expected;
	} cases[] = {
		{ "sip:romeo@example.net", { .nc = NULL }, GATE_PASS },
		{ "sip:romeo@EXAMPLE.net;gr=x", { .nc = NULL }, GATE_PASS },
		{ "sip:rome%6f@example.net:5070", { .nc = NULL }, GATE_PASS },
		{ "sip:romeo@example.net", { .nc = "1" }, GATE_PASS },
		{ "sip:romeo@example.net",
		  { .uri = "sip:juliet@EXAMPLE.com" },
		  GATE_PASS },
		{ "sip:tybalt@example.net",
		  { .username = "prince", .password = "cats" },
		  GATE_PASS },
		{ "sip:tybalt@example.net", { .nc = NULL }, GATE_REFUSE },
		{ "sip:Romeo@example.net", { .nc = NULL }, GATE_REFUSE },
		{ "sips:romeo@example.net", { .nc = NULL }, GATE_REFUSE },
		{ "sip:example.net", { .nc = NULL }, GATE_REFUSE },
		{ "sip:romeo@example.net",
		  { .password = "wrong" },
		  GATE_REFUSE },
		{ "sip:romeo@example.net",
		  { .username = "nobody" },
		  GATE_REFUSE },
		{ "sip:romeo@example.net", { .username = "" }, GATE_REFUSE },
		{ "sip:romeo@example.net",
		  { .uri = "sip:other@example.com" },
		  GATE_GARBLED },
		{ "sip:romeo@example.net", { .uri = "*" }, GATE_GARBLED },
		{ "sip:romeo@example.net", /* and known to nobody */
		  { .uri = "sip:other@example.com", .password = "wrong" },
		  GATE_REFUSE },
		{ "sip:romeo@example.net",
		  { .realm = "elsewhere" },
		  GATE_CHALLENGE },
		{ "sip:romeo@example.net",
		  { .algorithm = "MD5" },
		  GATE_CHALLENGE },
		{ "sip:romeo@example.net",
		  { .algorithm = "SHA-512-256" },
		  GATE_CHALLENGE },
		{ "sip:romeo@example.net",
		  { .qop = "auth-int" },
		  GATE_CHALLENGE },
		{ "sip:romeo@example.net", { .nc = "x" }, GATE_CHALLENGE },
		{ "sip:romeo@example.net",
		  { .nc = "123456789" },
		  GATE_CHALLENGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = request_of(cases[i].from);
		bool is_stale;
		struct str nonce;
		enum gate g;

		assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
		nonce = challenge(&r, &is_stale);
		assert_false(is_stale);
		/* A nonce of its own for each case. */
		nonce_write((char *)nonce.p, &r.source.peer, STR_LIT("verona"),
			    NOW_MS - 1000 * i, 0);
		authorize(&r, nonce, cases[i].form);
		g = ask(&r, NOW_MS);
		if (g != cases[i].expected)
			fail_msg("case %zu: %d", i, g);
	}
}

/* Thousands of phones behind one address, all in one second: none is given
 * the nonce of another, whose count it would find used. */
static void test_many_in_a_second(void **state)
{
	enum { MANY = 20000, SLOTS = 1 << 17 };
	struct request r = request_of("sip:romeo@example.net");
	char(*seen)[NONCE_BYTES] = calloc(SLOTS, NONCE_BYTES);
	bool is_stale;

	(void)state;
	assert_non_null(seen);
	assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
	for (unsigned i = 0; i < MANY; i++) {
		struct str nonce = challenge(&r, &is_stale);
		uint64_t at = keyed_hash(nonce.p, nonce.n) % SLOTS;

		for (; seen[at][0] != '\0'; at = (at + 1) % SLOTS)
			assert_memory_not_equal(seen[at], nonce.p, NONCE_BYTES);
		memcpy(seen[at], nonce.p, NONCE_BYTES);
	}
	free(seen);
}

static void test_nonces(void **state)
{
	struct request r = request_of("sip:romeo@example.net");
	struct request other = request_of("sip:romeo@example.net");
	bool is_stale;
	struct str nonce;

	(void)state;
	ask(&r, NOW_MS);
	nonce = challenge(&r, &is_stale);
	authorize(&r, nonce, (struct form){ .nc = NULL });
	assert_int_equal(ask(&r, NOW_MS), GATE_PASS);
	assert_int_equal(ask(&r, NOW_MS + 500), GATE_PASS); /* a copy */
	other.call_id = STR_LIT("c2");
	other.authorization = r.authorization;
	assert_int_equal(ask(&other, NOW_MS), GATE_CHALLENGE);
	challenge(&other, &is_stale);
	assert_true(is_stale);
	authorize(&other, nonce, (struct form){ .nc = "00000002" });
	assert_int_equal(ask(&other, NOW_MS), GATE_PASS);
	/* Too old: the phone may try again by itself. */
	authorize(&other, nonce, (struct form){ .nc = "00000003" });
	assert_int_equal(ask(&other, NOW_MS + LIFE_MS), GATE_CHALLENGE);
	challenge(&other, &is_stale);
	assert_true(is_stale);
	/* ... but not when its password is wrong. */
	authorize(&other, nonce, (struct form){ .password = "x" });
	assert_int_equal(ask(&other, NOW_MS + LIFE_MS), GATE_CHALLENGE);
	challenge(&other, &is_stale);
	assert_false(is_stale);
	/* Heard by somebody else. */
	assert_true(endpoint_read(STR_LIT("192.0.2.9"), 1, &r.source.peer));
	authorize(&r, nonce, (struct form){ .nc = "00000004" });
	assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
}

/* A copy of the last request that came in just before the nonce was over. */
static void test_late_copy(void **state)
{
	struct request r = request_of("sip:romeo@example.net");
	bool is_stale;
	struct str nonce;

	(void)state;
	ask(&r, NOW_MS);
	nonce = challenge(&r, &is_stale);
	authorize(&r, nonce, (struct form){ .nc = NULL });
	assert_int_equal(ask(&r, NOW_MS + LIFE_MS - 1), GATE_PASS);
	assert_int_equal(ask(&r, NOW_MS + LIFE_MS + 500), GATE_PASS);
	r.branch = STR_LIT("z9hG4bK2");
	assert_int_equal(ask(&r, NOW_MS + LIFE_MS + 500), GATE_CHALLENGE);
}

/* RFC 3261 §20.7, §22.3: credentials for other realms stand beside ours. */
static void test_other_realms(void **state)
{
	static const char *const other[] = {
		"Digest username=\"x\", realm=\"other\", nonce=\"y\", "
		"uri=\"z\", response=\"w\", qop=auth, cnonce=\"c\", nc=1",
		"Basic cm9tZW86eA==",
		"Digest username=\"romeo\", realm=\"verona\", "
		"algorithm=SHA-512-256, qop=auth, cnonce=\"c\"",
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(other) / sizeof(other[0]); i++) {
		struct request r = request_of("sip:romeo@example.net");
		bool is_stale;

		assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
		authorize(&r, challenge(&r, &is_stale),
			  (struct form){ .nc = NULL });
		r.authorization =
			i % 2 == 0 ? str_fmt(&arena, "%s, %.*s", other[i / 2],
					     STR_ARG(r.authorization))
				   : str_fmt(&arena, "%.*s, %s",
					     STR_ARG(r.authorization),
					     other[i / 2]);
		assert_int_equal(ask(&r, NOW_MS), GATE_PASS);
	}
}

/* A phone whose digest can never pass asks for ever: what is wrong with it is
 * said once. */
static void test_forms(void **state)
{
	static const struct {
		const char *username, *realm, *form, *told;
	} cases[] = {
		{ "nobody", "verona", "algorithm=SHA-256", "" },
		{ "romeo", "mantua", "algorithm=SHA-256", "" },
		{ "romeo", "verona", "algorithm=SHA-256, cnonce=\"c\"",
		  "a digest without qop (RFC 2069): it can be replayed" },
		{ "romeo", "verona", "algorithm=MD5", "" },
		{ "prince", "verona", "qop=auth, cnonce=\"c\", nc=00000001",
		  "MD5, and sip.md5 is off" },
		{ "prince", "verona", "algorithm=SHA-256", "" },
	};
	struct request r = request_of("sip:romeo@example.net");

	(void)state;
	assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
	assert_string_equal(told, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r.authorization = str_fmt(
			&arena,
			"Digest username=\"%s\", realm=\"%s\", nonce=\"n\", "
			"uri=\"sip:x\", response=\"r\", %s",
			cases[i].username, cases[i].realm, cases[i].form);
		assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
		assert_string_equal(told, cases[i].told);
	}
}

static void test_garbage(void **state)
{
	static const char *const bad[] = {
		"Digest",
		"Digest ",
		"Basic cm9tZW86eA==",
		"Digest =",
		",",
		"Digest username=\"romeo\", realm=\"verona\"",
		"Digest username=\"romeo\", realm=\"verona\", qop=auth, "
		"cnonce=x, algorithm=SHA-256",
		"Digest username=\"romeo\", username=\"romeo\"",
		"\"\"\"",
	};
	struct request r = request_of("sip:romeo@example.net");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r.authorization = str_z(bad[i]);
		assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
	}
}

static void test_md5(void **state)
{
	struct request r = request_of("sip:romeo@example.net");
	const struct header *h;
	bool is_stale;
	struct str nonce;

	(void)state;
	assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
	h = gatekeeper_challenge(keeper, &r, &arena, NOW_MS);
	assert_non_null(memmem(h->value.p, h->value.n, "SHA-256", 7));
	assert_non_null(memmem(h->next->value.p, h->next->value.n, "MD5", 3));
	assert_null(h->next->next);
	nonce = challenge(&r, &is_stale);
	authorize(&r, nonce, (struct form){ .algorithm = "MD5" });
	assert_int_equal(ask(&r, NOW_MS), GATE_PASS);
	/* Whose MD5 is not known does not get in by it. */
	r = request_of("sip:tybalt@example.net");
	authorize(&r, nonce,
		  (struct form){ .username = "prince",
				 .password = "cats",
				 .algorithm = "MD5",
				 .nc = "2" });
	assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
}

/* Nobody of that host could use anything else. */
static void test_md5_alone(void **state)
{
	struct request r = request_of("sip:old@old.example");
	const struct header *h;

	(void)state;
	gatekeeper_add(keeper, &(struct gatekeeper_user){
				       .uri = uri("sip:old@old.example"),
				       .username = STR("old"),
				       .realm = STR("old"),
				       .ha1_md5 = STR("00") });
	assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
	h = gatekeeper_challenge(keeper, &r, &arena, NOW_MS);
	assert_non_null(memmem(h->value.p, h->value.n, "MD5", 3));
	assert_null(h->next);
}

/* What is offered to whom, the better first; MD5 only where it is allowed. */
static void test_offers(void **state)
{
	static const struct {
		bool allows_md5;
		const char *from, *user_agent, *first, *second;
	} cases[] = {
		{ false, "sip:romeo@example.net", "", "SHA-256", NULL },
		{ false, "sip:romeo@example.net", "baresip v1", "SHA-256",
		  NULL },
		{ false, "sip:nobody@example.net", "", "SHA-256", NULL },
		{ true, "sip:romeo@example.net", "", "SHA-256", "MD5" },
		{ true, "sip:nobody@example.net", "Linphone", "SHA-256",
		  "MD5" },
		{ true, "sip:romeo@example.net", "not baresip", "SHA-256",
		  "MD5" },
		/* They give up at the sight of SHA-256. */
		{ true, "sip:romeo@example.net", "baresip v1", "MD5", NULL },
		{ true, "sip:romeo@example.net", "Twinkle/1.10", "MD5", NULL },
		{ true, "sip:nobody@example.net", "Baresip", "MD5", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = request_of(cases[i].from);
		const struct header *h;
		const char *second;

		gatekeeper_destroy(&keeper);
		open_keeper(cases[i].allows_md5);
		r.user_agent = str_z(cases[i].user_agent);
		assert_int_equal(ask(&r, NOW_MS), GATE_CHALLENGE);
		h = gatekeeper_challenge(keeper, &r, &arena, NOW_MS);
		second = cases[i].second;
		if (memmem(h->value.p, h->value.n, cases[i].first,
			   strlen(cases[i].first)) == NULL ||
		    (h->next != NULL) != (second != NULL))
			fail_msg("case %zu: %.*s", i, STR_ARG(h->value));
		if (second != NULL)
			assert_non_null(memmem(h->next->value.p,
					       h->next->value.n, second,
					       strlen(second)));
	}
}

/* Credentials of a password whose hash is no hash at all. */
static void authorize_by_nothing(struct request *r, struct str nonce,
				 const char *username, bool is_sha256)
{
	char ha2[65], response[65];
	struct str rest;

	digest_ha1(is_sha256, STR_LIT("MESSAGE"), STR_LIT("sip"),
		   STR_LIT("juliet@example.com"), ha2);
	rest = str_fmt(&arena, "00000001:cn:auth:%s", ha2);
	digest_ha1(is_sha256, STR_NONE, nonce, rest, response);
	r->authorization = str_fmt(
		&arena,
		"Digest username=\"%s\", realm=\"verona\", nonce=\"%.*s\", "
		"uri=\"sip:juliet@example.com\", response=\"%s\", "
		"algorithm=%s, cnonce=\"cn\", nc=00000001, qop=auth",
		username, STR_ARG(nonce), response,
		is_sha256 ? "SHA-256" : "MD5");
}

/* A hash that is not known is not an empty one. */
static void test_no_hash(void **state)
{
	static const struct {
		const char *from, *username;
		bool is_sha256;
	} cases[] = {
		{ "sip:tybalt@example.net", "prince", false },
		{ "sip:old@example.net", "old", true },
		{ "sip:romeo@example.net", "nobody", true },
		{ "sip:romeo@example.net", "romeo", true },
	};

	(void)state;
	gatekeeper_add(keeper, &(struct gatekeeper_user){
				       .uri = uri("sip:old@example.net"),
				       .username = STR("old"),
				       .realm = STR("verona"),
				       .ha1_md5 = STR("00") });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = request_of(cases[i].from);
		bool is_stale;

		ask(&r, NOW_MS);
		authorize_by_nothing(&r, challenge(&r, &is_stale),
				     cases[i].username, cases[i].is_sha256);
		assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
	}
}

/* Names longer than any user's, and hosts. */
static void test_too_long(void **state)
{
	char name[2000];

	(void)state;
	for (size_t n = 1; n < sizeof(name) - 1; n += 7) {
		struct request r = request_of("sip:romeo@example.net");
		bool is_stale;

		memset(name, 'n', n);
		name[n] = '\0';
		ask(&r, NOW_MS);
		authorize(&r, challenge(&r, &is_stale),
			  (struct form){ .username = name });
		assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
		r.from.uri.host = str_z(name);
		assert_int_equal(ask(&r, NOW_MS), GATE_NOBODY);
		r = request_of("sip:romeo@example.net");
		r.from.uri.user = str_z(name);
		assert_false(gatekeeper_knows(keeper, &r.from.uri));
	}
}

static const struct gatekeeper_user second = { .username = STR("second"),
					       .realm = STR("verona"),
					       .password = STR("p") };

/* Who comes and goes takes nobody else along. */
static void test_remove(void **state)
{
	struct request r = request_of("sip:romeo@example.net");
	struct gatekeeper_user other = second;
	bool is_stale;

	(void)state;
	other.uri = uri("sip:romeo@example.net"); /* one address, two names */
	gatekeeper_add(keeper, &other);
	assert_true(gatekeeper_knows(keeper, &r.from.uri));
	ask(&r, NOW_MS);
	authorize(&r, challenge(&r, &is_stale),
		  (struct form){ .username = "second", .password = "p" });
	assert_int_equal(ask(&r, NOW_MS), GATE_PASS);
	assert_true(gatekeeper_remove(keeper, STR_LIT("verona"),
				      STR_LIT("second")));
	assert_false(gatekeeper_remove(keeper, STR_LIT("verona"),
				       STR_LIT("second")));
	assert_false(
		gatekeeper_remove(keeper, STR_LIT("other"), STR_LIT("romeo")));
	assert_true(gatekeeper_knows(keeper, &r.from.uri));
	r.branch = STR_LIT("z9hG4bK2");
	assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
	authorize(&r, challenge(&r, &is_stale), (struct form){ .nc = NULL });
	assert_int_equal(ask(&r, NOW_MS), GATE_PASS);
	assert_true(
		gatekeeper_remove(keeper, STR_LIT("verona"), STR_LIT("romeo")));
	assert_false(gatekeeper_knows(keeper, &r.from.uri));
	r.branch = STR_LIT("z9hG4bK3");
	assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
}

/* A new password takes the place of the old one. */
static void test_changed(void **state)
{
	struct request r = request_of("sip:romeo@example.net");
	struct gatekeeper_user same = second;
	bool is_stale;

	(void)state;
	same.username = STR_LIT("romeo");
	same.uri = uri("sip:romeo@example.net");
	gatekeeper_add(keeper, &same);
	ask(&r, NOW_MS);
	authorize(&r, challenge(&r, &is_stale), (struct form){ .nc = NULL });
	assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
	authorize(&r, challenge(&r, &is_stale),
		  (struct form){ .password = "p" });
	assert_int_equal(ask(&r, NOW_MS), GATE_PASS);
	/* Nothing of the old one is behind it. */
	assert_true(
		gatekeeper_remove(keeper, STR_LIT("verona"), STR_LIT("romeo")));
	assert_false(gatekeeper_knows(keeper, &r.from.uri));
	authorize(&r, challenge(&r, &is_stale), (struct form){ .nc = NULL });
	assert_int_equal(ask(&r, NOW_MS), GATE_REFUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_in_a_second, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_late_copy, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_other_realms, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_md5, setup_md5, teardown),
		cmocka_unit_test_setup_teardown(test_md5_alone, setup_md5,
						teardown),
		cmocka_unit_test_setup_teardown(test_offers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_hash, setup_md5,
						teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remove, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
