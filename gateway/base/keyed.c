#include "gateway/base/keyed.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { RANDOM_POOL_BYTES = 4096 };

static struct {
	pthread_once_t once;
	uint64_t key[2];
} keyed = { .once = PTHREAD_ONCE_INIT };

/* Each thread has its own pool, so that none needs a lock. */
static _Thread_local struct {
	unsigned char bytes[RANDOM_POOL_BYTES];
	size_t left; /* unused bytes, at the end */
} pool;

static void draw(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

static void key_draw(void)
{
	draw(keyed.key, sizeof(keyed.key));
}

struct hash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void rounds(struct hash_state *s, int n)
{
	for (int i = 0; i < n; i++) {
		s->v0 += s->v1;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v2 = rotl(s->v2, 32);
	}
}

static inline uint64_t load_le(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	if (n == 8) {
		memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		return v;
	}
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* SipHash-2-4 (Aumasson, Bernstein 2012) up to the finalization; wide is 0xee
 * for the 128-bit variant, which starts with another v1. */
static inline struct hash_state absorb(const uint64_t key[2], uint64_t wide,
				       const void *p, size_t n)
{
	struct hash_state s = {
		.v0 = key[0] ^ 0x736f6d6570736575U,
		.v1 = key[1] ^ 0x646f72616e646f6dU ^ wide,
		.v2 = key[0] ^ 0x6c7967656e657261U,
		.v3 = key[1] ^ 0x7465646279746573U,
	};
	const unsigned char *at = p;
	uint64_t m;
	size_t left;

	for (left = n; left >= 8; left -= 8, at += 8) {
		m = load_le(at, 8);
		s.v3 ^= m;
		rounds(&s, 2);
		s.v0 ^= m;
	}
	m = (uint64_t)n << 56 | load_le(at, left);
	s.v3 ^= m;
	rounds(&s, 2);
	s.v0 ^= m;
	return s;
}

uint64_t keyed_siphash(const uint64_t key[2], const void *p, size_t n)
{
	struct hash_state s = absorb(key, 0, p, n);

	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

struct keyed128 keyed_siphash128(const uint64_t key[2], const void *p, size_t n)
{
	struct hash_state s = absorb(key, 0xee, p, n);
	struct keyed128 h;

	s.v2 ^= 0xee;
	rounds(&s, 4);
	h.a = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	s.v1 ^= 0xdd;
	rounds(&s, 4);
	h.b = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	return h;
}

uint64_t keyed_hash(const void *p, size_t n)
{
	pthread_once(&keyed.once, key_draw);
	return keyed_siphash(keyed.key, p, n);
}

struct keyed128 keyed_hash128(const void *p, size_t n)
{
	pthread_once(&keyed.once, key_draw);
	return keyed_siphash128(keyed.key, p, n);
}

void keyed_random(void *p, size_t n)
{
	unsigned char *at;

	if (n > sizeof(pool.bytes) / 4) {
		draw(p, n);
		return;
	}
	if (pool.left < n) {
		draw(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
	}
	/* What was given away must not be found in memory later. */
	at = pool.bytes + sizeof(pool.bytes) - pool.left;
	memcpy(p, at, n);
	memset(at, 0, n);
	pool.left -= n;
}

void keyed_token(char *out, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t random;

	/* Five bits a letter. */
	while (n > 0) {
		size_t step = n < 12 ? n : 12;

		keyed_random(&random, sizeof(random));
		for (size_t i = 0; i < step; i++, random >>= 5)
			out[i] = letters[random & 31];
		out += step;
		n -= step;
	}
}
