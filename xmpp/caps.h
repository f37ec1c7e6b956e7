#ifndef STOX_XMPP_CAPS_H
#define STOX_XMPP_CAPS_H
#include "xmpp/xml.h"

/* Entity capabilities (XEP-0115): what disco#info says, as one hash in
 * presence. */

/* The verification string of a disco#info query (§5.1): Base64 of the SHA-1 of
 * its identities, features and forms, each sorted by octets. In a. */
struct str caps_ver(struct arena *a, const struct xml *info);
/* <c hash='sha-1' node ver/>. */
struct xml *caps_element(struct arena *a, struct str node, struct str ver);

#endif
