#ifndef STOX_SIP_CONTACT_H
#define STOX_SIP_CONTACT_H
#include "sip/sipmsg.h"

struct transport_set;

/* Our address for the peer at `towards` (a next hop: numeric host or name;
 * params may say the transport), as a URI for Contact: "sip:user@host:port",
 * with ";transport=" where it is not UDP. user is escaped as on the wire; none:
 * no user part. Towards a name the kernel is asked as for a far address,
 * because Contact is written before the name is resolved: where that is not
 * right, the listen point needs its advertised address. */
void contact_write(struct strbuf *b, struct transport_set *t, struct str user,
		   const struct uri *towards);

#endif
