#include "gateway/base/lull.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { START_NS = 77000000, SECOND_NS = 1000000000 };

/* Turns for that long, each rate messages a second apart; as the loop does,
 * none begins before it may. Returns how many there were. */
static unsigned run(struct lull *u, uint64_t *now_ns, uint64_t rate,
		    uint64_t long_ns)
{
	uint64_t end_ns = *now_ns + long_ns, each_ns = SECOND_NS / rate;
	uint64_t came_ns = *now_ns;
	unsigned turns = 0;

	while (*now_ns < end_ns) {
		uint64_t until_ns = lull_until_ns(u);

		*now_ns = came_ns + each_ns;
		if (*now_ns < until_ns)
			*now_ns = until_ns;
		lull_turn(u, *now_ns);
		turns++;
		for (; came_ns + each_ns <= *now_ns; came_ns += each_ns)
			lull_count(u);
	}
	return turns;
}

static void lone_messages_do_not_wait(void **state)
{
	static const uint64_t rates[] = { 1, 100, 1000, 5000, 9900 };
	uint64_t now_ns = START_NS;
	struct lull u = { .since_ns = now_ns };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint64_t end_ns = now_ns + SECOND_NS;

		while (now_ns < end_ns) {
			now_ns += SECOND_NS / rates[i];
			lull_turn(&u, now_ns);
			lull_count(&u);
			assert_int_equal(lull_until_ns(&u), 0);
		}
	}
}

static void many_share_a_turn(void **state)
{
	static const struct {
		uint64_t rate;
		unsigned min, max; /* turns of a second */
	} rows[] = {
		{ 12000, 1900, 2100 }, /* the longest gap: 2,000 */
		{ 40000, 1900, 2100 },
		{ 55000, 2200, 2500 },	/* by messages: 2,292 */
		{ 100000, 4000, 4500 }, /* 4,167 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t now_ns = START_NS;
		struct lull u = { .since_ns = now_ns };
		unsigned turns;

		run(&u, &now_ns, rows[i].rate, (uint64_t)10 * LULL_WINDOW_NS);
		turns = run(&u, &now_ns, rows[i].rate, SECOND_NS);
		assert_in_range(turns, rows[i].min, rows[i].max);
	}
}

/* The next turn has its place from the beginning of the last: who works longer
 * than that does not rest. */
static void gap_is_from_begin_to_begin(void **state)
{
	uint64_t now_ns = START_NS;
	struct lull u = { .since_ns = now_ns };

	(void)state;
	run(&u, &now_ns, 20000, (uint64_t)10 * LULL_WINDOW_NS);
	lull_turn(&u, now_ns += LULL_MAX_NS);
	assert_int_equal(lull_until_ns(&u), now_ns + LULL_MAX_NS);
}

static void quiet_again_at_once(void **state)
{
	uint64_t now_ns = START_NS;
	struct lull u = { .since_ns = now_ns };

	(void)state;
	run(&u, &now_ns, 50000, (uint64_t)10 * LULL_WINDOW_NS);
	assert_true(lull_until_ns(&u) > now_ns);
	/* The first behind a pause waits for nothing, nor the next. */
	lull_turn(&u, now_ns += SECOND_NS);
	lull_count(&u);
	assert_int_equal(lull_until_ns(&u), 0);
	lull_turn(&u, now_ns + 1000);
	assert_int_equal(lull_until_ns(&u), 0);
}

/* Who reads in portions gets no further by waiting. */
static void who_is_behind_does_not_rest(void **state)
{
	uint64_t now_ns = START_NS;
	struct lull u = { .since_ns = now_ns };

	(void)state;
	run(&u, &now_ns, 50000, (uint64_t)10 * LULL_WINDOW_NS);
	u.is_behind = true;
	assert_int_equal(lull_until_ns(&u), 0);
	lull_turn(&u, now_ns += 1000);
	assert_true(lull_until_ns(&u) > now_ns);
}

static void from_the_first_moment(void **state)
{
	struct lull u = { .since_ns = 0 };

	(void)state;
	assert_int_equal(lull_until_ns(&u), 0);
	lull_turn(&u, (uint64_t)1 << 62); /* up since long ago */
	assert_int_equal(lull_until_ns(&u), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lone_messages_do_not_wait),
		cmocka_unit_test(many_share_a_turn),
		cmocka_unit_test(gap_is_from_begin_to_begin),
		cmocka_unit_test(quiet_again_at_once),
		cmocka_unit_test(who_is_behind_does_not_rest),
		cmocka_unit_test(from_the_first_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
