#ifndef STOX_SIP_NOTIFIER_H
#define STOX_SIP_NOTIFIER_H
#include "sip/agent.h"
#include "sip/dialog.h"

/* SUBSCRIBE dialogs that we accepted (RFC 6665 §4.2): NOTIFY out, one at a
 * time in each dialog, expiry, failures, and restoring after a restart. */
struct notifier;
struct notice; /* one accepted dialog ("usage") */

enum notice_state { NOTICE_PENDING, NOTICE_ACTIVE, NOTICE_TERMINATED };

struct notifier_events {
	/* A SUBSCRIBE that makes a dialog; not answered yet: the owner stores
	 * what has to be stored, then calls notifier_accept or agent_reply. */
	void (*on_subscribe)(void *arg, const struct request *r,
			     struct answer *a);
	/* One in a dialog: its expiry has been set (0: it wants to end), the
	 * target refreshed; not answered yet: notice_refreshed answers. */
	void (*on_refresh)(void *arg, struct notice *n, struct answer *a);
	/* Its time is over: the owner sends the last NOTIFY, or drops it. */
	void (*on_expired)(void *arg, struct notice *n);
	/* NOTIFY failed for good (RFC 6665 §4.2.2): the dialog is gone. */
	void (*on_lost)(void *arg, struct notice *n, int status);
};

struct notifier *notifier_create(struct loop *l, struct agent *a,
				 const struct notifier_events *e, void *arg);
void notifier_destroy(struct notifier **np);
/* SUBSCRIBEs go here; every one is answered, at once or through the owner. */
void notifier_offer(struct notifier *n, const struct request *r,
		    struct answer *a);

/* Answers 200 with Expires and makes the dialog. expires_s <= asked. owner: the
 * row, given back by notice_owner. d: as dialog_of_request gave it for r. */
struct notice *notifier_accept(struct notifier *n, const struct dialog *d,
			       struct str event_id, unsigned expires_s,
			       struct answer *a, void *owner);
/* From the store: cseq_skip is added to the CSeq that was kept. */
struct notice *notifier_restore(struct notifier *n, const struct dialog *d,
				struct str event_id, int64_t expires_at_s,
				uint32_t cseq_skip, void *owner);
void notice_refreshed(struct notice *n, struct answer *a); /* 200 */
/* Sends NOTIFY (or remembers it as the next one: the last state wins).
 * retry_after_s 0: none. After NOTICE_TERMINATED the notice is over and must
 * not be used; it goes away by itself when its NOTIFY has been answered. */
void notice_send(struct notice *n, enum notice_state s, const char *reason,
		 unsigned retry_after_s, struct str content_type,
		 struct str body);
void notice_drop(struct notice *n); /* without a word */
const struct dialog *notice_dialog(const struct notice *n);
struct str notice_event_id(const struct notice *n);
int64_t notice_expires_at_s(const struct notice *n); /* wall clock, UTC */
unsigned notice_remaining_s(const struct notice *n);
void *notice_owner(const struct notice *n);
size_t notifier_count(const struct notifier *n);

#endif
