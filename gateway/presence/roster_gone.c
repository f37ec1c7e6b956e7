#include <stdlib.h>
#include <string.h>
#include "gateway/presence/roster_inner.h"

/* Nothing says that a server has taken presence (the barrier is for messages):
 * what was written to a link that then broke may be lost, for as long as it
 * took to notice. What is there is said again over the new link; this is what
 * is not. */
enum { LATELY_MS = 90000, GONE_MAX = 65536 };

struct gone {
	struct gone *prev, *next;
	uint64_t at_ms;
	size_t user_bytes, contact_bytes, resource_bytes;
	char text[]; /* user, contact, resource */
};

static void gone_drop(struct roster *r, struct gone *g)
{
	DL_DELETE(r->gone, g);
	r->gone_count--;
	free(g);
}

/* The oldest ones come first. */
static void forget_old(struct roster *r, uint64_t now_ms)
{
	while (r->gone != NULL && (r->gone_count >= GONE_MAX ||
				   now_ms - r->gone->at_ms > LATELY_MS))
		gone_drop(r, r->gone);
}

static char *put(char *at, struct str s)
{
	memcpy(at, s.p, s.n);
	return at + s.n;
}

void gone_note(struct row *w, struct str resource)
{
	struct roster *r = w->roster;
	uint64_t now_ms = loop_now_ms(r->bridge->loop);
	struct str user = row_user(w), contact = row_contact(w);
	struct gone *g;

	if (resource.n == 0)
		return;
	forget_old(r, now_ms);
	g = calloc(1, sizeof(*g) + user.n + contact.n + resource.n);
	if (g == NULL)
		abort();
	g->at_ms = now_ms;
	g->user_bytes = user.n;
	g->contact_bytes = contact.n;
	g->resource_bytes = resource.n;
	put(put(put(g->text, user), contact), resource);
	DL_APPEND(r->gone, g);
	r->gone_count++;
}

static void recall(struct roster *r, const struct link *k, const struct gone *g)
{
	struct str user = { g->text, g->user_bytes };
	struct str contact = { user.p + user.n, g->contact_bytes };
	struct str resource = { contact.p + contact.n, g->resource_bytes };
	struct row *w = row_find(r, SUB_OUT, user, contact);

	if (w != NULL && w->link == k &&
	    (w->state == SUB_ACTIVE || w->state == SUB_DORMANT) &&
	    item_find(w->items, resource) == NULL)
		item_remember(&w->items, resource);
}

void gone_recall(struct roster *r, const struct link *k)
{
	const struct gone *g;

	forget_old(r, loop_now_ms(r->bridge->loop));
	DL_FOREACH (r->gone, g)
		recall(r, k, g);
}

void gone_fini(struct roster *r)
{
	while (r->gone != NULL)
		gone_drop(r, r->gone);
}
