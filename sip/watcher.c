#include "sip/watcher.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "sip/coding.h"
#include "sip/leg.h"

enum {
	TIMER_N_MS = 32000, /* 64*T1, RFC 6665 §4.1.2.4 */
	RETRY_MS = 4000,
	FLOOR_MS = 5000,
	LEGS_MAX = 8 /* notifiers that one SUBSCRIBE may find */
};

static const struct str XML = STR("xml");

/* --- life */

struct watcher *watcher_create(struct loop *l, struct agent *a)
{
	struct watcher *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	w->loop = l;
	w->uac = agent_uac(a);
	w->transport = agent_transports(a);
	w->timing = (struct watch_timing){ .timer_n_ms = TIMER_N_MS,
					   .retry_ms = RETRY_MS,
					   .floor_ms = FLOOR_MS };
	w->on_over = watch_leg_over;
	hashset_init(&w->table, watch_hash);
	room_init(&w->room, l, leg_turn);
	rations_init(&w->rations, leg_rationed);
	return w;
}

void watcher_set_timing(struct watcher *w, const struct watch_timing *t)
{
	if (t->timer_n_ms > 0)
		w->timing.timer_n_ms = t->timer_n_ms;
	if (t->retry_ms > 0)
		w->timing.retry_ms = t->retry_ms;
	if (t->floor_ms > 0)
		w->timing.floor_ms = t->floor_ms;
}

void watcher_set_ration(struct watcher *w, unsigned max)
{
	w->rations.max = max;
}

size_t watcher_count(const struct watcher *w)
{
	return w->table.count;
}

void watcher_destroy(struct watcher **wp)
{
	struct watcher *w = *wp;
	struct watch_kind *k, *tmp;
	struct watch *one;

	if (w == NULL)
		return;
	*wp = NULL;
	while ((one = w->all) != NULL)
		watch_drop(&one);
	rations_fini(&w->rations);
	room_fini(&w->room);
	LL_FOREACH_SAFE (w->kinds, k, tmp) {
		str_free(&k->event);
		str_free(&k->accept);
		free(k);
	}
	free(w);
}

/* --- NOTIFY */

static struct watch *find(struct watcher *w, const struct request *r)
{
	struct keyed128 key = dialog_key(r->call_id, r->to.tag);
	struct hashset_node *n = hashset_chain(&w->table, key.a);

	for (; n != NULL; n = n->next) {
		struct watch *found = (struct watch *)n;

		if (str_eq(r->call_id,
			   (struct str){ found->call_id,
					 sizeof(found->call_id) }) &&
		    str_eq(r->to.tag,
			   (struct str){ found->tag, sizeof(found->tag) }))
			return found;
	}
	return NULL;
}

static void reply(struct answer *a, int status, const struct header *headers)
{
	struct reply r = { .status = status, .headers = headers };

	agent_reply(a, &r);
}

static bool is_event(const struct watch *w, const struct request *r)
{
	/* RFC 6665 §8.2.1: byte by byte; we never give an id. */
	return str_eq(w->kind->event, r->event) && r->event_id.n == 0;
}

static struct leg *leg_create(struct watch *w)
{
	struct leg *leg = calloc(1, sizeof(*leg));

	if (leg == NULL)
		abort();
	leg->watch = w;
	leg->purpose = LEG_REFRESHING;
	LL_PREPEND(w->further, leg);
	return leg;
}

/* Another notifier behind a fork: only while the first SUBSCRIBE is young, so
 * that a stray NOTIFY never makes state. */
static bool may_fork(const struct watch *w)
{
	const struct leg *leg;
	size_t n = 1;

	LL_FOREACH (w->further, leg)
		n++;
	return w->wants_many && !w->is_closing && n < LEGS_MAX &&
	       w->first.purpose == LEG_OPENING && w->first.sent_ms != 0 &&
	       loop_now_ms(w->kind->watcher->loop) - w->first.sent_ms <=
		       w->kind->watcher->timing.timer_n_ms;
}

static bool is_of(const struct leg *leg, const struct request *r)
{
	return !leg->is_over && leg->dialog != NULL &&
	       str_eq(dialog_view(leg->dialog).remote_tag, r->from.tag);
}

static struct leg *leg_of(struct watch *w, const struct request *r)
{
	struct leg *leg;

	if (is_of(&w->first, r))
		return &w->first;
	LL_FOREACH (w->further, leg) {
		if (is_of(leg, r))
			return leg;
	}
	if (!w->first.is_over && w->first.dialog == NULL)
		return &w->first;
	return may_fork(w) ? leg_create(w) : NULL;
}

