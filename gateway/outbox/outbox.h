#ifndef STOX_GATEWAY_OUTBOX_OUTBOX_H
#define STOX_GATEWAY_OUTBOX_OUTBOX_H
#include "gateway/link.h"
#include "mapping/fate.h"
#include "xmpp/stanza.h"

/* XMPP -> SIP: messages that wait for their reader, one outbox a component. A
 * message is in the store from when it is taken to its end, so kill -9 loses
 * none; while its contact is away it is tried again, with back-off and when he
 * comes online. Messages of one conversation (a user and a contact) go one
 * after the other, in order. Each ends exactly once: with a 2xx, or with an
 * error to its sender. */
struct outbox;
struct outbox_item; /* one message */
enum { OUTBOX_KEY_BYTES = 26 };

struct outbox *outbox_create(struct link *k);
/* Before the store is closed for good; its rows stay. */
void outbox_destroy(struct outbox **op);

/* Is this a message to keep? Cheap when the outbox is off. Not without a text,
 * not a headline, not what says that it must not be (XEP-0334 no-store). */
bool outbox_wants(const struct link *k, const struct stanza *s);
/* Takes it; token is LETTER_TOKEN_BYTES of text. NULL with *why at a limit. */
struct outbox_item *outbox_take(struct outbox *o, const struct stanza *s,
				struct arena *a, const char *token,
				struct fault *why);
/* It is this one's turn, now: the caller sends it, then tells how that went by
 * outbox_end. false: others of its conversation are before it; it may be gone
 * then, its sender told, if the store did not take it. */
bool outbox_begin(struct outbox_item *it);

struct outbox_verdict {
	enum fate fate;
	struct fault why;	/* not of FATE_TAKEN */
	unsigned retry_after_s; /* 0: none */
	bool is_answered;	/* the SIP side has said so itself */
};
/* The end of a try. *it may be gone after it. */
void outbox_end(struct outbox_item *it, const struct outbox_verdict *v);
/* An answer 482 to a try behind one that nobody answered: the contact's side
 * has it already (RFC 3261 §8.2.2.2). */
bool outbox_is_uncertain(const struct outbox_item *it);

/* Of a text that goes in parts: so many bytes of it have been taken, and are
 * not sent again. 0 as a rule. */
void outbox_put_through(struct outbox_item *it, size_t bytes);
size_t outbox_through(const struct outbox_item *it);

/* The store has it, and its sender has not been told of its end: it outlives
 * this process. */
bool outbox_is_safe(const struct outbox_item *it);

/* The contact has come online: what waits for him is tried now. */
void outbox_online(struct outbox *o, const struct jid *contact);
/* The link is back: errors that could not be told are. */
void outbox_link_up(struct outbox *o);

/* Is there any that the store does not have yet, or whose sender has still to
 * be told of that? A drain waits for them. */
bool outbox_is_busy(const struct outbox *o);
/* The links are about to close: an error for each that the store does not
 * have, while it can still be told. Nothing follows it. */
void outbox_give_up(struct outbox *o);

/* Keys of the store, also for messages to XMPP. They sort by their numbers,
 * which rise, over a restart with the clock set back, too; nodes that share a
 * database do not meet. */
uint64_t outbox_number(struct outbox *o);
void outbox_key(char kind, uint64_t number, char out[OUTBOX_KEY_BYTES]);
/* One that is taken already; it is OUTBOX_KEY_BYTES long. Its number. */
uint64_t outbox_key_seen(struct outbox *o, struct str key);

/* At start: reads the rows of the store, of both directions; tries begin,
 * spread in time. */
bool outbox_load(struct bridge *b, const char **why);

/* --- for the admin. who: the bare JID of a user or a contact; none: all. */
struct outbox_entry {
	struct str user, contact; /* borrowed */
	size_t count, bytes;
	int64_t oldest_s; /* UTC */
	unsigned tries;	  /* since the last one that went well */
	int64_t next_s;	  /* to the next try; 0: now */
	const char *why;  /* of the last try; "" before it */
};
typedef void outbox_fn(void *arg, const struct outbox_entry *e);
void outbox_list(struct outbox *o, struct str who, outbox_fn *fn, void *arg);
/* Tries at once; how many conversations. */
size_t outbox_retry(struct outbox *o, struct str who);
/* Gives up: an error to each sender. What is on its way goes on. How many
 * messages. */
size_t outbox_flush(struct outbox *o, struct str who);

struct outbox_counters {
	uint64_t taken;	       /* put into the store */
	uint64_t retries;      /* tries behind the first */
	uint64_t delivered;    /* of those tried more than once */
	uint64_t refused;      /* error: the SIP side refused it */
	uint64_t expired;      /* error: too old */
	uint64_t flushed;      /* error: by the admin */
	uint64_t full;	       /* error: at a limit */
	size_t waiting, bytes; /* now */
};
void outbox_count(const struct outbox *o, struct outbox_counters *out);

#endif
