#include "mapping/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "literal.h"
#include "presences.h"
#include "presences_random.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* 2015-01-01T00:00:00Z */
enum { NOW_S = 1420070400, HOUR_S = 3600, ROUNDS = 3000 };

static struct uri uri_of(const char *z)
{
	const char *why;
	struct uri uri;

	assert_true(uri_read(str_z(z), &uri, &why));
	return uri;
}

/* RFC 8048 §6.2, RFC 3922 §5.1.7 and §5.2.13 with all of their examples. */
static void priorities(void **state)
{
	static const struct {
		int priority, milli;
	} rows[] = {
		{ -128, -1 }, { -1, -1 },  { 0, 0 },	 { 1, 7 },
		{ 2, 15 },    { 13, 102 }, { 126, 992 }, { 127, 1000 },
	};
	static const struct {
		int milli, priority;
	} back[] = {
		{ -1, 0 },     { 0, 0 },     { 1, 1 },	   { 7, 1 },
		{ 8, 2 },      { 15, 2 },    { 102, 13 },  { 500, 64 },
		{ 800, 102 },  { 992, 126 }, { 999, 126 }, { 1000, 127 },
		{ 1001, 127 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(presence_priority_milli(rows[i].priority),
				 rows[i].milli);
	for (size_t i = 0; i < COUNT(back); i++)
		assert_int_equal(presence_priority(back[i].milli),
				 back[i].priority);
	for (int p = 0; p <= 127; p++)
		assert_int_equal(presence_priority(presence_priority_milli(p)),
				 p);
	for (int q = 0; q < 1000; q++)
		assert_true(presence_priority(q) <= presence_priority(q + 1));
}

static const char *written(struct arena *a, const struct presence_item *items,
			   bool wants_one)
{
	const struct uri entity = uri_of("sip:juliet@example.com");
	struct strbuf b;
	struct pidf p;
	char *z;

	presence_to_pidf(a, &entity, items, wants_one, NOW_S, &p);
	strbuf_init(&b, PIDF_MAX_BYTES);
	pidf_write(&b, &p);
	assert_false(b.overflow);
	z = str_dupz(a, strbuf_str(&b));
	strbuf_fini(&b);
	return z;
}

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define ROOT                                                                   \
	DECLARATION "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\""          \
		    " xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\""     \
		    " xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\""         \
		    " entity=\"sip:juliet@example.com\">"
#define STATUS(basic, show) "<status><basic>" basic "</basic>" show "</status>"
#define SHOW(s)		    "<show xmlns=\"jabber:client\">" s "</show>"
#define CONTACT(g)	    "<contact>sip:juliet@example.com" g "</contact>"
#define PRIO(p, g)                                                             \
	"<contact priority=\"" p "\">sip:juliet@example.com" g "</contact>"
#define TIME(t) "<timestamp>2015-01-01T00:00:00Z</timestamp>" t
#define PERSON(act)                                                            \
	"<dm:person id=\"person\"><rpid:activities><rpid:" act                 \
	"/></rpid:activities></dm:person>"
#define IDLE(since)                                                            \
	"<rpid:user-input last-input=\"" since "\">idle</rpid:user-input>"

/* <show> and the activity: every show. */
static void every_show(void **state)
{
	static const struct {
		enum presence_show show;
		const char *status, *person;
	} rows[] = {
		{ SHOW_NONE, STATUS("open", ""), "" },
		{ SHOW_CHAT, STATUS("open", SHOW("chat")), "" },
		{ SHOW_AWAY, STATUS("open", SHOW("away")), PERSON("away") },
		{ SHOW_XA, STATUS("open", SHOW("xa")), PERSON("away") },
		{ SHOW_DND, STATUS("open", SHOW("dnd")), PERSON("busy") },
	};
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct presence_item item = { .resource = STR("balcony"),
					      .is_available = true,
					      .show = rows[i].show };
		struct str want = str_fmt(
			&a, "%s%s%s" PRIO("0", ";gr=balcony") TIME("") "%s%s%s",
			ROOT "<tuple id=\"ID-balcony\">", rows[i].status, "",
			"</tuple>", rows[i].person, "</presence>");

		assert_string_equal(written(&a, &item, false),
				    str_dupz(&a, want));
	}
	arena_fini(&a);
}

static void a_full_one(void **state)
{
	struct text german = { .lang = STR("de"), .s = STR("wei\xc3\x9f") };
	struct text english = { .next = &german,
				.lang = STR("en"),
				.s = STR("a < b") };
	struct presence_item left = { .resource = STR("orchard"),
				      .status = &english,
				      .priority = 5,
				      .show = SHOW_DND,
				      .idle_since =
					      STR("2014-12-31T23:00:00Z") };
	struct presence_item below = { .next = &left,
				       .resource = STR("b\xc3\xa4r 1"),
				       .is_available = true,
				       .priority = -1,
				       .stamp_s = NOW_S + HOUR_S };
	struct presence_item first = { .next = &below,
				       .resource = STR("balcony"),
				       .is_available = true,
				       .show = SHOW_AWAY,
				       .status = &english,
				       .priority = 13,
				       .idle_since =
					       STR("2014-12-31T23:00:00Z"),
				       .stamp_s = NOW_S - HOUR_S };
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	assert_string_equal(
		written(&a, &first, false),
		ROOT "<tuple id=\"ID-balcony\">" STATUS(
			"open", SHOW("away")) IDLE("2014-12-31T23:00:00Z")
			PRIO("0.102",
			     ";gr=balcony") "<note xml:lang=\"en\">a &lt; "
					    "b</note>"
					    "<note "
					    "xml:lang=\"de\">wei\xc3\x9f</"
					    "note>"
					    "<timestamp>2014-12-31T23:00:"
					    "00Z</timestamp></tuple>"
					    "<tuple "
					    "id=\"ID-b_xE4_r_x20_"
					    "1\">" STATUS(
						    "open",
						    "") CONTACT(";gr=b%C3%A4r%"
								"201") TIME("</"
									    "tu"
									    "p"
									    "le"
									    ">") "<tuple id=\"ID-orchard\">" STATUS("closed",
														    "")
						    CONTACT(";gr="
							    "orchar"
							    "d") "<n"
								 "ot"
								 "e "
								 "xm"
								 "l:"
								 "la"
								 "ng"
								 "="
								 "\""
								 "en"
								 "\""
								 ">a"
								 " &"
								 "lt"
								 "; "
								 "b<"
								 "/n"
								 "ot"
								 "e>"
								 "<n"
								 "ot"
								 "e "
								 "xm"
								 "l:"
								 "la"
								 "ng"
								 "="
								 "\""
								 "de"
								 "\""
								 ">w"
								 "ei"
								 "\xc3\x9f</"
								 "note>" TIME(
									 "</"
									 "tuple"
									 ">")
									 PERSON("away") "</presence>");
	arena_fini(&a);
}

/* RFC 3922 §6.3.2: never a document without a tuple. */
static void nobody(void **state)
{
	static const char want[] =
		ROOT "<tuple id=\"ID-\">" STATUS("closed", "") CONTACT("")
			TIME("</tuple></presence>");
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	assert_string_equal(written(&a, NULL, false), want);
	assert_string_equal(written(&a, NULL, true), want);
	arena_fini(&a);
}

/* One tuple: who it is, by priority, then by time; its id does not tell. */
static void one_tuple(void **state)
{
	static const struct {
		int p1, p2;
		bool is1, is2;
		int64_t t1, t2;
		const char *want;
	} rows[] = {
		{ 1, 2, true, true, 0, 0, ". + 2 []two at 1420070400" },
		{ 2, 1, true, true, 0, 0, ". + 2 []one at 1420070400" },
		{ 1, 1, true, true, 5, 9, ". + 1 []two at 9" },
		{ 1, 1, true, true, 9, 5, ". + 1 []one at 9" },
		{ 1, 1, true, true, 0, 0, ". + 1 []one at 1420070400" },
		{ 1, 9, true, false, 0, 0, ". + 1 []one at 1420070400" },
		{ -5, -3, true, true, 0, 0, ". + []two at 1420070400" },
		{ 0, 0, false, false, 5, 9, ". - []two at 9" },
	};
	struct text one_text = { .s = STR("one") };
	struct text two_text = { .s = STR("two") };
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct presence_item two = { .resource = STR("two"),
					     .is_available = rows[i].is2,
					     .priority = rows[i].p2,
					     .stamp_s = rows[i].t2,
					     .status = &two_text };
		struct presence_item one = { .next = &two,
					     .resource = STR("one"),
					     .is_available = rows[i].is1,
					     .priority = rows[i].p1,
					     .stamp_s = rows[i].t1,
					     .status = &one_text };
		struct str doc = str_z(written(&a, &one, true));

		assert_string_equal(presences_items_of(&a, doc), rows[i].want);
	}
	arena_fini(&a);
}

