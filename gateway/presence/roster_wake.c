#include "gateway/presence/roster_inner.h"

/* What a restart or a new link asks for, at a paced rate and in order. */
enum { WAKE_TICK_MS = 100 };

/* The question may have been lost with the link, or his answer, for a server
 * keeps neither: it says "subscribed" once more for who is let in, and does not
 * show a question twice (RFC 6121 §3.1.3). */
static void ask_anew(struct row *w)
{
	if (w->state != SUB_DENIED) /* it says when he refused */
		w->asked_at_s = 0;
}

static void wake_in(struct row *w)
{
	ask_anew(w);
	w->wants_restart = false;
	in_check(w);
	if (w->usages != NULL || w->state == SUB_DORMANT) {
		row_event(w, EV_RESTART);
		return;
	}
	if (w->state == SUB_DENIED && in_is_pardoned(w)) {
		row_event(w, EV_PARDON);
		return;
	}
	/* The last dialog was gone, and its row did not know yet. */
	if (w->state == SUB_ASKING) {
		w->asked_at_s = 0;
		row_event(w, EV_RESTART);
	}
	row_event(w, EV_WATCH_LOST);
}

/* After a restart everything is asked for anew; when only the link was away,
 * the user is told what we know. */
static void wake_out(struct row *w)
{
	bool is_restart = w->wants_restart;

	w->wants_restart = false;
	out_mark(w);
	if (!is_restart)
		out_take_back(w);
	if (w->state == SUB_DORMANT && row_timer_is_running(w)) {
		/* It waits for its turn; what went before has to be said. */
		if (!is_restart)
			out_say_presence(w);
		return;
	}
	if (w->state == SUB_DORMANT && out_is_for_nobody(w))
		return;
	row_event(w, is_restart ? EV_RESTART : EV_PROBE);
}

static void on_wake(void *arg)
{
	struct roster *r = arg;
	unsigned n = r->bridge->cfg->wake_per_s * WAKE_TICK_MS / 1000 + 1;
	bool is_said = words_repeat(r, &n);
	struct row *w;

	while (r->is_booted && n > 0 && (w = r->waking) != NULL) {
		n--;
		DL_DELETE(r->waking, w);
		w->is_waking = false;
		if (w->direction == SUB_IN)
			wake_in(w);
		else
			wake_out(w);
	}
	if (r->waking != NULL || !is_said)
		loop_timer_start(r->bridge->loop, &r->wake, WAKE_TICK_MS,
				 on_wake, r);
}

static void wake_soon(struct roster *r)
{
	if (!loop_timer_is_running(&r->wake))
		loop_timer_start(r->bridge->loop, &r->wake,
				 loop_jitter_ms(WAKE_TICK_MS, 50), on_wake, r);
}

void row_wake_later(struct row *w)
{
	struct roster *r = w->roster;

	if (w->is_waking || w->is_ended || r->is_leaving)
		return;
	w->is_waking = true;
	DL_APPEND(r->waking, w);
	wake_soon(r);
}

void roster_link_up(struct link *k)
{
	struct roster *r = k->bridge->roster;
	struct row *w;

	gone_recall(r, k);
	if (words_recall(r, k) && !r->is_leaving)
		wake_soon(r);
	if (r->is_leaving) {
		leave_link_up(k);
		return;
	}
	for (w = roster_next(r, NULL); w != NULL; w = roster_next(r, w))
		if (w->link == k)
			row_wake_later(w);
	published_link_up(k);
}

static void on_booted(void *arg, bool is_kept)
{
	struct roster *r = arg;

	(void)is_kept; /* without a store nothing is restored either */
	r->is_booted = true;
}

void wake_init(struct roster *r)
{
	keep_boot(r, on_booted, r);
}
