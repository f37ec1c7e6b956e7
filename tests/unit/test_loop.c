#include "gateway/base/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/base/arena.h"

enum { PAIRS = 12, WAIT_MS = 2000 };

/* The wall clock, which a test can turn: nothing here may follow it. */
static time_t turned_s;
int clock_gettime(clockid_t id, struct timespec *t)
{
	long ret = syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_REALTIME)
		t->tv_sec += turned_s;
	return (int)ret;
}

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* One end of a socket pair in a loop, and what it saw. */
struct end {
	struct loop *loop;
	struct loop_watch watch, *closes; /* closes: another's, or own */
	int fd, far;
	unsigned calls, events;
	bool reads;
};

static void on_end(void *arg, unsigned events)
{
	struct end *e = arg;
	char byte;

	e->calls++;
	e->events = events;
	if (e->reads)
		assert_int_equal(read(e->fd, &byte, 1), 1);
	if (e->closes)
		loop_watch_close(e->closes);
}

static void end_open(struct loop *l, struct end *e, unsigned events)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	*e = (struct end){ .loop = l, .fd = pair[0], .far = pair[1] };
	assert_true(loop_watch_open(l, &e->watch, e->fd, events, on_end, e));
}

static void end_close(struct end *e)
{
	loop_watch_close(&e->watch);
	loop_watch_close(&e->watch);
	close(e->fd);
	if (e->far >= 0)
		close(e->far);
}

static void end_poke(const struct end *e)
{
	assert_int_equal(write(e->far, "x", 1), 1);
}

static int setup(void **state)
{
	const char *why = NULL;

	*state = loop_create(&why);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct loop *l = *state;

	loop_destroy(&l);
	assert_null(l);
	loop_destroy(&l);
	return 0;
}

/* --- descriptors */

static void watch_is_level_triggered(void **state)
{
	struct loop *l = *state;
	struct end e;

	end_open(l, &e, LOOP_IN);
	loop_turn(l, 0);
	assert_int_equal(e.calls, 0);
	end_poke(&e);
	loop_turn(l, WAIT_MS);
	loop_turn(l, WAIT_MS);
	assert_int_equal(e.calls, 2);
	assert_int_equal(e.events, LOOP_IN);
	e.reads = true;
	loop_turn(l, WAIT_MS);
	loop_turn(l, 0);
	assert_int_equal(e.calls, 3);
	end_close(&e);
	assert_int_equal(e.watch.index, 0);
}

static void interest_can_change(void **state)
{
	struct loop *l = *state;
	struct end e;

	end_open(l, &e, 0);
	end_poke(&e);
	loop_turn(l, 0);
	assert_int_equal(e.calls, 0);
	loop_watch_set(&e.watch, LOOP_OUT);
	loop_turn(l, WAIT_MS);
	assert_int_equal(e.events, LOOP_OUT);
	loop_watch_set(&e.watch, LOOP_IN | LOOP_OUT);
	loop_turn(l, WAIT_MS);
	assert_int_equal(e.events, LOOP_IN | LOOP_OUT);
	loop_watch_set(&e.watch, LOOP_IN);
	loop_turn(l, WAIT_MS);
	assert_int_equal(e.events, LOOP_IN);
	assert_int_equal(e.calls, 3);
	end_close(&e);
	loop_watch_set(&e.watch, LOOP_OUT);
}

static void hang_up_comes_as_in(void **state)
{
	struct loop *l = *state;
	struct end e;

	for (unsigned events = 0; events <= LOOP_OUT; events++) {
		end_open(l, &e, events);
		close(e.far);
		e.far = -1;
		loop_turn(l, WAIT_MS);
		assert_int_equal(e.calls, 1);
		assert_true(e.events & LOOP_IN);
		end_close(&e);
	}
}

static void bad_descriptor_is_refused(void **state)
{
	struct loop *l = *state;
	struct loop_watch w;

	assert_false(loop_watch_open(l, &w, 99999, LOOP_IN, on_end, NULL));
	loop_watch_close(&w);
}

static void own_callback_may_close(void **state)
{
	struct loop *l = *state;
	struct end e;

	end_open(l, &e, LOOP_IN);
	end_poke(&e);
	e.closes = &e.watch;
	loop_turn(l, WAIT_MS);
	loop_turn(l, 0);
	assert_int_equal(e.calls, 1);
	end_close(&e);
}

/* All are ready at once, and the first that runs closes the others. */
static void closed_watch_is_silent(void **state)
{
	struct loop *l = *state;
	struct end a, b;

	end_open(l, &a, LOOP_IN);
	end_open(l, &b, LOOP_IN);
	a.closes = &b.watch;
	b.closes = &a.watch;
	end_poke(&a);
	end_poke(&b);
	loop_turn(l, WAIT_MS);
	assert_int_equal((a.calls > 0) + (b.calls > 0), 1);
	end_close(&a);
	end_close(&b);
}

