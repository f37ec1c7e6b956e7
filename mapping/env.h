#ifndef STOX_MAPPING_ENV_H
#define STOX_MAPPING_ENV_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/fault.h"
#include "sip/sipmsg.h"
#include "xmpp/stanza.h"

/* What the mapping needs to know and may not fetch for itself. Words used in
 * this room: a *contact* is the person on the SIP side, a *user* the one on
 * the XMPP side; each has a JID and a SIP URI. */

/* How a contact's URI becomes a JID in the component's domain. */
enum contact_plan {
	/* romeo@COMPONENT is sip:romeo@SIP_DOMAIN */
	CONTACT_FIXED,
	/* romeo@SIP_DOMAIN is sip:romeo@SIP_DOMAIN: the component carries the
	 * SIP domain's own name (RFC 7247 as written) */
	CONTACT_TRANSPARENT,
	/* romeo\40example.net@COMPONENT is sip:romeo@example.net (XEP-0106) */
	CONTACT_ESCAPED
};
/* How a user's JID becomes a SIP URI. */
enum user_plan {
	USER_TRANSPARENT, /* sip:juliet@example.com for juliet@example.com */
	/* sip:juliet@USER_HOST for juliet@XMPP_DOMAIN, the first of the list */
	USER_FIXED,
	USER_ESCAPED /* sip:juliet%40example.com@USER_HOST */
};

/* One exact pair; either side may be a contact or a user. */
struct alias {
	struct jid jid; /* bare */
	struct uri uri; /* sip: user and host */
};

/* sip:SIP_PREFIX<rest>@SIP_HOST <-> JID_PREFIX<rest>@JID_DOMAIN where <rest> is
 * digits_min..digits_max digits: E.164 and short extensions. Reversible as it
 * stands; overlaps are refused when the configuration is read. tel:N is read
 * as sip:N at the rule's host. */
struct number_rule {
	struct str sip_prefix, sip_host;
	struct str jid_prefix, jid_domain; /* the component: for contacts */
	unsigned digits_min, digits_max;
};

struct alias_index;
struct address_plan {
	enum contact_plan contacts;
	enum user_plan users;
	struct str component;  /* our domain */
	struct str sip_domain; /* FIXED: what it stands for */
	/* Contacts attach to us, and write to one another through the XMPP
	 * server: each is a user, too, under the address that he has. */
	bool has_phones;
	struct str user_host; /* host of users' URIs, FIXED and ESCAPED */
	const struct str *xmpp_domains; /* whose users may be reached */
	size_t xmpp_domain_count;
	const struct alias *aliases;
	size_t alias_count;
	const struct number_rule *numbers;
	size_t number_count;
	/* Of the aliases, by address_plan_index; NULL while they are few. */
	const struct alias_index *index;
};

enum thread_mode {
	THREAD_CALL_ID,	     /* RFC 7572 Table 2 */
	THREAD_CONVERSATION, /* one for each pair: phones use a new Call-ID for
				every message */
	THREAD_NONE
};

struct message_rules {
	enum message_type type; /* MESSAGE_NORMAL (RFC 7572 §5) or _CHAT */
	enum thread_mode thread;
	unsigned delay_after_s;	   /* older Date: say so (XEP-0203); 60 */
	size_t body_max_bytes;	   /* SIP -> XMPP; 65536 */
	bool wants_headline;	   /* carry headlines to SIP */
	bool wants_receipts;	   /* notices of delivery and reading */
	bool wants_xhtml;	   /* text/html as XHTML-IM beside the text */
	bool is_split;		   /* what is too long for UDP goes in parts */
	unsigned parts_max;	   /* at most; 20 */
	struct str edited_mark;	   /* before a corrected text; may be none */
	struct str retracted_mark; /* instead of a retraction; may be none */
};

struct xml;

struct env {
	const struct address_plan *plan;
	const struct message_rules *rules;
	int64_t wall_s;		/* now, UTC */
	struct str stanza_id;	/* for a stanza of ours */
	struct str call_id;	/* fresh, in case one is needed */
	struct str tag;		/* fresh From tag */
	struct str in_reply_to; /* Call-ID of what it answers; none */
	struct str reply_to_id; /* id of the stanza that it answers; none */
	/* Parses a document into a, NULL when it is none; NULL: no XML bodies
	 * are read. expat is not of this room. */
	const struct xml *(*document)(struct arena *a, struct str text);
};

#endif
