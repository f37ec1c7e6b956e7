#include "gateway/trust/policy.h"
#include <stdlib.h>
#include "gateway/base/keyed.h"
#include "gateway/base/pages.h"

enum {
	SETS = 8192, /* a power of two */
	WAYS = 8,
	MILLI = 1000 /* tokens are counted in thousandths */
};

struct bucket {
	uint64_t key; /* keyed hash; 0: free */
	uint64_t seen_ms;
	uint64_t tokens_milli;
};

struct policy {
	struct config_rate rate;
	struct bucket buckets[SETS][WAYS];
};

struct policy *policy_create(struct config_rate rate)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	policy_set_rate(p, rate);
	return p;
}

void policy_warm(struct policy *p)
{
	pages_touch(p->buckets, sizeof(p->buckets));
}

void policy_set_rate(struct policy *p, struct config_rate rate)
{
	p->rate = rate;
	if (p->rate.burst < 1)
		p->rate.burst = 1;
}

void policy_destroy(struct policy **pp)
{
	free(*pp);
	*pp = NULL;
}

/* The bucket of that hash, or the one of its set that was idle longest. */
static struct bucket *bucket_find(struct policy *p, uint64_t hash,
				  uint64_t now_ms)
{
	struct bucket *set = p->buckets[(hash >> 1) % SETS]; /* its low bit is
								 always set */
	struct bucket *oldest = &set[0];
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].key == hash)
			return &set[i];
		if (set[i].seen_ms < oldest->seen_ms)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .key = hash,
				   .seen_ms = now_ms,
				   .tokens_milli =
					   (uint64_t)p->rate.burst * MILLI };
	return oldest;
}

bool policy_admit(struct policy *p, struct str key, uint64_t now_ms)
{
	uint64_t max = (uint64_t)p->rate.burst * MILLI;
	uint64_t hash;
	struct bucket *b;

	if (p->rate.per_s == 0)
		return true;
	hash = keyed_hash(key.p, key.n) | 1;
	b = bucket_find(p, hash, now_ms);
	/* per_s tokens a second are per_s thousandths a millisecond. */
	b->tokens_milli += (now_ms - b->seen_ms) * p->rate.per_s;
	if (b->tokens_milli > max)
		b->tokens_milli = max;
	b->seen_ms = now_ms;
	if (b->tokens_milli < MILLI)
		return false;
	b->tokens_milli -= MILLI;
	return true;
}
