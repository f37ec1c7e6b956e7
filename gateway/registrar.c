#include "gateway/registrar.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "gateway/bindings.h"
#include "gateway/outbox.h"
#include "gateway/presentity.h"
#include "mapping/address.h"

enum { RECORD_MAX_BYTES = 524288, EXPIRY_TICK_MS = 1000 };

struct registrar {
	struct bridge *bridge;	/* borrowed */
	struct phonebook *book; /* owned */
	struct strbuf record;
	struct loop_timer expiry;  /* a look at all once a second */
	struct enrolment *waiting; /* owned list */
};

/* A REGISTER whose bindings are being written to the store. */
struct enrolment {
	struct enrolment *prev, *next;
	struct registrar *registrar; /* borrowed */
	struct link *link;	     /* borrowed */
	struct answer *answer;	     /* owned until it is replied to */
	struct str key, before;	     /* heap; before: the record as it was */
	uint64_t version;	     /* of the person behind the change */
	struct bindings_said said;
};

/* --- the store */

/* Who only registers is online by that. */
static void tell(struct registrar *g, struct str key)
{
	presentities_changed(g->bridge->presentities, key);
}

/* The record as text in the turn's arena; none for nobody. */
static struct str record_of(struct registrar *g, const struct person *p)
{
	if (p == NULL || p->bindings == NULL)
		return STR_NONE;
	strbuf_reset(&g->record);
	person_write(&g->record, p);
	return str_dup(loop_arena(g->bridge->loop), strbuf_str(&g->record));
}

static bool keep(struct registrar *g, struct str key, store_fn *fn, void *arg)
{
	struct store *s = g->bridge->store;
	const struct person *p = phonebook_find(g->book, key);

	if (s == NULL)
		return false;
	if (p == NULL || p->bindings == NULL)
		return store_remove(s, STORE_BINDING, key, fn, arg);
	strbuf_reset(&g->record);
	person_write(&g->record, p);
	return !g->record.overflow &&
	       store_put(s, STORE_BINDING, key, strbuf_str(&g->record),
			 person_last_s(p), fn, arg);
}

/* A change that nobody waits for. */
static void changed(struct registrar *g, struct person *p)
{
	struct str key = str_dup(loop_arena(g->bridge->loop), p->key);

	(void)keep(g, key, NULL, NULL);
	phonebook_tidy(g->book, p);
	tell(g, key);
}

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct registrar *g = arg;
	struct person *p = phonebook_get(g->book, key);
	bool is_read = person_read(g->book, p, value);

	(void)expires_at_s;
	phonebook_tidy(g->book, p);
	return is_read;
}

/* --- expiry */

static void expire_one(void *arg, struct person *p)
{
	struct registrar *g = arg;

	if (person_expire(g->book, p, loop_wall_ms() / 1000))
		changed(g, p);
}

static void on_expiry(void *arg)
{
	struct registrar *g = arg;

	phonebook_each(g->book, expire_one, g);
	loop_timer_start(g->bridge->loop, &g->expiry, EXPIRY_TICK_MS, on_expiry,
			 g);
}

/* --- life */

struct registrar *registrar_create(struct bridge *b, const char **why)
{
	struct registrar *g = calloc(1, sizeof(*g));

	if (g == NULL)
		abort();
	g->bridge = b;
	g->book = phonebook_create();
	strbuf_init(&g->record, RECORD_MAX_BYTES);
	if (!store_load(b->store, STORE_BINDING, load, g, why)) {
		registrar_destroy(&g);
		return NULL;
	}
	uac_set_flows(agent_uac(b->agent), registrar_flow, g);
	on_expiry(g);
	return g;
}

static void enrolment_destroy(struct enrolment *e)
{
	DL_DELETE(e->registrar->waiting, e);
	str_free(&e->key);
	str_free(&e->before);
	free(e);
}

void registrar_destroy(struct registrar **gp)
{
	struct registrar *g = *gp;

	if (g == NULL)
		return;
	*gp = NULL;
	uac_set_flows(agent_uac(g->bridge->agent), NULL, NULL);
	loop_timer_stop(&g->expiry);
	while (g->waiting != NULL)
		enrolment_destroy(g->waiting);
	phonebook_destroy(&g->book);
	strbuf_fini(&g->record);
	free(g);
}

size_t registrar_count(const struct registrar *g)
{
	return phonebook_count(g->book);
}

/* --- who is where */

struct link *registrar_link(struct bridge *b, struct str host)
{
	for (size_t i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (p->has_phones && str_ieq(host, p->sip_domain))
			return &b->links[i];
	}
	return NULL;
}

struct person *registrar_find(struct registrar *g, struct str key)
{
	struct person *p = phonebook_find(g->book, key);

	if (p == NULL)
		return NULL;
	if (person_expire(g->book, p, loop_wall_ms() / 1000)) {
		bool is_gone = p->bindings == NULL;

		changed(g, p);
		if (is_gone)
			return NULL;
	}
	return p;
}

bool registrar_way(struct registrar *g, const struct binding *x,
		   struct hop *out)
{
	return binding_way(agent_transports(g->bridge->agent), x, out);
}

