#ifndef STOX_GATEWAY_MESSAGES_VERDICT_H
#define STOX_GATEWAY_MESSAGES_VERDICT_H
#include "gateway/outbox/outbox.h"
#include "sip/uac.h"

/* What the outcome of a request means for the message that it carried. */

/* RFC 7247 Table 3, with what our own stack adds to it. */
void verdict_fault(struct fault *f, const struct outcome *o);
/* Has the other side taken it, now or at a try that nobody answered? it: NULL
 * where it does not wait. */
bool verdict_is_taken(const struct outbox_item *it, const struct outcome *o);
/* What comes of a try of a message that may wait. */
void verdict_of_try(const struct link *k, const struct outbox_item *it,
		    const struct outcome *o, struct outbox_verdict *v);

#endif
