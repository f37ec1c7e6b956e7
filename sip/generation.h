#ifndef STOX_SIP_GENERATION_H
#define STOX_SIP_GENERATION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sip/slabs.h"

/* The requests of some seconds, found by their hash: one part of the replay
 * table, which goes as a whole. It grows by a page at a time, and nothing in it
 * is moved that does not stand on one page with what comes: no request waits
 * while others find new places. Embedded; zero is empty. */
enum { SEEN_PENDING = 0, SEEN_DEAD = UINT16_MAX };

struct seen {
	uint64_t hash;
	uint32_t check;
	uint16_t status;
	uint16_t retry_after_s; /* SEEN_PENDING: how often it has moved */
};

struct group;
struct run;
struct generation {
	struct slabs *pool;   /* borrowed: outlives us */
	void **slab;	      /* owned, given back to the pool */
	struct run *run;      /* owned; the entries, in order of arrival */
	struct group **group; /* owned; 1 << depth, by hash, some of them twice
				 or NULL */
	size_t slab_count, slab_room, run_room, pages;
	unsigned depth;
	uint32_t n, dead;
};

typedef void generation_pending_fn(void *arg, const struct seen *e);

/* Empty. as: one that had about as many as this will have, or NULL. This one
 * begins with half of its groups if spare slabs have room for them. */
void generation_init(struct generation *g, struct slabs *pool,
		     const struct generation *as, size_t spare);
void generation_clear(struct generation *g);
/* The live entry of that hash, and with that check unless it is NULL: its
 * number, counted from 1, or 0. */
uint32_t generation_find(const struct generation *g, uint64_t hash,
			 const uint32_t *check);
/* Borrowed until the next change. */
const struct seen *generation_get(const struct generation *g, uint32_t number);
/* False: no memory. Of one hash a generation has one, live or dead. */
bool generation_add(struct generation *g, const struct seen *e);
/* Puts another one of the same hash in its place. */
void generation_set(struct generation *g, uint32_t number,
		    const struct seen *e);
void generation_kill(struct generation *g, uint32_t number);
/* Tells of each that still waits for its answer. */
void generation_pending(const struct generation *g, generation_pending_fn *fn,
			void *arg);
size_t generation_bytes(const struct generation *g);

#endif
