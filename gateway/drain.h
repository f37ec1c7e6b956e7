#ifndef STOX_GATEWAY_DRAIN_H
#define STOX_GATEWAY_DRAIN_H
#include "gateway/bridge.h"

/* The end of the gateway, in order, within drain_ms: new requests get 503; what
 * is under way ends, with the links still up, so that errors reach their
 * senders; then users are told that the contacts, and the gateway, have gone;
 * then the links close, and stanzas that cross the closing tag are still
 * carried as far as the time allows. */
typedef void drain_fn(void *arg);

/* Embedded; zeroed it has not begun. */
struct drain {
	struct bridge *bridge; /* borrowed */
	struct loop_timer timer;
	uint64_t since_ms; /* loop time */
	enum drain_step {
		DRAIN_ENDING,  /* what is under way ends */
		DRAIN_LEAVING, /* users are told */
		DRAIN_CLOSING  /* links are closed, what is left runs out */
	} step;
	drain_fn *fn;
	void *arg;
};

/* fn is called when all is over, or the time is. Does nothing when it has begun
 * already. */
void drain_begin(struct drain *d, struct bridge *b, drain_fn *fn, void *arg);
void drain_stop(struct drain *d); /* fn is not called any more */

#endif
