#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "gateway/bridge.h"
#include "gateway/messages/queue.h"

/* What the brake looks at, and what it does. */
static struct {
	uint64_t now_ms, progress_ms, barrier_ms;
	bool is_stuck, is_paused, has_timer;
	unsigned pauses;
	loop_hook_fn *hook;
	void *arg;
} world;

uint64_t loop_now_ms(const struct loop *l)
{
	(void)l;
	return world.now_ms;
}

bool queue_is_stuck(const struct queue *q)
{
	(void)q;
	return world.is_stuck;
}

uint64_t queue_progress_ms(const struct queue *q)
{
	(void)q;
	return world.progress_ms;
}

uint64_t barrier_waits_ms(const struct barrier *b)
{
	(void)b;
	return world.barrier_ms;
}

void link_pause(struct link *k)
{
	world.is_paused = k->brake.is_on;
	world.pauses++;
}

void loop_hook_add(struct loop *l, struct loop_hook *h, enum loop_phase phase,
		   loop_hook_fn *fn, void *arg)
{
	(void)l;
	(void)h;
	assert_int_equal(phase, LOOP_GATHER);
	world.hook = fn;
	world.arg = arg;
}

void loop_hook_remove(struct loop_hook *h)
{
	(void)h;
	world.hook = NULL;
}

void loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t delay_ms,
		      loop_timer_fn *fn, void *arg)
{
	(void)l;
	(void)t;
	(void)fn;
	(void)arg;
	assert_in_range(delay_ms, 1, BRAKE_PROGRESS_MS);
	world.has_timer = true;
}

void loop_timer_stop(struct loop_timer *t)
{
	(void)t;
	world.has_timer = false;
}

bool loop_timer_is_running(const struct loop_timer *t)
{
	(void)t;
	return world.has_timer;
}

static void when_it_holds(void **state)
{
	static const struct {
		bool is_stuck, is_draining;
		unsigned progress_ms, barrier_ms; /* ago */
		bool is_on;
	} cases[] = {
		{ true, false, 0, 0, true },
		{ false, false, 0, 0, false },
		{ true, true, 0, 0, false },
		{ true, false, BRAKE_PROGRESS_MS - 1, 0, true },
		{ true, false, BRAKE_PROGRESS_MS, 0, false },
		{ true, false, 0, BRAKE_BARRIER_MS - 1, true },
		{ true, false, 0, BRAKE_BARRIER_MS, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bridge b = { .is_draining = cases[i].is_draining };
		struct link k = { .bridge = &b };

		world.now_ms = 100000;
		world.progress_ms = world.now_ms - cases[i].progress_ms;
		world.barrier_ms = cases[i].barrier_ms;
		world.is_stuck = cases[i].is_stuck;
		world.is_paused = world.has_timer = false;
		brake_init(&k.brake, &k);
		world.hook(world.arg);
		assert_int_equal(world.is_paused, cases[i].is_on);
		/* It looks again by itself: nothing else may happen. */
		assert_int_equal(world.has_timer, cases[i].is_on);
		brake_fini(&k.brake);
		assert_null(world.hook);
		assert_false(world.has_timer);
	}
}

static void says_each_change_once(void **state)
{
	struct bridge b = { .is_draining = false };
	struct link k = { .bridge = &b };

	(void)state;
	world.now_ms = world.progress_ms = 5000;
	world.barrier_ms = 0;
	world.pauses = 0;
	world.is_stuck = true;
	brake_init(&k.brake, &k);
	world.hook(world.arg);
	world.hook(world.arg);
	assert_int_equal(world.pauses, 1);
	assert_true(world.is_paused);
	world.now_ms += BRAKE_PROGRESS_MS;
	world.hook(world.arg);
	world.hook(world.arg);
	assert_int_equal(world.pauses, 2);
	assert_false(world.is_paused);
	/* Somebody answers again. */
	world.progress_ms = world.now_ms;
	world.hook(world.arg);
	assert_true(world.is_paused);
	world.is_stuck = false;
	world.hook(world.arg);
	assert_false(world.is_paused);
	brake_fini(&k.brake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_it_holds),
		cmocka_unit_test(says_each_change_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
