#ifndef STOX_GATEWAY_MONITOR_TAP_H
#define STOX_GATEWAY_MONITOR_TAP_H
#include <stdbool.h>
#include "gateway/base/str.h"

struct bridge;
struct tap;
struct link;
struct hop;

/* What goes over the wires of both sides, for whoever looks on: traces and the
 * export to Homer. Nothing is looked at while nobody does. */
struct tap_message {
	bool is_sip; /* else a stanza */
	bool is_out;
	const struct hop *hop;	 /* SIP: the other end */
	const struct link *link; /* XMPP */
	struct str bytes;
};
typedef void tap_fn(void *arg, const struct tap_message *m);
struct tap_listener { /* embedded in its owner */
	struct tap_listener *prev, *next;
	tap_fn *fn;
	void *arg;
};

struct tap *tap_create(struct bridge *b);
void tap_destroy(struct tap **tp);
void tap_listen(struct tap *t, struct tap_listener *l, tap_fn *fn, void *arg);
void tap_leave(struct tap *t, struct tap_listener *l);

#endif
