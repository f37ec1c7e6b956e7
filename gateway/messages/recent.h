#ifndef STOX_GATEWAY_MESSAGES_RECENT_H
#define STOX_GATEWAY_MESSAGES_RECENT_H
#include "gateway/messages/stanza_ids.h"

/* The Call-IDs of the last messages from SIP, by the id of the stanza that was
 * made of each: what a reply to one of them names in In-Reply-To. A table of
 * fixed size, where a new message takes the place of an old one. */
struct recent;

struct recent *recent_create(void);
void recent_destroy(struct recent **rp);
void recent_put(struct recent *r, const char id[STANZA_ID_BYTES],
		struct str call_id);
/* None when it is not known (any more). Borrowed until the next put. */
struct str recent_call_id(const struct recent *r, struct str id);

#endif
