#include "mapping/compose.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct pidf_tuple tuple(const char *id, enum basic basic)
{
	return (struct pidf_tuple){ .id = str_z(id), .basic = basic };
}

static void tuples(void **state)
{
	struct pidf_tuple a = tuple("a", BASIC_OPEN),
			  b = tuple("b", BASIC_CLOSED),
			  again = tuple("a", BASIC_CLOSED);
	struct pidf docs[2] = { { .entity = STR("e"), .tuples = &a },
				{ .tuples = &again } };
	struct pidf out;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	again.next = &b;
	compose_documents(&arena, docs, 2, &out);
	/* The newest of each id; the documents stay as they are. */
	assert_true(str_eqz(out.entity, "e"));
	assert_true(str_eqz(out.tuples->id, "a"));
	assert_int_equal(out.tuples->basic, BASIC_OPEN);
	assert_true(str_eqz(out.tuples->next->id, "b"));
	assert_null(out.tuples->next->next);
	assert_null(a.next);
	compose_documents(&arena, docs, 0, &out);
	assert_null(out.tuples);
	arena_fini(&arena);
}

static void limit(void **state)
{
	struct pidf docs[PIDF_TUPLES_MAX + 5];
	struct pidf out;
	struct arena a;
	size_t n = 0;

	(void)state;
	arena_init(&a, 1024);
	for (int i = 0; i < PIDF_TUPLES_MAX + 5; i++) {
		struct pidf_tuple *t = arena_new(&a, struct pidf_tuple);

		*t = (struct pidf_tuple){ .id = str_fmt(&a, "t%d", i) };
		docs[i] = (struct pidf){ .tuples = t };
	}
	compose_documents(&a, docs, PIDF_TUPLES_MAX + 5, &out);
	for (const struct pidf_tuple *t = out.tuples; t != NULL; t = t->next)
		n++;
	assert_int_equal(n, PIDF_TUPLES_MAX);
	arena_fini(&a);
}

/* The newest that says anything of the person. */
static void person(void **state)
{
	struct pidf docs[3] = {
		{ .entity = STR("e") },
		{ .activities = ACTIVITY_BUSY },
		{ .activities = ACTIVITY_AWAY, .is_idle = true },
	};
	struct pidf out;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	compose_documents(&a, docs, 3, &out);
	assert_int_equal(out.activities, ACTIVITY_BUSY);
	assert_false(out.is_idle);
	compose_documents(&a, docs + 2, 1, &out);
	assert_int_equal(out.activities, ACTIVITY_AWAY);
	assert_true(out.is_idle);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tuples),
		cmocka_unit_test(limit),
		cmocka_unit_test(person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
