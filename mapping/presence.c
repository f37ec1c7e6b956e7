#include "mapping/presence.h"

#include "mapping/activity.h"
#include "mapping/aor.h"
#include "mapping/datetime.h"
#include "mapping/pidfvalue.h"
#include "mapping/resources.h"
#include "mapping/tupleid.h"
#include "xmpp/ns.h"

enum { PRIORITY_MAX = 127, MILLI = 1000, LANGUAGES_MAX = 8 };

/* In integers: q = floor(p * 1000 / 127), and back p = ceil(q * 127 / 1000), of
 * which only 1.000 is 127 (RFC 3922 §5.2.13). */
int presence_priority_milli(int priority)
{
	if (priority < 0)
		return -1;
	return priority < PRIORITY_MAX ? priority * MILLI / PRIORITY_MAX
				       : MILLI;
}

int presence_priority(int milli)
{
	int p;

	if (milli <= 0)
		return 0;
	if (milli >= MILLI)
		return PRIORITY_MAX;
	p = (milli * PRIORITY_MAX + MILLI - 1) / MILLI;
	return p < PRIORITY_MAX ? p : PRIORITY_MAX - 1;
}

bool presence_is_made_up(struct str resource)
{
	return tupleid_is_made_up(resource);
}

static bool texts_eq(const struct text *x, const struct text *y)
{
	while (x != NULL && y != NULL && str_eq(x->lang, y->lang) &&
	       str_eq(x->s, y->s)) {
		x = x->next;
		y = y->next;
	}
	return x == NULL && y == NULL;
}

/* The available one with the highest priority; of these the newest; of these
 * the first. NULL when none is available. */
static const struct presence_item *best_of(const struct presence_item *items)
{
	const struct presence_item *i, *best = NULL;

	for (i = items; i != NULL; i = i->next) {
		if (!i->is_available)
			continue;
		if (best == NULL || i->priority > best->priority ||
		    (i->priority == best->priority &&
		     i->stamp_s > best->stamp_s))
			best = i;
	}
	return best;
}

static const struct presence_item *newest_of(const struct presence_item *items)
{
	const struct presence_item *i, *newest = items;

	for (i = items; i != NULL; i = i->next)
		if (i->stamp_s > newest->stamp_s)
			newest = i;
	return newest;
}

static struct str contact_of(struct arena *a, const struct uri *entity,
			     struct str resource)
{
	struct uri u = *entity;

	if (u.scheme == URI_PRES || u.scheme == URI_IM) {
		u.scheme = URI_SIP;
		u.scheme_text = STR_LIT("sip");
	}
	if (u.params.n == 0)
		aor_put_resource(a, &u, resource);
	return uri_text(a, &u);
}

/* What a tuple takes from an item. resource: the item's, or none. */
static struct pidf_tuple *tuple_of(struct arena *a, const struct uri *entity,
				   const struct presence_item *i,
				   struct str resource, int64_t wall_s)
{
	struct pidf_tuple *t = arena_new(a, struct pidf_tuple);
	bool has_stamp = i->stamp_s > 0 && i->stamp_s < wall_s;

	t->id = tupleid_write(a, resource);
	t->basic = i->is_available ? BASIC_OPEN : BASIC_CLOSED;
	t->contact = contact_of(a, entity, resource);
	t->priority_milli = -1;
	t->notes = i->status;
	t->timestamp = datetime_write_stamp(a, has_stamp ? i->stamp_s : wall_s);
	if (!i->is_available)
		return t;
	t->has_show = i->show != SHOW_NONE;
	t->show = i->show;
	t->priority_milli = presence_priority_milli(i->priority);
	t->is_idle = i->idle_since.n > 0;
	t->idle_since = i->idle_since;
	return t;
}

static bool is_repeated(const struct presence_item *items,
			const struct presence_item *i)
{
	for (; items != i; items = items->next)
		if (str_eq(items->resource, i->resource))
			return true;
	return false;
}

/* Those that are available, or those that are not. */
static void add_tuples(struct arena *a, const struct uri *entity,
		       const struct presence_item *items, bool is_available,
		       int64_t wall_s, struct pidf *out)
{
	struct pidf_tuple **end = &out->tuples;
	const struct presence_item *i;
	unsigned count = 0;

	for (; *end != NULL; end = &(*end)->next)
		count++;
	for (i = items; i != NULL && count < PIDF_TUPLES_MAX; i = i->next) {
		if (i->is_available != is_available || is_repeated(items, i))
			continue;
		*end = tuple_of(a, entity, i, i->resource, wall_s);
		end = &(*end)->next;
		count++;
	}
}

/* A person is idle when all his resources are, since the last of them. */
static void set_idle(struct pidf *out)
{
	const struct pidf_tuple *t;

	for (t = out->tuples; t != NULL; t = t->next) {
		int64_t since_s = 0, last_s = 0;

		if (t->basic != BASIC_OPEN)
			continue;
		out->is_idle = t->is_idle;
		if (!t->is_idle)
			break;
		(void)datetime_read_stamp(t->idle_since, &since_s);
		(void)datetime_read_stamp(out->idle_since, &last_s);
		if (out->idle_since.n == 0 || since_s > last_s)
			out->idle_since = t->idle_since;
	}
	if (!out->is_idle)
		out->idle_since = STR_NONE;
}

