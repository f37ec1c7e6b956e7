#include "gateway/tally.h"
#include <assert.h>
#include "gateway/base/keyed.h"

struct tally {
	UT_hash_handle hh;
	struct keyed128 key;
	unsigned count;
};

static struct tally *find(const struct tally *t, struct keyed128 key)
{
	struct tally *found;

	HASH_FIND(hh, (struct tally *)t, &key, sizeof(key), found);
	return found;
}

void tally_add(struct tally **tp, struct str name)
{
	struct keyed128 key = keyed_hash128(name.p, name.n);
	struct tally *t = find(*tp, key);

	if (t == NULL) {
		t = calloc(1, sizeof(*t));
		if (t == NULL)
			abort();
		t->key = key;
		HASH_ADD(hh, *tp, key, sizeof(t->key), t);
	}
	t->count++;
}

void tally_drop(struct tally **tp, struct str name)
{
	struct tally *t = find(*tp, keyed_hash128(name.p, name.n));

	assert(t != NULL);
	if (--t->count > 0)
		return;
	HASH_DEL(*tp, t);
	free(t);
}

unsigned tally_count(const struct tally *t, struct str name)
{
	const struct tally *found = find(t, keyed_hash128(name.p, name.n));

	return found != NULL ? found->count : 0;
}

unsigned tally_names(const struct tally *t)
{
	return HASH_COUNT(t);
}

void tally_fini(struct tally **tp)
{
	struct tally *t, *tmp;

	HASH_ITER (hh, *tp, t, tmp) {
		HASH_DEL(*tp, t);
		free(t);
	}
}
