#include "mapping/pidf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "presences.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void put_traits(struct strbuf *b, unsigned activities, struct str other,
		       bool is_idle, struct str since)
{
	if (activities != 0)
		strbuf_addf(b, " act=%x", activities);
	if (other.n > 0)
		strbuf_addf(b, " other=%.*s", STR_ARG(other));
	if (is_idle)
		strbuf_addf(b, " idle=%.*s", STR_ARG(since));
}

/* "ENTITY|id open show=away act=1 <contact>@800 [en]note t=...|notes|..." */
static const char *dump(struct arena *a, const struct pidf *p)
{
	static const char *const basics[] = { "?", "open", "closed" };
	const struct pidf_tuple *t;
	struct strbuf b;
	char *z;

	strbuf_init(&b, PIDF_MAX_BYTES);
	strbuf_add(&b, p->entity);
	for (t = p->tuples; t != NULL; t = t->next) {
		strbuf_addf(&b, "|%.*s %s", STR_ARG(t->id), basics[t->basic]);
		if (t->has_show)
			strbuf_addf(&b, " show=%.*s",
				    STR_ARG(presence_show_name(t->show)));
		put_traits(&b, t->activities, t->other, t->is_idle,
			   t->idle_since);
		if (t->contact.n > 0)
			strbuf_addf(&b, " <%.*s>", STR_ARG(t->contact));
		if (t->priority_milli >= 0)
			strbuf_addf(&b, "@%d", t->priority_milli);
		presences_put_texts(&b, t->notes);
		if (t->timestamp.n > 0)
			strbuf_addf(&b, " t=%.*s", STR_ARG(t->timestamp));
	}
	strbuf_addlit(&b, "|doc");
	presences_put_texts(&b, p->notes);
	strbuf_addlit(&b, "|person");
	put_traits(&b, p->activities, p->other, p->is_idle, p->idle_since);
	presences_put_texts(&b, p->person_notes);
	if (p->device_notes != NULL) {
		strbuf_addlit(&b, "|device");
		presences_put_texts(&b, p->device_notes);
	}
	z = str_dupz(a, strbuf_str(&b));
	strbuf_fini(&b);
	return z;
}

static const struct {
	const char *file, *parts;
} files[] = {
	{ "baresip1-unknown",
	  "sip:p2p-bar1@sip.test|t4109 ? <sip:p2p-bar1@sip.test>|doc|person" },
	{ "baresip1-open", "sip:p2p-bar1@sip.test|t4109 open "
			   "<sip:p2p-bar1@sip.test>|doc|person" },
	{ "baresip1-closed", "sip:p2p-bar1@sip.test|t4109 closed "
			     "<sip:p2p-bar1@sip.test>|doc|person" },
	{ "linphone1-brb",
	  "sip:lin1@sip.test|cs3rd3 open <sip:lin1@sip.test>@800 [en]brb "
	  "t=2026-11-22T06:43:26Z|doc|person act=1" },
	{ "linphone2-online",
	  "sip:lin2@sip.test|fuc92w open <sip:lin2@sip.test>@800 "
	  "t=2026-11-22T06:43:21Z|doc|person" },
	{ "libpurple-open",
	  "sip:pur1@sip.test|bs35r9f open []available|doc|person" },
	{ "twinkle-open", "sip:tw1@sip.test|qerpih open|doc|person" },
	{ "asterisk-phone",
	  "sip:alice@192.0.2.1|6002 open <sip:6002@192.0.2.1>@1000|"
	  "doc []On the phone|person act=2" },
	{ "asterisk-pjsip-hold",
	  "sip:alice@192.0.2.1|6002 open <sip:6002@192.0.2.1>@1000|"
	  "doc []On hold|person act=2" },
	{ "draft-status-rpid",
	  "pres:carol@example.net|x1 open act=8 idle=2004-10-27T14:49:29Z "
	  "<sip:carol@example.net>@250|doc|person" },
	{ "rfc4480-person",
	  "pres:someone@example.com|bs35r9 open "
	  "<im:someone@mobile.example.net>@800 [en]Don't Disturb Please! "
	  "[fr]Ne derangez pas, s'il vous plait t=2005-10-27T16:49:29Z|"
	  "ty4658 open <mailto:secretary@example.com>@1000|"
	  "doc []I'll be in Tokyo next week|"
	  "person act=1 idle=2005-05-30T18:20:00Z []Scoring 120|"
	  "device []PC" },
	{ "two-persons", "sip:dave@example.net|t1 open|doc|"
			 "person act=405 other=lunch" },
	{ "other-activity",
	  "sip:dave@example.net|t1 ? <sip:dave@example.net>|doc|"
	  "person act=400 other=Gardening" },
	{ "xpidf-msn", "sip:6002@192.0.2.1|6002 open act=6 "
		       "<sip:6002@192.0.2.1;user=ip>@800|doc|person" },
};

