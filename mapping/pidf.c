#include "mapping/pidf.h"

#include <assert.h>
#include "mapping/activity.h"
#include "mapping/pidfvalue.h"
#include "mapping/xpidf.h"
#include "xmpp/ns.h"

/* The drafts changed their namespaces with every version: PIDF itself was
 * cpim-pidf, RPID was pidf:status:rpid, pidf:rpid:rpid-person and more, the
 * data model pidf:person. Names do not clash among them. */
#define NS_PIDF_DRAFT "urn:ietf:params:xml:ns:cpim-pidf"

/* What may stand at a person, a tuple, or a status of either. */
struct traits {
	unsigned activities;
	struct str other;
	bool has_show;
	enum presence_show show;
	bool is_active, is_idle;
	struct str idle_since;
};

static bool is_pidf(const struct xml *x, const char *name)
{
	return str_eqz(x->name, name) &&
	       (x->ns.n == 0 || str_starts(x->ns, NS_PIDF) ||
		str_starts(x->ns, NS_PIDF_DRAFT));
}

static void add_activity(struct traits *t, struct str name, struct str words)
{
	unsigned bit = activity_read(name);

	t->activities |= bit;
	if (bit == ACTIVITY_OTHER && t->other.n == 0)
		t->other = words.n > 0 ? words : name;
}

/* Asterisk's PJSIP writes <ep:activities>ep:busy</ep:activities>. */
static struct str without_prefix(struct str s)
{
	size_t colon = str_find(s, ':');

	return str_trim(colon < s.n ? str_from(s, colon + 1) : s);
}

/* <activities><away/></activities>; of the drafts also
 * <activities><activity>away</activity></activities> and <activity> alone. */
static void read_activities(struct arena *a, const struct xml *x,
			    struct traits *t)
{
	const struct xml *c;

	add_activity(t, without_prefix(xml_text(a, x)), STR_NONE);
	for (c = xml_child(x, NULL, NULL); c != NULL;
	     c = xml_next(c, NULL, NULL)) {
		struct str text = str_trim(xml_text(a, c));

		if (is_pidf(c, "activity"))
			add_activity(t, without_prefix(text), STR_NONE);
		else if (is_pidf(c, "other"))
			add_activity(t, c->name, text);
		else if (!is_pidf(c, "note"))
			add_activity(t, c->name, STR_NONE);
	}
}

/* <user-input last-input='...'>idle</user-input> (RFC 4480 §3.14); in drafts
 * <idle since='...'/>. */
static void read_idle(struct arena *a, const struct xml *x, struct traits *t)
{
	bool is_draft = is_pidf(x, "idle");
	struct str since = xml_attr(x, is_draft ? "since" : "last-input");

	if (!is_draft && !str_ieqz(str_trim(xml_text(a, x)), "idle")) {
		t->is_active = true;
		return;
	}
	t->is_idle = true;
	t->idle_since = pidfvalue_time(a, since);
}

/* <show xmlns='jabber:client'/> (RFC 8048 §6.2), <im:im/> (RFC 3922 §5.1.5:
 * its "busy" is dnd). */
static void read_show(struct arena *a, const struct xml *x, struct traits *t)
{
	struct str s = str_trim(xml_text(a, x));
	enum presence_show show;

	if (str_eqz(s, "busy"))
		show = SHOW_DND;
	else if (!presence_show_read(s, &show))
		return;
	t->has_show = true;
	t->show = show;
}

static void read_trait(struct arena *a, const struct xml *x, struct traits *t)
{
	if (is_pidf(x, "activities") || is_pidf(x, "activity"))
		read_activities(a, x, t);
	else if (is_pidf(x, "user-input") || is_pidf(x, "idle"))
		read_idle(a, x, t);
	else if (xml_is(x, "show", NS_COMPONENT) || is_pidf(x, "im"))
		read_show(a, x, t);
}

