#ifndef STOX_SIP_TRUST_H
#define STOX_SIP_TRUST_H
#include "sip/sipmsg.h"

/* Who may send us requests, and for which domains it may speak. Built once
 * from the configuration, then read only. */
struct trust;

struct trust *trust_create(void);
void trust_destroy(struct trust **tp);
/* range: "192.0.2.0/24", "2001:db8::/32", or one address. domains: what From
 * may say, "example.net", "*.example.net" or "*"; copied. false: bad range. */
bool trust_add(struct trust *t, struct str range, const struct str *domains,
	       size_t n);
/* May that address send to us at all? */
bool trust_has_peer(const struct trust *t, const union endpoint *e);
/* ... and say that domain in From? Longest range decides. */
bool trust_may_speak(const struct trust *t, const union endpoint *e,
		     struct str domain);

#endif
