#ifndef STOX_SIP_WATCHER_H
#define STOX_SIP_WATCHER_H
#include "sip/agent.h"
#include "sip/dialog.h"

/* SUBSCRIBE dialogs that we opened (RFC 6665 §4.1): refresh in time and
 * jittered, forks, NOTIFY in, Timer N, end. What a result means for the
 * authorisation is decided above. */
struct watcher;
struct watch;

struct watch_options {
	struct uri target;        /* the contact's AoR */
	struct party from, to;    /* without tags */
	struct str event;         /* "presence", "dialog", "presence.winfo" */
	struct str accept;        /* header value */
	struct str next_hop;      /* as of struct draft */
	unsigned expires_s;       /* 3600; 0: a poll (§4.4.3) */
	bool wants_many;          /* several dialogs after a fork: winfo */
};

enum watch_state { WATCH_ACTIVE, WATCH_PENDING, WATCH_TERMINATED };

struct watch_notice {
	enum watch_state state;
	struct str reason;          /* of terminated */
	int64_t retry_after_s;      /* -1: none */
	struct str content_type, body; /* body none: keep what was */
	struct str language;
	bool is_poll;
};

struct watch_events {
	/* A NOTIFY of this subscription; it has been answered with 200. After
	 * WATCH_TERMINATED the watch is over: destroy it when convenient. */
	void (*on_notice)(void *arg, const struct watch_notice *n);
	/* SUBSCRIBE was refused or failed for good (after 423, 481 on the first
	 * try, redirects and challenges were dealt with here): status is 0 for
	 * Timer N. The watch is over. */
	void (*on_failed)(void *arg, int status, int64_t retry_after_s);
};

struct watcher *watcher_create(struct loop *l, struct agent *a);
void watcher_destroy(struct watcher **wp);
/* Sends the SUBSCRIBE. Callbacks never run inside this call. */
struct watch *watch_open(struct watcher *w, const struct watch_options *o,
			 const struct watch_events *e, void *arg);
/* SUBSCRIBE Expires 0, then waits for the last NOTIFY by itself; no callback
 * comes any more, and the watch is gone for the caller. */
void watch_close(struct watch **wp);
void watch_drop(struct watch **wp); /* without a word to anybody */
void watch_refresh(struct watch *w); /* now */
/* NOTIFYs go here: true if it belonged to a watch (and was answered). The
 * caller answers the others with 481. */
bool watcher_offer(struct watcher *w, const struct request *r,
		   struct answer *a);
size_t watcher_count(const struct watcher *w);

#endif