/* The child elements, one by one. */
static const struct xml *first(const struct xml *x)
{
	return xml_child(x, NULL, NULL);
}

static const struct xml *next(const struct xml *x)
{
	return xml_next(x, NULL, NULL);
}

static void read_status(struct arena *a, const struct xml *status,
			struct pidf_tuple *t, struct traits *traits)
{
	const struct xml *x;

	for (x = first(status); x != NULL; x = next(x)) {
		if (is_pidf(x, "basic"))
			t->basic = pidfvalue_basic(xml_text(a, x));
		else
			read_trait(a, x, traits);
	}
}

static void read_contact(struct arena *a, const struct xml *x,
			 struct pidf_tuple *t)
{
	t->contact = str_trim(xml_text(a, x));
	t->priority_milli = pidfvalue_priority(xml_attr(x, "priority"));
}

static struct pidf_tuple *read_tuple(struct arena *a, const struct xml *tuple)
{
	struct pidf_tuple *t = arena_new(a, struct pidf_tuple);
	struct traits traits = { .activities = 0 };
	const struct xml *x;

	t->id = xml_attr(tuple, "id");
	t->priority_milli = -1;
	for (x = first(tuple); x != NULL; x = next(x)) {
		if (is_pidf(x, "status"))
			read_status(a, x, t, &traits);
		else if (is_pidf(x, "contact"))
			read_contact(a, x, t);
		else if (is_pidf(x, "note"))
			pidfvalue_note(a, x, &t->notes);
		else if (is_pidf(x, "timestamp"))
			t->timestamp = str_trim(xml_text(a, x));
		else
			read_trait(a, x, &traits);
	}
	t->has_show = traits.has_show;
	t->show = traits.show;
	t->activities = traits.activities;
	t->other = traits.other;
	t->is_idle = traits.is_idle && !traits.is_active;
	t->idle_since = t->is_idle ? traits.idle_since : STR_NONE;
	return t;
}

/* The drafts put a <status> around it all. */
static void read_person(struct arena *a, const struct xml *person,
			struct pidf *out, struct traits *traits)
{
	const struct xml *x, *inner;

	for (x = first(person); x != NULL; x = next(x)) {
		if (is_pidf(x, "note"))
			pidfvalue_note(a, x, &out->person_notes);
		else if (is_pidf(x, "status"))
			for (inner = first(x); inner != NULL;
			     inner = next(inner))
				read_trait(a, inner, traits);
		else
			read_trait(a, x, traits);
	}
}

/* Notes within <activities> describe the person too, if nothing else does. */
static void read_activity_notes(struct arena *a, const struct xml *person,
				struct pidf *out)
{
	const struct xml *x, *note;

	for (x = first(person); x != NULL; x = next(x)) {
		if (!is_pidf(x, "activities"))
			continue;
		for (note = first(x); note != NULL; note = next(note))
			if (is_pidf(note, "note"))
				pidfvalue_note(a, note, &out->person_notes);
	}
}

static void read_device(struct arena *a, const struct xml *device,
			struct pidf *out)
{
	const struct xml *x;

	for (x = first(device); x != NULL; x = next(x))
		if (is_pidf(x, "note"))
			pidfvalue_note(a, x, &out->device_notes);
}

static void read_parts(struct arena *a, const struct xml *doc, struct pidf *out,
		       struct traits *traits)
{
	struct pidf_tuple **end = &out->tuples;
	unsigned count = 0;
	const struct xml *x;

	for (x = first(doc); x != NULL; x = next(x)) {
		if (is_pidf(x, "tuple") && count++ < PIDF_TUPLES_MAX) {
			*end = read_tuple(a, x);
			end = &(*end)->next;
		} else if (is_pidf(x, "person")) {
			read_person(a, x, out, traits);
			if (out->person_notes == NULL)
				read_activity_notes(a, x, out);
		} else if (is_pidf(x, "device")) {
			read_device(a, x, out);
		} else if (is_pidf(x, "note")) {
			pidfvalue_note(a, x, &out->notes);
		} else {
			read_trait(a, x, traits);
		}
	}
}

