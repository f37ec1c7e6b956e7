/* room: xmpp */
/* runs: 100000 */
/* A stream, whole and in slices: both say the same; whatever tree comes out
 * keeps the limits, is legal XML, and reads back as the same tree after it was
 * written; so does a stanza. */
#include "fuzz.h"
#include <string.h>
#include "xmpp/ns.h"
#include "xmpp/stanza.h"
#include "xmpp/stream.h"

enum { LOG_MAX_BYTES = 1 << 26, CHUNK_BYTES = 16384 };

static const struct stream_limits limits = { .stanza_max_bytes = 4096,
					     .depth_max = 8,
					     .attrs_max = 8 };
/* What is written may be longer, and declares prefixes. */
static const struct stream_limits wide = { .stanza_max_bytes = LOG_MAX_BYTES,
					   .depth_max = 9,
					   .attrs_max = 24 };

static bool is_same_attr(const struct xml_attr *a, const struct xml_attr *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (!str_eq(a->name, b->name) || !str_eq(a->ns, b->ns) ||
		    !str_eq(a->value, b->value))
			return false;
	return a == b;
}

static bool is_same(const struct xml *a, const struct xml *b)
{
	const struct xml *x = a->child, *y = b->child;

	if (!str_eq(a->name, b->name) || !str_eq(a->ns, b->ns) ||
	    !str_eq(a->text, b->text) || !is_same_attr(a->attrs, b->attrs))
		return false;
	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!is_same(x, y))
			return false;
	return x == y;
}

static void check_str(struct arena *a, struct str s)
{
	FUZZ_CHECK(str_is_utf8(s));
	FUZZ_CHECK(xml_clean(a, s).p == s.p);
}

static void check_tree(struct arena *a, const struct xml *x, unsigned depth)
{
	const struct xml_attr *at;
	const struct xml *c;
	unsigned n = 0;

	check_str(a, x->name);
	check_str(a, x->ns);
	check_str(a, x->text);
	for (at = x->attrs; at != NULL; at = at->next, n++)
		check_str(a, at->value);
	FUZZ_CHECK(n <= limits.attrs_max);
	FUZZ_CHECK(x->name.n == 0 || depth <= limits.depth_max);
	FUZZ_CHECK(x->name.n > 0 || (x->text.n > 0 && x->child == NULL));
	for (c = x->child; c != NULL; c = c->next) {
		FUZZ_CHECK(c->parent == x);
		FUZZ_CHECK(c->next != NULL || x->last == c);
		/* text comes in one run */
		FUZZ_CHECK(c->name.n > 0 || c->next == NULL ||
			   c->next->name.n > 0);
		check_tree(a, c, depth + 1);
	}
}

static struct xml *read_back(struct arena *a, const struct strbuf *b)
{
	const char *why;

	FUZZ_CHECK(!b->overflow);
	return stream_document(a, strbuf_str(b), &wide, &why);
}

static void write_stanza(struct strbuf *b, const struct stanza *s)
{
	strbuf_reset(b);
	if (s->kind == STANZA_MESSAGE)
		message_write(b, s, NULL);
	else if (s->kind == STANZA_PRESENCE)
		presence_write(b, s, NULL);
	else
		iq_write(b, s, s->u.iq.payload);
}

/* In the stream's namespace, as the writers take for granted. */
static struct xml *stanza_back(struct arena *a, const struct strbuf *b)
{
	struct strbuf doc;
	struct xml *x;

	strbuf_init(&doc, LOG_MAX_BYTES);
	strbuf_addlit(&doc, "<s xmlns='" NS_COMPONENT "'>");
	strbuf_add(&doc, strbuf_str(b));
	strbuf_addlit(&doc, "</s>");
	x = read_back(a, &doc);
	FUZZ_CHECK(x != NULL && x->child != NULL && x->child->next == NULL);
	strbuf_fini(&doc);
	return x->child;
}