/* su takes four in a step; nobody may starve behind those. */
static void all_ready_ones_are_served(void **state)
{
	struct loop *l = *state;
	struct end ends[PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		end_open(l, &ends[i], LOOP_IN);
		ends[i].reads = true;
		end_poke(&ends[i]);
	}
	loop_turn(l, WAIT_MS);
	for (int i = 0; i < PAIRS; i++) {
		assert_int_equal(ends[i].calls, 1);
		end_close(&ends[i]);
	}
}

/* --- timers */

struct alarm {
	struct loop *loop;
	struct loop_timer timer, *stops;
	uint64_t started_ms, fired_ms;
	unsigned calls, repeats;
};

static void on_alarm(void *arg)
{
	struct alarm *a = arg;

	assert_false(loop_timer_is_running(&a->timer));
	a->calls++;
	a->fired_ms = clock_ms();
	if (a->stops)
		loop_timer_stop(a->stops);
	if (a->repeats > 0) {
		a->repeats--;
		loop_timer_start(a->loop, &a->timer, 0, on_alarm, a);
	}
}

static void alarm_start(struct loop *l, struct alarm *a, uint64_t delay_ms)
{
	a->loop = l;
	a->started_ms = clock_ms();
	loop_timer_start(l, &a->timer, delay_ms, on_alarm, a);
}

static void timers_are_never_early(void **state)
{
	static const uint64_t delays[] = { 1, 5, 10, 11, 29, 35, 60 };
	enum { N = sizeof(delays) / sizeof(delays[0]) };
	struct alarm a[N] = { 0 };
	struct loop *l = *state;
	unsigned done = 0;

	for (int i = 0; i < N; i++)
		alarm_start(l, &a[i], delays[i]);
	while (done < N) {
		loop_turn(l, WAIT_MS);
		done = 0;
		for (int i = 0; i < N; i++)
			done += a[i].calls;
	}
	for (int i = 0; i < N; i++) {
		assert_int_equal(a[i].calls, 1);
		assert_true(a[i].fired_ms - a[i].started_ms >= delays[i]);
		assert_true(a[i].fired_ms - a[i].started_ms < WAIT_MS);
	}
}

static void timers_ignore_the_wall_clock(void **state)
{
	static const time_t turns[] = { -3600, 3600, 86400 * 30 };
	struct loop *l = *state;

	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		struct alarm a = { 0 };

		alarm_start(l, &a, 50);
		loop_turn(l, 10);
		turned_s = turns[i];
		while (a.calls == 0)
			loop_turn(l, WAIT_MS);
		assert_true(a.fired_ms - a.started_ms >= 50);
		assert_true(a.fired_ms - a.started_ms < WAIT_MS);
	}
	turned_s = 0;
}

static void stopped_and_restarted(void **state)
{
	struct alarm a = { 0 }, b = { 0 };
	struct loop *l = *state;

	loop_timer_stop(&a.timer);
	alarm_start(l, &a, 10);
	assert_true(loop_timer_is_running(&a.timer));
	loop_timer_stop(&a.timer);
	loop_timer_stop(&a.timer);
	assert_false(loop_timer_is_running(&a.timer));
	alarm_start(l, &b, 100000);
	alarm_start(l, &b, 20); /* again, sooner */
	while (b.calls == 0)
		loop_turn(l, WAIT_MS);
	assert_int_equal(a.calls, 0);
	assert_int_equal(b.calls, 1);
}

