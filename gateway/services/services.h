#ifndef STOX_GATEWAY_SERVICES_SERVICES_H
#define STOX_GATEWAY_SERVICES_SERVICES_H
#include "gateway/link.h"

/* The iq requests that the gateway answers itself, for its own address and for
 * those of contacts: how to reach a number (jabber:iq:gateway, XEP-0100 §6.3),
 * search, vCards, commands; and what xmpp/disco.h knows. Exactly one answer
 * each, now or soon. */
void services_iq(struct link *k, const struct stanza *s, struct arena *a);

#endif
