#ifndef STOX_SIP_INSPECTION_H
#define STOX_SIP_INSPECTION_H
#include "sip/agent.h"

struct capabilities;

/* What is wrong with a request that can be read, in the order of RFC 3261
 * §8.2. */
struct objection {
	struct reply reply;   /* what refuses it */
	struct header header; /* of the reply, where it needs one */
};

/* c: what is served. mark: what our own branches begin with. true, and *out,
 * when it is to be refused; its slices borrow from r, c and a. */
bool inspection_objects(const struct capabilities *c, struct str mark,
			struct arena *a, const struct request *r,
			struct objection *out);

#endif
