#ifndef STOX_GATEWAY_PHONES_BINDINGS_H
#define STOX_GATEWAY_PHONES_BINDINGS_H
#include "gateway/phones/phonebook.h"
#include "mapping/env.h"
#include "sip/transport.h"

/* Bindings as the wire sees them: what a 200 to REGISTER says of them, and by
 * which way a request goes to one. */

/* What of a REGISTER its answer must know. */
struct bindings_said {
	bool has_path, knows_gruu, has_flow;
	int64_t now_s; /* when it came: what is new has its whole time left */
};
struct bindings_said bindings_said_of(const struct registration *reg,
				      int64_t now_s);
/* Headers of the 200 (RFC 3261 §10.3 item 8): a Contact for each of the list
 * `all` with what is left of its time, pub-gruu (RFC 5627 §5.1) for those who
 * know it, Path, Require: outbound and Flow-Timer (RFC 5626 §6), Date. */
const struct header *bindings_headers(struct arena *a,
				      const struct address_plan *plan,
				      struct str key, const struct binding *all,
				      const struct bindings_said *said);

/* The way to a binding: true, and the hop, when that is a flow or an address
 * that its REGISTER came from; false: its contact says. */
bool binding_way(struct transport_set *t, const struct binding *x,
		 struct hop *out);
/* Whether the connection that it was registered over is the only way to it: its
 * contact is that connection's own far end, or lies behind a NAT. */
bool binding_is_tied(const struct binding *x);
/* The binding that a URI names: by its gr parameter, as its contact, or the
 * only one that there is. NULL: none. */
const struct binding *binding_of_target(const struct person *p,
					const struct uri *target);
/* The binding with that instance; NULL. */
const struct binding *binding_of_instance(const struct person *p,
					  struct str instance);

enum { FLOW_TIMER_S = 120 };

#endif
