#include "sip/leg.h"
#include <assert.h>
#include "sip/flight.h"
#include "sip/lapse.h"
#include "sip/party.h"

enum {
	CSEQ_ROOM = 8,
	RETRY_MOST = 16, /* times the first back-off */
	LATE_SHARE = 16, /* of Timer N: for a 2xx that came late itself */
	RAISES_MAX = 2,	 /* 423 and again 423 */
	EXPIRES_MAX_S = 7 * 86400, /* what a 423 may make us ask for */
	PUT_OFF_MS = 4000,	   /* and at most a quarter of what is left */
	PUT_OFF_SHARE = 4,
	PUT_OFF_LEAST_MS = 100
};

static void on_timer(void *arg);
static void on_outcome(void *arg, const struct outcome *o);

static void timer_start(struct leg *leg, enum leg_timer kind, uint64_t ms)
{
	leg->timer_kind = (unsigned char)kind;
	loop_timer_start(leg->watch->kind->watcher->loop, &leg->timer, ms,
			 on_timer, leg);
}

static uint64_t now_ms(const struct leg *leg)
{
	return loop_now_ms(leg->watch->kind->watcher->loop);
}

/* --- sending */

static void verdict(struct leg *leg, int status)
{
	leg->status = status;
	leg->retry_after_s = -1;
	timer_start(leg, LEG_TIMER_VERDICT, 0);
}

/* A number that was not used is used again. */
static void uncount(struct leg *leg)
{
	if (leg->dialog != NULL)
		leg->dialog->local_cseq--;
	else
		leg->watch->cseq--;
}

/* --- whose it is */

static struct str user_of(const struct leg *leg)
{
	const struct watch *w = leg->watch;

	return (struct str){ w->block + w->bytes[0], w->bytes[1] };
}

static struct ration *ration_of(const struct leg *leg)
{
	return ration_find(&leg->watch->kind->watcher->rations, user_of(leg));
}

/* Whoever of his is next finds himself in the room. */
static void uncounted(struct leg *leg)
{
	if (leg->is_counted)
		ration_leave(ration_of(leg));
	leg->is_counted = false;
}

static struct leg *leg_in(struct room_seat *seat)
{
	return (struct leg *)((char *)seat - offsetof(struct leg, seat));
}

void leg_rationed(struct room_seat *seat)
{
	struct leg *leg = leg_in(seat);

	leg->is_held = false;
	leg->is_counted = true;
	room_wait(&leg->watch->kind->watcher->room, seat);
}

bool leg_turn(struct room_seat *seat)
{
	struct leg *leg = leg_in(seat);
	struct watch *w = leg->watch;
	struct arena *a = loop_arena(w->kind->watcher->loop);
	unsigned expires_s = leg->purpose == LEG_ENDING ? 0 : w->expires_s;
	struct draft d;
	bool is_readable = leg_draft(leg, a, expires_s, &d);

	assert(leg->flight == NULL);
	loop_timer_stop(&leg->timer);
	if (!is_readable) {
		uncounted(leg);
		verdict(leg, 400);
		return true;
	}
	switch (flight_start(w->kind->watcher->uac, &d, on_outcome, leg,
			     &leg->flight)) {
	case FLIGHT_STARTED:
		leg->is_awaiting = true;
		leg->sent_ms = now_ms(leg);
		return true;
	case FLIGHT_FULL:
		uncount(leg);
		return false;
	case FLIGHT_TOO_LARGE:
		uncounted(leg);
		verdict(leg, 513);
		return true;
	}
	return true;
}

/* Now, or behind those who wait for room, or behind the user's own. */
static void transmit(struct leg *leg)
{
	struct watcher *owner = leg->watch->kind->watcher;
	struct room *room = &owner->room;

	loop_timer_stop(&leg->timer);
	if (room_is_taken(&leg->seat))
		return;
	leg->is_counted =
		ration_take(&owner->rations, user_of(leg), &leg->seat);
	leg->is_held = !leg->is_counted;
	if (leg->is_held)
		return;
	if (room->first != NULL || !leg_turn(&leg->seat))
		room_wait(room, &leg->seat);
}

void leg_open(struct leg *leg)
{
	leg->purpose = LEG_OPENING;
	transmit(leg);
}

static void refresh(struct leg *leg)
{
	if (leg->dialog == NULL || leg->flight != NULL || leg->wants_end)
		return;
	leg->purpose = LEG_REFRESHING;
	leg->raises = 0;
	leg->is_put_off = false;
	transmit(leg);
}

/* Somebody wants to know; not more often than the floor allows, and not while
 * a NOTIFY is to come anyway. */
void leg_ask(struct leg *leg)
{
	uint64_t since = now_ms(leg) - leg->sent_ms;
	uint64_t floor_ms = leg->watch->kind->watcher->timing.floor_ms;

	if (leg->dialog == NULL || leg->flight != NULL || leg->wants_end ||
	    leg->is_awaiting || room_is_taken(&leg->seat))
		return;
	if (since >= floor_ms)
		refresh(leg);
	else
		timer_start(leg, LEG_TIMER_REFRESH, floor_ms - since);
}