static void check_reply(struct arena *a, struct strbuf *b, struct stanza *s,
			const struct fault *why)
{
	struct stanza back;
	struct fault fault;
	bool wants;

	if (s->to.domain.n == 0)
		s->to.domain = STR_LIT("gateway.example");
	strbuf_reset(b);
	error_write(b, s, why);
	/* Only an iq without id gets an answer without id. */
	if (!stanza_read(a, stanza_back(a, b), &back, &fault, &wants)) {
		FUZZ_CHECK(s->kind == STANZA_IQ && s->id.p == NULL);
		return;
	}
	FUZZ_CHECK(!wants);
	FUZZ_CHECK(back.error.cond == why->cond);
	FUZZ_CHECK(jid_eq(&back.from, &s->to) && jid_eq(&back.to, &s->from));
	FUZZ_CHECK(str_eq(back.id, s->id));
}

static void check_stanza(struct arena *a, const struct xml *el)
{
	struct strbuf first, second;
	struct stanza s, back;
	struct fault why;
	bool wants;

	strbuf_init(&first, LOG_MAX_BYTES);
	strbuf_init(&second, LOG_MAX_BYTES);
	if (stanza_read(a, el, &s, &why, &wants)) {
		write_stanza(&first, &s);
		FUZZ_CHECK(stanza_read(a, stanza_back(a, &first), &back, &why,
				       &wants));
		write_stanza(&second, &back);
		FUZZ_CHECK(str_eq(strbuf_str(&first), strbuf_str(&second)));
		fault_set(&why, 404, COND_ITEM_NOT_FOUND, "no such <user>");
	}
	if (wants)
		check_reply(a, &first, &s, &why);
	strbuf_fini(&first);
	strbuf_fini(&second);
}

static void on_open(void *arg, struct str id, struct str from, struct str ns)
{
	struct strbuf *log = arg;

	strbuf_addf(log, "open %.*s %.*s %.*s\n", STR_ARG(id), STR_ARG(from),
		    STR_ARG(ns));
}

static void on_stanza(void *arg, const struct xml *el, struct arena *a)
{
	struct strbuf *log = arg, b;
	struct xml *back;

	check_tree(a, el, 1);
	strbuf_init(&b, LOG_MAX_BYTES);
	xml_write(&b, el, STR_NONE);
	back = read_back(a, &b);
	FUZZ_CHECK(back != NULL && is_same(el, back));
	check_stanza(a, el);
	strbuf_add(log, strbuf_str(&b));
	strbuf_addc(log, '\n');
	strbuf_fini(&b);
}

/* Why, and how much of it was made, is a matter of how it was cut. */
static void on_excess(void *arg, const struct xml *el, struct arena *a,
		      const char *why)
{
	struct strbuf *log = arg;

	FUZZ_CHECK(why != NULL);
	check_tree(a, el, 1);
	check_stanza(a, el);
	strbuf_addf(log, "excess %.*s %.*s %.*s\n", STR_ARG(el->name),
		    STR_ARG(xml_attr(el, "from")), STR_ARG(xml_attr(el, "id")));
}

static void on_close(void *arg)
{
	struct strbuf *log = arg;

	strbuf_addlit(log, "close\n");
}

static const struct stream_events events = { .on_open = on_open,
					     .on_stanza = on_stanza,
					     .on_excess = on_excess,
					     .on_close = on_close };

/* Slices of 1..most bytes, after the bytes themselves. */
static bool feed(const uint8_t *data, size_t size, size_t most,
		 struct strbuf *log)
{
	struct stream *s = stream_create(&limits, &events, log);
	const char *condition, *why;
	size_t i, n, x = size + most;
	bool ok = true;

	for (i = 0; ok && i < size; i += n) {
		x = x * 31 + data[i];
		n = 1 + x % most;
		if (n > size - i)
			n = size - i;
		ok = stream_feed(s, data + i, n, &condition, &why);
		FUZZ_CHECK(ok == (condition == NULL));
	}
	stream_destroy(&s);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf whole, sliced;
	struct arena a;
	const char *why;
	bool ok;

	strbuf_init(&whole, LOG_MAX_BYTES);
	strbuf_init(&sliced, LOG_MAX_BYTES);
	ok = feed(data, size, size + 1, &whole);
	FUZZ_CHECK(feed(data, size, 9, &sliced) == ok);
	FUZZ_CHECK(str_eq(strbuf_str(&whole), strbuf_str(&sliced)));
	arena_init(&a, CHUNK_BYTES);
	(void)stream_document(&a, (struct str){ (const char *)data, size },
			      &limits, &why);
	arena_fini(&a);
	strbuf_fini(&whole);
	strbuf_fini(&sliced);
	return 0;
}
