#include "mapping/winfo.h"

#define NS_WINFO "urn:ietf:params:xml:ns:watcherinfo"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct str statuses[] = {
	[WINFO_PENDING] = STR("pending"),
	[WINFO_ACTIVE] = STR("active"),
	[WINFO_WAITING] = STR("waiting"),
	[WINFO_TERMINATED] = STR("terminated"),
};
static const struct str events[] = {
	[WINFO_SUBSCRIBE] = STR("subscribe"),
	[WINFO_APPROVED] = STR("approved"),
	[WINFO_DEACTIVATED] = STR("deactivated"),
	[WINFO_PROBATION] = STR("probation"),
	[WINFO_REJECTED] = STR("rejected"),
	[WINFO_TIMEOUT] = STR("timeout"),
	[WINFO_GIVEUP] = STR("giveup"),
	[WINFO_NORESOURCE] = STR("noresource"),
};
static const struct str wishes[] = {
	[WINFO_NOTHING] = STR("nothing"),
	[WINFO_ASK] = STR("ask"),
	[WINFO_GRANTED] = STR("granted"),
	[WINFO_DENIED] = STR("denied"),
};

/* The first that fits decides. A watcher whose subscription has ended but for
 * a refusal is no news: he may come back. */
static const struct winfo_row rows[] = {
	{ WINFO_PENDING, WINFO_EVENT_OTHER, WINFO_ASK },
	{ WINFO_WAITING, WINFO_EVENT_OTHER, WINFO_ASK },
	{ WINFO_ACTIVE, WINFO_EVENT_OTHER, WINFO_GRANTED },
	{ WINFO_TERMINATED, WINFO_REJECTED, WINFO_DENIED },
	{ WINFO_TERMINATED, WINFO_EVENT_OTHER, WINFO_NOTHING },
};

static size_t find(const struct str *names, size_t n, struct str name)
{
	size_t i = 0;

	name = str_trim(name);
	while (i < n && !str_ieq(names[i], name))
		i++;
	return i;
}

static bool is_of(const struct xml *x, const char *name)
{
	return str_eqz(x->name, name) &&
	       (x->ns.n == 0 || str_eqz(x->ns, NS_WINFO));
}

static bool watcher_read(struct arena *a, const struct xml *x,
			 struct winfo_watcher *w)
{
	size_t status = find(statuses, COUNT(statuses), xml_attr(x, "status"));

	*w = (struct winfo_watcher){
		.uri = str_trim(xml_text(a, x)),
		.id = xml_attr(x, "id"),
		.display = xml_attr(x, "display-name"),
		.status = (enum winfo_status)status,
		.event = (enum winfo_event)find(events, COUNT(events),
						xml_attr(x, "event")),
	};
	return w->uri.n > 0 && status < COUNT(statuses);
}

static struct winfo_list *list_read(struct arena *a, const struct xml *el,
				    unsigned *room)
{
	struct winfo_list *list = arena_new(a, struct winfo_list);
	struct winfo_watcher **end = &list->watchers, w;
	const struct xml *x;

	list->resource = str_trim(xml_attr(el, "resource"));
	list->package = str_trim(xml_attr(el, "package"));
	for (x = xml_child(el, "watcher", NULL); x != NULL && *room > 0;
	     x = xml_next(x, "watcher", NULL)) {
		if (!is_of(x, "watcher") || !watcher_read(a, x, &w))
			continue;
		*end = arena_new(a, struct winfo_watcher);
		**end = w;
		end = &(*end)->next;
		(*room)--;
	}
	return list;
}

bool winfo_read(struct arena *a, const struct xml *doc, struct winfo *out,
		const char **why)
{
	struct winfo w = { .lists = NULL };
	struct winfo_list **end = &w.lists;
	unsigned room = WINFO_WATCHERS_MAX;
	const struct xml *x;

	if (!is_of(doc, "watcherinfo")) {
		*why = "not a watcherinfo document";
		return false;
	}
	if (!str_to_u32(str_trim(xml_attr(doc, "version")), &w.version)) {
		*why = "watcherinfo without a version";
		return false;
	}
	w.is_full = !str_ieqz(str_trim(xml_attr(doc, "state")), "partial");
	for (x = xml_child(doc, "watcher-list", NULL); x != NULL && room > 0;
	     x = xml_next(x, "watcher-list", NULL)) {
		if (!is_of(x, "watcher-list"))
			continue;
		*end = list_read(a, x, &room);
		end = &(*end)->next;
	}
	*out = w;
	return true;
}

enum winfo_order winfo_order(bool has_last, uint32_t last,
			     const struct winfo *w)
{
	if (has_last && w->version <= last)
		return WINFO_DISCARD;
	if (!w->is_full && (!has_last || w->version - last > 1))
		return WINFO_TAKE_AND_REFRESH;
	return WINFO_TAKE;
}

enum winfo_wish winfo_wish(const struct winfo_watcher *w)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].status == w->status &&
		    (rows[i].event == WINFO_EVENT_OTHER ||
		     rows[i].event == w->event))
			return rows[i].wish;
	}
	return WINFO_NOTHING;
}

bool winfo_row(size_t i, struct winfo_row *out)
{
	if (i >= COUNT(rows))
		return false;
	*out = rows[i];
	return true;
}

struct str winfo_status_name(enum winfo_status s)
{
	return s < COUNT(statuses) ? statuses[s] : STR_NONE;
}

struct str winfo_event_name(enum winfo_event e)
{
	return e < COUNT(events) ? events[e] : STR_NONE;
}

struct str winfo_wish_name(enum winfo_wish w)
{
	return w < COUNT(wishes) ? wishes[w] : STR_NONE;
}
