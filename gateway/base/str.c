#include "gateway/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "gateway/base/arena.h"

static unsigned char fold(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool str_ieq_bytes(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] && fold(a[i]) != fold(b[i]))
			return false;
	}
	return true;
}

struct str str_trim_blanks(struct str s)
{
	while (s.n > 0 && str_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && str_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str all = *rest;
	size_t i = str_find(all, sep);

	*rest = i < all.n ? str_from(all, i + 1) : STR_NONE;
	return str_head(all, i);
}

bool str_to_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*out = v;
	return true;
}

bool str_to_u32(struct str s, uint32_t *out)
{
	uint64_t v;

	if (!str_to_u64(s, &v) || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* RFC 3629 §4: how many bytes a lead byte asks for, and the range in which
 * the second must lie to keep out overlong forms, surrogates and code points
 * above U+10FFFF. */
static const struct {
	unsigned char first, last, bytes, low, high;
} leads[] = {
	{ 0xC2, 0xDF, 2, 0x80, 0xBF }, { 0xE0, 0xE0, 3, 0xA0, 0xBF },
	{ 0xE1, 0xEC, 3, 0x80, 0xBF }, { 0xED, 0xED, 3, 0x80, 0x9F },
	{ 0xEE, 0xEF, 3, 0x80, 0xBF }, { 0xF0, 0xF0, 4, 0x90, 0xBF },
	{ 0xF1, 0xF3, 4, 0x80, 0xBF }, { 0xF4, 0xF4, 4, 0x80, 0x8F },
};

/* The length of the sequence at p[0..n), n > 0; 0 when it is not UTF-8. */
static size_t sequence_bytes(const unsigned char *p, size_t n)
{
	size_t k = 0;

	if (p[0] < 0x80)
		return 1;
	while (k < sizeof(leads) / sizeof(leads[0]) && p[0] > leads[k].last)
		k++;
	if (k == sizeof(leads) / sizeof(leads[0]) || p[0] < leads[k].first)
		return 0;
	if (n < leads[k].bytes || p[1] < leads[k].low || p[1] > leads[k].high)
		return 0;
	for (size_t i = 2; i < leads[k].bytes; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	}
	return leads[k].bytes;
}

bool str_is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

bool str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0, step;

	while (i < s.n) {
		uint64_t eight;

		if (s.n - i >= sizeof(eight)) {
			memcpy(&eight, p + i, sizeof(eight));
			if ((eight & 0x8080808080808080U) == 0) {
				i += sizeof(eight);
				continue;
			}
		}
		step = sequence_bytes(p + i, s.n - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

uint32_t str_utf8_next(struct str s, size_t *i)
{
	const unsigned char *p = (const unsigned char *)s.p + *i;
	size_t n = sequence_bytes(p, s.n - *i);
	uint32_t c;

	if (n == 0) {
		*i += 1;
		return 0xFFFD;
	}
	*i += n;
	if (n == 1)
		return p[0];
	c = p[0] & (0x7FU >> n);
	for (size_t k = 1; k < n; k++)
		c = c << 6 | (p[k] & 0x3FU);
	return c;
}

size_t str_utf8_put(char *p, uint32_t c)
{
	static const unsigned char marks[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		p[i] = (char)(0x80 | (c & 0x3F));
	p[0] = (char)(marks[n] | c);
	return n;
}

struct str str_utf8_head(struct str s, size_t n)
{
	if (s.n <= n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return str_head(s, n);
}

unsigned str_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

struct str str_dup(struct arena *a, struct str s)
{
	char *p;

	if (s.n == 0)
		return STR_NONE;
	p = arena_alloc(a, s.n);
	memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

char *str_dupz(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct str str_lower(struct arena *a, struct str s)
{
	char *p;

	if (s.n == 0)
		return STR_NONE;
	p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)fold(s.p[i]);
	return (struct str){ p, s.n };
}

struct str str_lowered(struct arena *a, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return str_lower(a, s);
	}
	return s;
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){ p, (size_t)n };
}

struct str str_heap(struct str s)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		abort();
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

struct str str_put(char **at, struct str s)
{
	struct str copy = { *at, s.n };

	if (s.n == 0)
		return STR_NONE;
	memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

void str_free(struct str *s)
{
	free((char *)(uintptr_t)s->p);
	*s = STR_NONE;
}
