#ifndef STOX_GATEWAY_MESSAGES_TO_XMPP_H
#define STOX_GATEWAY_MESSAGES_TO_XMPP_H
#include "gateway/bridge.h"

/* SIP -> XMPP: a MESSAGE from a contact to a user. Its final response says what
 * became of the stanza: 202 only when the XMPP server has taken it, else the
 * status of the error stanza that came back, else 503 with Retry-After. */
void to_xmpp_message(struct bridge *b, const struct request *r,
		     struct answer *answer);

/* An error stanza has come: the answer to a MESSAGE that waits, or too late. */
void to_xmpp_bounce(struct link *k, const struct stanza *s);

#endif
