#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "gateway/messages/queue.h"

/* A uac of the test's own: what was started, in order, ended by hand. */
enum { STARTED_MAX = 64 };

struct outgoing {
	int number;
	bool is_brief;
};
struct uac {
	size_t running, max;
	struct {
		struct outgoing *o;
		uac_fn *fn;
		void *arg;
	} started[STARTED_MAX];
	size_t started_count;
};

static uint64_t now_ms;

uint64_t loop_now_ms(const struct loop *l)
{
	(void)l;
	return now_ms;
}

static struct loop_timer *timer; /* the only one there is; NULL: stopped */

void loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t delay_ms,
		      loop_timer_fn *fn, void *arg)
{
	(void)l, (void)delay_ms;
	t->fn = fn;
	t->arg = arg;
	timer = t;
}

void loop_timer_stop(struct loop_timer *t)
{
	if (timer == t)
		timer = NULL;
}

bool loop_timer_is_running(const struct loop_timer *t)
{
	return timer == t;
}

static void ring(void)
{
	struct loop_timer *t = timer;

	assert_non_null(t);
	timer = NULL;
	t->fn(t->arg);
}

static struct queue *make(struct uac *u, unsigned lane_max, size_t total_max)
{
	return queue_create(
		NULL, u,
		&(struct queue_limits){ lane_max, total_max, 32000, 0 });
}

/* Two seats for each sender. */
static struct queue *make_fair(struct uac *u, unsigned lane_max,
			       size_t total_max)
{
	return queue_create(
		NULL, u,
		&(struct queue_limits){ lane_max, total_max, 32000, 2 });
}

static int done[STARTED_MAX];
static size_t done_count;

bool uac_start(struct uac *u, struct outgoing *o, uac_fn *fn, void *arg)
{
	if (u->running >= u->max)
		return false;
	u->running++;
	u->started[u->started_count].o = o;
	u->started[u->started_count].fn = fn;
	u->started[u->started_count++].arg = arg;
	return true;
}

void outgoing_hurry(struct outgoing *o)
{
	o->is_brief = true;
}

void outgoing_destroy(struct outgoing **op)
{
	free(*op);
	*op = NULL;
}

static int expected;

static void finish_as(struct uac *u, size_t i, enum outcome_kind kind,
		      int status)
{
	const struct outcome o = { .kind = kind, .status = status };

	expected = status;
	u->running--;
	free(u->started[i].o);
	u->started[i].fn(u->started[i].arg, &o);
}

static void finish(struct uac *u, size_t i)
{
	finish_as(u, i, OUTCOME_ANSWERED, 200);
}

static void on_done(void *arg, const struct outcome *o)
{
	assert_int_equal(o->status, expected);
	done[done_count++] = *(int *)arg;
}

static int numbers[STARTED_MAX];

static bool is_end; /* what is pushed is for one device */

static bool push_of(struct queue *q, const char *sender, const char *target,
		    int number)
{
	const struct queue_place place = { .target = str_z(target),
					   .sender = str_z(sender),
					   .is_end = is_end };
	struct outgoing *o = calloc(1, sizeof(*o));

	o->number = number;
	numbers[number] = number;
	if (queue_push(q, &place, o, on_done, &numbers[number]))
		return true;
	free(o);
	return false;
}

static bool push(struct queue *q, const char *target, int number)
{
	return push_of(q, "juliet@x", target, number);
}

