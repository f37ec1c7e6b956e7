#include "sip/slabs.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_take(void **state)
{
	struct slabs s = { 0 };
	void *a = slabs_take(&s), *b = slabs_take(&s);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_int_equal((uintptr_t)a % 4096, 0);
	memset(a, 1, SLAB_BYTES);
	memset(b, 2, SLAB_BYTES);
	assert_false(slabs_trim(&s, 0));
	slabs_give(&s, a);
	assert_int_equal(s.spare_count, 1);
	assert_ptr_equal(slabs_take(&s), a);
	assert_int_equal(s.spare_count, 0);
	slabs_give(&s, a);
	slabs_give(&s, b);
	assert_int_equal(s.spare_count, 2);
	assert_true(slabs_trim(&s, 1));
	assert_false(slabs_trim(&s, 1));
	assert_int_equal(s.spare_count, 1);
	assert_true(slabs_trim(&s, 0));
	assert_null(s.spare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
