#ifndef STOX_GATEWAY_PHONES_PRESENTITY_H
#define STOX_GATEWAY_PHONES_PRESENTITY_H
#include "gateway/bridge.h"
#include "gateway/phones/posting.h"
#include "mapping/presence.h"

/* The presence of contacts whose phones attach to us (RFC 3856, RFC 3903 as a
 * server): what their phones publish, composed, and that they are registered.
 */
struct presentities;

/* Loads the publications that the store knows; NULL and *why on failure. */
struct presentities *presentities_create(struct bridge *b, const char **why);
void presentities_destroy(struct presentities **pp);
/* A PUBLISH; answers it, now or when it is in the store. */
void presentities_publish(struct presentities *p, const struct request *r,
			  struct answer *answer);
/* What is known of a contact (bare JID), as resources: of what was published,
 * else one that is available while a phone is registered; NULL: nothing. */
struct presence_item *presentities_items(struct presentities *p, struct str key,
					 struct arena *a);
/* His account has gone: with it all that was published, and what is being. */
void presentities_forget(struct presentities *p, struct str key);
/* It may have changed: whoever watches is told. Also NULL. */
void presentities_changed(struct presentities *p, struct str key);

/* fn at each change from now on. Owned by whoever watches. */
struct watching;
typedef void watching_fn(void *arg);
struct watching *watching_create(struct presentities *p, struct str key,
				 watching_fn *fn, void *arg);
void watching_destroy(struct watching **wp);

#endif
