#include "sip/nonce.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { LIFE_MS = 60000 };

static union endpoint at(const char *host, uint16_t port)
{
	union endpoint e;

	assert_true(endpoint_read(str_z(host), port, &e));
	return e;
}

static struct str make(char out[NONCE_BYTES], const char *host, uint64_t ms)
{
	static uint32_t number = UINT32_MAX;
	union endpoint e = at(host, 5060);

	nonce_write(out, &e, STR_LIT("realm"), ms, number++);
	return (struct str){ out, NONCE_BYTES };
}

static void test_check(void **state)
{
	static const struct {
		const char *host, *realm;
		uint64_t at_ms;
		enum nonce_state expected;
	} cases[] = {
		{ "192.0.2.1", "realm", 5000, NONCE_GOOD },
		{ "192.0.2.1", "realm", 5000 + LIFE_MS - 1, NONCE_GOOD },
		{ "192.0.2.1", "realm", 5000 + LIFE_MS, NONCE_STALE },
		{ "192.0.2.2", "realm", 5000, NONCE_FOREIGN },
		{ "::ffff:192.0.2.1", "realm", 5000, NONCE_FOREIGN },
		{ "192.0.2.1", "other", 5000, NONCE_FOREIGN },
		{ "192.0.2.1", "", 5000, NONCE_FOREIGN },
	};
	char text[NONCE_BYTES];
	struct str nonce = make(text, "192.0.2.1", 5000);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Whatever the port. */
		union endpoint e = at(cases[i].host, 1234);

		assert_int_equal(nonce_check(nonce, &e, str_z(cases[i].realm),
					     cases[i].at_ms, LIFE_MS),
				 cases[i].expected);
	}
}

static void test_check_ipv6(void **state)
{
	static const struct {
		const char *host;
		enum nonce_state expected;
	} cases[] = {
		{ "2001:db8::1", NONCE_GOOD },
		{ "2001:db8::2", NONCE_FOREIGN },
		{ "2001:db9::1", NONCE_FOREIGN },
		{ "192.0.2.1", NONCE_FOREIGN },
	};
	char text[NONCE_BYTES];
	struct str nonce = make(text, "2001:db8::1", 5000);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union endpoint e = at(cases[i].host, 1234);

		assert_int_equal(
			nonce_check(nonce, &e, STR_LIT("realm"), 5000, LIFE_MS),
			cases[i].expected);
	}
}

/* Longer than any that the settings take. */
static void test_long_realm(void **state)
{
	char text[NONCE_BYTES], realm[1000];
	union endpoint e = at("192.0.2.1", 1);
	struct str r = { realm, sizeof(realm) };

	(void)state;
	memset(realm, 'r', sizeof(realm));
	nonce_write(text, &e, r, 5000, 1);
	assert_int_equal(nonce_check((struct str){ text, NONCE_BYTES }, &e, r,
				     5000, LIFE_MS),
			 NONCE_GOOD);
}

