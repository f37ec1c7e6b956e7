#ifndef STOX_SIP_LEG_H
#define STOX_SIP_LEG_H
#include "gateway/base/loop.h"
#include "gateway/base/hashset.h"
#include "gateway/base/table.h"
#include "sip/dialog.h"
#include "sip/ration.h"
#include "sip/room.h"
#include "sip/substate.h"
#include "sip/watcher.h"

/* Inside of watcher: one dialog of a watch and its clock. The first leg exists
 * before its dialog does, which the first NOTIFY makes (RFC 6665 §4.4.1).
 * watch.c has all legs of a watch, watcher.c what NOTIFYs say; leg.c sends
 * SUBSCRIBEs in time, as subscribe.c drafts them. */
struct outgoing;
struct transport_set;

enum leg_purpose { LEG_OPENING, LEG_REFRESHING, LEG_ENDING };
enum leg_timer {
	LEG_TIMER_NONE,
	LEG_TIMER_N,	   /* a NOTIFY must come */
	LEG_TIMER_REFRESH, /* the next SUBSCRIBE is due */
	LEG_TIMER_EXPIRED, /* retries would come too late */
	LEG_TIMER_VERDICT  /* a failure that is ours */
};

struct leg {
	struct leg *next;	    /* of the watch's further legs */
	struct watch *watch;	    /* borrowed: owns us */
	struct dialog_kept *dialog; /* owned; NULL before the first NOTIFY. What
				       is the watch's own is not in it */
	struct outgoing *flight;    /* the SUBSCRIBE under way, or NULL */
	struct room_seat seat;
	struct loop_timer timer;
	uint64_t sent_ms, expires_ms; /* loop time */
	int32_t retry_after_s;
	int status; /* of the last failure */
	unsigned char purpose, timer_kind, tries, raises;
	bool is_awaiting : 1; /* sent, and no NOTIFY since */
	bool wants_end : 1;   /* Expires 0 as soon as that can be said */
	bool is_over : 1;
	bool is_put_off : 1; /* the owner was asked whether it may go */
	bool is_held : 1;    /* seat waits for a ration, not for room */
	bool is_counted : 1; /* of its user's ration */
};

/* What is the same for thousands of watches. */
struct watch_kind {
	struct watch_kind *next;
	struct watcher *watcher;	   /* borrowed: owns us */
	const struct watch_events *events; /* borrowed: the owner's, static */
	struct str event, accept;	   /* owned */
};

enum { WATCH_CALL_ID_BYTES = 24, WATCH_TAG_BYTES = 12, WATCH_TEXTS = 4 };

struct watch {
	struct hashset_node node;      /* by Call-ID and tag */
	struct watch *prev, *next;     /* of all that there are */
	const struct watch_kind *kind; /* borrowed: the watcher's */
	void *arg;
	struct leg first;
	struct leg *further; /* owned; after a fork */
	unsigned expires_s;  /* asked for; 423 raises it */
	unsigned granted_s;  /* by the last 2xx */
	uint32_t cseq;	     /* last used outside of the legs' dialogs */
	char call_id[WATCH_CALL_ID_BYTES];
	char tag[WATCH_TAG_BYTES];
	bool wants_many, is_poll;
	bool is_listed;	   /* in the table: NOTIFYs find it */
	bool is_closing;   /* the owner has gone */
	bool is_confirmed; /* a NOTIFY has come */
	bool is_renewed;   /* 481 was answered with a new dialog already */
	/* Of the texts in block: target, From, To (none: the target in angle
	 * brackets), next hop. */
	uint16_t bytes[WATCH_TEXTS];
	char block[];
};

/* A leg is over without a NOTIFY that said so. status 0: Timer N. */
typedef void leg_over_fn(struct leg *leg, int status, int64_t retry_after_s);

struct watcher {
	struct loop *loop; /* borrowed, as the next two */
	struct uac *uac;
	struct transport_set *transport;
	struct hashset table; /* by key; who is listed */
	struct watch *all;
	struct watch_kind *kinds; /* owned */
	struct room room;	  /* SUBSCRIBEs that wait for it */
	struct rations rations;	  /* how many each user has under way */
	struct watch_timing timing;
	leg_over_fn *on_over;
};

/* The first SUBSCRIBE of a watch, and again in a new dialog (the watch's ids
 * are new then). */
void leg_open(struct leg *leg);
void leg_ask(struct leg *leg); /* a refresh now, or soon */
/* Expires 0, now or when what is under way has ended; on_over in the end. */
void leg_end(struct leg *leg);
/* The NOTIFY that makes the dialog. */
void leg_adopt(struct leg *leg, const struct request *r);
/* A NOTIFY that was accepted and does not end it. */
void leg_notified(struct leg *leg, const struct substate *s);
void leg_stop(struct leg *leg); /* timer, flight, dialog: all given back */

/* Of the watcher's room. */
bool leg_turn(struct room_seat *seat);
/* Of its rations. */
void leg_rationed(struct room_seat *seat);

/* --- subscribe.c */

/* The next SUBSCRIBE, which has its number then; slices of leg's watch or a.
 * false: what is kept of the watch or the dialog cannot be read. */
bool leg_draft(struct leg *leg, struct arena *a, unsigned expires_s,
	       struct draft *out);

/* What it asks for, and as whom; slices of w or a. */
struct watch_texts {
	struct str target, from, to, next_hop;
};
struct watch_texts watch_texts(const struct watch *w, struct arena *a);

/* --- watch.c: all legs of one watch */

uint64_t watch_hash(const struct hashset_node *n); /* for the table of them */
/* Ids for a dialog to come; the watch is put into the table under them. */
void watch_renew(struct watch *w);
/* Takes one leg away. false: it was the last, and the watch is over. */
bool watch_leg_remove(struct leg *leg);
/* The last leg has gone. false: so has the watch, nobody wants to know. */
bool watch_over(struct watch *w);
leg_over_fn watch_leg_over;

#endif
