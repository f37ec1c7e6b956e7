#ifndef STOX_TESTS_LITERAL_H
#define STOX_TESTS_LITERAL_H
#include <assert.h>
#include <string.h>
#include "xmpp/ns.h"
#include "xmpp/xml.h"

/* Trees from literals, for the tests of rooms that have no parser: elements,
 * values in single quotes, xmlns without a prefix, text without entities. The
 * root is of NS_COMPONENT unless it says otherwise. */

static inline const char *literal_word(struct arena *a, struct str *s)
{
	size_t n = 0;
	const char *z;

	while (n < s->n && strchr(" =/>", s->p[n]) == NULL)
		n++;
	z = str_dupz(a, str_head(*s, n));
	*s = str_from(*s, n);
	return z;
}

static inline void literal_attrs(struct arena *a, struct str *s, struct xml *x)
{
	const char *name;
	struct str value;

	while (*s->p == ' ') {
		*s = str_from(*s, 1);
		name = literal_word(a, s);
		*s = str_from(*s, 2);
		value = str_cut(s, '\'');
		if (strcmp(name, "xmlns") == 0)
			x->ns = xml_ns(a, value);
		else
			xml_set(a, x, name, value);
	}
}

static inline struct xml *literal_element(struct arena *a, struct str *s,
					  const char *ns)
{
	struct xml *x;
	size_t n;

	*s = str_from(*s, 1);
	x = xml_element(a, literal_word(a, s), ns);
	literal_attrs(a, s, x);
	if (*s->p == '/') {
		*s = str_from(*s, 2);
		return x;
	}
	*s = str_from(*s, 1);
	while (!str_starts(*s, "</")) {
		assert(s->n > 0);
		n = str_find(*s, '<');
		if (n > 0)
			xml_add_text(a, x, str_head(*s, n));
		else
			xml_append(x,
				   literal_element(a, s, str_dupz(a, x->ns)));
		*s = str_from(*s, n);
	}
	(void)str_cut(s, '>');
	return x;
}

static inline struct xml *literal(struct arena *a, const char *z)
{
	struct str s = str_z(z);

	return literal_element(a, &s, NS_COMPONENT);
}

#endif
