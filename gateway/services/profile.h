#ifndef STOX_GATEWAY_SERVICES_PROFILE_H
#define STOX_GATEWAY_SERVICES_PROFILE_H
#include "gateway/link.h"

/* What is known of whom an iq is for, the gateway or a contact: his vCard in
 * both forms, and the same as items that clients look for in his PEP (XEP-0292
 * §4, XEP-0084 §4.3). Each gives the payload of the answer, or NULL and *why.
 */
struct xml *profile_vcard(struct link *k, const struct stanza *s,
			  struct arena *a, struct fault *why);
struct xml *profile_vcard4(struct link *k, const struct stanza *s,
			   struct arena *a, struct fault *why);
/* <pubsub><items node='...'/></pubsub>; item-not-found for other nodes, and
 * where no picture is configured. */
struct xml *profile_items(struct link *k, const struct stanza *s,
			  struct arena *a, struct fault *why);

#endif
