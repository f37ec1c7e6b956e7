#include "gateway/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRBUF_FIRST_BYTES = 256 };

void strbuf_init(struct strbuf *b, size_t limit)
{
	*b = (struct strbuf){ .limit = limit };
}

void strbuf_fini(struct strbuf *b)
{
	free(b->p);
	*b = (struct strbuf){ .limit = b->limit };
}

void strbuf_reset(struct strbuf *b)
{
	b->n = 0;
	b->overflow = false;
}

void strbuf_truncate(struct strbuf *b, size_t n)
{
	if (n < b->n)
		b->n = n;
	b->overflow = false;
}

void strbuf_shift(struct strbuf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	if (n > 0)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

/* need is within the limit; the byte more is for vsnprintf's NUL. */
static void grow(struct strbuf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : STRBUF_FIRST_BYTES;

	while (cap < need + 1 && cap <= SIZE_MAX / 2)
		cap *= 2;
	if (cap > b->limit)
		cap = b->limit + 1;
	if (cap < need + 1)
		cap = need + 1;
	b->p = realloc(b->p, cap);
	if (b->p == NULL)
		abort();
	b->cap = cap;
}

static bool reserve_more(struct strbuf *b, size_t n)
{
	if (b->overflow)
		return false;
	if (b->n > b->limit || n > b->limit - b->n || n >= PTRDIFF_MAX) {
		b->overflow = true;
		return false;
	}
	if (b->cap - b->n <= n)
		grow(b, b->n + n);
	return true;
}

/* Makes room for n more bytes (and a NUL); false, and sticky, beyond the
 * limit. */
static inline bool reserve(struct strbuf *b, size_t n)
{
	return strbuf_has_room(b, n) || reserve_more(b, n);
}

/* The copy last: with nothing to be done behind it, it costs no call. */
static inline void append(struct strbuf *b, struct str s)
{
	char *at = b->p + b->n;

	b->n += s.n;
	memcpy(at, s.p, s.n);
}

/* Apart, lest strbuf_add saves registers for it each time. */
__attribute__((noinline)) static void add_growing(struct strbuf *b,
						  struct str s)
{
	if (reserve_more(b, s.n))
		append(b, s);
}

void strbuf_add(struct strbuf *b, struct str s)
{
	if (s.n == 0)
		return;
	if (strbuf_has_room(b, s.n))
		append(b, s);
	else
		add_growing(b, s);
}

void strbuf_addu(struct strbuf *b, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	strbuf_add(b, (struct str){ digits + i, sizeof(digits) - i });
}

void strbuf_addhex(struct strbuf *b, const void *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	if (n > SIZE_MAX / 2) {
		b->overflow = true;
		return;
	}
	if (n == 0 || !reserve(b, 2 * n))
		return;
	for (size_t i = 0; i < n; i++) {
		b->p[b->n++] = hex[p[i] >> 4];
		b->p[b->n++] = hex[p[i] & 15];
	}
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	if (b->overflow)
		return;
	/* The first try writes into the room that is there. */
	room = b->cap - b->n;
	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->overflow = true;
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
}

struct str strbuf_str(const struct strbuf *b)
{
	return (struct str){ b->p, b->n };
}
