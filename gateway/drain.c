#include "gateway/drain.h"
#include "gateway/arrival.h"
#include "gateway/outbox.h"
#include "gateway/reception.h"
#include "gateway/departure.h"

enum {
	TICK_MS = 50,
	MARGIN_MS = 200, /* for what comes after the drain */
	OPEN_SHARE = 3,	 /* of the time, in fifths: then the links close */
	SHARES = 5
};

static bool is_quiet(const struct bridge *b)
{
	size_t i;

	if (departures_are_busy(b))
		return false;
	for (i = 0; i < b->link_count; i++) {
		const struct link *k = &b->links[i];

		if (arrival_is_busy(k) || outbox_is_busy(k->outbox) ||
		    k->owed != NULL || component_queued_bytes(k->component) > 0)
			return false;
	}
	return true;
}

static bool any_is_up(const struct bridge *b)
{
	size_t i;

	for (i = 0; i < b->link_count; i++)
		if (component_is_up(b->links[i].component))
			return true;
	return false;
}

static void links_close(struct bridge *b)
{
	size_t i;

	departures_give_up(b);
	for (i = 0; i < b->link_count; i++) {
		outbox_give_up(b->links[i].outbox);
		reception_close(&b->links[i]);
		component_close(b->links[i].component);
	}
}

static void on_tick(void *arg)
{
	struct drain *d = arg;
	struct bridge *b = d->bridge;
	uint64_t ms = loop_now_ms(b->loop) - d->since_ms;
	uint64_t most = b->cfg->drain_ms;

	if (!d->is_closing &&
	    (is_quiet(b) || ms >= most * OPEN_SHARE / SHARES)) {
		d->is_closing = true;
		links_close(b);
	}
	if ((d->is_closing && is_quiet(b) && !any_is_up(b)) ||
	    ms + MARGIN_MS >= most) {
		d->fn(d->arg);
		return;
	}
	loop_timer_start(b->loop, &d->timer, TICK_MS, on_tick, d);
}

void drain_begin(struct drain *d, struct bridge *b, drain_fn *fn, void *arg)
{
	if (b->is_draining)
		return;
	b->is_draining = true;
	*d = (struct drain){ .bridge = b,
			     .since_ms = loop_now_ms(b->loop),
			     .fn = fn,
			     .arg = arg };
	agent_drain(b->agent);
	loop_timer_start(b->loop, &d->timer, TICK_MS, on_tick, d);
}

void drain_stop(struct drain *d)
{
	loop_timer_stop(&d->timer);
}
