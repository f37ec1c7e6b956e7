#ifndef STOX_GATEWAY_TRUST_SENDER_H
#define STOX_GATEWAY_TRUST_SENDER_H
#include "sip/sipmsg.h"

enum { SENDER_URIS_MAX = 2 };

/* Who a request is from, for one of a peer that we trust. From is what a phone
 * wrote; P-Asserted-Identity (RFC 3325) is what the peer knows, and takes its
 * place: a SIP URI alone; a telephone number first and then From, since it
 * counts only where a number rule or an alias knows it. It is left aside when
 * its host is a bare IP address, which some PBX write and which names no
 * domain, and not told when "Privacy: id" forbids it: then it is From, or
 * anonymous if From is another's. Returns how many there are, at least one;
 * slices borrow from r and a. */
size_t sender_read(struct arena *a, const struct request *r,
		   struct uri out[SENDER_URIS_MAX]);

#endif
