#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "gateway/base/pool.h"

enum { MANY = 3 * POOL_KEEP };

static const size_t sizes[] = {
	1, 8, 127, 128, 129, 1000, POOL_MAX_BYTES, POOL_MAX_BYTES + 1, 100000
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void fill(unsigned char *p, size_t n, unsigned value)
{
	memset(p, (int)(value & 0xff), n);
}

static void assert_filled(const unsigned char *p, size_t n, unsigned value)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], value & 0xff);
}

/* More at once than are kept, in and out of order, twice: none shares a byte
 * with another one. */
static void test_apart(void **state)
{
	unsigned char *blocks[MANY];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			size_t n = sizes[i % COUNT(sizes)];

			blocks[i] = pool_take(n);
			assert_int_equal((uintptr_t)blocks[i] % 16, 0);
			fill(blocks[i], n, i);
		}
		for (unsigned i = 0; i < MANY; i++) {
			unsigned k = i * 7 % MANY; /* MANY has no 7 in it */
			size_t n = sizes[k % COUNT(sizes)];

			assert_filled(blocks[k], n, k);
			pool_give(blocks[k], n);
		}
	}
}

static void test_cleared(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		unsigned char *p = pool_take(sizes[i]);

		fill(p, sizes[i], 0xff);
		pool_give(p, sizes[i]);
		p = pool_zero(sizes[i]);
		assert_filled(p, sizes[i], 0);
		pool_give(p, sizes[i]);
	}
}

static void test_none(void **state)
{
	(void)state;
	pool_give(NULL, 0);
	pool_give(NULL, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
