#include "gateway/messages/skills.h"
#include "talk_bed.h"

static void learns_and_remembers(void **state)
{
	struct talk_bed *t = talk_bed_create(10, 1000);
	struct str c = STR("romeo@sip.test");
	const char *why;
	struct skills *s = skills_create(&t->bridge, &why);

	(void)state;
	assert_non_null(s);
	assert_int_equal(skills_get(s, c, SKILL_CPIM), KNOWS_UNKNOWN);
	skills_learn(s, c, SKILL_CPIM, true);
	skills_learn(s, c, SKILL_TYPING, false);
	assert_int_equal(skills_get(s, c, SKILL_CPIM), KNOWS_YES);
	assert_int_equal(skills_get(s, c, SKILL_TYPING), KNOWS_NO);
	assert_int_equal(skills_get(s, c, SKILL_NOTICES), KNOWS_UNKNOWN);
	assert_int_equal(skills_get(s, STR_LIT("x@y"), SKILL_CPIM),
			 KNOWS_UNKNOWN);
	/* A refusal counts at once, and holds. */
	skills_learn(s, c, SKILL_CPIM, false);
	assert_int_equal(skills_get(s, c, SKILL_CPIM), KNOWS_NO);
	skills_learn(s, c, SKILL_CPIM, true);
	assert_int_equal(skills_get(s, c, SKILL_CPIM), KNOWS_NO);
	skills_destroy(&s);
	/* After a restart. */
	talk_bed_settle(t);
	s = skills_create(&t->bridge, &why);
	assert_int_equal(skills_count(s), 1);
	assert_int_equal(skills_get(s, c, SKILL_CPIM), KNOWS_NO);
	assert_int_equal(skills_get(s, c, SKILL_TYPING), KNOWS_NO);
	skills_destroy(&s);
	talk_bed_destroy(&t);
}

static void limit(void **state)
{
	struct talk_bed *t = talk_bed_create(2, 1000);
	const char *why;
	struct skills *s = skills_create(&t->bridge, &why);

	(void)state;
	skills_learn(s, STR_LIT("a@x"), SKILL_CPIM, true);
	skills_learn(s, STR_LIT("b@x"), SKILL_CPIM, true);
	skills_learn(s, STR_LIT("a@x"), SKILL_TYPING, true);
	skills_learn(s, STR_LIT("c@x"), SKILL_CPIM, true);
	/* The one not heard of longest has gone, from the store as well. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(skills_count(s), 2);
		assert_int_equal(skills_get(s, STR_LIT("a@x"), SKILL_CPIM),
				 KNOWS_YES);
		assert_int_equal(skills_get(s, STR_LIT("b@x"), SKILL_CPIM),
				 KNOWS_UNKNOWN);
		skills_destroy(&s);
		talk_bed_settle(t);
		s = skills_create(&t->bridge, &why);
	}
	skills_destroy(&s);
	talk_bed_destroy(&t);
}

static void of_another_version(void **state)
{
	struct talk_bed *t = talk_bed_create(10, 1000);
	const char *why;
	struct skills *s;

	(void)state;
	store_put(t->bridge.store, STORE_SETTING, STR_LIT("skill\ta@x"),
		  STR_LIT("9\tzzz"), INT64_MAX, NULL, NULL);
	store_put(t->bridge.store, STORE_SETTING, STR_LIT("skill\tb@x"),
		  STR_LIT("1\tq7"), INT64_MAX, NULL, NULL);
	store_put(t->bridge.store, STORE_SETTING, STR_LIT("boot"),
		  STR_LIT("1\t7"), 0, NULL, NULL);
	talk_bed_settle(t);
	s = skills_create(&t->bridge, &why);
	assert_non_null(s);
	assert_int_equal(skills_count(s), 0);
	skills_destroy(&s);
	talk_bed_destroy(&t);
}

/* What became too old while nothing ran goes from the store; what is another's
 * stays. */
static void too_old(void **state)
{
	struct talk_bed *t = talk_bed_create(10, 1000);
	const char *why;
	struct skills *s;

	(void)state;
	store_put(t->bridge.store, STORE_SETTING, STR_LIT("skill\ta@x"),
		  STR_LIT("1\ty7"), 1007, NULL, NULL);
	store_put(t->bridge.store, STORE_SETTING, STR_LIT("boot"),
		  STR_LIT("1\t7"), 0, NULL, NULL);
	talk_bed_settle(t);
	s = skills_create(&t->bridge, &why);
	assert_int_equal(skills_count(s), 0);
	talk_bed_settle(t);
	assert_int_equal(talk_bed_rows(t, STORE_SETTING), 1);
	skills_destroy(&s);
	talk_bed_destroy(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_and_remembers),
		cmocka_unit_test(limit),
		cmocka_unit_test(of_another_version),
		cmocka_unit_test(too_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
