#include "gateway/brake.h"
#include "gateway/bridge.h"
#include "gateway/messages/queue.h"

enum { LOOK_MS = 50 };

static bool is_wanted(const struct link *k)
{
	const struct bridge *b = k->bridge;
	uint64_t now_ms = loop_now_ms(b->loop);

	return !b->is_draining && queue_is_stuck(b->queue) &&
	       now_ms - queue_progress_ms(b->queue) < BRAKE_PROGRESS_MS &&
	       barrier_waits_ms(k->barrier) < BRAKE_BARRIER_MS;
}

static void look_again(void *arg);

/* At the end of each turn; and as long as it is on there is one now and
 * then. */
static void look(void *arg)
{
	struct brake *b = arg;
	bool is_on = is_wanted(b->link);

	if (is_on != b->is_on) {
		b->is_on = is_on;
		link_pause(b->link);
	}
	if (is_on && !loop_timer_is_running(&b->timer))
		loop_timer_start(b->link->bridge->loop, &b->timer, LOOK_MS,
				 look_again, b);
}

/* Its work is that the loop turns: the hook does the rest. */
static void look_again(void *arg)
{
	(void)arg;
}

void brake_init(struct brake *b, struct link *k)
{
	b->link = k;
	loop_hook_add(k->bridge->loop, &b->hook, LOOP_GATHER, look, b);
}

void brake_fini(struct brake *b)
{
	loop_timer_stop(&b->timer);
	loop_hook_remove(&b->hook);
}
