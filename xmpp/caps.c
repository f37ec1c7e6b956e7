#include "xmpp/caps.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/ns.h"

enum { SHA1_BYTES = 20, BASE64_BYTES = 29 };

/* Lines that are sorted, then written. */
struct lines {
	struct str *s;
	size_t n;
};

static int by_octets(const void *x, const void *y)
{
	const struct str *a = x, *b = y;
	size_t n = a->n < b->n ? a->n : b->n;
	int d = n > 0 ? memcmp(a->p, b->p, n) : 0;

	if (d != 0)
		return d;
	return a->n < b->n ? -1 : a->n > b->n;
}

static struct lines lines_for(struct arena *a, const struct xml *x)
{
	const struct xml *c;
	size_t n = 1;

	for (c = x->child; c != NULL; c = c->next)
		n++;
	return (struct lines){ arena_alloc(a, n * sizeof(struct str)), 0 };
}

static struct str lines_text(struct arena *a, struct lines *l)
{
	struct str all;
	size_t i, n = 0;
	char *p;

	if (l->n > 1)
		qsort(l->s, l->n, sizeof(*l->s), by_octets);
	for (i = 0; i < l->n; i++)
		n += l->s[i].n;
	p = arena_alloc(a, n + 1);
	all = (struct str){ p, n };
	for (i = 0; i < l->n; i++) {
		if (l->s[i].n > 0)
			memcpy(p, l->s[i].p, l->s[i].n);
		p += l->s[i].n;
	}
	return all;
}

/* The separator itself is escaped (§5.1, note). */
static struct str escaped(struct arena *a, struct str s)
{
	size_t i, n = 0;
	char *p;
	struct str out;

	for (i = 0; i < s.n; i++)
		n += s.p[i] == '<' ? 3 : 0;
	if (n == 0)
		return s;
	p = arena_alloc(a, s.n + n);
	out = (struct str){ p, s.n + n };
	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '<') {
			*p++ = s.p[i];
			continue;
		}
		memcpy(p, "&lt;", 4);
		p += 4;
	}
	return out;
}

static struct str attr(struct arena *a, const struct xml *x, const char *name)
{
	return escaped(a, xml_attr(x, name));
}

static struct str identities(struct arena *a, const struct xml *info)
{
	struct lines l = lines_for(a, info);
	const struct xml *x = xml_child(info, "identity", NULL);

	for (; x != NULL; x = xml_next(x, "identity", NULL))
		l.s[l.n++] = str_fmt(a, "%.*s/%.*s/%.*s/%.*s<",
				     STR_ARG(attr(a, x, "category")),
				     STR_ARG(attr(a, x, "type")),
				     STR_ARG(attr(a, x, "xml:lang")),
				     STR_ARG(attr(a, x, "name")));
	return lines_text(a, &l);
}

static struct str features(struct arena *a, const struct xml *info)
{
	struct lines l = lines_for(a, info);
	const struct xml *x = xml_child(info, "feature", NULL);

	for (; x != NULL; x = xml_next(x, "feature", NULL))
		l.s[l.n++] = str_fmt(a, "%.*s<", STR_ARG(attr(a, x, "var")));
	return lines_text(a, &l);
}

static struct str values(struct arena *a, const struct xml *field)
{
	struct lines l = lines_for(a, field);
	const struct xml *x = xml_child(field, "value", NULL);

	for (; x != NULL; x = xml_next(x, "value", NULL))
		l.s[l.n++] = str_fmt(a, "%.*s<",
				     STR_ARG(escaped(a, xml_text(a, x))));
	return lines_text(a, &l);
}

/* FORM_TYPE first, then the fields by name. */
static struct str form(struct arena *a, const struct xml *f)
{
	struct lines l = lines_for(a, f);
	const struct xml *x = xml_child(f, "field", NULL);
	struct str type = STR_NONE, rest;

	for (; x != NULL; x = xml_next(x, "field", NULL)) {
		if (str_eqz(xml_attr(x, "var"), "FORM_TYPE"))
			type = values(a, x);
		else
			l.s[l.n++] = str_fmt(a, "%.*s<%.*s",
					     STR_ARG(attr(a, x, "var")),
					     STR_ARG(values(a, x)));
	}
	rest = lines_text(a, &l);
	return type.n == 0
		       ? STR_NONE
		       : str_fmt(a, "%.*s%.*s", STR_ARG(type), STR_ARG(rest));
}

static struct str forms(struct arena *a, const struct xml *info)
{
	struct lines l = lines_for(a, info);
	const struct xml *x = xml_child(info, "x", NS_DATA_FORM);

	for (; x != NULL; x = xml_next(x, "x", NS_DATA_FORM))
		l.s[l.n++] = form(a, x);
	return lines_text(a, &l);
}

struct str caps_ver(struct arena *a, const struct xml *info)
{
	struct str s =
		str_fmt(a, "%.*s%.*s%.*s", STR_ARG(identities(a, info)),
			STR_ARG(features(a, info)), STR_ARG(forms(a, info)));
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned char *out = arena_alloc(a, BASE64_BYTES);
	int n;

	if (EVP_Digest(s.p, s.n, hash, NULL, EVP_sha1(), NULL) != 1)
		abort();
	n = EVP_EncodeBlock(out, hash, SHA1_BYTES);
	return (struct str){ (const char *)out, (size_t)n };
}

struct xml *caps_element(struct arena *a, struct str node, struct str ver)
{
	struct xml *c = xml_element(a, "c", NS_CAPS);

	xml_set(a, c, "hash", STR_LIT("sha-1"));
	xml_set(a, c, "node", node);
	xml_set(a, c, "ver", ver);
	return c;
}
