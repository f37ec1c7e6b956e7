#ifndef STOX_MAPPING_LINKS_H
#define STOX_MAPPING_LINKS_H
#include <stdbool.h>
#include "gateway/base/arena.h"
#include "mapping/multipart.h"
#include "xmpp/xml.h"

/* Files that SIP sends as an address: message/external-body (RFC 2017,
 * RFC 4483) and the file transfer document of RCS (GSMA RCC.07 §3.2.5.3), as
 * links of XEP-0066. */
#define LINKS_RCS_TYPE "application/vnd.gsma.rcs-ft-http+xml"

struct link_found {
	struct str url;	  /* http, https or ftp */
	struct str words; /* name or description; none: not said */
};

/* Of a message/external-body. false: no URL, or one that is none of ours. */
bool links_external(const struct part *part, struct link_found *out);
/* doc is its tree; the file itself, not its thumbnail. */
bool links_rcs(struct arena *a, const struct xml *doc, struct link_found *out);
/* <x xmlns='jabber:x:oob'/> */
struct xml *links_oob(struct arena *a, const struct link_found *l);

#endif
