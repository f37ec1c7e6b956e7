#include <string.h>
#include "gateway/base/log.h"
#include "gateway/phones/registrar.h"
#include "gateway/presence/roster_lists_inner.h"
#include "gateway/trust/admission.h"
#include "mapping/buddy.h"
#include "sip/party.h"

/* Lists of the configuration (RFC 4662): one dialog of a phone, and behind it
 * an ordinary subscription to each who is on the list, through the rows, where
 * his usage has a member instead of a dialog. */
enum {
	BODY_MAX_BYTES = 60000,
	LISTING_BYTES = 2048, /* of names, as a rule */
	LISTINGS_MAX = 32     /* phones of one watcher */
};

/* --- which lists there are */

static const struct config_list *list_find(const struct link *k,
					   struct str name)
{
	const struct config_registrar *c = &k->cfg->registrar;

	for (size_t i = 0; i < c->list_count; i++)
		if (str_ieq(c->lists[i].name, name))
			return &c->lists[i];
	return NULL;
}

static struct link *link_of(const struct lists *l, const struct uri *uri)
{
	struct link *k = registrar_link(l->roster->bridge, uri->host);

	return k != NULL && list_find(k, uri->user) != NULL ? k : NULL;
}

bool lists_has(const struct lists *l, struct str user)
{
	struct str domain = user;
	struct str name = str_cut(&domain, '@');
	const struct link *k = link_find(l->roster->bridge, domain);

	return k != NULL && list_find(k, name) != NULL;
}

/* --- the life of a dialog */

void listing_keep(struct listing *l, store_fn *fn, void *arg)
{
	const struct dialog dialog = notice_dialog(l->notice);
	const struct dialog_record d = {
		.key = { l->key, sizeof(l->key) },
		.user = l->name,
		.contact = l->contact,
		.event_id = notice_event_id(l->notice),
		.dialog = &dialog,
		.expires_at_s = notice_expires_at_s(l->notice),
	};

	l->cseq_kept = dialog.local_cseq;
	keep_dialog(l->owner->roster, &d, fn, arg);
}

static struct listing *listing_create(struct lists *owner, struct link *k,
				      const struct config_list *c,
				      struct str name, struct str contact)
{
	const struct address_plan *p = &k->cfg->plan;
	struct listing *l = calloc(1, sizeof(*l));
	struct buddy buddy;
	struct fault why;

	if (l == NULL)
		abort();
	l->owner = owner;
	l->link = k;
	arena_init(&l->arena, LISTING_BYTES);
	l->uri = str_fmt(&l->arena, "sip:%.*s@%.*s", STR_ARG(c->name),
			 STR_ARG(p->sip_domain));
	l->name = str_dup(&l->arena, name);
	l->contact = str_dup(&l->arena, contact);
	l->members =
		arena_zalloc(&l->arena, c->member_count * sizeof(*l->members));
	for (size_t i = 0; i < c->member_count; i++) {
		struct member *m = &l->members[l->count];

		if (!buddy_read(&l->arena, p, c->members[i], &buddy, &why))
			continue; /* not after settle.c has looked */
		m->listing = l;
		m->uri = uri_text(&l->arena, &buddy.uri);
		m->user = jid_bare_text(&l->arena, &buddy.jid);
		l->count++;
	}
	DL_APPEND(owner->all, l);
	return l;
}

static void listing_destroy(struct listing *l, bool is_told)
{
	l->is_quiet = true;
	loop_timer_stop(&l->timer);
	for (size_t i = 0; i < l->count; i++)
		member_end(&l->members[i], is_told);
	if (l->notice != NULL)
		notice_drop(l->notice);
	if (l->renewal != NULL)
		l->renewal->listing = NULL;
	DL_DELETE(l->owner->all, l);
	free(l->dialog);
	str_free(&l->event_id);
	arena_fini(&l->arena);
	free(l);
}

static void forget(struct listing *l)
{
	struct store *s = l->owner->roster->bridge->store;

	if (s != NULL)
		store_remove(s, STORE_DIALOG,
			     (struct str){ l->key, sizeof(l->key) }, NULL,
			     NULL);
}

