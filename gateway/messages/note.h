#ifndef STOX_GATEWAY_MESSAGES_NOTE_H
#define STOX_GATEWAY_MESSAGES_NOTE_H
#include "gateway/base/table.h"
#include "gateway/bridge.h"

/* Inside of notices: one message that owes a notice, and where it is found. */
enum note_kind {
	NOTE_OWED,   /* from SIP: the user will say, the contact hears */
	NOTE_AWAITED /* from XMPP: the contact will say, the user hears */
};

/* Bits of done, beside those of enum cpim_wish. */
enum { NOTE_CHAT = 1 << 3 /* the stanza was of type chat */ };

/* What a note is made of; slices are borrowed. */
struct note_facts {
	enum note_kind kind;
	unsigned wishes; /* enum cpim_wish, NOTE_CHAT */
	unsigned done;	 /* those that were told */
	int64_t since_s;
	uint64_t number;    /* rising; 0: make one */
	struct str user;    /* JID as it was written */
	struct str contact; /* bare JID */
	struct str stanza_id, message_id;
	struct str date_time;	/* of NOTE_OWED, as written */
	struct str original_to; /* of NOTE_OWED */
};

struct note_pair;
struct note {
	UT_hash_handle hh;	  /* by key; of twins the first only */
	struct note *prev, *next; /* of all, oldest first */
	struct note *twin_prev, *twin_next; /* of those with this key */
	struct note *pair_prev, *pair_next; /* of NOTE_OWED of two people */
	struct note_pair *pair;		    /* of NOTE_OWED */
	struct note *twins;		    /* of the first twin: the list */
	struct note_facts facts;	    /* slices in text */
	struct str key;			    /* in text */
	char text[];
};

/* NOTE_OWED of one user and one contact, oldest first: what "displayed" means
 * (XEP-0333 §4). */
struct note_pair {
	UT_hash_handle hh;
	struct note *notes;
	unsigned count;
	size_t n;
	char key[];
};

enum { NOTE_PAIR_MAX = 1000 }; /* of two people; then their oldest goes */

struct notices {
	struct bridge *bridge; /* borrowed */
	struct note *by_key;
	struct note *all;
	struct note_pair *pairs;
	struct saying *sayings; /* owned: wait for their commit (note_say.c) */
	uint64_t last_number;
	size_t count;
};

/* Adds one; the oldest goes when there are too many. Not written yet. */
struct note *note_add(struct notices *n, const struct note_facts *f);
/* The same of one that was there just now: none goes for it. */
struct note *note_put_back(struct notices *n, const struct note_facts *f);
void note_drop(struct notices *n, struct note *x);
/* The oldest of that kind with that id, the stanza's or the message's, between
 * these two (bare JIDs); NULL. */
struct note *note_find(struct notices *n, enum note_kind kind,
		       struct str user_bare, struct str contact, struct str id);

/* One like it that nobody finds; free() ends it. */
struct note *note_copy(const struct note *x);

/* Says of a message what is news, bits of enum cpim_wish, to whom waits for it:
 * its row is written first (or taken out, if that was all, and x with it), and
 * behind the commit it is said; answer, which is taken, gets 202 when the XMPP
 * server has it. So kill -9 never makes it come twice. A store that is away or
 * not well is not waited for. answer: NULL where x is NOTE_OWED. (note_say.c)
 */
struct answer;
void note_say(struct link *k, struct note *x, unsigned news,
	      struct answer *answer);
/* The same of what nobody asked to hear: what was received or read did not
 * fail. x may be gone then. (note_say.c) */
void note_learn(struct notices *n, struct note *x, unsigned what);

/* Forgets what is still to be said: the end. */
void note_hush(struct notices *n);

/* The journal (note_keep.c). fn: behind the commit, or NULL. false: it is not
 * going to be called. */
bool note_keep_then(struct notices *n, const struct note *x, store_fn *fn,
		    void *arg);
bool note_forget_then(struct notices *n, const struct note *x, store_fn *fn,
		      void *arg);
void note_keep(struct notices *n, const struct note *x);
void note_forget(struct notices *n, const struct note *x);
bool note_load(struct notices *n, const char **why);

#endif
