#ifndef STOX_MAPPING_BUDDY_H
#define STOX_MAPPING_BUDDY_H
#include "mapping/address.h"

/* Somebody on a list of the configuration: a bare JID, or a sip: URI. */
struct buddy {
	struct uri uri; /* by which SIP knows him */
	struct jid jid;
};

/* false and *why when he is none of the plan's users. */
bool buddy_read(struct arena *a, const struct address_plan *p, struct str text,
		struct buddy *out, struct fault *why);

#endif
