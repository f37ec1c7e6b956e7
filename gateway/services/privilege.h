#ifndef STOX_GATEWAY_SERVICES_PRIVILEGE_H
#define STOX_GATEWAY_SERVICES_PRIVILEGE_H
#include "gateway/link.h"

/* Roster help where the XMPP server allows it (XEP-0356, urn:xmpp:privilege:2
 * and :1): it says so by itself after each handshake, nothing is configured.
 * Without it there are plain subscriptions. */
struct privilege;

struct privilege *privilege_create(struct link *k);
/* Whoever waits is told that it failed. Before the link's component. */
void privilege_destroy(struct privilege **pp);

/* A message of the server that grants something: true, and it is dealt with. */
bool privilege_offer(struct link *k, const struct stanza *s);
/* A roster push: true, and it is answered. */
bool privilege_push(struct link *k, const struct stanza *s, struct arena *a);
/* The link is down: what was granted has ended. */
void privilege_lost(struct privilege *p);
/* The rosters of that domain may be read and written. */
bool privilege_has_roster(const struct link *k, struct str domain);

/* The contact gets that name in the user's roster, if he is there without one.
 * Nothing where the server does not allow it. */
void privilege_name(struct link *k, const struct jid *user,
		    const struct jid *contact, struct str name);
/* Puts the contact into the roster (name may be none), or takes him off it.
 * fn is called once, not inside this call; why in words if it failed. Asserts
 * privilege_has_roster. */
typedef void privilege_fn(void *arg, bool is_done, const char *why);
void privilege_put(struct link *k, const struct jid *user,
		   const struct jid *contact, struct str name, privilege_fn *fn,
		   void *arg);
void privilege_remove(struct link *k, const struct jid *user,
		      const struct jid *contact, privilege_fn *fn, void *arg);

#endif