bool pidf_read(struct arena *a, const struct xml *doc, struct pidf *out,
	       const char **why)
{
	struct traits traits = { .activities = 0 };
	struct pidf p = { .tuples = NULL };

	if (!is_pidf(doc, "presence")) {
		*why = "not a presence document";
		return false;
	}
	if (xpidf_is(doc)) {
		xpidf_read(a, doc, &p);
		*out = p;
		return true;
	}
	p.entity = str_trim(xml_attr(doc, "entity"));
	read_parts(a, doc, &p, &traits);
	p.activities = traits.activities;
	p.other = traits.other;
	p.is_idle = traits.is_idle && !traits.is_active;
	p.idle_since = p.is_idle ? traits.idle_since : STR_NONE;
	*out = p;
	return true;
}

/* In double quotes, as most phones write it and some read it. */
static void put_attr(struct strbuf *b, const char *name, struct str value)
{
	strbuf_addc(b, ' ');
	strbuf_addz(b, name);
	strbuf_addlit(b, "=\"");
	do {
		xml_put_value(b, str_cut(&value, '"'));
		if (value.p != NULL)
			strbuf_addlit(b, "&quot;");
	} while (value.p != NULL);
	strbuf_addc(b, '"');
}

static void put_notes(struct strbuf *b, const char *name,
		      const struct text *list)
{
	for (; list != NULL; list = list->next) {
		strbuf_addf(b, "<%s", name);
		if (pidfvalue_is_language(list->lang))
			put_attr(b, "xml:lang", list->lang);
		strbuf_addc(b, '>');
		xml_put_text(b, list->s);
		strbuf_addf(b, "</%s>", name);
	}
}

static void put_idle(struct strbuf *b, struct str since)
{
	strbuf_addlit(b, "<rpid:user-input");
	if (pidfvalue_is_time(since))
		put_attr(b, "last-input", since);
	strbuf_addlit(b, ">idle</rpid:user-input>");
}

static void put_status(struct strbuf *b, const struct pidf_tuple *t)
{
	struct str show = presence_show_name(t->show);

	strbuf_addlit(b, "<status>");
	if (t->basic == BASIC_OPEN)
		strbuf_addlit(b, "<basic>open</basic>");
	else if (t->basic == BASIC_CLOSED)
		strbuf_addlit(b, "<basic>closed</basic>");
	if (t->has_show && show.n > 0) {
		strbuf_addlit(b, "<show xmlns=\"" NS_CLIENT "\">");
		strbuf_add(b, show);
		strbuf_addlit(b, "</show>");
	}
	strbuf_addlit(b, "</status>");
}

static void put_contact(struct strbuf *b, const struct pidf_tuple *t)
{
	if (t->contact.n == 0)
		return;
	strbuf_addlit(b, "<contact");
	if (t->priority_milli >= 0) {
		strbuf_addlit(b, " priority=\"");
		pidfvalue_put_priority(b, t->priority_milli);
		strbuf_addc(b, '"');
	}
	strbuf_addc(b, '>');
	xml_put_text(b, t->contact);
	strbuf_addlit(b, "</contact>");
}

static void put_tuple(struct strbuf *b, const struct pidf_tuple *t)
{
	strbuf_addlit(b, "<tuple");
	put_attr(b, "id", t->id);
	strbuf_addc(b, '>');
	put_status(b, t);
	if (t->is_idle)
		put_idle(b, t->idle_since);
	put_contact(b, t);
	put_notes(b, "note", t->notes);
	if (pidfvalue_is_time(t->timestamp)) {
		strbuf_addlit(b, "<timestamp>");
		xml_put_text(b, t->timestamp);
		strbuf_addlit(b, "</timestamp>");
	}
	strbuf_addlit(b, "</tuple>");
}

