#include "xmpp/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { START_MS = 1000000 };

/* A server so many milliseconds away, there and back, that takes so many
 * stanzas a second, and one ping at a time, as the barrier has it. */
struct world {
	struct window w;
	uint64_t now_ms, asked_ms, answer_ms; /* 0: none is in flight */
	unsigned way_ms, takes_per_s;
	size_t held;	       /* have come, and are not written */
	size_t written, asked; /* behind the last ping, and before it */
	size_t taken, most, most_held;
};

static void write_held(struct world *x)
{
	while (x->held > 0 && x->written + x->asked < window_size(&x->w)) {
		x->held--;
		x->written++;
	}
	if (x->written + x->asked > x->most)
		x->most = x->written + x->asked;
	if (x->held > x->most_held)
		x->most_held = x->held;
}

static void ping(struct world *x)
{
	if (x->answer_ms > 0 || x->written == 0)
		return;
	x->asked = x->written;
	x->written = 0;
	x->asked_ms = x->now_ms;
	x->answer_ms = x->now_ms + x->way_ms + x->asked * 1000 / x->takes_per_s;
	window_asked(&x->w, x->now_ms);
}

static void pong(struct world *x)
{
	if (x->answer_ms == 0 || x->now_ms < x->answer_ms)
		return;
	window_taken(&x->w, x->asked, x->now_ms - x->asked_ms, x->now_ms);
	x->taken += x->asked;
	x->asked = 0;
	x->answer_ms = 0;
}

static void run(struct world *x, unsigned ms, unsigned per_s)
{
	unsigned due = 0;

	for (unsigned i = 0; i < ms; i++, x->now_ms++) {
		for (due += per_s; due >= 1000; due -= 1000)
			x->held++;
		pong(x);
		write_held(x);
		ping(x);
	}
}

/* What is on its way is what the rate and the way need, and not more; nothing
 * is kept waiting but by a server that cannot take it. */
static void test_rates(void **state)
{
	static const struct {
		unsigned per_s, way_ms, takes_per_s;
		size_t most, most_held;	 /* once it has settled */
		unsigned taken_per_cent; /* of what came */
	} rows[] = {
		{ 400, 0, 100000, 64, 0, 98 },	 /* the least is enough */
		{ 400, 2, 100, 64, 100000, 20 }, /* a slow server: the same */
		{ 5000, 2, 1000, 100, 100000, 18 },
		{ 20000, 1, 1000000, 100, 0, 98 },
		{ 1000, 50, 1000000, 110, 0, 90 },
		{ 5000, 50, 1000000, 520, 0, 90 },
		{ 5000, 100, 1000000, 1020, 0, 90 },
		{ 20000, 100, 1000000, 4100, 200, 90 },
		{ 5000, 300, 1000000, 2600, 1700, 85 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world x = { .now_ms = START_MS,
				   .way_ms = rows[i].way_ms,
				   .takes_per_s = rows[i].takes_per_s };

		run(&x, 4000, rows[i].per_s);
		x.taken = x.most = x.most_held = 0;
		run(&x, 2000, rows[i].per_s);
		assert_in_range(x.most, 1, rows[i].most);
		assert_in_range(x.most_held, 0, rows[i].most_held);
		assert_true(x.taken * 100 >=
			    2 * (size_t)rows[i].per_s * rows[i].taken_per_cent);
	}
}

/* It is not open for a burst that nobody has taken anything of yet: the phones'
 * copies behind a restart. And it opens soon. */
static void test_burst(void **state)
{
	struct world x = { .now_ms = START_MS,
			   .way_ms = 20,
			   .takes_per_s = 1000000,
			   .held = 10000 };

	(void)state;
	run(&x, 15, 0);
	assert_int_equal(x.most, WINDOW_MIN);
	assert_int_equal(x.taken, 0);
	run(&x, 200, 0);
	assert_int_equal(x.taken, 10000);
}

/* One that had been quick and is slow now has as much before it as it takes in
 * its time, not as much as it once did. */
static void test_slower(void **state)
{
	struct world x = { .now_ms = START_MS,
			   .way_ms = 1,
			   .takes_per_s = 1000000 };

	(void)state;
	run(&x, 900, 20000);
	assert_in_range(window_size(&x.w), 300, 400);
	run(&x, 1200, 20000); /* it has kept that up */
	assert_in_range(window_size(&x.w), 1900, 2000);
	x.takes_per_s = 1000;
	run(&x, 3000, 20000);
	assert_in_range(window_size(&x.w), WINDOW_MIN, 200);
	x.takes_per_s = 100;
	run(&x, 3000, 20000);
	assert_int_equal(window_size(&x.w), WINDOW_MIN);
}

/* When little comes it is small again, and a pause does it no harm. */
static void test_pause(void **state)
{
	struct world x = { .now_ms = START_MS,
			   .way_ms = 100,
			   .takes_per_s = 1000000 };

	(void)state;
	run(&x, 2000, 5000);
	assert_in_range(window_size(&x.w), 900, 1100);
	run(&x, 2200, 10);
	assert_int_equal(window_size(&x.w), WINDOW_MIN);
	x.now_ms += 60000;
	run(&x, 250, 5000);
	assert_in_range(window_size(&x.w), 2 * WINDOW_MIN, 600);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_slower),
		cmocka_unit_test(test_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
