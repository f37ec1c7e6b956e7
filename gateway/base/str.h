#ifndef STOX_BASE_STR_H
#define STOX_BASE_STR_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/* A borrowed slice of bytes; not NUL-terminated. p may be NULL when n is 0. */
struct str {
	const char *p;
	size_t n;
};

/* STR("text"): a slice of a literal, usable in initialisers too. */
#define STR(lit)                                                               \
	{                                                                      \
		(lit), sizeof(lit) - 1                                         \
	}
#define STR_LIT(lit) ((struct str)STR(lit))
#define STR_NONE     ((struct str){ NULL, 0 })
/* For "%.*s". */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

/* NULL gives STR_NONE. Inline, as what stands on it: of a literal the length is
 * known then. */
static inline struct str str_z(const char *z)
{
	return z != NULL ? (struct str){ z, strlen(z) } : STR_NONE;
}

/* Inline as far as the lengths: they tell most apart. */
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_ieq_bytes(const char *a, const char *b, size_t n);
static inline bool str_ieq(struct str a, struct str b) /* ASCII case folded */
{
	return a.n == b.n && str_ieq_bytes(a.p, b.p, a.n);
}

static inline bool str_eqz(struct str a, const char *z)
{
	return str_eq(a, str_z(z));
}

static inline bool str_ieqz(struct str a, const char *z)
{
	return str_ieq(a, str_z(z));
}

static inline bool str_starts(struct str s, const char *prefix)
{
	struct str p = str_z(prefix);

	return s.n >= p.n && str_eq((struct str){ s.p, p.n }, p);
}

static inline bool str_istarts(struct str s, const char *prefix)
{
	struct str p = str_z(prefix);

	return s.n >= p.n && str_ieq((struct str){ s.p, p.n }, p);
}

static inline bool str_is_blank(char c) /* blank, tab, CR, LF */
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim_blanks(struct str s);
/* Without blanks at both ends; as a rule there are none. */
static inline struct str str_trim(struct str s)
{
	if (s.n == 0 || !(str_is_blank(s.p[0]) || str_is_blank(s.p[s.n - 1])))
		return s;
	return str_trim_blanks(s);
}

/* Index of the first c, or s.n. */
static inline size_t str_find(struct str s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

/* From index i on (clamped). Nothing is added to a null pointer; clang's
 * analyser must not see that asked, or it sees one everywhere. */
static inline struct str str_from(struct str s, size_t i)
{
	if (i > s.n)
		i = s.n;
#ifndef __clang_analyzer__
	if (s.p == NULL)
		return s;
#endif
	return (struct str){ s.p + i, s.n - i };
}

/* The first n bytes (clamped). */
static inline struct str str_head(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

/* Cuts *rest at the first sep: returns what is before, leaves what is behind
 * in *rest; without sep returns all and leaves *rest empty with p == NULL. */
struct str str_cut(struct str *rest, char sep);
/* Decimal digits only, all of s, in range; else false, *out untouched. */
bool str_to_u32(struct str s, uint32_t *out);
bool str_to_u64(struct str s, uint64_t *out);
/* Valid UTF-8 (no overlong forms, surrogates, or above U+10FFFF). */
bool str_is_ascii(struct str s);
bool str_is_utf8(struct str s);
/* Reads one code point at *i and moves *i behind it; U+FFFD and one byte on
 * for what is not UTF-8. *i must be < s.n. */
uint32_t str_utf8_next(struct str s, size_t *i);
/* Writes the code point c to p, where there is room for four bytes; returns how
 * many it took. */
size_t str_utf8_put(char *p, uint32_t c);
/* The first n bytes at most, and none of a character that they would cut. */
struct str str_utf8_head(struct str s, size_t n);
/* 0..15 of a hexadecimal digit, in either case; 16 for all else. */
unsigned str_hex_value(char c);

/* Copies into an arena; str_dupz adds a NUL. */
struct str str_dup(struct arena *a, struct str s);
char *str_dupz(struct arena *a, struct str s);
struct str str_lower(struct arena *a, struct str s); /* ASCII */
/* The same, but s itself where there is nothing to change. */
struct str str_lowered(struct arena *a, struct str s);
/* Formats into an arena. */
struct str str_fmt(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* malloc'd copy with a NUL behind it; n is without it. Owner frees .p. */
struct str str_heap(struct str s);
/* Copies s to *at and moves *at behind it: for texts that share an allocation.
 * The copy; none of none. */
struct str str_put(char **at, struct str s);
void str_free(struct str *s); /* frees what str_heap gave; s becomes none */

/* A growing buffer with a hard limit. The first append that would pass the
 * limit sets overflow, and from then on nothing is appended: one check at the
 * end is enough. Heap memory, kept over resets. */
struct strbuf {
	char *p;
	size_t n, cap;
	size_t limit; /* bytes; may be raised or lowered between appends */
	bool overflow;
};

void strbuf_init(struct strbuf *b, size_t limit);
void strbuf_fini(struct strbuf *b);
void strbuf_reset(struct strbuf *b); /* n = 0, overflow off, memory kept */
/* Back to n bytes, overflow off: takes back what was appended since. */
void strbuf_truncate(struct strbuf *b, size_t n);
void strbuf_shift(struct strbuf *b, size_t n); /* drops the first n bytes */
void strbuf_add(struct strbuf *b, struct str s);
/* Room for n bytes and a NUL, as nearly always. */
static inline bool strbuf_has_room(const struct strbuf *b, size_t n)
{
	return n < b->cap - b->n && b->n + n <= b->limit && !b->overflow;
}

/* The same as strbuf_add, where s is short or of a length that the compiler
 * knows: it costs no call then. */
static inline void strbuf_add_short(struct strbuf *b, struct str s)
{
	if (!strbuf_has_room(b, s.n)) {
		strbuf_add(b, s);
		return;
	}
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

static inline void strbuf_addz(struct strbuf *b, const char *z)
{
	strbuf_add(b, str_z(z));
}

static inline void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_add_short(b, (struct str){ &c, 1 });
}

void strbuf_addu(struct strbuf *b, uint64_t v);			   /* decimal */
void strbuf_addhex(struct strbuf *b, const void *bytes, size_t n); /* lower */
void strbuf_addf(struct strbuf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct str strbuf_str(const struct strbuf *b); /* borrowed until next append */

#define strbuf_addlit(b, lit) strbuf_add_short((b), STR_LIT(lit))

#endif
