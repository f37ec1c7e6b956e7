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
	struct uri target;     /* the contact's AoR */
	struct party from, to; /* without tags */
	struct str event;      /* "presence", "dialog", "presence.winfo" */
	struct str accept;     /* header value */
	struct str next_hop;   /* as of struct draft */
	unsigned expires_s;    /* 3600; 0: a poll (§4.4.3) */
	bool wants_many;       /* several dialogs after a fork: winfo */
};

enum watch_state { WATCH_ACTIVE, WATCH_PENDING, WATCH_TERMINATED };

struct watch_notice {
	enum watch_state state;
	struct str reason;	       /* of terminated */
	int64_t retry_after_s;	       /* -1: none */
	struct str content_type, body; /* body none: keep what was */
	struct str language;
	bool is_poll;	   /* state is WATCH_TERMINATED then */
	bool is_answer;	   /* to a SUBSCRIBE: the state as it is */
	int64_t expires_s; /* that are left; 0 of terminated */
};

struct watch_events {
	/* A NOTIFY of this subscription; it has been answered with 200. After
	 * WATCH_TERMINATED the watch is over: destroy it when convenient (also
	 * in here). One without a reason and a body also comes when a refresh
	 * was accepted and no NOTIFY followed it (Timer N). */
	void (*on_notice)(void *arg, const struct watch_notice *n);
	/* SUBSCRIBE was refused or failed for good (after 423, 481 on the first
	 * try, redirects and challenges were dealt with here): status is 0 for
	 * Timer N. The watch is over: destroy it when convenient (also in
	 * here). watch_is_confirmed tells a refresh from the first try. A name
	 * that cannot be resolved counts as 503: it may be so for a while only.
	 * Of a refresh: what ends the dialog (RFC 6665 §4.1.2.2: 404 405 410
	 * 416 480-485 489 501 604; 403 and 6xx too) at once; what does not,
	 * when the subscription runs out in spite of retries. */
	void (*on_failed)(void *arg, int status, int64_t retry_after_s);
	/* A refresh is due; NULL: let it go. false: not yet, the owner wants to
	 * find out something first, and is asked once more (is_last) in a few
	 * seconds, in time before the end. false then, too: he closes or drops
	 * the watch (also in here). */
	bool (*on_due)(void *arg, bool is_last);
};

/* For tests; 0 leaves what is. */
struct watch_timing {
	unsigned timer_n_ms; /* 32000: from SUBSCRIBE to NOTIFY */
	unsigned retry_ms;   /* 4000: a failed refresh, doubling */
	unsigned floor_ms;   /* 5000: shortest time between refreshes */
};

struct watcher *watcher_create(struct loop *l, struct agent *a);
void watcher_destroy(struct watcher **wp); /* and all watches, silently */
void watcher_set_timing(struct watcher *w, const struct watch_timing *t);
/* The most SUBSCRIBEs of one From that are under way; 0, as it is at first: no
 * limit. Those beyond wait for their own. */
void watcher_set_ration(struct watcher *w, unsigned max);
/* Sends the SUBSCRIBE. Callbacks never run inside this call. *e must outlive
 * the watch: it is the same for thousands of them. */
struct watch *watch_open(struct watcher *w, const struct watch_options *o,
			 const struct watch_events *e, void *arg);
/* SUBSCRIBE Expires 0, then waits for the last NOTIFY by itself; no callback
 * comes any more, and the watch is gone for the caller. */
void watch_close(struct watch **wp);
void watch_drop(struct watch **wp); /* without a word to anybody */
/* Now; not before the first NOTIFY, and not within floor_ms of the last. */
void watch_refresh(struct watch *w);
/* A NOTIFY has come: there is, or was, a subscription. */
bool watch_is_confirmed(const struct watch *w);
/* NOTIFYs go here: true if it belonged to a watch (and was answered: 200, or
 * 500 out of order, 400 without a state, 415 with a body that is no XML or in
 * an unknown coding). The caller answers the others with 481 (an event that
 * nobody here has asked for: 489). A second NOTIFYer after a fork is such an
 * other unless wants_many. */
bool watcher_offer(struct watcher *w, const struct request *r,
		   struct answer *a);
size_t watcher_count(const struct watcher *w);

#endif
