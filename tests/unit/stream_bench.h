#ifndef STOX_TESTS_STREAM_BENCH_H
#define STOX_TESTS_STREAM_BENCH_H
#include "clock.h"
#include "link_bench.h"
#include "said.h"
#include "sip/agent.h"
#include "xmpp/barrier.h"
#include "xmpp/component.h"

/* The stream under a link of link_bench.h, its server and the SIP side, by
 * hand: stanzas are written while L.is_up, and not S.is_choked; the server has
 * taken them when taken() says so; answers to SIP are lines, "name status",
 * then " retry" if they say when to come again, and their contacts. */
struct answer {
	const char *name;
	uint64_t since_ms;
	char source[4]; /* "" at first: all come from one */
};

static struct stream_bench {
	size_t begun; /* of L.out */
	bool is_begun, is_choked;
	int room;		 /* for so many stanzas more; -1: any */
	size_t window;		 /* tickets at once; 0: any */
	size_t stanza_max_bytes; /* 0: any */
	size_t aborted;
	struct barrier_ticket *tickets;
	struct answer answers[26];
	struct str reason; /* owned: of the last answer */
} S;

struct strbuf *component_begin(struct component *c)
{
	(void)c;
	assert_false(S.is_begun);
	if (!L.is_up || S.is_choked || S.room == 0)
		return NULL;
	S.room -= S.room > 0;
	S.is_begun = true;
	S.begun = L.out.n;
	return &L.out;
}

struct strbuf *component_begin_answer(struct component *c)
{
	return component_begin(c);
}

void component_abort(struct component *c)
{
	(void)c;
	assert_true(S.is_begun);
	S.is_begun = false;
	S.aborted++;
	strbuf_truncate(&L.out, S.begun);
}

bool component_end(struct component *c)
{
	if (L.out.overflow || (S.stanza_max_bytes > 0 &&
			       L.out.n - S.begun > S.stanza_max_bytes)) {
		component_abort(c);
		return false;
	}
	assert_true(S.is_begun);
	S.is_begun = false;
	return true;
}

bool component_is_up(const struct component *c)
{
	(void)c;
	return L.is_up;
}

bool component_has_room(const struct component *c)
{
	(void)c;
	return !L.is_full && !S.is_choked && S.room != 0;
}

size_t component_queued_bytes(const struct component *c)
{
	(void)c;
	return L.out.n;
}

const char *component_why(const struct component *c)
{
	(void)c;
	return L.is_up ? "" : "connection refused";
}

void barrier_wait(struct barrier *b, struct barrier_ticket *t, barrier_fn *fn,
		  void *arg)
{
	(void)b;
	assert_null(t->owner);
	*t = (struct barrier_ticket){ .owner = (struct barrier *)&S,
				      .fn = fn,
				      .arg = arg };
	DL_APPEND(S.tickets, t);
}

void barrier_cancel(struct barrier_ticket *t)
{
	if (t->owner == NULL)
		return;
	DL_DELETE(S.tickets, t);
	t->owner = NULL;
}

bool barrier_has_room(const struct barrier *b)
{
	struct barrier_ticket *t;
	size_t n;

	(void)b;
	DL_COUNT(S.tickets, t, n);
	return S.window == 0 || n < S.window;
}

/* The server has taken the oldest stanza that waits; or it never will. */
static inline void taken(bool is_taken)
{
	struct barrier_ticket *t = S.tickets;

	assert_non_null(t);
	barrier_cancel(t);
	t->fn(t->arg, is_taken);
}

static inline void taken_all(void)
{
	while (S.tickets != NULL)
		taken(true);
}

static inline void link_lost(void)
{
	L.is_up = false;
	while (S.tickets != NULL)
		taken(false);
}

/* --- the SIP side */

static inline struct answer *answer(const char *name)
{
	struct answer *a = &S.answers[name[0] - 'A'];

	assert_in_range(name[0], 'A', 'Z');
	assert_null(a->name); /* the last one of that name has been given */
	*a = (struct answer){ .name = name, .since_ms = loop_now_ms(L.loop) };
	return a;
}

void agent_reply(struct answer *a, const struct reply *r)
{
	const struct header *h;
	char more[1024] = "";
	size_t n = 0;

	assert_non_null(a->name); /* one answer each */
	for (h = r->headers; h != NULL && n < sizeof(more); h = h->next)
		n += (size_t)snprintf(more + n, sizeof(more) - n, " %.*s: %.*s",
				      STR_ARG(h->name), STR_ARG(h->value));
	line("%s %d%s%s", a->name, r->status,
	     r->retry_after_s > 0 ? " retry" : "", more);
	str_free(&S.reason);
	S.reason = str_heap(r->reason);
	a->name = NULL;
}

uint64_t answer_since_ms(const struct answer *a)
{
	return a->since_ms;
}

struct str answer_source(const struct answer *a)
{
	return (struct str){ a->source, sizeof(a->source) };
}

static inline void stream_bench_open(void)
{
	link_bench_open();
	said_open();
	memset(&S, 0, sizeof(S));
	S.room = -1;
}

static inline void stream_bench_close(void)
{
	assert_false(S.is_begun);
	for (size_t i = 0; i < 26; i++)
		if (S.answers[i].name != NULL)
			fail_msg("%s got no answer", S.answers[i].name);
	str_free(&S.reason);
	said_close();
	link_bench_close();
}

#endif