/* All that we ask for are XML documents, under names that vary. What ends it
 * needs none. */
static bool is_document(const struct request *r, const struct substate *state)
{
	struct str rest = r->content_type, type = str_cut(&rest, ';');

	if (r->body.n == 0 || state->kind == SUBSTATE_TERMINATED)
		return true;
	for (; type.n >= XML.n; type = str_from(type, 1))
		if (str_ieq(str_head(type, XML.n), XML))
			return true;
	return false;
}

/* 0: it is well-formed and in order. */
static int check(struct leg *leg, const struct request *r,
		 struct substate *state, struct str *body)
{
	enum coding coding;

	if (!substate_read(r->subscription_state, state) || !dialog_fits(r))
		return 400;
	if (!is_document(r, state)) /* RFC 3261 §8.2.3 */
		return 415;
	*body = r->body;
	if (r->body.n > 0) {
		coding = coding_decode(
			loop_arena(leg->watch->kind->watcher->loop),
			r->content_encoding, r->body, CODING_MAX_BYTES, body);
		if (coding != CODING_DONE)
			return coding_status(coding);
	}
	if (leg->dialog == NULL)
		leg_adopt(leg, r);
	else if (!dialog_accept(&leg->dialog, r))
		return 500; /* RFC 3261 §12.2.2 */
	return 0;
}

static void refuse(struct leg *leg, struct answer *a, int status)
{
	struct str accept = leg->watch->kind->accept;
	struct header encoding = { .name = STR("Accept-Encoding"),
				   .value = STR(CODING_ACCEPT) };
	struct header type = { .next = &encoding,
			       .name = STR("Accept"),
			       .value = accept };

	if (status != 500) /* order is the network's fault */
		log_warn("notify_not_taken",
			 F_STR("event", leg->watch->kind->event),
			 F_NUM("status", status));
	reply(a, status, status == 415 ? &type : NULL);
	if (leg->dialog == NULL && leg != &leg->watch->first)
		(void)watch_leg_remove(leg); /* made for this NOTIFY */
}

static const enum watch_state states[] = {
	[SUBSTATE_ACTIVE] = WATCH_ACTIVE,
	[SUBSTATE_PENDING] = WATCH_PENDING,
	[SUBSTATE_TERMINATED] = WATCH_TERMINATED,
};

/* What is told last: the owner may drop the watch in it. */
static void tell(struct watch *w, const struct watch_notice *n)
{
	w->is_confirmed = true;
	if (!w->is_closing)
		w->kind->events->on_notice(w->arg, n);
}

static void on_terminated(struct leg *leg, struct watch_notice *n)
{
	struct watch *w = leg->watch;

	n->state = WATCH_TERMINATED;
	n->expires_s = 0;
	if (watch_leg_remove(leg)) /* other notifiers go on */
		n->state = WATCH_ACTIVE;
	else if (!watch_over(w))
		return;
	tell(w, n);
}

static void on_notify(struct leg *leg, const struct request *r, struct str body,
		      const struct substate *s)
{
	struct watch *w = leg->watch;
	struct watch_notice n = { .state = states[s->kind],
				  .reason = s->reason,
				  .retry_after_s = s->retry_after_s,
				  .content_type = r->content_type,
				  .body = body,
				  .language = r->language,
				  .is_poll = w->is_poll,
				  .is_answer = leg->is_awaiting };

	if (s->kind == SUBSTATE_TERMINATED || w->is_poll) {
		on_terminated(leg, &n);
		return;
	}
	leg_notified(leg, s);
	n.expires_s = (int64_t)(leg->expires_ms -
				loop_now_ms(w->kind->watcher->loop)) /
		      1000;
	tell(w, &n);
}

bool watcher_offer(struct watcher *owner, const struct request *r,
		   struct answer *a)
{
	struct watch *w = find(owner, r);
	struct leg *leg = w != NULL && is_event(w, r) ? leg_of(w, r) : NULL;
	struct substate state;
	struct str body;
	int status;

	if (leg == NULL)
		return false;
	status = check(leg, r, &state, &body);
	if (status != 0) {
		refuse(leg, a, status);
		return true;
	}
	reply(a, 200, NULL); /* at once: nobody is asked (RFC 6665 §4.1.3) */
	on_notify(leg, r, body, &state);
	return true;
}
