#ifndef STOX_GATEWAY_MESSAGES_TRAITS_H
#define STOX_GATEWAY_MESSAGES_TRAITS_H
#include "gateway/link.h"
#include "xmpp/disco.h"

/* What contacts are said to understand (enum disco_trait): what is carried to
 * them. */

/* To all contacts of all components: what their <c/> says. */
unsigned traits_of_all(const struct config *c);
/* To that address, as far as its side is known. */
unsigned traits_of(struct link *k, const struct jid *contact, struct arena *a);

#endif
