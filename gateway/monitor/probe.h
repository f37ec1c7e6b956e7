#ifndef STOX_GATEWAY_MONITOR_PROBE_H
#define STOX_GATEWAY_MONITOR_PROBE_H
#include "sip/sipmsg.h"

/* An OPTIONS request (RFC 3261 §11) to a next hop itself: is somebody there?
 * hop: a URI, of whose parameters only the transport matters; domain: as whom
 * we ask. false when hop cannot be read. Slices borrow from hop, domain and
 * a. */
bool probe_draft(struct arena *a, struct str hop, struct str domain,
		 struct draft *out);

#endif
