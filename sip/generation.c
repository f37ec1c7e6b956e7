#include "sip/generation.h"

#include <stdlib.h>
#include <string.h>

enum {
	PAGE_BYTES = 4096,
	SLAB_PAGES = SLAB_BYTES / PAGE_BYTES,
	RUN = PAGE_BYTES / sizeof(struct seen), /* entries of a page */
	/* A group has one page: open addressing, a slot is 0, or the top byte
	 * of the hash and 1 + index. Above FULL looking takes long. */
	GROUP_SLOTS = PAGE_BYTES / sizeof(uint32_t) - 2,
	GROUP_FULL = GROUP_SLOTS / 100 * 85,
	INDEX_BITS = 24,
	INDEX_MASK = (1 << INDEX_BITS) - 1,
	/* Of the hash: 24 bits say where in its group to begin, those above
	 * which group, the top byte is in the slot. */
	PLACE_BITS = 24,
	DEPTH_MAX = 20, /* far more groups than there are indices */
	ROOM_MIN = 4
};

struct run {
	struct seen *entry; /* RUN of them, in a slab */
	uint32_t pending;
};

/* In a slab. Its directory has it 1 << (generation's depth - depth) times: that
 * many low bits of what chooses a group are the same for all in it. */
struct group {
	uint32_t n, depth;
	uint32_t slot[GROUP_SLOTS];
};

/* --- memory */

/* Room for one more in an array, by doubling it. */
static void *array_room(void *array, size_t n, size_t *room, size_t bytes)
{
	void *more;

	if (n < *room)
		return array;
	more = realloc(array, (*room > 0 ? *room * 2 : ROOM_MIN) * bytes);
	if (more != NULL)
		*room = *room > 0 ? *room * 2 : ROOM_MIN;
	return more;
}

static bool slab_add(struct generation *g)
{
	void **slab = array_room(g->slab, g->slab_count, &g->slab_room,
				 sizeof(*slab));

	if (slab == NULL)
		return false;
	g->slab = slab;
	slab[g->slab_count] = slabs_take(g->pool);
	if (slab[g->slab_count] == NULL)
		return false;
	g->slab_count++;
	return true;
}

static void *page_take(struct generation *g)
{
	unsigned char *slab;

	if (g->pages == g->slab_count * SLAB_PAGES && !slab_add(g))
		return NULL;
	slab = g->slab[g->pages / SLAB_PAGES];
	return slab + g->pages++ % SLAB_PAGES * PAGE_BYTES;
}

void generation_init(struct generation *g, struct slabs *pool,
		     const struct generation *as, size_t spare)
{
	unsigned depth = as != NULL && as->depth > 0 ? as->depth - 1 : 0;

	if (spare * SLAB_PAGES < (size_t)1 << depth)
		depth = 0;
	*g = (struct generation){ .pool = pool, .depth = depth };
}

void generation_clear(struct generation *g)
{
	for (size_t i = 0; i < g->slab_count; i++)
		slabs_give(g->pool, g->slab[i]);
	free(g->slab);
	free(g->run);
	free(g->group);
	*g = (struct generation){ .pool = g->pool };
}

size_t generation_bytes(const struct generation *g)
{
	return g->slab_count * (SLAB_BYTES + sizeof(*g->slab)) +
	       g->run_room * sizeof(*g->run) +
	       (g->group != NULL ? sizeof(*g->group) << g->depth : 0);
}

/* --- entries */

static struct seen *entry_at(const struct generation *g, uint32_t index)
{
	return &g->run[index / RUN].entry[index % RUN];
}

static bool run_add(struct generation *g)
{
	size_t count = g->n / RUN;
	struct run *run = array_room(g->run, count, &g->run_room, sizeof(*run));

	if (run == NULL)
		return false;
	g->run = run;
	run[count] = (struct run){ .entry = page_take(g) };
	return run[count].entry != NULL;
}

/* --- groups */

static size_t group_index(const struct generation *g, uint64_t hash)
{
	return hash >> PLACE_BITS & (((size_t)1 << g->depth) - 1);
}

static uint32_t slot_first(uint64_t hash)
{
	return (uint32_t)((hash & ((1 << PLACE_BITS) - 1)) * GROUP_SLOTS >>
			  PLACE_BITS);
}

static uint32_t slot_next(uint32_t i)
{
	return i + 1 < GROUP_SLOTS ? i + 1 : 0;
}

static void slot_put(struct group *p, uint64_t hash, uint32_t value)
{
	uint32_t i = slot_first(hash);

	while (p->slot[i] != 0)
		i = slot_next(i);
	p->slot[i] = value;
	p->n++;
}

