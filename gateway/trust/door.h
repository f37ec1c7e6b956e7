#ifndef STOX_GATEWAY_TRUST_DOOR_H
#define STOX_GATEWAY_TRUST_DOOR_H
#include "gateway/config/config.h"

/* Who may come in on the SIP side, and as whom he may speak: the peers of the
 * configuration, by address or by certificate, and its users, by digest. */
struct door;

struct door *door_create(const struct config *c);
void door_destroy(struct door **dp);

/* TRUST_... of agent.h, for every request, once. names: what its sender has
 * proved by TLS (transport_names). Says in the log who is turned away. */
int door_ask(struct door *d, const struct request *r, const char *names,
	     uint64_t now_ms);
/* The headers of the 401 for the request that was asked about last; as
 * gatekeeper_challenge. */
const struct header *door_challenge(struct door *d, const struct request *r,
				    struct arena *a, uint64_t now_ms);
/* Is that the request that was let in last, and did it come from a user, by
 * digest? His address is in From. */
bool door_is_user(const struct door *d, const struct request *r);
/* Users beside those of the configuration; one with the same username and
 * realm gives way. */
struct gatekeeper_user;
void door_add_user(struct door *d, const struct gatekeeper_user *u);
bool door_remove_user(struct door *d, struct str realm, struct str username);
/* Is there a user with that address? */
bool door_knows(const struct door *d, const struct uri *uri);
/* What the users of that host are asked the password for; none: they are
 * strangers. */
struct str door_realm(const struct door *d, struct str host);
/* For the request that was let in last, until it is answered or another comes:
 * may its sender be in that domain, beside what From says? A user's own address
 * has been checked by then. */
bool door_may_speak(const struct door *d, const struct request *r,
		    const char *names, const struct uri *sender);
/* Does P-Asserted-Identity of that request count? */
bool door_may_assert(const struct door *d, const struct request *r,
		     const char *names);

#endif
