#include "sip/ration.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { SEATS = 4 };

static struct room_seat seats[SEATS];
static int turns[SEATS], turn_count;

static void on_turn(struct room_seat *seat)
{
	assert_false(room_is_taken(seat));
	turns[turn_count++] = (int)(seat - seats);
}

static void test_ration(void **state)
{
	const struct str a = STR_LIT("a"), b = STR_LIT("b");
	struct rations r;

	(void)state;
	rations_init(&r, on_turn);
	r.max = 2;
	assert_null(ration_find(&r, a));
	assert_true(ration_take(&r, a, &seats[0]));
	assert_true(ration_take(&r, a, &seats[0]));
	for (int i = 1; i < SEATS; i++)
		assert_false(ration_take(&r, a, &seats[i]));
	assert_true(ration_take(&r, b, &seats[0])); /* not held up by a */
	assert_int_equal(turn_count, 0);
	/* One ends, the next goes: in order, never more than two. */
	ration_leave(ration_find(&r, a));
	assert_int_equal(turn_count, 1);
	assert_int_equal(turns[0], 1);
	assert_int_equal(ration_find(&r, a)->running, 2);
	/* One that waits no longer. */
	assert_true(room_is_taken(&seats[2]));
	ration_drop(ration_find(&r, a), &seats[2]);
	assert_false(room_is_taken(&seats[2]));
	ration_leave(ration_find(&r, a));
	assert_int_equal(turns[1], 3);
	/* Whoever has nothing here costs nothing. */
	ration_leave(ration_find(&r, a));
	ration_leave(ration_find(&r, a));
	assert_null(ration_find(&r, a));
	assert_int_equal(turn_count, 2);
	ration_leave(ration_find(&r, b));
	assert_int_equal(r.all.count, 0);
	/* No limit. */
	r.max = 0;
	for (int i = 0; i < 10; i++)
		assert_true(ration_take(&r, a, &seats[0]));
	rations_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ration) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
