#include "gateway/presence/roster.h"
#include "gateway/base/log.h"
#include "gateway/presence/roster_inner.h"
#include "gateway/trust/admission.h"
#include "mapping/address.h"

enum { OFFLINE_GRACE_MS = 60000, SCRATCH_MAX_BYTES = 65536 };

/* --- life */

struct roster *roster_create(struct bridge *b, const char **why)
{
	struct roster *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->bridge = b;
	strbuf_init(&r->scratch, SCRATCH_MAX_BYTES);
	hashset_init(&r->rows, row_hash);
	r->watcher = watcher_create(b->loop, b->agent);
	watcher_set_ration(r->watcher, b->cfg->running_sender_max);
	r->notifier =
		notifier_create(b->loop, b->agent, &ROSTER_NOTIFIER_EVENTS, r);
	notifier_set_limits(
		r->notifier,
		&(struct notifier_limits){
			.min_s = b->cfg->presence_min_expires_s,
			.running_max = b->cfg->running_sender_max });
	r->lists = lists_create(r);
	r->publisher = publisher_create(b->loop, b->agent);
	if (!keep_load(r, why) || !published_load(r, why)) {
		roster_destroy(&r);
		return NULL;
	}
	words_restore(r);
	wake_init(r);
	return r;
}

void roster_reloaded(struct roster *r)
{
	published_settle(r);
}

void roster_destroy(struct roster **rp)
{
	struct roster *r = *rp;
	struct row *w, *next;

	if (r == NULL)
		return;
	*rp = NULL;
	loop_timer_stop(&r->wake);
	published_fini(r);
	gone_fini(r);
	words_fini(r);
	lists_destroy(&r->lists);
	for (w = roster_next(r, NULL); w != NULL; w = next) {
		next = roster_next(r, w);
		row_end(w);
	}
	hashset_fini(&r->rows);
	tally_fini(&r->tally);
	tally_fini(&r->undecided);
	attendance_fini(&r->attendance);
	publisher_destroy(&r->publisher);
	watcher_destroy(&r->watcher);
	notifier_destroy(&r->notifier);
	strbuf_fini(&r->scratch);
	free(r);
}

size_t roster_count(const struct roster *r)
{
	return r->count;
}

size_t roster_count_of(const struct roster *r, enum sub_direction d,
		       enum sub_state s)
{
	return r->counts[d][s];
}

struct row *roster_next(const struct roster *r, const struct row *w)
{
	return (struct row *)hashset_next(&r->rows, w ? &w->node : NULL);
}

/* --- from SIP */

/* Each dialog has a sender's tokens: what comes in one is for one user, and its
 * peer may be a proxy with all of its domain behind it. */
static bool is_paced(struct roster *r, const struct request *req)
{
	struct bridge *b = r->bridge;
	struct str key;

	if (req->to.tag.n == 0)
		return true; /* a new one: see admission */
	key = str_fmt(loop_arena(b->loop), "%.*s\n%.*s", STR_ARG(req->call_id),
		      STR_ARG(req->to.tag));
	return policy_admit(b->policy, key, loop_now_ms(b->loop));
}

/* Not 503 to NOTIFY: that would end all that its sender sends us. */
static void slow_down(const struct request *req, struct answer *answer)
{
	const struct reply later = {
		.status = req->method == METHOD_NOTIFY ? 500 : 503,
		.retry_after_s = bridge_retry_after_s(),
	};

	agent_reply(answer, &later);
}

/* RFC 6665 §4.1.3: a package that we never ask for is 489, anything else that
 * nobody waits for 481. */
static void refuse_notify(const struct request *req, struct answer *answer)
{
	static const char *const packages[] = { "presence", "presence.winfo",
						"dialog" };
	const struct header allow = { .name = STR("Allow-Events"),
				      .value = STR("presence") };
	struct reply no = { .status = 489, .headers = &allow };

	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		if (str_eqz(req->event, packages[i]))
			no = (struct reply){ .status = 481 };
	}
	agent_reply(answer, &no);
}

