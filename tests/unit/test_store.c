#include "tests/unit/store_bed.h"
#include <stdatomic.h>

/* What holds for every backend is tried on two of them. */
static const enum store_backend BACKENDS[] = { STORE_MEMORY, STORE_SQLITE };
#define EACH_BACKEND(i) for (size_t i = 0; i < 2; i++)

static void reports_in_order_and_later(void **state)
{
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		for (long n = 0; n < 500; n++)
			assert_true(bed_put_number(&b, n));
		assert_int_equal(b.done_count, 0);
		assert_int_equal(store_waiting(b.store), 500);
		bed_wait(&b, 500);
		bed_check_order(&b, 0, 500, true);
		assert_int_equal(store_waiting(b.store), 0);
		bed_wait_well(&b, true);
		assert_int_equal(bed_load(&b, NULL).count, 500);
		assert_int_equal(store_count(b.store).operations, 500);
		bed_fini(&b);
	}
}

static void the_last_of_a_key_wins(void **state)
{
	static const struct {
		const char *steps; /* + put, - remove */
		bool is_there;
	} cases[] = {
		{ "+", true },	       { "+-", false }, { "+-+", true },
		{ "-", false },	       { "--+", true }, { "+++++++-", false },
		{ "+-+-+-+-+", true },
	};
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		size_t n = strlen(cases[c].steps);
		char last[32];

		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		for (size_t k = 0; k < n; k++)
			assert_true(cases[c].steps[k] == '+'
					    ? bed_put(&b, "key", (long)k)
					    : bed_del(&b, "key", (long)k));
		bed_wait(&b, n);
		bed_check_order(&b, 0, n, true);
		snprintf(last, sizeof(last), "1 %zu", n - 1);
		assert_string_equal(bed_load(&b, "key").value,
				    cases[c].is_there ? last : "");
		bed_fini(&b);
	}
}

static void kinds_are_apart(void **state)
{
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		assert_true(store_put(b.store, STORE_OUTBOX, STR_LIT("key"),
				      STR_LIT("other"), -5, bed_on_done,
				      bed_op(&b, 0)));
		bed_put(&b, "key", 1);
		bed_del(&b, "key", 2);
		bed_wait(&b, 3);
		assert_int_equal(bed_load(&b, NULL).count, 0);
		store_remove(b.store, STORE_OUTBOX, STR_LIT("key"), bed_on_done,
			     bed_op(&b, 3));
		bed_wait(&b, 4);
		assert_int_equal(b.kept_count, 4);
		bed_fini(&b);
	}
}

/* --- the writer held back, to see what is made of what waits */

struct gate {
	atomic_bool is_shut;
	atomic_uint inside;
};

static enum store_fault at_gate(void *arg, enum store_moment m, uint64_t nth)
{
	struct gate *g = arg;

	(void)nth;
	if (m != STORE_BEFORE_WRITE)
		return STORE_FAULT_NONE;
	atomic_fetch_add(&g->inside, 1);
	while (atomic_load(&g->is_shut))
		usleep(1000);
	return STORE_FAULT_NONE;
}

static void bed_open_gated(struct bed *b, struct gate *g)
{
	b->options.fault = at_gate;
	b->options.fault_arg = g;
	bed_open(b);
}

static void wait_inside(struct gate *g, unsigned n)
{
	uint64_t until = bed_now_ms() + BED_WAIT_MS;

	while (atomic_load(&g->inside) < n && bed_now_ms() < until)
		usleep(1000);
	assert_true(atomic_load(&g->inside) >= n);
}

static void what_waits_is_one_commit(void **state)
{
	struct gate g = { .is_shut = true };
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open_gated(&b, &g);
	bed_put_number(&b, 0);
	wait_inside(&g, 1);
	for (long n = 1; n <= 1000; n++)
		bed_put_number(&b, n % 100);
	atomic_store(&g.is_shut, false);
	bed_wait(&b, 1001);
	assert_int_equal(b.kept_count, 1001);
	assert_int_equal(store_count(b.store).commits, 2);
	assert_int_equal(store_count(b.store).collapsed, 900);
	assert_int_equal(bed_load(&b, NULL).count, 100);
	bed_fini(&b);
}

