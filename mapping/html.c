#include "mapping/html.h"

#include "mapping/htmlstyle.h"
#include "mapping/htmltoken.h"
#include "xmpp/ns.h"

/* What becomes of an element. */
enum fate {
	FATE_INLINE, /* carried, within a line */
	FATE_BLOCK,  /* carried, a line of its own */
	FATE_LEAF,   /* carried, has no content */
	FATE_BREAK,  /* its text goes on, in a line of its own */
	FATE_DROP,   /* nothing of it */
	FATE_RAW     /* nothing, and what is in it is no HTML */
};

struct element {
	const char *name; /* of HTML */
	enum fate fate;
	const char *becomes; /* XHTML-IM's name; NULL: the same */
	const char *style;   /* that it stands for; NULL: none */
};

/* XEP-0071 §7: the elements that are recommended, and what others mean in
 * their words. What is not here counts as its text. */
static const struct element elements[] = {
	{ "a", FATE_INLINE, NULL, NULL },
	{ "b", FATE_INLINE, "strong", NULL },
	{ "blockquote", FATE_BLOCK, NULL, NULL },
	{ "body", FATE_BREAK, NULL, NULL },
	{ "br", FATE_LEAF, NULL, NULL },
	{ "center", FATE_BLOCK, "p", "text-align: center" },
	{ "cite", FATE_INLINE, NULL, NULL },
	{ "code", FATE_INLINE, "span", "font-family: monospace" },
	{ "dd", FATE_BLOCK, "p", NULL },
	{ "del", FATE_INLINE, "span", "text-decoration: line-through" },
	{ "div", FATE_BLOCK, "p", NULL },
	{ "dl", FATE_BREAK, NULL, NULL },
	{ "dt", FATE_BLOCK, "p", NULL },
	{ "em", FATE_INLINE, NULL, NULL },
	{ "font", FATE_INLINE, "span", NULL },
	{ "h1", FATE_BLOCK, "p", "font-weight: bold" },
	{ "h2", FATE_BLOCK, "p", "font-weight: bold" },
	{ "h3", FATE_BLOCK, "p", "font-weight: bold" },
	{ "h4", FATE_BLOCK, "p", "font-weight: bold" },
	{ "h5", FATE_BLOCK, "p", "font-weight: bold" },
	{ "h6", FATE_BLOCK, "p", "font-weight: bold" },
	{ "head", FATE_DROP, NULL, NULL },
	{ "hr", FATE_BREAK, NULL, NULL },
	{ "i", FATE_INLINE, "em", NULL },
	{ "iframe", FATE_RAW, NULL, NULL },
	{ "img", FATE_LEAF, NULL, NULL },
	{ "ins", FATE_INLINE, "span", "text-decoration: underline" },
	{ "kbd", FATE_INLINE, "span", "font-family: monospace" },
	{ "li", FATE_BLOCK, NULL, NULL },
	{ "noscript", FATE_DROP, NULL, NULL },
	{ "object", FATE_DROP, NULL, NULL },
	{ "ol", FATE_BLOCK, NULL, NULL },
	{ "p", FATE_BLOCK, NULL, NULL },
	{ "pre", FATE_BLOCK, "p", "font-family: monospace" },
	{ "q", FATE_INLINE, "cite", NULL },
	{ "s", FATE_INLINE, "span", "text-decoration: line-through" },
	{ "samp", FATE_INLINE, "span", "font-family: monospace" },
	{ "script", FATE_RAW, NULL, NULL },
	{ "select", FATE_DROP, NULL, NULL },
	{ "span", FATE_INLINE, NULL, NULL },
	{ "strike", FATE_INLINE, "span", "text-decoration: line-through" },
	{ "strong", FATE_INLINE, NULL, NULL },
	{ "style", FATE_RAW, NULL, NULL },
	{ "table", FATE_BREAK, NULL, NULL },
	{ "textarea", FATE_RAW, NULL, NULL },
	{ "title", FATE_RAW, NULL, NULL },
	{ "tr", FATE_BLOCK, "p", NULL },
	{ "tt", FATE_INLINE, "span", "font-family: monospace" },
	{ "u", FATE_INLINE, "span", "text-decoration: underline" },
	{ "ul", FATE_BLOCK, NULL, NULL },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Reading: the open elements, as HTML calls them. */
struct open {
	const struct element *what;
	struct xml *at; /* where its children go */
};

struct builder {
	struct arena *a;
	struct xml *body;
	struct open open[HTML_DEPTH_MAX];
	unsigned depth;
	unsigned nodes;
	unsigned dropped; /* elements of FATE_DROP that are open */
	bool is_implied;  /* the last child of body is a <p> of our own */
};

static const struct element *element_of(struct str name)
{
	for (size_t i = 0; name.n > 0 && i < COUNT(elements); i++)
		if ((name.p[0] | 0x20) == elements[i].name[0] &&
		    str_ieqz(name, elements[i].name))
			return &elements[i];
	return NULL;
}

static struct xml *at(const struct builder *b)
{
	return b->depth > 0 ? b->open[b->depth - 1].at : b->body;
}

/* Text and inline elements stand in a paragraph (XHTML-IM's body holds
 * blocks). */
static struct xml *inline_at(struct builder *b)
{
	struct xml *x = at(b);

	if (x != b->body)
		return x;
	if (!b->is_implied) {
		xml_add(b->a, b->body, "p", NULL);
		b->is_implied = true;
		b->nodes++;
	}
	return b->body->last;
}

static bool is_carried(const struct element *e)
{
	return e->fate == FATE_INLINE || e->fate == FATE_BLOCK ||
	       e->fate == FATE_LEAF;
}

static const char *name_of(const struct element *e)
{
	return e->becomes != NULL ? e->becomes : e->name;
}

/* Closes the innermost open element that is `what`, and those within it. */
static void close_element(struct builder *b, const struct element *what)
{
	for (unsigned i = b->depth; i > 0; i--) {
		if (b->open[i - 1].what != what)
			continue;
		for (unsigned k = i - 1; k < b->depth; k++)
			if (b->open[k].what->fate == FATE_DROP)
				b->dropped--;
		b->depth = i - 1;
		return;
	}
}

/* A paragraph cannot hold a block, an item not its sibling (HTML's optional
 * end tags). */
static void close_implied(struct builder *b, const struct element *next)
{
	bool is_item = str_eqz(STR_LIT("li"), name_of(next));

	b->is_implied = false;
	for (unsigned i = b->depth; i > 0; i--) {
		const struct element *e = b->open[i - 1].what;
		struct str name = str_z(is_carried(e) ? name_of(e) : "");

		if (str_eqz(name, "ul") || str_eqz(name, "ol") ||
		    str_eqz(name, "blockquote"))
			return;
		if (str_eqz(name, "p") || (is_item && str_eqz(name, "li"))) {
			close_element(b, e);
			if (!is_item || str_eqz(name, "li"))
				return;
			i = b->depth + 1;
		}
	}
}

static void open_element(struct builder *b, const struct element *e,
			 const struct html_token *t)
{
	struct xml *parent, *x;

	if (e->fate == FATE_BLOCK || e->fate == FATE_BREAK)
		close_implied(b, e);
	if (b->nodes >= HTML_NODES_MAX ||
	    (b->depth == HTML_DEPTH_MAX && e->fate != FATE_LEAF))
		return;
	x = at(b);
	if (is_carried(e) && b->dropped == 0) {
		parent = e->fate == FATE_BLOCK ? at(b) : inline_at(b);
		x = xml_add(b->a, parent, name_of(e), NULL);
		b->nodes++;
		htmlstyle_copy(b->a, x, t, e->style);
	}
	if (e->fate == FATE_LEAF || str_eqz(STR_LIT("hr"), e->name))
		return;
	b->open[b->depth++] = (struct open){ e, x };
	if (e->fate == FATE_DROP)
		b->dropped++;
}

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

static bool is_in(const struct builder *b, const char *name)
{
	for (unsigned i = 0; i < b->depth; i++)
		if (str_eqz(str_z(b->open[i].what->name), name))
			return true;
	return false;
}

/* In <pre>, line ends are line ends. */
static void add_lines(struct builder *b, struct str text)
{
	while (text.p != NULL) {
		struct str line = str_cut(&text, '\n');

		if (line.n > 0)
			xml_add_text(b->a, inline_at(b), line);
		if (text.p != NULL && b->nodes++ < HTML_NODES_MAX)
			xml_add(b->a, inline_at(b), "br", NULL);
	}
}

static void add_text(struct builder *b, struct str text)
{
	struct str name = at(b)->name;
	bool holds_no_text =
		at(b) == b->body || str_eqz(name, "ul") || str_eqz(name, "ol");

	if (b->dropped > 0 || text.n == 0)
		return;
	if (is_blank(text) && (holds_no_text && !b->is_implied))
		return;
	if (is_in(b, "pre"))
		add_lines(b, text);
	else
		xml_add_text(b->a, inline_at(b), text);
}

static void add_tag(struct builder *b, const struct html_token *t,
		    struct str *rest)
{
	const struct element *e = element_of(t->name);

	if (e == NULL) {
		/* The cells of a row stand apart. */
		if (t->kind == HTML_OPEN &&
		    (str_ieqz(t->name, "td") || str_ieqz(t->name, "th")))
			add_text(b, STR_LIT(" "));
		return;
	}
	if (t->kind == HTML_CLOSE) {
		if (e->fate == FATE_BLOCK || e->fate == FATE_BREAK)
			b->is_implied = false;
		if (e->fate != FATE_LEAF)
			close_element(b, e);
		return;
	}
	if (e->fate == FATE_RAW) {
		if (!t->is_empty)
			html_skip_raw(rest, t->name);
		return;
	}
	open_element(b, e, t);
	if (t->is_empty && e->fate == FATE_INLINE)
		close_element(b, e);
}

struct xml *html_read(struct arena *a, struct str s)
{
	struct xml *html = xml_element(a, "html", NS_XHTML_IM);
	struct builder b = { .a = a, .body = xml_element(a, "body", NS_XHTML) };
	struct html_token *t = arena_alloc(a, sizeof(*t));

	xml_append(html, b.body);
	while (html_token(a, &s, t)) {
		if (t->kind == HTML_TEXT)
			add_text(&b, t->text);
		else
			add_tag(&b, t, &s);
	}
	return html;
}

/* --- XHTML-IM that came from XMPP: through the same filter */

struct str html_write(struct arena *a, const struct xml *html, size_t max_bytes)
{
	const struct xml *body = xml_child(html, "body", NS_XHTML), *x;
	struct xml *clean;
	struct strbuf b;
	struct str out = STR_NONE;

	if (body == NULL || body->child == NULL)
		return out;
	strbuf_init(&b, max_bytes);
	for (x = body->child; x != NULL; x = x->next)
		xml_write(&b, x, STR_LIT(NS_XHTML));
	if (!b.overflow) {
		clean = html_read(a, str_dup(a, strbuf_str(&b)));
		strbuf_reset(&b);
		strbuf_addlit(&b, "<html><body>");
		for (x = clean->child->child; x != NULL; x = x->next)
			xml_write(&b, x, STR_LIT(NS_XHTML));
		strbuf_addlit(&b, "</body></html>");
		if (!b.overflow)
			out = str_dup(a, strbuf_str(&b));
	}
	strbuf_fini(&b);
	return out;
}
