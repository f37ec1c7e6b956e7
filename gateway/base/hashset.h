#ifndef STOX_BASE_HASHSET_H
#define STOX_BASE_HASHSET_H
#include <stddef.h>
#include <stdint.h>

/* A hash table of things that there may be a million of: each has one pointer
 * for it (56 bytes with uthash), and it grows by a bucket with each of them, so
 * that no insertion is a long one. For everything else there is table.h. The
 * rule is the same: keys come from strangers, so hashes are those of keyed.h.
 */
struct hashset_node { /* embedded in what is in it */
	struct hashset_node *next;
};
/* The same that it was added with. */
typedef uint64_t hashset_hash_fn(const struct hashset_node *n);

struct hashset {
	struct hashset_node **bucket; /* owned */
	size_t buckets, room, count;
	hashset_hash_fn *hash;
};

void hashset_init(struct hashset *h, hashset_hash_fn *hash);
/* What is in it is left to itself. */
void hashset_fini(struct hashset *h);
void hashset_add(struct hashset *h, struct hashset_node *n);
/* n is in it. */
void hashset_remove(struct hashset *h, struct hashset_node *n);
/* The chain that holds what has that hash, among others; NULL: nothing has. */
struct hashset_node *hashset_chain(const struct hashset *h, uint64_t hash);
/* One after the other, in no order; NULL before the first and behind the last.
 * What was added meanwhile may be left out or come twice; n is still in it. */
struct hashset_node *hashset_next(const struct hashset *h,
				  const struct hashset_node *n);
/* One of those in it, whichever; NULL when it is empty. For emptying it. */
struct hashset_node *hashset_any(const struct hashset *h);

#endif