void roster_request(struct roster *r, const struct request *req,
		    struct answer *answer)
{
	if (!is_paced(r, req))
		slow_down(req, answer);
	else if (req->method == METHOD_SUBSCRIBE &&
		 lists_offer(r->lists, req, answer))
		return;
	else if (req->method == METHOD_SUBSCRIBE)
		notifier_offer(r->notifier, req, answer);
	else if (!watcher_offer(r->watcher, req, answer))
		refuse_notify(req, answer);
}

/* --- from XMPP */

struct pair {
	struct link *link;
	struct str user, contact; /* bare, in the arena */
};

/* May this user watch that contact? */
static bool is_allowed(struct link *k, const struct stanza *s, struct arena *a,
		       struct fault *why)
{
	struct bridge *b = k->bridge;
	struct uri uri;

	if (!link_serves(k, s->from.domain))
		return fault_set(why, 403, COND_FORBIDDEN,
				 "this gateway does not serve your domain");
	if (tally_count(&b->roster->tally, jid_bare_text(a, &s->from)) >=
	    b->cfg->subscriptions_per_user_max)
		return fault_set(why, 403, COND_NOT_ALLOWED,
				 "you watch too many contacts");
	if (!policy_admit(b->policy, jid_bare_text(a, &s->from),
			  loop_now_ms(b->loop)) ||
	    b->roster->count >= b->cfg->subscriptions_max ||
	    !store_is_well(b->store) || b->is_draining)
		return fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
				 "too much to do: try again later");
	return address_contact_uri(a, &k->cfg->plan, &s->to, &uri, NULL, why);
}

/* Who wants to see a contact whom he has denied to see him has changed his
 * mind. */
static void pardon(const struct pair *p)
{
	struct row *w =
		row_find(p->link->bridge->roster, SUB_IN, p->user, p->contact);

	if (w != NULL && w->state == SUB_DENIED)
		row_event(w, EV_PARDON);
}

static void on_user_asks(const struct pair *p, const struct stanza *s,
			 struct arena *a, enum sub_event e)
{
	struct roster *r = p->link->bridge->roster;
	struct row *w = row_find(r, SUB_OUT, p->user, p->contact);
	bool is_new = w == NULL || w->is_parting || w->is_leaving;
	struct fault why;

	if (w == NULL && e == EV_UNSUBSCRIBE &&
	    !link_serves(p->link, s->from.domain))
		return;
	if (is_new && e != EV_UNSUBSCRIBE && !is_allowed(p->link, s, a, &why)) {
		if (e == EV_SUBSCRIBE)
			link_refuse(p->link, s, &why);
		return;
	}
	if (w != NULL && e == EV_PROBE && w->state == SUB_ACTIVE &&
	    s->to.resource.n > 0) {
		out_say_resource(w, s->to.resource);
		return;
	}
	if (is_new && e == EV_SUBSCRIBE)
		pardon(p);
	w = row_get(r, p->link, SUB_OUT, p->user, p->contact);
	out_mark(w); /* who asks is told everything */
	row_event(w, e);
}

static void on_offline_due(void *arg)
{
	struct row *w = arg;

	if (out_is_for_nobody(w))
		row_event(w, EV_OFFLINE);
}

/* The user's own presence tells whether anybody is there to see the contact's:
 * where it is known, no SUBSCRIBE is kept up for nobody. */
static void mind_out(struct row *in)
{
	struct row *out =
		row_find(in->roster, SUB_OUT, row_user(in), row_contact(in));

	if (out == NULL || out->is_parting || out->is_leaving)
		return;
	if (item_any_available(in->items)) {
		if (out->watch != NULL)
			row_timer_stop(out);
		else if (!row_timer_is_running(out))
			row_event(out, EV_PROBE);
	} else if (out->watch != NULL) {
		row_timer_start(out, OFFLINE_GRACE_MS, on_offline_due);
	}
}

