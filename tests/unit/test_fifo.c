#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sip/fifo.h"

/* Adds and takes in odd sizes; what comes out is what went in, in order. */
static void keeps_order(void **state)
{
	struct fifo f = { 0 };
	unsigned char in = 0, out = 0, chunk[700];
	size_t waiting = 0, n;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		n = (size_t)(round * 7919 % 700);
		for (size_t i = 0; i < n; i++)
			chunk[i] = in++;
		fifo_add(&f, chunk, n);
		waiting += n;
		assert_int_equal(fifo_bytes(&f), waiting);
		n = (size_t)(round * 104729 % 720);
		if (n > waiting)
			n = waiting;
		for (size_t i = 0; i < n; i++)
			assert_int_equal(fifo_head(&f)[i], out++);
		fifo_take(&f, n);
		waiting -= n;
	}
	fifo_fini(&f);
}

static void does_not_grow_without_need(void **state)
{
	struct fifo f = { 0 };
	char bytes[1000] = { 0 };

	(void)state;
	fifo_add(&f, bytes, sizeof(bytes));
	for (int i = 0; i < 100000; i++) {
		fifo_add(&f, bytes, sizeof(bytes));
		fifo_take(&f, sizeof(bytes));
	}
	assert_int_equal(fifo_bytes(&f), sizeof(bytes));
	assert_true(f.cap <= 8192);
	fifo_fini(&f);
}

static void trims_only_when_empty(void **state)
{
	struct fifo f = { 0 };
	char bytes[20000] = { 0 };

	(void)state;
	fifo_add(&f, bytes, sizeof(bytes));
	fifo_trim(&f, 4096);
	assert_int_equal(fifo_bytes(&f), sizeof(bytes));
	fifo_take(&f, sizeof(bytes));
	fifo_trim(&f, f.cap);
	assert_non_null(f.p);
	fifo_trim(&f, 4096);
	assert_null(f.p);
	fifo_add(&f, "x", 1);
	assert_int_equal(*fifo_head(&f), 'x');
	fifo_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order),
		cmocka_unit_test(does_not_grow_without_need),
		cmocka_unit_test(trims_only_when_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
