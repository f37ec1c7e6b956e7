#ifndef STOX_BASE_OCTETS_H
#define STOX_BASE_OCTETS_H
#include <stdint.h>
#include <string.h>

/* Eight bytes of a text looked at as one number. A result is 0 if and only if
 * no byte is what is asked for; which one it is is left to a slower look. What
 * is asked of the same eight is or-ed. */
enum { OCTETS = 8 };

#define OCTETS_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t octets_load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* Any below c, which is 1 to 0x80? */
static inline uint64_t octets_below(uint64_t w, unsigned char c)
{
	return (w - OCTETS_OF(c)) & ~w & OCTETS_OF(0x80);
}

/* Any from 0x80 on? */
static inline uint64_t octets_high(uint64_t w)
{
	return w & OCTETS_OF(0x80);
}

static inline uint64_t octets_equal(uint64_t w, unsigned char c)
{
	return octets_below(w ^ OCTETS_OF(c), 1);
}

/* Any that is c but for the bits of mask, which c has? */
static inline uint64_t octets_equal_but(uint64_t w, unsigned char c,
					unsigned char mask)
{
	return octets_equal(w | OCTETS_OF(mask), c);
}

#endif