bool registrar_is_cut(struct registrar *g, const struct binding *x)
{
	struct hop hop;

	return x->reg_id > 0 && x->is_direct && x->path.n == 0 &&
	       x->transport != TRANSPORT_UDP && !registrar_way(g, x, &hop);
}

void registrar_drop(struct registrar *g, struct person *p, struct binding *x)
{
	person_drop(g->book, p, x);
	changed(g, p);
}

void registrar_forget(struct registrar *g, struct str key)
{
	struct person *p = phonebook_find(g->book, key);

	if (p == NULL)
		return;
	person_drop_all(g->book, p);
	changed(g, p);
}

/* The contact's own binding with that target, or of that instance. Somebody
 * else who has registered the same contact does not count: To says whose it
 * is. */
bool registrar_flow(void *arg, const struct draft *d, struct hop *out)
{
	struct registrar *g = arg;
	struct link *k = registrar_link(g->bridge, d->to.uri.host);
	struct arena *a = loop_arena(g->bridge->loop);
	const struct binding *x;
	struct person *p;
	struct fault why;
	struct jid jid;

	if (k == NULL || !address_contact_jid(a, &k->cfg->plan, &d->to.uri,
					      &jid, NULL, &why))
		return false;
	p = phonebook_find(g->book, jid_bare_text(a, &jid));
	x = p != NULL ? binding_of_target(p, &d->target) : NULL;
	/* For the person, not for one of his phones: the newest will do. */
	if (x == NULL && p != NULL && p->bindings != NULL &&
	    registrar_link(g->bridge, d->target.host) != NULL)
		x = p->bindings->prev;
	return x != NULL && registrar_way(g, x, out);
}

/* --- REGISTER */

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
	size_t count = p != NULL ? p->count : 0;
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
		if (x == NULL && c->expires_s > 0)
			count++;
	}
	if (count > k->cfg->registrar.contacts_max) {
		*why = "Too Many Contacts";
		return 403;
	}
	if (phonebook_count(g->book) + reg->count >
	    g->bridge->cfg->bindings_max)
		return 503;
	return store_is_well(g->bridge->store) ? 0 : 503;
old:
	*why = "CSeq Out Of Order";
	return 500;
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
			(void)transport_keep(t, &r->source);
	}
}

static void say(struct registrar *g, struct link *k, struct str key,
		const struct bindings_said *said, struct answer *answer)
{
	const struct person *p = phonebook_find(g->book, key);
	struct arena *a = loop_arena(g->bridge->loop);
	const struct reply r = {
		.status = 200,
		.headers = bindings_headers(a, &k->cfg->plan, key, p, said),
	};

	agent_reply(answer, &r);
}

/* The store has failed: as it was before, unless it has changed since. */
static void undo(struct enrolment *e)
{
	struct registrar *g = e->registrar;
	struct person *p = phonebook_find(g->book, e->key);

	if (g->bridge->store == NULL || (p != NULL && p->version != e->version))
		return;
	p = phonebook_get(g->book, e->key);
	if (e->before.n == 0)
		person_drop_all(g->book, p);
	else
		(void)person_read(g->book, p, e->before);
	phonebook_tidy(g->book, p);
}

/* What waits for him is tried now. */
static void wake(struct enrolment *e)
{
	struct registrar *g = e->registrar;
	struct jid jid;
	const char *why;

	if (phonebook_find(g->book, e->key) != NULL &&
	    e->link->outbox != NULL && g->bridge->store != NULL &&
	    jid_read(loop_arena(g->bridge->loop), e->key, &jid, &why))
		outbox_online(e->link->outbox, &jid);
}

static void on_kept(void *arg, bool is_kept)
{
	struct enrolment *e = arg;
	struct registrar *g = e->registrar;

	if (is_kept) {
		say(g, e->link, e->key, &e->said, e->answer);
		tell(g, e->key);
		wake(e);
	} else {
		undo(e);
		refuse_status(e->answer, 503, NULL);
	}
	enrolment_destroy(e);
}

static void enrol(struct registrar *g, struct link *k, struct str key,
		  const struct registration *reg, const struct request *r,
		  struct answer *answer)
{
	struct person *p = phonebook_get(g->book, key);
	struct enrolment *e = calloc(1, sizeof(*e));

	if (e == NULL)
		abort();
	e->registrar = g;
	e->link = k;
	e->answer = answer;
	e->key = str_heap(key);
	e->before = str_heap(record_of(g, p));
	e->said = bindings_said_of(reg, loop_wall_ms() / 1000);
	DL_APPEND(g->waiting, e);
	apply(g, p, reg, r);
	e->version = p->version;
	if (!keep(g, key, on_kept, e)) {
		on_kept(e, false);
		return;
	}
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
	struct str key;
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
	p = registrar_find(g, key);
	if (status == 0 && (reg.is_star || reg.count > 0))
		status = check(g, k, p, &reg, r, &why);
	if (status == 423) {
		refuse_brief(g, k, answer);
	} else if (status != 0) {
		refuse_status(answer, status, why);
	} else if (!reg.is_star && reg.count == 0) {
		said = bindings_said_of(&reg, loop_wall_ms() / 1000);
		say(g, k, key, &said, answer);
	} else {
		enrol(g, k, key, &reg, r, answer);
	}
}