static void reads_the_wire(void **state)
{
	struct arena a;
	struct pidf p;

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		arena_init(&a, PRESENCES_CHUNK_BYTES);
		p = presences_pidf(&a,
				   presences_file(&a, "pidf", files[i].file));
		assert_string_equal(dump(&a, &p), files[i].parts);
		arena_fini(&a);
	}
}

#define NS    "xmlns='urn:ietf:params:xml:ns:pidf'"
#define TUPLE "<tuple id='t'><status><basic>open</basic></status></tuple>"

static const struct {
	const char *doc, *parts; /* NULL: refused */
} docs[] = {
	{ "<presence " NS "/>", "|doc|person" },
	{ "<presence/>", "|doc|person" },
	{ "<presence xmlns='urn:ietf:params:xml:ns:pidf:' entity='x'/>",
	  "x|doc|person" },
	/* what is no presence document */
	{ "<presence xmlns='jabber:client'/>", NULL },
	{ "<presence xmlns='urn:example'/>", NULL },
	{ "<tuple " NS "/>", NULL },
	{ "<dialog-info xmlns='urn:ietf:params:xml:ns:dialog-info'/>", NULL },
	/* in any order, and with strangers between */
	{ "<presence " NS " xmlns:o='urn:o'><o:tuple id='no'/><note>n</note>"
	  "<o:note>no</o:note>" TUPLE "</presence>",
	  "|t open|doc []n|person" },
	{ "<presence " NS "><tuple id='t'><timestamp>now</timestamp>"
	  "<note>n</note><contact>sip:a@b</contact><status><o xmlns='urn:o'>"
	  "<basic>closed</basic></o><basic>open</basic></status></tuple>"
	  "</presence>",
	  "|t open <sip:a@b> []n t=now|doc|person" },
	/* a basic outside of status is none; the last one of two counts */
	{ "<presence " NS "><tuple><basic>open</basic></tuple></presence>",
	  "| ?|doc|person" },
	{ "<presence " NS "><tuple id='t'><status><basic>open</basic>"
	  "<basic>closed</basic></status></tuple></presence>",
	  "|t closed|doc|person" },
	/* activities in every place, and in old spellings */
	{ "<presence " NS " xmlns:r='urn:ietf:params:xml:ns:pidf:rpid'>"
	  "<tuple id='t'><status><r:activities><r:away/></r:activities>"
	  "</status><r:activities><r:Busy/></r:activities></tuple>"
	  "<r:activities><r:meeting/></r:activities></presence>",
	  "|t ? act=3|doc|person act=8" },
	{ "<presence " NS " xmlns:r='urn:ietf:params:xml:ns:pidf:rpid-status'>"
	  "<tuple id='t'><status><r:activities><r:activity>on-the-phone"
	  "</r:activity></r:activities></status></tuple></presence>",
	  "|t ? act=4|doc|person" },
	/* one that says active is not idle */
	{ "<presence " NS " xmlns:d='urn:ietf:params:xml:ns:pidf:data-model' "
	  "xmlns:r='urn:ietf:params:xml:ns:pidf:rpid'>" TUPLE
	  "<d:person id='a'><r:user-input>idle</r:user-input></d:person>"
	  "<d:person id='b'><r:user-input>active</r:user-input></d:person>"
	  "</presence>",
	  "|t open|doc|person" },
};