static void the_person(void **state)
{
	static const char early[] = "2014-12-31T22:00:00Z";
	static const char late[] = "2014-12-31T23:00:00Z";
	static const struct {
		enum presence_show s1, s2;
		const char *idle1, *idle2;
		unsigned activities;
		const char *idle; /* NULL: not idle */
	} rows[] = {
		/* two has the higher priority */
		{ SHOW_DND, SHOW_AWAY, "", "", ACTIVITY_AWAY, NULL },
		{ SHOW_DND, SHOW_NONE, "", "", 0, NULL },
		{ SHOW_NONE, SHOW_DND, "", "", ACTIVITY_BUSY, NULL },
		/* idle when both are, since the last one */
		{ SHOW_NONE, SHOW_NONE, early, late, 0, late },
		{ SHOW_NONE, SHOW_NONE, late, early, 0, late },
		{ SHOW_NONE, SHOW_NONE, early, "", 0, NULL },
		{ SHOW_NONE, SHOW_NONE, "", early, 0, NULL },
	};
	const struct uri entity = uri_of("sip:juliet@example.com");
	struct arena a;
	struct pidf p;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct presence_item gone = { .resource = STR("gone") };
		struct presence_item two = { .next = &gone,
					     .resource = STR("two"),
					     .is_available = true,
					     .priority = 5,
					     .show = rows[i].s2,
					     .idle_since =
						     str_z(rows[i].idle2) };
		struct presence_item one = { .next = &two,
					     .resource = STR("one"),
					     .is_available = true,
					     .show = rows[i].s1,
					     .idle_since =
						     str_z(rows[i].idle1) };

		presence_to_pidf(&a, &entity, &one, false, NOW_S, &p);
		assert_int_equal(p.activities, rows[i].activities);
		assert_int_equal(p.is_idle, rows[i].idle != NULL);
		assert_true(
			str_eqz(p.idle_since, p.is_idle ? rows[i].idle : ""));
	}
	arena_fini(&a);
}

