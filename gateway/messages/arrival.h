#ifndef STOX_GATEWAY_MESSAGES_ARRIVAL_H
#define STOX_GATEWAY_MESSAGES_ARRIVAL_H
#include "gateway/link.h"
#include "sip/agent.h"
#include "xmpp/stanza.h"

/* MESSAGEs from SIP whose stanza the XMPP server has not been seen to take yet,
 * in order of their arrival. They are written as far as the barrier has room
 * for them, and wait in turns (gateway/messages/turns.h) behind that. Each gets
 * one answer: 202 when the server has taken its stanza, or the status of the
 * error stanza that came back, or 503 when that takes too long. With
 * outbox.to_xmpp it is 202 as well when the message is in the store: it is then
 * delivered when the server is back, under its id and with its time, and kept
 * until the server has taken it. */
struct arrival;
struct letter;

/* Is there room for one more of that source, written or waiting? */
bool arrival_has_room(const struct link *k, struct str source);
/* Sends it, or lets it wait until it may go, with extra as further children
 * (may be NULL). The answer is owned from here on. */
void arrival_send(struct link *k, struct answer *answer, const struct stanza *s,
		  const struct xml *extra);
/* Must it be kept, since the server is away or others wait already? Never while
 * draining, nor when messages are not to be kept. */
bool arrival_must_wait(const struct link *k);
/* Keeps it; 503 when there is no room. */
void arrival_keep(struct link *k, struct answer *answer, const struct stanza *s,
		  const struct xml *extra);
/* An error stanza: is it of one that still waits for its answer? Then that is
 * its end. Of one that has its 202 already it is the end, too: false. One that
 * is not of whom the message went to, or of a server, changes nothing. */
bool arrival_bounced(struct link *k, const struct stanza *s);
/* The link is back, or the server has taken something: those whose turn it is
 * go, for as long as there is room. */
void arrival_send_more(struct link *k);
/* Before the link is destroyed, behind the store: 503 to all that wait for an
 * answer. */
void arrival_abandon_all(struct link *k);
/* With the link. */
void arrival_fini(struct link *k);
/* Does anybody wait for an answer? */
bool arrival_is_busy(const struct link *k);

/* At start: a row of the store; then all of them are put in order. */
bool arrival_restore(struct link *k, struct arena *a, struct str key,
		     const struct letter *l);
void arrival_start(struct link *k);

/* --- for the admin */
struct arrival_entry {
	struct str user, contact; /* borrowed: bare JIDs */
	size_t count, bytes;
	int64_t oldest_s; /* UTC */
};
typedef void arrival_fn(void *arg, const struct arrival_entry *e);
/* Who: the bare JID of either; none: all. */
void arrival_list(struct link *k, struct arena *a, struct str who,
		  arrival_fn *fn, void *arg);
/* Drops what is kept; how many. */
size_t arrival_flush(struct link *k, struct str who);

/* An answer to SIP, counted. */
struct bridge;
void arrival_reply(struct bridge *b, struct answer *answer,
		   const struct reply *r);

#endif
