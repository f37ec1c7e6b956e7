#include "mapping/parts.h"
#include <string.h>
#include <unigbrk.h>

enum { NEAR = 8 }; /* a blank in the last eighth of a part is near */

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static bool is_inside_character(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Where a part that begins at from and may hold max bytes ends. */
static size_t end_of(struct str text, const char *breaks, size_t from,
		     size_t max)
{
	size_t most = from + max, cut = 0, i;

	if (text.n - from <= max)
		return text.n;
	for (i = most; i > most - max / NEAR; i--)
		if (breaks[i] && is_blank(text.p[i - 1]))
			return i;
	for (i = most; i > from && cut == 0; i--)
		if (breaks[i])
			cut = i;
	/* One character for the reader, too long for a part. */
	for (i = most; i > from && cut == 0; i--)
		if (!is_inside_character(text.p[i]))
			cut = i;
	return cut;
}

size_t parts_cut(struct arena *a, struct str text, size_t part_bytes,
		 size_t parts_max, struct str *out)
{
	size_t max, from = 0, end, n = 0;
	char *breaks;

	if (part_bytes < PART_MIN_BYTES)
		return 0;
	max = part_bytes - PART_MARK_MAX_BYTES;
	if (text.n == 0 || text.n > parts_max * max)
		return 0;
	breaks = arena_alloc(a, text.n);
	u8_grapheme_breaks((const uint8_t *)text.p, text.n, breaks);
	while (from < text.n && n < parts_max) {
		end = end_of(text, breaks, from, max);
		if (end == 0)
			return 0; /* it is no UTF-8 */
		out[n++] = (struct str){ text.p + from, end - from };
		from = end;
	}
	return from == text.n ? n : 0;
}

struct str part_body(struct arena *a, struct str part, size_t i, size_t n)
{
	return str_fmt(a, "(%zu/%zu) %.*s", i + 1, n, STR_ARG(part));
}