static void entities(void **state)
{
	static const struct {
		const char *entity, *contact;
	} rows[] = {
		{ "sip:a@b.example", "sip:a@b.example;gr=x" },
		{ "pres:a@b.example", "sip:a@b.example;gr=x" },
		{ "sip:a@b.example:5080", "sip:a@b.example:5080;gr=x" },
		{ "sip:a@b.example;user=phone", "sip:a@b.example;user=phone" },
	};
	struct presence_item item = { .resource = STR("x") };
	struct arena a;
	struct pidf p;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uri entity = uri_of(rows[i].entity);

		presence_to_pidf(&a, &entity, &item, false, NOW_S, &p);
		assert_true(str_eqz(p.entity, rows[i].entity));
		assert_true(str_eqz(p.tuples->contact, rows[i].contact));
	}
	arena_fini(&a);
}

/* More resources than a document takes, and one twice. */
static void too_many(void **state)
{
	enum { MANY = PIDF_TUPLES_MAX + 8 };
	const struct uri entity = uri_of("sip:juliet@example.com");
	struct presence_item items[MANY] = { { .next = NULL } };
	const struct pidf_tuple *t;
	unsigned count = 0, open = 0;
	struct arena a;
	struct pidf p;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (int i = 0; i < MANY; i++) {
		items[i].next = i + 1 < MANY ? &items[i + 1] : NULL;
		items[i].resource = str_fmt(&a, "r%d", i == 1 ? 0 : i);
		items[i].is_available = i >= MANY / 2;
	}
	presence_to_pidf(&a, &entity, items, false, NOW_S, &p);
	for (t = p.tuples; t != NULL; t = t->next) {
		count++;
		open += t->basic == BASIC_OPEN;
	}
	assert_int_equal(count, PIDF_TUPLES_MAX);
	assert_int_equal(open, MANY - MANY / 2);
	arena_fini(&a);
}