struct presence_item *presence_from_pidf(struct arena *a, const struct pidf *p)
{
	return resources_read(a, p);
}

void presence_to_pidf(struct arena *a, const struct uri *entity,
		      const struct presence_item *items, bool wants_one,
		      int64_t wall_s, struct pidf *out)
{
	static const struct presence_item nobody = { .is_available = false };
	const struct presence_item *best = best_of(items);

	*out = (struct pidf){ .entity = uri_text(a, entity) };
	if (best != NULL)
		out->activities = activity_of_show(best->show);
	else if (items == NULL)
		best = &nobody;
	else
		best = newest_of(items);
	if (wants_one || best == &nobody) {
		out->tuples = tuple_of(a, entity, best, STR_NONE, wall_s);
	} else {
		add_tuples(a, entity, items, true, wall_s, out);
		add_tuples(a, entity, items, false, wall_s, out);
	}
	set_idle(out);
}

static bool lists_language(struct str list, struct str lang)
{
	while (list.p != NULL) {
		if (str_ieq(str_trim(str_cut(&list, ',')), lang))
			return true;
	}
	return false;
}

struct str presence_languages(struct arena *a, const struct presence_item *i)
{
	struct str list = STR_NONE;
	const struct text *t;
	int room = LANGUAGES_MAX;

	for (; i != NULL; i = i->next) {
		for (t = i->is_available ? i->status : NULL; t != NULL;
		     t = t->next) {
			if (!pidfvalue_is_language(t->lang) ||
			    lists_language(list, t->lang) || room-- <= 0)
				continue;
			list = list.n == 0
				       ? t->lang
				       : str_fmt(a, "%.*s, %.*s", STR_ARG(list),
						 STR_ARG(t->lang));
		}
	}
	return list;
}

/* XEP-0203 and XEP-0319 children of a stanza that was read. */
static struct str attr_of(const struct stanza *s, const char *name,
			  const char *ns, const char *attr)
{
	const struct xml *x = s->el != NULL ? xml_child(s->el, name, ns) : NULL;

	return x != NULL ? xml_attr(x, attr) : STR_NONE;
}

void presence_item_read(struct arena *a, const struct stanza *s, int64_t wall_s,
			struct presence_item *out)
{
	const struct presence *p = &s->u.presence;
	int64_t stamp_s;

	*out = (struct presence_item){
		.resource = s->from.resource,
		.is_available = p->type == PRESENCE_AVAILABLE,
		.status = pidfvalue_tidy(a, p->status, s->lang),
		.stamp_s = wall_s,
	};
	if (datetime_read_stamp(attr_of(s, "delay", NS_DELAY, "stamp"),
				&stamp_s) &&
	    stamp_s > 0 && stamp_s < wall_s)
		out->stamp_s = stamp_s;
	if (!out->is_available)
		return;
	out->show = p->show;
	out->priority = p->priority;
	out->idle_since =
		pidfvalue_time(a, attr_of(s, "idle", NS_IDLE, "since"));
}

static struct xml *extra_of(struct arena *a, const char *name, const char *ns,
			    const char *attr, struct str value)
{
	struct xml *x = xml_element(a, name, ns);

	xml_set(a, x, attr, value);
	return x;
}

/* RFC 8048 Table 2: of the stanza too, if each text has one; else a text
 * without would get it. */
static struct str language_of(const struct text *status)
{
	const struct text *t;

	for (t = status; t != NULL; t = t->next) {
		if (t->lang.n == 0)
			return STR_NONE;
	}
	return status != NULL ? status->lang : STR_NONE;
}

void presence_item_stanza(struct arena *a, const struct presence_item *i,
			  const struct jid *from, const struct jid *to,
			  struct stanza *out, const struct xml **extra)
{
	struct str stamp =
		i->stamp_s > 0 ? datetime_write_stamp(a, i->stamp_s) : STR_NONE;
	struct xml *delay = NULL, *idle;

	*out = (struct stanza){
		.kind = STANZA_PRESENCE,
		.from = *from,
		.to = *to,
		.lang = language_of(i->status),
		.u.presence = {
			.type = i->is_available ? PRESENCE_AVAILABLE
						: PRESENCE_UNAVAILABLE,
			.show = i->is_available ? i->show : SHOW_NONE,
			.status = i->status,
			.priority = i->is_available ? i->priority : 0,
		},
	};
	out->from.resource = i->resource;
	if (stamp.n > 0) {
		delay = extra_of(a, "delay", NS_DELAY, "stamp", stamp);
		xml_set(a, delay, "from", from->domain);
	}
	*extra = delay;
	if (i->is_available && i->idle_since.n > 0) {
		idle = extra_of(a, "idle", NS_IDLE, "since", i->idle_since);
		idle->next = delay; /* a chain, without a parent yet */
		*extra = idle;
	}
}

bool presence_item_eq(const struct presence_item *a,
		      const struct presence_item *b)
{
	return str_eq(a->resource, b->resource) &&
	       a->is_available == b->is_available && a->show == b->show &&
	       a->priority == b->priority &&
	       str_eq(a->idle_since, b->idle_since) &&
	       texts_eq(a->status, b->status);
}
