#include "gateway/admin/bans.h"
#include "gateway/base/table.h"

struct ban {
	UT_hash_handle hh;
	uint64_t until_ms;
	size_t n;
	char who[];
};

struct bans {
	struct ban *all; /* owned table */
};

struct bans *bans_create(void)
{
	struct bans *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	return b;
}

static void drop(struct bans *b, struct ban *one)
{
	HASH_DEL(b->all, one);
	free(one);
}

void bans_destroy(struct bans **bp)
{
	struct bans *b = *bp;
	struct ban *one, *next;

	if (b == NULL)
		return;
	*bp = NULL;
	HASH_ITER (hh, b->all, one, next)
		drop(b, one);
	free(b);
}

static struct ban *find(struct bans *b, struct str who)
{
	struct ban *one;

	HASH_FIND(hh, b->all, who.p, who.n, one);
	return one;
}

bool bans_add(struct bans *b, struct str who, uint64_t until_ms)
{
	struct ban *one = find(b, who);

	if (one != NULL) {
		one->until_ms = until_ms;
		return true;
	}
	if (HASH_COUNT(b->all) >= BANS_MAX)
		return false;
	one = calloc(1, sizeof(*one) + who.n);
	if (one == NULL)
		abort();
	one->until_ms = until_ms;
	one->n = who.n;
	memcpy(one->who, who.p, who.n);
	HASH_ADD_KEYPTR(hh, b->all, one->who, one->n, one);
	return true;
}

bool bans_remove(struct bans *b, struct str who)
{
	struct ban *one = find(b, who);

	if (one == NULL)
		return false;
	drop(b, one);
	return true;
}

bool bans_any(const struct bans *b)
{
	return b != NULL && b->all != NULL;
}

bool bans_has(struct bans *b, struct str who, uint64_t now_ms)
{
	struct ban *one;

	if (b->all == NULL)
		return false;
	one = find(b, who);
	if (one != NULL && one->until_ms != 0 && one->until_ms <= now_ms) {
		drop(b, one);
		one = NULL;
	}
	return one != NULL;
}

void bans_each(struct bans *b, uint64_t now_ms, bans_fn *fn, void *arg)
{
	struct ban *one, *next;

	HASH_ITER (hh, b->all, one, next) {
		if (one->until_ms != 0 && one->until_ms <= now_ms)
			drop(b, one);
		else
			fn(arg, (struct str){ one->who, one->n },
			   one->until_ms);
	}
}
