#include "gateway/monitor/mask.h"
#include <string.h>

/* --- SIP */

/* clang-format off */
static const char *const secret_headers[] = {
	"Authorization", "Proxy-Authorization", "WWW-Authenticate",
	"Proxy-Authenticate", "Authentication-Info",
	"Proxy-Authentication-Info",
};
/* clang-format on */

static const char *const private_elements[] = { "body", "password", "subject",
						"html" };

/* Their bodies are documents; whatever else has one is taken for a text. */
static const char *const shown_starts[] = { "NOTIFY ", "PUBLISH ", "SUBSCRIBE ",
					    "SIP/2.0 " };

static bool is_secret(struct str line)
{
	/* RFC 3261 §7.3.1: blanks may stand before the colon. */
	struct str name = str_trim(str_head(line, str_find(line, ':')));
	size_t i;

	for (i = 0; i < sizeof(secret_headers) / sizeof(secret_headers[0]); i++)
		if (str_ieqz(name, secret_headers[i]))
			return true;
	return false;
}

static bool is_shown(struct str bytes)
{
	size_t i;

	for (i = 0; i < sizeof(shown_starts) / sizeof(shown_starts[0]); i++)
		if (str_starts(bytes, shown_starts[i]))
			return true;
	return false;
}

static void put_masked(struct strbuf *out, size_t n, bool keeps_length)
{
	size_t i;

	for (i = 0; keeps_length && i < n; i++)
		strbuf_addc(out, '*');
	if (!keeps_length)
		strbuf_addf(out, "[%zu bytes]", n);
}

/* Only what is quite empty ends the head: a line of blanks goes on with the
 * header before it. */
static bool is_end(struct str line)
{
	return line.n == 0 || (line.n == 1 && line.p[0] == '\r');
}

static bool is_continued(struct str line)
{
	return line.p[0] == ' ' || line.p[0] == '\t';
}

static void mask_sip(struct strbuf *out, struct str bytes, bool keeps_length)
{
	struct str rest, line;
	bool is_hidden = false;

	while (bytes.n > 0 && (bytes.p[0] == '\r' || bytes.p[0] == '\n'))
		bytes = str_from(bytes, 1);
	for (rest = bytes; rest.n > 0;) {
		line = str_cut(&rest, '\n');
		if (is_end(line))
			break;
		if (is_hidden && is_continued(line))
			continue;
		is_hidden = is_secret(line);
		if (is_hidden) {
			strbuf_add(out, str_trim(str_head(
						line, str_find(line, ':'))));
			strbuf_addz(out, ": ***\r\n");
		} else {
			strbuf_add(out, str_trim(line));
			strbuf_addz(out, "\r\n");
		}
	}
	strbuf_addz(out, "\r\n");
	if (rest.n > 0 && !is_shown(bytes))
		put_masked(out, rest.n, keeps_length);
	else
		strbuf_add(out, rest);
}

/* --- XML, as it stands on the wire */

enum piece { PIECE_TEXT, PIECE_START, PIECE_END };

/* Up to and with what ends it; all of s if nothing does. */
static size_t bytes_until(struct str s, const char *end)
{
	size_t i, n = strlen(end);

	for (i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, end, n) == 0)
			return i + n;
	return s.n;
}

/* A tag's bytes: ">" may stand in quotes. 0: it is not closed. */
static size_t tag_bytes(struct str s)
{
	char quote = 0;
	size_t i;

	for (i = 1; i < s.n; i++) {
		if (quote != 0)
			quote = s.p[i] == quote ? 0 : quote;
		else if (s.p[i] == '"' || s.p[i] == '\'')
			quote = s.p[i];
		else if (s.p[i] == '>')
			return i + 1;
	}
	return 0;
}

static struct str tag_name(struct str tag)
{
	struct str s = str_from(tag, tag.p[1] == '/' ? 2 : 1);
	size_t n = 0;

	while (n < s.n && strchr(" \t\r\n/>", s.p[n]) == NULL)
		n++;
	return str_head(s, n);
}

static size_t text_bytes(struct str s)
{
	if (str_starts(s, "<![CDATA["))
		return bytes_until(s, "]]>");
	if (str_starts(s, "<!--"))
		return bytes_until(s, "-->");
	if (str_starts(s, "<?"))
		return bytes_until(s, "?>");
	/* A "<" that begins no tag is one. */
	if (s.p[0] == '<')
		return 1 + str_find(str_from(s, 1), '<');
	return str_find(s, '<');
}

/* Cuts a tag off s, or what is none up to the next one. An element without
 * content is text. */
static enum piece piece_cut(struct str *s, struct str *piece, struct str *name)
{
	bool is_tag =
		s->n > 2 && s->p[0] == '<' && s->p[1] != '!' && s->p[1] != '?';
	size_t n = is_tag ? tag_bytes(*s) : 0;

	*name = STR_NONE;
	if (n < 3) {
		*piece = str_head(*s, text_bytes(*s));
		*s = str_from(*s, piece->n);
		return PIECE_TEXT;
	}
	*piece = str_head(*s, n);
	*s = str_from(*s, n);
	if (piece->p[n - 2] == '/')
		return PIECE_TEXT;
	*name = tag_name(*piece);
	return piece->p[1] == '/' ? PIECE_END : PIECE_START;
}

/* Whatever its prefix is. */
static bool is_private(struct str name)
{
	struct str local = name;
	size_t i, colon = str_find(name, ':');

	if (colon < name.n)
		local = str_from(name, colon + 1);
	for (i = 0; i < sizeof(private_elements) / sizeof(private_elements[0]);
	     i++)
		if (str_eqz(local, private_elements[i]))
			return true;
	return false;
}

static void mask_xml(struct strbuf *out, struct str s, bool keeps_length)
{
	struct str piece, name, hidden = STR_NONE;
	size_t depth = 0, bytes = 0;
	enum piece kind;

	while (s.n > 0) {
		kind = piece_cut(&s, &piece, &name);
		if (depth == 0) {
			strbuf_add(out, piece);
			hidden = name;
			bytes = 0;
			depth = kind == PIECE_START && is_private(name);
			continue;
		}
		if (kind != PIECE_TEXT && str_eq(name, hidden))
			depth = kind == PIECE_START ? depth + 1 : depth - 1;
		if (depth > 0) {
			bytes += piece.n;
			continue;
		}
		put_masked(out, bytes, keeps_length);
		strbuf_add(out, piece);
	}
	if (depth > 0)
		put_masked(out, bytes, keeps_length);
}

void mask_write(struct strbuf *out, bool is_sip, struct str bytes,
		bool keeps_length)
{
	if (is_sip)
		mask_sip(out, bytes, keeps_length);
	else
		mask_xml(out, bytes, keeps_length);
}
