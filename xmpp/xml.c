#include "xmpp/xml.h"

#include <assert.h>
#include <string.h>
#include "xmpp/ns.h"

/* What a byte below 0x80 needs. Bytes from 0x80 on go through the UTF-8
 * reader. */
enum {
	ESC_TEXT = 1,  /* escaped in element content */
	ESC_VALUE = 2, /* escaped in an attribute value */
	ESC_BOTH = 3,
	ILLEGAL = 4 /* not a character of XML 1.0 */
};

/* TAB, LF and CR in a value, and CR in text, would be changed by the reader's
 * normalisation (XML 1.0 §2.11, §3.3.3). */
static const unsigned char class_of[128] = {
	[0x00] = ILLEGAL,   [0x01] = ILLEGAL,	[0x02] = ILLEGAL,
	[0x03] = ILLEGAL,   [0x04] = ILLEGAL,	[0x05] = ILLEGAL,
	[0x06] = ILLEGAL,   [0x07] = ILLEGAL,	[0x08] = ILLEGAL,
	['\t'] = ESC_VALUE, ['\n'] = ESC_VALUE, [0x0b] = ILLEGAL,
	[0x0c] = ILLEGAL,   ['\r'] = ESC_BOTH,	[0x0e] = ILLEGAL,
	[0x0f] = ILLEGAL,   [0x10] = ILLEGAL,	[0x11] = ILLEGAL,
	[0x12] = ILLEGAL,   [0x13] = ILLEGAL,	[0x14] = ILLEGAL,
	[0x15] = ILLEGAL,   [0x16] = ILLEGAL,	[0x17] = ILLEGAL,
	[0x18] = ILLEGAL,   [0x19] = ILLEGAL,	[0x1a] = ILLEGAL,
	[0x1b] = ILLEGAL,   [0x1c] = ILLEGAL,	[0x1d] = ILLEGAL,
	[0x1e] = ILLEGAL,   [0x1f] = ILLEGAL,	['&'] = ESC_BOTH,
	['\''] = ESC_VALUE, ['<'] = ESC_BOTH,	['>'] = ESC_BOTH,
};

static const struct str escape_of[128] = {
	['\t'] = STR("&#9;"), ['\n'] = STR("&#10;"),  ['\r'] = STR("&#13;"),
	['&'] = STR("&amp;"), ['\''] = STR("&apos;"), ['<'] = STR("&lt;"),
	['>'] = STR("&gt;"),
};

static const struct str replacement = STR("\xef\xbf\xbd"); /* U+FFFD */

/* The first ones are of nearly every stanza. */
static const struct str known_ns[] = {
	STR(NS_COMPONENT),  STR(NS_CLIENT),	  STR(NS_SERVER),
	STR(NS_CHATSTATES), STR(NS_RECEIPTS),	  STR(NS_MARKERS),
	STR(NS_DELAY),	    STR(NS_CAPS),	  STR(NS_STANZA_ERRORS),
	STR(NS_DISCO_INFO), STR(NS_DISCO_ITEMS),  STR(NS_PING),
	STR(NS_TIME),	    STR(NS_VERSION),	  STR(NS_LAST),
	STR(NS_DATA_FORM),  STR(NS_MUC_USER),	  STR(NS_NICK),
	STR(NS_IDLE),	    STR(NS_XHTML_IM),	  STR(NS_OOB),
	STR(NS_CORRECT),    STR(NS_COMMANDS),	  STR(NS_STREAM),
	STR(NS_XHTML),	    STR(NS_REPLY),	  STR(NS_REACTIONS),
	STR(NS_RETRACT),    STR(NS_FASTEN),	  STR(NS_ACTIVITY),
	STR(NS_MOOD),	    STR(NS_PUBSUB_EVENT), STR(NS_STREAM_ERRORS),
	STR(NS_XML),
};

enum {
	STANZA_NS_COUNT = 3,
	KNOWN_NS_COUNT = sizeof(known_ns) / sizeof(known_ns[0])
};

/* NULL when ns is not known; the three of stanzas count as one. */
static const struct str *find_ns(struct str ns)
{
	size_t i;

	for (i = 0; i < KNOWN_NS_COUNT; i++)
		if (str_eq(known_ns[i], ns))
			return &known_ns[i < STANZA_NS_COUNT ? 0 : i];
	return NULL;
}

struct str xml_ns(struct arena *a, struct str ns)
{
	const struct str *known = find_ns(ns);

	return known != NULL ? *known : str_dup(a, ns);
}

struct xml *xml_element(struct arena *a, const char *name, const char *ns)
{
	struct xml *x = arena_new(a, struct xml);
	const struct str *known = find_ns(str_z(ns));

	x->name = str_z(name);
	x->ns = known != NULL ? *known : str_z(ns);
	return x;
}

struct xml *xml_add(struct arena *a, struct xml *parent, const char *name,
		    const char *ns)
{
	struct xml *x = xml_element(a, name, ns);

	if (ns == NULL)
		x->ns = parent->ns;
	xml_append(parent, x);
	return x;
}

