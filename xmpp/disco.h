#ifndef STOX_XMPP_DISCO_H
#define STOX_XMPP_DISCO_H
#include <stdbool.h>
#include <stdint.h>
#include "xmpp/stanza.h"

/* What the gateway answers to iq requests by itself, from const tables:
 * disco#info and disco#items (XEP-0030), ping (XEP-0199), version (XEP-0092),
 * time (XEP-0202), last activity (XEP-0012); and the capabilities (XEP-0115)
 * of what disco#info says. */
enum disco_trait { /* of a SIP user, as bits */
	DISCO_CHATSTATES = 1 << 0, /* XEP-0085 */
	DISCO_RECEIPTS = 1 << 1,   /* XEP-0184 */
	DISCO_MARKERS = 1 << 2	   /* XEP-0333 */
};

enum disco_address { /* XEP-0157 §3 */
		     DISCO_ABUSE,
		     DISCO_ADMIN,
		     DISCO_FEEDBACK,
		     DISCO_SALES,
		     DISCO_SECURITY,
		     DISCO_STATUS,
		     DISCO_SUPPORT,
		     DISCO_ADDRESSES
};

struct disco_uris {
	const struct str *uris;
	size_t count;
};

struct disco_facts {
	struct str name;    /* of the gateway, for people */
	struct str version; /* "0.1.0" */
	int64_t wall_s;	    /* now, UTC */
	uint64_t uptime_s;
	bool is_served; /* who asks is one of our users: contacts answer */
	struct disco_uris addresses[DISCO_ADDRESSES];
	unsigned traits;      /* enum disco_trait, of the SIP user asked */
	unsigned caps_traits; /* of all of them, as their <c/> says */
};

/* Whose capabilities. */
enum disco_who { DISCO_GATEWAY, DISCO_CONTACT };

/* Writes exactly one answer to s, which must be an iq get or set: to the
 * gateway's own domain the full set, to a SIP user's address disco#info
 * (client/phone for a full JID, account/registered for a bare one), no items
 * and ping; unknown nodes item-not-found; everything else service-unavailable
 * (RFC 6120 §8.4). What others than our users ask of a SIP user is
 * service-unavailable too. */
void disco_answer(struct arena *a, struct strbuf *b, const struct stanza *s,
		  const struct disco_facts *facts);
/* The <c/> of presence from the gateway, or from a contact; disco_answer knows
 * its node. */
struct xml *disco_caps(struct arena *a, enum disco_who who,
		       const struct disco_facts *facts);

#endif
