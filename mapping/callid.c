#include "mapping/callid.h"

#include <string.h>

enum { ESCAPE_BYTES = 3, UTF8_MAX_BYTES = 4 };

/* RFC 3261 §25.1: the characters of word that are no letters or digits. */
static bool is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != 0 && strchr("-.!%*_+`'~()<>:\\\"/[]?{}", c) != NULL);
}

/* Where in the Call-ID we are: one '@' may stand in it, between two words. */
struct place {
	bool is_first;
	bool has_at; /* it is there already */
};

static bool is_at_legal(const struct place *p, bool is_last)
{
	return !p->is_first && !p->has_at && !is_last;
}

static unsigned hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

/* The byte behind a '%' at s[i - 1]; upper case only, as we write it. */
static bool code_at(struct str s, size_t i, unsigned char *out)
{
	unsigned high, low;

	if (s.n < i + 2)
		return false;
	high = hex_value(s.p[i]);
	low = hex_value(s.p[i + 1]);
	*out = (unsigned char)(high << 4 | low);
	return high < 16 && low < 16;
}

/* XML 1.0 §2.2, of code points above U+007F. */
static bool is_carried(uint32_t c)
{
	return c != 0xFFFE && c != 0xFFFF;
}

/* The length in a Call-ID of one escaped character, whose first code is at
 * s[i]; 0 when none of ours stands there. */
static size_t escaped_bytes(struct str s, size_t i, const struct place *p)
{
	char bytes[UTF8_MAX_BYTES];
	unsigned char c;
	size_t n, used = 0;
	struct str one;

	if (!code_at(s, i, &c))
		return 0;
	if (c == '@')
		return is_at_legal(p, i + 2 == s.n) ? 0 : 2;
	if (c < 0x80)
		return c >= ' ' && c != 0x7F && !is_word(c) ? 2 : 0;
	n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
	bytes[0] = (char)c;
	for (size_t k = 1; k < n; k++) {
		size_t at = i + k * ESCAPE_BYTES;

		if (s.n < at || s.p[at - 1] != '%' || !code_at(s, at, &c))
			return 0;
		bytes[k] = (char)c;
	}
	one = (struct str){ bytes, n };
	if (!str_is_utf8(one) || !is_carried(str_utf8_next(one, &used)))
		return 0;
	return n * ESCAPE_BYTES - 1;
}

/* Whether the '%' at s[i] begins an escape, with any number of 25 between:
 * *depth counts them. */
static size_t escape_at(struct str s, size_t i, const struct place *p,
			size_t *depth)
{
	*depth = 0;
	for (i++; s.n >= i + 2 && s.p[i] == '2' && s.p[i + 1] == '5'; i += 2)
		(*depth)++;
	return escaped_bytes(s, i, p);
}

static size_t add_code(char *p, size_t n, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";

	p[n++] = '%';
	p[n++] = hex[c >> 4];
	p[n++] = hex[c & 15];
	return n;
}

static bool is_raw(struct str thread, size_t i, const struct place *p)
{
	unsigned char c = (unsigned char)thread.p[i];
	size_t depth;

	if (c == '@')
		return is_at_legal(p, i + 1 == thread.n);
	if (c == '%')
		return escape_at(thread, i, p, &depth) == 0;
	return is_word(c);
}

static bool is_carriable(struct str thread)
{
	size_t i = 0;

	while (i < thread.n) {
		unsigned char c = (unsigned char)thread.p[i];

		if (c < ' ' || c == 0x7F)
			return false;
		if (!is_carried(str_utf8_next(thread, &i)))
			return false;
	}
	return str_is_utf8(thread);
}

bool callid_from_thread(struct arena *a, struct str thread, size_t max_bytes,
			struct str *out)
{
	struct place place = { .is_first = true };
	size_t n = 0;
	char *p;

	if (thread.n == 0 || thread.n > max_bytes || !is_carriable(thread))
		return false;
	p = arena_alloc(a, thread.n * ESCAPE_BYTES);
	for (size_t i = 0; i < thread.n; i++) {
		unsigned char c = (unsigned char)thread.p[i];

		if (is_raw(thread, i, &place)) {
			p[n++] = (char)c;
			place.has_at |= c == '@';
		} else {
			n = add_code(p, n, c);
		}
		place.is_first = false;
	}
	*out = (struct str){ p, n };
	return n <= max_bytes;
}

/* Writes what the escape at call_id[i] stands for; returns its last index. */
static size_t unescape(struct str call_id, size_t i, size_t bytes, size_t depth,
		       char *p, size_t *n)
{
	unsigned char c = 0;

	if (depth > 0) {
		p[(*n)++] = '%';
		return i + ESCAPE_BYTES - 1;
	}
	for (size_t k = 1; k < bytes + 1; k += ESCAPE_BYTES) {
		(void)code_at(call_id, i + k, &c);
		p[(*n)++] = (char)c;
	}
	return i + bytes;
}

struct str callid_to_thread(struct arena *a, struct str call_id)
{
	struct place place = { .is_first = true };
	size_t n = 0, bytes, depth = 0;
	char *p;

	if (str_find(call_id, '%') == call_id.n)
		return call_id;
	p = arena_alloc(a, call_id.n);
	for (size_t i = 0; i < call_id.n; i++) {
		bytes = call_id.p[i] == '%'
				? escape_at(call_id, i, &place, &depth)
				: 0;
		if (bytes > 0) {
			i = unescape(call_id, i, bytes, depth, p, &n);
		} else {
			p[n++] = call_id.p[i];
			place.has_at |= call_id.p[i] == '@';
		}
		place.is_first = false;
	}
	return (struct str){ p, n };
}
