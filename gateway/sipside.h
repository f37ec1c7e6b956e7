#ifndef STOX_GATEWAY_SIPSIDE_H
#define STOX_GATEWAY_SIPSIDE_H
#include "gateway/bridge.h"
#include "gateway/trust/keyring.h"

/* The SIP side as the configuration has it: who may come in, and whose work a
 * request is. */

/* The agent with its events; NULL and *why (until the next call) when a listen
 * address cannot be had. */
struct agent *sipside_open(struct bridge *b, const struct keyring *k,
			   const char **why);
/* What the agent is opened with; k may be NULL: no TLS. Slices borrow from c
 * and a. Returns the listen points that *o has, for callers that change them.
 */
struct listen_point *sipside_options(const struct config *c,
				     const struct keyring *k, struct arena *a,
				     struct agent_options *o);

#endif
