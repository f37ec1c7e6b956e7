#ifndef STOX_SIP_TRUST_H
#define STOX_SIP_TRUST_H
#include "sip/sipmsg.h"

/* Who may send us requests, and for which domains it may speak. Built once
 * from the configuration, then read only. */
struct trust;

/* What a peer may do. domains: what From may say, "example.net",
 * "*.example.net" or "*"; copied. */
struct trust_rule {
	const struct str *domains;
	size_t n;
	bool is_asserting; /* its P-Asserted-Identity counts */
};

/* Whom a request came from. names: as transport_names gives them. */
struct trust_source {
	const union endpoint *at;
	const char *names;
};

struct trust *trust_create(void);
void trust_destroy(struct trust **tp);
/* range: "192.0.2.0/24", "2001:db8::/32", or one address. false: bad range. */
bool trust_add(struct trust *t, struct str range, const struct trust_rule *r);
/* Whoever proves by TLS to speak for that name, from whatever address. */
void trust_add_name(struct trust *t, struct str name,
		    const struct trust_rule *r);
/* May it send to us at all? */
bool trust_has_peer(const struct trust *t, const struct trust_source *s);
/* ... and say that domain in From? Of the ranges the longest decides; what a
 * name allows is added to that. */
bool trust_may_speak(const struct trust *t, const struct trust_source *s,
		     struct str domain);
/* ... and say who sends it, whatever From says (RFC 3325)? */
bool trust_may_assert(const struct trust *t, const struct trust_source *s);

#endif