/* No digit of it can be changed, and nothing else is taken for one. */
static void test_forged(void **state)
{
	static const char *const bad[] = { "", "0",
					   "00000000000000000000000000",
					   "000000000000000000000000000",
					   "zzzzzzzzzzzzzzzzzzzzzzzzzz" };
	union endpoint e = at("2001:db8::1", 1);
	char text[NONCE_BYTES];
	struct str nonce = make(text, "2001:db8::1", 5000);

	(void)state;
	for (size_t i = 0; i < NONCE_BYTES; i++) {
		char was = text[i];

		text[i] = was == '0' ? '1' : '0';
		assert_int_equal(
			nonce_check(nonce, &e, STR_LIT("realm"), 5000, LIFE_MS),
			NONCE_FOREIGN);
		text[i] = was;
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(nonce_check(str_z(bad[i]), &e,
					     STR_LIT("realm"), 5000, LIFE_MS),
				 NONCE_FOREIGN);
}

/* Two challenges at the same time must not share their counts. */
static void test_alone(void **state)
{
	char a[NONCE_BYTES], b[NONCE_BYTES];

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(str_eq(make(a, "192.0.2.1", 5000),
				    make(b, "192.0.2.1", 5000)));
}

static void test_counts(void **state)
{
	static const struct {
		uint32_t count;
		uint64_t request;
		uint64_t ms; /* behind the start */
		enum nonce_use expected;
	} cases[] = {
		{ 1, 11, 0, NONCE_NEW },
		{ 1, 11, 10, NONCE_AGAIN },
		{ 1, 12, 20, NONCE_USED },
		{ 0, 13, 20, NONCE_USED },
		{ 5, 15, 30, NONCE_NEW },
		{ 3, 13, 40, NONCE_NEW }, /* overtaken */
		{ 3, 13, 50, NONCE_AGAIN },
		{ 3, 33, 50, NONCE_USED },
		{ 1, 34, 50, NONCE_USED }, /* still known behind a gap */
		{ 100, 16, 60, NONCE_NEW },
		{ 36, 17, 60, NONCE_USED }, /* too far behind to know */
		{ 37, 18, 60, NONCE_NEW },
		{ 5, 15, 70, NONCE_AGAIN },
		{ 164, 21, 75, NONCE_NEW }, /* as far ahead as is remembered */
		{ 100, 22, 75, NONCE_USED },
		{ 101, 22, 75, NONCE_NEW },
		{ 0xffffffff, 19, 80, NONCE_NEW },
		{ 0xffffffff, 20, 80, NONCE_USED },
		{ 100, 16, 90, NONCE_AGAIN },
		{ 100, 16, 60 + NONCE_AGAIN_MS, NONCE_USED },
	};
	struct nonces *n = nonces_create(10, LIFE_MS);
	char text[NONCE_BYTES];
	struct str nonce = make(text, "192.0.2.1", 5000);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum nonce_use use =
			nonces_use(n, nonce, cases[i].count, cases[i].request,
				   5000 + cases[i].ms);

		if (use != cases[i].expected)
			fail_msg("case %zu: %d", i, use);
	}
	assert_int_equal(nonces_count(n), 1);
	assert_true(nonces_is_copy(n, nonce, 0xffffffff, 19, 5100));
	assert_false(nonces_is_copy(n, nonce, 0xffffffff, 20, 5100));
	assert_false(nonces_is_copy(n, nonce, 5, 19, 5100));
	assert_false(nonces_is_copy(n, STR_LIT("5"), 5, 15, 5100));
	assert_false(nonces_is_copy(n, make(text, "192.0.2.1", 5000),
				    0xffffffff, 19, 5100));
	nonces_destroy(&n);
	assert_null(n);
	nonces_destroy(&n);
}

/* Memory is bounded, and what made room cannot be used a second time. */
static void test_room(void **state)
{
	struct nonces *n = nonces_create(3, LIFE_MS);
	char text[10][NONCE_BYTES];
	struct str nonces[10];

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		nonces[i] = make(text[i], "192.0.2.1", 5000 + i * 1000);
		assert_int_equal(nonces_use(n, nonces[i], 1, i, 20000),
				 NONCE_NEW);
		assert_in_range(nonces_count(n), 1, 3);
	}
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(nonces_use(n, nonces[i], 1, 100, 20000),
				 i < 7 ? NONCE_LOST : NONCE_USED);
	/* Those that are over go without harm to younger ones. */
	nonces[0] = make(text[0], "192.0.2.1", 200000);
	assert_int_equal(nonces_use(n, nonces[0], 1, 1, 200000), NONCE_NEW);
	assert_in_range(nonces_count(n), 1, 3);
	nonces_destroy(&n);
}

/* Nothing is forgotten of one that is still good, whoever else comes. */
static void test_kept(void **state)
{
	struct nonces *n = nonces_create(100, LIFE_MS);
	uint64_t end_ms = 5000 + LIFE_MS - 1;
	char text[NONCE_BYTES], other[NONCE_BYTES];
	struct str nonce = make(text, "192.0.2.1", 5000);

	(void)state;
	assert_int_equal(nonces_use(n, nonce, 1, 1, 5000), NONCE_NEW);
	for (uint64_t ms = 5000; ms < end_ms; ms += 1000)
		assert_int_equal(
			nonces_use(n, make(other, "192.0.2.1", ms), 1, 1, ms),
			NONCE_NEW);
	assert_int_equal(nonces_use(n, nonce, 1, 2, end_ms), NONCE_USED);
	nonces_destroy(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_check_ipv6),
		cmocka_unit_test(test_long_realm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
