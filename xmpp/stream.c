#include "xmpp/stream.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/builder.h"
#include "xmpp/ns.h"
#include "xmpp/plain.h"

enum {
	STREAM_CHUNK_BYTES = 16384, /* of the arena */
	SLICE_BYTES = 16384,	    /* given to expat at a time */
	/* expat keeps every name that it has ever seen; after so many bytes
	 * the stream goes on with a fresh parser. */
	PARSER_MAX_BYTES = 1 << 20,
	FIRST_BYTES = 4 /* where expat looks for UTF-16 */
};

struct stream {
	struct builder builder;
	struct arena arena; /* reset after each stanza */
	struct stream_limits limits;
	struct stream_events events;
	void *arg;
	struct strbuf opening; /* the opening tag, for the next parser */
	struct str ns;	       /* the default namespace of the opening tag */
	uint64_t fed;	       /* bytes that this parser has had before */
	uint64_t mark; /* where what is not complete yet begins, of these */
	bool is_open, is_feeding;
	bool is_plain; /* its stanzas are of the namespace of plain.h */
	bool wants_renewal, wants_restart;
};

/* RFC 6120 §11.1 */
static void fail_restricted(struct builder *b, const char *why)
{
	builder_fail(b, "restricted-xml", why);
}

/* Where the event that is being reported ends, from the parser's birth on. */
static uint64_t event_end(struct stream *s)
{
	XML_Parser parser = s->builder.parser;

	return (uint64_t)XML_GetCurrentByteIndex(parser) +
	       (uint64_t)XML_GetCurrentByteCount(parser);
}

/* Without the copy (a libexpat that keeps no context) the parser is never
 * renewed. */
static void keep_opening(struct stream *s)
{
	int at = 0, all = 0;
	int n = XML_GetCurrentByteCount(s->builder.parser);
	const char *p = XML_GetInputContext(s->builder.parser, &at, &all);

	strbuf_reset(&s->opening);
	if (p != NULL && n > 0 && at >= 0 && n <= all - at)
		strbuf_add(&s->opening, (struct str){ p + at, (size_t)n });
}

static void open_stream(struct stream *s, const char *name, const char **attrs)
{
	struct builder *b = &s->builder;
	struct str id = STR_NONE, from = STR_NONE, ns;
	struct str local = builder_name(name, &ns);

	s->is_open = true;
	s->mark = event_end(s);
	b->declared = 0;
	if (s->wants_renewal) /* we have seen it before */
		return;
	if (s->mark > s->limits.stanza_max_bytes || b->excess != NULL) {
		builder_fail(b, "policy-violation", "opening tag too large");
		return;
	}
	if (!str_eqz(local, "stream")) {
		builder_fail(b, "bad-format", "the root is no stream");
		return;
	}
	if (!str_eqz(ns, NS_STREAM)) {
		builder_fail(b, "invalid-namespace",
			     "stream of another namespace");
		return;
	}
	for (; attrs[0] != NULL; attrs += 2) {
		if (strcmp(attrs[0], "id") == 0)
			id = str_z(attrs[1]);
		else if (strcmp(attrs[0], "from") == 0)
			from = str_z(attrs[1]);
	}
	keep_opening(s);
	s->events.on_open(s->arg, id, from, s->ns);
	s->is_plain = str_eqz(xml_ns(&s->arena, s->ns), NS_COMPONENT);
	s->ns = STR_NONE;
	arena_reset(&s->arena);
}

static void check_size(struct stream *s, uint64_t end)
{
	if (end - s->mark > s->limits.stanza_max_bytes)
		builder_exceed(&s->builder, "stanza too large");
}

static void XMLCALL on_start(void *arg, const char *name, const char **attrs)
{
	struct stream *s = arg;

	if (s->builder.is_over)
		return;
	if (!s->is_open) {
		open_stream(s, name, attrs);
		return;
	}
	if (s->builder.depth == 0) {
		s->mark = (uint64_t)XML_GetCurrentByteIndex(s->builder.parser);
		check_size(s, event_end(s));
	}
	builder_start(&s->builder, name, attrs);
}

static void finish_stanza(struct stream *s)
{
	struct builder *b = &s->builder;
	uint64_t end = event_end(s);

	check_size(s, end);
	s->mark = end;
	if (b->excess == NULL)
		s->events.on_stanza(s->arg, b->top, &s->arena);
	else
		s->events.on_excess(s->arg, b->top, &s->arena, b->excess);
	b->top = NULL;
	b->excess = NULL;
	arena_reset(&s->arena);
	if (b->is_over || end < PARSER_MAX_BYTES + s->opening.n ||
	    end < s->fed || s->opening.n == 0)
		return;
	s->wants_renewal = true;
	builder_stop(b);
}