/* A commit that does not end makes the store unwell while it lasts; its end
 * too, for it took too long; the next that is quick makes it well. */
static void a_stall_is_not_well(void **state)
{
	struct gate g = { .is_shut = true };
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open_gated(&b, &g);
	bed_put_number(&b, 0);
	wait_inside(&g, 1);
	bed_wait_well(&b, false);
	assert_int_equal(b.done_count, 0);
	atomic_store(&g.is_shut, false);
	bed_wait(&b, 1);
	assert_int_equal(b.kept_count, 1);
	bed_wait_well(&b, true);
	bed_fini(&b);
}

static void a_full_queue_takes_nothing(void **state)
{
	struct gate g = { .is_shut = true };
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	b.options.queue_max = 10;
	b.options.queue_max_bytes = 100;
	bed_open_gated(&b, &g);
	for (long n = 0; n < 10; n++)
		assert_true(bed_put_number(&b, n)); /* 7 bytes each */
	assert_false(bed_put_number(&b, 10));
	atomic_store(&g.is_shut, false);
	bed_wait(&b, 10);
	bed_check_order(&b, 0, 10, true);
	assert_false(bed_put(&b,
			     "a key of a hundred bytes, more or less, that "
			     "shows that bytes are counted, too, and not "
			     "only operations",
			     11));
	assert_true(bed_put_number(&b, 10));
	bed_wait(&b, 11);
	bed_fini(&b);
}

static void close_writes_what_waits(void **state)
{
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		struct gate g = { .is_shut = false };

		bed_init(&b, BACKENDS[i]);
		bed_open_gated(&b, &g);
		for (long n = 0; n < 300; n++)
			bed_put_number(&b, n);
		store_begin(b.store);
		bed_put_number(&b, 300); /* never ended */
		store_close(&b.store);
		assert_int_equal(b.done_count, 301);
		bed_check_order(&b, 0, 301, true);
		bed_fini(&b);
	}
}

/* --- what a caller may do in his function */

struct chain {
	struct bed *bed;
	unsigned left;
	bool was_refused;
};

static void chain_on(void *arg, bool is_kept)
{
	struct chain *c = arg;

	assert_true(is_kept);
	if (c->left-- > 0 &&
	    !store_put(c->bed->store, STORE_SETTING, STR_LIT("chain"),
		       STR_LIT("1"), 0, chain_on, c))
		c->was_refused = true;
	c->bed->done_count++;
}

static void puts_inside_of_reports(void **state)
{
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		struct chain c = { .bed = &b, .left = 5 };

		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		chain_on(&c, true);
		bed_wait(&b, 6);
		assert_false(c.was_refused);
		bed_fini(&b);
	}
}

static struct store *closing;

static void put_while_closing(void *arg, bool is_kept)
{
	bool *was_refused = arg;

	(void)is_kept;
	*was_refused = !store_put(closing, STORE_SETTING, STR_LIT("x"),
				  STR_LIT("y"), 0, NULL, NULL);
}

static void puts_while_closing_are_refused(void **state)
{
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		bool was_refused = false;

		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		closing = b.store;
		store_put(b.store, STORE_SETTING, STR_LIT("a"), STR_LIT("b"), 0,
			  put_while_closing, &was_refused);
		store_close(&b.store);
		assert_true(was_refused);
		bed_fini(&b);
	}
}

/* --- transactions */

static void a_transaction_is_one_commit(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	store_begin(b.store);
	bed_put_number(&b, 0);
	store_begin(b.store);
	bed_put_number(&b, 1);
	store_end(b.store);
	bed_put_number(&b, 2);
	loop_turn(b.loop, 100);
	assert_int_equal(b.done_count, 0);
	store_end(b.store);
	store_end(b.store); /* one too many */
	bed_wait(&b, 3);
	bed_check_order(&b, 0, 3, true);
	assert_int_equal(store_count(b.store).commits, 1);
	store_begin(b.store);
	store_end(b.store);
	bed_fini(&b);
}

