#include "no_lists.h"
#include "no_phones.h"
#include "roster_bench.h"

static const struct str JULIET = STR("juliet@xmpp.test");
static const struct str ROMEO = STR("romeo@sip.test");

static struct row *get(enum sub_direction d)
{
	return row_get(T.bridge.roster, &T.link, d, JULIET, ROMEO);
}

static void test_found_by_pair_and_direction(void **state)
{
	struct roster *r = T.bridge.roster;
	struct row *out = get(SUB_OUT), *in = get(SUB_IN);

	(void)state;
	assert_ptr_not_equal(out, in);
	assert_ptr_equal(get(SUB_OUT), out);
	assert_ptr_equal(row_find(r, SUB_IN, JULIET, ROMEO), in);
	assert_null(row_find(r, SUB_OUT, ROMEO, JULIET));
	assert_null(row_find(r, SUB_OUT, JULIET, STR_LIT("romeo@sip.tes")));
	assert_true(str_eq(row_user(out), JULIET));
	assert_true(str_eq(row_contact(out), ROMEO));
	assert_true(str_eqz(row_key(in), "ijuliet@xmpp.test\nromeo@sip.test"));
	assert_int_equal(roster_count(r), 2);
	/* Each is counted for who watches. */
	assert_int_equal(tally_count(&r->tally, JULIET), 1);
	assert_int_equal(tally_count(&r->tally, ROMEO), 1);
	row_end(out);
	assert_int_equal(tally_count(&r->tally, JULIET), 0);
	row_end(in);
	assert_int_equal(roster_count(r), 0);
}

/* Actions wait for the journal in their order, also those of steps that have
 * nothing to write. */
static void test_order(void **state)
{
	struct row *w = get(SUB_OUT);

	(void)state;
	row_event(w, EV_SUBSCRIBE);
	row_event(w, EV_NOTIFY_ACTIVE);
	row_event(w, EV_PROBE);
	row_event(w, EV_UNSUBSCRIBE);
	assert_said("put row ASKING; put row ACTIVE; remove row");
	commit_now(true);
	assert_said("open presence 3600; xmpp subscribed romeo@sip.test; "
		    "xmpp unavailable romeo@sip.test; close presence");
	turn(2000);
	assert_said("xmpp unsubscribed romeo@sip.test");
	assert_int_equal(roster_count(T.bridge.roster), 0);
}

/* A flood while the journal works costs one deed. */
static void test_flood(void **state)
{
	struct row *w = get(SUB_OUT);
	int i;

	(void)state;
	row_event(w, EV_SUBSCRIBE);
	for (i = 0; i < 1000; i++)
		row_event(w, EV_SUBSCRIBE);
	commit_now(true);
	assert_said("put row ASKING; open presence 3600");
}

/* It ends while the journal still works: freed once, nothing is said. */
static void test_end_before_the_journal(void **state)
{
	struct row *w = get(SUB_OUT);

	(void)state;
	row_event(w, EV_SUBSCRIBE);
	row_end(w);
	assert_null(row_find(T.bridge.roster, SUB_OUT, JULIET, ROMEO));
	assert_said("put row ASKING");
	commit_now(false);
	assert_said("");
}

static unsigned rings;

static void ring(void *arg)
{
	if (++rings == 1)
		row_timer_start(arg, 10, ring);
}

static void ring_not(void *arg)
{
	(void)arg;
	fail();
}

/* There while it runs: started anew also by what it calls. */
static void test_timer(void **state)
{
	struct row *w = get(SUB_OUT);

	(void)state;
	rings = 0;
	row_timer_stop(w);
	assert_false(row_timer_is_running(w));
	row_timer_start(w, 10, ring_not);
	assert_true(row_timer_is_running(w));
	row_timer_stop(w);
	assert_false(row_timer_is_running(w));
	row_timer_start(w, 10, ring_not);
	row_timer_start(w, 10, ring);
	turn(200);
	assert_int_equal(rings, 2);
	assert_false(row_timer_is_running(w));
	row_timer_start(w, 10, ring_not);
	row_end(w);
	turn(100);
}

/* There may be a million (docs/performance.md). */
static void test_small(void **state)
{
	(void)state;
	assert_in_range(sizeof(struct row), 1, 168);
}

int main(void)
{
#define BENCH(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		BENCH(test_found_by_pair_and_direction),
		BENCH(test_order),
		BENCH(test_flood),
		BENCH(test_end_before_the_journal),
		BENCH(test_timer),
		cmocka_unit_test(test_small),
	};

	/* Of the bench, and of use to the roster's tests only. */
	(void)notified;
	(void)failed;
	(void)presence;
	(void)subscribe;
	(void)bench_restart;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
