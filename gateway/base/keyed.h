#ifndef STOX_BASE_KEYED_H
#define STOX_BASE_KEYED_H
#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 under a key drawn from the kernel at first use: process-wide on
 * purpose, so that no table can be built without it. */
uint64_t keyed_hash(const void *p, size_t n);
/* Two independent halves, where 64 bits are too few to tell requests apart. */
struct keyed128 {
	uint64_t a, b;
};
struct keyed128 keyed_hash128(const void *p, size_t n);
/* The same under a given key: for tests, and where two processes must agree. */
uint64_t keyed_siphash(const uint64_t key[2], const void *p, size_t n);
struct keyed128 keyed_siphash128(const uint64_t key[2], const void *p,
				 size_t n);
/* Fills p with n random bytes of the kernel's generator (buffered). */
void keyed_random(void *p, size_t n);
/* n random lower-case letters and digits into out (no NUL): tags, branches,
 * ids. 12 characters carry 60 bits. */
void keyed_token(char *out, size_t n);

#endif
