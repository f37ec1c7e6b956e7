#ifndef STOX_GATEWAY_SERVICES_NICKS_H
#define STOX_GATEWAY_SERVICES_NICKS_H
#include <stdbool.h>
#include "gateway/base/str.h"
#include "xmpp/jid.h"
#include "xmpp/xml.h"

/* What contacts call themselves: the display names of their requests, for
 * XEP-0172 and vCards. Bounded, forgetful, and for show only. */
struct nicks;

enum { NICKS_MAX = 20000, NICK_MAX_BYTES = 100 };

struct nicks *nicks_create(void);
void nicks_destroy(struct nicks **np);
/* A request of that contact said this; none is left aside. A name that no
 * person would read as his address is taken as it is, cut at NICK_MAX_BYTES. */
void nicks_note(struct nicks *n, const struct jid *contact, struct str display);
/* His name; none if it is not known. Borrowed until the next note. */
struct str nicks_get(const struct nicks *n, const struct jid *contact);
/* Whether this user is to be told it now: true once for each pair. */
bool nicks_tell(struct nicks *n, const struct jid *contact,
		const struct jid *user);
/* <nick/>; name is borrowed. */
struct xml *nick_element(struct arena *a, struct str name);

#endif
