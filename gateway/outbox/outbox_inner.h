#ifndef STOX_GATEWAY_OUTBOX_OUTBOX_INNER_H
#define STOX_GATEWAY_OUTBOX_OUTBOX_INNER_H
#include "gateway/base/loop.h"
#include "gateway/bridge.h"
#include "gateway/outbox/letter.h"
#include "gateway/outbox/outbox.h"

/* Inside of the outbox: outbox.c has the conversations and their tries,
 * outbox_item.c the life of one message and its row, outbox_admin.c what an
 * admin may see and do. */
enum { ITEM_TEXT_BYTES = 160 };

enum item_phase {
	ITEM_WAITS,   /* in its conversation, also while it is tried */
	ITEM_ENDS,    /* its row is to say that it is given up */
	ITEM_TELLS,   /* its sender is to be told */
	ITEM_IS_TOLD, /* until the XMPP server has taken that */
	ITEM_IS_OVER  /* its row is to go */
};
enum item_row {
	ROW_NONE, /* the store did not take it */
	ROW_WRITING,
	ROW_KEPT
};

struct outbox_item {
	struct outbox_item *prev, *next; /* of the conversation, or of ending */
	struct outbox *outbox;		 /* borrowed */
	struct conversation *conversation; /* borrowed; NULL: ending */
	enum item_phase phase;
	enum item_row row;
	bool is_put;	/* the store has been asked to keep it */
	unsigned calls; /* of the store that have not come back */
	unsigned tries;
	uint32_t cseq;
	bool is_uncertain;    /* the last try may have arrived */
	size_t through_bytes; /* of its text: parts that have been taken */
	bool is_abandoned;    /* its sender has been told, at the drain */
	int64_t since_s;
	uint64_t due_ms; /* too old from here on, loop time */
	uint64_t seq;
	char key[OUTBOX_KEY_BYTES];
	char token[LETTER_TOKEN_BYTES];
	struct fault error; /* of the last try; its text is below */
	char text[ITEM_TEXT_BYTES];
	struct barrier_ticket ticket;
	size_t n;
	char stanza[];
};

struct contact_box {
	UT_hash_handle hh;
	struct conversation *conversations; /* owned list */
	size_t count;			    /* of messages */
	size_t n;
	char jid[];
};

struct conversation {
	UT_hash_handle hh;
	struct conversation *prev, *next; /* of the contact */
	struct outbox *outbox;
	struct contact_box *contact;
	struct outbox_item *items; /* owned list, oldest first */
	size_t count, bytes;
	struct loop_timer timer;
	unsigned tries;	   /* that failed, one after the other */
	uint64_t tried_ms; /* end of the last one */
	uint64_t next_ms;
	bool is_sending, is_waiting, is_running;
	bool is_kicked; /* came online while a try was under way */
	size_t user_bytes, n;
	char key[]; /* user, LF, contact */
};

struct outbox {
	struct link *link; /* borrowed */
	struct conversation *conversations;
	struct contact_box *contacts;
	struct outbox_item *ending; /* owned list */
	struct loop_timer sweep;    /* for those that could not end at once */
	uint64_t seq;
	struct outbox_counters counters;
};

static inline const struct config_outbox *
outbox_settings(const struct outbox *o)
{
	return &o->link->cfg->outbox;
}

static inline uint64_t outbox_now_ms(const struct outbox *o)
{
	return loop_now_ms(o->link->bridge->loop);
}

struct contact_box *contact_find(const struct outbox *o, struct str jid);
/* All that waits for him is tried now. */
void contact_kick(struct contact_box *b);

struct conversation *conversation_get(struct outbox *o, struct arena *a,
				      struct str user, struct str contact);
void conversation_destroy(struct conversation *c);
struct str conversation_user(const struct conversation *c);
struct str conversation_contact(const struct conversation *c);
/* What can go on goes on; the conversation may be gone after it. */
void conversation_run(struct conversation *c);
/* It waits: what the store does not have goes back to its sender. */
void conversation_drop(struct conversation *c);
/* No try before then; and it sleeps until then. */
void conversation_wait(struct conversation *c, uint64_t at_ms);
void conversation_sleep(struct conversation *c);
/* The next try is at once, but not more often than is good. */
void conversation_kick(struct conversation *c);

struct outbox_item *held_create(struct outbox *o, struct str stanza);
void held_free(struct outbox_item *it);
/* When it was taken, and how long it may still wait. */
void held_age(struct outbox_item *it, int64_t since_s);
void held_append(struct outbox_item *it, struct conversation *c);
/* Writes its row. */
void held_put(struct outbox_item *it);
/* Leaves its conversation with an error to its sender. */
void held_give_up(struct outbox_item *it, const struct fault *f);
/* At the drain, if the store does not have it: its sender is told now. */
void held_abandon(struct outbox_item *it, const struct fault *f);
/* Leaves it delivered. */
void held_done(struct outbox_item *it);
/* Keeps what it was answered last. */
void held_note(struct outbox_item *it, const struct fault *f);
/* Goes on with what could not end before. */
void held_sweep(struct outbox *o);
/* The stanza as it was taken; false when it cannot be read. */
bool held_stanza(const struct outbox_item *it, struct arena *a,
		 struct stanza *s);

#endif
