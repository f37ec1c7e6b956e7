#include "sip/leg.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sip/writer.h"

/* --- the table */

uint64_t watch_hash(const struct hashset_node *n)
{
	const struct watch *w = (const struct watch *)n;

	return dialog_key((struct str){ w->call_id, sizeof(w->call_id) },
			  (struct str){ w->tag, sizeof(w->tag) })
		.a;
}

static void list_remove(struct watch *w)
{
	if (w->is_listed)
		hashset_remove(&w->kind->watcher->table, &w->node);
	w->is_listed = false;
}

void watch_renew(struct watch *w)
{
	struct watcher *owner = w->kind->watcher;

	list_remove(w);
	keyed_token(w->call_id, sizeof(w->call_id));
	keyed_token(w->tag, sizeof(w->tag));
	w->cseq = 0;
	hashset_add(&owner->table, &w->node);
	w->is_listed = true;
}

/* --- making one */

static const struct watch_kind *kind_get(struct watcher *w,
					 const struct watch_options *o,
					 const struct watch_events *e)
{
	struct watch_kind *k;

	LL_FOREACH (w->kinds, k) {
		if (k->events == e && str_eq(k->event, o->event) &&
		    str_eq(k->accept, o->accept))
			return k;
	}
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		abort();
	k->watcher = w;
	k->events = e;
	k->event = str_heap(o->event);
	k->accept = str_heap(o->accept);
	LL_PREPEND(w->kinds, k);
	return k;
}

static struct str bracketed(struct arena *a, struct str uri)
{
	return str_fmt(a, "<%.*s>", STR_ARG(uri));
}

static struct watch *watch_alloc(struct arena *a, const struct watch_options *o)
{
	struct str texts[WATCH_TEXTS] = { uri_text(a, &o->target),
					  writer_party_text(a, &o->from),
					  writer_party_text(a, &o->to),
					  o->next_hop };
	struct watch *w;
	size_t n = 0;
	char *p;

	if (str_eq(texts[2], bracketed(a, texts[0])))
		texts[2] = STR_NONE;
	for (size_t i = 0; i < WATCH_TEXTS; i++)
		n += texts[i].n;
	w = calloc(1, sizeof(*w) + n);
	if (w == NULL)
		abort();
	p = w->block;
	for (size_t i = 0; i < WATCH_TEXTS; i++) {
		assert(texts[i].n <= UINT16_MAX);
		w->bytes[i] = (uint16_t)texts[i].n;
		if (texts[i].n > 0)
			memcpy(p, texts[i].p, texts[i].n);
		p += texts[i].n;
	}
	return w;
}

struct watch_texts watch_texts(const struct watch *w, struct arena *a)
{
	struct str texts[WATCH_TEXTS];
	const char *p = w->block;

	for (size_t i = 0; i < WATCH_TEXTS; i++) {
		texts[i] = w->bytes[i] > 0 ? (struct str){ p, w->bytes[i] }
					   : STR_NONE;
		p += w->bytes[i];
	}
	if (texts[2].n == 0)
		texts[2] = bracketed(a, texts[0]);
	return (struct watch_texts){ texts[0], texts[1], texts[2], texts[3] };
}

struct watch *watch_open(struct watcher *owner, const struct watch_options *o,
			 const struct watch_events *e, void *arg)
{
	struct watch *w = watch_alloc(loop_arena(owner->loop), o);

	w->kind = kind_get(owner, o, e);
	w->arg = arg;
	w->expires_s = o->expires_s;
	w->granted_s = o->expires_s;
	w->wants_many = o->wants_many;
	w->is_poll = o->expires_s == 0;
	w->first.watch = w;
	DL_APPEND(owner->all, w);
	watch_renew(w);
	leg_open(&w->first);
	return w;
}

/* --- ending */

static void watch_stop(struct watch *w)
{
	struct leg *leg, *tmp;

	list_remove(w);
	leg_stop(&w->first);
	LL_FOREACH_SAFE (w->further, leg, tmp) {
		leg_stop(leg);
		free(leg);
	}
	w->further = NULL;
}

static void watch_free(struct watch *w)
{
	watch_stop(w);
	DL_DELETE(w->kind->watcher->all, w);
	free(w);
}

void watch_drop(struct watch **wp)
{
	if (*wp != NULL)
		watch_free(*wp);
	*wp = NULL;
}

void watch_close(struct watch **wp)
{
	struct watch *w = *wp;
	struct leg *leg, *tmp;

	*wp = NULL;
	if (w == NULL)
		return;
	w->is_closing = true;
	if (!w->is_listed) { /* over already */
		watch_free(w);
		return;
	}
	LL_FOREACH_SAFE (w->further, leg, tmp)
		leg_end(leg);
	/* The last one to end frees the watch, so this comes last; a leg that
	 * is over is not the last. */
	if (!w->first.is_over)
		leg_end(&w->first);
}

bool watch_leg_remove(struct leg *leg)
{
	struct watch *w = leg->watch;

	leg_stop(leg);
	if (leg != &w->first) {
		LL_DELETE(w->further, leg);
		free(leg);
	}
	return !w->first.is_over || w->further != NULL;
}

bool watch_over(struct watch *w)
{
	if (w->is_closing) {
		watch_free(w);
		return false;
	}
	watch_stop(w);
	return true;
}

void watch_leg_over(struct leg *leg, int status, int64_t retry_after_s)
{
	struct watch *w = leg->watch;
	struct watch_notice lapsed = { .state = WATCH_TERMINATED,
				       .retry_after_s = -1 };

	if (watch_leg_remove(leg) || !watch_over(w))
		return;
	if (status == 0 && w->is_confirmed)
		w->kind->events->on_notice(w->arg, &lapsed);
	else
		w->kind->events->on_failed(w->arg, status, retry_after_s);
}

/* --- for its owner */

void watch_refresh(struct watch *w)
{
	struct leg *leg, *tmp;

	if (!w->is_listed || w->is_poll)
		return;
	LL_FOREACH_SAFE (w->further, leg, tmp)
		leg_ask(leg);
	if (!w->first.is_over)
		leg_ask(&w->first);
}

bool watch_is_confirmed(const struct watch *w)
{
	return w->is_confirmed;
}
