#ifndef STOX_GATEWAY_MESSAGES_FROM_XMPP_H
#define STOX_GATEWAY_MESSAGES_FROM_XMPP_H
#include "gateway/link.h"

/* Every stanza of a link enters here and goes to who deals with it: answers to
 * our own requests, error stanzas, iq requests (each gets exactly one answer,
 * RFC 6120 §8.4), messages, presence. */
void from_xmpp_stanza(struct link *k, const struct xml *el, struct arena *a);
/* One that was passed over since it is too large, too deep, ...: its sender
 * gets policy-violation. */
void from_xmpp_excess(struct link *k, const struct xml *el, struct arena *a,
		      const char *why);

#endif
