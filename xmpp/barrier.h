#ifndef STOX_XMPP_BARRIER_H
#define STOX_XMPP_BARRIER_H
#include <stdbool.h>
#include "xmpp/stanza.h"

struct barrier;
struct component;
struct loop;

/* Which stanzas the XMPP server has taken. Streams are processed in order
 * (RFC 6120 §10.1), so the answer to an XEP-0199 ping, result or error, proves
 * that everything written before the ping has been read. One ping is in flight
 * at a time and serves every ticket before it: it goes out at the end of the
 * turn (LOOP_GATHER), the next one when it is answered, and under load not at
 * once (xmpp/pingpace.h). */
struct barrier_ticket; /* embedded in the waiter */
typedef void barrier_fn(void *arg, bool is_taken);
struct barrier_ticket {
	struct barrier_ticket *prev, *next;
	struct barrier *owner; /* NULL when not waiting */
	barrier_fn *fn;
	void *arg;
};

struct barrier *barrier_create(struct loop *l, struct component *c,
			       struct str domain, struct str server);
void barrier_destroy(struct barrier **bp); /* forgets its tickets */
/* Waits for all that has been written to the component so far. fn is called
 * once, in order of the calls, never inside this one: true when taken; false
 * when the link went down first. */
void barrier_wait(struct barrier *b, struct barrier_ticket *t, barrier_fn *fn,
		  void *arg);
void barrier_cancel(struct barrier_ticket *t); /* idempotent */
/* May one more be written? There is a limit to what the server has not been
 * seen to take (xmpp/window.h), and what was cancelled counts until it is
 * taken. There is more room as soon as an answer was offered. */
bool barrier_has_room(const struct barrier *b);
size_t barrier_window(const struct barrier *b); /* the limit as it is now */
/* Hand every iq result and error here first: true if it was the barrier's. */
bool barrier_offer(struct barrier *b, const struct stanza *s);
/* For how long it has waited for the answer that is due; 0: none is. */
uint64_t barrier_waits_ms(const struct barrier *b);
/* The link is lost: all tickets get false. */
void barrier_lost(struct barrier *b);

#endif
