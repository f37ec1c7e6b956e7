#ifndef STOX_GATEWAY_MESSAGES_TO_SIP_H
#define STOX_GATEWAY_MESSAGES_TO_SIP_H
#include "gateway/bridge.h"

/* XMPP -> SIP: a message stanza from a user to a contact. Every one ends in
 * exactly one of: a 2xx from the SIP side, or an error stanza to its sender
 * with the original id (RFC 7247 §7). */
void to_sip_message(struct link *k, const struct stanza *s, struct arena *a);
/* Once more, or at last: a message of the outbox. How it went is told by
 * outbox_end, perhaps within this call. */
struct outbox_item;
struct to_sip_try {
	struct outbox_item *item;
	const char *token; /* Call-ID, From tag: the same in all tries */
	uint32_t cseq;
	int64_t since_s; /* when it was taken: its Date */
};
void to_sip_again(struct link *k, const struct stanza *s, struct arena *a,
		  const struct to_sip_try *t);

/* A contact of that URI would only go round in circles: it is an XMPP user.
 * arg: the bridge. */
bool to_sip_leads_back(void *arg, const struct uri *uri);

#endif
