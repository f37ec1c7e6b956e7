#ifndef STOX_SIP_REDIRECT_H
#define STOX_SIP_REDIRECT_H
#include "sip/uri.h"

/* Where else to go: the Contact values of a 3xx (RFC 3261 §8.1.3.4). Slices
 * borrow from the value. */
enum { REDIRECT_TARGETS_MAX = 5 };

/* The URI in a name-addr or addr-spec; none when there is none. */
struct str redirect_uri(struct str element);
/* The sip: targets, best q first and then in order, without header parts and
 * method parameter (RFC 3261 §19.1.5). Other schemes are passed over: sips
 * asks for more than a sip request can keep (RFC 5630), and the rest leads out
 * of SIP. Returns how many; at most REDIRECT_TARGETS_MAX. */
size_t redirect_read(struct str contacts,
		     struct str targets[REDIRECT_TARGETS_MAX]);
/* The first URI of any scheme, for people; none. */
struct str redirect_first(struct str contacts);

#endif
