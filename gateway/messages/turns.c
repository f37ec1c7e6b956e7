#include "gateway/messages/turns.h"
#include "gateway/base/table.h"

enum { SHARE = 8 }; /* of a source, against what is left for all */

struct lane {
	UT_hash_handle hh;
	struct lane *prev, *next;
	struct turn *first; /* list, not owned */
	size_t count, bytes, n;
	char source[];
};

static struct lane *lane_find(const struct turns *t, struct str source)
{
	struct lane *l;

	HASH_FIND(hh, t->by_source, source.p, source.n, l);
	return l;
}

static struct lane *lane_get(struct turns *t, struct str source)
{
	struct lane *l = lane_find(t, source);

	if (l != NULL)
		return l;
	l = calloc(1, sizeof(*l) + source.n);
	if (l == NULL)
		abort();
	l->n = source.n;
	if (source.n > 0)
		memcpy(l->source, source.p, source.n);
	HASH_ADD_KEYPTR(hh, t->by_source, l->source, l->n, l);
	DL_APPEND(t->order, l);
	return l;
}

static void lane_drop(struct turns *t, struct lane *l)
{
	HASH_DEL(t->by_source, l);
	DL_DELETE(t->order, l);
	free(l);
}

void turns_wait(struct turns *t, struct turn *e, struct str source,
		size_t bytes)
{
	struct lane *l = lane_get(t, source);

	*e = (struct turn){ .all = t, .lane = l, .bytes = bytes };
	DL_APPEND(l->first, e);
	l->count++;
	l->bytes += bytes;
	t->count++;
	t->bytes += bytes;
}

struct turn *turns_first(const struct turns *t)
{
	return t->order != NULL ? t->order->first : NULL;
}

void turns_pass(struct turns *t)
{
	struct lane *l = t->order;

	DL_DELETE(t->order, l);
	DL_APPEND(t->order, l);
	turn_leave(l->first);
}

void turn_leave(struct turn *e)
{
	struct turns *t = e->all;
	struct lane *l = e->lane;

	if (l == NULL)
		return;
	DL_DELETE(l->first, e);
	l->count--;
	l->bytes -= e->bytes;
	t->count--;
	t->bytes -= e->bytes;
	*e = (struct turn){ 0 };
	if (l->count == 0)
		lane_drop(t, l);
}

bool turns_has_share(const struct turns *t, struct str source, size_t left,
		     size_t left_bytes)
{
	const struct lane *l = lane_find(t, source);

	if (l == NULL)
		return left > 0 && left_bytes > 0;
	return l->count < SHARE * left && l->bytes < SHARE * left_bytes;
}