static int setup(void **state)
{
	struct uac *u = calloc(1, sizeof(*u));

	u->max = 100;
	done_count = 0;
	*state = u;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void test_one_at_a_time_in_order(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:a@x", 2));
	assert_true(push(q, "sip:b@x", 3));
	assert_true(push(q, "sip:a@x", 4));
	/* Two targets, so two are under way; the others wait. */
	assert_int_equal(u->started_count, 2);
	assert_int_equal(u->started[0].o->number, 1);
	assert_int_equal(u->started[1].o->number, 3);
	finish(u, 0);
	assert_int_equal(u->started_count, 3);
	assert_int_equal(u->started[2].o->number, 2);
	finish(u, 2);
	finish(u, 3);
	finish(u, 1);
	assert_int_equal(queue_count(q), 0);
	assert_int_equal(done_count, 4);
	assert_int_equal(done[0], 1);
	assert_int_equal(done[1], 2);
	assert_int_equal(done[2], 4);
	assert_int_equal(done[3], 3);
	queue_destroy(&q);
}

static void test_limits(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 2, 3);

	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:a@x", 2));
	assert_false(push(q, "sip:a@x", 3)); /* its lane is full */
	assert_true(push(q, "sip:b@x", 4));
	assert_false(push(q, "sip:c@x", 5)); /* the whole is full */
	finish(u, 0);
	assert_true(push(q, "sip:c@x", 6));
	finish(u, 1);
	assert_true(push(q, "sip:a@x", 7)); /* a's lane has room again */
	assert_false(push(q, "sip:a@x", 8));
	finish(u, 2);
	finish(u, 3);
	finish(u, 4);
	assert_int_equal(queue_count(q), 0);
	queue_destroy(&q);
}

/* The uac has no room: nothing is lost, and each end lets one in. */
static void test_stuck_lanes(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	u->max = 1;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:b@x", 2));
	assert_true(push(q, "sip:a@x", 3));
	assert_true(push(q, "sip:c@x", 4));
	assert_int_equal(u->started_count, 1);
	finish(u, 0);
	finish(u, 1);
	finish(u, 2);
	finish(u, 3);
	assert_int_equal(done_count, 4);
	assert_int_equal(queue_count(q), 0);
	queue_destroy(&q);
}

/* What holds the room may be no message of ours: nobody tells the queue when it
 * is left, so it asks. */
static void test_room_of_others(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	now_ms = 1000;
	u->max = u->running = 2;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:b@x", 2));
	assert_true(push(q, "sip:a@x", 3));
	ring();
	assert_int_equal(u->started_count, 0);
	u->running = 1;
	ring();
	assert_int_equal(u->started_count, 1);
	assert_int_equal(u->started[0].o->number, 1);
	u->running = 1; /* that one is still there */
	u->max = 3;
	ring();
	assert_int_equal(u->started_count, 2);
	assert_int_equal(u->started[1].o->number, 2);
	assert_null(timer);
	finish(u, 0);
	finish(u, 1);
	finish(u, 2);
	assert_int_equal(done_count, 3);
	queue_destroy(&q);
}

/* Whoever finds no room all that time is told so; who came later waits on. */
static void test_no_room_for_long(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	now_ms = 1000;
	u->max = u->running = 1;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:a@x", 2));
	assert_true(push(q, "sip:b@x", 3));
	now_ms = 20000;
	assert_true(push(q, "sip:a@x", 4));
	assert_true(push(q, "sip:c@x", 5));
	now_ms = 33000;
	expected = 503;
	ring();
	assert_int_equal(done_count, 3);
	assert_int_equal(done[0], 1);
	assert_int_equal(done[1], 2);
	assert_int_equal(done[2], 3);
	assert_false(queue_is_busy(q, STR_LIT("sip:b@x")));
	assert_int_equal(queue_count(q), 2);
	u->running = 0;
	ring();
	assert_int_equal(u->started[0].o->number, 4);
	u->running = 0;
	ring();
	assert_int_equal(u->started[1].o->number, 5);
	queue_destroy(&q);
	free(u->started[0].o);
	free(u->started[1].o);
	assert_null(timer);
}

/* Whoever has waited as long as a transaction may take ends with the one that
 * found nobody; who came later has a try of his own. */
static void test_nobody_there(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	now_ms = 1000;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:a@x", 2));
	assert_true(push(q, "sip:a@x", 3));
	now_ms = 30000;
	assert_true(push(q, "sip:a@x", 4));
	now_ms = 33000;
	finish_as(u, 0, OUTCOME_TIMEOUT, 408);
	assert_int_equal(done_count, 3);
	assert_int_equal(done[0], 1);
	assert_int_equal(done[1], 2);
	assert_int_equal(done[2], 3);
	assert_int_equal(u->started_count, 2);
	assert_int_equal(u->started[1].o->number, 4);
	now_ms = 65000;
	finish_as(u, 1, OUTCOME_UNREACHABLE, 503);
	assert_int_equal(done_count, 4);
	assert_int_equal(queue_count(q), 0);
	/* Who answers is there, however slow. */
	assert_true(push(q, "sip:a@x", 5));
	assert_true(push(q, "sip:a@x", 6));
	now_ms = 99000;
	finish_as(u, 2, OUTCOME_ANSWERED, 486);
	assert_int_equal(done_count, 5);
	assert_int_equal(u->started_count, 4);
	finish(u, 3);
	queue_destroy(&q);
}

