#ifndef STOX_MAPPING_AOR_H
#define STOX_MAPPING_AOR_H
#include "gateway/base/fault.h"
#include "sip/uri.h"

/* An address-of-record: whom a URI names, in the one form that all URIs of the
 * same person share. SIP users are compared without case here, because an
 * XMPP localpart has none (RFC 7622 §3.3.1). */
struct aor {
	struct str user;     /* plain text; none: the host itself */
	struct str host;     /* lower case, A-labels; none of a tel number */
	uint16_t port;	     /* 0: not said */
	struct str resource; /* plain text of gr (RFC 5627); none if absent */
};

/* Reads sip, im, pres and tel. false with *why for sips (RFC 7247 §8), other
 * schemes, a password, headers, and text that no JID could hold: no UTF-8,
 * control characters. Visual separators of tel, and of sip with user=phone, are
 * dropped (RFC 3966 §5.1.1); a phone-context that is a domain becomes the host.
 * Slices are in a or of uri. */
bool aor_read(struct arena *a, const struct uri *uri, struct aor *out,
	      struct fault *why);
/* A sip URI, with gr where there is a resource. Slices are in a or of o. */
void aor_write(struct arena *a, const struct aor *o, struct uri *out);
/* Puts gr into a URI that has no parameters; nothing for none. */
void aor_put_resource(struct arena *a, struct uri *uri, struct str resource);
/* Users compared without case; port 0 is 5060. Not the resource. */
bool aor_eq(const struct aor *x, const struct aor *y);

enum { SIP_PORT = 5060 };

#endif
