#include "gateway/bridge.h"
#include "gateway/presence/roster_inner.h"
#include "mapping/address.h"

/* SUB_IN: a contact watches an XMPP user. We are the notifier; each of the
 * contact's phones has a dialog of its own. */
enum {
	ASK_AGAIN_S = 86400,
	PROBATION_S = 600,
	CHECK_MS = 4000, /* for the answers to a probe */
	HEARD_MS = 2000, /* for presence behind "subscribed" */
	NOTICE_KINDS = 4 /* more than there are notice_states */
};

static const char PIDF[] = "application/pidf+xml";

/* --- dialogs */

struct usage *usage_create(struct row *w)
{
	struct usage *u = calloc(1, sizeof(*u));

	if (u == NULL)
		abort();
	u->row = w;
	keep_key(u->key);
	DL_APPEND(w->usages, u);
	return u;
}

void usage_destroy(struct usage *u)
{
	DL_DELETE(u->row->usages, u);
	loop_timer_stop(&u->poll);
	if (u->notice != NULL)
		notice_drop(u->notice);
	if (u->refresh != NULL)
		refresh_forget(u->refresh);
	if (u->member != NULL)
		member_leave(u->member);
	free(u);
}

/* --- NOTIFY */

/* The document of all that is known; none when nothing is. */
struct str in_document(struct row *w, bool is_closed)
{
	struct roster *r = w->roster;
	struct arena *a = loop_arena(r->bridge->loop);
	struct jid user;
	struct uri entity;
	struct pidf doc;
	struct fault f;
	const char *why;

	if (w->items == NULL && !is_closed)
		return STR_NONE;
	if (!jid_read(a, row_user(w), &user, &why) ||
	    !address_user_uri(a, &w->link->cfg->plan, &user, &entity, NULL, &f))
		return STR_NONE;
	presence_to_pidf(
		a, &entity, is_closed ? NULL : item_values(a, w->items),
		w->link->cfg->wants_one_tuple, loop_wall_ms() / 1000, &doc);
	if (!is_closed)
		leanings_add(w, &doc);
	strbuf_reset(&r->scratch);
	pidf_write_short(a, &r->scratch, &doc);
	return r->scratch.overflow ? STR_NONE
				   : str_dup(a, strbuf_str(&r->scratch));
}

/* CSeq numbers are kept a stride at a time, so that no NOTIFY after a crash
 * repeats one. */
static void keep_cseq(struct usage *u)
{
	if (notice_dialog(u->notice).local_cseq >= u->cseq_kept + CSEQ_STRIDE)
		keep_usage(u, NULL, NULL);
}

/* body: of in_document */
static struct notice_document document_of(const struct row *w, struct str body)
{
	struct arena *a = loop_arena(w->roster->bridge->loop);

	if (body.n == 0)
		return (struct notice_document){ .text = STR_NONE };
	return (struct notice_document){
		.type = str_z(PIDF),
		.language = presence_languages(a, item_values(a, w->items)),
		.text = body,
	};
}

/* Never 0: nothing was told. */
static uint64_t told_of(enum notice_state s, struct str body)
{
	return (keyed_hash(body.p, body.n) | NOTICE_KINDS) ^ (uint64_t)s;
}

static void notify_one(struct usage *u, enum notice_state s, struct str body)
{
	u->is_asking = false;
	if (u->member != NULL) {
		member_tell(u->member, s, NULL, body);
		return;
	}
	notice_send(u->notice, s, NULL, 0, document_of(u->row, body));
	keep_cseq(u);
}

/* Whoever has just subscribed, and those for whom it is news: one phone that
 * comes is none to the others. But polls: each gets its one NOTIFY from
 * poll_say, which ends it, when the user was heard. */
static void notify_all(struct row *w, enum notice_state s, struct str body)
{
	uint64_t told = told_of(s, body);
	struct usage *u;

	DL_FOREACH (w->usages, u) {
		if (loop_timer_is_running(&u->poll) ||
		    (!u->is_asking && u->told == told))
			continue;
		u->told = told;
		notify_one(u, s, body);
	}
}

void usage_end(struct usage *u, const char *reason, unsigned retry_after_s,
	       struct str body)
{
	if (u->member != NULL) {
		member_tell(u->member, NOTICE_TERMINATED, reason, body);
		usage_destroy(u);
		return;
	}
	if (!refused_end(u, reason))
		keep_drop(u);
	notice_send(u->notice, NOTICE_TERMINATED, reason, retry_after_s,
		    document_of(u->row, body));
	u->notice = NULL;
	usage_destroy(u);
}

static void end_all(struct row *w, const char *reason, unsigned retry_after_s)
{
	while (w->usages != NULL)
		/* shortens it: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		usage_end(w->usages, reason, retry_after_s, STR_NONE);
}

static void notify_state(struct row *w)
{
	struct roster *r = w->roster;

	w->wants_notify = false;
	w->notified_ms = loop_now_ms(r->bridge->loop);
	notify_all(w, NOTICE_ACTIVE, in_document(w, w->items == NULL));
	/* A resource that left was said once; the last one stays, closed. */
	if (item_any_available(w->items))
		item_drop_unavailable(&w->items);
	while (w->items != NULL && w->items->next != NULL &&
	       !item_any_available(w->items))
		item_drop(&w->items, w->items);
}