static void on_user_state(const struct pair *p, const struct stanza *s,
			  struct arena *a)
{
	struct roster *r = p->link->bridge->roster;
	struct row *w = row_find(r, SUB_IN, p->user, p->contact);
	bool is_changed;

	if (w == NULL)
		return;
	is_changed = in_take(w, s, a);
	mind_out(w);
	dialogs_poll_answer(w);
	if (is_changed && w->state != SUB_NONE)
		row_event(w, EV_USER_PRESENCE);
}

static void on_user_decides(const struct pair *p, enum sub_event e)
{
	struct row *w =
		row_find(p->link->bridge->roster, SUB_IN, p->user, p->contact);
	bool is_waiting;

	if (w == NULL)
		return;
	is_waiting = w->state == SUB_ASKING || w->state == SUB_PENDING;
	/* A server's answer to the probe of a poll is not what he thinks of a
	 * request that came after it. */
	if (dialogs_poll_answer(w) && is_waiting && e == EV_UNSUBSCRIBED)
		return;
	if (is_waiting && e == EV_UNSUBSCRIBED)
		w->asked_at_s = loop_wall_ms() / 1000;
	if (w->state != SUB_NONE)
		row_event(w, e);
}

/* An error to a subscribe or probe of ours. Only a clear refusal takes an
 * authorisation away. */
static enum sub_event error_event(const struct row *w, const struct fault *f)
{
	switch (f->cond) {
	case COND_ITEM_NOT_FOUND:
	case COND_GONE:
		return EV_USER_UNKNOWN;
	case COND_SERVICE_UNAVAILABLE:
		return w->state == SUB_ASKING ? EV_USER_UNKNOWN : EV_USER_AWAY;
	case COND_FORBIDDEN:
	case COND_NOT_ALLOWED:
	case COND_NOT_AUTHORIZED:
		return EV_USER_REFUSED;
	default:
		return EV_USER_AWAY;
	}
}

static void on_error(const struct pair *p, const struct stanza *s)
{
	struct roster *r = p->link->bridge->roster;
	struct row *in = row_find(r, SUB_IN, p->user, p->contact);
	struct row *out = row_find(r, SUB_OUT, p->user, p->contact);

	/* A user who is no more is not told for ever. */
	if (out != NULL && (s->error.cond == COND_ITEM_NOT_FOUND ||
			    s->error.cond == COND_GONE))
		row_event(out, EV_OFFLINE);
	if (in != NULL)
		row_event(in, error_event(in, &s->error));
}

void roster_presence(struct link *k, const struct stanza *s, struct arena *a)
{
	const struct pair p = { .link = k,
				.user = jid_bare_text(a, &s->from),
				.contact = jid_bare_text(a, &s->to) };

	if (s->to.local.n == 0) {
		if (link_serves(k, s->from.domain)) {
			attendance_presence(k, s, a);
			published_presence(k, s, a);
		}
		return;
	}
	published_seen(k, s, a);
	switch (s->u.presence.type) {
	case PRESENCE_SUBSCRIBE:
		on_user_asks(&p, s, a, EV_SUBSCRIBE);
		break;
	case PRESENCE_UNSUBSCRIBE:
		on_user_asks(&p, s, a, EV_UNSUBSCRIBE);
		break;
	case PRESENCE_PROBE:
		on_user_asks(&p, s, a, EV_PROBE);
		break;
	case PRESENCE_SUBSCRIBED:
		on_user_decides(&p, EV_SUBSCRIBED);
		break;
	case PRESENCE_UNSUBSCRIBED:
		on_user_decides(&p, EV_UNSUBSCRIBED);
		break;
	case PRESENCE_AVAILABLE:
	case PRESENCE_UNAVAILABLE:
		on_user_state(&p, s, a);
		break;
	case PRESENCE_ERROR:
		on_error(&p, s);
		break;
	}
}
