#include "mapping/content.h"

#include "mapping/charset.h"
#include "mapping/html.h"
#include "mapping/imdn.h"
#include "mapping/iscomposing.h"
#include "mapping/links.h"
#include "mapping/message.h"
#include "mapping/multipart.h"
#include "mapping/transfer.h"
#include "sip/coding.h"

struct reader {
	struct arena *a;
	const struct env *env;
	size_t max_bytes;  /* of one text */
	size_t left_bytes; /* of all that are to come */
	struct content *out;
	struct fault *why;
};

static bool refuse(struct reader *c, const char *text)
{
	return fault_set(c->why, 415, COND_NOT_ACCEPTABLE, text);
}

static bool too_large(struct reader *c)
{
	return fault_set(c->why, 413, COND_POLICY_VIOLATION,
			 "message too long");
}

/* A body, or a part within one, without its Content-Encoding (sip/coding.h);
 * in itself where there is none. false with *why: 415 for another coding, 400
 * for what is none, 413 when it is longer than max_bytes. */
static bool decode(struct arena *a, struct str encoding, struct str in,
		   size_t max_bytes, struct str *out, struct fault *why)
{
	static const enum cond conds[] = {
		[CODING_UNKNOWN] = COND_NOT_ACCEPTABLE,
		[CODING_BROKEN] = COND_BAD_REQUEST,
		[CODING_TOO_LARGE] = COND_POLICY_VIOLATION,
	};
	enum coding c = coding_decode(a, encoding, in, max_bytes, out);

	return c == CODING_DONE ||
	       fault_set(why, coding_status(c), conds[c], coding_text(c));
}

/* CRLF, and CR alone, become LF: XML would do the same to the first (XML 1.0
 * §2.11), and a CR alone is no line end to anybody in XMPP. */
static struct str unix_lines(struct arena *a, struct str s)
{
	size_t n = 0;
	char *p;

	if (str_find(s, '\r') == s.n)
		return s;
	p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\r')
			p[n++] = s.p[i];
		else if (i + 1 == s.n || s.p[i + 1] != '\n')
			p[n++] = '\n';
	}
	return (struct str){ p, n };
}

/* The text of a part, in UTF-8. Several that are coded could be a hundred times
 * what has come, so there is a limit for all of them: what the plain text and
 * the HTML of it may be. */
static bool text_of(struct reader *c, const struct part *part, struct str *out)
{
	struct str charset = media_param(part->content_type, "charset"), text;

	if (!decode(c->a, part->content_encoding, part->body, c->max_bytes,
		    &text, c->why))
		return false;
	if (!transfer_decode(c->a, part->transfer_encoding, text, &text))
		return refuse(c, "Content-Transfer-Encoding not understood");
	if (!charset_to_utf8(c->a, charset, text, &text))
		return refuse(c, "charset not known; send UTF-8");
	*out = unix_lines(c->a, text);
	/* Eight-bit charsets grow on their way to UTF-8. */
	if (out->n > c->max_bytes || out->n > c->left_bytes)
		return too_large(c);
	c->left_bytes -= out->n;
	return true;
}

static void add_body(struct reader *c, struct str text, struct str language)
{
	struct text **end = &c->out->bodies;

	if (text.n == 0)
		return;
	while (*end != NULL)
		end = &(*end)->next;
	*end = arena_new(c->a, struct text);
	(*end)->s = text;
	(*end)->lang = language;
}

static bool read_text(struct reader *c, const struct part *part)
{
	struct str text = STR_NONE;

	if (!text_of(c, part, &text))
		return false;
	add_body(c, text, part->language);
	return true;
}

