#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "gateway/base/hashset.h"

enum { THINGS = 5000 };

struct thing {
	struct hashset_node node;
	uint64_t hash;
};

static uint64_t hash_of(const struct hashset_node *n)
{
	return ((const struct thing *)n)->hash;
}

static int is_in(const struct hashset *h, const struct thing *t)
{
	const struct hashset_node *n = hashset_chain(h, t->hash);

	while (n != NULL && n != &t->node)
		n = n->next;
	return n != NULL;
}

/* How the hashes lie: one behind the other, spread, all the same, and equal
 * where the first places are looked for. */
static uint64_t hash_make(int kind, uint64_t i)
{
	switch (kind) {
	case 0:
		return i;
	case 1:
		return i * UINT64_C(0x9e3779b97f4a7c15);
	case 2:
		return 7;
	default:
		return i << 40;
	}
}

static void test_holds_what_was_added(void **state)
{
	struct thing *things = calloc(THINGS, sizeof(*things));
	struct hashset h;
	size_t n, i, kind;

	(void)state;
	assert_non_null(things);
	for (kind = 0; kind < 4; kind++) {
		n = kind < 2 ? THINGS : 300;
		hashset_init(&h, hash_of);
		assert_null(hashset_chain(&h, 1));
		for (i = 0; i < n; i++) {
			things[i].hash = hash_make((int)kind, i);
			hashset_add(&h, &things[i].node);
			assert_true(is_in(&h, &things[i / 2]));
			assert_int_equal(h.count, i + 1);
		}
		for (i = 0; i < n; i += 2)
			hashset_remove(&h, &things[i].node);
		for (i = 0; i < n; i++)
			assert_int_equal(is_in(&h, &things[i]), i % 2);
		for (i = 1; i < n; i += 2)
			hashset_remove(&h, &things[i].node);
		assert_int_equal(h.count, 0);
		assert_null(h.bucket);
		assert_null(hashset_any(&h));
	}
	free(things);
}

/* With hashes that are spread no chain is long, also between two powers of
 * two, and no bucket is without reason. */
static void test_chains_are_short(void **state)
{
	struct thing *things = calloc(THINGS, sizeof(*things));
	struct hashset h;
	size_t longest = 0, i, n;

	(void)state;
	assert_non_null(things);
	hashset_init(&h, hash_of);
	for (i = 0; i < THINGS; i++) {
		things[i].hash = hash_make(1, i);
		hashset_add(&h, &things[i].node);
	}
	for (i = 0; i < THINGS; i++) {
		const struct hashset_node *c = hashset_chain(&h, (uint64_t)i);

		for (n = 0; c != NULL; c = c->next)
			n++;
		longest = n > longest ? n : longest;
	}
	assert_in_range(longest, 1, 8);
	assert_int_equal(h.buckets, THINGS);
	hashset_fini(&h);
	free(things);
}

static void test_any_empties_it(void **state)
{
	struct thing things[40] = { 0 };
	struct hashset_node *n;
	struct hashset h;
	size_t i, count = 0;

	(void)state;
	hashset_init(&h, hash_of);
	for (i = 0; i < 40; i++) {
		things[i].hash = i * 3;
		hashset_add(&h, &things[i].node);
	}
	for (n = hashset_next(&h, NULL); n != NULL; n = hashset_next(&h, n))
		count++;
	assert_int_equal(count, 40);
	count = 0;
	while ((n = hashset_any(&h)) != NULL) {
		hashset_remove(&h, n);
		count++;
	}
	assert_int_equal(count, 40);
	assert_null(hashset_next(&h, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_what_was_added),
		cmocka_unit_test(test_chains_are_short),
		cmocka_unit_test(test_any_empties_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
