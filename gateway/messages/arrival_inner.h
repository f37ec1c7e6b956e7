#ifndef STOX_GATEWAY_MESSAGES_ARRIVAL_INNER_H
#define STOX_GATEWAY_MESSAGES_ARRIVAL_INNER_H
#include "gateway/bridge.h"
#include "gateway/messages/arrival.h"
#include "gateway/outbox/outbox.h"

/* Inside of arrivals: arrival.c sends them, arrival_turn.c those that had to
 * wait for it, arrival_kept.c has those in the store. */
#define ARRIVAL_END_TAG "</message>"
/* Stands for all sources: no address is so long. */
#define ARRIVAL_ALL STR_LIT("all")

struct arrival {
	struct arrival *prev, *next; /* of the link, oldest first */
	UT_hash_handle hh;	     /* of the link, by id */
	struct link *link;	     /* borrowed */
	struct answer *answer;	     /* owned; NULL: it has its 202 */
	struct barrier_ticket ticket;
	char id[STANZA_ID_BYTES];
	struct turn turn;
	bool is_written; /* on the present stream */
	bool has_left;	 /* was written before, perhaps to a stream now lost */
	bool is_to_full; /* sent to a full JID */
	/* of the row in the store */
	bool is_put, is_kept, is_counted;
	bool is_over;	 /* freed as soon as the store has answered */
	unsigned calls;	 /* of the store that have not come back */
	uint64_t number; /* in its key, given as it came; 0: none yet */
	char key[OUTBOX_KEY_BYTES];
	int64_t since_s;
	uint64_t since_ms, due_ms; /* loop time */
	size_t from_n, to_n, n;	   /* n: of the stanza without its end tag */
	char text[];		   /* from, to, stanza */
};

struct str arrival_from(const struct arrival *v);
struct str arrival_to(const struct arrival *v);
struct str arrival_stanza(const struct arrival *v);
struct arrival *arrival_create(struct link *k, struct str id, struct str from,
			       struct str to, struct str stanza);
/* It has been written, and is over when that was taken. */
void arrival_go(struct arrival *v);
/* Not written yet, it waits for its turn. */
void arrival_wait(struct arrival *v);
/* Answers, and that is the end. */
void arrival_finish(struct arrival *v, int status, unsigned retry_after_s);
/* The end: off the lists and out of the store. */
void arrival_end(struct arrival *v);
void arrival_answer(struct arrival *v, const struct reply *r);

/* Asks the store to keep it; 202 as soon as it does. false: no room. */
bool kept_put(struct arrival *v);
void kept_forget(struct arrival *v);
/* Too old: it goes. */
void kept_expire(struct arrival *v);

#endif
