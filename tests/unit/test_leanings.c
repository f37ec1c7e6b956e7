#include "mapping/leanings.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "doctable.h"
#include "document.h"
#include "mapping/activity.h"
#include "mapping/presence.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOCS	     STOX_SOURCE_DIR "/docs/presence.md"
#define ACTIVITY     "http://jabber.org/protocol/activity"
#define MOOD	     "http://jabber.org/protocol/mood"
#define EVENT(node, payload)                                                   \
	"<event xmlns='http://jabber.org/protocol/pubsub#event'>"              \
	"<items node='" node "'>" payload "</items></event>"
#define DOES(inner)                                                            \
	EVENT(ACTIVITY, "<item id='1'><activity xmlns='" ACTIVITY "'>" inner   \
			"</activity></item>")
#define FEELS(inner)                                                           \
	EVENT(MOOD,                                                            \
	      "<item id='1'><mood xmlns='" MOOD "'>" inner "</mood></item>")
#define PERSON "<dm:person id=\"person\">"
#define END    "</dm:person>"

/* What is said, and the person of the document; events follow each other. */
static const struct {
	const char *event, *person;
} cases[] = {
	{ DOES("<working><in_a_meeting/></working>"),
	  PERSON "<rpid:activities><rpid:meeting/></rpid:activities>" END },
	{ DOES("<working><coding/></working><text xml:lang='en'> fun </text>"),
	  PERSON "<rpid:activities><rpid:note>fun</rpid:note><rpid:working/>"
		 "</rpid:activities>" END },
	{ DOES("<eating><having_lunch/></eating>"),
	  PERSON "<rpid:activities><rpid:lunch/></rpid:activities>" END },
	{ DOES("<talking><on_the_phone/></talking>"), PERSON
	  "<rpid:activities><rpid:on-the-phone/></rpid:activities>" END },
	{ DOES("<exercising><yoga/></exercising>"),
	  PERSON "<rpid:activities><rpid:other>yoga</rpid:other>"
		 "</rpid:activities>" END },
	{ DOES("<grooming/>"),
	  PERSON "<rpid:activities><rpid:other>grooming</rpid:other>"
		 "</rpid:activities>" END },
	{ FEELS("<happy/><text>Yay, the moon! &lt;3</text>"),
	  PERSON "<rpid:activities><rpid:other>grooming</rpid:other>"
		 "</rpid:activities><rpid:mood><rpid:note>Yay, the moon! "
		 "&lt;3</rpid:note><rpid:happy/></rpid:mood>" END },
	{ DOES("<undefined/><text>x</text>"),
	  PERSON "<rpid:mood><rpid:note>Yay, the moon! &lt;3</rpid:note>"
		 "<rpid:happy/></rpid:mood>" END },
	{ FEELS("<in_awe/>"),
	  PERSON "<rpid:mood><rpid:in_awe/></rpid:mood>" END },
	{ FEELS("<amorous/>"), PERSON
	  "<rpid:mood><rpid:other>amorous</rpid:other></rpid:mood>" END },
	/* Nothing is said any more. */
	{ FEELS(""), "" },
	{ FEELS("<sad/>"), PERSON "<rpid:mood><rpid:sad/></rpid:mood>" END },
	{ EVENT(MOOD, "<retract id='1'/>"), "" },
	/* Names that are not ours to judge, and one that means nothing. */
	{ FEELS("<happy xmlns='urn:x'/>"), "" },
	{ FEELS("<text>only words</text>"), "" },
	{ DOES("<eating xmlns='urn:x'/>"), "" },
};

static void events_and_documents(void **state)
{
	static const struct presence_item desk = { .resource = STR("desk"),
						   .is_available = true };
	const struct uri entity = { .scheme = URI_SIP,
				    .scheme_text = STR("sip"),
				    .host = STR("x") };
	struct leanings l = { { .bit = 0 }, { .bit = 0 } };
	struct arena a;
	struct strbuf b;

	(void)state;
	arena_init(&a, 65536);
	strbuf_init(&b, 65536);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pidf doc;
		const char *person;

		assert_true(leanings_read(
			&a, document_of(&a, str_z(cases[i].event)), &l));
		presence_to_pidf(&a, &entity, &desk, false, 1, &doc);
		leanings_to_pidf(&l, &doc);
		strbuf_reset(&b);
		pidf_write(&b, &doc);
		strbuf_addc(&b, '\0');
		person = strstr(b.p, "</tuple>") + strlen("</tuple>");
		*strstr(b.p, "</presence>") = '\0';
		assert_string_equal(person, cases[i].person);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

/* Other nodes are somebody else's. */
static void other_events(void **state)
{
	static const char *const events[] = {
		EVENT("http://jabber.org/protocol/tune", ""),
		"<event xmlns='http://jabber.org/protocol/pubsub#event'/>",
		"<x xmlns='urn:x'/>",
	};
	struct leanings l = { .mood = { .name = STR("sad") } };
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	for (size_t i = 0; i < COUNT(events); i++)
		assert_false(leanings_read(
			&a, document_of(&a, str_z(events[i])), &l));
	assert_true(str_eqz(l.mood.name, "sad"));
	arena_fini(&a);
}

static void docs_print_the_table(void **state)
{
	struct leaning_row row;
	struct doctable t;

	(void)state;
	doctable_open(&t, DOCS, "### Moods and activities of a user");
	for (size_t i = 0; leaning_row(i, &row); i++)
		doctable_row(&t, "| %.*s | %.*s | %.*s |", STR_ARG(row.general),
			     STR_ARG(row.specific), STR_ARG(row.name));
	doctable_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_and_documents),
		cmocka_unit_test(other_events),
		cmocka_unit_test(docs_print_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