static void half_a_transaction_is_none(void **state)
{
	static char big[STORE_VALUE_MAX_BYTES + 1];
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		bed_put_number(&b, 0);
		store_begin(b.store);
		bed_put_number(&b, 1);
		assert_false(store_put(b.store, STORE_SETTING, STR_LIT("big"),
				       (struct str){ big, sizeof(big) }, 0,
				       NULL, NULL));
		assert_false(bed_put_number(&b, 9));
		store_end(b.store);
		bed_put_number(&b, 2);
		bed_wait(&b, 3);
		assert_true(b.done[0].is_kept);
		assert_int_equal(b.done[1].number, 1);
		assert_false(b.done[1].is_kept);
		assert_true(b.done[2].is_kept);
		assert_int_equal(bed_load(&b, NULL).count, 2);
		bed_wait_well(&b, true);
		bed_fini(&b);
	}
}

static void limits_and_any_bytes(void **state)
{
	static char key[STORE_KEY_MAX_BYTES + 1], value[STORE_VALUE_MAX_BYTES];
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		struct str longest = { key, STORE_KEY_MAX_BYTES };
		struct str largest = { value, STORE_VALUE_MAX_BYTES };
		struct str longer = { key, sizeof(key) };

		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		assert_false(store_put(b.store, STORE_SETTING, longer, largest,
				       0, NULL, NULL));
		assert_true(store_put(b.store, STORE_SETTING, longest, largest,
				      0, bed_on_done, bed_op(&b, 0)));
		assert_true(store_put(b.store, STORE_SETTING, STR_NONE,
				      STR_NONE, INT64_MAX, bed_on_done,
				      bed_op(&b, 1)));
		bed_put(&b, "i\xff\nb", 2);
		bed_wait(&b, 3);
		bed_check_order(&b, 0, 3, true);
		assert_int_equal(bed_load(&b, NULL).count, 3);
		assert_int_equal(bed_load(&b, "").expires_at_s, INT64_MAX);
		assert_string_equal(bed_load(&b, "i\xff\nb").value, "1 2");
		bed_fini(&b);
	}
}

/* --- faults: every n of a scenario, every moment, every fault */

enum { SCENARIO_OPS = 4 };

struct plan {
	enum store_moment moment;
	enum store_fault fault;
	uint64_t nth;
};

static enum store_fault by_plan(void *arg, enum store_moment m, uint64_t nth)
{
	const struct plan *p = arg;

	return m == p->moment && nth == p->nth ? p->fault : STORE_FAULT_NONE;
}

static void run_plan(enum store_backend backend, const struct plan *p)
{
	bool is_error = p->fault == STORE_FAULT_ERROR;
	struct plan plan = *p;
	struct store_counters c;
	struct bed b;

	bed_init(&b, backend);
	b.options.fault = by_plan;
	b.options.fault_arg = &plan;
	bed_open(&b);
	for (uint64_t n = 1; n <= SCENARIO_OPS; n++) {
		bool is_hit = n == p->nth;
		bool is_taken = bed_put_number(&b, (long)n);
		size_t done = b.done_count;

		assert_int_equal(is_taken, !(is_hit && is_error &&
					     p->moment == STORE_AT_PUT));
		if (!is_taken)
			continue;
		bed_wait(&b, done + 1);
		assert_int_equal(b.done[done].is_kept, !(is_hit && is_error));
		bed_wait_well(&b, true);
	}
	assert_int_equal(bed_load(&b, NULL).count,
			 SCENARIO_OPS -
				 (is_error && p->moment != STORE_AFTER_WRITE));
	if (p->moment != STORE_AT_PUT) {
		/* A slow machine may have stalled meanwhile by itself. */
		bed_wait_well(&b, true);
		c = store_count(b.store);
		assert_int_equal(c.failures, is_error);
		assert_int_equal(c.lost, is_error);
		assert_true(is_error || c.slowest_ms >= STORE_WELL_MS);
		assert_true(bed_logged(&b, " store_not_well ") >= 1);
		assert_int_equal(bed_logged(&b, " store_not_well "),
				 bed_logged(&b, " store_well "));
	}
	bed_fini(&b);
}