/* RFC 7572 §7: transformed, with a plain rendering beside it. */
static bool read_html(struct reader *c, const struct part *part)
{
	struct str text = STR_NONE;

	if (!text_of(c, part, &text))
		return false;
	c->out->html = html_read(c->a, text);
	if (c->out->bodies == NULL)
		add_body(c, html_plain(c->a, c->out->html, c->max_bytes),
			 part->language);
	/* A picture, a form: who sent it would take a 2xx for delivered. */
	if (c->out->bodies == NULL && str_trim(text).n > 0)
		return fault_set(c->why, 488, COND_NOT_ACCEPTABLE,
				 "nothing in the HTML is text");
	/* It is always said in plain as well (XEP-0071 §8). */
	if (c->out->bodies == NULL || !c->env->rules->wants_xhtml)
		c->out->html = NULL;
	return true;
}

/* The tree of an XML part; expat knows its encoding. */
static const struct xml *tree_of(struct reader *c, const struct part *part)
{
	struct str text = STR_NONE;

	if (!decode(c->a, part->content_encoding, part->body, c->max_bytes,
		    &text, c->why))
		return NULL;
	if (!transfer_decode(c->a, part->transfer_encoding, text, &text)) {
		refuse(c, "Content-Transfer-Encoding not understood");
		return NULL;
	}
	if (c->env->document == NULL) {
		refuse(c, "no XML is read here");
		return NULL;
	}
	c->out->document = c->env->document(c->a, str_trim(text));
	if (c->out->document == NULL)
		fault_set(c->why, 400, COND_BAD_REQUEST,
			  "the body is not well-formed XML");
	return c->out->document;
}

static bool read_typing(struct reader *c, const struct part *part)
{
	c->out->kind = CONTENT_TYPING;
	return tree_of(c, part) != NULL;
}

static bool read_notice(struct reader *c, const struct part *part)
{
	c->out->kind = CONTENT_NOTICE;
	return tree_of(c, part) != NULL;
}

static bool add_link(struct reader *c, const struct link_found *l)
{
	c->out->oob = links_oob(c->a, l);
	if (c->out->bodies == NULL)
		add_body(c, l->url, STR_NONE);
	return true;
}

static bool read_external(struct reader *c, const struct part *part)
{
	struct link_found l;

	if (!links_external(part, &l))
		return refuse(c, "only an external body with a URL of http, "
				 "https or ftp is accepted");
	return add_link(c, &l);
}

static bool read_rcs(struct reader *c, const struct part *part)
{
	const struct xml *doc = tree_of(c, part);
	struct link_found l;

	if (doc == NULL)
		return false;
	c->out->document = NULL;
	if (!links_rcs(c->a, doc, &l))
		return fault_set(c->why, 400, COND_BAD_REQUEST,
				 "a file transfer without a usable URL");
	return add_link(c, &l);
}

typedef bool part_fn(struct reader *c, const struct part *part);