static void XMLCALL on_end(void *arg, const char *name)
{
	struct stream *s = arg;
	struct builder *b = &s->builder;

	(void)name;
	if (b->is_over)
		return;
	if (b->depth == 0) {
		builder_stop(b);
		s->events.on_close(s->arg);
		return;
	}
	builder_end(b);
	if (b->depth == 0 && !b->is_over)
		finish_stanza(s);
}

static void XMLCALL on_text(void *arg, const char *text, int n)
{
	struct stream *s = arg;
	struct builder *b = &s->builder;
	struct str t = { text, (size_t)n };

	if (b->is_over)
		return;
	if (b->depth > 0)
		builder_text(b, t);
	else if (str_trim(t).n > 0)
		builder_fail(b, "bad-format", "text between stanzas");
	else /* keep-alive (RFC 6120 §4.6.1) */
		s->mark = event_end(s);
}

static void XMLCALL on_stream_namespace(void *arg, const char *prefix,
					const char *uri)
{
	struct stream *s = arg;

	if (!s->is_open && prefix == NULL)
		s->ns = str_dup(&s->arena, str_z(uri));
	builder_declare(&s->builder);
}

static void XMLCALL on_stream_doctype(void *arg, const char *name,
				      const char *system, const char *public,
				      int has_subset)
{
	struct stream *s = arg;

	(void)name, (void)system, (void)public, (void)has_subset;
	fail_restricted(&s->builder, "document type declaration");
}

static void XMLCALL on_comment(void *arg, const char *text)
{
	struct stream *s = arg;

	(void)text;
	fail_restricted(&s->builder, "comment");
}

static void XMLCALL on_instruction(void *arg, const char *target,
				   const char *data)
{
	struct stream *s = arg;

	(void)target, (void)data;
	fail_restricted(&s->builder, "processing instruction");
}

/* UTF-8 whatever the declaration says (RFC 6120 §11.6). */
static void parser_open(struct stream *s)
{
	XML_Parser parser;

	builder_init(&s->builder, &s->arena, &s->limits, "UTF-8");
	s->builder.may_pass = true;
	parser = s->builder.parser;
	XML_SetUserData(parser, s);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartNamespaceDeclHandler(parser, on_stream_namespace);
	XML_SetStartDoctypeDeclHandler(parser, on_stream_doctype);
	XML_SetCommentHandler(parser, on_comment);
	XML_SetProcessingInstructionHandler(parser, on_instruction);
	s->is_open = false;
	s->fed = s->mark = 0;
}

struct stream *stream_create(const struct stream_limits *limits,
			     const struct stream_events *events, void *arg)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->limits = *limits;
	s->events = *events;
	s->arg = arg;
	arena_init(&s->arena, STREAM_CHUNK_BYTES);
	strbuf_init(&s->opening, limits->stanza_max_bytes);
	parser_open(s);
	return s;
}

void stream_destroy(struct stream **sp)
{
	struct stream *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	assert(!s->is_feeding);
	builder_fini(&s->builder);
	strbuf_fini(&s->opening);
	arena_fini(&s->arena);
	free(s);
}

void stream_restart(struct stream *s)
{
	if (s->is_feeding) { /* the parser is still on the stack */
		s->wants_restart = true;
		stream_stop(s);
		return;
	}
	s->wants_restart = s->wants_renewal = s->is_plain = false;
	builder_fini(&s->builder);
	arena_reset(&s->arena);
	strbuf_reset(&s->opening);
	s->ns = STR_NONE;
	parser_open(s);
}

void stream_stop(struct stream *s)
{
	builder_stop(&s->builder);
}

/* A fresh parser at the same place: between two stanzas. */
static void renew(struct stream *s)
{
	struct str opening = strbuf_str(&s->opening);

	builder_fini(&s->builder);
	parser_open(s);
	if (XML_Parse(s->builder.parser, opening.p, (int)opening.n, 0) !=
	    XML_STATUS_OK)
		builder_fail_expat(&s->builder);
	s->wants_renewal = false;
	s->fed = opening.n;
}

static size_t passed_max(const struct stream *s)
{
	size_t max = s->limits.stanza_max_bytes;

	return max > STREAM_PASSED_MAX_BYTES ? max : STREAM_PASSED_MAX_BYTES;
}

/* Returns how many bytes were used. */
static size_t feed_slice(struct stream *s, const char *p, size_t n)
{
	enum XML_Status status = XML_Parse(s->builder.parser, p, (int)n, 0);
	size_t most = s->is_open ? passed_max(s) : s->limits.stanza_max_bytes;
	size_t used;

	if (s->wants_renewal) {
		used = (size_t)(s->mark - s->fed);
		renew(s);
		return used;
	}
	s->fed += n;
	if (status != XML_STATUS_OK)
		builder_fail_expat(&s->builder);
	else if (s->fed - s->mark > most)
		builder_fail(&s->builder, "policy-violation",
			     "stanza too large");
	else if (s->builder.depth > 0)
		check_size(s, s->fed);
	return n;
}

