#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/presence/attendance.h"

#define A STR_LIT("a@x")

enum { ANSWER = ATTENDANCE_ANSWER_MS, FRESH = ATTENDANCE_FRESH_MS };

/* One probe a minute serves all that ask. */
static void test_asked_once(void **state)
{
	struct attendance *t = NULL;

	(void)state;
	assert_int_equal(attendance_look(&t, A, 5), ATTENDANCE_ASK);
	assert_int_equal(attendance_look(&t, A, 6), ATTENDANCE_WAIT);
	assert_int_equal(attendance_look(&t, STR_LIT("b@x"), 6),
			 ATTENDANCE_ASK);
	assert_false(attendance_is_away(t, A));
	assert_false(attendance_is_away(t, STR_LIT("c@x")));
	attendance_heard(t, A, ATTENDANCE_AWAY, 7);
	assert_true(attendance_is_away(t, A));
	attendance_heard(t, A, ATTENDANCE_HERE, 7);
	assert_false(attendance_is_away(t, A));
	assert_int_equal(attendance_look(&t, A, 5 + FRESH - 1),
			 ATTENDANCE_HERE);
	assert_int_equal(attendance_look(&t, A, 5 + FRESH), ATTENDANCE_ASK);
	attendance_fini(&t);
	assert_null(t);
}

static void test_silence_is_not_known(void **state)
{
	struct attendance *t = NULL;

	(void)state;
	assert_int_equal(attendance_look(&t, A, 5), ATTENDANCE_ASK);
	assert_int_equal(attendance_look(&t, A, 5 + ANSWER - 1),
			 ATTENDANCE_WAIT);
	assert_int_equal(attendance_look(&t, A, 5 + ANSWER),
			 ATTENDANCE_UNKNOWN);
	attendance_heard(t, A, ATTENDANCE_AWAY, 5 + ANSWER); /* late */
	assert_int_equal(attendance_look(&t, A, 5 + ANSWER), ATTENDANCE_AWAY);
	attendance_fini(&t);
}

/* A resource that is there counts more than one that is not. */
static void test_several_answers(void **state)
{
	static const enum attendance_word words[] = { ATTENDANCE_AWAY,
						      ATTENDANCE_UNKNOWN,
						      ATTENDANCE_HERE,
						      ATTENDANCE_AWAY };
	struct attendance *t = NULL;
	size_t i;

	(void)state;
	attendance_look(&t, A, 0);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		attendance_heard(t, A, words[i], i);
	assert_int_equal(attendance_look(&t, A, 9), ATTENDANCE_HERE);
	/* Later it is news. */
	attendance_heard(t, A, ATTENDANCE_AWAY, ANSWER);
	assert_int_equal(attendance_look(&t, A, ANSWER), ATTENDANCE_AWAY);
	attendance_fini(&t);
}

static void test_forgotten(void **state)
{
	struct attendance *t = NULL;

	(void)state;
	attendance_heard(t, A, ATTENDANCE_AWAY, 0); /* nobody asked */
	attendance_forget(&t, A);
	assert_null(t);
	attendance_look(&t, A, 0);
	attendance_forget(&t, A);
	assert_null(t);
	assert_int_equal(attendance_look(&t, A, 1), ATTENDANCE_ASK);
	attendance_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked_once),
		cmocka_unit_test(test_silence_is_not_known),
		cmocka_unit_test(test_several_answers),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
