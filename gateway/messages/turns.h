#ifndef STOX_GATEWAY_MESSAGES_TURNS_H
#define STOX_GATEWAY_MESSAGES_TURNS_H
#include <stdbool.h>
#include <stddef.h>
#include "gateway/base/str.h"

/* Who waits until there is room on the way to the XMPP server: those of one
 * source in the order in which they came, and the sources in turns, so that
 * one that sends without end holds up nobody but itself. Zeroed: nobody. */
struct lane;
struct turn { /* embedded in who waits; zeroed: does not */
	struct turn *prev, *next;
	struct turns *all;
	struct lane *lane;
	size_t bytes;
};
struct turns {
	struct lane *by_source; /* owned table of those where somebody waits */
	struct lane *order;	/* the same: whose turn it is comes first */
	size_t count, bytes;
};

void turns_wait(struct turns *t, struct turn *e, struct str source,
		size_t bytes);
/* Whose turn it is; NULL: nobody waits. */
struct turn *turns_first(const struct turns *t);
/* He goes, and the next source has its turn. */
void turns_pass(struct turns *t);
void turn_leave(struct turn *e); /* idempotent; the order stays */
/* May one more of that source wait, with so much left for all? One source alone
 * may have eight ninths of the room; of several none may have so much more than
 * another that there is nothing left for it. */
bool turns_has_share(const struct turns *t, struct str source, size_t left,
		     size_t left_bytes);

#endif
