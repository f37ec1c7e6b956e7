#include "tests/unit/store_bed.h"

static void two_stores_share_nothing(void **state)
{
	struct bed a, b;

	(void)state;
	bed_init(&a, STORE_MEMORY);
	bed_init(&b, STORE_MEMORY);
	bed_open(&a);
	bed_open(&b);
	bed_put(&a, "key", 0);
	bed_wait(&a, 1);
	assert_int_equal(bed_load(&a, NULL).count, 1);
	assert_int_equal(bed_load(&b, NULL).count, 0);
	/* It forgets. */
	bed_again(&a);
	assert_int_equal(bed_load(&a, NULL).count, 0);
	/* In reverse: the log is the process's own. */
	bed_fini(&b);
	bed_fini(&a);
}

static void a_record_is_replaced_whole(void **state)
{
	struct bed_rows r;
	struct bed b;

	(void)state;
	bed_init(&b, STORE_MEMORY);
	bed_open(&b);
	for (long n = 0; n < 100; n++) {
		bed_put(&b, "key", n);
		bed_wait(&b, (size_t)n + 1);
		r = bed_load(&b, "key");
		assert_int_equal(r.count, 1);
		assert_int_equal(r.expires_at_s, n);
	}
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_stores_share_nothing),
		cmocka_unit_test(a_record_is_replaced_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