/* In order of preference where a multipart has several. */
static const struct {
	const char *type;
	part_fn *read;
} types[] = {
	{ "text/plain", read_text },
	{ "text/html", read_html },
	{ LINKS_RCS_TYPE, read_rcs },
	{ "message/external-body", read_external },
	{ ISCOMPOSING_TYPE, read_typing },
	{ IMDN_TYPE, read_notice },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static part_fn *reader_of(struct str content_type)
{
	/* RFC 2045 §5.2: no type is text/plain. */
	if (str_trim(content_type).n == 0)
		return read_text;
	for (size_t i = 0; i < COUNT(types); i++)
		if (media_is(content_type, types[i].type))
			return types[i].read;
	return NULL;
}

struct parts {
	struct part all[MULTIPART_PARTS_MAX];
	size_t count;
};

static const struct part *first_of(const struct parts *p, part_fn *read)
{
	for (size_t i = 0; i < p->count; i++)
		if (reader_of(p->all[i].content_type) == read)
			return &p->all[i];
	return NULL;
}

static bool has_language(const struct reader *c, struct str language)
{
	const struct text *t;

	for (t = c->out->bodies; t != NULL; t = t->next)
		if (str_ieq(t->lang, language))
			return true;
	return false;
}

/* Of a multipart/alternative each language is a body of its own. */
static bool read_languages(struct reader *c, const struct parts *p,
			   const struct part *first)
{
	for (const struct part *x = first + 1; x < p->all + p->count; x++) {
		if (reader_of(x->content_type) != read_text ||
		    !x->is_alternative || x->language.n == 0 ||
		    has_language(c, x->language))
			continue;
		if (!read_text(c, x))
			return false;
	}
	return true;
}

/* A link beside a text may be missing or spoilt. */
static void read_link(struct reader *c, const struct parts *p)
{
	const struct part *part = first_of(p, read_rcs);
	struct fault unheard;
	struct reader quiet = *c;

	quiet.why = &unheard;
	if (part != NULL)
		(void)read_rcs(&quiet, part);
	part = first_of(p, read_external);
	if (part != NULL && c->out->oob == NULL)
		(void)read_external(&quiet, part);
}

static bool read_cpim(struct reader *c, const struct part *whole);

/* RFC 3862 §5.2 signs the envelope, so it stands within a multipart; once. */
static const struct part *envelope_of(const struct reader *c,
				      const struct parts *p)
{
	for (size_t i = 0; i < p->count && !c->out->has_cpim; i++)
		if (media_is(p->all[i].content_type, "message/cpim"))
			return &p->all[i];
	return NULL;
}

static bool read_multipart(struct reader *c, const struct part *whole)
{
	struct parts *p = arena_alloc(c->a, sizeof(*p));
	const struct part *text, *html, *envelope;

	p->count = multipart_read(whole->content_type, whole->body, p->all);
	text = first_of(p, read_text);
	html = first_of(p, read_html);
	if (text != NULL &&
	    (!read_text(c, text) || !read_languages(c, p, text)))
		return false;
	if (html != NULL && (text == NULL || html->is_alternative) &&
	    !read_html(c, html))
		return false;
	if (text != NULL || html != NULL) {
		read_link(c, p);
		return true;
	}
	for (size_t i = 0; i < COUNT(types); i++) {
		const struct part *part = first_of(p, types[i].read);

		if (part != NULL)
			return types[i].read(c, part);
	}
	envelope = envelope_of(c, p);
	if (envelope != NULL)
		return read_cpim(c, envelope);
	return refuse(c, "no part within that is understood");
}

static bool read_part(struct reader *c, const struct part *part)
{
	part_fn *read = reader_of(part->content_type);

	if (read != NULL)
		return read(c, part);
	if (multipart_is(part->content_type))
		return read_multipart(c, part);
	return refuse(c, "content type not taken; see Accept");
}

static bool read_cpim(struct reader *c, const struct part *whole)
{
	struct part part;
	struct str text = STR_NONE;

	if (!decode(c->a, whole->content_encoding, whole->body, c->max_bytes,
		    &text, c->why))
		return false;
	if (!transfer_decode(c->a, whole->transfer_encoding, text, &text))
		return refuse(c, "Content-Transfer-Encoding not understood");
	if (!cpim_read(c->a, text, &c->out->cpim, c->why))
		return false;
	c->out->has_cpim = true;
	part = multipart_part(c->out->cpim.content);
	return read_part(c, &part);
}

bool content_read(struct arena *a, const struct env *env,
		  const struct request *r, struct content *out,
		  struct fault *why)
{
	size_t max_bytes = env->rules->body_max_bytes;
	struct reader c = { .a = a,
			    .env = env,
			    .max_bytes = max_bytes,
			    .left_bytes = 2 * max_bytes,
			    .out = out,
			    .why = why };
	const struct part whole = {
		.content_type = r->content_type,
		.content_encoding = r->content_encoding,
		.language = r->language,
		.body = r->body,
	};

	*out = (struct content){ .kind = CONTENT_TEXT };
	if (r->body.n > c.max_bytes)
		return too_large(&c);
	if (media_is(r->content_type, "message/cpim"))
		return read_cpim(&c, &whole);
	return read_part(&c, &whole);
}
