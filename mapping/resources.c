#include "mapping/resources.h"

#include "mapping/activity.h"
#include "mapping/datetime.h"
#include "mapping/pidfvalue.h"
#include "mapping/tupleid.h"

/* A document, and what is true for all of its tuples. */
struct reading {
	const struct pidf *p;
	bool has_show; /* somebody in it speaks XMPP */
	bool has_chat; /* a tuple that a message can reach */
};

/* Ours and those of other gateways (RFC 8048): their tuples say in XMPP's own
 * words what they mean. */
static bool is_from_xmpp(const struct pidf_tuple *t)
{
	return str_starts(t->id, "ID-");
}

/* tel:, mailto: and the like are services that no stanza can reach. */
static bool is_chat(const struct pidf_tuple *t)
{
	static const char *const schemes[] = { "sip:", "sips:", "im:",
					       "pres:" };
	size_t colon = str_find(t->contact, ':');

	if (t->contact.n == 0 || colon == t->contact.n)
		return true;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_istarts(t->contact, schemes[i]))
			return true;
	return false;
}

static void reading_init(struct reading *r, const struct pidf *p)
{
	const struct pidf_tuple *t;

	*r = (struct reading){ .p = p };
	for (t = p->tuples; t != NULL; t = t->next) {
		r->has_show |= t->has_show;
		r->has_chat |= is_chat(t);
	}
}

/* The activities that count for a tuple: its own, else the person's. Where
 * tuples carry <show/>, one of XMPP without it is meant to have none. */
static unsigned activities_of(const struct reading *r,
			      const struct pidf_tuple *t)
{
	if (is_from_xmpp(t) && r->has_show)
		return 0;
	return t->activities != 0 ? t->activities : r->p->activities;
}

/* <basic> decides (RFC 8048 Table 2); without it, whoever shows something is
 * there. */
static enum basic basic_of(const struct reading *r, const struct pidf_tuple *t)
{
	if (t->basic != BASIC_NONE)
		return t->basic;
	return t->has_show || activities_of(r, t) != 0 ? BASIC_OPEN
						       : BASIC_NONE;
}

/* RFC 4479 §3.1: a tuple's own notes, else the person's, else those of the
 * document, else a device's. */
static const struct text *notes_of(const struct reading *r,
				   const struct pidf_tuple *t)
{
	const struct pidf *p = r->p;

	if (t->notes != NULL)
		return t->notes;
	if (p->person_notes != NULL)
		return p->person_notes;
	return p->notes != NULL ? p->notes : p->device_notes;
}

/* What the activities would tell, where there is no note. */
static struct text *words_of(struct arena *a, const struct reading *r,
			     const struct pidf_tuple *t)
{
	struct str words = activity_words(activities_of(r, t));
	struct text *text;

	if (words.n == 0)
		words = t->activities != 0 ? t->other : r->p->other;
	if (words.n == 0)
		return NULL;
	text = arena_new(a, struct text);
	text->s = words;
	text->lang = STR_LIT("en");
	return text;
}

/* Status and show of somebody else's tuple, whose note may be a state. */
static void read_note(struct arena *a, const struct reading *r,
		      const struct pidf_tuple *t, struct presence_item *out)
{
	struct text *notes = pidfvalue_tidy(a, notes_of(r, t), STR_NONE);
	enum presence_show show = activity_show(activities_of(r, t));
	enum presence_show said = SHOW_NONE;
	enum note_kind kind = NOTE_FREE;

	if (notes != NULL)
		kind = activity_note(notes->s, &said);
	if (kind == NOTE_STATE)
		notes = notes->next;
	if (kind == NOTE_RINGING)
		show = SHOW_NONE;
	else if (show == SHOW_NONE)
		show = said;
	out->status = notes != NULL ? notes : words_of(a, r, t);
	out->show = t->has_show ? t->show : show;
}

/* The same of a tuple that XMPP wrote: every word is meant. */
static void read_own(struct arena *a, const struct reading *r,
		     const struct pidf_tuple *t, struct presence_item *out)
{
	out->status = pidfvalue_tidy(a, notes_of(r, t), STR_NONE);
	out->show = t->has_show ? t->show : activity_show(activities_of(r, t));
}

static void item_init(struct arena *a, const struct reading *r,
		      const struct pidf_tuple *t, struct presence_item *out)
{
	int64_t stamp_s = 0;

	*out = (struct presence_item){
		.resource = tupleid_resource(a, r->p->entity, t),
		.is_available = basic_of(r, t) == BASIC_OPEN,
	};
	if (is_from_xmpp(t))
		read_own(a, r, t, out);
	else
		read_note(a, r, t, out);
	if (datetime_read_stamp(t->timestamp, &stamp_s) && stamp_s > 0)
		out->stamp_s = stamp_s;
	if (!out->is_available) {
		out->show = SHOW_NONE;
		return;
	}
	out->priority = presence_priority(t->priority_milli);
	out->idle_since = t->is_idle ? t->idle_since : r->p->idle_since;
}

/* A second tuple of the same resource: telephones publish once more where they
 * should modify, and the presence server puts all of it together. What is open
 * wins, the newer of two that are both open, and what only one says is kept. */
static void item_merge(struct presence_item *i, const struct presence_item *o)
{
	struct presence_item *next = i->next;
	bool is_newer = o->stamp_s > i->stamp_s;

	if (i->is_available != o->is_available) {
		if (o->is_available)
			*i = *o;
		i->next = next;
		return;
	}
	if (o->show != SHOW_NONE && (i->show == SHOW_NONE || is_newer))
		i->show = o->show;
	if (o->status != NULL && (i->status == NULL || is_newer))
		i->status = o->status;
	if (o->priority > i->priority)
		i->priority = o->priority;
	if (o->idle_since.n == 0)
		i->idle_since = STR_NONE;
	if (is_newer)
		i->stamp_s = o->stamp_s;
}

static void list_add(struct arena *a, struct presence_item **list,
		     const struct presence_item *item)
{
	for (; *list != NULL; list = &(*list)->next) {
		if (str_eq((*list)->resource, item->resource)) {
			item_merge(*list, item);
			return;
		}
	}
	*list = arena_new(a, struct presence_item);
	**list = *item;
}

struct presence_item *resources_read(struct arena *a, const struct pidf *p)
{
	struct presence_item *list = NULL, item;
	const struct pidf_tuple *t;
	struct reading r;

	/* RFC 3922 §5.2.11: a note alone MUST NOT be mapped. */
	if (p->tuples == NULL && (p->notes != NULL || p->person_notes != NULL))
		return NULL;
	reading_init(&r, p);
	for (t = p->tuples; t != NULL; t = t->next) {
		if (basic_of(&r, t) == BASIC_NONE ||
		    (r.has_chat && !is_chat(t)))
			continue;
		item_init(a, &r, t, &item);
		list_add(a, &list, &item);
	}
	/* Nothing that is known, or no tuple at all (RFC 3922 §6.3.2). */
	if (list == NULL)
		list = arena_new(a, struct presence_item);
	return list;
}
