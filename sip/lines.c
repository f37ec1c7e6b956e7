#include <string.h>
#include "sip/lines.h"
#include "sip/party.h"

static const struct {
	struct str name;
	char compact; /* 0: none */
} headers[HEADER_IDS] = {
	[HEADER_VIA] = { STR("Via"), 'v' },
	[HEADER_FROM] = { STR("From"), 'f' },
	[HEADER_TO] = { STR("To"), 't' },
	[HEADER_CALL_ID] = { STR("Call-ID"), 'i' },
	[HEADER_CSEQ] = { STR("CSeq"), 0 },
	[HEADER_MAX_FORWARDS] = { STR("Max-Forwards"), 0 },
	[HEADER_CONTACT] = { STR("Contact"), 'm' },
	[HEADER_ROUTE] = { STR("Route"), 0 },
	[HEADER_RECORD_ROUTE] = { STR("Record-Route"), 0 },
	[HEADER_ASSERTED] = { STR("P-Asserted-Identity"), 0 },
	[HEADER_PRIVACY] = { STR("Privacy"), 0 },
	[HEADER_REQUIRE] = { STR("Require"), 0 },
	[HEADER_ACCEPT] = { STR("Accept"), 0 },
	[HEADER_EVENT] = { STR("Event"), 'o' },
	[HEADER_SUBSCRIPTION_STATE] = { STR("Subscription-State"), 0 },
	[HEADER_IF_MATCH] = { STR("SIP-If-Match"), 0 },
	[HEADER_ETAG] = { STR("SIP-ETag"), 0 },
	[HEADER_AUTHORIZATION] = { STR("Authorization"), 0 },
	[HEADER_PROXY_AUTHORIZATION] = { STR("Proxy-Authorization"), 0 },
	[HEADER_WWW_AUTHENTICATE] = { STR("WWW-Authenticate"), 0 },
	[HEADER_PROXY_AUTHENTICATE] = { STR("Proxy-Authenticate"), 0 },
	[HEADER_SUBJECT] = { STR("Subject"), 's' },
	[HEADER_LANGUAGE] = { STR("Content-Language"), 0 },
	[HEADER_USER_AGENT] = { STR("User-Agent"), 0 },
	[HEADER_IN_REPLY_TO] = { STR("In-Reply-To"), 0 },
	[HEADER_DATE] = { STR("Date"), 0 },
	[HEADER_EXPIRES] = { STR("Expires"), 0 },
	[HEADER_MIN_EXPIRES] = { STR("Min-Expires"), 0 },
	[HEADER_RETRY_AFTER] = { STR("Retry-After"), 0 },
	[HEADER_CONTENT_TYPE] = { STR("Content-Type"), 'c' },
	[HEADER_CONTENT_ENCODING] = { STR("Content-Encoding"), 'e' },
	[HEADER_CONTENT_LENGTH] = { STR("Content-Length"), 'l' },
	[HEADER_SUPPORTED] = { STR("Supported"), 'k' },
	[HEADER_PATH] = { STR("Path"), 0 },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 3261 §25.1: letters, digits and -.!%*_+`'~ */
/* clang-format off */
static const bool token_chars[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, /* blank to / */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, /* 0 to ? */
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* @ to O */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, /* P to _ */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* ` to o */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, /* p to DEL */
};
/* clang-format on */

size_t token_end(struct str s, size_t i)
{
	while (i < s.n && token_chars[(unsigned char)s.p[i]])
		i++;
	return i;
}

bool is_token(struct str s)
{
	return s.n > 0 && token_end(s, 0) == s.n;
}

struct str header_name(enum header_id id)
{
	return headers[id].name;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* First and last letter and length tell all that we know apart; the name is
 * compared once. */
#define KEY(first, last, n)                                                    \
	((unsigned)(unsigned char)(first) << 16 |                              \
	 (unsigned)(unsigned char)(last) << 8 | (unsigned)(n))
static enum header_id header_guess(struct str name)
{
	switch (KEY(lower(name.p[0]), lower(name.p[name.n - 1]), name.n)) {
	case KEY('v', 'a', 3):
		return HEADER_VIA;
	case KEY('f', 'm', 4):
		return HEADER_FROM;
	case KEY('t', 'o', 2):
		return HEADER_TO;
	case KEY('c', 'd', 7):
		return HEADER_CALL_ID;
	case KEY('c', 'q', 4):
		return HEADER_CSEQ;
	case KEY('m', 's', 12):
		return HEADER_MAX_FORWARDS;
	case KEY('c', 't', 7):
		return HEADER_CONTACT;
	case KEY('u', 't', 10):
		return HEADER_USER_AGENT;
	case KEY('c', 'e', 12):
		return HEADER_CONTENT_TYPE;
	case KEY('c', 'h', 14):
		return HEADER_CONTENT_LENGTH;
	default:
		return HEADER_OTHER;
	}
}

/* The ten of nearly every message are not looked for. */
static enum header_id header_find(struct str name)
{
	enum header_id guess = name.n < 256 ? header_guess(name) : HEADER_OTHER;
	struct str wanted = headers[guess].name;
	char first = lower(name.p[0]);

