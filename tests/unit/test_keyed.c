#include "gateway/base/keyed.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

/* The reference vectors: key 00..0f, input 00, 00 01, ... */
static const uint64_t key[2] = { 0x0706050403020100U, 0x0f0e0d0c0b0a0908U };

static void siphash_is_siphash(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} cases[] = {
		{ 0, 0x726fdb47dd0e0e31U },  { 1, 0x74f839c593dc67fdU },
		{ 7, 0xab0200f58b01d137U },  { 8, 0x93f5f5799a932462U },
		{ 15, 0xa129ca6149be45e5U }, { 63, 0x958a324ceb064572U },
	};
	unsigned char in[64];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(keyed_siphash(key, in, cases[i].n),
				 cases[i].hash);
}

static void siphash128_is_siphash128(void **state)
{
	struct keyed128 h = keyed_siphash128(key, "", 0);

	(void)state;
	assert_int_equal(h.a, 0xe6a825ba047f81a3U);
	assert_int_equal(h.b, 0x930255c71472f66dU);
	h = keyed_siphash128(key, "\0", 1);
	assert_int_equal(h.a, 0x44af996bd8c187daU);
	assert_int_equal(h.b, 0x45fc229b11597634U);
}

static void hash_is_stable_and_sensitive(void **state)
{
	char in[40] = "the same words, the same hash";
	uint64_t h = keyed_hash(in, sizeof(in));
	struct keyed128 wide = keyed_hash128(in, sizeof(in));

	(void)state;
	assert_int_equal(keyed_hash(in, sizeof(in)), h);
	assert_int_equal(keyed_hash128(in, sizeof(in)).a, wide.a);
	assert_int_not_equal(keyed_hash(in, sizeof(in) - 1), h);
	/* Not the key of the vectors, nor one of zeros. */
	assert_int_not_equal(keyed_siphash(key, in, sizeof(in)), h);
	assert_int_not_equal(
		keyed_siphash((uint64_t[2]){ 0, 0 }, in, sizeof(in)), h);
	in[39] ^= 1;
	assert_int_not_equal(keyed_hash(in, sizeof(in)), h);
	assert_int_not_equal(keyed_hash128(in, sizeof(in)).a, wide.a);
	assert_int_not_equal(keyed_hash128(in, sizeof(in)).b, wide.b);
}

/* Alignment does not matter. */
static void hash_reads_anywhere(void **state)
{
	char buf[64];
	uint64_t h = keyed_hash("0123456789abcdef", 16);

	(void)state;
	for (size_t at = 0; at < 16; at++) {
		memcpy(buf + at, "0123456789abcdef", 16);
		assert_int_equal(keyed_hash(buf + at, 16), h);
	}
}

/* Over the pool's end and for more than it holds: every byte gets written,
 * and no two draws are the same. */
static void random_fills_all(void **state)
{
	static unsigned char a[10000], b[10000];
	static const size_t sizes[] = { 8, 100, 1000, 1024, 1025, 5000, 10000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = sizes[i];
		bool differs = false;

		for (int round = 0; round < 50; round++) {
			memset(a, 0, n);
			keyed_random(a, n);
			assert_memory_not_equal(a, b, n);
			memcpy(b, a, n);
			differs |= a[0] != 0 && a[n - 1] != 0;
		}
		assert_true(differs);
	}
	keyed_random(a, 0);
}

static void token_is_of_its_alphabet(void **state)
{
	char token[200], last[200] = "";
	bool seen[256] = { false };
	unsigned letters = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		token[150] = '!';
		keyed_token(token, 150);
		assert_int_equal(token[150], '!');
		for (size_t i = 0; i < 150; i++) {
			char c = token[i];

			assert_true((c >= 'a' && c <= 'z') ||
				    (c >= '0' && c <= '9'));
			seen[(unsigned char)c] = true;
		}
		assert_memory_not_equal(token, last, 12);
		memcpy(last, token, 150);
	}
	for (size_t i = 0; i < 256; i++)
		letters += seen[i];
	assert_int_equal(letters, 32); /* five bits a letter */
}

static void *draw_token(void *arg)
{
	keyed_token(arg, 24);
	return NULL;
}

static void threads_draw_apart(void **state)
{
	char tokens[4][24];
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, draw_token,
						tokens[i]),
				 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(tokens[i], tokens[k], 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_is_siphash),
		cmocka_unit_test(siphash128_is_siphash128),
		cmocka_unit_test(hash_is_stable_and_sensitive),
		cmocka_unit_test(hash_reads_anywhere),
		cmocka_unit_test(random_fills_all),
		cmocka_unit_test(token_is_of_its_alphabet),
		cmocka_unit_test(threads_draw_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
