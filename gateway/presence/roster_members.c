#include "gateway/base/keyed.h"
#include "gateway/base/log.h"
#include "gateway/presence/roster_lists_inner.h"
#include "mapping/rlmi.h"

/* Who is on a list, and the NOTIFYs that say how it stands with them. */
enum {
	GATHER_MS = 300, /* what follows the first NOTIFY */
	TOKEN_BYTES = 24
};

static struct rlmi_resource *resource(struct arena *a, const struct member *m)
{
	static const enum rlmi_state states[] = { [NOTICE_PENDING] =
							  RLMI_PENDING,
						  [NOTICE_ACTIVE] = RLMI_ACTIVE,
						  [NOTICE_TERMINATED] =
							  RLMI_TERMINATED };
	struct rlmi_resource *x = arena_new(a, struct rlmi_resource);

	x->uri = m->uri;
	if (m->id > 0)
		x->id = str_fmt(a, "%u", m->id);
	x->state = states[m->state];
	x->reason = str_z(m->reason);
	x->body = m->body;
	return x;
}

void listing_notify(struct listing *l, enum notice_state s, const char *reason)
{
	struct loop *loop = l->owner->roster->bridge->loop;
	struct arena *a = loop_arena(loop);
	struct strbuf *b = &l->owner->body;
	struct rlmi_resource **end;
	char token[TOKEN_BYTES];
	struct rlmi r = { .uri = l->uri,
			  .version = l->version++,
			  .token = { token, sizeof(token) },
			  .host = l->link->cfg->plan.sip_domain };

	keyed_token(token, sizeof(token));
	end = &r.resources;
	for (size_t i = 0; i < l->count; i++) {
		*end = resource(a, &l->members[i]);
		end = &(*end)->next;
	}
	strbuf_reset(b);
	rlmi_write(b, &r);
	if (b->overflow)
		log_warn("list_too_large", F_STR("list", l->name));
	notice_send(l->notice, s, reason, 0,
		    (struct notice_document){
			    .type = rlmi_content_type(a, &r),
			    .text = b->overflow ? STR_NONE : strbuf_str(b) });
}

static void on_due(void *arg)
{
	struct listing *l = arg;

	l->told_ms = loop_now_ms(l->owner->roster->bridge->loop);
	listing_notify(l, NOTICE_ACTIVE, NULL);
	if (notice_dialog(l->notice).local_cseq >= l->cseq_kept + CSEQ_STRIDE)
		listing_keep(l, NULL, NULL);
}

/* At most once in 5 s; but what is known of its members at first comes soon. */
static void changed(struct listing *l)
{
	struct bridge *b = l->owner->roster->bridge;
	uint64_t wait = GATHER_MS, since = loop_now_ms(b->loop) - l->told_ms;

	if (l->notice == NULL || l->is_quiet ||
	    loop_timer_is_running(&l->timer))
		return;
	if (l->told_ms > 0)
		wait = since < b->cfg->notify_every_ms
			       ? b->cfg->notify_every_ms - since
			       : 0;
	loop_timer_start(b->loop, &l->timer, wait, on_due, l);
}

/* --- members */

void member_tell(struct member *m, enum notice_state s, const char *reason,
		 struct str body)
{
	if (m->state == s && str_eq(m->body, body) && m->id > 0 &&
	    s != NOTICE_TERMINATED)
		return;
	m->state = s;
	m->reason = reason;
	str_free(&m->body);
	if (body.n > 0 && s == NOTICE_ACTIVE)
		m->body = str_heap(body);
	changed(m->listing);
}

void member_leave(struct member *m)
{
	m->usage = NULL;
	if (m->state != NOTICE_TERMINATED)
		member_tell(m, NOTICE_TERMINATED, "deactivated", STR_NONE);
}

static void member_attach(struct member *m, struct row *w, enum notice_state s)
{
	m->usage = usage_create(w);
	m->usage->member = m;
	m->id = ++m->listing->ids;
	m->state = s;
	m->reason = NULL;
	str_free(&m->body);
}

/* A watcher does not watch himself. */
static bool is_self(const struct member *m)
{
	return str_eq(m->user, m->listing->contact);
}

static struct row *row_of(const struct member *m)
{
	return row_find(m->listing->owner->roster, SUB_IN, m->user,
			m->listing->contact);
}

/* So many wait for a user's word, and no more: the next refresh tries again. */
static bool is_crowded(const struct member *m)
{
	struct roster *r = m->listing->owner->roster;

	return tally_count(&r->undecided, m->user) >=
	       r->bridge->cfg->undecided_per_user_max;
}

static void member_join(struct member *m)
{
	struct listing *l = m->listing;
	struct row *w;

	if (m->usage != NULL || is_self(m))
		return;
	w = row_of(m);
	if (w == NULL && is_crowded(m))
		return;
	if (w != NULL && w->state == SUB_DENIED && in_is_pardoned(w))
		row_event(w, EV_PARDON);
	w = row_get(l->owner->roster, l->link, SUB_IN, m->user, l->contact);
	member_attach(m, w, NOTICE_PENDING);
	row_event(w, EV_WATCH);
}

void listing_join(struct listing *l)
{
	l->is_quiet = true;
	for (size_t i = 0; i < l->count; i++)
		member_join(&l->members[i]);
	l->is_quiet = false;
	loop_timer_stop(&l->timer);
	l->told_ms = 0;
	listing_notify(l, NOTICE_ACTIVE, NULL);
	changed(l);
}

void member_look(struct member *m)
{
	struct row *w = is_self(m) ? NULL : row_of(m);

	if (w == NULL || (w->state != SUB_ASKING && w->state != SUB_PENDING &&
			  w->state != SUB_ACTIVE))
		return;
	m->id = ++m->listing->ids;
	m->state = w->state == SUB_ACTIVE ? NOTICE_ACTIVE : NOTICE_PENDING;
	if (w->state == SUB_ACTIVE)
		m->body = str_heap(in_document(w, false));
}

void member_end(struct member *m, bool is_told)
{
	struct usage *u = m->usage;
	struct row *w;

	str_free(&m->body);
	if (u == NULL)
		return;
	m->usage = NULL;
	w = u->row;
	u->member = NULL;
	usage_destroy(u);
	if (is_told && w->usages == NULL)
		row_event(w, EV_WATCH_END);
}

void member_restore(struct member *m)
{
	struct row *w = row_of(m);

	if (w == NULL)
		return;
	keep_settle(w);
	member_attach(m, w,
		      w->state == SUB_ACTIVE ? NOTICE_ACTIVE : NOTICE_PENDING);
}
