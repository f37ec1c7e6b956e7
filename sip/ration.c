#include "sip/ration.h"
#include <assert.h>
#include <stdlib.h>
#include "gateway/base/table.h"

static uint64_t hash_of(const struct hashset_node *n)
{
	return ((const struct ration *)n)->key.a;
}

void rations_init(struct rations *r, ration_fn *fn)
{
	*r = (struct rations){ .fn = fn };
	hashset_init(&r->all, hash_of);
}

static void ration_free(struct ration *one)
{
	hashset_remove(&one->owner->all, &one->node);
	free(one);
}

void rations_fini(struct rations *r)
{
	struct hashset_node *n;

	while ((n = hashset_any(&r->all)) != NULL)
		ration_free((struct ration *)n);
	hashset_fini(&r->all);
}

static struct ration *find(const struct rations *r, struct keyed128 key)
{
	struct hashset_node *n = hashset_chain(&r->all, key.a);

	for (; n != NULL; n = n->next) {
		struct ration *one = (struct ration *)n;

		if (one->key.a == key.a && one->key.b == key.b)
			return one;
	}
	return NULL;
}

struct ration *ration_find(const struct rations *r, struct str name)
{
	return find(r, keyed_hash128(name.p, name.n));
}

bool ration_take(struct rations *r, struct str name, struct room_seat *seat)
{
	struct keyed128 key = keyed_hash128(name.p, name.n);
	struct ration *one = find(r, key);

	if (one == NULL) {
		one = calloc(1, sizeof(*one));
		if (one == NULL)
			abort();
		one->owner = r;
		one->key = key;
		hashset_add(&r->all, &one->node);
	}
	if (r->max > 0 && one->running >= r->max) {
		DL_APPEND(one->held, seat);
		return false;
	}
	one->running++;
	return true;
}

void ration_leave(struct ration *one)
{
	struct room_seat *next = one->held;

	assert(one->running > 0);
	if (next != NULL) { /* his turn: as many as before */
		DL_DELETE(one->held, next);
		next->prev = NULL;
		one->owner->fn(next);
	} else if (--one->running == 0) {
		ration_free(one);
	}
}

/* While anybody waits something runs, so that it stays. */
void ration_drop(struct ration *one, struct room_seat *seat)
{
	DL_DELETE(one->held, seat);
	seat->prev = NULL;
}
