#include "gateway/messages/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Who waits has a letter and a number: A1 is the first of source A. */
enum { MOST = 200 };
static struct {
	struct turns t;
	struct {
		struct turn turn;
		char name[8];
	} who[MOST];
	size_t count;
} W;

static int set_up(void **state)
{
	(void)state;
	memset(&W, 0, sizeof(W));
	return 0;
}

static struct turn *wait_for(const char *name)
{
	struct turn *e = &W.who[W.count].turn;

	assert_in_range(W.count, 0, MOST - 1);
	strncpy(W.who[W.count].name, name, sizeof(W.who[0].name) - 1);
	W.count++;
	turns_wait(&W.t, e, (struct str){ name, 1 }, 10);
	return e;
}

static const char *name_of(const struct turn *e)
{
	for (size_t i = 0; i < W.count; i++)
		if (&W.who[i].turn == e)
			return W.who[i].name;
	return "?";
}

/* All go. */
static void assert_order(const char *expected)
{
	char got[MOST * 9] = "";
	struct turn *e;

	while ((e = turns_first(&W.t)) != NULL) {
		if (got[0] != '\0')
			strcat(got, " ");
		strcat(got, name_of(e));
		turns_pass(&W.t);
	}
	assert_string_equal(got, expected);
	assert_int_equal(W.t.count, 0);
	assert_int_equal(W.t.bytes, 0);
	assert_null(W.t.by_source);
	assert_null(W.t.order);
}

static void test_one_source(void **state)
{
	(void)state;
	assert_null(turns_first(&W.t));
	wait_for("A1");
	wait_for("A2");
	wait_for("A3");
	assert_int_equal(W.t.count, 3);
	assert_int_equal(W.t.bytes, 30);
	assert_order("A1 A2 A3");
}

static void test_several(void **state)
{
	(void)state;
	wait_for("A1");
	wait_for("A2");
	wait_for("A3");
	wait_for("A4");
	wait_for("B1");
	wait_for("C1");
	wait_for("C2");
	assert_order("A1 B1 C1 A2 C2 A3 A4");
}

/* A source that comes later waits for one turn of each. */
static void test_later(void **state)
{
	(void)state;
	wait_for("A1");
	wait_for("A2");
	wait_for("B1");
	turns_pass(&W.t);
	wait_for("C1");
	wait_for("B2");
	assert_order("B1 A2 C1 B2");
}

static void test_leave(void **state)
{
	struct turn *a1, *a3, *b1;

	(void)state;
	a1 = wait_for("A1");
	wait_for("A2");
	a3 = wait_for("A3");
	b1 = wait_for("B1");
	wait_for("C1");
	turn_leave(a1);
	turn_leave(a1);
	turn_leave(b1);
	turn_leave(a3);
	assert_int_equal(W.t.count, 2);
	assert_int_equal(W.t.bytes, 20);
	assert_order("A2 C1");
	turn_leave(a3); /* long gone */
}

static void test_share(void **state)
{
	static const struct {
		const char *source;
		size_t left, left_bytes;
		bool has;
	} rows[] = {
		{ "A", 6, 1000, true },	 { "A", 5, 1000, false },
		{ "A", 1000, 51, true }, { "A", 1000, 50, false },
		{ "B", 1, 1000, true },	 { "B", 0, 1000, false },
		{ "N", 1, 1, true },	 { "N", 0, 1000, false },
		{ "N", 1000, 0, false },
	};

	(void)state;
	for (int i = 0; i < 40; i++)
		wait_for("A");
	wait_for("B");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(turns_has_share(&W.t, str_z(rows[i].source),
						 rows[i].left,
						 rows[i].left_bytes),
				 rows[i].has);
	while (turns_first(&W.t) != NULL)
		turns_pass(&W.t);
}

/* However many come: one alone has nearly all of it, and of two the second has
 * room, at once, and as much as the first in the end. */
static void test_shares_in_time(void **state)
{
	enum { ROOM = 90 };
	size_t a, b = 0;

	(void)state;
	for (a = 0; turns_has_share(&W.t, STR_LIT("A"), ROOM - W.t.count, 9999);
	     a++)
		wait_for("A");
	assert_int_equal(a, 80);
	for (int i = 0; i < ROOM; i++) {
		turns_pass(&W.t); /* one goes, and both want its place */
		if (turns_has_share(&W.t, STR_LIT("B"), ROOM - W.t.count, 9999))
			wait_for("B"), b++;
		if (turns_has_share(&W.t, STR_LIT("A"), ROOM - W.t.count, 9999))
			wait_for("A");
		assert_in_range(W.t.count, 1, ROOM);
	}
	assert_in_range(b, 45, ROOM);
	while (turns_first(&W.t) != NULL)
		turns_pass(&W.t);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, set_up)
	const struct CMUnitTest tests[] = {
		TEST(test_one_source), TEST(test_several),
		TEST(test_later),      TEST(test_leave),
		TEST(test_share),      TEST(test_shares_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