static void reads_with_tolerance(void **state)
{
	struct arena a;
	const char *why;
	struct pidf p;

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		const struct xml *doc;

		arena_init(&a, PRESENCES_CHUNK_BYTES);
		doc = document_of(&a, str_z(docs[i].doc));
		p.entity = STR_LIT("untouched");
		why = NULL;
		if (docs[i].parts == NULL) {
			assert_false(pidf_read(&a, doc, &p, &why));
			assert_non_null(why);
			assert_true(str_eqz(p.entity, "untouched"));
		} else {
			assert_true(pidf_read(&a, doc, &p, &why));
			assert_string_equal(dump(&a, &p), docs[i].parts);
		}
		arena_fini(&a);
	}
}

static void keeps_the_limits(void **state)
{
	const struct pidf_tuple *t;
	const struct text *note;
	unsigned tuples = 0, notes = 0;
	struct strbuf b;
	struct arena a;
	struct pidf p;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	strbuf_init(&b, 1 << 20);
	strbuf_addlit(&b, "<presence " NS ">");
	for (int i = 0; i <= PIDF_TUPLES_MAX; i++)
		strbuf_addlit(&b, TUPLE);
	for (int i = 0; i <= PIDF_NOTES_MAX; i++)
		strbuf_addlit(&b, "<note>n</note>");
	strbuf_addlit(&b, "</presence>");
	p = presences_pidf(&a, strbuf_str(&b));
	for (t = p.tuples; t != NULL; t = t->next)
		tuples++;
	for (note = p.notes; note != NULL; note = note->next)
		notes++;
	assert_int_equal(tuples, PIDF_TUPLES_MAX);
	assert_int_equal(notes, PIDF_NOTES_MAX);
	strbuf_fini(&b);
	arena_fini(&a);
}

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define ROOT                                                                   \
	"<presence xmlns=\"urn:ietf:params:xml:ns:pidf\""                      \
	" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\""                 \
	" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\""

static void writes(void **state)
{
	struct text plain = { .s = STR("a < b & \"c\"") };
	struct text note = { .next = &plain,
			     .lang = STR("de-CH"),
			     .s = STR("z\xc3\xbcrich") };
	struct text odd = { .lang = STR("a\"b"), .s = STR("ctl \x01") };
	struct pidf_tuple second = { .id = STR("ID-"),
				     .basic = BASIC_CLOSED,
				     .priority_milli = -1,
				     .timestamp = STR("yesterday") };
	struct pidf_tuple first = {
		.next = &second,
		.id = STR("ID-balcony"),
		.basic = BASIC_OPEN,
		.has_show = true,
		.show = SHOW_AWAY,
		.activities = ACTIVITY_BUSY, /* not written here */
		.contact = STR("sip:juliet@example.com;gr=a&b"),
		.priority_milli = 102,
		.notes = &note,
		.timestamp = STR("2015-01-01T00:00:00Z"),
		.is_idle = true,
		.idle_since = STR("2014-12-31T23:00:00Z"),
	};
	struct pidf p = {
		.entity = STR("sip:juliet@example.com"),
		.tuples = &first,
		.notes = &odd,
		.person_notes = &plain,
		.activities =
			ACTIVITY_AWAY | ACTIVITY_ON_THE_PHONE | ACTIVITY_OTHER,
		.other = STR("x<y"),
		.is_idle = true,
	};
	struct strbuf b;

	(void)state;
	strbuf_init(&b, PIDF_MAX_BYTES);
	pidf_write(&b, &p);
	strbuf_addc(&b, '\0');
	assert_string_equal(
		b.p, DECLARATION ROOT
		" entity=\"sip:juliet@example.com\">"
		"<tuple id=\"ID-balcony\"><status><basic>open</basic>"
		"<show xmlns=\"jabber:client\">away</show></status>"
		"<rpid:user-input last-input=\"2014-12-31T23:00:00Z\">idle"
		"</rpid:user-input>"
		"<contact priority=\"0.102\">sip:juliet@example.com;gr=a&amp;b"
		"</contact>"
		"<note xml:lang=\"de-CH\">z\xc3\xbcrich</note>"
		"<note>a &lt; b &amp; \"c\"</note>"
		"<timestamp>2015-01-01T00:00:00Z</timestamp></tuple>"
		"<tuple id=\"ID-\"><status><basic>closed</basic></status>"
		"</tuple>"
		"<note>ctl \xef\xbf\xbd</note>"
		"<dm:person id=\"person\"><rpid:activities>"
		"<rpid:on-the-phone/><rpid:away/>"
		"<rpid:other>x&lt;y</rpid:other></rpid:activities>"
		"<rpid:user-input>idle</rpid:user-input>"
		"<dm:note>a &lt; b &amp; \"c\"</dm:note></dm:person>"
		"</presence>");
	strbuf_fini(&b);
}