static struct group *group_create(struct generation *g, unsigned depth)
{
	struct group *p = page_take(g);

	if (p == NULL)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->depth = depth;
	return p;
}

static bool directory_double(struct generation *g)
{
	size_t n = (size_t)1 << g->depth;
	struct group **group;

	if (g->depth == DEPTH_MAX)
		return false;
	group = realloc(g->group, 2 * n * sizeof(*group));
	if (group == NULL)
		return false;
	memcpy(group + n, group, n * sizeof(*group));
	g->group = group;
	g->depth++;
	return true;
}

/* What differs in one more bit of the hash goes to a group of its own. */
static bool group_split(struct generation *g, size_t at)
{
	struct group *p = g->group[at], was = *p, *other;
	size_t bit = (size_t)1 << was.depth;

	if (was.depth == g->depth && !directory_double(g))
		return false;
	other = group_create(g, was.depth + 1);
	if (other == NULL)
		return false;
	memset(p, 0, sizeof(*p));
	p->depth = was.depth + 1;
	for (size_t i = 0; i < GROUP_SLOTS; i++) {
		uint64_t hash;

		if (was.slot[i] == 0)
			continue;
		hash = entry_at(g, (was.slot[i] & INDEX_MASK) - 1)->hash;
		slot_put(hash >> PLACE_BITS & bit ? other : p, hash,
			 was.slot[i]);
	}
	for (size_t i = (at & (bit - 1)) | bit; i < (size_t)1 << g->depth;
	     i += bit << 1)
		g->group[i] = other;
	return true;
}

/* The group of that hash, with room for one more. */
static struct group *group_for(struct generation *g, uint64_t hash)
{
	size_t at = group_index(g, hash);

	if (g->group == NULL)
		g->group = calloc((size_t)1 << g->depth, sizeof(*g->group));
	if (g->group == NULL)
		return NULL;
	if (g->group[at] == NULL)
		g->group[at] = group_create(g, g->depth);
	while (g->group[at] != NULL && g->group[at]->n >= GROUP_FULL) {
		if (!group_split(g, at))
			return NULL;
		at = group_index(g, hash);
	}
	return g->group[at];
}

uint32_t generation_find(const struct generation *g, uint64_t hash,
			 const uint32_t *check)
{
	const struct group *p;

	if (g->n == 0)
		return 0;
	p = g->group[group_index(g, hash)];
	if (p == NULL)
		return 0;
	for (uint32_t i = slot_first(hash); p->slot[i] != 0; i = slot_next(i)) {
		uint32_t number = p->slot[i] & INDEX_MASK;
		const struct seen *e;

		if (p->slot[i] >> INDEX_BITS != hash >> 56)
			continue;
		e = entry_at(g, number - 1);
		if (e->hash == hash && e->status != SEEN_DEAD &&
		    (check == NULL || e->check == *check))
			return number;
	}
	return 0;
}

const struct seen *generation_get(const struct generation *g, uint32_t number)
{
	return entry_at(g, number - 1);
}

bool generation_add(struct generation *g, const struct seen *e)
{
	struct group *p;

	if (g->n == INDEX_MASK)
		return false;
	p = group_for(g, e->hash);
	if (p == NULL || (g->n % RUN == 0 && !run_add(g)))
		return false;
	*entry_at(g, g->n) = *e;
	g->run[g->n / RUN].pending += e->status == SEEN_PENDING;
	g->n++;
	slot_put(p, e->hash, (uint32_t)(e->hash >> 56) << INDEX_BITS | g->n);
	return true;
}

void generation_set(struct generation *g, uint32_t number, const struct seen *e)
{
	struct seen *old = entry_at(g, number - 1);
	uint32_t *pending = &g->run[(number - 1) / RUN].pending;

	*pending -= old->status == SEEN_PENDING;
	*pending += e->status == SEEN_PENDING;
	*old = *e;
}

void generation_kill(struct generation *g, uint32_t number)
{
	struct seen dead = *entry_at(g, number - 1);

	dead.status = SEEN_DEAD;
	generation_set(g, number, &dead);
	g->dead++;
}

void generation_pending(const struct generation *g, generation_pending_fn *fn,
			void *arg)
{
	for (uint32_t i = 0; i < g->n; i++) {
		const struct seen *e = entry_at(g, i);

		if (g->run[i / RUN].pending == 0)
			i += RUN - 1; /* RUN divides where we are */
		else if (e->status == SEEN_PENDING)
			fn(arg, e);
	}
}
