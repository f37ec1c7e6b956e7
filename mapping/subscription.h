#ifndef STOX_MAPPING_SUBSCRIPTION_H
#define STOX_MAPPING_SUBSCRIPTION_H
#include <stdbool.h>
#include "gateway/base/str.h"

/* The life of one authorisation row, both directions, as one table and one
 * pure step (RFC 8048, RFC 6665, RFC 3856). An XMPP authorisation is long; the
 * SIP dialogs that hang off it are short. docs/presence.md prints the table and
 * a test compares them.
 *
 * SUB_OUT: an XMPP user watches a contact. SUB_IN: a contact watches a user. */
enum sub_direction { SUB_OUT, SUB_IN };

enum sub_state {
	SUB_NONE,   /* no row */
	SUB_ASKING, /* asked, nothing heard yet */
	/* The other side knows and has not decided. SUB_IN: and no dialog of
	 * the watcher is left (what RFC 3857 §4.7.1 calls waiting). */
	SUB_PENDING,
	SUB_ACTIVE,  /* authorised, with a dialog */
	SUB_DORMANT, /* authorised, without a dialog */
	/* SUB_IN: the user does not want it. Kept, so that he is not asked
	 * again by a telephone that tries every hour. */
	SUB_DENIED,
	SUB_STATE_COUNT
};

enum sub_event {
	/* both */
	EV_RESTART, /* the row was loaded from the store */
	/* SUB_OUT, from XMPP */
	EV_SUBSCRIBE,	/* presence subscribe */
	EV_UNSUBSCRIBE, /* presence unsubscribe */
	EV_PROBE,	/* probe, or the user has come online */
	EV_OFFLINE,	/* the user has no resource left */
	/* SUB_OUT, from SIP */
	EV_NOTIFY_ACTIVE, /* NOTIFY active */
	EV_NOTIFY_PENDING,
	EV_NOTIFY_AGAIN,     /* terminated: deactivated, timeout, none: now */
	EV_NOTIFY_LATER,     /* terminated: probation, giveup, or retry-after */
	EV_NOTIFY_REJECTED,  /* terminated: rejected, noresource */
	EV_NOTIFY_INVARIANT, /* terminated: invariant: keep what is known */
	EV_REFUSED,	     /* 403, 489, 603 to SUBSCRIBE */
	EV_NOT_FOUND,	     /* 404, 604 to SUBSCRIBE */
	EV_GONE,	     /* 481 and the like: the dialog is no more */
	EV_FAILED,	     /* 5xx, timeout, Timer N, no route */
	EV_RETRY,	     /* the wait is over */
	/* SUB_IN, from SIP */
	EV_WATCH,      /* SUBSCRIBE with a new dialog */
	EV_REFRESH,    /* SUBSCRIBE in a dialog */
	EV_WATCH_END,  /* the last dialog has ended, by Expires 0 or time */
	EV_WATCH_LOST, /* the last dialog is gone: NOTIFY failed */
	/* SUB_IN, from XMPP */
	EV_SUBSCRIBED,
	EV_UNSUBSCRIBED,
	EV_USER_PRESENCE, /* available or unavailable of the user */
	EV_USER_UNKNOWN,  /* error item-not-found for our subscribe */
	EV_USER_REFUSED,  /* error forbidden, not-allowed, ... */
	EV_USER_AWAY,	  /* error that may pass: timeouts */
	EV_PARDON, /* the denial was long ago, or the user comes to watch him */
	SUB_EVENT_COUNT
};

/* What is to be done, in the order of the bits: store first. */
enum sub_action {
	DO_STORE = 1 << 0, /* the row as it is now; DO_FORGET: remove it */
	DO_FORGET = 1 << 1,
	/* to SIP, OUT */
	/* SUBSCRIBE in a new dialog, paced; nothing when there is one already,
	 * or one on its way. It ends the wait. */
	DO_OPEN = 1 << 2,
	/* SUBSCRIBE Expires 0 in it, and let it end. It ends the wait too. */
	DO_CLOSE = 1 << 3,
	DO_POLL = 1 << 4, /* SUBSCRIBE Expires 0 in a new dialog */
	/* Start the wait: seconds, jittered. Again without a NOTIFY active or
	 * pending in between it is as DO_RETRY_LATE: a peer that ends every
	 * dialog at once is not to be hammered. */
	DO_RETRY_SOON = 1 << 5,
	DO_RETRY_LATE = 1 << 6, /* the same with back-off or retry-after */
	/* to XMPP, OUT */
	DO_SAY_SUBSCRIBED = 1 << 7,
	/* From every JID that was announced; from the bare one if nothing was
	 * said yet; nothing if unavailable was the last word. Before
	 * unsubscribed: afterwards the user's server would drop it (RFC 6121
	 * §3.2.2). */
	DO_SAY_UNAVAILABLE = 1 << 8,
	DO_SAY_UNSUBSCRIBED = 1 << 9,
	DO_SAY_PRESENCE = 1 << 10,  /* what the document says, or the cache */
	DO_SAY_NOT_FOUND = 1 << 11, /* presence error item-not-found */
	/* to XMPP, IN */
	DO_ASK = 1 << 12,	       /* presence subscribe, once */
	DO_PROBE = 1 << 13,	       /* presence probe */
	DO_SAY_WATCHER_GONE = 1 << 14, /* unavailable from the contact, unless
					  OUT shows it online */
	/* to SIP, IN: NOTIFY in every dialog of the row */
	DO_NOTIFY_PENDING = 1 << 15,
	DO_NOTIFY_ACTIVE = 1 << 16,   /* with the state as it is known */
	DO_NOTIFY_STATE = 1 << 17,    /* changed: at most once per 5 s */
	DO_NOTIFY_REJECTED = 1 << 18, /* terminated;reason=rejected */
	DO_NOTIFY_NORESOURCE = 1 << 19,
	DO_NOTIFY_PROBATION = 1 << 20, /* terminated, with retry-after */
	/* OUT: unsubscribed (RFC 8048 §5.2.3), unless he asks again within a
	 * moment: his server would take it for the answer to that. */
	DO_PART = 1 << 21
};

struct sub_step {
	enum sub_state next;
	unsigned actions; /* of enum sub_action */
};

/* Total: every (direction, state, event) has an answer; an event that means
 * nothing in a state changes nothing and does nothing. */
struct sub_step subscription_step(enum sub_direction d, enum sub_state s,
				  enum sub_event e);
/* Names for logs, docs and tests. */
struct str sub_state_name(enum sub_state s);
struct str sub_event_name(enum sub_event e);
struct str sub_action_name(enum sub_action a);

/* What a final response to SUBSCRIBE is (RFC 8048 §5.2.2, RFC 6665 §4.1.2.2):
 * EV_REFUSED, EV_NOT_FOUND, EV_GONE or EV_FAILED; 0 (Timer N) is EV_FAILED.
 * is_first: no NOTIFY of this row was ever active. Other codes than those of
 * §4.1.2.2 leave a subscription valid until it expires: they come here only
 * when that is so, or when there was none. */
enum sub_event subscription_response(int status, bool is_first);
/* What a terminated NOTIFY's reason is (RFC 6665 §4.1.3); none is EV_AGAIN
 * unless retry-after is there. Not for the answer to a poll, which is always
 * terminated and is no event: its document is said, and that is all. */
enum sub_event subscription_reason(struct str reason, bool has_retry_after);

#endif
