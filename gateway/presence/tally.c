#include "gateway/presence/tally.h"
#include <assert.h>
#include <stdlib.h>
#include "gateway/base/keyed.h"

/* 128 bits of a keyed hash stand for the name. */
struct one {
	struct hashset_node node;
	struct keyed128 key;
	unsigned count;
};

static uint64_t hash_of(const struct hashset_node *n)
{
	return ((const struct one *)n)->key.a;
}

static struct one *find(const struct tally *t, struct keyed128 key)
{
	struct hashset_node *n = hashset_chain(&t->names, key.a);

	for (; n != NULL; n = n->next) {
		struct one *o = (struct one *)n;

		if (o->key.a == key.a && o->key.b == key.b)
			return o;
	}
	return NULL;
}

void tally_add(struct tally *t, struct str name)
{
	struct keyed128 key = keyed_hash128(name.p, name.n);
	struct one *o = find(t, key);

	if (o == NULL) {
		o = calloc(1, sizeof(*o));
		if (o == NULL)
			abort();
		o->key = key;
		t->names.hash = hash_of;
		hashset_add(&t->names, &o->node);
	}
	o->count++;
}

static void drop(struct tally *t, struct one *o)
{
	hashset_remove(&t->names, &o->node);
	free(o);
}

void tally_drop(struct tally *t, struct str name)
{
	struct one *o = find(t, keyed_hash128(name.p, name.n));

	assert(o != NULL);
	if (--o->count == 0)
		drop(t, o);
}

unsigned tally_count(const struct tally *t, struct str name)
{
	const struct one *o = find(t, keyed_hash128(name.p, name.n));

	return o != NULL ? o->count : 0;
}

unsigned tally_names(const struct tally *t)
{
	return (unsigned)t->names.count;
}

void tally_fini(struct tally *t)
{
	struct hashset_node *n;

	while ((n = hashset_any(&t->names)) != NULL)
		drop(t, (struct one *)n);
}
