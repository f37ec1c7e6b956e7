#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/presence/tally.h"

static void test_counts_each_name(void **state)
{
	static const struct {
		char op;
		const char *name;
		unsigned count, names; /* of that name, of all, afterwards */
	} steps[] = {
		{ '?', "a", 0, 0 }, { '+', "a", 1, 1 }, { '+', "a", 2, 1 },
		{ '+', "b", 1, 2 }, { '?', "a", 2, 2 }, { '-', "a", 1, 2 },
		{ '-', "a", 0, 1 }, { '?', "", 0, 1 },	{ '+', "", 1, 2 },
		{ '-', "", 0, 1 },  { '-', "b", 0, 0 },
	};
	struct tally t = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct str name = str_z(steps[i].name);

		if (steps[i].op == '+')
			tally_add(&t, name);
		if (steps[i].op == '-')
			tally_drop(&t, name);
		assert_int_equal(tally_count(&t, name), steps[i].count);
		assert_int_equal(tally_names(&t), steps[i].names);
	}
}

static void test_fini_gives_all_back(void **state)
{
	struct tally t = { 0 };

	(void)state;
	tally_fini(&t);
	tally_add(&t, STR_LIT("a"));
	tally_add(&t, STR_LIT("b"));
	tally_fini(&t);
	assert_int_equal(tally_names(&t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_each_name),
		cmocka_unit_test(test_fini_gives_all_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
