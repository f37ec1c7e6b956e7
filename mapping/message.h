#ifndef STOX_MAPPING_MESSAGE_H
#define STOX_MAPPING_MESSAGE_H
#include "mapping/env.h"

/* Page-mode messages both ways: RFC 7572 with RFC 3428. */
enum mapped {
	MAPPED,		/* *out is to be sent */
	MAPPED_NOTHING, /* rightly nothing: no body (chat states, receipts,
			   markers), an error stanza, or expired on arrival */
	MAPPED_REFUSED	/* *why says it to the sender */
};

/* What a 415 says in Accept. */
#define MESSAGE_ACCEPT "text/plain, multipart/mixed, multipart/alternative"

/* s: a message from a user to a contact. out: MESSAGE with From tag and
 * Call-ID from env where the thread gives none, CSeq 1. groupchat is refused;
 * type=error gives MAPPED_NOTHING. */
enum mapped message_to_sip(struct arena *a, const struct env *env,
			   const struct stanza *s, struct draft *out,
			   struct fault *why);

/* r: a MESSAGE whose From is a contact and whose Request-URI is a user, as
 * the caller has settled. out: a message with env->stanza_id. 415 for other
 * content types, charsets and encodings, 413 over the limit, 488/404 as the
 * addresses say. */
enum mapped message_to_xmpp(struct arena *a, const struct env *env,
			    const struct request *r, const struct jid *from,
			    const struct jid *to, struct stanza *out,
			    struct fault *why);

/* Thread <-> Call-ID (RFC 3261 §25.1 callid = word ["@" word]), a bijection:
 * a thread that is no Call-ID is escaped with %HH. false when it is too long
 * (CALL_ID_MAX_BYTES) or empty: then a fresh Call-ID is used. */
enum { CALL_ID_MAX_BYTES = 255 };
bool message_thread_to_call_id(struct arena *a, struct str thread,
			       struct str *out);
struct str message_call_id_to_thread(struct arena *a, struct str call_id);

#endif
