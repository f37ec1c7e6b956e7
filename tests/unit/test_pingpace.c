#include "xmpp/pingpace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { START_MS = 1000000 };

struct world {
	struct pingpace p;
	uint64_t now_ms;
	unsigned pings, longest_ms;
};

/* So many tickets in each millisecond, at first or last of each ten; a ping is
 * answered at once, and leaves when it may. */
static void run(struct world *w, unsigned ms, unsigned tickets, unsigned every)
{
	uint64_t waits_since = 0;

	for (unsigned i = 0; i < ms; i++, w->now_ms++) {
		for (unsigned k = 0; i % every == 0 && k < tickets; k++)
			pingpace_ticket(&w->p);
		if (w->p.unserved == 0)
			continue;
		if (waits_since == 0)
			waits_since = w->now_ms;
		if (pingpace_wait_ms(&w->p, w->now_ms) > 0)
			continue;
		if (w->now_ms - waits_since > w->longest_ms)
			w->longest_ms = (unsigned)(w->now_ms - waits_since);
		waits_since = 0;
		pingpace_left(&w->p, w->now_ms);
		w->pings++;
	}
}

static void test_rates(void **state)
{
	static const struct {
		unsigned tickets, every_ms;
		unsigned pings_min, pings_max; /* in a second */
		unsigned longest_ms;
	} rows[] = {
		{ 1, 1000, 1, 1, 0 },	 /* a lone one */
		{ 1, 20, 50, 50, 0 },	 /* 50/s */
		{ 1, 2, 500, 500, 0 },	 /* 500/s: each at once */
		{ 2, 1, 48, 50, 20 },	 /* 2,000/s */
		{ 40, 20, 49, 50, 20 },	 /* the same, in bursts */
		{ 10, 1, 190, 210, 20 }, /* 10,000/s: 48 each */
		{ 100, 1, 1000, 1000, 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = { .now_ms = START_MS };

		run(&w, 200, rows[i].tickets, rows[i].every_ms);
		w.pings = w.longest_ms = 0;
		run(&w, 1000, rows[i].tickets, rows[i].every_ms);
		assert_in_range(w.pings, rows[i].pings_min, rows[i].pings_max);
		assert_in_range(w.longest_ms, 0, rows[i].longest_ms);
	}
}

/* Behind the load nobody waits, whenever the next one comes. */
static void test_load_ends(void **state)
{
	(void)state;
	for (unsigned gap_ms = 30; gap_ms < 2000; gap_ms += 10) {
		struct world w = { .now_ms = START_MS };

		run(&w, 500, 2, 1);
		w.now_ms += gap_ms;
		w.p.unserved = 0;
		pingpace_ticket(&w.p);
		assert_int_equal(pingpace_wait_ms(&w.p, w.now_ms), 0);
	}
}

/* Ping, answer, ping: one who waits for each answer is slowed down for no
 * longer than a window at a time. */
static void test_one_by_one(void **state)
{
	struct world w = { .now_ms = START_MS };

	(void)state;
	for (unsigned i = 0; i < 2000; i++, w.now_ms++) {
		if (w.p.unserved == 0)
			pingpace_ticket(&w.p);
		if (pingpace_wait_ms(&w.p, w.now_ms) > 0)
			continue;
		pingpace_left(&w.p, w.now_ms);
		w.pings++;
	}
	assert_in_range(w.pings, 800, 2000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_load_ends),
		cmocka_unit_test(test_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
