#include "mapping/dialoginfo.h"

#define NS_DIALOG_INFO "urn:ietf:params:xml:ns:dialog-info"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	struct str name;
	enum call_state state;
} states[] = {
	{ STR("trying"), CALL_TRYING },
	{ STR("proceeding"), CALL_TRYING },
	{ STR("early"), CALL_EARLY },
	{ STR("confirmed"), CALL_CONFIRMED },
	{ STR("terminated"), CALL_TERMINATED },
};

static enum call_state state_read(struct str s)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (str_ieq(states[i].name, s))
			return states[i].state;
	return CALL_TERMINATED;
}

/* Some peers leave the namespace out. */
static bool is_of(const struct xml *x, const char *name)
{
	return str_eqz(x->name, name) &&
	       (x->ns.n == 0 || str_eqz(x->ns, NS_DIALOG_INFO));
}

static struct dialoginfo_call *call_of(struct arena *a, const struct xml *x)
{
	struct dialoginfo_call *call = arena_new(a, struct dialoginfo_call);
	const struct xml *c;

	call->id = xml_attr(x, "id");
	call->is_caller = str_ieqz(xml_attr(x, "direction"), "initiator");
	for (c = xml_child(x, "state", NULL); c != NULL;
	     c = xml_next(c, "state", NULL))
		if (is_of(c, "state"))
			call->state = state_read(str_trim(xml_text(a, c)));
	return call;
}

static bool is_partial(const struct xml *doc)
{
	return str_ieqz(str_trim(xml_attr(doc, "state")), "partial") ||
	       str_ieqz(str_trim(xml_attr(doc, "notify-state")), "partial");
}

bool dialoginfo_read(struct arena *a, const struct xml *doc,
		     struct dialoginfo *out, const char **why)
{
	struct dialoginfo d = { .calls = NULL };
	struct dialoginfo_call **end = &d.calls;
	unsigned count = 0;
	const struct xml *x;

	if (!is_of(doc, "dialog-info")) {
		*why = "not a dialog-info document";
		return false;
	}
	if (!str_to_u32(str_trim(xml_attr(doc, "version")), &d.version)) {
		*why = "dialog-info without a version";
		return false;
	}
	d.is_full = !is_partial(doc);
	d.entity = str_trim(xml_attr(doc, "entity"));
	for (x = xml_child(doc, "dialog", NULL);
	     x != NULL && count < DIALOGINFO_CALLS_MAX;
	     x = xml_next(x, "dialog", NULL)) {
		if (!is_of(x, "dialog"))
			continue;
		*end = call_of(a, x);
		end = &(*end)->next;
		count++;
	}
	*out = d;
	return true;
}

/* FNV-1a, 64 bits. Who makes two ids of his own collide loses a call of his
 * own. */
static uint64_t hash_of(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h;
}

static void row_remove(struct callbook *b, unsigned i)
{
	b->rows[i] = b->rows[--b->count];
}

static void row_put(struct callbook *b, const struct dialoginfo_call *call)
{
	struct callbook_row row = {
		.id = hash_of(call->id),
		.state = (unsigned char)call->state,
		.is_caller = call->is_caller,
	};
	unsigned i = 0;

	while (i < b->count && b->rows[i].id != row.id)
		i++;
	if (row.state == CALL_TERMINATED) {
		if (i < b->count)
			row_remove(b, i);
		return;
	}
	if (i == CALLBOOK_ROWS)
		return;
	b->rows[i] = row;
	if (i == b->count)
		b->count++;
}

bool callbook_apply(struct callbook *b, const struct dialoginfo *d,
		    bool *wants_refresh)
{
	const struct dialoginfo_call *call;
	bool is_gap, is_again;

	*wants_refresh = false;
	is_again = b->has_version && d->version == b->version;
	is_gap = b->has_version && d->version > b->version &&
		 d->version - b->version > 1;
	if ((b->has_version && d->version < b->version) ||
	    (is_again && !d->is_full))
		return false;
	/* A subscription that begins with a partial document has a gap too. */
	*wants_refresh = !d->is_full && (is_gap || !b->has_version);
	b->has_version = true;
	b->version = d->version;
	if (d->is_full)
		b->count = 0;
	for (call = d->calls; call != NULL; call = call->next)
		row_put(b, call);
	return true;
}

enum phone_state callbook_state(const struct callbook *b)
{
	enum phone_state phone = PHONE_IDLE;

	for (unsigned i = 0; i < b->count; i++) {
		bool is_early = b->rows[i].state == CALL_EARLY;

		if (b->rows[i].state == CALL_CONFIRMED ||
		    (is_early && b->rows[i].is_caller))
			return PHONE_BUSY;
		if (is_early)
			phone = PHONE_RINGING;
	}
	return phone;
}

static struct text *words(struct arena *a, const char *z)
{
	struct text *t = arena_new(a, struct text);

	t->s = str_z(z);
	t->lang = STR_LIT("en");
	return t;
}

static void item_lay(struct arena *a, struct presence_item *i,
		     enum phone_state phone)
{
	bool keeps_words = i->show == SHOW_DND && i->status != NULL;

	if (!i->is_available)
		return;
	if (phone == PHONE_RINGING) {
		i->status = words(a, "Ringing");
		return;
	}
	i->show = SHOW_DND;
	if (!keeps_words)
		i->status = words(a, "On the phone");
}

struct presence_item *dialoginfo_merge(struct arena *a,
				       struct presence_item *items,
				       enum phone_state phone)
{
	struct presence_item *first = NULL, **end = &first;

	if (phone == PHONE_IDLE)
		return items;
	for (; items != NULL; items = items->next) {
		*end = arena_new(a, struct presence_item);
		**end = *items;
		(*end)->next = NULL;
		item_lay(a, *end, phone);
		end = &(*end)->next;
	}
	return first;
}
