#ifndef STOX_GATEWAY_MESSAGES_STANZA_IDS_H
#define STOX_GATEWAY_MESSAGES_STANZA_IDS_H
#include "sip/sipmsg.h"

/* Ids of the stanzas that we make from SIP requests: the first half of SHA-256
 * over Call-ID, CSeq number and From tag, in hex. A second copy of one request,
 * also after a crash, has the id of the first, and so can be told apart from a
 * second message. */
struct stanza_ids;
enum { STANZA_ID_BYTES = 32 };

struct stanza_ids *stanza_ids_create(void);
void stanza_ids_destroy(struct stanza_ids **sp);
void stanza_ids_make(struct stanza_ids *s, const struct request *r,
		     char out[STANZA_ID_BYTES]);

#endif
