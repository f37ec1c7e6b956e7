#include "sip/generation.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <cmocka.h>

enum { MANY = 300000, FAULTS_MAX = 32 };

static struct seen seen(uint64_t hash, uint16_t status)
{
	return (struct seen){ .hash = hash,
			      .check = (uint32_t)(hash >> 7),
			      .status = status };
}

static uint64_t random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void pool_empty(struct slabs *pool)
{
	while (slabs_trim(pool, 0))
		;
}

static void count_one(void *arg, const struct seen *e)
{
	unsigned *n = arg;

	assert_int_equal(e->status, SEEN_PENDING);
	++*n;
}

static unsigned pending(const struct generation *g)
{
	unsigned n = 0;

	generation_pending(g, count_one, &n);
	return n;
}

static void test_one(void **state)
{
	struct slabs pool = { 0 };
	struct generation g;
	struct seen e = seen(42, SEEN_PENDING), other;
	uint32_t check = e.check, wrong = check + 1;

	(void)state;
	generation_init(&g, &pool, NULL, 0);
	assert_int_equal(generation_find(&g, 42, NULL), 0);
	assert_int_equal(generation_bytes(&g), 0);
	assert_int_equal(pending(&g), 0);
	assert_true(generation_add(&g, &e));
	assert_int_equal(generation_find(&g, 42, NULL), 1);
	assert_int_equal(generation_find(&g, 42, &check), 1);
	assert_int_equal(generation_find(&g, 42, &wrong), 0);
	assert_int_equal(generation_find(&g, 43, NULL), 0);
	assert_int_equal(pending(&g), 1);
	e.status = 202;
	e.retry_after_s = 7;
	generation_set(&g, 1, &e);
	assert_int_equal(pending(&g), 0);
	assert_int_equal(generation_get(&g, 1)->status, 202);
	assert_int_equal(generation_get(&g, 1)->retry_after_s, 7);
	/* the same slot, another group of bits that does not count there */
	other = seen(42 | UINT64_C(1) << 60, SEEN_PENDING);
	assert_true(generation_add(&g, &other));
	assert_int_equal(generation_find(&g, other.hash, NULL), 2);
	assert_int_equal(generation_find(&g, 42, NULL), 1);
	generation_kill(&g, 1);
	assert_int_equal(generation_find(&g, 42, NULL), 0);
	assert_int_equal(g.dead, 1);
	generation_kill(&g, 2);
	assert_int_equal(pending(&g), 0);
	generation_clear(&g);
	assert_int_equal(pool.spare_count, 1);
	assert_int_equal(generation_find(&g, 42, NULL), 0);
	pool_empty(&pool);
}

static void fill(struct generation *g, unsigned n)
{
	uint64_t x = 88172645463325252U;

	for (unsigned i = 0; i < n; i++) {
		struct seen e = seen(random_next(&x),
				     i % 1000 == 0 ? SEEN_PENDING : 200);

		if (!generation_add(g, &e))
			fail();
	}
}

static void look(const struct generation *g, unsigned n)
{
	uint64_t x = 88172645463325252U;
	unsigned wrong = 0;

	for (unsigned i = 0; i < n; i++)
		wrong += generation_find(g, random_next(&x), NULL) != i + 1;
	for (unsigned i = 0; i < n; i++)
		wrong += generation_find(g, random_next(&x), NULL) != 0;
	assert_int_equal(wrong, 0);
	assert_int_equal(pending(g), (n + 999) / 1000);
}

/* Each is found at every size, and the next one that is like it begins with
 * groups of its own in the memory that the first gave back. */
static void test_many(void **state)
{
	const unsigned sizes[] = { 1, 2, 256, 257, 866, 867, 868, 5000, MANY };
	struct slabs pool = { 0 };
	struct generation g, next;
	size_t slabs;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		generation_init(&g, &pool, NULL, 0);
		fill(&g, sizes[i]);
		look(&g, sizes[i]);
		slabs = g.slab_count;
		if (sizes[i] == MANY)
			break;
		generation_clear(&g);
		pool_empty(&pool);
	}
	print_message("%d entries: %.1f bytes each\n", MANY,
		      (double)generation_bytes(&g) / MANY);
	assert_in_range(generation_bytes(&g) / MANY, 20, 26);
	generation_init(&next, &pool, &g, slabs);
	generation_clear(&g);
	assert_int_equal(pool.spare_count, slabs);
	assert_true(next.depth > 0);
	fill(&next, MANY);
	look(&next, MANY);
	assert_true(pool.spare_count <= 1);
	generation_clear(&next);
	/* without the memory it begins small */
	generation_init(&g, &pool, &next, 0);
	assert_int_equal(g.depth, 0);
	generation_clear(&g);
	pool_empty(&pool);
}

static long faults(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt;
}

/* None has to wait for memory that is for thousands. */
static void test_growth(void **state)
{
	struct slabs pool = { 0 };
	struct generation g;
	uint64_t x = 88172645463325252U;
	long most = 0;

	(void)state;
	generation_init(&g, &pool, NULL, 0);
	for (unsigned i = 0; i < MANY; i++) {
		struct seen e = seen(random_next(&x), 200);
		long before = faults();

		assert_true(generation_add(&g, &e));
		if (faults() - before > most)
			most = faults() - before;
	}
	print_message("%ld pages at once at most\n", most);
	assert_in_range(most, 1, FAULTS_MAX);
	generation_clear(&g);
	pool_empty(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