void xml_add_text(struct arena *a, struct xml *parent, struct str text)
{
	struct xml *x = arena_new(a, struct xml);

	x->text = text;
	xml_append(parent, x);
}

void xml_append(struct xml *parent, struct xml *child)
{
	assert(child->parent == NULL && child->next == NULL);
	child->parent = parent;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->child = child;
	parent->last = child;
}

static struct xml_attr *find_attr(const struct xml *x, const char *name)
{
	const struct str wanted = str_z(name);
	struct xml_attr *at;

	for (at = x->attrs; at != NULL; at = at->next)
		if (at->ns.n == 0 && str_eq(at->name, wanted))
			return at;
	return NULL;
}

void xml_set(struct arena *a, struct xml *x, const char *name, struct str value)
{
	struct xml_attr *at = find_attr(x, name);
	struct xml_attr **end = &x->attrs;

	if (at == NULL) {
		at = arena_new(a, struct xml_attr);
		at->name = str_z(name);
		while (*end != NULL)
			end = &(*end)->next;
		*end = at;
	}
	at->value = value;
}

bool xml_is(const struct xml *x, const char *name, const char *ns)
{
	return x->name.n > 0 && (name == NULL || str_eqz(x->name, name)) &&
	       (ns == NULL || str_eqz(x->ns, ns));
}

static struct xml *first_like(struct xml *x, const char *name, const char *ns)
{
	while (x != NULL && !xml_is(x, name, ns))
		x = x->next;
	return x;
}

struct xml *xml_child(const struct xml *x, const char *name, const char *ns)
{
	return first_like(x->child, name, ns);
}

struct xml *xml_next(const struct xml *x, const char *name, const char *ns)
{
	return first_like(x->next, name, ns);
}

struct str xml_attr(const struct xml *x, const char *name)
{
	const struct xml_attr *at = find_attr(x, name);

	return at != NULL ? at->value : STR_NONE;
}

bool xml_has_attr(const struct xml *x, const char *name)
{
	return find_attr(x, name) != NULL;
}

struct str xml_text(struct arena *a, const struct xml *x)
{
	const struct xml *c, *only = NULL;
	size_t n = 0, runs = 0;
	char *p;

	for (c = x->child; c != NULL; c = c->next) {
		if (c->name.n > 0)
			continue;
		only = c;
		n += c->text.n;
		runs++;
	}
	if (runs <= 1)
		return only != NULL ? only->text : STR_NONE;
	p = arena_alloc(a, n + 1);
	for (c = x->child, n = 0; c != NULL; c = c->next) {
		if (c->name.n > 0 || c->text.n == 0)
			continue;
		memcpy(p + n, c->text.p, c->text.n);
		n += c->text.n;
	}
	return (struct str){ p, n };
}

/* Looked at as many bytes at a time as a register holds; what is left over is
 * short enough for a table. */
enum { BLOCK_BYTES = 16 };

static bool are_plain_blocks(const char *p, size_t blocks)
{
	unsigned char special = 0;

	for (size_t i = 0; i < blocks * BLOCK_BYTES; i++) {
		unsigned char c = (unsigned char)p[i];

		special |=
			(unsigned char)((c < ' ') | (c >= 0x80) | (c == '<') |
					(c == '>') | (c == '&') | (c == '\''));
	}
	return special == 0;
}

static bool is_plain_short(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x80 || class_of[c] != 0)
			return false;
	}
	return true;
}

/* Nothing that anybody escapes or refuses: ASCII without controls and markup,
 * as nearly always. */
static bool is_plain(struct str s)
{
	size_t blocks = s.n / BLOCK_BYTES;

	return are_plain_blocks(s.p, blocks) &&
	       is_plain_short(str_from(s, blocks * BLOCK_BYTES));
}

/* From i on: the first byte that cannot be copied as it is, or s.n. */
static size_t run_end(struct str s, size_t i, unsigned stops)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t next;
	uint32_t c;

	for (;;) {
		while (i < s.n && p[i] < 0x80 && !(class_of[p[i]] & stops))
			i++;
		if (i == s.n || p[i] < 0x80)
			break;
		next = i;
		c = str_utf8_next(s, &next);
		if (next == i + 1 || c == 0xfffe || c == 0xffff)
			break;
		i = next;
	}
	return i;
}

/* Moves behind what stopped a run at i and is not an ASCII character. */
static size_t skip_bad(struct str s, size_t i)
{
	(void)str_utf8_next(s, &i);
	return i;
}

static void put(struct strbuf *b, struct str s, unsigned stops)
{
	size_t i = 0, end;

	if (is_plain(s)) {
		strbuf_add(b, s);
		return;
	}
	while (i < s.n) {
		end = run_end(s, i, stops | ILLEGAL);
		if (end > i)
			strbuf_add(b, (struct str){ s.p + i, end - i });
		if (end == s.n)
			return;
		if ((unsigned char)s.p[end] < 0x80 &&
		    escape_of[(unsigned char)s.p[end]].n > 0)
			strbuf_add(b, escape_of[(unsigned char)s.p[end]]);
		else
			strbuf_add(b, replacement);
		i = skip_bad(s, end);
	}
}

