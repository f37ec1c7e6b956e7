#ifndef STOX_MAPPING_FORWARD_H
#define STOX_MAPPING_FORWARD_H
#include "mapping/env.h"

/* The new address that a gone or redirect carries (RFC 6120 §8.3.3.5 and .14),
 * as a URI for Contact: what SIP calls that user; a SIP URI as it is; with
 * gone also a URI that only XMPP understands, since RFC 7247 §7.1 wants it
 * told. false when there is none that can be said. *out is in a or borrowed
 * from f. */
bool forward_uri(struct arena *a, const struct address_plan *p,
		 const struct fault *f, struct str *out);

#endif
