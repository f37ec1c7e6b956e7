#ifndef STOX_GATEWAY_PRESENCE_ROW_H
#define STOX_GATEWAY_PRESENCE_ROW_H
#include "gateway/base/hashset.h"
#include "gateway/base/loop.h"
#include "gateway/base/table.h"
#include "gateway/presence/item.h"
#include "mapping/freshness.h"
#include "mapping/subscription.h"
#include "sip/notifier.h"
#include "sip/watcher.h"

struct link;
struct member;
struct roster;

/* A SIP dialog of a row: one phone of the watching contact (SUB_IN). */
struct usage {
	struct usage *prev, *next;
	struct row *row;	 /* borrowed: owns us */
	struct refresh *refresh; /* borrowed: one that waits for the store */
	struct notice *notice;	 /* owned; NULL: of a list */
	struct member *member;	 /* borrowed: of a list (roster_lists.c), which
				    is told in the place of a dialog */
	struct loop_timer poll;	 /* of a poll that waits for the user */
	bool is_heard;		 /* the user has said something to it */
	bool is_asking;		 /* its SUBSCRIBE has had no NOTIFY yet */
	bool is_refused;	 /* its record says so */
	uint64_t told;		 /* a hash of what its last NOTIFY said */
	uint32_t cseq_kept;	 /* CSeq that the store knows */
	char key[16];		 /* of its record */
};

/* Actions of a step that wait for the journal, or behind one that does: what
 * follows from two steps never gets out of order. */
struct deed;
/* The telephone of a contact (roster_phone.c). */
struct phone;
/* What a user does and how he feels (roster_leanings.c). */
struct kept_leanings;
/* The timer of a row: most have none for most of their lives. */
struct row_timer;

/* One authorisation: who watches whom. It lives as long as the authorisation,
 * dialogs come and go (DESIGN: two lifetimes). */
struct row {
	struct hashset_node node; /* of the roster, by key */
	struct row *prev, *next;  /* of the rows that are to be woken */
	struct roster *roster;	  /* borrowed */
	struct link *link;	  /* borrowed */
	struct item *items;	  /* owned. OUT: what the user was told of the
				     contact; IN: the user's resources */
	struct watch *watch;	  /* owned. OUT: the dialog that we opened */
	struct watch *fetch;	  /* owned. OUT: what an empty NOTIFY meant */
	struct usage *usages;	  /* owned. IN: dialogs that we accepted */
	struct row_timer *timer;  /* owned, while it runs. OUT: retry, parting;
				     IN: the next NOTIFY */
	struct deed *deeds;	  /* owned */
	struct phone *phone;	  /* owned. OUT: where his calls are watched */
	struct kept_leanings *leanings; /* owned. IN: NULL: nothing */
	uint64_t notified_ms;		/* IN: last NOTIFY of a change */
	struct freshness heard;		/* OUT: of the last document */
	int64_t asked_at_s;		/* IN: when the user was asked, or said
					   no; OUT: when the contact went */
	struct watching *local; /* owned. OUT: a contact whose phones attach
				   to us, instead of watch */
	unsigned char direction, state; /* enum sub_direction, sub_state */
	unsigned char failures; /* in a row: the exponent of the back-off */
	bool is_waking, is_ended, is_poll, wants_restart;
	bool is_gone_told : 1; /* OUT: unavailable was the last word */
	bool is_parting : 1; /* OUT: unsubscribed is said when the timer ends */
	bool is_leaving : 1; /* OUT: it counts no more for who watches */
	bool is_lost : 1;    /* OUT: its link broke before the farewell */
	bool is_crowded : 1; /* some of the resources are left out */
	bool is_unheard : 1; /* IN: let in, and nothing known of him yet */
	bool is_checking : 1; /* IN: probed anew; what is dirty was not heard */
	bool wants_notify : 1;	/* IN: something changed while the timer runs */
	unsigned retry_after_s; /* OUT: what the peer asked for; 0: nothing */
	unsigned kept_names;	/* OUT: a hash of the resources in its record */
	uint32_t approved_at_s; /* OUT: when the contact let the user in, UTC;
				   0: long ago */
	unsigned short user_bytes, contact_bytes;
	char key[]; /* direction, user, LF, contact: bare JIDs */
};

struct row *row_find(struct roster *r, enum sub_direction d, struct str user,
		     struct str contact);
/* Finds it or makes one in SUB_NONE. */
struct row *row_get(struct roster *r, struct link *k, enum sub_direction d,
		    struct str user, struct str contact);
void row_set_state(struct row *w, enum sub_state s);
/* Frees it, if nothing is under way, else as soon as that is over. */
void row_end(struct row *w);
/* Ends it, if it stands for nothing: no state, no dialog, nothing to be said.
 */
void row_settle(struct row *w);
struct str row_user(const struct row *w);
struct str row_contact(const struct row *w);
struct str row_key(const struct row *w);
uint64_t row_hash(const struct hashset_node *n); /* for the table of them */

/* As loop_timer_start and the others, with the row as its argument. */
void row_timer_start(struct row *w, uint64_t delay_ms, loop_timer_fn *fn);
void row_timer_stop(struct row *w);
bool row_timer_is_running(const struct row *w);

/* A step of the table, then its actions, behind the journal where it says so.
 * The row may be gone after it. */
void row_event(struct row *w, enum sub_event e);
/* The link takes presence now. What cannot be said stays dirty, and is said
 * when the row is woken: presence never fills the queue of what is owed. */
bool row_can_say(const struct row *w);
bool row_has_room(const struct row *w); /* the same, at the end too */
/* What todo says, in the order of the bits: roster_out.c and roster_in.c. */
void row_act_out(struct row *w, unsigned todo);
void row_act_in(struct row *w, unsigned todo);

/* Presence of that type from the contact to the user, without any content
 * (roster_say.c). Owed when the link is down or full. */
void row_say(struct row *w, enum presence_type type);

#endif
