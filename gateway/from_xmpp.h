#ifndef STOX_GATEWAY_FROM_XMPP_H
#define STOX_GATEWAY_FROM_XMPP_H
#include "gateway/link.h"

/* Every stanza of a link enters here and goes to who deals with it: answers to
 * our own requests, error stanzas, iq requests (each gets exactly one answer,
 * RFC 6120 §8.4), messages, presence. */
void from_xmpp_stanza(struct link *k, const struct xml *el, struct arena *a);

#endif
