#ifndef STOX_GATEWAY_MONITOR_SIPHEALTH_H
#define STOX_GATEWAY_MONITOR_SIPHEALTH_H
#include "sip/uac.h"

struct link;

/* Whether the SIP side of a component answers: its next hop, or the server of
 * the SIP domain that it stands for. Known from what happens to messages, and
 * from OPTIONS while somebody wants to know. Where any SIP domain may be meant
 * and there is no next hop, it counts as up. */
struct siphealth;

struct siphealth_result {
	bool is_answered; /* status is the peer's */
	int status;
	unsigned ms;	    /* how long it took */
	struct str hop;	    /* who was asked; none: there is nobody to ask */
	const char *reason; /* why there is no answer */
};
typedef void siphealth_fn(void *arg, const struct siphealth_result *r);

struct siphealth *siphealth_create(struct link *k);
/* After the agent, and before the link's component: whoever waits for a result
 * is told that there is none. */
void siphealth_destroy(struct siphealth **hp);

bool siphealth_is_up(const struct siphealth *h);
/* The outcome of a request of that link. */
void siphealth_note(struct siphealth *h, const struct outcome *o);
/* Somebody watches: from now on it is asked now and then; news are told to
 * reception.h. */
void siphealth_watch(struct siphealth *h);
/* The settings have changed: how often it is asked, or who. */
void siphealth_reloaded(struct siphealth *h);
/* Asks now; fn is called once, never inside this call, within SIPHEALTH_MS. */
enum { SIPHEALTH_MS = 5000 };
void siphealth_ask(struct siphealth *h, siphealth_fn *fn, void *arg);

#endif