static void listing_end(struct listing *l)
{
	forget(l);
	listing_notify(l, NOTICE_TERMINATED, "timeout");
	l->notice = NULL;
	listing_destroy(l, true);
}

/* --- a new dialog */

static void accept_it(struct listing *l)
{
	struct dialog d = dialog_view(l->dialog);

	l->notice = notifier_accept(l->owner->notifier, &d, l->event_id,
				    l->expires_s, l->answer, l);
	l->answer = NULL;
	l->cseq_kept = notice_dialog(l->notice).local_cseq;
}

static void on_kept(void *arg, bool is_kept)
{
	struct listing *l = arg;

	if (!is_kept) {
		dialogs_refuse_store(l->answer);
		listing_destroy(l, false);
		return;
	}
	accept_it(l);
	listing_join(l);
}

static void open_it(struct listing *l, const struct dialog *d)
{
	const struct dialog_record record = {
		.key = { l->key, sizeof(l->key) },
		.user = l->name,
		.contact = l->contact,
		.event_id = l->event_id,
		.dialog = d,
		.expires_at_s = loop_wall_ms() / 1000 + l->expires_s,
	};

	keep_key(l->key);
	keep_dialog(l->owner->roster, &record, on_kept, l);
}

/* RFC 6665 §4.4.3: nobody is asked for it. */
static void poll(struct listing *l)
{
	accept_it(l);
	for (size_t i = 0; i < l->count; i++)
		member_look(&l->members[i]);
	listing_notify(l, NOTICE_TERMINATED, "timeout");
	l->notice = NULL;
	listing_destroy(l, false);
}

/* How many dialogs he has. */
static size_t count_of(const struct lists *ls, struct str contact)
{
	const struct listing *l;
	size_t n = 0;

	DL_FOREACH (ls->all, l)
		n += str_eq(l->contact, contact);
	return n;
}

static bool is_possible(struct lists *ls, const struct admission *m,
			struct str contact, size_t members, struct fault *why)
{
	struct roster *r = ls->roster;
	unsigned most = r->bridge->cfg->subscriptions_per_user_max;

	if (!admission_has_room(m->link, why))
		return false;
	if (!m->link->cfg->has_presence)
		return fault_set(why, 403, COND_FORBIDDEN,
				 "no presence for this domain");
	if (count_of(ls, contact) >= LISTINGS_MAX ||
	    tally_count(&r->tally, contact) + members > most)
		return fault_set(why, 403, COND_NOT_ALLOWED,
				 "too many subscriptions");
	return dialogs_have_room(r, notifier_count(ls->notifier) + members,
				 why);
}

static void on_subscribe(void *arg, const struct request *req,
			 struct answer *answer)
{
	struct lists *ls = arg;
	struct roster *r = ls->roster;
	struct arena *a = loop_arena(r->bridge->loop);
	const struct config_list *c;
	struct admission m;
	struct fault why = { 0 };
	struct listing *l;
	struct str contact;
	struct dialog d;

	if (!admission_read(r->bridge, req, a, &m, &why)) {
		dialogs_refuse(answer, &why);
		return;
	}
	c = list_find(m.link, req->target.user);
	contact = jid_bare_text(a, &m.from);
	if (c == NULL)
		fault_set(&why, 404, COND_ITEM_NOT_FOUND, "no such list");
	if (c == NULL || !is_possible(ls, &m, contact, c->member_count, &why)) {
		dialogs_refuse(answer, &why);
		return;
	}
	l = listing_create(ls, m.link, c, jid_bare_text(a, &m.to), contact);
	dialog_of_request(a, req, answer_tag(answer), &d);
	l->answer = answer;
	l->dialog = dialog_keep(&d);
	l->event_id = str_heap(req->event_id);
	l->expires_s = notifier_expiry(ls->notifier, req);
	if (l->expires_s == 0)
		poll(l);
	else
		open_it(l, &d);
}

/* --- in a dialog */

static void on_renewed(void *arg, bool is_kept)
{
	struct renewal *f = arg;
	struct listing *l = f->listing;

	if (l != NULL)
		l->renewal = NULL;
	if (l == NULL || !is_kept) {
		dialogs_refuse_store(f->answer);
	} else {
		notice_refreshed(l->notice, f->answer);
		listing_join(l);
	}
	free(f);
}

