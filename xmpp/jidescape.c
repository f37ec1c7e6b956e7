#include <string.h>
#include "xmpp/jid.h"
#include "xmpp/prep.h"

/* JID escaping (XEP-0106). */

/* §4.1 */
static const struct {
	char c;
	char code[4];
} escapes[] = {
	{ ' ', "\\20" }, { '"', "\\22" },  { '&', "\\26" }, { '\'', "\\27" },
	{ '/', "\\2f" }, { ':', "\\3a" },  { '<', "\\3c" }, { '>', "\\3e" },
	{ '@', "\\40" }, { '\\', "\\5c" },
};

enum {
	ESCAPE_COUNT = sizeof(escapes) / sizeof(escapes[0]),
	ESCAPE_BYTES = 3,
	ESCAPE_BACKSLASH = ESCAPE_COUNT - 1
};

/* The escape sequence at the start of s, as an index, or ESCAPE_COUNT. */
static size_t escape_at(struct str s)
{
	size_t i = 0;

	if (s.n == 0 || s.p[0] != '\\')
		return ESCAPE_COUNT;
	while (i < ESCAPE_COUNT && !str_starts(s, escapes[i].code))
		i++;
	return i;
}

/* What would read as a sequence behind a backslash, once case is folded: \2F
 * becomes \2f in the prepared localpart. */
static bool is_code(struct str digits)
{
	size_t i;

	for (i = 0; i < ESCAPE_COUNT; i++)
		if (str_istarts(digits, escapes[i].code + 1))
			return true;
	return false;
}

/* Which sequence the character at the start of s asks for, or
 * ESCAPE_COUNT. */
static size_t escape_for(struct str s)
{
	size_t i = 0;

	if (s.p[0] == '\\')
		return is_code(str_from(s, 1)) ? ESCAPE_BACKSLASH
					       : ESCAPE_COUNT;
	while (i < ESCAPE_COUNT && escapes[i].c != s.p[0])
		i++;
	return i;
}

/* \20 may neither begin nor end a localpart (§4.2). */
static bool has_outer_blank(struct str raw)
{
	return raw.n > 0 && (raw.p[0] == ' ' || raw.p[raw.n - 1] == ' ');
}

/* ASCII without any character of the table above. */
static bool is_plain(struct str raw)
{
	static const bool is_special[128] = {
		[' '] = true, ['"'] = true,  ['&'] = true, ['\''] = true,
		['/'] = true, [':'] = true,  ['<'] = true, ['>'] = true,
		['@'] = true, ['\\'] = true,
	};
	size_t i;

	for (i = 0; i < raw.n; i++) {
		unsigned char c = (unsigned char)raw.p[i];

		if (c >= 0x80 || is_special[c])
			return false;
	}
	return true;
}

static struct str escaped(struct arena *a, struct str raw)
{
	char *p = arena_alloc(a, raw.n * ESCAPE_BYTES);
	size_t i, e, n = 0;

	for (i = 0; i < raw.n; i++) {
		e = escape_for(str_from(raw, i));
		if (e < ESCAPE_COUNT) {
			memcpy(p + n, escapes[e].code, ESCAPE_BYTES);
			n += ESCAPE_BYTES;
		} else {
			p[n++] = raw.p[i];
		}
	}
	return (struct str){ p, n };
}

/* Normalisation can make a backslash or a digit of another character, and
 * take out what stood between them, and so make a sequence that was not in
 * the text (U+FF3C "40"). So preparing what is escaped must be the same as
 * escaping what is prepared. Nameprep is nodeprep without its prohibitions in
 * ASCII. */
static bool survives_preparation(struct arena *a, struct str raw,
				 struct str local)
{
	struct str prepared, text;

	return local.n <= JID_PART_MAX_BYTES &&
	       prep_apply(a, stringprep_xmpp_nodeprep, local, &prepared) &&
	       prep_apply(a, stringprep_nameprep, raw, &text) &&
	       !has_outer_blank(text) && str_eq(prepared, escaped(a, text));
}

bool jid_escape(struct arena *a, struct str raw, struct str *out)
{
	struct str local;

	if (raw.n > JID_PART_MAX_BYTES || has_outer_blank(raw))
		return false;
	if (is_plain(raw)) {
		*out = raw;
		return true;
	}
	local = escaped(a, raw);
	if (!str_is_ascii(raw) && !survives_preparation(a, raw, local))
		return false;
	*out = local;
	return true;
}

/* A \5c counts only in front of what would else be a sequence. */
static size_t unescape_at(struct str s)
{
	size_t e = escape_at(s);

	if (e == ESCAPE_BACKSLASH && !is_code(str_from(s, ESCAPE_BYTES)))
		return ESCAPE_COUNT;
	return e;
}

struct str jid_unescape(struct arena *a, struct str local)
{
	size_t i, e, n = 0;
	char *p;

	if (str_find(local, '\\') == local.n)
		return local;
	p = arena_alloc(a, local.n);
	for (i = 0; i < local.n; i++) {
		e = unescape_at(str_from(local, i));
		p[n++] = e < ESCAPE_COUNT ? escapes[e].c : local.p[i];
		if (e < ESCAPE_COUNT)
			i += ESCAPE_BYTES - 1;
	}
	return (struct str){ p, n };
}