static void over(struct leg *leg, int status, int64_t retry_after_s)
{
	leg_stop(leg);
	leg->watch->kind->watcher->on_over(leg, status, retry_after_s);
}

/* --- time */

static void schedule(struct leg *leg)
{
	const struct watch_timing *t = &leg->watch->kind->watcher->timing;
	uint64_t now = now_ms(leg);
	uint64_t left = leg->expires_ms > now ? leg->expires_ms - now : 0;

	timer_start(leg, LEG_TIMER_REFRESH,
		    lapse_refresh_ms(left, t->timer_n_ms, t->floor_ms));
}

static void set_expiry(struct leg *leg, unsigned expires_s)
{
	leg->expires_ms = now_ms(leg) + (uint64_t)expires_s * 1000;
}

/* RFC 6665 §4.1.2.4. Counted from the SUBSCRIBE; where challenges took their
 * time, a NOTIFY still has a moment. */
static void start_timer_n(struct leg *leg)
{
	uint64_t n = leg->watch->kind->watcher->timing.timer_n_ms;
	uint64_t late = n / LATE_SHARE;
	uint64_t until = leg->sent_ms + n;
	uint64_t now = now_ms(leg);

	timer_start(leg, LEG_TIMER_N, until > now + late ? until - now : late);
}

/* The subscription stays what it is until its time is over (§4.1.2.2). */
static void retry_later(struct leg *leg)
{
	unsigned first_ms = leg->watch->kind->watcher->timing.retry_ms;
	uint64_t delay = lapse_retry_ms(first_ms, first_ms * RETRY_MOST,
					leg->tries, leg->retry_after_s);
	uint64_t now = now_ms(leg);

	if (leg->tries < UINT8_MAX)
		leg->tries++;
	if (now >= leg->expires_ms)
		timer_start(leg, LEG_TIMER_EXPIRED, 0);
	else if (now + delay >= leg->expires_ms)
		timer_start(leg, LEG_TIMER_EXPIRED, leg->expires_ms - now);
	else
		timer_start(leg, LEG_TIMER_REFRESH, delay);
}

/* The owner may want to know first whether it is worth it. leg may be gone
 * after he was asked. */
static void refresh_due(struct leg *leg)
{
	const struct watch_events *e = leg->watch->kind->events;
	uint64_t now = now_ms(leg), wait = PUT_OFF_LEAST_MS;
	bool is_last = leg->is_put_off;

	if (leg->watch->is_closing || e->on_due == NULL) {
		refresh(leg);
		return;
	}
	if (leg->expires_ms > now + wait * PUT_OFF_SHARE)
		wait = (leg->expires_ms - now) / PUT_OFF_SHARE;
	if (wait > PUT_OFF_MS)
		wait = PUT_OFF_MS;
	leg->is_put_off = true;
	timer_start(leg, LEG_TIMER_REFRESH, wait);
	if (e->on_due(leg->watch->arg, is_last))
		refresh(leg);
}

static void on_timer(void *arg)
{
	struct leg *leg = arg;

	switch ((enum leg_timer)leg->timer_kind) {
	case LEG_TIMER_NONE:
		break;
	case LEG_TIMER_REFRESH:
		refresh_due(leg);
		break;
	case LEG_TIMER_N:
		over(leg, 0, -1);
		break;
	case LEG_TIMER_EXPIRED:
	case LEG_TIMER_VERDICT:
		over(leg, leg->status, leg->retry_after_s);
		break;
	}
}

/* --- what became of a SUBSCRIBE */

static void on_accepted(struct leg *leg, const struct response *res)
{
	struct watch *w = leg->watch;

	w->granted_s = w->expires_s;
	if (res->expires_s >= 0 && res->expires_s < w->expires_s)
		w->granted_s = (unsigned)res->expires_s;
	leg->tries = 0;
	leg->raises = 0;
	if (leg->wants_end && leg->purpose != LEG_ENDING && leg->dialog != NULL)
		leg_end(leg);
	else if (leg->is_awaiting || leg->wants_end)
		start_timer_n(leg);
	else
		schedule(leg);
}

/* 423: once more with what they want (RFC 6665 §4.1.2.1), if that is sane. */
static bool ask_longer(struct leg *leg, const struct response *res)
{
	struct watch *w = leg->watch;

	if (res == NULL || res->status != 423 || leg->raises >= RAISES_MAX ||
	    res->min_expires_s <= w->expires_s ||
	    res->min_expires_s > EXPIRES_MAX_S || w->is_poll)
		return false;
	leg->raises++;
	w->expires_s = (unsigned)res->min_expires_s;
	transmit(leg);
	return true;
}

/* 481 to a request outside of any dialog: somebody took it for one of an old
 * dialog. Once more, with nothing in it that was there before. */
static bool renew(struct leg *leg, int status)
{
	struct watch *w = leg->watch;

	if (status != 481 || leg->dialog != NULL || w->is_renewed)
		return false;
	w->is_renewed = true;
	watch_renew(w);
	leg_open(leg);
	return true;
}

/* RFC 6665 §4.1.2.2; 403, 489, 603 by RFC 8048 §5.2.2; 6xx by RFC 3261 §21.6:
 * nobody anywhere will say anything else. */