static const struct {
	const char *stanza, *item;
} stanzas[] = {
	{ "<presence from='a@b/c' to='d@e'/>", "c + at 1420070400" },
	{ "<presence from='a@b/c' to='d@e' type='unavailable'/>",
	  "c - at 1420070400" },
	{ "<presence from='a@b' to='d@e' type='unavailable'><status>bye"
	  "</status><show>dnd</show><priority>5</priority></presence>",
	  ". - []bye at 1420070400" },
	{ "<presence from='a@b/c' to='d@e' xml:lang='de'><show>xa</show>"
	  "<status>eins</status><status xml:lang='en'>one</status>"
	  "<status xml:lang='de'>zwei</status><status xml:lang='fr'> </status>"
	  "<priority>-7</priority></presence>",
	  "c xa -7 [de]eins [en]one at 1420070400" },
	{ "<presence from='a@b/c' to='d@e'><idle xmlns='urn:xmpp:idle:1' "
	  "since='2015-01-01T01:00:00.5+02:00'/><delay xmlns='urn:xmpp:delay' "
	  "stamp='2014-12-31T23:00:00Z'/></presence>",
	  "c + idle 2014-12-31T23:00:00Z at 1420066800" },
	/* clocks that are ahead, and times that are none */
	{ "<presence from='a@b/c' to='d@e'><idle xmlns='urn:xmpp:idle:1' "
	  "since='yesterday'/><delay xmlns='urn:xmpp:delay' "
	  "stamp='2015-01-01T01:00:00Z'/></presence>",
	  "c + at 1420070400" },
};

static void stanzas_read(void **state)
{
	struct presence_item item;
	struct stanza s;
	struct fault why;
	struct arena a;
	bool wanted;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(stanzas); i++) {
		assert_true(stanza_read(&a, literal(&a, stanzas[i].stanza), &s,
					&why, &wanted));
		presence_item_read(&a, &s, NOW_S, &item);
		assert_string_equal(presences_dump(&a, &item), stanzas[i].item);
	}
	/* one that was made, not read */
	s.el = NULL;
	presence_item_read(&a, &s, NOW_S, &item);
	assert_int_equal(item.stamp_s, NOW_S);
	arena_fini(&a);
}

static void stanzas_written(void **state)
{
	const struct jid from = { STR("romeo"), STR("sip.example"), STR("x") };
	const struct jid to = { STR("juliet"), STR("example.com"), STR("") };
	struct text note = { .lang = STR("en"), .s = STR("hm") };
	const struct presence_item rows[] = {
		{ .resource = STR("orchard"),
		  .is_available = true,
		  .show = SHOW_DND,
		  .status = &note,
		  .priority = 5,
		  .idle_since = STR("2014-12-31T23:00:00Z"),
		  .stamp_s = NOW_S },
		{ .is_available = false,
		  .show = SHOW_DND,
		  .priority = 5,
		  .status = &note,
		  .idle_since = STR("2014-12-31T23:00:00Z") },
		{ .is_available = true },
	};
	static const char *const want[] = {
		("<presence from='romeo@sip.example/orchard' "
		 "to='juliet@example.com' xml:lang='en'><show>dnd</show>"
		 "<status xml:lang='en'>hm</status><priority>5</priority>"
		 "<idle xmlns='urn:xmpp:idle:1' since='2014-12-31T23:00:00Z'/>"
		 "<delay xmlns='urn:xmpp:delay' stamp='2015-01-01T00:00:00Z' "
		 "from='sip.example'/></presence>"),
		("<presence from='romeo@sip.example' to='juliet@example.com' "
		 "xml:lang='en' type='unavailable'>"
		 "<status xml:lang='en'>hm</status>"
		 "</presence>"),
		("<presence from='romeo@sip.example' to='juliet@example.com'>"
		 "</presence>"),
	};
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct xml *extra;
		struct strbuf b;
		struct stanza s;

		strbuf_init(&b, PIDF_MAX_BYTES);
		presence_item_stanza(&a, &rows[i], &from, &to, &s, &extra);
		presence_write(&b, &s, extra);
		assert_string_equal(str_dupz(&a, strbuf_str(&b)), want[i]);
		strbuf_fini(&b);
	}
	arena_fini(&a);
}

