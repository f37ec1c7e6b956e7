#include "sip/notice.h"
#include <string.h>
#include "gateway/base/log.h"
#include "sip/contact.h"
#include "sip/flight.h"
#include "sip/lapse.h"
#include "sip/substate.h"

enum {
	LATE_MS = 500,	     /* expiry is late by up to twice that: spread */
	END_WAIT_MS = 32000, /* for the owner's last word */
	/* ... which must be through by then, whatever its watcher says: he can
	 * make us owe him one with each poll, and none of them has a limit. */
	LAST_WORD_MS = 160000,
	RETRIES_MAX = 4
};

/* --- life */

struct notice *notice_create(struct notifier *owner, const struct dialog *d,
			     struct str event_id, void *arg)
{
	struct notice *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	n->key = dialog_key(d->call_id, d->local_tag);
	n->notifier = owner;
	n->owner = arg;
	n->dialog = dialog_keep(d);
	if (event_id.n > 0)
		n->event_id = (char *)str_heap(event_id).p;
	hashset_add(&owner->table, &n->node);
	n->is_listed = true;
	DL_APPEND(owner->all, n);
	return n;
}

void notice_unlist(struct notice *n)
{
	if (n->is_listed)
		hashset_remove(&n->notifier->table, &n->node);
	n->is_listed = false;
}

static void outbox_free(struct outbox **op)
{
	if (*op == NULL)
		return;
	loop_timer_stop(&(*op)->timer);
	free(*op);
	*op = NULL;
}

void notice_on_over(struct notice *n, notice_over_fn *fn, void *arg)
{
	n->over = fn;
	n->over_arg = arg;
}

static void notice_free(struct notice *n, bool is_settled)
{
	if (n->over != NULL)
		n->over(n->over_arg, is_settled);
	notice_unlist(n);
	noticeseat_leave(n);
	loop_timer_stop(&n->timer);
	outbox_free(&n->said);
	outbox_free(&n->waiting);
	DL_DELETE(n->notifier->all, n);
	free(n->event_id);
	free(n->dialog);
	free(n);
}

void notice_drop(struct notice *n)
{
	if (!n->is_lost) /* else it goes by itself */
		notice_free(n, false);
}

/* --- expiry */

static void on_expired(void *arg)
{
	struct notice *n = arg;

	/* Once more, should the owner let it lie. */
	loop_timer_start(n->notifier->loop, &n->timer, END_WAIT_MS, on_expired,
			 n);
	n->notifier->events.on_expired(n->notifier->arg, n);
}

void notice_set_expiry(struct notice *n, unsigned expires_s)
{
	uint64_t left = (uint64_t)expires_s * 1000;

	n->expires_ms = loop_now_ms(n->notifier->loop) + left;
	n->expires_at_s = loop_wall_ms() / 1000 + expires_s;
	if (expires_s == 0)
		left = END_WAIT_MS; /* the owner knows, and ends it */
	loop_timer_start(n->notifier->loop, &n->timer,
			 left + loop_jitter_ms(LATE_MS, 100), on_expired, n);
}

void notice_restore_expiry(struct notice *n, int64_t expires_at_s,
			   unsigned left_s, uint64_t late_ms)
{
	uint64_t left = (uint64_t)left_s * 1000;

	n->expires_ms = loop_now_ms(n->notifier->loop) + left;
	n->expires_at_s = expires_at_s;
	loop_timer_start(n->notifier->loop, &n->timer, left + late_ms,
			 on_expired, n);
}

unsigned notice_remaining_s(const struct notice *n)
{
	uint64_t now = loop_now_ms(n->notifier->loop);

	return n->expires_ms > now ? (unsigned)((n->expires_ms - now) / 1000)
				   : 0;
}

unsigned notice_granted_s(const struct notice *n)
{
	uint64_t now = loop_now_ms(n->notifier->loop);

	return n->expires_ms > now
		       ? (unsigned)((n->expires_ms - now + 999) / 1000)
		       : 0;
}

/* --- one NOTIFY */

static struct outbox *outbox_create(enum notice_state s, struct str reason,
				    const struct notice_document *d)
{
	struct outbox *o = calloc(1, sizeof(*o) + reason.n + d->type.n +
					     d->language.n + d->text.n);
	char *p;

	if (o == NULL)
		abort();
	p = o->block;
	o->state = s;
	o->reason = str_put(&p, reason);
	o->content_type = str_put(&p, d->type);
	o->language = str_put(&p, d->language);
	o->body = str_put(&p, d->text);
	return o;
}

static struct str state_text(const struct notice *n, struct arena *a)
{
	static const enum substate_kind kinds[] = {
		[NOTICE_PENDING] = SUBSTATE_PENDING,
		[NOTICE_ACTIVE] = SUBSTATE_ACTIVE,
		[NOTICE_TERMINATED] = SUBSTATE_TERMINATED
	};
	const struct outbox *o = n->waiting;
	struct substate s = { .kind = kinds[o->state],
			      .reason = o->reason,
			      .expires_s = notice_remaining_s(n),
			      .retry_after_s = o->retry_after_s };
	struct strbuf b;
	struct str text;

