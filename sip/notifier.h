#ifndef STOX_SIP_NOTIFIER_H
#define STOX_SIP_NOTIFIER_H
#include "sip/agent.h"
#include "sip/dialog.h"

/* SUBSCRIBE dialogs that we accepted (RFC 6665 §4.2): NOTIFY out, one at a
 * time in each dialog, expiry, failures, and restoring after a restart. */
struct notifier;
struct notice; /* one accepted dialog ("usage") */

/* What is served; slices and defaults stay as they are where they are none or
 * 0. The slices are kept: static text, or the configuration's. */
struct notifier_limits {
	struct str event;   /* "presence" */
	struct str accept;  /* "application/pidf+xml": what NOTIFY carries */
	struct str require; /* none: the option tag that its dialogs use, said
			       in the answer that makes one and in NOTIFY */
	unsigned default_s; /* 3600: of a SUBSCRIBE without Expires */
	unsigned min_s;	    /* 60: below it 423; at most 3600 (RFC 6665
			       §4.2.1.1) */
	unsigned max_s;	    /* 86400: shortened to it */
	unsigned retry_ms;  /* 10000: first back-off of a NOTIFY that failed in
			       a way that may pass */
	unsigned running_max; /* 0, no limit: NOTIFYs of one watcher that are
				 under way or wait for room; more of his wait
				 behind his own */
};

enum notice_state { NOTICE_PENDING, NOTICE_ACTIVE, NOTICE_TERMINATED };

struct notifier_events {
	/* A SUBSCRIBE that makes a dialog; not answered yet: the owner stores
	 * what has to be stored, then calls notifier_accept or agent_reply.
	 * notifier_expiry says for how long; 0: a poll (RFC 6665 §4.4.3), to be
	 * accepted with 0 and answered with one notice_send. */
	void (*on_subscribe)(void *arg, const struct request *r,
			     struct answer *a);
	/* One in a dialog: its expiry has been set (0: it wants to end), the
	 * target refreshed; not answered yet: notice_refreshed answers, and
	 * only then comes the NOTIFY, so that it does not overtake. */
	void (*on_refresh)(void *arg, struct notice *n, struct answer *a);
	/* Its time is over: the owner sends the last NOTIFY, or drops it (also
	 * in here). Comes too when a poll or an Expires: 0 was not answered
	 * with a terminated NOTIFY in 32 s. */
	void (*on_expired)(void *arg, struct notice *n);
	/* NOTIFY failed for good (RFC 6665 §4.2.2): the dialog is gone, and
	 * after this call so is n. Not after NOTICE_TERMINATED. */
	void (*on_lost)(void *arg, struct notice *n, int status);
};

struct notifier *notifier_create(struct loop *l, struct agent *a,
				 const struct notifier_events *e, void *arg);
void notifier_destroy(struct notifier **np);
void notifier_set_limits(struct notifier *n, const struct notifier_limits *l);
/* SUBSCRIBEs go here; every one is answered, at once or through the owner: 489
 * with Allow-Events, 481 (no such dialog), 406 with Accept, 400 (no Contact
 * that SIP can reach, or too large for a dialog), 423 with Min-Expires, 403
 * (another id in the same dialog), 500 (CSeq not above the last). */
void notifier_offer(struct notifier *n, const struct request *r,
		    struct answer *a);

/* Seconds that r asks for: the default where it does not say, never above the
 * maximum; 0 is a poll, or an end. */
unsigned notifier_expiry(const struct notifier *n, const struct request *r);
/* Answers 200 with Expires and makes the dialog. expires_s <= asked. owner: the
 * row, given back by notice_owner. d: as dialog_of_request gave it for r, with
 * answer_tag as the local tag. */
struct notice *notifier_accept(struct notifier *n, const struct dialog *d,
			       struct str event_id, unsigned expires_s,
			       struct answer *a, void *owner);
/* From the store: cseq_skip is added to the CSeq that was kept. One that has
 * expired meanwhile gets its on_expired within 5 s. NULL: there is one of that
 * Call-ID and tag already. */
struct notice *notifier_restore(struct notifier *n, const struct dialog *d,
				struct str event_id, int64_t expires_at_s,
				uint32_t cseq_skip, void *owner);
void notice_refreshed(struct notice *n, struct answer *a); /* 200 */
/* What a NOTIFY carries; text none: nothing. */
struct notice_document {
	struct str type;
	struct str language; /* Content-Language, or none */
	struct str text;
};

/* Sends NOTIFY (or remembers it as the next one: the last state wins). It goes
 * by the route set; without one to the outbound proxy; else to the Contact, and
 * when no address is found for that (a GRUU without its proxy) to where the
 * last SUBSCRIBE came from. To a poll every state is said as terminated;
 * reason=timeout, and the notice is over with it. retry_after_s 0: none. After
 * NOTICE_TERMINATED the notice is over and must not be used; it goes away by
 * itself when its NOTIFY has been answered, or was not in 160 s. */
void notice_send(struct notice *n, enum notice_state s, const char *reason,
		 unsigned retry_after_s, struct notice_document d);
/* Before the last notice_send: fn is called once when what that says is
 * answered or given up; false: it was still under way when all ended. */
typedef void notice_over_fn(void *arg, bool is_settled);
void notice_on_over(struct notice *n, notice_over_fn *fn, void *arg);
void notice_drop(struct notice *n);		     /* without a word */
struct dialog notice_dialog(const struct notice *n); /* its slices are n's */
struct str notice_event_id(const struct notice *n);
int64_t notice_expires_at_s(const struct notice *n); /* wall clock, UTC */
unsigned notice_remaining_s(const struct notice *n); /* whole seconds */
unsigned notice_granted_s(const struct notice *n);   /* the begun one too */
void *notice_owner(const struct notice *n);
size_t notifier_count(const struct notifier *n);
/* Dialogs whose NOTIFY waits for room in the uac. */
size_t notifier_waiting(const struct notifier *n);

#endif
