#ifndef STOX_GATEWAY_TRUST_ADMISSION_H
#define STOX_GATEWAY_TRUST_ADMISSION_H
#include "gateway/bridge.h"

/* What every request of a contact to a user must pass before it is looked at:
 * a component that answers for the Request-URI (404), a From that this peer may
 * speak for and that is none of ours (403), two addresses that can be mapped,
 * and the sender's token bucket (503 with Retry-After). */
struct admission {
	struct link *link;
	struct jid from, to; /* the contact, the user; in the arena */
};

bool admission_read(struct bridge *b, const struct request *r, struct arena *a,
		    struct admission *out, struct fault *why);
/* 503 with Retry-After; false. */
bool admission_refuse(struct fault *why);
/* The link is up and has room; else 503 with Retry-After. */
bool admission_has_room(struct link *k, struct fault *why);

#endif
