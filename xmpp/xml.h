#ifndef STOX_XMPP_XML_H
#define STOX_XMPP_XML_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* An element tree in an arena: built by the stream's parser or by hand, asked,
 * and written. The namespaces of stanzas, jabber:client, jabber:server and
 * jabber:component:accept, count as one (XEP-0114 §6): the tree stores
 * NS_COMPONENT for all three. No attribute but xml:lang keeps a prefix. */
struct xml_attr {
	struct xml_attr *next;
	struct str name; /* "xml:lang" for that one; else the local name */
	struct str ns;	 /* none as a rule */
	struct str value;
};

/* An element, or a run of text when name is none. */
struct xml {
	struct str name;
	struct str ns;
	struct str text; /* of a text node only */
	struct xml_attr *attrs;
	struct xml *parent, *child, *last, *next;
};

/* Slices are borrowed: they must outlive the tree. A text node is never asked
 * for attributes or children of its own. */
struct xml *xml_element(struct arena *a, const char *name, const char *ns);
struct xml *xml_add(struct arena *a, struct xml *parent, const char *name,
		    const char *ns); /* ns NULL: the parent's */
void xml_add_text(struct arena *a, struct xml *parent, struct str text);
void xml_append(struct xml *parent,
		struct xml *child); /* child has no parent */
void xml_set(struct arena *a, struct xml *x, const char *name,
	     struct str value);

bool xml_is(const struct xml *x, const char *name, const char *ns);
/* The first child element of that name and namespace, or NULL. ns NULL: any;
 * name NULL: any. xml_next goes on behind x. */
struct xml *xml_child(const struct xml *x, const char *name, const char *ns);
struct xml *xml_next(const struct xml *x, const char *name, const char *ns);
/* The value of the attribute without a namespace (and of "xml:lang"), or
 * none. */
struct str xml_attr(const struct xml *x, const char *name);
bool xml_has_attr(const struct xml *x, const char *name);
/* ns as the tree keeps it: NS_COMPONENT for the three of stanzas, a static
 * slice for one of ns.h, else a copy in a. */
struct str xml_ns(struct arena *a, struct str ns);
/* All text directly below x, joined; a slice when there is one run only. */
struct str xml_text(struct arena *a, const struct xml *x);

/* Writes x; the default namespace is declared where it differs from
 * parent_ns. Text and values are escaped by xml_put_*. */
void xml_write(struct strbuf *b, const struct xml *x, struct str parent_ns);

/* Escapes for element content and for a value in single quotes. What XML 1.0
 * or UTF-8 does not allow becomes U+FFFD, so whatever goes in, the stream
 * stays well-formed. CR is written as &#13;. */
void xml_put_text(struct strbuf *b, struct str s);
void xml_put_value(struct strbuf *b, struct str s);
/* The same for a value that was appended as it is, from there on: as a rule
 * there is nothing to escape. */
void xml_escape_value(struct strbuf *b, size_t from);
/* " name='value'", or nothing when value.p is NULL. */
void xml_put_attr(struct strbuf *b, const char *name, struct str value);
/* The same in as few bytes as XML allows, whatever the value: what was read
 * under a limit can be said again under it. */
void xml_put_attr_short(struct strbuf *b, const char *name, struct str value);
/* Replaces what XML 1.0 does not allow by U+FFFD; returns s itself when there
 * is nothing to replace. */
struct str xml_clean(struct arena *a, struct str s);

#endif
