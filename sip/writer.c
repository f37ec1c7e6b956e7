#include <string.h>
#include "gateway/base/octets.h"
#include "sip/writer.h"

enum { PARTY_MAX_BYTES = 4096 };

/* Whatever text comes from outside is appended first and cleaned in place
 * then: one pass, and no way around it. A first one looks whether there may be
 * anything to clean, eight bytes at a time. */
static inline bool is_bad_text(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static inline uint64_t any_bad_text(uint64_t w)
{
	return octets_below(w, ' ') | octets_equal(w, 0x7f);
}

/* A URI that was read or escaped has none of these; one that was put together
 * wrongly must not end its brackets, its quotes or its line. */
static inline bool is_bad_uri(char c)
{
	return is_bad_text(c) || c == ' ' || c == '<' || c == '>' || c == '"';
}

/* '!' as well: it is rare. */
static inline uint64_t any_bad_uri(uint64_t w)
{
	return octets_below(w, '"' + 1) | octets_equal_but(w, '>', '>' ^ '<') |
	       octets_equal(w, 0x7f);
}

/* The last eight may share bytes with those before. */
static inline bool is_clean(const char *p, size_t n, uint64_t (*any)(uint64_t))
{
	uint64_t bad;

	if (n < OCTETS)
		return false;
	bad = any(octets_load(p + n - OCTETS));
	for (size_t i = 0; i < n - OCTETS; i += OCTETS)
		bad |= any(octets_load(p + i));
	return bad == 0;
}

static void clean_text(struct strbuf *b, size_t from)
{
	if (b->n == from || is_clean(b->p + from, b->n - from, any_bad_text))
		return;
	for (size_t i = from; i < b->n; i++) {
		if (is_bad_text(b->p[i]))
			b->p[i] = ' ';
	}
}

static void clean_uri(struct strbuf *b, size_t from)
{
	if (b->n == from || is_clean(b->p + from, b->n - from, any_bad_uri))
		return;
	for (size_t i = from; i < b->n; i++) {
		if (is_bad_uri(b->p[i]))
			b->p[i] = '_';
	}
}

static void add_text(struct strbuf *b, struct str s)
{
	size_t from = b->n;

	strbuf_add(b, s);
	clean_text(b, from);
}

static void add_uri(struct strbuf *b, const struct uri *u)
{
	size_t from = b->n;

	uri_write(b, u);
	clean_uri(b, from);
}

static void add_length(struct strbuf *b, size_t n)
{
	strbuf_addlit(b, "Content-Length: ");
	strbuf_addu(b, n);
	strbuf_addlit(b, "\r\n\r\n");
}

static void add_headers(struct strbuf *b, const struct header *h)
{
	for (; h != NULL; h = h->next)
		writer_header(b, h->name, h->value);
}

static void add_body(struct strbuf *b, struct str content_type, struct str body)
{
	if (content_type.n > 0)
		writer_header(b, STR_LIT("Content-Type"), content_type);
	add_length(b, body.n);
	strbuf_add(b, body);
}

/* RFC 3261 §25.1 quoted-string. */
static void add_quoted(struct strbuf *b, struct str s)
{
	size_t from = 0;

	strbuf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '"' && s.p[i] != '\\')
			continue;
		add_text(b, str_head(str_from(s, from), i - from));
		strbuf_addc(b, '\\');
		from = i;
	}
	add_text(b, str_from(s, from));
	strbuf_addc(b, '"');
}

void writer_line(struct strbuf *b, enum method m, const struct uri *target)
{
	strbuf_add(b, method_name(m));
	strbuf_addc(b, ' ');
	add_uri(b, target);
	strbuf_addlit(b, " SIP/2.0\r\n");
}

void writer_header(struct strbuf *b, struct str name, struct str value)
{
	strbuf_add(b, name);
	strbuf_addlit(b, ": ");
	add_text(b, value);
	strbuf_addlit(b, "\r\n");
}

void writer_cseq(struct strbuf *b, uint32_t cseq, enum method m)
{
	strbuf_addlit(b, "CSeq: ");
	strbuf_addu(b, cseq);
	strbuf_addc(b, ' ');
	strbuf_add(b, method_name(m));
	strbuf_addlit(b, "\r\n");
}

