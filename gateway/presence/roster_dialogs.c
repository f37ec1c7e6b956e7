#include "gateway/base/log.h"
#include "gateway/presence/roster_inner.h"
#include "gateway/trust/admission.h"

/* What the notifier tells of the SUBSCRIBE dialogs that we accepted. Nobody is
 * told anything before its record is committed. */
enum {
	POLL_WAIT_MS = 2000,
	POLL_MORE_MS = 150, /* for the user's other resources */
	USAGES_MAX = 32	    /* phones of one watcher */
};

/* A SUBSCRIBE whose dialog is being written to the store. */
struct joining {
	struct joining *prev, *next;
	struct roster *roster;		    /* borrowed */
	struct link *link;		    /* borrowed */
	struct answer *answer;		    /* owned until it is replied to */
	struct dialog_kept *dialog;	    /* owned */
	struct str event_id, user, contact; /* heap */
	unsigned expires_s;
	char key[16];
};

/* One in a dialog, likewise. */
struct refresh {
	struct usage *usage; /* borrowed; NULL when it is gone */
	struct answer *answer;
};

void dialogs_refuse(struct answer *answer, const struct fault *f)
{
	const struct reply r = { .status = f->status,
				 .reason = f->text,
				 .retry_after_s = f->retry_after_s };

	agent_reply(answer, &r);
}

void dialogs_refuse_store(struct answer *answer)
{
	const struct reply r = { .status = 503,
				 .retry_after_s = bridge_retry_after_s() };

	agent_reply(answer, &r);
}

/* --- a new dialog */

static void joining_destroy(struct joining *j)
{
	DL_DELETE(j->roster->joining, j);
	free(j->dialog);
	str_free(&j->event_id);
	str_free(&j->user);
	str_free(&j->contact);
	free(j);
}

static void on_joining_kept(void *arg, bool is_kept)
{
	struct joining *j = arg;
	struct dialog d = dialog_view(j->dialog);
	struct row *w;
	struct usage *u;

	if (!is_kept) {
		dialogs_refuse_store(j->answer);
		joining_destroy(j);
		return;
	}
	w = row_get(j->roster, j->link, SUB_IN, j->user, j->contact);
	u = usage_create(w);
	memcpy(u->key, j->key, sizeof(u->key));
	u->notice = notifier_accept(j->roster->notifier, &d, j->event_id,
				    j->expires_s, j->answer, u);
	u->cseq_kept = notice_dialog(u->notice).local_cseq;
	u->is_asking = true;
	joining_destroy(j);
	row_event(w, EV_WATCH);
}

static void join(struct roster *r, const struct admission *m,
		 const struct request *req, struct answer *answer)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct joining *j = calloc(1, sizeof(*j));
	struct dialog_record record;
	struct dialog d;

	if (j == NULL)
		abort();
	dialog_of_request(a, req, answer_tag(answer), &d);
	*j = (struct joining){
		.roster = r,
		.link = m->link,
		.answer = answer,
		.dialog = dialog_keep(&d),
		.event_id = str_heap(req->event_id),
		.user = str_heap(jid_bare_text(a, &m->to)),
		.contact = str_heap(jid_bare_text(a, &m->from)),
		.expires_s = notifier_expiry(r->notifier, req),
	};
	keep_key(j->key);
	DL_APPEND(r->joining, j);
	record = (struct dialog_record){
		.key = { j->key, sizeof(j->key) },
		.user = j->user,
		.contact = j->contact,
		.event_id = j->event_id,
		.dialog = &d,
		.expires_at_s = loop_wall_ms() / 1000 + j->expires_s,
	};
	keep_dialog(r, &record, on_joining_kept, j);
}

/* --- a poll: SUBSCRIBE with Expires 0 outside a dialog (RFC 6665 §4.4.3) */

static void poll_say(struct usage *u)
{
	struct row *w = u->row;

	loop_timer_stop(&u->poll);
	usage_end(u, "timeout", 0, in_document(w, false));
	if (w->usages != NULL)
		return;
	if (w->state != SUB_NONE)
		row_event(w, EV_WATCH_END);
	else
		row_settle(w);
}

static void on_poll_due(void *arg)
{
	poll_say(arg);
}

bool dialogs_poll_answer(struct row *w)
{
	bool was_waiting = false;
	struct usage *u;

	DL_FOREACH (w->usages, u)
		if (loop_timer_is_running(&u->poll) && !u->is_heard) {
			was_waiting = true;
			u->is_heard = true;
			loop_timer_start(w->roster->bridge->loop, &u->poll,
					 POLL_MORE_MS, on_poll_due, u);
		}
	return was_waiting;
}

/* What is known is said at once; else the user is asked, for a moment. */
static void poll_answer(struct roster *r, const struct admission *m,
			const struct request *req, struct answer *answer)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct row *w = row_get(r, m->link, SUB_IN, jid_bare_text(a, &m->to),
				jid_bare_text(a, &m->from));
	struct usage *u = usage_create(w);
	struct dialog d;

	dialog_of_request(a, req, answer_tag(answer), &d);
	u->notice =
		notifier_accept(r->notifier, &d, req->event_id, 0, answer, u);
	u->cseq_kept = notice_dialog(u->notice).local_cseq;
	/* While the user has a request of his to decide about, a probe would be
	 * answered by unsubscribed, which Prosody takes for his decision. */
	if ((w->state == SUB_ACTIVE && w->items != NULL) ||
	    w->state == SUB_ASKING || w->state == SUB_PENDING) {
		poll_say(u);
		return;
	}
	row_say(w, PRESENCE_PROBE);
	loop_timer_start(r->bridge->loop, &u->poll, POLL_WAIT_MS, on_poll_due,
			 u);
}

