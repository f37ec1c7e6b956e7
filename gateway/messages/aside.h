#ifndef STOX_GATEWAY_MESSAGES_ASIDE_H
#define STOX_GATEWAY_MESSAGES_ASIDE_H
#include "gateway/link.h"
#include "gateway/messages/skills.h"
#include "xmpp/stanza.h"

/* What is said beside the messages, in the name of one of two people who talk:
 * typing and notices. It is nobody's message: no error of it reaches anybody,
 * and it takes no place that a message needs. */
enum { ASIDE_MAX_BYTES = 16384 };

/* Ids of such stanzas begin so: their bounces mean nothing. */
#define ASIDE_ID "stox-aside-"

struct aside {
	struct str content_type, body;
	bool is_fleeting; /* worth nothing later: not sent when it would have
			     to wait, and never stored */
	bool is_cpim;	  /* in CPIM, as a notification (RFC 5438 §7.2.1.1) */
	enum skill skill; /* that a refusal says he has not */
};

/* A MESSAGE from the user to the contact (bare JIDs). false when it was not
 * sent. */
bool aside_to_contact(struct link *k, struct str user, struct str contact,
		      const struct aside *what);
/* A stanza to a user, with x in it; gets an id. */
void aside_to_user(struct link *k, struct stanza *s, const struct xml *x);
bool aside_is_id(struct str id);
/* Frees what is kept of those under way, after the SIP side is gone. */
void aside_forget(struct bridge *b);

#endif
