#ifndef STOX_GATEWAY_MESSAGES_DEPARTURE_H
#define STOX_GATEWAY_MESSAGES_DEPARTURE_H
#include "gateway/bridge.h"
#include "mapping/fate.h"

/* What survives the turn of a message on its way to SIP, until its outcome is
 * there: one of the bridge's list from departure_create to departure_done, or
 * to a call that says that it cannot go. */
enum { DEPARTURE_CID_BYTES = 12 };

struct departure {
	struct departure *prev, *next; /* of the bridge, oldest first */
	struct link *link;	  /* borrowed: outlives every transaction */
	struct outbox_item *kept; /* borrowed; NULL: it does not wait */
	bool is_ended; /* its sender has been told: the drain was over */
	uint64_t since_ms;
	/* Correlation id, in both protocols' log lines. */
	char cid[DEPARTURE_CID_BYTES + 1];
	unsigned tried;		/* bits 1 << enum skill: more than plain text */
	struct outgoing *plain; /* owned: to send if that is refused */
	struct split *split;	/* owned: if that is too long; or NULL */
	struct str from, to, id, lang; /* in text[] */
	char text[];
};

/* kept: its place in the outbox, or NULL. */
struct departure *departure_create(struct link *k, const struct stanza *s,
				   struct arena *a, struct outbox_item *kept);
/* The person it is from: a bare JID. */
struct str departure_sender(const struct departure *d);
/* For the queue, or for phones: what became of a request, which ends it; and
 * what is sent in its place. arg: the departure. */
void departure_done(void *arg, const struct outcome *o);
struct outgoing *departure_again(void *arg, const struct outcome *o);
/* It cannot go, and nobody has seen it yet: its sender, or the outbox, is told.
 * s: the message. Frees it. */
void departure_fail(struct departure *d, const struct stanza *s, enum fate fate,
		    const struct fault *why);
/* The error stanza for a message that does not go; cid: for the log. */
void departure_refuse(struct link *k, const struct stanza *s,
		      const struct fault *f, const char *cid);

/* The drain is over: the senders of what is still under way are told. */
void departures_give_up(struct bridge *b);
/* Is anybody waiting for what comes of his message? */
bool departures_are_busy(const struct bridge *b);
/* Age of the message that has been on its way longest; 0: none is. */
uint64_t departures_oldest_ms(const struct bridge *b);
/* Frees what is kept of messages under way, after the SIP side is gone. */
void departures_forget(struct bridge *b);

#endif