static bool push_end(struct queue *q, const char *target, int number)
{
	is_end = true;
	return push(q, target, number);
}

/* One device that has not answered for all of Timer F: who waits for it is not
 * made to wait as long, one by one. */
static void test_silent_end(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	now_ms = 1000;
	for (int i = 1; i <= 2; i++)
		assert_true(push_end(q, "sip:a@x", i));
	now_ms = 2000;
	for (int i = 3; i <= 4; i++)
		assert_true(push_end(q, "sip:a@x", i));
	now_ms = 32500;
	assert_true(push_end(q, "sip:a@x", 5));
	now_ms = 33000;
	finish_as(u, 0, OUTCOME_TIMEOUT, 408);
	assert_int_equal(done_count, 2);
	assert_int_equal(u->started[1].o->number, 3);
	assert_true(u->started[1].o->is_brief);
	assert_true(push_end(q, "sip:a@x", 6));
	now_ms = 37000; /* 5 and 6 have waited for as long as 3 was tried */
	finish_as(u, 1, OUTCOME_TIMEOUT, 408);
	assert_int_equal(done_count, 6);
	assert_int_equal(queue_count(q), 0);
	/* Of what is no device it is not known who did not answer. */
	is_end = false;
	assert_true(push(q, "sip:b@x", 7));
	now_ms = 38000;
	assert_true(push(q, "sip:b@x", 8));
	now_ms = 69000;
	finish_as(u, 2, OUTCOME_TIMEOUT, 408);
	assert_false(u->started[3].o->is_brief);
	finish(u, 3);
	queue_destroy(&q);
}

/* Whoever waits behind one that reached nobody has waited for the same. */
static void test_kinds_of_nobody(void **state)
{
	static const struct {
		enum outcome_kind kind;
		bool is_nobody;
	} cases[] = {
		{ OUTCOME_TIMEOUT, true },    { OUTCOME_UNREACHABLE, true },
		{ OUTCOME_NO_ROUTE, true },   { OUTCOME_ANSWERED, false },
		{ OUTCOME_TOO_LARGE, false },
	};
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t started = u->started_count;

		done_count = 0;
		now_ms += 100000;
		assert_true(push(q, "sip:a@x", 1));
		assert_true(push(q, "sip:a@x", 2));
		now_ms += 33000;
		finish_as(u, started, cases[i].kind, 500);
		assert_int_equal(done_count, cases[i].is_nobody ? 2 : 1);
		/* Somebody answered, or nobody did. */
		assert_int_equal(queue_progress_ms(q) == now_ms,
				 !cases[i].is_nobody);
		if (!cases[i].is_nobody)
			finish(u, started + 1);
		assert_int_equal(queue_count(q), 0);
	}
	queue_destroy(&q);
}

/* Since when nothing goes on: from the first that finds no room. */
static void test_progress(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	u->max = 1;
	now_ms = 1000;
	assert_true(push(q, "sip:a@x", 1));
	assert_int_equal(queue_progress_ms(q), 0);
	now_ms = 2000;
	assert_true(push(q, "sip:b@x", 2));
	assert_int_equal(queue_progress_ms(q), 2000);
	now_ms = 3000;
	assert_true(push(q, "sip:c@x", 3));
	assert_int_equal(queue_progress_ms(q), 2000);
	now_ms = 4000;
	finish(u, 0);
	assert_int_equal(queue_progress_ms(q), 4000);
	finish(u, 1);
	finish(u, 2);
	queue_destroy(&q);
}

