#ifndef STOX_SIP_ROOM_H
#define STOX_SIP_ROOM_H
#include <stddef.h>
#include "gateway/base/loop.h"

/* Those who wait because the uac runs as many requests as it may: in order,
 * and only the first asks again, so that a hundred thousand of them cost
 * nothing. Embedded: init/fini; seats are embedded in those who wait. */
struct room_seat { /* zeroed: not waiting */
	struct room_seat *prev, *next;
};

/* It is this one's turn (its seat is free already): false when there was no
 * room after all, and it stays the first. May take other seats, not free this
 * one's owner. */
typedef bool room_fn(struct room_seat *seat);

struct room {
	struct loop *loop; /* borrowed */
	room_fn *fn;
	struct room_seat *first;
	size_t count;
	struct loop_timer timer;
};

void room_init(struct room *r, struct loop *l, room_fn *fn);
void room_fini(struct room *r); /* seats are left to themselves */
/* At the end of the queue; nothing when it waits already. */
void room_wait(struct room *r, struct room_seat *seat);
void room_leave(struct room *r, struct room_seat *seat); /* idempotent */
bool room_is_taken(const struct room_seat *seat);
/* A request of ours has ended; others' are looked for every 200 ms. */
void room_go_on(struct room *r);

#endif