static void put_rpid(struct strbuf *b, const char *name, struct str words)
{
	if (words.n == 0)
		return;
	strbuf_addf(b, "<rpid:%s>", name);
	xml_put_text(b, words);
	strbuf_addf(b, "</rpid:%s>", name);
}

static void put_activities(struct strbuf *b, const struct pidf *p)
{
	struct activity_row row;

	if (p->activities == 0 && p->pursuit.n == 0)
		return;
	strbuf_addlit(b, "<rpid:activities>");
	put_rpid(b, "note", p->activity_note);
	if (p->pursuit.n > 0)
		strbuf_addf(b, "<rpid:%.*s/>", STR_ARG(p->pursuit));
	for (size_t i = 0; activity_row(i, &row); i++) {
		if (p->activities & row.bit)
			strbuf_addf(b, "<rpid:%.*s/>", STR_ARG(row.name));
	}
	if (p->activities & ACTIVITY_OTHER)
		put_rpid(b, "other", p->other);
	strbuf_addlit(b, "</rpid:activities>");
}

static void put_mood(struct strbuf *b, const struct pidf *p)
{
	if (p->mood.n == 0)
		return;
	strbuf_addlit(b, "<rpid:mood>");
	put_rpid(b, "note", p->mood_note);
	if (p->mood_other.n > 0)
		put_rpid(b, "other", p->mood_other);
	else
		strbuf_addf(b, "<rpid:%.*s/>", STR_ARG(p->mood));
	strbuf_addlit(b, "</rpid:mood>");
}

/* Its id is no tuple's: those begin with "ID-". */
static void put_person(struct strbuf *b, const struct pidf *p)
{
	if (p->activities == 0 && !p->is_idle && p->person_notes == NULL &&
	    p->pursuit.n == 0 && p->mood.n == 0)
		return;
	strbuf_addlit(b, "<dm:person id=\"person\">");
	put_activities(b, p);
	put_mood(b, p);
	if (p->is_idle)
		put_idle(b, p->idle_since);
	put_notes(b, "dm:note", p->person_notes);
	strbuf_addlit(b, "</dm:person>");
}

void pidf_write(struct strbuf *b, const struct pidf *p)
{
	const struct pidf_tuple *t;

	assert(p->tuples != NULL);
	strbuf_addlit(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<presence xmlns=\"" NS_PIDF "\""
			 " xmlns:dm=\"" NS_PIDF_MODEL "\""
			 " xmlns:rpid=\"" NS_PIDF_RPID "\"");
	put_attr(b, "entity", p->entity);
	strbuf_addc(b, '>');
	for (t = p->tuples; t != NULL; t = t->next)
		put_tuple(b, t);
	put_notes(b, "note", p->notes);
	put_person(b, p);
	strbuf_addlit(b, "</presence>");
}

enum { NOTE_CUT_BYTES = 128 };

static struct text *cut(struct arena *a, const struct text *list)
{
	struct text *first = NULL, **end = &first;

	for (; list != NULL; list = list->next) {
		*end = arena_new(a, struct text);
		**end = (struct text){
			.lang = list->lang,
			.s = str_utf8_head(list->s, NOTE_CUT_BYTES),
		};
		end = &(*end)->next;
	}
	return first;
}

void pidf_write_short(struct arena *a, struct strbuf *b, const struct pidf *p)
{
	struct pidf q = *p;
	struct pidf_tuple **end = &q.tuples;
	const struct pidf_tuple *t;

	pidf_write(b, p);
	if (!b->overflow && b->n <= PIDF_WHOLE_BYTES)
		return;
	for (t = p->tuples; t != NULL; t = t->next) {
		*end = arena_new(a, struct pidf_tuple);
		**end = *t;
		(*end)->notes = cut(a, t->notes);
		end = &(*end)->next;
	}
	strbuf_reset(b);
	pidf_write(b, &q);
}