/* Whoever has all his seats waits; the others go on, in his lanes too. */
static void test_seats(void **state)
{
	struct uac *u = *state;
	struct queue *q = make_fair(u, 10, 100);

	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:b@x", 2));
	assert_true(push(q, "sip:c@x", 3));
	assert_true(push(q, "sip:d@x", 4));
	assert_true(push(q, "sip:c@x", 5));
	assert_int_equal(u->started_count, 2);
	assert_false(queue_is_stuck(q));
	assert_true(push_of(q, "nurse@x", "sip:c@x", 6));
	assert_true(push_of(q, "nurse@x", "sip:c@x", 7));
	assert_int_equal(u->started_count, 3);
	assert_int_equal(u->started[2].o->number, 6);
	finish(u, 2); /* the next of the same, for the lane's first waits on */
	assert_int_equal(u->started[3].o->number, 7);
	finish(u, 0); /* a seat: for what is longest without one and can go */
	assert_int_equal(u->started[4].o->number, 4);
	finish(u, 3);
	assert_int_equal(u->started_count, 5);
	finish(u, 1);
	assert_int_equal(u->started[5].o->number, 3);
	finish(u, 5);
	assert_int_equal(u->started[6].o->number, 5);
	finish(u, 4);
	finish(u, 6);
	assert_int_equal(done_count, 7);
	assert_int_equal(queue_count(q), 0);
	ring();
	assert_null(timer);
	queue_destroy(&q);
}

/* Another sender in a lane that is held finds a seat by itself, a moment
 * later; and nobody waits for one longer than for an answer. */
static void test_seats_for_long(void **state)
{
	struct uac *u = *state;
	struct queue *q = make_fair(u, 10, 100);

	now_ms = 1000;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:b@x", 2));
	assert_true(push_of(q, "nurse@x", "sip:d@x", 3));
	assert_true(push_of(q, "nurse@x", "sip:e@x", 4));
	assert_true(push(q, "sip:c@x", 5));
	assert_true(push_of(q, "nurse@x", "sip:c@x", 6));
	now_ms = 20000;
	assert_true(push(q, "sip:c@x", 7));
	assert_int_equal(u->started_count, 4);
	finish(u, 2);
	assert_int_equal(u->started_count, 4);
	ring();
	assert_int_equal(u->started[4].o->number, 6);
	finish(u, 4);
	now_ms = 33000;
	expected = 503;
	ring();
	assert_int_equal(done_count, 3);
	assert_int_equal(done[2], 5);
	ring();
	finish_as(u, 0, OUTCOME_TIMEOUT, 408);
	assert_int_equal(u->started[5].o->number, 7);
	finish(u, 1);
	finish(u, 3);
	finish(u, 5);
	assert_int_equal(queue_count(q), 0);
	queue_destroy(&q);
}

/* What has no seat never fills a lane, nor the whole. */
static void test_seats_and_places(void **state)
{
	struct uac *u = *state;
	struct queue *q = make_fair(u, 4, 12);

	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:b@x", 2));
	assert_true(push(q, "sip:c@x", 3));
	assert_true(push(q, "sip:c@x", 4));
	assert_false(push(q, "sip:c@x", 5)); /* half of the lane */
	assert_true(push_of(q, "nurse@x", "sip:c@x", 6));
	assert_true(push_of(q, "nurse@x", "sip:c@x", 7));
	assert_false(push_of(q, "nurse@x", "sip:c@x", 8));
	assert_false(push(q, "sip:d@x", 9)); /* half of the whole */
	assert_true(push_of(q, "nurse@x", "sip:d@x", 10));
	expected = 503;
	assert_int_equal(queue_flush(q, STR_LIT("sip:c@x")), 3);
	assert_int_equal(queue_count(q), 4);
	for (size_t i = 0; i < u->started_count; i++)
		free(u->started[i].o);
	queue_destroy(&q);
}

/* Stuck and out of seats at once: what is stuck has its seat. */
static void test_seats_without_room(void **state)
{
	struct uac *u = *state;
	struct queue *q = make_fair(u, 10, 100);

	u->max = 1;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:b@x", 2));
	assert_true(push(q, "sip:c@x", 3));
	assert_true(push_of(q, "nurse@x", "sip:d@x", 4));
	assert_true(queue_is_stuck(q));
	finish(u, 0);
	assert_int_equal(u->started[1].o->number, 2);
	finish(u, 1);
	assert_int_equal(u->started[2].o->number, 4);
	finish(u, 2);
	assert_int_equal(u->started[3].o->number, 3);
	finish(u, 3);
	assert_int_equal(done_count, 4);
	assert_int_equal(queue_count(q), 0);
	queue_destroy(&q);
}

