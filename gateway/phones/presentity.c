#include "gateway/phones/presentity_inner.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "gateway/phones/registrar.h"
#include "mapping/address.h"
#include "mapping/compose.h"
#include "xmpp/stream.h"

enum { RECORD_MAX_BYTES = 300000, EXPIRY_TICK_MS = 1000 };

struct watching {
	struct watching *prev, *next; /* of the presentity */
	struct presentities *owner;   /* borrowed */
	struct presentity *presentity;
	watching_fn *fn;
	void *arg;
};

/* --- who there is */

struct presentity *presentity_find(const struct presentities *p, struct str key)
{
	struct presentity *x;

	HASH_FIND(hh, p->all, key.p, key.n, x);
	return x;
}

struct presentity *presentity_get(struct presentities *p, struct str key)
{
	struct presentity *x = presentity_find(p, key);

	if (x != NULL)
		return x;
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		abort();
	x->key = str_heap(key);
	HASH_ADD_KEYPTR(hh, p->all, x->key.p, x->key.n, x);
	return x;
}

void presentity_drop(struct presentities *p, struct presentity *x,
		     struct posting *y)
{
	DL_DELETE(x->postings, y);
	x->count--;
	p->count--;
	free(y);
}

void presentity_put(struct presentities *p, struct presentity *x,
		    struct posting *y)
{
	DL_PREPEND(x->postings, y);
	x->count++;
	p->count++;
}

void presentity_tidy(struct presentities *p, struct presentity *x)
{
	if (x->postings != NULL || x->watchings != NULL || x->coming > 0)
		return;
	HASH_DEL(p->all, x);
	str_free(&x->key);
	free(x);
}

/* --- what is known of them */

bool presentity_document(struct arena *a, struct str body, struct pidf *out,
			 const char **why)
{
	static const struct stream_limits limits = { PIDF_MAX_BYTES, 32, 64 };
	struct xml *tree = stream_document(a, body, &limits, why);

	return tree != NULL && pidf_read(a, tree, out, why);
}

static struct presence_item *registered(struct presentities *p, struct str key,
					struct arena *a)
{
	static const struct pidf_tuple open = { .basic = BASIC_OPEN,
						.id = STR("registered"),
						.priority_milli = -1 };
	struct pidf doc = { .tuples = arena_new(a, struct pidf_tuple) };

	if (registrar_find(p->bridge->registrar, key) == NULL)
		return NULL;
	*doc.tuples = open;
	return presence_from_pidf(a, &doc);
}

struct presence_item *presentities_items(struct presentities *p, struct str key,
					 struct arena *a)
{
	const struct presentity *x = presentity_find(p, key);
	const struct posting *y;
	struct pidf *docs, whole;
	const char *why;
	size_t n = 0;

	if (x == NULL || x->postings == NULL)
		return registered(p, key, a);
	docs = arena_alloc(a, x->count * sizeof(*docs));
	DL_FOREACH (x->postings, y)
		if (presentity_document(a, y->body, &docs[n], &why))
			n++;
	compose_documents(a, docs, n, &whole);
	return presence_from_pidf(a, &whole);
}

/* --- who watches */

struct watching *watching_create(struct presentities *p, struct str key,
				 watching_fn *fn, void *arg)
{
	struct watching *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	*w = (struct watching){ .owner = p,
				.presentity = presentity_get(p, key),
				.fn = fn,
				.arg = arg };
	DL_APPEND(w->presentity->watchings, w);
	return w;
}

void watching_destroy(struct watching **wp)
{
	struct watching *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	DL_DELETE(w->presentity->watchings, w);
	presentity_tidy(w->owner, w->presentity);
	free(w);
}

void presentities_changed(struct presentities *p, struct str key)
{
	struct presentity *x = p != NULL ? presentity_find(p, key) : NULL;
	struct watching *w, *tmp;

	if (x == NULL)
		return;
	DL_FOREACH_SAFE (x->watchings, w, tmp)
		w->fn(w->arg);
}

/* --- what goes */

static void take_away(struct presentities *p, struct presentity *x,
		      struct posting *y)
{
	if (p->bridge->store != NULL)
		store_remove(p->bridge->store, STORE_EVENT_STATE, posting_id(y),
			     NULL, NULL);
	presentity_drop(p, x, y);
}

void presentities_forget(struct presentities *p, struct str key)
{
	struct presentity *x = presentity_find(p, key);
	struct publishing *q;

	if (x == NULL)
		return;
	DL_FOREACH (p->waiting, q)
		if (str_eq(q->key, key))
			q->is_void = true;
	while (x->postings != NULL)
		take_away(p, x, x->postings);
	presentity_tidy(p, x);
	presentities_changed(p, key);
}

static void expire(struct presentities *p, struct presentity *x, int64_t now_s)
{
	struct str key = str_dup(loop_arena(p->bridge->loop), x->key);
	struct posting *y, *tmp;
	bool is_changed = false;

	DL_FOREACH_SAFE (x->postings, y, tmp) {
		if (y->expires_at_s > now_s || y->is_busy)
			continue;
		take_away(p, x, y);
		is_changed = true;
	}
	if (!is_changed)
		return;
	presentity_tidy(p, x);
	presentities_changed(p, key);
}

static void on_expiry(void *arg)
{
	struct presentities *p = arg;
	struct presentity *x, *tmp;
	int64_t now_s = loop_wall_ms() / 1000;

	HASH_ITER (hh, p->all, x, tmp)
		if (x->postings != NULL)
			expire(p, x, now_s);
	loop_timer_start(p->bridge->loop, &p->expiry, EXPIRY_TICK_MS, on_expiry,
			 p);
}

/* --- life */

static bool load(void *arg, struct str id, struct str value,
		 int64_t expires_at_s)
{
	struct presentities *p = arg;
	struct str key;
	struct posting *y = posting_read(id, value, expires_at_s, &key);

	if (y != NULL)
		presentity_put(p, presentity_get(p, key), y);
	return y != NULL;
}

struct presentities *presentities_create(struct bridge *b, const char **why)
{
	struct presentities *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->bridge = b;
	strbuf_init(&p->record, RECORD_MAX_BYTES);
	if (!store_load(b->store, STORE_EVENT_STATE, load, p, why)) {
		presentities_destroy(&p);
		return NULL;
	}
	loop_timer_start(b->loop, &p->expiry, EXPIRY_TICK_MS, on_expiry, p);
	return p;
}

void presentities_destroy(struct presentities **pp)
{
	struct presentities *p = *pp;
	struct presentity *x, *tmp;

	if (p == NULL)
		return;
	*pp = NULL;
	loop_timer_stop(&p->expiry);
	while (p->waiting != NULL)
		publishing_destroy(p->waiting);
	HASH_ITER (hh, p->all, x, tmp) {
		while (x->postings != NULL)
			presentity_drop(p, x, x->postings);
		x->watchings = NULL;
		x->coming = 0;
		presentity_tidy(p, x);
	}
	strbuf_fini(&p->record);
	free(p);
}
