#ifndef STOX_MAPPING_IDN_H
#define STOX_MAPPING_IDN_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "gateway/base/str.h"

/* Host names: SIP carries ASCII only (RFC 3261 §25.1), XMPP the Unicode form
 * (RFC 7622 §3.2). Addresses and ASCII names pass as they are, in lower case.
 * to_ascii: false when there is no such name. to_unicode: host itself unless
 * the Unicode form leads back to it. */
bool idn_to_ascii(struct arena *a, struct str host, struct str *out);
struct str idn_to_unicode(struct arena *a, struct str host);
/* Whether a host of SIP is that domain, in Unicode or ASCII. */
bool idn_is_host(struct arena *a, struct str host, struct str domain);

#endif
