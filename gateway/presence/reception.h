#ifndef STOX_GATEWAY_PRESENCE_RECEPTION_H
#define STOX_GATEWAY_PRESENCE_RECEPTION_H
#include "gateway/bridge.h"

/* Presence of the gateway's own address (XEP-0100 §4, without an account):
 * every user who is served may watch it, and sees whether both sides are up.
 * Who watches is in the store. */
struct reception;

/* Loads who watches; NULL and *why on failure. */
struct reception *reception_create(struct bridge *b, const char **why);
void reception_destroy(struct reception **rp);

/* A presence stanza for the domain itself, errors too. */
void reception_presence(struct link *k, const struct stanza *s,
			struct arena *a);
/* Everybody is told, at a paced rate: the link is up, or the SIP side has
 * changed. */
void reception_changed(struct link *k);
/* The link is up: the same; behind reception_close its users are told that. */
void reception_link_up(struct link *k);
/* The end: everybody is told unavailable, as far as reception_close_more finds
 * room on the links that are up; true: all have. */
void reception_close(struct reception *r);
bool reception_close_more(struct reception *r);

#endif