void writer_party(struct strbuf *b, const struct party *p)
{
	if (p->display.n > 0) {
		add_quoted(b, p->display);
		strbuf_addc(b, ' ');
	}
	strbuf_addc(b, '<');
	add_uri(b, &p->uri);
	strbuf_addc(b, '>');
	if (p->tag.n > 0) {
		strbuf_addlit(b, ";tag=");
		add_text(b, p->tag);
	}
}

struct str writer_party_text(struct arena *a, const struct party *p)
{
	const struct party bare = { .display = p->display, .uri = p->uri };
	struct strbuf b;
	struct str text;

	strbuf_init(&b, PARTY_MAX_BYTES);
	writer_party(&b, &bare);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

static void add_party(struct strbuf *b, struct str name, const struct party *p)
{
	strbuf_add(b, name);
	writer_party(b, p);
	strbuf_addlit(b, "\r\n");
}

static void add_contact(struct strbuf *b, struct str uri)
{
	size_t from;

	if (uri.n == 0)
		return;
	strbuf_addlit(b, "Contact: <");
	from = b->n;
	strbuf_add(b, uri);
	clean_uri(b, from);
	strbuf_addlit(b, ">\r\n");
}

void writer_rest(struct strbuf *b, const struct draft *d, struct str user_agent)
{
	add_party(b, STR_LIT("From: "), &d->from);
	add_party(b, STR_LIT("To: "), &d->to);
	writer_header(b, STR_LIT("Call-ID"), d->call_id);
	strbuf_addlit(b, "Max-Forwards: ");
	strbuf_addu(b, d->max_forwards);
	strbuf_addlit(b, "\r\n");
	add_contact(b, d->contact);
	add_headers(b, d->headers);
	if (user_agent.n > 0)
		writer_header(b, STR_LIT("User-Agent"), user_agent);
	add_body(b, d->content_type, d->body);
}

/* The value of the To line, the last of an echo; none if the request had no
 * To. */
static struct str echo_to(struct str echo)
{
	const char *nl = echo.n > 0 ? memrchr(echo.p, '\n', echo.n) : NULL;
	struct str last =
		str_from(echo, nl != NULL ? (size_t)(nl - echo.p) + 1 : 0);

	return str_starts(last, "To:") ? str_from(last, 3) : STR_NONE;
}

/* Index of the first byte behind a quoted part that starts at i and ends with
 * the character end. */
static size_t skip_to(struct str s, size_t i, char end)
{
	for (i++; i < s.n && s.p[i] != end; i++)
		if (s.p[i] == '\\' && end == '"')
			i++;
	return i < s.n ? i + 1 : s.n;
}

static bool is_tag(struct str param)
{
	size_t equals = str_find(param, '=');

	return equals < param.n &&
	       str_ieqz(str_trim(str_head(param, equals)), "tag");
}

static bool has_tag(struct str to)
{
	size_t i = 0;

	if (str_find(to, ';') == to.n) /* as a rule */
		return false;
	while (i < to.n) {
		if (to.p[i] == '"') {
			i = skip_to(to, i, '"');
		} else if (to.p[i] == '<') {
			i = skip_to(to, i, '>');
		} else if (to.p[i++] == ';') {
			struct str rest = str_from(to, i);

			if (is_tag(str_head(rest, str_find(rest, ';'))))
				return true;
		}
	}
	return false;
}

static void add_to_tag(struct strbuf *b, struct str echo, struct str to_tag)
{
	struct str to = echo_to(echo);

	if (to_tag.n > 0 && to.n > 0 && !has_tag(to)) {
		strbuf_addlit(b, ";tag=");
		add_text(b, to_tag);
	}
	if (echo.n > 0)
		strbuf_addlit(b, "\r\n");
}

void writer_response(struct strbuf *b, int status, struct str reason,
		     struct str echo, struct str to_tag,
		     const struct header *headers, struct str content_type,
		     struct str body)
{
	strbuf_addlit(b, "SIP/2.0 ");
	strbuf_addu(b, (uint64_t)status);
	strbuf_addc(b, ' ');
	add_text(b, reason.p != NULL ? reason : reason_phrase(status));
	strbuf_addlit(b, "\r\n");
	strbuf_add(b, echo);
	add_to_tag(b, echo, to_tag);
	add_headers(b, headers);
	add_body(b, content_type, body);
}