/* What the probe after a new link did not bring has gone meanwhile. */
static void check_end(struct row *w)
{
	struct item *i;

	w->is_checking = false;
	if (!component_is_up(w->link->component))
		return;
	for (i = w->items; i != NULL; i = i->next) {
		if (!i->is_dirty || !i->value.is_available)
			continue;
		item_leave(i, loop_wall_ms() / 1000);
		w->wants_notify = true;
	}
}

/* Whether the user still has to be heard of, and is asked for it. */
static bool is_asked_for(struct row *w)
{
	if (!w->is_unheard)
		return false;
	w->is_unheard = w->is_checking = false;
	if (w->items != NULL || w->usages == NULL || w->state != SUB_ACTIVE ||
	    !component_is_up(w->link->component))
		return false;
	row_say(w, PRESENCE_PROBE);
	in_check(w);
	return true;
}

static void on_notify_due(void *arg)
{
	struct row *w = arg;

	if (is_asked_for(w))
		return;
	if (w->is_checking)
		check_end(w);
	if (w->wants_notify && w->state == SUB_ACTIVE)
		notify_state(w);
}

void in_check(struct row *w)
{
	struct item *i;

	if (w->usages == NULL) {
		item_drop_all(&w->items); /* nobody is told: asked for again
					     when somebody is */
		return;
	}
	for (i = w->items; i != NULL; i = i->next)
		i->is_dirty = true;
	w->is_checking = true;
	w->is_unheard = false;
	/* After a restart nothing is known, and the watcher does not know. */
	if (w->items == NULL)
		w->wants_notify = true;
	row_timer_start(w, loop_jitter_ms(CHECK_MS, 10), on_notify_due);
}

/* He has let the watcher in, and his server says next what he is: but ejabberd
 * does not where he had done so before and we did not know. */
static void in_listen(struct row *w)
{
	if (w->items != NULL || w->usages == NULL || row_timer_is_running(w))
		return;
	w->is_checking = w->is_unheard = true;
	row_timer_start(w, loop_jitter_ms(HEARD_MS, 10), on_notify_due);
}

/* At most once in 5 s, and the last state always. */
static void notify_later(struct row *w)
{
	struct loop *l = w->roster->bridge->loop;
	uint64_t since = loop_now_ms(l) - w->notified_ms;
	uint64_t every = w->roster->bridge->cfg->notify_every_ms;
	bool is_waiting = row_timer_is_running(w);

	w->wants_notify = true;
	if (w->usages == NULL || (is_waiting && !w->is_checking))
		return;
	if (w->notified_ms == 0 || since >= every)
		notify_state(w);
	else if (!is_waiting)
		row_timer_start(w, every - since, on_notify_due);
}

/* --- from the user */

/* Who was left out is heard of again when there is room: else a user could be
 * shown as offline who is not. */
bool in_take(struct row *w, const struct stanza *s, struct arena *a)
{
	bool is_crowded = w->is_crowded;
	bool is_changed =
		item_take(&w->items, a, s, loop_wall_ms() / 1000, &is_crowded);

	row_crowded(w, is_crowded);
	if (is_crowded && item_is_sparse(w->items)) {
		row_crowded(w, false);
		if (w->state == SUB_ACTIVE)
			row_say(w, PRESENCE_PROBE);
	}
	return is_changed;
}

/* --- to the user */

bool in_is_pardoned(const struct row *w)
{
	return loop_wall_ms() / 1000 - w->asked_at_s >=
	       w->roster->bridge->cfg->denied_for_s;
}

/* Once, and at most once a day again: not with every refresh. */
static void ask(struct row *w)
{
	int64_t now_s = loop_wall_ms() / 1000;

	if (w->asked_at_s > 0 && now_s - w->asked_at_s < ASK_AGAIN_S)
		return;
	w->asked_at_s = now_s;
	row_say(w, PRESENCE_SUBSCRIBE);
}

/* The watcher's phone is off; but if the user watches him too and knows him to
 * be online, that is the truth. */
static void say_watcher_gone(struct row *w)
{
	struct row *out =
		row_find(w->roster, SUB_OUT, row_user(w), row_contact(w));

	if (out != NULL && item_any_available(out->items))
		return;
	words_note(w, SAID_WATCHER_GONE);
	row_say(w, PRESENCE_UNAVAILABLE);
}

void row_act_in(struct row *w, unsigned todo)
{
	if (todo & DO_ASK)
		ask(w);
	if (todo & DO_PROBE) {
		row_say(w, PRESENCE_PROBE);
		/* Prosody answers for who sees the user only. Silence, and
		 * nothing known: closed is said, as after a restart. */
		if (w->items == NULL && w->usages != NULL &&
		    (w->is_unheard || !row_timer_is_running(w)))
			in_check(w);
	}
	if (todo & DO_SAY_WATCHER_GONE)
		say_watcher_gone(w);
	if (todo & DO_NOTIFY_PENDING)
		notify_all(w, NOTICE_PENDING, STR_NONE);
	if (todo & DO_NOTIFY_ACTIVE) {
		notify_all(w, NOTICE_ACTIVE, in_document(w, false));
		in_listen(w);
	}
	if (todo & DO_NOTIFY_STATE)
		notify_later(w);
	if (todo & DO_NOTIFY_REJECTED)
		end_all(w, "rejected", 0);
	if (todo & DO_NOTIFY_NORESOURCE)
		end_all(w, "noresource", 0);
	if (todo & DO_NOTIFY_PROBATION)
		end_all(w, "probation", PROBATION_S);
}
