#ifndef STOX_SIP_CAPABILITIES_H
#define STOX_SIP_CAPABILITIES_H
#include "sip/agent.h"

/* What we say of ourselves: the methods that are served, Allow of a 405 and a
 * 501, and the headers of a 200 to OPTIONS (RFC 3261 §11.2, RFC 6665 §4.4.4). */
enum {
	CAPABILITIES_METHODS_MAX = 16,
	CAPABILITIES_ALL = 6
};

struct capabilities {
	enum method methods[CAPABILITIES_METHODS_MAX]; /* besides OPTIONS */
	size_t method_count;
	struct str extensions;		     /* option tags */
	struct header allow;		     /* with no next */
	struct header all[CAPABILITIES_ALL]; /* chained */
};

/* Of methods, accept and extensions of o; the texts are copied into a, which
 * outlives c. */
void capabilities_init(struct capabilities *c, struct arena *a,
		       const struct agent_options *o);
/* Is that method served? OPTIONS always is. */
bool capabilities_has(const struct capabilities *c, enum method m);

#endif
