#ifndef STOX_GATEWAY_MESSAGES_ENRICH_H
#define STOX_GATEWAY_MESSAGES_ENRICH_H
#include "gateway/bridge.h"
#include "gateway/messages/skills.h"
#include "mapping/extras.h"
#include "sip/uac.h"

/* The form in which a user's message goes to a contact: plain text, or as much
 * more as was asked for and his side is believed to understand. */
struct enrichment {
	unsigned tried;		/* bits 1 << enum skill; 0: it is plain */
	unsigned wishes;	/* enum cpim_wish: what notices are wanted */
	struct str message_id;	/* by which they will name it */
	struct outgoing *plain; /* owned; to send if that is refused; NULL */
};

/* Does anything but plain text come into question? Cheap. */
bool enrich_is_wanted(const struct link *k, const struct extras *x);
/* Changes d, which is plain. */
void enrich(struct link *k, const struct stanza *s, const struct extras *x,
	    struct arena *a, struct draft *d, struct enrichment *out);
/* Was the form refused, or too large, not the message? */
bool enrich_is_refused(const struct outcome *o);

#endif
