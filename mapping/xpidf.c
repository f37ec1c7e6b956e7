#include "mapping/xpidf.h"

#include "mapping/activity.h"
#include "mapping/pidfvalue.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* <msnsubstatus substatus='...'/> */
static const struct {
	struct str name;
	enum basic basic;
	unsigned activities;
} substates[] = {
	{ STR("online"), BASIC_OPEN, 0 },
	{ STR("offline"), BASIC_CLOSED, 0 },
	{ STR("away"), BASIC_OPEN, ACTIVITY_AWAY },
	{ STR("idle"), BASIC_OPEN, ACTIVITY_AWAY },
	{ STR("berightback"), BASIC_OPEN, ACTIVITY_AWAY },
	{ STR("outtolunch"), BASIC_OPEN, ACTIVITY_AWAY },
	{ STR("busy"), BASIC_OPEN, ACTIVITY_BUSY },
	{ STR("donotdisturb"), BASIC_OPEN, ACTIVITY_BUSY },
	{ STR("onthephone"), BASIC_OPEN, ACTIVITY_ON_THE_PHONE },
};

static bool has_own(const struct xml *doc, const char *name)
{
	const struct xml *x = xml_child(doc, name, NULL);

	return x != NULL && str_eq(x->ns, doc->ns);
}

bool xpidf_is(const struct xml *doc)
{
	return has_own(doc, "atom") || has_own(doc, "presentity");
}

static void read_status(const struct xml *address, struct pidf_tuple *t)
{
	const struct xml *x = xml_child(address, "status", NULL);
	struct str s = x != NULL ? str_trim(xml_attr(x, "status")) : STR_NONE;

	t->basic = pidfvalue_basic(s);
	/* Asterisk and Linphone: a line in use can still be talked to. */
	if (str_ieqz(s, "inuse")) {
		t->basic = BASIC_OPEN;
		t->activities |= ACTIVITY_BUSY;
	}
}

static void read_substatus(const struct xml *address, struct pidf_tuple *t)
{
	const struct xml *x = xml_child(address, "msnsubstatus", NULL);
	struct str s = x != NULL ? xml_attr(x, "substatus") : STR_NONE;

	for (size_t i = 0; i < COUNT(substates); i++) {
		if (!str_ieq(substates[i].name, s))
			continue;
		t->activities |= substates[i].activities;
		if (t->basic == BASIC_NONE)
			t->basic = substates[i].basic;
	}
}

static struct pidf_tuple *tuple_of(struct arena *a, const struct xml *atom,
				   const struct xml *address)
{
	struct pidf_tuple *t = arena_new(a, struct pidf_tuple);
	const struct xml *x;

	t->id = xml_attr(atom, xml_has_attr(atom, "id") ? "id" : "atomid");
	t->contact = str_trim(xml_attr(address, "uri"));
	t->priority_milli = pidfvalue_priority(xml_attr(address, "priority"));
	read_status(address, t);
	read_substatus(address, t);
	for (x = xml_child(address, "note", NULL); x != NULL;
	     x = xml_next(x, "note", NULL))
		pidfvalue_note(a, x, &t->notes);
	return t;
}

void xpidf_read(struct arena *a, const struct xml *doc, struct pidf *out)
{
	const struct xml *x = xml_child(doc, "presentity", NULL), *atom;
	struct pidf_tuple **end = &out->tuples;
	unsigned count = 0;
	struct str uri;

	/* The URI has ;method=SUBSCRIBE behind it. */
	uri = x != NULL ? xml_attr(x, "uri") : STR_NONE;
	out->entity = str_trim(str_cut(&uri, ';'));
	for (atom = xml_child(doc, "atom", NULL); atom != NULL;
	     atom = xml_next(atom, "atom", NULL)) {
		for (x = xml_child(atom, "address", NULL);
		     x != NULL && count < PIDF_TUPLES_MAX;
		     x = xml_next(x, "address", NULL), count++) {
			*end = tuple_of(a, atom, x);
			end = &(*end)->next;
		}
	}
}
