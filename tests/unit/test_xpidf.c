#include "mapping/xpidf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "presences.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define ADDRESS(status, substatus)                                             \
	"<presence><presentity uri='sip:a@b.example;method=SUBSCRIBE'/>"       \
	"<atom id='1'><address uri='sip:a@b.example' priority='0.5'>" status   \
		substatus "</address></atom></presence>"
#define STATUS(s)    "<status status='" s "'/>"
#define SUBSTATUS(s) "<msnsubstatus substatus='" s "'/>"

static const struct {
	const char *doc, *items;
} cases[] = {
	{ ADDRESS(STATUS("open"), SUBSTATUS("online")), "sip + 64" },
	{ ADDRESS(STATUS("closed"), SUBSTATUS("offline")), "sip -" },
	{ ADDRESS(STATUS("inuse"), SUBSTATUS("busy")), "sip dnd 64" },
	{ ADDRESS(STATUS("inuse"), ""), "sip dnd 64" },
	{ ADDRESS(STATUS("inuse"), SUBSTATUS("onthephone")),
	  "sip dnd 64 [en]On the phone" },
	{ ADDRESS(STATUS("open"), SUBSTATUS("away")), "sip away 64" },
	{ ADDRESS(STATUS("open"), SUBSTATUS("berightback")), "sip away 64" },
	{ ADDRESS(STATUS("open"), SUBSTATUS("outtolunch")), "sip away 64" },
	{ ADDRESS(STATUS("open"), SUBSTATUS("idle")), "sip away 64" },
	{ ADDRESS("", SUBSTATUS("offline")), "sip -" },
	{ ADDRESS("", SUBSTATUS("busy")), "sip dnd 64" },
	/* closed stays closed */
	{ ADDRESS(STATUS("closed"), SUBSTATUS("away")), "sip -" },
	{ ADDRESS(STATUS("inactive"), ""), ". -" },
	{ ADDRESS(STATUS("open"), "<note>hm</note>"), "sip + 64 []hm" },
	/* nobody there */
	{ "<presence><presentity uri='sip:a@b.example'/></presence>", ". -" },
	/* two telephones; the address of one is not the presentity's */
	{ "<presence><presentity uri='sip:a@b.example'/><atom id='1'>"
	  "<address uri='sip:a@b.example'><status status='open'/></address>"
	  "</atom><atom id='2'><address uri='sip:a@192.0.2.1'>"
	  "<status status='closed'/></address></atom></presence>",
	  "sip +; sip-bd48a51d -" },
};

static void case_by_case(void **state)
{
	struct arena a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		arena_init(&a, PRESENCES_CHUNK_BYTES);
		assert_string_equal(presences_items_of(&a, str_z(cases[i].doc)),
				    cases[i].items);
		arena_fini(&a);
	}
}

/* An extension of PIDF that is called like a part of xpidf makes no xpidf. */
static void tells_them_apart(void **state)
{
	static const char *const docs[] = {
		("<presence xmlns='urn:ietf:params:xml:ns:pidf'>"
		 "<atom xmlns='urn:example'/></presence>"),
		"<presence xmlns='urn:ietf:params:xml:ns:pidf'/>",
		"<presence/>",
	};
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(docs); i++)
		assert_false(xpidf_is(document_of(&a, str_z(docs[i]))));
	assert_true(xpidf_is(document_of(
		&a, str_z("<presence><presentity uri='x'/></presence>"))));
	arena_fini(&a);
}

static void keeps_the_limit(void **state)
{
	const struct pidf_tuple *t;
	unsigned count = 0;
	struct strbuf b;
	struct arena a;
	struct pidf p;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	strbuf_init(&b, 1 << 20);
	strbuf_addlit(&b, "<presence>");
	for (int i = 0; i <= PIDF_TUPLES_MAX; i++)
		strbuf_addlit(&b, "<atom><address uri='a'/></atom>");
	strbuf_addlit(&b, "</presence>");
	p = presences_pidf(&a, strbuf_str(&b));
	for (t = p.tuples; t != NULL; t = t->next)
		count++;
	assert_int_equal(count, PIDF_TUPLES_MAX);
	strbuf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_by_case),
		cmocka_unit_test(tells_them_apart),
		cmocka_unit_test(keeps_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