static void every_fault_of_a_scenario(void **state)
{
	static const struct {
		enum store_moment moment;
		enum store_fault fault;
	} kinds[] = {
		{ STORE_AT_PUT, STORE_FAULT_ERROR },
		{ STORE_BEFORE_WRITE, STORE_FAULT_ERROR },
		{ STORE_AFTER_WRITE, STORE_FAULT_ERROR },
		{ STORE_BEFORE_WRITE, STORE_FAULT_SLOW },
		{ STORE_AFTER_WRITE, STORE_FAULT_SLOW },
	};

	(void)state;
	EACH_BACKEND(i)
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (uint64_t n = 1; n <= SCENARIO_OPS; n++)
			run_plan(BACKENDS[i],
				 &(struct plan){ kinds[k].moment,
						 kinds[k].fault, n });
}

/* --- loading */

static bool only_even(void *arg, struct str key, struct str value,
		      int64_t expires_at_s)
{
	size_t *calls = arg;

	(void)key;
	(void)value;
	++*calls;
	return expires_at_s % 2 == 0;
}

static void what_is_not_understood_stays(void **state)
{
	struct bed b;
	size_t calls = 0;

	(void)state;
	bed_init(&b, STORE_SQLITE);
	bed_open(&b);
	for (long n = 0; n < 10; n++)
		bed_put_number(&b, n);
	bed_wait(&b, 10);
	assert_true(
		store_load(b.store, STORE_SETTING, only_even, &calls, &b.why));
	assert_int_equal(calls, 10);
	assert_int_equal(bed_logged(&b, "count=5"), 1);
	assert_int_equal(bed_load(&b, NULL).count, 10);
	bed_fini(&b);
}

struct rewriting {
	struct bed *bed;
	size_t count;
};

static bool remove_it(void *arg, struct str key, struct str value,
		      int64_t expires_at_s)
{
	struct rewriting *r = arg;

	(void)value;
	(void)expires_at_s;
	r->count++;
	return store_remove(r->bed->store, STORE_SETTING, key, bed_on_done,
			    bed_op(r->bed, 0));
}

static void loading_may_write(void **state)
{
	struct bed b;

	(void)state;
	EACH_BACKEND(i)
	{
		struct rewriting r = { .bed = &b };

		bed_init(&b, BACKENDS[i]);
		bed_open(&b);
		for (long n = 0; n < 100; n++)
			bed_put_number(&b, n);
		bed_wait(&b, 100);
		assert_true(store_load(b.store, STORE_SETTING, remove_it, &r,
				       &b.why));
		assert_int_equal(r.count, 100);
		bed_wait(&b, 200);
		assert_int_equal(bed_load(&b, NULL).count, 0);
		bed_fini(&b);
	}
}

static void a_node_needs_a_name(void **state)
{
	static char name[STORE_NODE_MAX_BYTES + 1];
	const struct str bad[] = {
		STR_NONE, STR("a\0b"), STR("\xff"), { name, sizeof(name) }
	};
	struct bed b;

	(void)state;
	memset(name, 'n', sizeof(name));
	bed_init(&b, STORE_MEMORY);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b.options.node = bad[i];
		assert_false(bed_try(&b));
		assert_non_null(strstr(b.why, "name"));
	}
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_in_order_and_later),
		cmocka_unit_test(the_last_of_a_key_wins),
		cmocka_unit_test(kinds_are_apart),
		cmocka_unit_test(what_waits_is_one_commit),
		cmocka_unit_test(a_stall_is_not_well),
		cmocka_unit_test(a_full_queue_takes_nothing),
		cmocka_unit_test(close_writes_what_waits),
		cmocka_unit_test(puts_inside_of_reports),
		cmocka_unit_test(puts_while_closing_are_refused),
		cmocka_unit_test(a_transaction_is_one_commit),
		cmocka_unit_test(half_a_transaction_is_none),
		cmocka_unit_test(limits_and_any_bytes),
		cmocka_unit_test(every_fault_of_a_scenario),
		cmocka_unit_test(what_is_not_understood_stays),
		cmocka_unit_test(loading_may_write),
		cmocka_unit_test(a_node_needs_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