static void languages(void **state)
{
	static struct text none = { .s = STR("hm") },
			   odd = { .s = STR("hm"), .lang = STR("a\r\nb") },
			   de = { &none, STR("DE"), STR("hm") },
			   en = { &de, STR("en"), STR("hm") };
	static struct presence_item gone = { .status = &en },
				    third = { NULL, .is_available = true },
				    second = { &third, .is_available = true,
					       .status = &de },
				    first = { &second, .is_available = true,
					      .status = &en },
				    spoilt = { .is_available = true,
					       .status = &odd };
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	assert_true(str_eqz(presence_languages(&a, &first), "en, DE"));
	assert_int_equal(presence_languages(&a, &gone).n, 0);
	assert_int_equal(presence_languages(&a, &third).n, 0);
	assert_int_equal(presence_languages(&a, &spoilt).n, 0);
	arena_fini(&a);
}

static void differences(void **state)
{
	struct text one = { .s = STR("a") }, two = { .s = STR("b") };
	struct text english = { .lang = STR("en"), .s = STR("a") };
	const struct presence_item base = { .resource = STR("r"),
					    .is_available = true,
					    .status = &one };
	struct presence_item x = base;

	(void)state;
	x.stamp_s = 5; /* a new publication of the same */
	assert_true(presence_item_eq(&base, &x));
	x.resource = STR_LIT("q");
	assert_false(presence_item_eq(&base, &x));
	x = base;
	x.is_available = false;
	assert_false(presence_item_eq(&base, &x));
	x = base;
	x.show = SHOW_CHAT;
	assert_false(presence_item_eq(&base, &x));
	x = base;
	x.priority = 1;
	assert_false(presence_item_eq(&base, &x));
	x = base;
	x.idle_since = STR_LIT("2014-12-31T23:00:00Z");
	assert_false(presence_item_eq(&base, &x));
	x = base;
	x.status = &two;
	assert_false(presence_item_eq(&base, &x));
	x.status = &english;
	assert_false(presence_item_eq(&base, &x));
	x.status = NULL;
	assert_false(presence_item_eq(&base, &x));
}

static void names_of_ours(void **state)
{
	(void)state;
	assert_true(presence_is_made_up(STR_LIT("sip")));
	assert_true(presence_is_made_up(STR_LIT("sip-bd48a51d")));
	assert_false(presence_is_made_up(STR_LIT("balcony")));
}

static const struct presence_item *find(const struct presence_item *list,
					struct str resource)
{
	while (list != NULL && !str_eq(list->resource, resource))
		list = list->next;
	return list;
}

/* XMPP -> PIDF -> XMPP: nothing is lost of show, status, priority, idle and
 * resource, whoever else is in the document. */
static void there_and_back(void **state)
{
	unsigned seed = 1;
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (int i = 0; i < ROUNDS; i++) {
		const struct presence_item *items = random_items(&a, &seed), *x;
		const struct presence_item *back;
		struct pidf p =
			presences_pidf(&a, str_z(written(&a, items, false)));
		unsigned count = 0, back_count = 0;

		back = presence_from_pidf(&a, &p);
		for (x = back; x != NULL; x = x->next)
			back_count++;
		for (x = items; x != NULL; x = x->next, count++) {
			const struct presence_item *y = find(back, x->resource);

			assert_non_null(y);
			if (!presence_item_eq(x, y))
				print_error("%s\n%s\n", presences_dump(&a, x),
					    presences_dump(&a, y));
			assert_true(presence_item_eq(x, y));
		}
		assert_int_equal(count, back_count);
		arena_reset(&a);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(priorities),
		cmocka_unit_test(every_show),
		cmocka_unit_test(a_full_one),
		cmocka_unit_test(nobody),
		cmocka_unit_test(one_tuple),
		cmocka_unit_test(the_person),
		cmocka_unit_test(entities),
		cmocka_unit_test(too_many),
		cmocka_unit_test(stanzas_read),
		cmocka_unit_test(stanzas_written),
		cmocka_unit_test(languages),
		cmocka_unit_test(differences),
		cmocka_unit_test(names_of_ours),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
