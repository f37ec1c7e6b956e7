#ifndef STOX_MAPPING_PLAN_H
#define STOX_MAPPING_PLAN_H
#include "mapping/aor.h"
#include "mapping/env.h"

/* The plans alone (RFC 7247 §6), without aliases and numbers: bare JID <->
 * address-of-record. Resources pass from one side to the other. false with
 * *why for what the plan does not cover. Each leads back: an aor that comes
 * out gives the JID that went in, or there is none. */
bool plan_contact_aor(struct arena *a, const struct address_plan *p,
		      const struct jid *jid, struct aor *out,
		      struct fault *why);
bool plan_contact_jid(struct arena *a, const struct address_plan *p,
		      const struct aor *aor, struct jid *out,
		      struct fault *why);
bool plan_user_aor(struct arena *a, const struct address_plan *p,
		   const struct jid *jid, struct aor *out, struct fault *why);
bool plan_user_jid(struct arena *a, const struct address_plan *p,
		   const struct aor *aor, struct jid *out, struct fault *why);

/* Is it an XMPP domain of users? domain: as jid_read prepares it. */
bool plan_has_domain(const struct address_plan *p, struct str domain);
/* Whether host (lower case, A-labels) is one by which SIP calls users. */
bool plan_is_user_host(struct arena *a, const struct address_plan *p,
		       struct str host);
/* The SIP domain that the component stands for; none in CONTACT_ESCAPED. */
struct str plan_contact_host(struct arena *a, const struct address_plan *p);
/* Lines for --explain. */
struct str plan_contact_how(struct arena *a, const struct address_plan *p);
struct str plan_user_how(struct arena *a, const struct address_plan *p);
/* false with *why (in a) when something is missing, or a URI could be both a
 * contact and a user. */
bool plan_check(struct arena *a, const struct address_plan *p, struct str *why);

#endif
