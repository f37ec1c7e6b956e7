#include "bed.h"
#include "sip/sources.h"

static void counts_by_address(void **state)
{
	static const struct {
		const char *host;
		unsigned port, want;
	} cases[] = {
		{ "192.0.2.1", 1, 1 },		 { "192.0.2.1", 2, 2 },
		{ "192.0.2.2", 1, 1 },		 { "2001:db8:0:1::1", 1, 1 },
		{ "2001:db8:0:1:ffff::", 1, 2 }, { "2001:db8:0:2::1", 1, 1 },
	};
	enum { COUNT = sizeof(cases) / sizeof(cases[0]) };
	struct source *table = NULL, *got[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		union endpoint e = bed_at(cases[i].host, cases[i].port);

		got[i] = sources_enter(&table, &e);
		assert_int_equal(got[i]->count, cases[i].want);
	}
	assert_int_equal(HASH_COUNT(table), 4);
	for (size_t i = 0; i < COUNT; i++)
		sources_leave(&table, got[i]);
	assert_null(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
