#include "xmpp/plain.h"

#include <string.h>
#include "gateway/base/octets.h"
#include "xmpp/ns.h"

enum {
	PLAIN_DEPTH_MAX = 8,
	PLAIN_ATTRS_MAX = 8, /* few, for each is compared with the others */
};

/* Where a byte may stand as it is. HIGH: a part of UTF-8, to be checked. */
enum { IN_TEXT = 1, IN_VALUE = 2, IN_NAME = 4, NAME_START = 8, HIGH = 16 };

/* clang-format off */
static const unsigned char class_of[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, /* TAB, LF */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	3, 3, 1, 3, 3, 3, 0, 1, 3, 3, 3, 3, 3, 7, 7, 3, /* blank to / */
	7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 3, 3, 0, 3, 0, 3, /* 0 to ? */
	3, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* @ */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 3, 3, 3, 3, 7, /* P to _ */
	3, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* ` */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 3, 3, 3, 3, 3, /* p to DEL */
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
	19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19,
};
/* clang-format on */

/* The five references that need no declaration (XML 1.0 §4.6). */
static const struct {
	struct str name;
	char c;
} references[] = {
	{ STR("amp;"), '&' },	{ STR("lt;"), '<' },   { STR("gt;"), '>' },
	{ STR("apos;"), '\'' }, { STR("quot;"), '"' },
};

/* A stanza on its way into a tree. */
struct plain {
	struct arena *a;
	const char *p, *end; /* what is not read yet */
	struct xml *top, *at;
	unsigned depth, depth_max, attrs_max;
	unsigned seen; /* classes of all texts and values */
};

static char peek(const struct plain *r)
{
	return r->p < r->end ? *r->p : '\0';
}

static bool take(struct plain *r, char c)
{
	if (peek(r) != c)
		return false;
	r->p++;
	return true;
}

/* Is any of eight bytes one that may not stand everywhere but in a name? Nearly
 * none is. */
static inline bool is_any_special(const char *p)
{
	uint64_t w = octets_load(p);

	return (octets_below(w, ' ') | octets_high(w) |
		octets_equal_but(w, '>', '>' ^ '<') |
		octets_equal_but(w, '\'', '\'' ^ '&') | octets_equal(w, '"')) !=
	       0;
}

/* Of eight bytes at most; false: the run goes on. */
static bool run_ends(struct plain *r, unsigned class)
{
	for (size_t i = 0; i < OCTETS && r->p < r->end; i++, r->p++) {
		unsigned c = class_of[(unsigned char)*r->p];

		if (!(c & class))
			return true;
		r->seen |= c;
	}
	return r->p == r->end;
}

static struct str run_take(struct plain *r, unsigned class)
{
	const char *from = r->p;

	do {
		while (r->end - r->p >= OCTETS && !is_any_special(r->p))
			r->p += OCTETS;
	} while (!run_ends(r, class));
	return (struct str){ from, (size_t)(r->p - from) };
}

static bool name_take(struct plain *r, struct str *out)
{
	if (!(class_of[(unsigned char)peek(r)] & NAME_START))
		return false;
	*out = (struct str){ r->p, 0 };
	while (class_of[(unsigned char)peek(r)] & IN_NAME)
		r->p++;
	out->n = (size_t)(r->p - out->p);
	return true;
}

static bool has_attr(const struct xml *x, struct str name)
{
	for (const struct xml_attr *at = x->attrs; at != NULL; at = at->next)
		if (str_eq(at->name, name))
			return true;
	return false;
}

/* Those of XML itself cannot be declared. */
static bool declare(struct plain *r, struct xml *x, struct str ns)
{
	if (x->ns.n > 0 || ns.n == 0 || str_starts(ns, "http://www.w3.org/"))
		return false;
	x->ns = xml_ns(r->a, ns);
	return true;
}

static bool attr_name_take(struct plain *r, struct str *out)
{
	static const struct str lang = STR("xml:lang");

	if (!name_take(r, out))
		return false;
	if (peek(r) != ':')
		return true;
	*out = str_head((struct str){ out->p, (size_t)(r->end - out->p) },
			lang.n);
	r->p = out->p + out->n;
	return str_eq(*out, lang);
}

static bool attr_take(struct plain *r, struct xml *x, struct xml_attr ***end)
{
	struct xml_attr *at;
	struct str name, value;
	char quote;

	if (!attr_name_take(r, &name) || !take(r, '='))
		return false;
	quote = peek(r);
	if (quote != '\'' && quote != '"')
		return false;
	r->p++;
	value = run_take(r, IN_VALUE);
	if (!take(r, quote))
		return false;
	if (str_eqz(name, "xmlns"))
		return declare(r, x, value);
	if (has_attr(x, name))
		return false;
	at = arena_new(r->a, struct xml_attr);
	at->name = name;
	at->value = value;
	**end = at;
	*end = &at->next;
	return true;
}

static bool attrs_take(struct plain *r, struct xml *x)
{
	struct xml_attr **end = &x->attrs;
	unsigned n = 0;

	while (take(r, ' '))
		if (n++ == r->attrs_max || !attr_take(r, x, &end))
			return false;
	return true;
}

/* Behind "<". */
static bool start_take(struct plain *r)
{
	struct xml *x = arena_new(r->a, struct xml);

	if (++r->depth > r->depth_max || !name_take(r, &x->name) ||
	    !attrs_take(r, x))
		return false;
	if (x->ns.n == 0)
		x->ns = r->at != NULL ? r->at->ns : STR_LIT(NS_COMPONENT);
	if (r->at != NULL)
		xml_append(r->at, x);
	else
		r->top = x;
	if (take(r, '/'))
		r->depth--;
	else
		r->at = x;
	return take(r, '>');
}

/* Behind "</". */
static bool end_take(struct plain *r)
{
	struct str name;

	if (!name_take(r, &name) || !str_eq(name, r->at->name) || !take(r, '>'))
		return false;
	r->at = r->at->parent;
	r->depth--;
	return true;
}

static bool reference_take(struct plain *r, char *out)
{
	struct str rest = { r->p, (size_t)(r->end - r->p) };

	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++) {
		struct str name = references[i].name;

		if (!str_eq(str_head(rest, name.n), name))
			continue;
		*out = references[i].c;
		r->p += name.n;
		return true;
	}
	return false;
}

/* What goes on behind first with a reference. */
static bool text_join(struct plain *r, struct str *text)
{
	size_t most = str_find(
		(struct str){ text->p, (size_t)(r->end - text->p) }, '<');
	char *p = arena_alloc(r->a, most), *at = p;

	(void)str_put(&at, *text);
	while (take(r, '&')) {
		if (!reference_take(r, at++))
			return false;
		(void)str_put(&at, run_take(r, IN_TEXT));
	}
	*text = (struct str){ p, (size_t)(at - p) };
	return true;
}

static bool text_take(struct plain *r)
{
	struct str text = run_take(r, IN_TEXT);

	if (peek(r) == '&' && !text_join(r, &text))
		return false;
	if (text.n > 0)
		xml_add_text(r->a, r->at, text);
	return true;
}

/* U+FFFE and U+FFFF are no characters of XML. */
static bool is_utf8(struct str s)
{
	static const struct str none = STR("\xef\xbf");
	struct str rest = s;

	while ((rest = str_from(rest, str_find(rest, none.p[0]))).n > 0) {
		if (rest.n > 2 && rest.p[1] == none.p[1] &&
		    (unsigned char)rest.p[2] >= 0xbe)
			return false;
		rest = str_from(rest, 1);
	}
	return str_is_utf8(s);
}

static unsigned least(unsigned x, unsigned y)
{
	return x < y ? x : y;
}

size_t plain_read(struct arena *a, struct str s,
		  const struct stream_limits *limits, struct xml **out)
{
	struct plain r = { .a = a, .p = s.p, .end = s.p + s.n };
	struct str whole;

	r.depth_max = least(limits->depth_max, PLAIN_DEPTH_MAX);
	r.attrs_max = least(limits->attrs_max, PLAIN_ATTRS_MAX);
	if (!take(&r, '<') || !start_take(&r))
		return 0;
	while (r.depth > 0)
		if (!text_take(&r) || !take(&r, '<') ||
		    !(take(&r, '/') ? end_take(&r) : start_take(&r)))
			return 0;
	whole = str_head(s, (size_t)(r.p - s.p));
	if (whole.n > limits->stanza_max_bytes ||
	    ((r.seen & HIGH) && !is_utf8(whole)))
		return 0;
	*out = r.top;
	return whole.n;
}

size_t plain_guess_end(struct str s, size_t from)
{
	static const struct str ends[] = { STR("</message>"), STR("</iq>"),
					   STR("</presence>") };
	struct str rest = str_from(s, from);

	while ((rest = str_from(rest, str_find(rest, '<'))).n > 0) {
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
			if (str_eq(str_head(rest, ends[i].n), ends[i]))
				return s.n - rest.n + ends[i].n;
		rest = str_from(rest, 1);
	}
	return s.n;
}
