#include "gateway/base/hashset.h"
#include <assert.h>
#include <stdlib.h>

enum { BUCKETS_MIN = 8 };

void hashset_init(struct hashset *h, hashset_hash_fn *hash)
{
	*h = (struct hashset){ .hash = hash };
}

void hashset_fini(struct hashset *h)
{
	free(h->bucket);
	*h = (struct hashset){ .hash = h->hash };
}

/* The largest power of two that is not above n, which is not 0. */
static size_t power_below(size_t n)
{
	return (size_t)1 << (63 - __builtin_clzll(n));
}

/* Linear hashing: buckets at and behind `buckets` are not split off yet from
 * the one that is half the power of two before them. */
static size_t place(const struct hashset *h, uint64_t hash)
{
	size_t power = power_below(h->buckets);
	size_t i = (size_t)hash & (2 * power - 1);

	return i < h->buckets ? i : i - power;
}

static void make_room(struct hashset *h)
{
	if (h->buckets < h->room)
		return;
	h->room = h->room > 0 ? h->room * 2 : BUCKETS_MIN;
	h->bucket = realloc(h->bucket, h->room * sizeof(*h->bucket));
	if (h->bucket == NULL)
		abort();
}

/* One bucket more, with what belongs there. */
static void grow(struct hashset *h)
{
	struct hashset_node *n, *next;
	size_t from;

	make_room(h);
	h->bucket[h->buckets] = NULL;
	from = h->buckets > 0 ? h->buckets - power_below(h->buckets) : 0;
	h->buckets++;
	if (h->buckets == 1)
		return;
	n = h->bucket[from];
	h->bucket[from] = NULL;
	for (; n != NULL; n = next) {
		struct hashset_node **at = &h->bucket[place(h, h->hash(n))];

		next = n->next;
		n->next = *at;
		*at = n;
	}
}

void hashset_add(struct hashset *h, struct hashset_node *n)
{
	struct hashset_node **at;

	if (h->count >= h->buckets)
		grow(h);
	at = &h->bucket[place(h, h->hash(n))];
	n->next = *at;
	*at = n;
	h->count++;
}

void hashset_remove(struct hashset *h, struct hashset_node *n)
{
	struct hashset_node **at = &h->bucket[place(h, h->hash(n))];

	while (*at != n) {
		assert(*at != NULL);
		at = &(*at)->next;
	}
	*at = n->next;
	n->next = NULL;
	h->count--;
	if (h->count == 0)
		hashset_fini(h);
}

struct hashset_node *hashset_chain(const struct hashset *h, uint64_t hash)
{
	return h->count > 0 ? h->bucket[place(h, hash)] : NULL;
}

struct hashset_node *hashset_next(const struct hashset *h,
				  const struct hashset_node *n)
{
	size_t i = 0;

	if (n != NULL && n->next != NULL)
		return n->next;
	if (n != NULL)
		i = place(h, h->hash(n)) + 1;
	while (i < h->buckets && h->bucket[i] == NULL)
		i++;
	return i < h->buckets ? h->bucket[i] : NULL;
}

struct hashset_node *hashset_any(const struct hashset *h)
{
	for (size_t i = h->count > 0 ? h->buckets : 0; i > 0; i--) {
		if (h->bucket[i - 1] != NULL)
			return h->bucket[i - 1];
	}
	return NULL;
}
