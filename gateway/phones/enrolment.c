#include "gateway/phones/registrar_inner.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "gateway/outbox/outbox.h"
#include "mapping/address.h"

/* REGISTER: what it asks for is checked as a whole, done, and answered when it
 * is in the store. */
struct enrolment {
	struct enrolment *prev, *next;
	struct registrar *registrar; /* borrowed */
	struct link *link;	     /* borrowed */
	struct answer *answer;	     /* owned until it is replied to */
	struct str key;		     /* heap */
	struct binding *after;	     /* owned list: his bindings behind it */
	uint64_t lost;		     /* of the person, when it began */
	struct bindings_said said;
};

void enrolment_destroy(struct enrolment *e)
{
	DL_DELETE(e->registrar->waiting, e);
	str_free(&e->key);
	person_bindings_free(&e->after);
	free(e);
}

/* --- refusals */

static void refuse(struct answer *answer, const struct reply *r)
{
	log_debug("register_refused", F_NUM("status", r->status),
		  F_STR("text", r->reason));
	agent_reply(answer, r);
}

static void refuse_status(struct answer *answer, int status, const char *reason)
{
	struct reply r = { .status = status, .reason = str_z(reason) };

	if (status == 503)
		r.retry_after_s = bridge_retry_after_s();
	refuse(answer, &r);
}

static void refuse_brief(struct registrar *g, const struct link *k,
			 struct answer *answer)
{
	const struct header least = {
		.name = STR("Min-Expires"),
		.value = str_fmt(loop_arena(g->bridge->loop), "%u",
				 k->cfg->registrar.min_s),
	};
	const struct reply r = { .status = 423, .headers = &least };

	refuse(answer, &r);
}

/* Whose bindings they are: his own, and nobody else's (§10.3 item 4). 0, or the
 * status that refuses it. */
static int whose(struct registrar *g, const struct request *r, struct link **k,
		 struct str *key)
{
	struct bridge *b = g->bridge;
	struct arena *a = loop_arena(b->loop);
	struct jid to, from;
	struct fault why;

	*k = registrar_link(b, r->target.host);
	if (*k == NULL)
		return 404;
	if (!door_is_user(b->door, r))
		return 403;
	if (!address_contact_jid(a, &(*k)->cfg->plan, &r->to.uri, &to, NULL,
				 &why))
		return why.status == 403 ? 404 : why.status;
	if (!address_contact_jid(a, &(*k)->cfg->plan, &r->from.uri, &from, NULL,
				 &why) ||
	    !jid_bare_eq(&to, &from)) {
		log_warn("register_of_another",
			 F_STR("component", (*k)->cfg->domain),
			 F_Z("why", "a user asked for another's address"));
		return 403;
	}
	*key = jid_bare_text(a, &to);
	return 0;
}

/* A contact that leads to us would only go round in circles. */
static bool is_circle(const struct bridge *b,
		      const struct registration_contact *c)
{
	for (size_t i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (address_is_user_host(p, &c->uri) ||
		    str_ieq(c->uri.host, p->component))
			return true;
	}
	return false;
}

/* §10.3 item 7: of one Call-ID only what is newer counts. */
static bool is_old(const struct binding *x, const struct request *r)
{
	return str_eq(x->call_id, r->call_id) && r->cseq <= x->cseq;
}

/* 0, or what refuses the whole: no part of it is done then. */
static int check(struct registrar *g, const struct link *k,
		 const struct person *p, const struct registration *reg,
		 const struct request *r, const char **why)
{
	size_t count = p != NULL ? p->count : 0, added = 0;
	const struct binding *x;

	if (p != NULL && reg->is_star) {
		DL_FOREACH (p->bindings, x)
			if (is_old(x, r))
				goto old;
	}
	for (size_t i = 0; i < reg->count; i++) {
		const struct registration_contact *c = &reg->contacts[i];

		x = p != NULL ? person_find(p, c) : NULL;
		if (x != NULL && is_old(x, r))
			goto old;
		if (is_circle(g->bridge, c)) {
			*why = "Contact Leads Back Here";
			return 403;
		}
		added += x == NULL && c->expires_s > 0;
	}
	if (added > 0 && count + added > k->cfg->registrar.contacts_max) {
		*why = "Too Many Contacts";
		return 403;
	}
	/* What is there already may be refreshed, and removed, all the same. */
	if (added > 0 &&
	    phonebook_count(g->book) + added > g->bridge->cfg->bindings_max)
		return 503;
	return store_is_well(g->bridge->store) ? 0 : 503;
old:
	*why = "CSeq Out Of Order";
	return 500;
}

static bool is_any(const struct binding *x)
{
	(void)x;
	return true;
}

/* What cannot be reached any more makes room for what can: a phone without a
 * reg-id that loses its connection again and again has a new contact each time,
 * and would shut itself out. */
static struct person *make_room(struct registrar *g, const struct link *k,
				struct str key, const struct registration *reg)
{
	struct person *p = registrar_find(g, key);

	if (p == NULL ||
	    p->count + reg->count <= k->cfg->registrar.contacts_max)
		return p;
	return registrar_drop_cut(g, key, is_any);
}