/* Where expat has nothing in hand a stanza may go without it. Returns how many
 * bytes were used: 0 for what is expat's. */
static size_t feed_plain(struct stream *s, struct str bytes)
{
	struct xml *top;
	size_t used;

	if (s->builder.depth > 0 || s->fed != s->mark)
		return 0;
	used = plain_read(&s->arena, bytes, &s->limits, &top);
	if (used == 0)
		return 0;
	s->events.on_stanza(s->arg, top, &s->arena);
	arena_reset(&s->arena);
	return used;
}

/* expat gets as much as ends with a stanza, if that can be seen, so that the
 * next one may be plain. The more it has in hand, the more it gets: what is
 * never whole costs no square of its length. */
static size_t feed_some(struct stream *s, struct str bytes)
{
	size_t used, n = bytes.n;

	if (s->is_plain) {
		used = feed_plain(s, bytes);
		if (used > 0)
			return used;
		n = plain_guess_end(bytes, (size_t)(s->fed - s->mark));
	}
	return feed_slice(s, bytes.p, n < SLICE_BYTES ? n : SLICE_BYTES);
}

/* expat would go over to UTF-16 by the first bytes. */
static bool is_utf16(const struct stream *s, const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && s->fed + i < FIRST_BYTES; i++)
		if (p[i] == 0 || p[i] >= 0xfe)
			return true;
	return false;
}

bool stream_feed(struct stream *s, const void *p, size_t n,
		 const char **condition, const char **why)
{
	struct builder *b = &s->builder;
	struct str rest = { p, n };

	assert(!s->is_feeding);
	s->is_feeding = true;
	if (is_utf16(s, p, n))
		builder_fail(b, "unsupported-encoding", "not UTF-8");
	while (rest.n > 0 && !b->is_over)
		rest = str_from(rest, feed_some(s, rest));
	s->is_feeding = false;
	if (s->wants_restart)
		stream_restart(s);
	*condition = b->condition;
	*why = b->why;
	return b->condition == NULL;
}

static void XMLCALL on_document_start(void *arg, const char *name,
				      const char **attrs)
{
	struct builder *b = arg;

	if (!b->is_over)
		builder_start(b, name, attrs);
}

static void XMLCALL on_document_end(void *arg, const char *name)
{
	struct builder *b = arg;

	(void)name;
	if (!b->is_over)
		builder_end(b);
}

static void XMLCALL on_document_text(void *arg, const char *text, int n)
{
	struct builder *b = arg;

	if (!b->is_over)
		builder_text(b, (struct str){ text, (size_t)n });
}

static void XMLCALL on_document_namespace(void *arg, const char *prefix,
					  const char *uri)
{
	(void)prefix, (void)uri;
	builder_declare(arg);
}

static void XMLCALL on_document_doctype(void *arg, const char *name,
					const char *system, const char *public,
					int has_subset)
{
	(void)name, (void)system, (void)public;
	/* One that only names a DTD, which nobody fetches, declares nothing:
	 * xpidf always has it. */
	if (has_subset)
		fail_restricted(arg, "document type declaration");
}

static void XMLCALL on_document_entity(void *arg, const char *name,
				       int is_param)
{
	(void)name, (void)is_param;
	fail_restricted(arg, "entity that is not declared");
}

struct xml *stream_document(struct arena *a, struct str doc,
			    const struct stream_limits *limits,
			    const char **why)
{
	struct builder b;
	struct xml *top;

	while (doc.n > 0 && (*doc.p == '\r' || *doc.p == '\n'))
		doc = str_from(doc, 1);
	*why = "document too large";
	if (doc.n > limits->stanza_max_bytes || doc.n > INT32_MAX)
		return NULL;
	builder_init(&b, a, limits, NULL);
	XML_SetUserData(b.parser, &b);
	XML_SetElementHandler(b.parser, on_document_start, on_document_end);
	XML_SetCharacterDataHandler(b.parser, on_document_text);
	XML_SetStartNamespaceDeclHandler(b.parser, on_document_namespace);
	XML_SetStartDoctypeDeclHandler(b.parser, on_document_doctype);
	XML_SetSkippedEntityHandler(b.parser, on_document_entity);
	if (XML_Parse(b.parser, doc.p, (int)doc.n, 1) != XML_STATUS_OK)
		builder_fail_expat(&b);
	*why = b.why;
	top = b.why == NULL ? b.top : NULL;
	builder_fini(&b);
	return top;
}