static bool ends_dialog(int status)
{
	static const int ends[] = { 403, 404, 405, 410, 416, 489, 501 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (status == ends[i])
			return true;
	}
	return (status >= 480 && status <= 485) || status >= 600;
}

static int32_t retry_after_s(const struct response *res)
{
	if (res == NULL)
		return -1;
	return res->retry_after_s < INT32_MAX ? (int32_t)res->retry_after_s
					      : INT32_MAX;
}

/* A failure that ends it, and not only this request. Where a NOTIFY came to the
 * first SUBSCRIBE, its 2xx was lost. */
static bool is_the_end(const struct leg *leg, const struct outcome *o)
{
	if (leg->wants_end || leg->dialog == NULL)
		return true;
	return leg->purpose != LEG_OPENING && o->kind == OUTCOME_ANSWERED &&
	       ends_dialog(leg->status);
}

static void on_refused(struct leg *leg, const struct outcome *o)
{
	leg->status = o->kind == OUTCOME_NO_ROUTE ? 503 : o->status;
	leg->retry_after_s = retry_after_s(o->response);
	if (!leg->wants_end &&
	    (ask_longer(leg, o->response) || renew(leg, o->status)))
		return;
	if (leg->wants_end && leg->dialog && leg->purpose != LEG_ENDING)
		leg_end(leg);
	else if (is_the_end(leg, o))
		over(leg, leg->status, leg->retry_after_s);
	else if (leg->purpose == LEG_OPENING)
		schedule(leg);
	else
		retry_later(leg);
}

static void on_outcome(void *arg, const struct outcome *o)
{
	struct leg *leg = arg;
	struct watch *w = leg->watch;
	struct room *room = &w->kind->watcher->room;

	leg->flight = NULL;
	uncounted(leg);
	/* Challenges and redirects count on. */
	if (leg->dialog != NULL && leg->dialog->local_cseq < o->cseq)
		leg->dialog->local_cseq = o->cseq;
	if (leg->purpose == LEG_OPENING && w->cseq < o->cseq)
		w->cseq = o->cseq;
	if (o->status >= 200 && o->status < 300 && o->response != NULL)
		on_accepted(leg, o->response);
	else
		on_refused(leg, o);
	room_go_on(room); /* leg may be gone */
}

/* --- what the watcher tells */

void leg_end(struct leg *leg)
{
	leg->wants_end = true;
	if (leg->flight != NULL)
		return; /* goes on in on_outcome */
	if (leg->dialog != NULL) {
		leg->purpose = LEG_ENDING;
		transmit(leg);
	} else if (leg->timer_kind != LEG_TIMER_N ||
		   !loop_timer_is_running(&leg->timer)) {
		over(leg, 0, -1); /* never sent: nobody knows of it */
	}
}

void leg_adopt(struct leg *leg, const struct request *r)
{
	struct watch *w = leg->watch;
	struct arena *a = loop_arena(w->kind->watcher->loop);
	struct watch_texts t = watch_texts(w, a);
	struct dialog d;

	dialog_of_request(a, r, STR_NONE, &d);
	d.call_id = STR_NONE;
	if (str_eq(d.local_party, t.from))
		d.local_party = STR_NONE;
	if (str_eq(d.remote_party, t.to))
		d.remote_party = STR_NONE;
	d.local_cseq = w->cseq;
	if (w->first.flight != NULL) /* challenges may count on yet */
		d.local_cseq += CSEQ_ROOM;
	leg->dialog = dialog_keep(&d);
}

void leg_notified(struct leg *leg, const struct substate *s)
{
	struct watch *w = leg->watch;
	unsigned left = w->granted_s;

	/* RFC 6665 §4.1.2.4: it says how long; it cannot make it longer. */
	if (s->expires_s >= 0 && s->expires_s < w->expires_s)
		left = (unsigned)s->expires_s;
	else if (s->expires_s >= 0)
		left = w->expires_s;
	if (leg->is_awaiting)
		leg->tries = 0;
	leg->is_awaiting = false;
	set_expiry(leg, left);
	if (leg->flight != NULL)
		return;
	if (!leg->wants_end)
		schedule(leg);
	else if (leg->purpose != LEG_ENDING)
		leg_end(leg);
	/* else it is not the last one yet: Timer N goes on */
}

/* The request goes its way, and counts until it has. */
static void on_forgotten(void *arg, const struct outcome *o)
{
	(void)o;
	ration_leave(arg);
}

static void seat_leave(struct leg *leg)
{
	if (leg->flight != NULL) {
		flight_forget_to(&leg->flight, on_forgotten, ration_of(leg));
	} else if (leg->is_held) {
		ration_drop(ration_of(leg), &leg->seat);
	} else {
		room_leave(&leg->watch->kind->watcher->room, &leg->seat);
		uncounted(leg);
	}
	leg->is_held = leg->is_counted = false;
}

void leg_stop(struct leg *leg)
{
	leg->is_over = true;
	loop_timer_stop(&leg->timer);
	seat_leave(leg);
	free(leg->dialog);
	leg->dialog = NULL;
}