static void on_refresh(void *arg, struct notice *n, struct answer *answer)
{
	struct listing *l = notice_owner(n);
	struct renewal *f;

	(void)arg;
	if (notice_remaining_s(n) == 0) {
		notice_refreshed(n, answer);
		listing_end(l);
		return;
	}
	if (l->renewal != NULL) {
		dialogs_refuse_store(answer);
		return;
	}
	f = malloc(sizeof(*f));
	if (f == NULL)
		abort();
	*f = (struct renewal){ .listing = l, .answer = answer };
	l->renewal = f;
	listing_keep(l, on_renewed, f);
}

static void on_expired(void *arg, struct notice *n)
{
	(void)arg;
	listing_end(notice_owner(n));
}

static void on_lost(void *arg, struct notice *n, int status)
{
	struct listing *l = notice_owner(n);

	(void)arg;
	log_info("watcher_lost", F_STR("component", l->link->cfg->domain),
		 F_NUM("status", status));
	forget(l);
	l->notice = NULL; /* it goes by itself */
	listing_destroy(l, true);
}

/* --- for the roster */

bool lists_offer(struct lists *ls, const struct request *req,
		 struct answer *answer)
{
	static const struct str tag = STR("eventlist");
	static const struct header require = { .name = STR("Require"),
					       .value = STR("eventlist") };
	static const struct reply needs_it = { .status = 421,
					       .headers = &require };
	bool is_new = req->to.tag.n == 0;

	if (link_of(ls, is_new ? &req->target : &req->to.uri) == NULL)
		return false;
	if (is_new && str_eqz(req->event, "presence") &&
	    !list_has(req->supported, tag) && !list_has(req->require, tag))
		agent_reply(answer, &needs_it);
	else
		notifier_offer(ls->notifier, req, answer);
	return true;
}

/* The version has to rise, and is not kept: from now on it is of the time. Who
 * has no row any more comes back when the phone refreshes. */
void lists_restore(struct lists *ls, const struct dialog_record *d,
		   uint32_t cseq_skip)
{
	struct str domain = d->user;
	struct str name = str_cut(&domain, '@');
	struct link *k = link_find(ls->roster->bridge, domain);
	struct listing *l;

	if (k == NULL || list_find(k, name) == NULL)
		return;
	l = listing_create(ls, k, list_find(k, name), d->user, d->contact);
	memcpy(l->key, d->key.p, sizeof(l->key));
	l->version = (uint32_t)(loop_wall_ms() / 1000);
	l->notice = notifier_restore(ls->notifier, d->dialog, d->event_id,
				     d->expires_at_s, cseq_skip, l);
	if (l->notice == NULL) {
		listing_destroy(l, false);
		return;
	}
	l->cseq_kept = notice_dialog(l->notice).local_cseq;
	for (size_t i = 0; i < l->count; i++)
		member_restore(&l->members[i]);
}

struct lists *lists_create(struct roster *r)
{
	static const struct notifier_events events = {
		.on_subscribe = on_subscribe,
		.on_refresh = on_refresh,
		.on_expired = on_expired,
		.on_lost = on_lost,
	};
	const struct notifier_limits limits = {
		.accept = STR("multipart/related"),
		.require = STR("eventlist"),
		.min_s = r->bridge->cfg->presence_min_expires_s,
		.running_max = r->bridge->cfg->running_sender_max,
	};
	struct lists *ls = calloc(1, sizeof(*ls));

	if (ls == NULL)
		abort();
	ls->roster = r;
	ls->notifier =
		notifier_create(r->bridge->loop, r->bridge->agent, &events, ls);
	notifier_set_limits(ls->notifier, &limits);
	strbuf_init(&ls->body, BODY_MAX_BYTES);
	return ls;
}

void lists_destroy(struct lists **lp)
{
	struct lists *ls = *lp;
	struct listing *l, *next;

	if (ls == NULL)
		return;
	*lp = NULL;
	DL_FOREACH_SAFE (ls->all, l, next)
		listing_destroy(l, false);
	notifier_destroy(&ls->notifier);
	strbuf_fini(&ls->body);
	free(ls);
}