void xml_put_text(struct strbuf *b, struct str s)
{
	put(b, s, ESC_TEXT);
}

void xml_put_value(struct strbuf *b, struct str s)
{
	put(b, s, ESC_VALUE);
}

void xml_escape_value(struct strbuf *b, size_t from)
{
	struct str written = str_from(strbuf_str(b), from);

	if (b->overflow || is_plain(written))
		return;
	written = str_heap(written);
	strbuf_truncate(b, from);
	put(b, written, ESC_VALUE);
	str_free(&written);
}

void xml_put_attr(struct strbuf *b, const char *name, struct str value)
{
	if (value.p == NULL)
		return;
	strbuf_addc(b, ' ');
	strbuf_addz(b, name);
	strbuf_addlit(b, "='");
	xml_put_value(b, value);
	strbuf_addc(b, '\'');
}

void xml_put_attr_short(struct strbuf *b, const char *name, struct str value)
{
	size_t apostrophes = 0, quotes = 0;
	char quote;

	if (value.p == NULL || is_plain(value)) {
		xml_put_attr(b, name, value);
		return;
	}
	for (size_t i = 0; i < value.n; i++) {
		apostrophes += value.p[i] == '\'';
		quotes += value.p[i] == '"';
	}
	quote = apostrophes > quotes ? '"' : '\'';
	strbuf_addf(b, " %s=%c", name, quote);
	for (size_t i = 0, end; i < value.n; i = end + 1) {
		end = i;
		while (end < value.n && strchr("'\">", value.p[end]) == NULL)
			end++;
		put(b, (struct str){ value.p + i, end - i }, ESC_VALUE);
		if (end < value.n && value.p[end] == quote)
			strbuf_addf(b, "&#%d;", quote);
		else if (end < value.n)
			strbuf_addc(b, value.p[end]);
	}
	strbuf_addc(b, quote);
}

struct str xml_clean(struct arena *a, struct str s)
{
	size_t i, end, bad = 0, n = 0;
	char *p;

	if (is_plain(s))
		return s;
	for (i = run_end(s, 0, ILLEGAL); i < s.n; i = run_end(s, i, ILLEGAL)) {
		i = skip_bad(s, i);
		bad++;
	}
	if (bad == 0)
		return s;
	p = arena_alloc(a, s.n + bad * replacement.n);
	for (i = 0; i < s.n;) {
		end = run_end(s, i, ILLEGAL);
		memcpy(p + n, s.p + i, end - i);
		n += end - i;
		if (end == s.n)
			break;
		memcpy(p + n, replacement.p, replacement.n);
		n += replacement.n;
		i = skip_bad(s, end);
	}
	return (struct str){ p, n };
}

/* An attribute of a foreign namespace gets a prefix of its own: a0, a1, ... */
static void write_attrs(struct strbuf *b, const struct xml *x)
{
	const struct xml_attr *at;
	unsigned prefixes = 0;

	for (at = x->attrs; at != NULL; at = at->next) {
		if (at->ns.n > 0 && str_eqz(at->ns, NS_XML)) {
			strbuf_addlit(b, " xml:");
		} else if (at->ns.n > 0) {
			strbuf_addf(b, " xmlns:a%u='", prefixes);
			xml_put_value(b, at->ns);
			strbuf_addf(b, "' a%u:", prefixes++);
		} else {
			strbuf_addc(b, ' ');
		}
		strbuf_add(b, at->name);
		strbuf_addlit(b, "='");
		xml_put_value(b, at->value);
		strbuf_addc(b, '\'');
	}
}

/* The namespace of XML itself has its prefix and cannot be the default one
 * (Namespaces in XML §3). */
static bool is_of_xml(const struct xml *x)
{
	return x->ns.n > 0 && str_eqz(x->ns, NS_XML);
}

static void write_name(struct strbuf *b, const struct xml *x)
{
	if (is_of_xml(x))
		strbuf_addlit(b, "xml:");
	strbuf_add(b, x->name);
}

static void write_element(struct strbuf *b, const struct xml *x,
			  struct str parent_ns)
{
	struct str ns = is_of_xml(x) ? parent_ns : x->ns;
	const struct xml *c;

	strbuf_addc(b, '<');
	write_name(b, x);
	if (!str_eq(ns, parent_ns)) {
		strbuf_addlit(b, " xmlns='");
		xml_put_value(b, ns);
		strbuf_addc(b, '\'');
	}
	write_attrs(b, x);
	if (x->child == NULL) {
		strbuf_addlit(b, "/>");
		return;
	}
	strbuf_addc(b, '>');
	for (c = x->child; c != NULL; c = c->next)
		xml_write(b, c, ns);
	strbuf_addlit(b, "</");
	write_name(b, x);
	strbuf_addc(b, '>');
}

void xml_write(struct strbuf *b, const struct xml *x, struct str parent_ns)
{
	if (x->name.n == 0)
		xml_put_text(b, x->text);
	else
		write_element(b, x, parent_ns);
}