/* Quotes in what stands in an attribute. */
static void writes_quotes(void **state)
{
	struct pidf_tuple t = { .id = STR("a\"'<"), .priority_milli = -1 };
	struct pidf p = { .tuples = &t };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, PIDF_MAX_BYTES);
	pidf_write(&b, &p);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, DECLARATION ROOT
			    " entity=\"\">"
			    "<tuple id=\"a&quot;&apos;&lt;\"><status></status>"
			    "</tuple></presence>");
	strbuf_fini(&b);
}

/* What telephones look for as text (baresip: re_regex on the body). */
static void writes_what_text_patterns_find(void **state)
{
	static const struct {
		unsigned activities;
		const char *pattern;
	} rows[] = {
		{ ACTIVITY_AWAY, "<rpid:away/>" },
		{ ACTIVITY_BUSY, "<rpid:busy/>" },
		{ ACTIVITY_ON_THE_PHONE, "<rpid:on-the-phone/>" },
		{ 0, "<basic>open</basic>" },
	};
	struct pidf_tuple t = { .basic = BASIC_OPEN, .priority_milli = -1 };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, PIDF_MAX_BYTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pidf p = { .tuples = &t,
				  .activities = rows[i].activities };

		strbuf_reset(&b);
		pidf_write(&b, &p);
		strbuf_addc(&b, '\0');
		assert_non_null(strstr(b.p, rows[i].pattern));
		assert_int_equal(strstr(b.p, "dm:person") != NULL,
				 rows[i].activities != 0);
	}
	strbuf_fini(&b);
}

/* Who is there is said even if the words do not fit. */
static void cuts_long_notes(void **state)
{
	static char words[70000];
	struct text en = { .lang = STR("en"), .s = { words, sizeof(words) } };
	struct text de = { &en, STR("de"), STR("kurz") };
	struct pidf_tuple second = { .id = STR("ID-b"), .basic = BASIC_OPEN };
	struct pidf_tuple first = { .next = &second,
				    .id = STR("ID-a"),
				    .basic = BASIC_OPEN,
				    .notes = &de };
	struct pidf doc = { .entity = STR("sip:juliet@example.com"),
			    .tuples = &first };
	struct strbuf b, whole;
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	strbuf_init(&b, PIDF_MAX_BYTES);
	strbuf_init(&whole, PIDF_MAX_BYTES);
	for (size_t i = 0; i < sizeof(words); i += 2)
		memcpy(words + i, "\xC3\xA4", 2);
	words[0] = 'x'; /* a cut at an even number would halve a letter */
	words[1] = 'x';
	words[2] = 'x';
	memmove(words + 3, words + 4, sizeof(words) - 5);
	pidf_write_short(&a, &b, &doc);
	assert_false(b.overflow);
	assert_in_range(b.n, 300, PIDF_WHOLE_BYTES);
	assert_true(str_is_utf8(strbuf_str(&b)));
	assert_non_null(strstr(str_dupz(&a, strbuf_str(&b)), "xxx\xC3\xA4"));
	assert_non_null(strstr(str_dupz(&a, strbuf_str(&b)), ">kurz<"));
	assert_non_null(strstr(str_dupz(&a, strbuf_str(&b)), "ID-b"));
	assert_ptr_equal(first.notes, &de);
	en.s.n = 1001;
	strbuf_reset(&b);
	pidf_write_short(&a, &b, &doc);
	pidf_write(&whole, &doc);
	assert_true(str_eq(strbuf_str(&b), strbuf_str(&whole)));
	strbuf_fini(&b);
	strbuf_fini(&whole);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_wire),
		cmocka_unit_test(reads_with_tolerance),
		cmocka_unit_test(keeps_the_limits),
		cmocka_unit_test(writes),
		cmocka_unit_test(writes_quotes),
		cmocka_unit_test(cuts_long_notes),
		cmocka_unit_test(writes_what_text_patterns_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
