#include "mapping/edits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct message_rules rules = {
	.edited_mark = STR("(edited)"),
	.retracted_mark = STR("(retracted)"),
};

static const struct {
	const char *children, *body;
	const char *text;    /* "": nothing to say */
	const char *answers; /* the id */
} rows[] = {
	{ "", "hi", "hi", "" },
	{ "", "", "", "" },
	{ "<replace xmlns='urn:xmpp:message-correct:0' id='a'/>", "hi",
	  "(edited) hi", "" },
	{ "<replace xmlns='urn:xmpp:message-correct:0' id='a'/>", "", "", "" },
	{ "<reactions xmlns='urn:xmpp:reactions:0' id='a'><reaction>\xf0\x9f"
	  "\x91\x8d</reaction><reaction>x</reaction></reactions>",
	  "", "\xf0\x9f\x91\x8d x", "a" },
	/* taken back */
	{ "<reactions xmlns='urn:xmpp:reactions:0' id='a'/>", "", "", "a" },
	/* a client that says it in words itself: once */
	{ "<reactions xmlns='urn:xmpp:reactions:0' id='a'><reaction>x"
	  "</reaction></reactions><fallback xmlns='urn:xmpp:fallback:0' "
	  "for='urn:xmpp:reactions:0'/>",
	  "> hi\nx", "> hi\nx", "a" },
	{ "<reply xmlns='urn:xmpp:reply:0' id='a' to='b@c'/>", "> hi\nyes",
	  "> hi\nyes", "a" },
	{ "<retract xmlns='urn:xmpp:message-retract:1' id='a'/>", "",
	  "(retracted)", "" },
	{ "<retract xmlns='urn:xmpp:message-retract:1' id='a'/>",
	  "I take it back", "I take it back", "" },
	{ "<apply-to xmlns='urn:xmpp:fasten:0' id='a'><retract "
	  "xmlns='urn:xmpp:message-retract:0'/></apply-to>",
	  "", "(retracted)", "" },
	{ "<x xmlns='jabber:x:oob'><url>http://h/f</url></x>", "http://h/f",
	  "http://h/f", "" },
	{ "<x xmlns='jabber:x:oob'><url>http://h/f</url><desc>a cat</desc>"
	  "</x>",
	  "", "a cat\nhttp://h/f", "" },
	{ "<x xmlns='jabber:x:oob'><url>http://h/f</url></x>",
	  "look:", "look:\nhttp://h/f", "" },
	{ "<x xmlns='jabber:x:oob'><url>http://h/f</url></x>", "", "http://h/f",
	  "" },
	{ "<html xmlns='http://jabber.org/protocol/xhtml-im'><body "
	  "xmlns='http://www.w3.org/1999/xhtml'><p>a</p><p>b</p></body>"
	  "</html>",
	  "", "a\nb", "" },
	/* Standalone notices say nothing. */
	{ "<composing xmlns='http://jabber.org/protocol/chatstates'/>", "", "",
	  "" },
	{ "<received xmlns='urn:xmpp:receipts' id='a'/>", "", "", "" },
	{ "<displayed xmlns='urn:xmpp:chat-markers:0' id='a'/>", "", "", "" },
};

static void texts(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str doc = str_fmt(&a, "<message xmlns='%s'>%s</message>",
					 NS_COMPONENT, rows[i].children);
		struct extras x;
		struct str got;

		extras_read(&a, document_of(&a, doc), &x);
		got = edits_text(&a, &rules, &x, str_z(rows[i].body));
		if (!str_eqz(got, rows[i].text))
			fail_msg("row %zu: '%.*s'", i, STR_ARG(got));
		assert_true(str_eqz(edits_answers(&x), rows[i].answers));
	}
	arena_fini(&a);
}

static void without_marks(void **state)
{
	const struct message_rules bare = { .type = MESSAGE_NORMAL };
	const struct extras edit = { .replaces = STR("a") };
	const struct extras retract = { .retracts = STR("a") };
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_true(str_eqz(edits_text(&a, &bare, &edit, STR_LIT("hi")), "hi"));
	assert_int_equal(edits_text(&a, &bare, &retract, STR_NONE).n, 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(without_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
