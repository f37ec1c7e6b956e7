#ifndef STOX_XMPP_COMPLAINT_H
#define STOX_XMPP_COMPLAINT_H
#include "xmpp/retry.h"
#include "xmpp/xml.h"

/* The server's <stream:error/> (RFC 6120 §4.9, XEP-0114 §3) in words that an
 * administrator can act on. Appends one line to out, with the server's own
 * text as far as it fits, and returns what it means for the next attempt.
 * domain: the name that we asked for. */
enum retry_cause complaint_read(struct arena *a, const struct xml *el,
				struct str domain, struct strbuf *out);

#endif
