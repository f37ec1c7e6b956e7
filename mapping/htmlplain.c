#include "mapping/html.h"

#include "xmpp/ns.h"

/* A tree of XHTML-IM as plain text. */
struct writer {
	struct arena *a;
	struct strbuf b;
	unsigned quotes; /* blockquotes around */
	unsigned lists;	 /* lists around */
	bool is_fresh;	 /* at the begin of a line: nothing but its prefix */
	bool owes_blank; /* white space that a word will need before it */
	bool is_started; /* there is a line before */
	size_t marker;	 /* where the last item's "* " ends */
};

static void end_line(struct writer *w)
{
	w->owes_blank = false;
	/* The first paragraph of an item stands beside its "* ". */
	if (w->b.n != w->marker)
		w->is_fresh = true;
}

static void begin_line(struct writer *w)
{
	if (!w->is_fresh)
		return;
	w->is_fresh = false;
	if (w->is_started)
		strbuf_addc(&w->b, '\n');
	w->is_started = true;
	for (unsigned i = 0; i < w->quotes; i++)
		strbuf_addlit(&w->b, "> ");
	for (unsigned i = 1; i < w->lists; i++)
		strbuf_addlit(&w->b, "  ");
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* White space is one blank, at the ends of a line none. */
static void put_words(struct writer *w, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_space(s.p[i])) {
			w->owes_blank = !w->is_fresh;
			continue;
		}
		begin_line(w);
		if (w->owes_blank)
			strbuf_addc(&w->b, ' ');
		w->owes_blank = false;
		strbuf_addc(&w->b, s.p[i]);
	}
}

/* <br/>: the line ends even when it is empty. */
static void put_break(struct writer *w)
{
	begin_line(w);
	end_line(w);
}

static void put_children(struct writer *w, const struct xml *x, unsigned depth);

static void put_image(struct writer *w, const struct xml *x)
{
	struct str alt = str_trim(xml_attr(x, "alt"));

	put_words(w, alt.n > 0 ? alt : xml_attr(x, "src"));
}

static bool has_text(const struct writer *w, size_t from, struct str s)
{
	return str_eq(str_from(strbuf_str(&w->b), from), s);
}

/* "words <address>", or the address alone where the words are the same. */
static void put_link(struct writer *w, const struct xml *x, unsigned depth)
{
	struct str href = xml_attr(x, "href"), bare = href;
	size_t start;

	begin_line(w);
	if (w->owes_blank)
		strbuf_addc(&w->b, ' ');
	w->owes_blank = false;
	start = w->b.n;
	put_children(w, x, depth);
	if (str_istarts(href, "mailto:"))
		bare = str_from(href, 7);
	if (href.n == 0 || has_text(w, start, href) || has_text(w, start, bare))
		return;
	if (w->b.n > start || w->owes_blank)
		strbuf_addlit(&w->b, " <");
	else
		strbuf_addc(&w->b, '<');
	w->owes_blank = false;
	strbuf_add(&w->b, href);
	strbuf_addc(&w->b, '>');
}

static void put_list(struct writer *w, const struct xml *x, unsigned depth)
{
	bool is_numbered = str_eqz(x->name, "ol");
	const struct xml *c;
	unsigned n = 0;

	w->lists++;
	for (c = x->child; c != NULL; c = c->next) {
		end_line(w);
		if (str_eqz(c->name, "li")) {
			begin_line(w);
			if (is_numbered)
				strbuf_addf(&w->b, "%u. ", ++n);
			else
				strbuf_addlit(&w->b, "* ");
			w->marker = w->b.n;
		}
		if (c->name.n > 0)
			put_children(w, c, depth);
		else
			put_words(w, c->text);
	}
	w->lists--;
	end_line(w);
}

static void put_block(struct writer *w, const struct xml *x, unsigned depth)
{
	bool is_quote = str_eqz(x->name, "blockquote");

	end_line(w);
	w->quotes += is_quote;
	put_children(w, x, depth);
	end_line(w);
	w->quotes -= is_quote;
}

static void put_element(struct writer *w, const struct xml *x, unsigned depth)
{
	if (str_eqz(x->name, "br"))
		put_break(w);
	else if (str_eqz(x->name, "img"))
		put_image(w, x);
	else if (str_eqz(x->name, "a"))
		put_link(w, x, depth);
	else if (str_eqz(x->name, "ul") || str_eqz(x->name, "ol"))
		put_list(w, x, depth);
	else if (str_eqz(x->name, "p") || str_eqz(x->name, "blockquote"))
		put_block(w, x, depth);
	else
		put_children(w, x, depth);
}

static void put_children(struct writer *w, const struct xml *x, unsigned depth)
{
	const struct xml *c;

	if (depth > 2 * HTML_DEPTH_MAX)
		return;
	for (c = x->child; c != NULL; c = c->next) {
		if (c->name.n > 0)
			put_element(w, c, depth + 1);
		else
			put_words(w, c->text);
	}
}

struct str html_plain(struct arena *a, const struct xml *html, size_t max_bytes)
{
	struct writer w = { .a = a, .is_fresh = true };
	const struct xml *body = xml_child(html, "body", NS_XHTML);
	struct str out = STR_NONE;

	if (body == NULL)
		return out;
	strbuf_init(&w.b, max_bytes);
	put_children(&w, body, 0);
	if (!w.b.overflow)
		out = str_dup(a, str_trim(strbuf_str(&w.b)));
	strbuf_fini(&w.b);
	return out;
}
