#ifndef STOX_SIP_UAC_INNER_H
#define STOX_SIP_UAC_INNER_H
#include "sip/client.h"
#include "sip/outage.h"
#include "sip/outgoing.h"
#include "sip/resolve.h"
#include "sip/uac.h"

/* What the files of the uac share. uac.c: who is under way, and the end of
 * each. uac_rounds.c: from the next hop to the one outcome. */

enum { VIA_ROOM_BYTES = 160 }; /* no Via of ours is longer */

struct uac {
	struct loop *loop; /* borrowed, as the next three */
	struct transport_set *transport;
	struct client *client;
	struct resolve *resolve;
	struct arena texts; /* of style and credentials */
	struct outgoing_style style;
	struct credentials credentials;
	struct outage outage;
	unsigned timeout_ms, mtu_bytes;
	size_t max_running, running_count;
	size_t others_count;	  /* of these: all but MESSAGEs */
	struct outgoing *running; /* owned */
	struct strbuf tail;	  /* what follows Via, while it is written */
	struct strbuf via;	  /* only to be measured */
};

/* Takes o off the list, tells its owner, and frees it. */
void uac_finish(struct outgoing *o, struct outcome *outcome);
/* Its first round; it ends in uac_finish, never inside this call. */
void uac_rounds(struct outgoing *o);

#endif