static void apply(struct registrar *g, struct person *p,
		  const struct registration *reg, const struct request *r)
{
	struct transport_set *t = agent_transports(g->bridge->agent);
	int64_t now_s = loop_wall_ms() / 1000;
	struct binding *x;

	if (reg->is_star)
		person_drop_all(g->book, p);
	for (size_t i = 0; i < reg->count; i++) {
		const struct registration_contact *c = &reg->contacts[i];

		x = person_find(p, c);
		if (c->expires_s > 0)
			(void)person_put(g->book, p, reg, c, r, now_s);
		else if (x != NULL)
			person_drop(g->book, p, x);
		if (c->expires_s > 0 && reg->is_direct)
			(void)transport_keep(t, &r->source,
					     (uint64_t)c->expires_s * 1000);
	}
}

static void say(struct registrar *g, struct link *k, struct str key,
		const struct binding *all, const struct bindings_said *said,
		struct answer *answer)
{
	struct arena *a = loop_arena(g->bridge->loop);
	const struct reply r = {
		.status = 200,
		.headers = bindings_headers(a, &k->cfg->plan, key, all, said),
	};

	agent_reply(answer, &r);
}

/* What waits for him is tried now. */
static void wake(struct enrolment *e)
{
	struct registrar *g = e->registrar;
	struct jid jid;
	const char *why;

	if (registrar_find(g, e->key) != NULL && e->link->outbox != NULL &&
	    g->bridge->store != NULL &&
	    jid_read(loop_arena(g->bridge->loop), e->key, &jid, &why))
		outbox_online(e->link->outbox, &jid);
}

/* What stands on a change that is not written cannot stand either, even if its
 * row was: that is written over. */
static bool settle(struct enrolment *e, struct person *p, bool is_kept)
{
	struct registrar *g = e->registrar;

	if (p->lost != e->lost)
		return false;
	if (is_kept) {
		say(g, e->link, e->key, e->after, &e->said, e->answer);
		person_keep(p, &e->after);
		return true;
	}
	person_take_back(g->book, p);
	registrar_write(g, e->key);
	return false;
}

static void on_kept(void *arg, bool is_kept)
{
	struct enrolment *e = arg;
	struct registrar *g = e->registrar;
	struct person *p = phonebook_find(g->book, e->key);
	bool is_done = settle(e, p, is_kept);

	person_end_change(p);
	phonebook_tidy(g->book, p);
	registrar_tell(g, e->key);
	if (is_done)
		wake(e);
	else
		refuse_status(e->answer, 503, NULL);
	enrolment_destroy(e);
}

/* The store does not even take it: those before it may go on. */
static void undo(struct enrolment *e, struct person *p, struct binding **before)
{
	person_take(e->registrar->book, p, before);
	person_end_change(p);
	refuse_status(e->answer, 503, NULL);
	enrolment_destroy(e);
}

static void enrol(struct registrar *g, struct link *k, struct str key,
		  const struct registration *reg, const struct request *r,
		  struct answer *answer)
{
	struct person *p = phonebook_get(g->book, key);
	struct binding *before = person_bindings_dup(p);
	struct enrolment *e = calloc(1, sizeof(*e));

	if (e == NULL)
		abort();
	e->registrar = g;
	e->link = k;
	e->answer = answer;
	e->key = str_heap(key);
	e->lost = p->lost;
	e->said = bindings_said_of(reg, loop_wall_ms() / 1000);
	DL_APPEND(g->waiting, e);
	person_begin_change(p);
	apply(g, p, reg, r);
	e->after = person_bindings_dup(p);
	if (!registrar_keep(g, key, on_kept, e))
		undo(e, p, &before);
	person_bindings_free(&before);
	phonebook_tidy(g->book, p);
}

void registrar_request(struct registrar *g, const struct request *r,
		       struct answer *answer)
{
	struct arena *a = loop_arena(g->bridge->loop);
	struct registration_limits limits;
	struct bindings_said said;
	struct registration reg;
	const char *why = NULL;
	struct person *p;
	struct link *k;
	struct str key = STR_NONE;
	int status = whose(g, r, &k, &key);

	if (status != 0) {
		refuse_status(answer, status, NULL);
		return;
	}
	limits = (struct registration_limits){
		.default_s = k->cfg->registrar.max_s,
		.min_s = k->cfg->registrar.min_s,
		.max_s = k->cfg->registrar.max_s,
	};
	status = registration_read(a, r, &limits, &reg, &why);
	p = status == 0 ? make_room(g, k, key, &reg) : NULL;
	if (status == 0 && (reg.is_star || reg.count > 0))
		status = check(g, k, p, &reg, r, &why);
	if (status == 423) {
		refuse_brief(g, k, answer);
	} else if (status != 0) {
		refuse_status(answer, status, why);
	} else if (!reg.is_star && reg.count == 0) {
		said = bindings_said_of(&reg, loop_wall_ms() / 1000);
		p = phonebook_find(g->book, key);
		say(g, k, key, p != NULL ? person_written(p) : NULL, &said,
		    answer);
	} else {
		enrol(g, k, key, &reg, r, answer);
	}
}
