#include "xmpp/barrier.h"

#include <stdlib.h>
#include "gateway/base/loop.h"
#include "xmpp/component.h"
#include "xmpp/ping.h"
#include "xmpp/pingpace.h"
#include "xmpp/window.h"

enum { REPEAT_MS = 1000 };

struct barrier {
	struct loop *loop; /* borrowed, as the next */
	struct component *link;
	struct str domain, server; /* owned */
	struct ping ping;
	struct pingpace pace;
	struct window window;
	size_t asked;		 /* stanzas before the ping that is in flight */
	struct loop_timer due;	 /* runs while the next ping is held back */
	struct loop_timer again; /* runs while one may be missing */
	uint64_t said_ms;	 /* when the ping was last written */
	struct loop_hook gather;
	/* Rings with these as their heads, so that a ticket leaves without
	 * knowing which of the two it is in. */
	struct barrier_ticket waiting; /* for the next ping */
	struct barrier_ticket flying;  /* for the answer to this one */
};

static void ring_init(struct barrier_ticket *head)
{
	head->prev = head->next = head;
}

static bool ring_is_empty(const struct barrier_ticket *head)
{
	return head->next == head;
}

static void ring_append(struct barrier_ticket *head, struct barrier_ticket *t)
{
	t->prev = head->prev;
	t->next = head;
	head->prev->next = t;
	head->prev = t;
}

/* Appends all of from to head and leaves from empty. */
static void ring_move(struct barrier_ticket *head, struct barrier_ticket *from)
{
	if (ring_is_empty(from))
		return;
	from->next->prev = head->prev;
	from->prev->next = head;
	head->prev->next = from->next;
	head->prev = from->prev;
	ring_init(from);
}

void barrier_cancel(struct barrier_ticket *t)
{
	if (t->owner == NULL)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->owner = NULL;
}

/* Callbacks may cancel tickets and wait anew meanwhile: what is told is set
 * apart first. */
static void tell(struct barrier_ticket *ring, bool is_taken)
{
	struct barrier_ticket told, *t;

	ring_init(&told);
	ring_move(&told, ring);
	while (!ring_is_empty(&told)) {
		t = told.next;
		barrier_cancel(t);
		t->fn(t->arg, is_taken);
	}
}

void barrier_lost(struct barrier *b)
{
	b->ping.is_open = false;
	b->asked = 0;
	b->window = (struct window){ 0 };
	pingpace_lost(&b->pace);
	ring_move(&b->flying, &b->waiting);
	tell(&b->flying, false);
}

/* LOOP_GATHER of this turn does it. */
static void on_due(void *arg)
{
	(void)arg;
}

static bool is_held_back(struct barrier *b)
{
	uint64_t wait_ms = pingpace_wait_ms(&b->pace, loop_now_ms(b->loop));

	if (wait_ms > 0 && !loop_timer_is_running(&b->due))
		loop_timer_start(b->loop, &b->due, wait_ms, on_due, b);
	return wait_ms > 0;
}

static void on_again(void *arg);

static void again_later(struct barrier *b, uint64_t ms)
{
	if (!loop_timer_is_running(&b->again))
		loop_timer_start(b->loop, &b->again, ms, on_again, b);
}

/* A server may lose one ping and be well: without its answer nothing would be
 * taken until the link is made anew. The same id: whichever of the two is
 * answered, what went before the first has been read. */
static void on_again(void *arg)
{
	struct barrier *b = arg;
	uint64_t gone_ms = loop_now_ms(b->loop) - b->said_ms;
	struct strbuf *out;

	if (!b->ping.is_open)
		return;
	if (gone_ms < REPEAT_MS) {
		again_later(b, REPEAT_MS - gone_ms);
		return;
	}
	out = component_is_up(b->link) ? component_begin(b->link) : NULL;
	if (out != NULL) {
		ping_repeat(&b->ping, out, b->domain, b->server);
		(void)component_end(b->link);
	}
	b->said_ms = loop_now_ms(b->loop);
	again_later(b, REPEAT_MS);
}

/* What nobody waits for any more is asked for as well: it is on its way, and
 * the window has less room. A queue that is full now has room for the ping when
 * it moves again. */
static void on_gather(void *arg)
{
	struct barrier *b = arg;
	struct strbuf *out;

	if (b->pace.unserved == 0 || b->ping.is_open)
		return;
	if (!component_is_up(b->link)) {
		barrier_lost(b);
		return;
	}
	if (is_held_back(b))
		return;
	out = component_begin(b->link);
	if (out == NULL)
		return;
	ping_write(&b->ping, out, b->domain, b->server);
	if (!component_end(b->link)) {
		b->ping.is_open = false;
		return;
	}
	b->said_ms = loop_now_ms(b->loop);
	b->asked = b->pace.unserved;
	pingpace_left(&b->pace, b->said_ms);
	window_asked(&b->window, b->said_ms);
	again_later(b, REPEAT_MS);
	ring_move(&b->flying, &b->waiting);
}

uint64_t barrier_waits_ms(const struct barrier *b)
{
	return b->ping.is_open ? loop_now_ms(b->loop) - b->pace.asked_ms : 0;
}

bool barrier_has_room(const struct barrier *b)
{
	return b->asked + b->pace.unserved < window_size(&b->window);
}

size_t barrier_window(const struct barrier *b)
{
	return window_size(&b->window);
}

bool barrier_offer(struct barrier *b, const struct stanza *s)
{
	uint64_t now_ms;

	if (s->kind != STANZA_IQ || !ping_is(&b->ping, s->id) ||
	    (s->u.iq.type != IQ_RESULT && s->u.iq.type != IQ_ERROR))
		return false;
	b->ping.is_open = false;
	now_ms = loop_now_ms(b->loop);
	window_taken(&b->window, b->asked, now_ms - b->pace.asked_ms, now_ms);
	b->asked = 0;
	tell(&b->flying, true);
	return true;
}

void barrier_wait(struct barrier *b, struct barrier_ticket *t, barrier_fn *fn,
		  void *arg)
{
	t->owner = b;
	t->fn = fn;
	t->arg = arg;
	pingpace_ticket(&b->pace);
	ring_append(&b->waiting, t);
}

struct barrier *barrier_create(struct loop *l, struct component *c,
			       struct str domain, struct str server)
{
	struct barrier *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	b->loop = l;
	b->link = c;
	b->domain = str_heap(domain);
	b->server = str_heap(server);
	ring_init(&b->waiting);
	ring_init(&b->flying);
	loop_hook_add(l, &b->gather, LOOP_GATHER, on_gather, b);
	return b;
}

static void forget(struct barrier_ticket *ring)
{
	while (!ring_is_empty(ring))
		barrier_cancel(ring->next);
}

void barrier_destroy(struct barrier **bp)
{
	struct barrier *b = *bp;

	if (b == NULL)
		return;
	*bp = NULL;
	loop_hook_remove(&b->gather);
	loop_timer_stop(&b->due);
	loop_timer_stop(&b->again);
	forget(&b->waiting);
	forget(&b->flying);
	str_free(&b->domain);
	str_free(&b->server);
	free(b);
}
