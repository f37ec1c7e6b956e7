#include "xmpp/builder.h"

#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"
#include "xmpp/ns.h"

/* Weak: an older libexpat has no reparse deferral to turn off. */
extern XML_Bool XMLCALL XML_SetReparseDeferralEnabled(XML_Parser parser,
						      XML_Bool enabled)
	__attribute__((weak));

/* No character of XML, so no name or namespace can hold it. */
#define NS_SEPARATOR '\x01'

/* expat keeps some hundred bytes of each open element. */
enum { PASSED_DEPTH_MAX = 50000 };

void builder_stop(struct builder *b)
{
	b->is_over = true;
	XML_StopParser(b->parser, XML_FALSE);
}

void builder_fail(struct builder *b, const char *condition, const char *why)
{
	if (b->is_over)
		return;
	b->condition = condition;
	b->why = why;
	builder_stop(b);
}

void builder_exceed(struct builder *b, const char *why)
{
	if (!b->may_pass)
		builder_fail(b, "policy-violation", why);
	else if (b->excess == NULL)
		b->excess = why;
}

/* The RFC 6120 §4.9.3 condition for what expat itself refuses. */
void builder_fail_expat(struct builder *b)
{
	enum XML_Error code = XML_GetErrorCode(b->parser);
	const char *condition = "not-well-formed";

	if (b->is_over)
		return;
	if (code == XML_ERROR_UNDEFINED_ENTITY)
		condition = "restricted-xml";
	else if (code == XML_ERROR_UNKNOWN_ENCODING ||
		 code == XML_ERROR_INCORRECT_ENCODING)
		condition = "unsupported-encoding";
	else if (code == XML_ERROR_NO_MEMORY)
		condition = "policy-violation";
	b->is_over = true;
	b->condition = condition;
	b->why = XML_ErrorString(code);
}

/* "namespace SEPARATOR local", or the local name alone. */
struct str builder_name(const char *name, struct str *ns)
{
	struct str rest = str_z(name);
	struct str first = str_cut(&rest, NS_SEPARATOR);

	*ns = rest.p != NULL ? first : STR_NONE;
	return rest.p != NULL ? rest : first;
}

static struct xml_attr *attr_create(struct arena *a, const char *name,
				    const char *value)
{
	struct xml_attr *at = arena_new(a, struct xml_attr);

	at->name = builder_name(name, &at->ns);
	if (str_eqz(at->ns, NS_XML) && str_eqz(at->name, "lang")) {
		at->name = STR_LIT("xml:lang");
		at->ns = STR_NONE;
	}
	at->name = str_dup(a, at->name);
	at->ns = str_dup(a, at->ns);
	at->value = value[0] != '\0' ? str_dup(a, str_z(value)) : str_z("");
	return at;
}

/* Of a stanza that is passed over: what its error needs. */
static bool is_kept(const struct builder *b, const char *name)
{
	static const char *const kept[] = { "from", "to", "id", "type" };

	if (b->excess == NULL)
		return true;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strcmp(name, kept[i]) == 0)
			return true;
	return false;
}

static void count_attrs(struct builder *b, const char **attrs)
{
	unsigned n = b->declared;

	b->declared = 0;
	for (; attrs[0] != NULL; attrs += 2)
		n++;
	if (n > b->limits->attrs_max)
		builder_exceed(b, "too many attributes");
}

static void add_attrs(struct builder *b, struct xml *x, const char **attrs)
{
	struct xml_attr **end = &x->attrs;

	for (; attrs[0] != NULL; attrs += 2) {
		if (!is_kept(b, attrs[0]))
			continue;
		*end = attr_create(b->arena, attrs[0], attrs[1]);
		end = &(*end)->next;
	}
}

static void finish_text(struct builder *b)
{
	if (b->text.overflow)
		builder_exceed(b, "text too long");
	else if (b->text.n > 0)
		xml_add_text(b->arena, b->at,
			     str_dup(b->arena, strbuf_str(&b->text)));
	strbuf_reset(&b->text);
}

static void element_add(struct builder *b, const char *name, const char **attrs)
{
	struct xml *x = arena_new(b->arena, struct xml);
	struct str ns;

	x->name = str_dup(b->arena, builder_name(name, &ns));
	if (b->at != NULL && str_eq(ns, b->at->ns))
		x->ns = b->at->ns;
	else
		x->ns = xml_ns(b->arena, ns);
	add_attrs(b, x, attrs);
	if (b->at != NULL)
		xml_append(b->at, x);
	else
		b->top = x;
	b->at = x;
}

void builder_start(struct builder *b, const char *name, const char **attrs)
{
	if (b->at != NULL)
		finish_text(b);
	count_attrs(b, attrs);
	if (b->depth >= b->limits->depth_max)
		builder_exceed(b, "elements nested too deep");
	if (b->depth >= PASSED_DEPTH_MAX)
		builder_fail(b, "policy-violation", "elements nested too deep");
	if (!b->is_over && (b->depth == 0 || b->excess == NULL))
		element_add(b, name, attrs);
	b->depth++;
}

void builder_end(struct builder *b)
{
	finish_text(b);
	b->depth--;
	if (b->excess == NULL)
		b->at = b->at->parent;
	else if (b->depth == 0)
		b->at = NULL;
}

void builder_text(struct builder *b, struct str text)
{
	if (b->excess == NULL)
		strbuf_add(&b->text, text);
}

void builder_declare(struct builder *b)
{
	if (++b->declared > b->limits->attrs_max)
		builder_exceed(b, "too many attributes");
}

void builder_init(struct builder *b, struct arena *a,
		  const struct stream_limits *limits, const char *encoding)
{
	unsigned long salt;

	*b = (struct builder){ .arena = a, .limits = limits };
	strbuf_init(&b->text, limits->stanza_max_bytes);
	b->parser = XML_ParserCreateNS(encoding, NS_SEPARATOR);
	if (b->parser == NULL)
		abort();
	/* Else expat asks the kernel for one, for each document. */
	keyed_random(&salt, sizeof(salt));
	XML_SetHashSalt(b->parser, salt | 1); /* 0 would be none */
	if (XML_SetReparseDeferralEnabled != NULL)
		XML_SetReparseDeferralEnabled(b->parser, XML_FALSE);
}

void builder_fini(struct builder *b)
{
	XML_ParserFree(b->parser);
	strbuf_fini(&b->text);
}
