#ifndef STOX_XMPP_DISCO_H
#define STOX_XMPP_DISCO_H
#include <stdbool.h>
#include <stdint.h>
#include "xmpp/stanza.h"

/* What the gateway answers to iq requests by itself, from const tables:
 * disco#info and disco#items (XEP-0030), ping (XEP-0199), version (XEP-0092),
 * time (XEP-0202), last activity (XEP-0012). */
struct disco_facts {
	struct str name;    /* of the gateway, for people */
	struct str version; /* "0.1.0" */
	int64_t wall_s;	    /* now, UTC */
	uint64_t uptime_s;
};

/* Writes exactly one answer to s, which must be an iq get or set: to the
 * gateway's own domain the full set, to a SIP user's address disco#info
 * (client/phone for a full JID, account/registered for a bare one) and ping;
 * unknown nodes item-not-found; everything else service-unavailable
 * (RFC 6120 §8.4). */
void disco_answer(struct arena *a, struct strbuf *b, const struct stanza *s,
		  const struct disco_facts *facts);

#endif
