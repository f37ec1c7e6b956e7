#ifndef STOX_TESTS_DOCUMENT_H
#define STOX_TESTS_DOCUMENT_H
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/ns.h"
#include "xmpp/xml.h"

/* Trees from documents as they are on the wire, for the tests of rooms that
 * have no parser: prefixes, both quotes, entities, an XML declaration. The
 * document is one that we wrote down: what is not well-formed is asserted. */
struct document_scope {
	const struct document_scope *up;
	struct str prefix, ns; /* prefix none: the default namespace */
};

struct document_attr {
	struct document_attr *next;
	struct str name, value;
};

static inline struct str document_unescape(struct arena *a, struct str s)
{
	static const struct {
		const char *entity;
		char c;
	} known[] = { { "&lt;", '<' },
		      { "&gt;", '>' },
		      { "&amp;", '&' },
		      { "&quot;", '"' },
		      { "&apos;", '\'' } };
	char *p = arena_alloc(a, s.n + 1);
	size_t i, n = 0;

	while (s.n > 0) {
		for (i = 0; i < 5 && !str_starts(s, known[i].entity); i++)
			;
		p[n++] = i < 5 ? known[i].c : s.p[0];
		s = str_from(s, i < 5 ? strlen(known[i].entity) : 1);
	}
	return (struct str){ p, n };
}

static inline struct str document_word(struct str *s)
{
	struct str word;
	size_t n = 0;

	while (n < s->n && strchr(" \t\r\n=/>", s->p[n]) == NULL)
		n++;
	word = str_head(*s, n);
	*s = str_from(*s, n);
	return word;
}

static inline struct document_attr *document_attrs(struct arena *a,
						   struct str *s)
{
	struct document_attr *first = NULL, **end = &first;
	char quote;

	for (*s = str_trim(*s); s->p[0] != '>' && s->p[0] != '/';
	     *s = str_trim(*s)) {
		*end = arena_new(a, struct document_attr);
		(*end)->name = document_word(s);
		*s = str_trim(str_from(str_trim(*s), 1));
		quote = s->p[0];
		assert(quote == '"' || quote == '\'');
		*s = str_from(*s, 1);
		(*end)->value = document_unescape(a, str_cut(s, quote));
		end = &(*end)->next;
	}
	return first;
}

static inline struct str document_ns(const struct document_scope *scope,
				     struct str prefix)
{
	for (; scope != NULL; scope = scope->up)
		if (str_eq(scope->prefix, prefix))
			return scope->ns;
	assert(prefix.n == 0);
	return STR_NONE;
}

/* "rpid:away" -> "away", and the prefix. */
static inline struct str document_local(struct str name, struct str *prefix)
{
	struct str rest = name, head = str_cut(&rest, ':');

	*prefix = rest.p != NULL ? head : STR_NONE;
	return rest.p != NULL ? rest : name;
}

static inline const struct document_scope *
document_declare(struct arena *a, const struct document_attr *at,
		 const struct document_scope *scope)
{
	struct document_scope *inner;

	for (; at != NULL; at = at->next) {
		if (!str_starts(at->name, "xmlns"))
			continue;
		inner = arena_new(a, struct document_scope);
		inner->up = scope;
		inner->prefix = str_from(at->name, sizeof("xmlns:") - 1);
		inner->ns = at->value;
		scope = inner;
	}
	return scope;
}

static inline struct xml *document_open(struct arena *a, struct str *s,
					const struct document_scope **scope)
{
	struct str prefix, local;
	const struct document_attr *at;
	struct xml *x;

	*s = str_from(*s, 1);
	local = document_local(document_word(s), &prefix);
	at = document_attrs(a, s);
	*scope = document_declare(a, at, *scope);
	x = xml_element(a, str_dupz(a, local), NULL);
	x->ns = xml_ns(a, document_ns(*scope, prefix));
	for (; at != NULL; at = at->next)
		if (!str_starts(at->name, "xmlns"))
			xml_set(a, x, str_dupz(a, at->name), at->value);
	return x;
}

static inline struct xml *document_element(struct arena *a, struct str *s,
					   const struct document_scope *scope)
{
	struct xml *x = document_open(a, s, &scope);
	size_t n;

	if (s->p[0] == '/') {
		*s = str_from(*s, 2);
		return x;
	}
	*s = str_from(*s, 1);
	while (!str_starts(*s, "</")) {
		assert(s->n > 0);
		n = str_find(*s, '<');
		if (n > 0)
			xml_add_text(a, x,
				     document_unescape(a, str_head(*s, n)));
		else
			xml_append(x, document_element(a, s, scope));
		*s = str_from(*s, n);
	}
	(void)str_cut(s, '>');
	return x;
}

static inline struct xml *document_of(struct arena *a, struct str s)
{
	s = str_trim(s);
	while (str_starts(s, "<?")) {
		(void)str_cut(&s, '>');
		s = str_trim(s);
	}
	return document_element(a, &s, NULL);
}

#endif
