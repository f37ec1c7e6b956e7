#ifndef STOX_GATEWAY_MESSAGES_SHARE_H
#define STOX_GATEWAY_MESSAGES_SHARE_H
#include "gateway/base/str.h"
#include "gateway/base/table.h"

/* How much of the room of all one sender has: so many seats, and no more, or a
 * few who write to thousands that never answer would keep everybody's. A share
 * exists while its sender has messages here. */
struct lane;
struct share {
	UT_hash_handle hh;
	struct lane *held; /* of queue.c: wait for a seat of this sender's */
	size_t items;	   /* messages, those that wait among them */
	unsigned seated;   /* of them: under way, or next to find room */
	size_t n;
	char name[];
};

/* One more message of that sender. */
struct share *share_join(struct share **all, struct str sender);
/* One less; the last takes the share with it. */
void share_leave(struct share **all, struct share *s);

#endif
