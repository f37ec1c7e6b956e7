#ifndef STOX_SIP_NOTICE_H
#define STOX_SIP_NOTICE_H
#include "gateway/base/hashset.h"
#include "gateway/base/loop.h"
#include "gateway/base/table.h"
#include "sip/dialog.h"
#include "sip/notifier.h"
#include "sip/ration.h"
#include "sip/room.h"

/* Inside of notifier: one accepted dialog and its NOTIFYs, one at a time. A
 * million of them is the aim, so what is rare is allocated when it is there. */
struct outgoing;
struct transport_set;

/* What is to be said: while it waits, and while it is on the way. */
struct outbox {
	struct loop_timer timer; /* runs: not before it has ended */
	enum notice_state state;
	unsigned retry_after_s;
	struct str reason, content_type, language, body; /* in block */
	char block[];
};

struct notice {
	struct hashset_node node;
	struct keyed128 key;
	struct notifier *notifier;  /* borrowed */
	struct notice *prev, *next; /* of all that there are */
	struct room_seat seat;
	struct ration *ration; /* borrowed: its watcher's, in which it is
				  counted or waits; NULL: it does neither */
	void *owner;
	struct dialog_kept *dialog; /* owned */
	char *event_id;		    /* owned; NULL as a rule */
	struct outgoing *flight;    /* the NOTIFY under way, or NULL */
	struct outbox *said;	    /* owned: what is in it */
	struct outbox *waiting;	    /* owned: what comes next; the last state */
	notice_over_fn *over;	    /* or NULL */
	void *over_arg;
	struct loop_timer timer; /* expiry; of the last word, once it is said */
	uint64_t expires_ms;	 /* loop time */
	int64_t expires_at_s;	 /* wall clock */
	unsigned char tries;
	bool is_listed; /* in the table: SUBSCRIBEs find it */
	bool is_over;	/* terminated was said, or waits */
	bool is_lost;	/* inside on_lost */
	bool is_poll;
	bool goes_to_source; /* Contact leads nowhere */
	bool is_put_off;     /* by a Retry-After */
	bool is_held;	     /* behind others of its watcher */
};

/* The peer is there: what waits for another try need not, unless it said when.
 */
void notice_hurry(struct notice *n);

struct notifier {
	struct loop *loop; /* borrowed, as the next two */
	struct uac *uac;
	struct transport_set *transport;
	struct notifier_events events;
	void *arg;
	struct notifier_limits limits;
	struct hashset table; /* by key; who is listed */
	struct notice *all;
	struct room room;	/* NOTIFYs that wait for it */
	struct rations rations; /* of watchers */
};

/* Puts it into the table, where the key must be free. */
struct notice *notice_create(struct notifier *owner, const struct dialog *d,
			     struct str event_id, void *arg);
void notice_unlist(struct notice *n); /* SUBSCRIBEs do not find it any more */
void notice_set_expiry(struct notice *n, unsigned expires_s);
/* The same from the store; on_expired comes late_ms behind it. */
void notice_restore_expiry(struct notice *n, int64_t expires_at_s,
			   unsigned left_s, uint64_t late_ms);
/* Of the notifier's room. */
bool notice_turn(struct room_seat *seat);
struct notice *notice_in(struct room_seat *seat);

/* --- noticeseat.c */

/* One more of its watcher. false: it waits behind others of his. */
bool noticeseat_take(struct notice *n);
void noticeseat_rationed(struct room_seat *seat); /* its turn has come */
void noticeseat_free(struct notice *n);		  /* it counts no more */
/* It waits no more, and what is under way is let go of. */
void noticeseat_leave(struct notice *n);
/* The Contact of ours in it, in an arena. */
struct str notice_contact(const struct notice *n, struct arena *a,
			  struct str user, const struct draft *d);

#endif
