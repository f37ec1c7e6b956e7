#ifndef STOX_SIP_FLIGHT_H
#define STOX_SIP_FLIGHT_H
#include "sip/uac.h"

/* A request of ours under way that its owner may let go of: the uac calls back
 * once, and there is no taking that back but through here. */
enum flight_start {
	FLIGHT_STARTED,
	FLIGHT_FULL,	 /* the uac has no room now: try again later */
	FLIGHT_TOO_LARGE /* it cannot be written */
};
/* *out is borrowed, and dangles once fn has been called (the first thing fn
 * does is forget it) or flight_forget was. Untouched unless started. */
enum flight_start flight_start(struct uac *u, const struct draft *d, uac_fn *fn,
			       void *arg, struct outgoing **out);
/* fn is not called any more; the request goes its way. *op becomes NULL. */
void flight_forget(struct outgoing **op);
/* The same, but fn is called in the end: of whoever counts what is under way,
 * and outlives the uac's loop. */
void flight_forget_to(struct outgoing **op, uac_fn *fn, void *arg);
/* Where d would go first, before names are resolved; the slices are a's. Host
 * none when it would go nowhere. */
struct uri flight_next_hop(struct uac *u, struct arena *a,
			   const struct draft *d);

#endif
