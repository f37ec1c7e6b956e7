#include "mapping/fate.h"

#include <setjmp.h>
#include "doctable.h"

#define DOCS STOX_SOURCE_DIR "/docs/mapping.md"

static const struct {
	int status;
	bool has_retry_after, is_404_away;
	enum fate fate;
} rows[] = {
	{ 200, false, false, FATE_TAKEN },
	{ 299, false, false, FATE_TAKEN },
	{ 300, false, false, FATE_REFUSED },
	{ 202, false, false, FATE_TAKEN },
	{ 302, false, false, FATE_REFUSED },
	{ 400, true, false, FATE_REFUSED },
	{ 403, true, true, FATE_REFUSED },
	{ 404, true, false, FATE_REFUSED },
	{ 404, false, true, FATE_AWAY },
	{ 408, false, false, FATE_AWAY },
	{ 413, false, false, FATE_REFUSED },
	{ 413, true, false, FATE_AWAY },
	{ 415, true, false, FATE_REFUSED },
	{ 480, false, false, FATE_AWAY },
	{ 482, true, false, FATE_REFUSED },
	{ 486, false, false, FATE_AWAY },
	{ 500, false, false, FATE_REFUSED },
	{ 500, true, false, FATE_AWAY },
	{ 503, false, false, FATE_AWAY },
	{ 513, true, false, FATE_REFUSED },
	{ 600, false, false, FATE_REFUSED },
	{ 603, false, false, FATE_REFUSED },
	{ 604, true, true, FATE_REFUSED },
};

static void is_as_expected(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(fate_of(rows[i].status,
					 rows[i].has_retry_after,
					 rows[i].is_404_away),
				 rows[i].fate);
}

static void is_as_the_manual_says(void **state)
{
	struct doctable t;
	struct fate_row row;

	(void)state;
	doctable_open(&t, DOCS, "#### Who is away");
	for (unsigned i = 0; fate_row(i, &row); i++)
		doctable_row(&t, "| %d | %s |", row.status,
			     row.needs_retry_after ? "with Retry-After"
						   : "yes");
	doctable_row(&t, "| 404 | where `not_found_is_away` says so |");
	doctable_end(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_as_expected),
		cmocka_unit_test(is_as_the_manual_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