	strbuf_init(&b, DIALOG_MAX_BYTES);
	substate_write(&b, &s);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

struct str notice_contact(const struct notice *n, struct arena *a,
			  struct str user, const struct draft *d)
{
	struct notifier *owner = n->notifier;
	struct uri towards;
	struct strbuf b;
	struct str text;
	const char *why;

	if (!uri_read(dialog_view(n->dialog).source, &towards, &why))
		towards = d != NULL ? flight_next_hop(owner->uac, a, d)
				    : (struct uri){ .scheme = URI_OTHER };
	strbuf_init(&b, URI_MAX_BYTES);
	contact_write(&b, owner->transport, user, &towards);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

static struct str event_text(const struct notice *n, struct arena *a)
{
	struct str event = n->notifier->limits.event;

	if (n->event_id == NULL)
		return event;
	return str_fmt(a, "%.*s;id=%s", STR_ARG(event), n->event_id);
}

static void on_outcome(void *arg, const struct outcome *o);

static enum flight_start launch(struct notice *n)
{
	struct notifier *owner = n->notifier;
	struct arena *a = loop_arena(owner->loop);
	struct header state = { .name = STR("Subscription-State"),
				.value = state_text(n, a) };
	struct header event = { .next = &state,
				.name = STR("Event"),
				.value = event_text(n, a) };
	struct header require = { .next = &event,
				  .name = STR("Require"),
				  .value = owner->limits.require };
	struct dialog dialog = dialog_view(n->dialog);
	struct header language = { .next = require.value.n > 0 ? &require
							       : &event,
				   .name = STR("Content-Language"),
				   .value = n->waiting->language };
	struct draft d;