	if (guess != HEADER_OTHER &&
	    (memcmp(wanted.p, name.p, name.n) == 0 || str_ieq(wanted, name)))
		return guess;
	for (size_t i = HEADER_OTHER + 1; i < HEADER_IDS; i++) {
		if (name.n == 1) {
			if (headers[i].compact == first)
				return (enum header_id)i;
		} else if (headers[i].name.n == name.n &&
			   lower(headers[i].name.p[0]) == first &&
			   str_ieq(headers[i].name, name)) {
			return (enum header_id)i;
		}
	}
	return HEADER_OTHER;
}

/* *is_folded becomes true when a line end stands within it. */
static bool line_take(struct str *rest, struct str *line, bool *is_folded)
{
	const char *p = rest->p;
	size_t n = 0;

	while (n < rest->n) {
		const char *nl = memchr(p + n, '\n', rest->n - n);

		if (nl == NULL)
			return false;
		n = (size_t)(nl - p) + 1;
		/* An empty first line is never continued. */
		if (n == rest->n || !is_blank(p[n]) || n == 1 ||
		    (n == 2 && p[0] == '\r')) {
			bool has_cr = n > 1 && p[n - 2] == '\r';

			*line = (struct str){ p, n - 1 - has_cr };
			*rest = (struct str){ p + n, rest->n - n };
			return true;
		}
		*is_folded = true;
	}
	return false;
}

bool line_cut(struct str *rest, struct str *line)
{
	bool is_folded;

	return line_take(rest, line, &is_folded);
}

bool line_split(struct str line, enum header_id *id, struct str *value)
{
	size_t colon = str_find(line, ':');
	struct str name = str_head(line, colon);

	while (name.n > 0 && is_blank(name.p[name.n - 1]))
		name.n--;
	if (colon == line.n || name.n == 0)
		return false;
	*id = header_find(name);
	if (*id == HEADER_OTHER && !is_token(name))
		return false;
	colon += colon + 1 < line.n && line.p[colon + 1] == ' ';
	*value = str_trim(str_from(line, colon + 1));
	return true;
}

/* RFC 3261 §7.3.1: a fold is as good as one blank, with the blanks on both
 * sides of it (§25.1, LWS). */
static struct str unfold(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		if (s.p[i] != '\n') {
			p[n++] = s.p[i];
			continue;
		}
		while (n > 0 && is_blank(p[n - 1]))
			n--;
		while (i + 1 < s.n && is_blank(s.p[i + 1]))
			i++;
		p[n++] = ' ';
	}
	return (struct str){ p, n };
}

static const char *line_read(struct arena *a, struct str text, bool is_folded,
			     struct line *out)
{
	if (!line_split(text, &out->id, &out->value))
		return "malformed header line";
	if (is_folded)
		out->value = unfold(a, out->value);
	if (out->value.n > 0 &&
	    memchr(out->value.p, '\r', out->value.n) != NULL)
		return "CR within a header";
	return NULL;
}

static void lines_add(struct lines *ls, const struct line *l)
{
	if (ls->n == HEADER_LINES_MAX) {
		ls->why = "too many headers";
		return;
	}
	ls->line[ls->n++] = *l;
	if (ls->count[l->id]++ == 0)
		ls->first[l->id] = l->value;
}

size_t lines_read(struct arena *a, struct str section, struct lines *out)
{
	struct str rest = section;
	struct str text;
	struct line line;
	bool is_folded = false;

	/* Not line[]: it is big, and n says how much of it counts. */
	out->n = 0;
	memset(out->first, 0, sizeof(out->first));
	memset(out->count, 0, sizeof(out->count));
	out->has_end = false;
	out->why = NULL;
	while (line_take(&rest, &text, &is_folded)) {
		const char *why;

		if (text.n == 0) {
			out->has_end = true;
			break;
		}
		why = line_read(a, text, is_folded, &line);
		is_folded = false;
		if (why == NULL)
			lines_add(out, &line);
		else if (out->why == NULL)
			out->why = why;
	}
	return section.n - rest.n;
}

size_t lines_head_bytes(struct str bytes)
{
	struct str rest = bytes;
	struct str line;

	while (line_cut(&rest, &line))
		if (line.n == 0)
			return bytes.n - rest.n;
	return bytes.n;
}

struct str lines_join(struct arena *a, const struct lines *ls,
		      enum header_id id)
{
	size_t room = 0;
	char *p, *end;

	for (size_t i = 0; i < ls->n; i++)
		if (ls->line[i].id == id)
			room += ls->line[i].value.n + 2;
	p = end = arena_alloc(a, room);
	for (size_t i = 0; i < ls->n; i++) {
		struct str value = ls->line[i].value;

		if (ls->line[i].id != id || value.n == 0)
			continue;
		if (end != p) {
			*end++ = ',';
			*end++ = ' ';
		}
		memcpy(end, value.p, value.n);
		end += value.n;
	}
	return (struct str){ p, (size_t)(end - p) };
}

unsigned lines_values(const struct lines *ls, enum header_id id)
{
	unsigned n = 0;

	for (size_t i = 0; i < ls->n; i++) {
		struct str list = ls->line[i].value;

		if (ls->line[i].id != id)
			continue;
		if (str_find(list, ',') == list.n) {
			n += list.n > 0;
			continue;
		}
		while (value_cut(&list).n > 0)
			n++;
	}
	return n;
}

bool lines_length(const struct lines *ls, uint32_t *out, const char **why)
{
	bool has = false;

	for (size_t i = 0; i < ls->n; i++) {
		uint32_t said = 0;

		if (ls->line[i].id != HEADER_CONTENT_LENGTH)
			continue;
		if (!str_to_u32(ls->line[i].value, &said))
			*why = "unreadable Content-Length";
		else if (has && said != *out)
			*why = "several Content-Length";
		*out = said;
		has = true;
	}
	return has;
}
