#include "gateway/phones/registrar_inner.h"
#include <stdlib.h>
#include "gateway/phones/presentity.h"
#include "mapping/address.h"

enum { RECORD_MAX_BYTES = 524288, EXPIRY_TICK_MS = 1000 };

/* --- the store */

void registrar_tell(struct registrar *g, struct str key)
{
	presentities_changed(g->bridge->presentities, key);
}

bool registrar_keep(struct registrar *g, struct str key, store_fn *fn,
		    void *arg)
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

struct writing {
	struct registrar *registrar; /* borrowed */
	struct str key;		     /* heap */
};

static void on_written(void *arg, bool is_kept)
{
	struct writing *w = arg;

	if (!is_kept)
		phonebook_get(w->registrar->book, w->key)->is_owed = true;
	str_free(&w->key);
	free(w);
}

void registrar_write(struct registrar *g, struct str key)
{
	struct writing *w = malloc(sizeof(*w));

	if (w == NULL)
		abort();
	*w = (struct writing){ .registrar = g, .key = str_heap(key) };
	if (!registrar_keep(g, key, on_written, w))
		on_written(w, false);
}

/* A change that nobody waits for. p may be gone after it. */
static void changed(struct registrar *g, struct person *p)
{
	struct str key = str_dup(loop_arena(g->bridge->loop), p->key);

	registrar_write(g, key);
	phonebook_tidy(g->book, p);
	registrar_tell(g, key);
}

/* Each row that could not be written, once more. */
static void settle(struct registrar *g, struct person *p)
{
	struct str key = str_dup(loop_arena(g->bridge->loop), p->key);

	if (!p->is_owed || !store_is_well(g->bridge->store))
		return;
	p->is_owed = false;
	registrar_write(g, key);
	phonebook_tidy(g->book, p);
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
	else if (p->is_owed)
		settle(g, p);
}

static void on_expiry(void *arg)
{
	struct registrar *g = arg;

	phonebook_each(g->book, expire_one, g);
	loop_timer_start(g->bridge->loop, &g->expiry, EXPIRY_TICK_MS, on_expiry,
			 g);
}

/* --- the way to a phone (uac_set_flows) */

static bool way(struct registrar *g, const struct binding *x, struct hop *out)
{
	return binding_way(agent_transports(g->bridge->agent), x, out);
}

/* The contact's own binding with that target, or of that instance. Somebody
 * else who has registered the same contact does not count: To says whose it
 * is. */
static bool flow(void *arg, const struct draft *d, struct hop *out)
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
	return x != NULL && way(g, x, out);
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
	uac_set_flows(agent_uac(b->agent), flow, g);
	on_expiry(g);
	return g;
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

	if (p != NULL && person_expire(g->book, p, loop_wall_ms() / 1000)) {
		changed(g, p);
		p = phonebook_find(g->book, key);
	}
	return p != NULL && p->bindings != NULL ? p : NULL;
}

static struct binding *cut_one(struct registrar *g, const struct person *p,
			       registrar_meant_fn *fn)
{
	struct binding *x;
	struct hop hop;

	DL_FOREACH (p->bindings, x)
		if (fn(x) && binding_is_tied(x) && !way(g, x, &hop))
			return x;
	return NULL;
}

/* Looked for anew each time: whoever watches him hears of each at once, looks
 * at him too, and may find others over by then. */
struct person *registrar_drop_cut(struct registrar *g, struct str key,
				  registrar_meant_fn *fn)
{
	struct person *p;
	struct binding *x;

	while ((p = registrar_find(g, key)) != NULL &&
	       (x = cut_one(g, p, fn)) != NULL) {
		person_drop(g->book, p, x);
		changed(g, p);
	}
	return p;
}

void registrar_forget(struct registrar *g, struct str key)
{
	struct person *p = phonebook_find(g->book, key);

	if (p == NULL)
		return;
	person_bindings_free(&p->kept);
	person_take_back(g->book, p);
	changed(g, p);
}
