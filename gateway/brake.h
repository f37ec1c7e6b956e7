#ifndef STOX_GATEWAY_BRAKE_H
#define STOX_GATEWAY_BRAKE_H
#include "gateway/base/loop.h"

/* While the SIP side is given more than it takes (limits.running_max), the
 * XMPP stream is not read: the server waits, and nothing has to be refused.
 * Never for long where that would harm: the answers of the barrier come by the
 * same stream, and who does not answer at all takes nothing, however long we
 * wait. Then the stream is read again, and what is too much is refused. */
struct link;
struct brake {		   /* embedded in the link; zeroed: off */
	struct link *link; /* borrowed: owns us */
	struct loop_hook hook;
	struct loop_timer timer;
	bool is_on;
};

enum {
	BRAKE_PROGRESS_MS = 2000, /* since the last answer of the SIP side */
	BRAKE_BARRIER_MS = 300	  /* that the barrier may wait meanwhile */
};

void brake_init(struct brake *b, struct link *k);
void brake_fini(struct brake *b);

#endif
