#ifndef STOX_MAPPING_MESSAGE_H
#define STOX_MAPPING_MESSAGE_H
#include "mapping/content.h"
#include "mapping/env.h"
#include "mapping/extras.h"
#include "mapping/links.h"

/* Page-mode messages both ways: RFC 7572 with RFC 3428. */
enum mapped {
	MAPPED,		/* *out is to be sent */
	MAPPED_NOTHING, /* rightly nothing: no text (chat states, receipts,
			   markers), an error stanza, or expired on arrival */
	MAPPED_REFUSED	/* *why says it to the sender */
};

/* What a 415 says in Accept. */
#define MESSAGE_ACCEPT                                                         \
	"text/plain, text/html, message/cpim, message/imdn+xml, "              \
	"application/im-iscomposing+xml, multipart/mixed, "                    \
	"multipart/alternative, multipart/related, "                           \
	"message/external-body, " LINKS_RCS_TYPE

/* s: a message from a user to a contact, x what else it says. out: MESSAGE
 * with text/plain, From tag and Call-ID from env where the thread gives none,
 * CSeq 1. A subject alone is the text as well. groupchat is refused, and what
 * has something for a person, but no text (payload.h); type=error gives
 * MAPPED_NOTHING. */
enum mapped message_to_sip(struct arena *a, const struct env *env,
			   const struct stanza *s, const struct extras *x,
			   struct draft *out, struct fault *why);
/* Makes the body of d a multipart/alternative of the text and the XHTML-IM;
 * leaves it alone when there is nothing in that. boundary: fresh, a token. */
void message_add_html(struct arena *a, const struct xml *html,
		      struct str boundary, struct draft *d);
/* Wraps the body of d into CPIM that asks for notices (RFC 5438). wishes: enum
 * cpim_wish. date_time: RFC 3339. */
void message_wrap(struct arena *a, struct str message_id, unsigned wishes,
		  struct str date_time, struct draft *d);

/* r: a MESSAGE whose From is a contact and whose Request-URI is a user, as
 * the caller has settled, and c what content_read found in it. out: a message
 * with env->stanza_id; MAPPED_NOTHING for an empty text without a Subject, an
 * expired one, and everything that is not CONTENT_TEXT. */
enum mapped message_to_xmpp(struct arena *a, const struct env *env,
			    const struct request *r, const struct content *c,
			    const struct jid *from, const struct jid *to,
			    struct stanza *out);

/* Thread <-> Call-ID (RFC 3261 §25.1 callid = word ["@" word]), a bijection:
 * a thread that is no Call-ID is escaped with %HH. false when it is too long
 * (CALL_ID_MAX_BYTES) or empty: then a fresh Call-ID is used. */
enum { CALL_ID_MAX_BYTES = 255 };
bool message_thread_to_call_id(struct arena *a, struct str thread,
			       struct str *out);
struct str message_call_id_to_thread(struct arena *a, struct str call_id);

#endif