/* --- events of the notifier */

static bool has_too_many(struct roster *r, const struct admission *m)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct str contact = jid_bare_text(a, &m->from);
	struct str user = jid_bare_text(a, &m->to);
	const struct config *c = r->bridge->cfg;
	const struct row *w = row_find(r, SUB_IN, user, contact);
	const struct usage *u;
	size_t n = 0;

	if (w == NULL)
		return tally_count(&r->tally, contact) >=
			       c->subscriptions_per_user_max ||
		       tally_count(&r->undecided, user) >=
			       c->undecided_per_user_max;
	DL_FOREACH (w->usages, u)
		n++;
	return n >= USAGES_MAX;
}

/* The user has said no, and not so long ago that he is asked again. */
static bool is_denied(struct roster *r, const struct admission *m)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct row *w = row_find(r, SUB_IN, jid_bare_text(a, &m->to),
				 jid_bare_text(a, &m->from));

	if (w == NULL || w->state != SUB_DENIED)
		return false;
	if (!in_is_pardoned(w))
		return true;
	row_event(w, EV_PARDON);
	return false;
}

bool dialogs_have_room(const struct roster *r, size_t rows, struct fault *why)
{
	if (r->bridge->store != NULL && store_is_well(r->bridge->store) &&
	    r->count + notifier_count(r->notifier) + rows <
		    r->bridge->cfg->subscriptions_max)
		return true;
	fault_set(why, 503, COND_RESOURCE_CONSTRAINT, NULL);
	why->retry_after_s = bridge_retry_after_s();
	return false;
}

static bool is_possible(struct roster *r, const struct admission *m,
			struct fault *why)
{
	if (!admission_has_room(m->link, why))
		return false;
	if (!m->link->cfg->has_presence)
		return fault_set(why, 403, COND_FORBIDDEN,
				 "no presence for this domain");
	if (is_denied(r, m))
		return fault_set(why, 403, COND_FORBIDDEN,
				 "the user has refused it");
	if (has_too_many(r, m))
		return fault_set(why, 403, COND_NOT_ALLOWED,
				 "too many subscriptions");
	return dialogs_have_room(r, 0, why);
}

static void on_subscribe(void *arg, const struct request *req,
			 struct answer *answer)
{
	struct roster *r = arg;
	struct arena *a = loop_arena(r->bridge->loop);
	struct admission m;
	struct fault why = { 0 };

	if (!admission_read(r->bridge, req, a, &m, &why) ||
	    !is_possible(r, &m, &why))
		dialogs_refuse(answer, &why);
	else if (notifier_expiry(r->notifier, req) == 0)
		poll_answer(r, &m, req, answer);
	else
		join(r, &m, req, answer);
}

/* The watcher has ended this dialog, or let it run out. */
static void watch_end(struct usage *u, enum sub_event e)
{
	struct row *w = u->row;

	usage_end(u, "timeout", 0, in_document(w, true));
	if (w->usages == NULL)
		row_event(w, e);
}

void refresh_forget(struct refresh *f)
{
	f->usage = NULL;
}

static void on_refresh_kept(void *arg, bool is_kept)
{
	struct refresh *f = arg;
	struct usage *u = f->usage;

	if (u != NULL)
		u->refresh = NULL;
	if (u == NULL || !is_kept) {
		dialogs_refuse_store(f->answer);
	} else {
		notice_refreshed(u->notice, f->answer);
		u->is_asking = true;
		row_event(u->row, EV_REFRESH);
	}
	free(f);
}

static void on_refresh(void *arg, struct notice *n, struct answer *answer)
{
	struct usage *u = notice_owner(n);
	struct refresh *f;

	(void)arg;
	if (refused_say(n)) {
		agent_reply(answer, &(struct reply){ .status = 403 });
		return;
	}
	if (notice_remaining_s(n) == 0) {
		notice_refreshed(n, answer);
		watch_end(u, EV_WATCH_END);
		return;
	}
	if (u->refresh != NULL) {
		dialogs_refuse_store(answer);
		return;
	}
	f = malloc(sizeof(*f));
	if (f == NULL)
		abort();
	*f = (struct refresh){ .usage = u, .answer = answer };
	u->refresh = f;
	keep_usage(u, on_refresh_kept, f);
}

static void on_expired(void *arg, struct notice *n)
{
	(void)arg;
	if (!refused_say(n))
		watch_end(notice_owner(n), EV_WATCH_END);
}

static void on_lost(void *arg, struct notice *n, int status)
{
	struct usage *u = notice_owner(n);
	struct row *w = u->row;

	(void)arg;
	log_info("watcher_lost", F_STR("component", w->link->cfg->domain),
		 F_NUM("status", status));
	keep_drop(u);
	u->notice = NULL; /* it goes by itself */
	usage_destroy(u);
	if (w->usages == NULL)
		row_event(w, EV_WATCH_LOST);
}

const struct notifier_events ROSTER_NOTIFIER_EVENTS = {
	.on_subscribe = on_subscribe,
	.on_refresh = on_refresh,
	.on_expired = on_expired,
	.on_lost = on_lost,
};
