#include "gateway/base/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { START_MS = 1234567 };

static struct wheel *wheel_create(uint64_t now_ms)
{
	struct wheel *w = malloc(sizeof(*w));

	assert_non_null(w);
	wheel_init(w, now_ms);
	return w;
}

static void wheel_destroy(struct wheel *w)
{
	wheel_fini(w);
	free(w);
}

static void add(struct wheel *w, struct loop_timer *t, uint64_t due_ms)
{
	t->due_ms = due_ms;
	wheel_add(w, t);
}

/* Follows wheel_next_ms as the loop does, until t comes out: the time. */
static uint64_t run_until(struct wheel *w, const struct loop_timer *t)
{
	for (int i = 0; i < 100000; i++) {
		uint64_t next = wheel_next_ms(w);
		const struct loop_timer *due;

		assert_true(next != WHEEL_NEVER);
		wheel_advance(w, next);
		while ((due = wheel_take(w)) != NULL) {
			if (due == t)
				return next;
		}
	}
	fail();
	return 0;
}

static void comes_out_in_time(void **state)
{
	static const uint64_t delays[] = {
		1,	  2,	    9,	      10,	11,
		500,	  40949,    40950,    40951,	40960,
		40970,	  81920,    81930,    3600000,	10000000,
		10444800, 10485760, 10485770, 86400000, 864000000
	};

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		for (uint64_t start = START_MS; start < START_MS + 200000;
		     start += 10007) {
			struct wheel *w = wheel_create(start);
			struct loop_timer t = { 0 };
			uint64_t at;

			add(w, &t, start + delays[i]);
			at = run_until(w, &t);
			assert_true(at >= t.due_ms);
			assert_true(at < t.due_ms + WHEEL_TICK_MS);
			assert_true(wheel_next_ms(w) == WHEEL_NEVER);
			wheel_destroy(w);
		}
	}
}

static void not_before_it_is_due(void **state)
{
	struct wheel *w = wheel_create(START_MS);
	struct loop_timer t = { 0 };

	(void)state;
	add(w, &t, START_MS + 25);
	for (uint64_t now = START_MS; now < START_MS + 25; now++) {
		wheel_advance(w, now);
		assert_null(wheel_take(w));
	}
	wheel_advance(w, START_MS + 35);
	assert_ptr_equal(wheel_take(w), &t);
	assert_null(wheel_take(w));
	wheel_destroy(w);
}

static void nothing_waits_for_nothing(void **state)
{
	struct wheel *w = wheel_create(START_MS);

	(void)state;
	assert_true(wheel_next_ms(w) == WHEEL_NEVER);
	wheel_advance(w, START_MS + 1000000000);
	assert_null(wheel_take(w));
	/* Time never goes back. */
	wheel_advance(w, START_MS);
	assert_true(wheel_next_ms(w) == WHEEL_NEVER);
	wheel_destroy(w);
}

static void at_once_is_the_next_advance(void **state)
{
	struct wheel *w = wheel_create(START_MS);
	struct loop_timer a = { 0 }, b = { 0 }, past = { 0 };

	(void)state;
	add(w, &a, 0);
	add(w, &past, START_MS - 500);
	assert_int_equal(wheel_next_ms(w), 0);
	assert_null(wheel_take(w));
	wheel_advance(w, START_MS);
	assert_ptr_equal(wheel_take(w), &a);
	/* One that is added while others come out waits for its turn. */
	add(w, &b, 0);
	assert_ptr_equal(wheel_take(w), &past);
	assert_null(wheel_take(w));
	wheel_advance(w, START_MS);
	assert_ptr_equal(wheel_take(w), &b);
	wheel_destroy(w);
}

static void keeps_the_order(void **state)
{
	struct wheel *w = wheel_create(START_MS);
	struct loop_timer t[5] = { 0 };
	static const uint64_t dues[] = { 50, 20, 20, 90000, 90000 };
	static const int order[] = { 1, 2, 0, 3, 4 };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		add(w, &t[i], START_MS + dues[i]);
	wheel_advance(w, START_MS + 200000);
	for (size_t i = 0; i < 5; i++)
		assert_ptr_equal(wheel_take(w), &t[order[i]]);
	assert_null(wheel_take(w));
	wheel_destroy(w);
}

static void removed_timers_stay_away(void **state)
{
	struct wheel *w = wheel_create(START_MS);
	struct loop_timer t[4] = { 0 };

	(void)state;
	add(w, &t[0], 0);
	add(w, &t[1], START_MS + 50);
	add(w, &t[2], START_MS + 50);
	add(w, &t[3], START_MS + 500000);
	wheel_remove(&t[0]);
	wheel_remove(&t[1]);
	wheel_remove(&t[3]);
	wheel_advance(w, START_MS + 100);
	/* Due already, and taken back. */
	wheel_remove(&t[2]);
	assert_null(wheel_take(w));
	assert_true(wheel_next_ms(w) == WHEEL_NEVER);
	wheel_destroy(w);
}

/* 20 000 timers over four hours, a third removed, in random steps. */
static void many_timers_random_steps(void **state)
{
	enum { N = 20000 };
	struct loop_timer *t = calloc(N, sizeof(*t));
	struct wheel *w = wheel_create(START_MS);
	uint64_t now = START_MS, before = START_MS;
	unsigned seen = 0;

	(void)state;
	srand(7);
	for (int i = 0; i < N; i++)
		add(w, &t[i], START_MS + 1 + (uint64_t)rand() % 14400000);
	for (int i = 0; i < N; i += 3)
		wheel_remove(&t[i]);
	while (now < START_MS + 14400000 + WHEEL_TICK_MS) {
		struct loop_timer *due;

		before = now;
		now += (uint64_t)(rand() % 8 ? rand() % 3000 : rand() % 90000);
		wheel_advance(w, now);
		while ((due = wheel_take(w)) != NULL) {
			assert_true(due->due_ms <= now);
			assert_true(due->due_ms + WHEEL_TICK_MS > before);
			seen++;
		}
	}
	assert_int_equal(seen, N - (N + 2) / 3);
	wheel_destroy(w);
	free(t);
}

static void fini_stops_all(void **state)
{
	struct wheel *w = wheel_create(START_MS);
	struct loop_timer t[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		t[i].loop = (struct loop *)w; /* anything but NULL */
	add(w, &t[0], 0);
	add(w, &t[1], START_MS + 50);
	add(w, &t[2], START_MS + 500000);
	wheel_destroy(w);
	for (size_t i = 0; i < 3; i++)
		assert_null(t[i].loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_out_in_time),
		cmocka_unit_test(not_before_it_is_due),
		cmocka_unit_test(nothing_waits_for_nothing),
		cmocka_unit_test(at_once_is_the_next_advance),
		cmocka_unit_test(keeps_the_order),
		cmocka_unit_test(removed_timers_stay_away),
		cmocka_unit_test(many_timers_random_steps),
		cmocka_unit_test(fini_stops_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
