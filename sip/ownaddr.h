#ifndef STOX_SIP_OWNADDR_H
#define STOX_SIP_OWNADDR_H
#include <stdint.h>
#include "sip/sipmsg.h"

/* Which address of ours the kernel would use towards a peer, for sockets that
 * are bound to all of them. Asked by connecting a throw-away UDP socket (which
 * sends nothing); remembered for a while, as routes seldom change. */
enum { OWNADDR_MAX = 64, OWNADDR_TTL_MS = 10000 };

struct ownaddr { /* embedded; zeroed is empty */
	struct {
		union endpoint peer; /* without its port */
		union endpoint own;
		uint64_t until_ms;
	} slots[OWNADDR_MAX];
	size_t last; /* the slot that was asked for */
};

/* *own: the address, with port 0. false when there is no way to the peer. */
bool ownaddr_get(struct ownaddr *o, uint64_t now_ms, const union endpoint *peer,
		 union endpoint *own);

#endif
