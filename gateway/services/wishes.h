#ifndef STOX_GATEWAY_SERVICES_WISHES_H
#define STOX_GATEWAY_SERVICES_WISHES_H
#include "gateway/bridge.h"

/* What users chose by command: whom they do not want to hear of, and what is
 * told of them. In memory, and in the store. */
struct wishes;

enum wish {		   /* all on unless the user says otherwise */
	    WISH_TYPING,   /* contacts see when he is typing, and he them */
	    WISH_RECEIPTS, /* contacts learn that a message has arrived or was
			      read */
	    WISH_COUNT
};

enum { BLOCKS_MAX = 200000, BLOCKS_PER_USER_MAX = 1000 };

/* Loads them; NULL and *why on failure. */
struct wishes *wishes_create(struct bridge *b, const char **why);
void wishes_destroy(struct wishes **wp);

/* Resources are not looked at. */
bool wishes_is_blocked(const struct wishes *w, const struct jid *user,
		       const struct jid *contact);
bool wishes_has(const struct wishes *w, const struct jid *user, enum wish wish);

/* They count at once; fn when the store knows. false: the store takes nothing,
 * or there are too many; nothing has changed then, and fn is not called. */
bool wishes_block(struct wishes *w, const struct jid *user,
		  const struct jid *contact, store_fn *fn, void *arg);
bool wishes_unblock(struct wishes *w, const struct jid *user,
		    const struct jid *contact, store_fn *fn, void *arg);
bool wishes_set(struct wishes *w, const struct jid *user, enum wish wish,
		bool is_on, store_fn *fn, void *arg);

/* Each contact that he has blocked, as text; how many there are. */
typedef void wishes_fn(void *arg, struct str contact);
size_t wishes_blocked(const struct wishes *w, const struct jid *user,
		      wishes_fn *fn, void *arg);

#endif
