#include "gateway/presence/item.h"
#include <stdlib.h>
#include <string.h>

static size_t texts_bytes(const struct text *t)
{
	size_t n = 0;

	for (; t != NULL; t = t->next)
		n += sizeof(*t) + t->lang.n + t->s.n;
	return n;
}

/* The structs come first, so that they are aligned; then their text. */
static struct text *texts_put(struct text **room, char **p,
			      const struct text *t)
{
	struct text *first = NULL, **last = &first;

	for (; t != NULL; t = t->next) {
		struct text *kept = (*room)++;

		*kept = (struct text){ .lang = str_put(p, t->lang),
				       .s = str_put(p, t->s) };
		*last = kept;
		last = &kept->next;
	}
	return first;
}

static struct item *item_create(const struct presence_item *v)
{
	size_t n = sizeof(struct item) + texts_bytes(v->status) +
		   v->resource.n + v->idle_since.n;
	struct item *i = malloc(n);
	const struct text *t;
	struct text *room;
	size_t count = 0;
	char *p;

	if (i == NULL)
		abort();
	for (t = v->status; t != NULL; t = t->next)
		count++;
	room = (struct text *)(i + 1);
	p = (char *)(room + count);
	*i = (struct item){ .value = *v, .is_dirty = true };
	i->value.next = NULL;
	i->value.status = texts_put(&room, &p, v->status);
	i->value.resource = str_put(&p, v->resource);
	i->value.idle_since = str_put(&p, v->idle_since);
	return i;
}

struct item *item_find(struct item *list, struct str resource)
{
	for (; list != NULL; list = list->next)
		if (str_eq(list->value.resource, resource))
			return list;
	return NULL;
}

static size_t count_available(const struct item *list)
{
	size_t n = 0;

	for (; list != NULL; list = list->next)
		n += list->value.is_available;
	return n;
}

/* at: what is there for its resource, or NULL. */
static bool has_room(const struct item *list, const struct item *at,
		     const struct presence_item *v)
{
	size_t all = 0;

	if (at != NULL && (at->value.is_available || !v->is_available))
		return true;
	for (const struct item *i = list; i != NULL; i = i->next)
		all++;
	return (at != NULL || all < ITEMS_ALL_MAX) &&
	       (!v->is_available || count_available(list) < ITEMS_MAX);
}

struct item *item_put(struct item **list, const struct presence_item *v)
{
	struct item **at = list, *i;

	while (*at != NULL && !str_eq((*at)->value.resource, v->resource))
		at = &(*at)->next;
	if (!has_room(*list, *at, v))
		return NULL;
	if (*at != NULL && presence_item_eq(&(*at)->value, v))
		return *at;
	i = item_create(v);
	if (*at != NULL) {
		i->is_kept = (*at)->is_kept;
		i->next = (*at)->next;
		free(*at);
	}
	*at = i;
	return i;
}

void item_drop(struct item **list, struct item *i)
{
	while (*list != i)
		list = &(*list)->next;
	*list = i->next;
	free(i);
}

void item_drop_all(struct item **list)
{
	while (*list != NULL)
		item_drop(list, *list);
}

void item_drop_unavailable(struct item **list)
{
	struct item *i, *next;

	for (i = *list; i != NULL; i = next) {
		next = i->next;
		if (!i->value.is_available && !i->is_remembered)
			item_drop(list, i);
	}
}

void item_remember(struct item **list, struct str resource)
{
	const struct presence_item v = { .resource = resource };
	struct item *i = item_put(list, &v);

	if (i == NULL)
		return;
	i->is_dirty = false;
	i->is_kept = true;
	i->is_remembered = true;
}

void item_leave(struct item *i, int64_t stamp_s)
{
	i->is_remembered = false;
	i->value.is_available = false;
	i->value.status = NULL;
	i->value.stamp_s = stamp_s;
	i->is_dirty = true;
}

static bool leave_all(struct item *list, int64_t stamp_s)
{
	bool is_changed = false;

	for (; list != NULL; list = list->next) {
		if (list->value.is_available) {
			item_leave(list, stamp_s);
			is_changed = true;
		}
		list->is_dirty = false;
	}
	return is_changed;
}

static bool is_less(const struct presence_item *x,
		    const struct presence_item *y)
{
	if (x->is_available != y->is_available)
		return !x->is_available;
	if (x->priority != y->priority)
		return x->priority < y->priority;
	return x->stamp_s < y->stamp_s;
}

static struct item *least_of(struct item *list)
{
	struct item *least = list;

	for (; list != NULL; list = list->next)
		if (is_less(&list->value, &least->value))
			least = list;
	return least;
}

/* In the place of the least ones; NULL: that is v. */
static struct item *put_over(struct item **list, const struct presence_item *v)
{
	struct item *i;

	while ((i = item_put(list, v)) == NULL) {
		struct item *least = least_of(*list);

		if (is_less(v, &least->value))
			return NULL;
		item_drop(list, least);
	}
	return i;
}

bool item_take(struct item **list, struct arena *a, const struct stanza *s,
	       int64_t wall_s, bool *is_crowded)
{
	struct presence_item v;
	struct item *old, *i;
	bool is_changed;

	presence_item_read(a, s, wall_s, &v);
	if (v.resource.n == 0 && !v.is_available && *list != NULL)
		return leave_all(*list, v.stamp_s);
	old = item_find(*list, v.resource);
	if (old == NULL && !v.is_available && *list != NULL)
		return false; /* nobody has heard of it */
	is_changed = old == NULL || !presence_item_eq(&old->value, &v);
	i = item_put(list, &v);
	if (i == NULL) {
		*is_crowded = true;
		i = put_over(list, &v);
	}
	if (i == NULL)
		return false;
	i->is_dirty = false;
	/* "Nobody is there" has been overtaken. */
	old = v.resource.n > 0 && v.is_available ? item_find(*list, STR_NONE)
						 : NULL;
	if (old != NULL && !old->value.is_available)
		item_drop(list, old);
	return is_changed;
}

bool item_any_available(const struct item *list)
{
	for (; list != NULL; list = list->next)
		if (list->value.is_available)
			return true;
	return false;
}

bool item_is_sparse(const struct item *list)
{
	return count_available(list) <= ITEMS_MAX / 2;
}

const struct presence_item *item_values(struct arena *a,
					const struct item *list)
{
	struct presence_item *first = NULL, **last = &first, *v;

	for (; list != NULL; list = list->next) {
		v = arena_new(a, struct presence_item);
		*v = list->value;
		v->next = NULL;
		*last = v;
		last = &v->next;
	}
	return first;
}