/* Both are due; the one that fires first stops the other. */
static void due_timer_can_be_stopped(void **state)
{
	struct alarm a = { 0 }, b = { 0 };
	struct loop *l = *state;

	a.stops = &b.timer;
	b.stops = &a.timer;
	alarm_start(l, &a, 0);
	alarm_start(l, &b, 0);
	loop_turn(l, WAIT_MS);
	loop_turn(l, 0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
}

static void zero_delay_is_once_a_turn(void **state)
{
	struct alarm a = { .repeats = 3 };
	struct loop *l = *state;

	alarm_start(l, &a, 0);
	assert_int_equal(a.calls, 0);
	for (unsigned i = 1; i <= 4; i++) {
		loop_turn(l, WAIT_MS);
		assert_int_equal(a.calls, i);
	}
	loop_turn(l, 0);
	assert_int_equal(a.calls, 4);
}

static void destroyed_loop_stops_timers(void **state)
{
	const char *why = NULL;
	struct loop *l = loop_create(&why);
	struct alarm a = { 0 };

	(void)state;
	alarm_start(l, &a, 1000);
	loop_destroy(&l);
	assert_false(loop_timer_is_running(&a.timer));
	loop_timer_stop(&a.timer);
}

static void jitter_stays_in_range(void **state)
{
	static const struct {
		uint64_t ms;
		unsigned percent;
		uint64_t low, high;
	} cases[] = {
		{ 1000, 10, 900, 1100 }, { 1000, 0, 1000, 1000 },
		{ 0, 50, 0, 0 },	 { 7, 100, 0, 14 },
		{ 100, 900, 0, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t low = UINT64_MAX, high = 0;

		for (int k = 0; k < 5000; k++) {
			uint64_t ms =
				loop_jitter_ms(cases[i].ms, cases[i].percent);

			low = ms < low ? ms : low;
			high = ms > high ? ms : high;
		}
		assert_true(low >= cases[i].low && high <= cases[i].high);
		assert_true(low < high || cases[i].low == cases[i].high);
	}
}

/* --- hooks */

struct trace {
	char text[32];
	size_t n;
};

struct tracer {
	struct trace *trace;
	struct loop_hook hook, *removes;
	struct tracer *adds;
	char letter;
};

static void on_hook(void *arg)
{
	struct tracer *t = arg;

	t->trace->text[t->trace->n++] = t->letter;
	if (t->removes)
		loop_hook_remove(t->removes);
	if (t->adds)
		loop_hook_add(t->hook.loop, &t->adds->hook, t->hook.phase,
			      on_hook, t->adds);
	t->adds = NULL;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void hooks_run_in_phases(void **state)
{
	struct trace trace = { "", 0 };
	struct tracer flush = { .trace = &trace, .letter = 'f' };
	struct tracer gather = { .trace = &trace, .letter = 'g' };
	struct tracer more = { .trace = &trace, .letter = 'm' };
	struct loop *l = *state;

	loop_hook_remove(&flush.hook);
	loop_hook_add(l, &flush.hook, LOOP_FLUSH, on_hook, &flush);
	loop_hook_add(l, &gather.hook, LOOP_GATHER, on_hook, &gather);
	loop_turn(l, 0); /* nothing happens */
	assert_string_equal(trace.text, "");
	loop_post(l, nothing, NULL);
	gather.adds = &more;
	loop_turn(l, WAIT_MS);
	assert_string_equal(trace.text, "gf");
	loop_post(l, nothing, NULL);
	gather.removes = &gather.hook;
	loop_turn(l, WAIT_MS);
	/* gather ran before more, as it was there first. */
	assert_string_equal(trace.text, "gfgmf");
	loop_post(l, nothing, NULL);
	more.removes = &flush.hook;
	loop_turn(l, WAIT_MS);
	assert_string_equal(trace.text, "gfgmfm");
	loop_hook_remove(&more.hook);
	loop_hook_remove(&more.hook);
}

/* --- arena, clock, signals, posts, stop */

static void fill_arena(void *arg)
{
	memset(arena_alloc(loop_arena(arg), 1000), 1, 1000);
	assert_int_not_equal(arena_used_bytes(loop_arena(arg)), 0);
}

static void arena_lives_for_a_turn(void **state)
{
	struct loop *l = *state;

	loop_post(l, fill_arena, l);
	loop_turn(l, WAIT_MS);
	assert_int_equal(arena_used_bytes(loop_arena(l)), 0);
}

static void clock_is_of_the_turn(void **state)
{
	struct loop *l = *state;
	uint64_t before = clock_ms();

	loop_turn(l, 30);
	assert_true(loop_now_ms(l) >= before + 30);
	assert_true(loop_now_ms(l) <= clock_ms());
	assert_true(loop_wall_ms() > 1600000000000);
}

static void on_term(void *arg, int signo)
{
	*(int *)arg += signo;
}

static void signals_come_in_the_loop(void **state)
{
	struct loop *l = *state;
	int usr1 = 0, usr2 = 0;

	assert_true(loop_signal(l, SIGUSR1, on_term, &usr1));
	assert_true(loop_signal(l, SIGUSR2, on_term, &usr2));
	raise(SIGUSR1);
	raise(SIGUSR2);
	assert_int_equal(usr1, 0);
	loop_turn(l, WAIT_MS);
	assert_int_equal(usr1, SIGUSR1);
	assert_int_equal(usr2, SIGUSR2);
	for (int i = 2; i < 8; i++)
		assert_true(loop_signal(l, SIGUSR1, on_term, &usr1));
	assert_false(loop_signal(l, SIGHUP, on_term, &usr1));
	assert_false(loop_signal(l, 99999, on_term, &usr1));
}

static void broken_pipes_are_no_death(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	assert_int_equal(write(pair[0], "x", 1), -1);
	close(pair[0]);
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void *post_stop(void *arg)
{
	loop_post(arg, stop_loop, arg);
	return NULL;
}

static void thread_stops_the_loop(void **state)
{
	struct loop *l = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, post_stop, l), 0);
	loop_run(l);
	pthread_join(thread, NULL);
	/* A stop that comes first is not forgotten. */
	loop_stop(l);
	loop_run(l);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(watch_is_level_triggered),	 T(interest_can_change),
		T(hang_up_comes_as_in),		 T(bad_descriptor_is_refused),
		T(own_callback_may_close),	 T(closed_watch_is_silent),
		T(all_ready_ones_are_served),	 T(timers_are_never_early),
		T(timers_ignore_the_wall_clock), T(stopped_and_restarted),
		T(due_timer_can_be_stopped),	 T(zero_delay_is_once_a_turn),
		T(destroyed_loop_stops_timers),	 T(jitter_stays_in_range),
		T(hooks_run_in_phases),		 T(arena_lives_for_a_turn),
		T(clock_is_of_the_turn),	 T(signals_come_in_the_loop),
		T(broken_pipes_are_no_death),	 T(thread_stops_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
