#ifndef STOX_GATEWAY_MESSAGES_TYPING_H
#define STOX_GATEWAY_MESSAGES_TYPING_H
#include "gateway/link.h"
#include "mapping/extras.h"
#include "mapping/iscomposing.h"

struct typing;

/* Who is typing: chat states (XEP-0085) <-> isComposing (RFC 3994), with the
 * timers that each side leaves to the other. What is said is said once; it
 * never waits behind a message, and is never told as one. */
struct typing *typing_create(struct bridge *b);
void typing_destroy(struct typing **tp);

/* A contact has sent isComposing to a user. */
void typing_from_contact(struct link *k, const struct jid *contact,
			 const struct jid *user, const struct iscomposing *i);
/* A contact's message goes to a user: it ends his typing, and carries <active/>
 * where the user has shown that his side understands it. Cheap where nobody
 * types. */
void typing_contact_spoke(struct link *k, struct arena *a,
			  const struct jid *contact, const struct jid *user,
			  struct message *m);
/* A user's state that stands alone. */
void typing_from_user(struct link *k, const struct stanza *s,
		      enum chat_state state);
/* A user's message goes to a contact. */
void typing_user_spoke(struct link *k, const struct stanza *s,
		       enum chat_state state);
#endif