/* An admin gives up what waits for one, also what has found no room yet, but
 * not what is under way, and nothing of others. */
static void test_flush(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	u->max = 2;
	assert_true(push(q, "sip:a@x", 1));
	assert_true(push(q, "sip:a@x", 2));
	assert_true(push(q, "sip:b@x", 3));
	assert_true(push(q, "sip:c@x", 4));
	assert_true(push(q, "sip:c@x", 5));
	assert_true(push(q, "sip:d@x", 6));
	assert_true(queue_is_stuck(q));
	expected = 503;
	assert_int_equal(queue_flush(q, STR_LIT("sip:nobody@x")), 0);
	assert_int_equal(queue_flush(q, STR_LIT("")), 0);
	assert_int_equal(queue_flush(q, STR_LIT("sip:c@x")), 2);
	assert_int_equal(done_count, 2);
	assert_int_equal(done[0], 4);
	assert_int_equal(done[1], 5);
	assert_false(queue_is_busy(q, STR_LIT("sip:c@x")));
	assert_true(queue_is_stuck(q)); /* d is */
	assert_int_equal(queue_flush(q, STR_LIT("sip:a@x")), 1);
	assert_int_equal(done[2], 2);
	assert_int_equal(queue_flush(q, STR_LIT("sip:a@x")), 0);
	assert_int_equal(queue_flush(q, STR_LIT("sip:d@x")), 1);
	assert_false(queue_is_stuck(q));
	assert_int_equal(queue_count(q), 2);
	/* One that has found its room since is under way. */
	assert_true(push(q, "sip:e@x", 7));
	finish(u, 0);
	assert_int_equal(u->started[2].o->number, 7);
	assert_int_equal(queue_flush(q, STR_LIT("sip:e@x")), 0);
	finish(u, 1);
	finish(u, 2);
	assert_int_equal(u->started_count, 3);
	assert_int_equal(queue_count(q), 0);
	queue_destroy(&q);
}

static void test_destroy_with_waiting(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);

	push(q, "sip:a@x", 1);
	push(q, "sip:a@x", 2);
	free(u->started[0].o); /* the uac's own */
	queue_destroy(&q);
	assert_null(q);
	assert_int_equal(done_count, 0);
}

/* Refused once, the item goes out in another form, in its place. */
static struct outgoing *other_form;

static struct outgoing *again(void *arg, const struct outcome *o)
{
	struct outgoing *next = other_form;

	(void)arg;
	assert_int_equal(o->status, 200);
	other_form = NULL;
	return next;
}

static void test_again(void **state)
{
	struct uac *u = *state;
	struct queue *q = make(u, 10, 100);
	struct outgoing *o = calloc(1, sizeof(*o));

	assert_false(queue_is_busy(q, STR_LIT("sip:a@x")));
	other_form = calloc(1, sizeof(*other_form));
	other_form->number = 7;
	numbers[1] = 1;
	assert_true(queue_push_again(
		q,
		&(struct queue_place){ .target = STR("sip:a@x"),
				       .sender = STR("j@x") },
		o, on_done, again, &numbers[1]));
	assert_true(push(q, "sip:a@x", 2));
	assert_true(queue_is_busy(q, STR_LIT("sip:a@x")));
	assert_false(queue_is_busy(q, STR_LIT("sip:b@x")));
	finish(u, 0);
	assert_int_equal(done_count, 0);
	assert_int_equal(u->started_count, 2);
	assert_int_equal(u->started[1].o->number, 7);
	assert_int_equal(queue_count(q), 2);
	finish(u, 1); /* asked again, it lets the outcome stand */
	assert_int_equal(done_count, 1);
	assert_int_equal(done[0], 1);
	finish(u, 2);
	assert_int_equal(done[1], 2);
	assert_false(queue_is_busy(q, STR_LIT("sip:a@x")));
	queue_destroy(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_at_a_time_in_order,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silent_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_stuck_lanes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_room_of_others, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_room_for_long, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_nobody_there, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_kinds_of_nobody, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_progress, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seats_for_long, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_seats_and_places, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_seats_without_room, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_flush, setup, teardown),
		cmocka_unit_test_setup_teardown(test_destroy_with_waiting,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
