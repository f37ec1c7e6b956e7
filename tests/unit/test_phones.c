#include "gateway/phones/phones.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* RFC 3261 §16.7 item 6. */
static void better(void **state)
{
	static const struct {
		int x, y, best;
	} cases[] = {
		{ 0, 486, 486 },   { 486, 0, 486 },   { 486, 603, 603 },
		{ 603, 404, 603 }, { 500, 404, 404 }, { 404, 500, 404 },
		{ 302, 404, 302 }, { 480, 486, 480 }, { 486, 480, 486 },
		{ 486, 415, 415 }, { 415, 486, 415 }, { 407, 404, 407 },
		{ 503, 408, 408 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(phones_better(cases[i].x, cases[i].y),
				 cases[i].best);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(better) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
