#ifndef STOX_SIP_CLIENT_H
#define STOX_SIP_CLIENT_H
#include "sip/sipmsg.h"

struct loop;
struct client;
struct client_tx;
struct transport_set;

/* Non-INVITE client transactions (RFC 3261 §17.1.2 with RFC 4320): timers E
 * (UDP), F and K; one to one hop. Retransmission, matching and nothing else. */
struct client_timing {
	unsigned t1_ms, t2_ms; /* 500, 4000 */
	unsigned timeout_ms;   /* Timer F: 32000 */
};

enum client_event {
	CLIENT_ANSWERED, /* final response */
	CLIENT_TIMEOUT,	 /* Timer F */
	CLIENT_LOST	 /* transport failed, or the datagram was refused */
};
/* Called once; the transaction is over with it (late copies are absorbed).
 * res only for CLIENT_ANSWERED. Never called inside client_start. */
typedef void client_fn(void *arg, enum client_event ev,
		       const struct response *res, const char *why);

struct client *client_create(struct loop *l, struct transport_set *t,
			     const struct client_timing *timing,
			     size_t max_running);
void client_destroy(struct client **cp); /* calls nobody */
/* line + a Via of ours + rest make the message; both are copied. hop must be
 * prepared. timeout_ms: what is left of Timer F. NULL when too many run, or
 * the transport refuses at once (*why static). */
struct client_tx *client_start(struct client *c, const struct hop *hop,
			       struct str line, struct str rest,
			       enum method method, unsigned timeout_ms,
			       client_fn *fn, void *arg, const char **why);
void client_cancel(struct client_tx *tx); /* fn is not called any more */
/* true when it belonged to a transaction of ours (live or absorbed). */
bool client_offer(struct client *c, const struct response *res);
/* From transport_events.on_lost. A stream's loss ends its transactions with
 * CLIENT_LOST; a refused datagram does so too. */
void client_lost(struct client *c, const struct hop *to, const char *why);
size_t client_running(const struct client *c);
/* Every branch that we make starts with this, so that a request that comes
 * back to us can be told (RFC 5393 §4.2): "z9hG4bK" and a token of the
 * process. */
struct str client_branch_mark(const struct client *c);

#endif
