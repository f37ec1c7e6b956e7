#include "gateway/drain.h"
#include "gateway/messages/arrival.h"
#include "gateway/base/log.h"
#include "gateway/outbox/outbox.h"
#include "gateway/presence/reception.h"
#include "gateway/messages/departure.h"
#include "gateway/presence/roster.h"

enum {
	TICK_MS = 50,
	LEAVE_TICK_MS = 10, /* a queue full of presence each */
	MARGIN_MS = 200,    /* for what comes after the drain */
	END_SHARE = 3,	    /* of the time, in fifths, for what is under way */
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

/* What is written to the links that are up and not taken by the servers. */
static size_t unsent_bytes(const struct bridge *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->link_count; i++)
		n += component_is_up(b->links[i].component)
			     ? component_queued_bytes(b->links[i].component)
			     : 0;
	return n;
}

static bool is_owing(const struct bridge *b)
{
	size_t i;

	for (i = 0; i < b->link_count; i++)
		if (component_is_up(b->links[i].component) &&
		    b->links[i].owed != NULL)
			return true;
	return false;
}

static void end_work(struct bridge *b)
{
	size_t i;

	departures_give_up(b);
	for (i = 0; i < b->link_count; i++)
		outbox_give_up(b->links[i].outbox);
	reception_close(b->reception);
	roster_leave(b->roster);
}

static bool leave_more(struct bridge *b)
{
	bool is_said = reception_close_more(b->reception);

	return roster_leave_more(b->roster) && is_said && !is_owing(b) &&
	       unsent_bytes(b) == 0;
}

static void links_close(struct bridge *b)
{
	size_t i, left = roster_left(b->roster), bytes = unsent_bytes(b);

	if (left > 0 || bytes > 0)
		log_warn("farewell_cut", F_NUM("contacts", left),
			 F_NUM("unsent_bytes", bytes),
			 F_Z("advice", "users see these contacts as they were "
				       "until the next start: raise drain_ms"));
	for (i = 0; i < b->link_count; i++)
		component_close(b->links[i].component);
}

/* When the step has to be over. Half of what is behind the first one is for
 * the streams to close. */
static uint64_t step_ends_ms(const struct drain *d)
{
	uint64_t most = d->bridge->cfg->drain_ms;
	uint64_t last = most > MARGIN_MS ? most - MARGIN_MS : 0;
	uint64_t first = most * END_SHARE / SHARES;

	if (first > last)
		first = last;
	return d->step == DRAIN_ENDING	  ? first
	       : d->step == DRAIN_LEAVING ? (first + last) / 2
					  : last;
}

static void on_tick(void *arg)
{
	struct drain *d = arg;
	struct bridge *b = d->bridge;
	uint64_t ms = loop_now_ms(b->loop) - d->since_ms;

	if (d->step == DRAIN_ENDING && (is_quiet(b) || ms >= step_ends_ms(d))) {
		d->step = DRAIN_LEAVING;
		end_work(b);
	}
	if (d->step == DRAIN_LEAVING &&
	    (leave_more(b) || ms >= step_ends_ms(d))) {
		d->step = DRAIN_CLOSING;
		links_close(b);
	}
	if (d->step == DRAIN_CLOSING &&
	    ((is_quiet(b) && !any_is_up(b)) || ms >= step_ends_ms(d))) {
		d->fn(d->arg);
		return;
	}
	loop_timer_start(b->loop, &d->timer,
			 d->step == DRAIN_LEAVING ? LEAVE_TICK_MS : TICK_MS,
			 on_tick, d);
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