	if (!dialog_draft(a, &dialog, METHOD_NOTIFY, &d))
		return FLIGHT_TOO_LARGE;
	n->dialog->local_cseq = dialog.local_cseq;
	if (n->goes_to_source && dialog.route.n == 0)
		d.next_hop = dialog.source;
	d.contact = notice_contact(n, a, d.from.uri.user, &d);
	d.headers = language.value.n > 0 ? &language : language.next;
	if (n->waiting->body.n > 0)
		d.content_type = n->waiting->content_type;
	d.body = n->waiting->body;
	return flight_start(owner->uac, &d, on_outcome, n, &n->flight);
}

static void on_gone(void *arg)
{
	notice_free(arg, true);
}

/* What cannot be sent at all is not tried again; the next state may be
 * smaller. */
static void discard(struct notice *n)
{
	log_warn("notify_too_large",
		 F_NUM("bytes", (long long)n->waiting->body.n));
	outbox_free(&n->waiting);
	if (n->is_over)
		loop_timer_start(n->notifier->loop, &n->timer, 0, on_gone, n);
}

static bool may_go(const struct notice *n)
{
	return n->flight == NULL && n->waiting != NULL &&
	       !loop_timer_is_running(&n->waiting->timer);
}

struct notice *notice_in(struct room_seat *seat)
{
	return (struct notice *)((char *)seat - offsetof(struct notice, seat));
}

bool notice_turn(struct room_seat *seat)
{
	struct notice *n = notice_in(seat);

	if (!may_go(n)) {
		noticeseat_free(n);
		return true;
	}
	switch (launch(n)) {
	case FLIGHT_STARTED:
		n->said = n->waiting;
		n->waiting = NULL;
		return true;
	case FLIGHT_FULL:
		n->dialog->local_cseq--; /* it was not used */
		return false;
	case FLIGHT_TOO_LARGE:
		noticeseat_free(n);
		discard(n);
		return true;
	}
	return true;
}

/* Sends what waits, if it may go now; behind others of its watcher, and if some
 * wait for room. */
static void pump(struct notice *n)
{
	struct room *room = &n->notifier->room;

	if (!may_go(n) || n->ration != NULL || !noticeseat_take(n))
		return;
	if (room->first != NULL || !notice_turn(&n->seat))
		room_wait(room, &n->seat);
}

static void on_wait_over(void *arg)
{
	pump(arg);
}

/* What is under way is waited for: it ends in time. */
static void on_last_word_late(void *arg)
{
	struct notice *n = arg;

	if (n->flight == NULL)
		notice_free(n, true);
}

/* A new state does not shorten the wait that the peer was granted. */
static void outbox_replace(struct notice *n, struct outbox *o)
{
	struct outbox *old = n->waiting;
	struct loop *l = n->notifier->loop;
	uint64_t now = loop_now_ms(l);

	if (old != NULL && loop_timer_is_running(&old->timer))
		loop_timer_start(
			l, &o->timer,
			old->timer.due_ms > now ? old->timer.due_ms - now : 0,
			on_wait_over, n);
	outbox_free(&n->waiting);
	n->waiting = o;
}

void notice_send(struct notice *n, enum notice_state s, const char *reason,
		 unsigned retry_after_s, struct notice_document d)
{
	struct outbox *o;

	if (n->is_over || n->is_lost)
		return;
	if (n->is_poll && s != NOTICE_TERMINATED) { /* RFC 6665 §4.4.3 */
		s = NOTICE_TERMINATED;
		reason = "timeout";
	}
	o = outbox_create(s, str_z(reason), &d);
	o->retry_after_s = retry_after_s;
	if (s == NOTICE_TERMINATED) {
		n->is_over = true;
		notice_unlist(n);
		loop_timer_start(n->notifier->loop, &n->timer, LAST_WORD_MS,
				 on_last_word_late, n);
	}
	outbox_replace(n, o);
	pump(n);
}

/* --- what became of it */

/* RFC 6665 §4.2.2; 408 as Timer F. Our own verdict on a name is none. */
static bool is_lost(const struct outcome *o)
{
	static const int lost[] = { 404, 405, 408, 410, 416, 489, 501, 604 };

	if (o->kind == OUTCOME_TIMEOUT)
		return true;
	if (o->kind != OUTCOME_ANSWERED)
		return false;
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		if (o->status == lost[i])
			return true;
	}
	return o->status >= 480 && o->status <= 485;
}

static bool is_unsendable(const struct outcome *o)
{
	return o->status == 406 || o->status == 413 || o->status == 415 ||
	       o->status == 513;
}

static void lose(struct notice *n, int status)
{
	bool is_told = !n->is_over;

	notice_unlist(n);
	loop_timer_stop(&n->timer);
	n->is_lost = true;
	if (is_told)
		n->notifier->events.on_lost(n->notifier->arg, n, status);
	notice_free(n, true);
}

static uint64_t retry_delay_ms(const struct notice *n, const struct outcome *o)
{
	unsigned first_ms = n->notifier->limits.retry_ms;

	return lapse_retry_ms(first_ms, first_ms << RETRIES_MAX, n->tries,
			      o->response != NULL ? o->response->retry_after_s
						  : -1);
}

/* Said again later, unless there is something newer to say: everybody sees
 * the last state in the end. */
static void retry(struct notice *n, const struct outcome *o)
{
	uint64_t delay = retry_delay_ms(n, o);

	if (n->is_over && !loop_timer_is_running(&n->timer)) {
		lose(n, o->status);
		return;
	}
	if ((o->kind == OUTCOME_NO_ROUTE || o->kind == OUTCOME_NO_DNS) &&
	    !n->goes_to_source && dialog_view(n->dialog).source.n > 0) {
		n->goes_to_source = true;
		delay = 0;
	} else if (n->tries++ >= RETRIES_MAX) {
		lose(n, o->status);
		return;
	}
	n->is_put_off = o->response != NULL && o->response->retry_after_s >= 0;
	if (n->waiting == NULL) {
		n->waiting = n->said;
		n->said = NULL;
	}
	outbox_free(&n->said);
	loop_timer_start(n->notifier->loop, &n->waiting->timer, delay,
			 on_wait_over, n);
}

void notice_hurry(struct notice *n)
{
	if (n->waiting == NULL || n->is_put_off)
		return;
	loop_timer_stop(&n->waiting->timer);
	n->tries = 0;
}

static void settle(struct notice *n, const struct outcome *o)
{
	bool is_done = o->status >= 200 && o->status < 300;

	if (!is_done && is_lost(o)) {
		lose(n, o->status);
		return;
	}
	if (!is_done && !is_unsendable(o)) {
		retry(n, o);
		return;
	}
	if (!is_done)
		log_warn("notify_refused", F_NUM("status", o->status));
	n->tries = 0;
	outbox_free(&n->said);
	if (n->waiting != NULL)
		pump(n);
	else if (n->is_over)
		notice_free(n, true);
}

static void on_outcome(void *arg, const struct outcome *o)
{
	struct notice *n = arg;
	struct notifier *owner = n->notifier;

	n->flight = NULL;
	noticeseat_free(n);
	/* Challenges and redirects count on. */
	if (n->dialog->local_cseq < o->cseq)
		n->dialog->local_cseq = o->cseq;
	settle(n, o);
	room_go_on(&owner->room);
}

/* --- for the owner */

struct dialog notice_dialog(const struct notice *n)
{
	return dialog_view(n->dialog);
}

struct str notice_event_id(const struct notice *n)
{
	return str_z(n->event_id);
}

int64_t notice_expires_at_s(const struct notice *n)
{
	return n->expires_at_s;
}

void *notice_owner(const struct notice *n)
{
	return n->owner;
}
