#ifndef STOX_SIP_RATION_H
#define STOX_SIP_RATION_H
#include "gateway/base/hashset.h"
#include "gateway/base/keyed.h"
#include "gateway/base/str.h"
#include "sip/room.h"

/* How many requests of one user are under way, or wait for room: so many, and
 * no more, or one who watches thousands that never answer would keep the room
 * of all. Whoever has his ration waits behind himself only, in order. */
/* Its turn has come: it is counted, and its seat is free. */
typedef void ration_fn(struct room_seat *seat);

struct rations {
	struct hashset all; /* owned: of those who have anything here */
	ration_fn *fn;
	unsigned max; /* 0: no limit */
};

struct ration {
	struct hashset_node node;
	struct keyed128 key;
	struct rations *owner;	/* borrowed */
	struct room_seat *held; /* whoever waits; borrowed */
	size_t running;
};

void rations_init(struct rations *r, ration_fn *fn);
/* Who waits is left to himself. */
void rations_fini(struct rations *r);
/* One more of that name. false: he has his ration, and the seat waits. */
bool ration_take(struct rations *r, struct str name, struct room_seat *seat);
/* His, while he has anything here. */
struct ration *ration_find(const struct rations *r, struct str name);
/* One of his has ended; he may be gone after it. */
void ration_leave(struct ration *one);
/* A seat of his that waits for its turn waits no longer. */
void ration_drop(struct ration *one, struct room_seat *seat);

#endif
