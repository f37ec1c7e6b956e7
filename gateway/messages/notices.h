#ifndef STOX_GATEWAY_MESSAGES_NOTICES_H
#define STOX_GATEWAY_MESSAGES_NOTICES_H
#include "gateway/link.h"
#include "mapping/content.h"
#include "mapping/imdn.h"

struct notices;

/* Who waits for a notice that a message was delivered or read: receipts and
 * markers (XEP-0184, XEP-0333) <-> IMDN (RFC 5438). So many messages
 * (memory.notices_max) for so long (memory.notices_age_s), over restarts. Each
 * kind of notice goes out once for a message, whoever answers and how often;
 * none is made up here. */

/* Loads what the store has; NULL and *why on failure. */
struct notices *notices_create(struct bridge *b, const char **why);
void notices_destroy(struct notices **np);

/* --- messages from SIP, of which the contact wants to hear */

/* A message in CPIM goes to a user as s. */
void notices_owe(struct link *k, const struct cpim *c, const struct stanza *s);
/* A user's receipt or marker; ids may be none. displayed means that one and
 * all before it. */
void notices_from_user(struct link *k, const struct stanza *s,
		       struct str received, struct str displayed);
/* An error stanza came behind our 2xx: says so to a contact who wants to know.
 * Whether that message was known. */
bool notices_bounced(struct link *k, const struct stanza *s);
/* The message was refused before it was accepted: the answer has said so. */
void notices_refused(struct link *k, const struct jid *user,
		     const struct jid *contact, struct str stanza_id);

/* --- messages to SIP, of which the user wants to hear */

/* s goes out, in CPIM with that Message-ID or plain with that Call-ID, which
 * is what some phones name then. wishes: enum cpim_wish. */
void notices_await(struct link *k, const struct stanza *s, unsigned wishes,
		   struct str message_id);
/* A contact's IMDN to a user. true: it is news, and answer, which is taken,
 * gets its 202 when that is kept and said, and the server has taken it. */
bool notices_from_contact(struct link *k, const struct jid *contact,
			  const struct jid *user, const struct imdn *n,
			  struct answer *answer);
/* The id of the user's stanza that went out with that Call-ID or Message-ID;
 * none. */
struct str notices_stanza(struct link *k, const struct jid *contact,
			  const struct jid *user, struct str message_id);

#endif
