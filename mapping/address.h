#ifndef STOX_MAPPING_ADDRESS_H
#define STOX_MAPPING_ADDRESS_H
#include "mapping/env.h"

/* JID <-> SIP URI by RFC 7247 §6 and the plan: aliases first, then number
 * rules, then the plan. Each pair below is a bijection where it succeeds. A
 * resource is the gr parameter (RFC 5627) both ways; "gr" without a value
 * gives none, and one with which the URI would pass URI_MAX_BYTES is left out.
 * Slices of the results are in a or borrowed from the arguments
 * and the plan. *how (may be NULL) is a line for --explain: which rule. */

/* A contact: JID in our domain <-> URI on the SIP side. */
bool address_contact_uri(struct arena *a, const struct address_plan *p,
			 const struct jid *jid, struct uri *out,
			 struct str *how, struct fault *why);
bool address_contact_jid(struct arena *a, const struct address_plan *p,
			 const struct uri *uri, struct jid *out,
			 struct str *how, struct fault *why);
/* A user: JID in one of xmpp_domains <-> URI that SIP calls him by; with
 * has_phones also a contact, as above. */
bool address_user_uri(struct arena *a, const struct address_plan *p,
		      const struct jid *jid, struct uri *out, struct str *how,
		      struct fault *why);
bool address_user_jid(struct arena *a, const struct address_plan *p,
		      const struct uri *uri, struct jid *out, struct str *how,
		      struct fault *why);
/* Whether a URI's host is one that this component answers for: the domains of
 * its users in SIP. A false tells the caller to try the next component. */
bool address_is_user_host(const struct address_plan *p, const struct uri *uri);
/* false and *why (in a) when aliases or number rules contradict each other or
 * the plan, so that an address would have two meanings. */
bool address_plan_check(struct arena *a, const struct address_plan *p,
			struct str *why);
/* Makes looking up many aliases fast. Call it last: when the aliases are what
 * and where they will be. The index is in a. */
void address_plan_index(struct arena *a, struct address_plan *p);

#endif
