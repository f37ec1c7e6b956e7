#include "mapping/extras.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"

static struct extras of(struct arena *a, const char *children)
{
	struct str doc = str_fmt(a, "<message xmlns='%s'>%s</message>",
				 NS_COMPONENT, children);
	struct extras x;

	extras_read(a, document_of(a, doc), &x);
	return x;
}

static void finds_everything(void **state)
{
	struct arena a;
	struct extras x;

	(void)state;
	arena_init(&a, 4096);
	x = of(&a, "<body>hi</body>"
		   "<active xmlns='http://jabber.org/protocol/chatstates'/>"
		   "<request xmlns='urn:xmpp:receipts'/>"
		   "<markable xmlns='urn:xmpp:chat-markers:0'/>"
		   "<received xmlns='urn:xmpp:receipts' id='r'/>"
		   "<displayed xmlns='urn:xmpp:chat-markers:0' id='d'/>"
		   "<replace xmlns='urn:xmpp:message-correct:0' id='c'/>"
		   "<x xmlns='jabber:x:oob'><url> u </url></x>");
	assert_int_equal(x.state, CHAT_ACTIVE);
	assert_true(x.wants_receipt && x.is_markable);
	assert_true(str_eqz(x.received, "r"));
	assert_true(str_eqz(x.displayed, "d"));
	assert_true(str_eqz(x.replaces, "c"));
	assert_true(str_eqz(x.url, "u"));
	/* An invitation to a chat room is a link, too. */
	x = of(&a, "<x xmlns='jabber:x:conference' jid='a b@muc.h' reason=' r '"
		   "/><x xmlns='jabber:x:oob'><url> u </url></x>");
	assert_int_equal(x.url.n, 1);
	x = of(&a, "<x xmlns='jabber:x:conference' jid='r\\20m@Muc.h' "
		   "reason=' come '/>");
	assert_true(str_eqz(x.url, "xmpp:r%5C20m@muc.h?join"));
	assert_true(str_eqz(x.url_words, "come"));
	/* The same names elsewhere mean nothing. */
	x = of(&a, "<active/><request xmlns='x'/><html/>");
	assert_int_equal(x.state, CHAT_NONE);
	assert_false(x.wants_receipt);
	assert_null(x.html);
	extras_read(&a, NULL, &x);
	assert_int_equal(x.state, CHAT_NONE);
	arena_fini(&a);
}

static void finds_files(void **state)
{
	static const struct {
		const char *children, *url, *words;
	} cases[] = {
		{ "<file-sharing xmlns='urn:xmpp:sfs:0'>"
		  "<file xmlns='urn:xmpp:file:metadata:0'><name> cat.png "
		  "</name></file><sources>"
		  "<url-data xmlns='http://jabber.org/protocol/url-data' "
		  "target='https://h/cat.png'/></sources></file-sharing>",
		  "https://h/cat.png", "cat.png" },
		{ "<x xmlns='jabber:x:oob'><url>https://h/a</url></x>"
		  "<file-sharing xmlns='urn:xmpp:sfs:0'><sources>"
		  "<url-data xmlns='http://jabber.org/protocol/url-data' "
		  "target='https://h/b'/></sources></file-sharing>",
		  "https://h/a", "" },
		{ "<file-sharing xmlns='urn:xmpp:sfs:0'><sources>"
		  "<url-data xmlns='http://jabber.org/protocol/url-data' "
		  "target='https://h/b'/></sources></file-sharing>"
		  "<reference xmlns='urn:xmpp:reference:0'><media-sharing "
		  "xmlns='urn:xmpp:sims:1'><sources><reference "
		  "xmlns='urn:xmpp:reference:0' uri='https://h/c'/></sources>"
		  "</media-sharing></reference>",
		  "https://h/b", "" },
		{ "<file-sharing xmlns='urn:xmpp:sfs:0'/>", "", "" },
		{ "<file-sharing xmlns='urn:xmpp:sfs:0'><sources>"
		  "<encrypted xmlns='urn:xmpp:esfs:0'/></sources>"
		  "</file-sharing>",
		  "", "" },
		{ "<reference xmlns='urn:xmpp:reference:0' type='data'>"
		  "<media-sharing xmlns='urn:xmpp:sims:1'><sources><reference "
		  "xmlns='urn:xmpp:reference:0' type='data' "
		  "uri='https://h/dog'/></sources></media-sharing></reference>",
		  "https://h/dog", "" },
		{ "<reference xmlns='urn:xmpp:reference:0' type='data'>"
		  "<media-sharing xmlns='urn:xmpp:sims:1'><sources><reference "
		  "xmlns='urn:xmpp:reference:0' type='data' "
		  "uri='xmpp:r@h/x?jingle'/></sources></media-sharing>"
		  "</reference>",
		  "", "" },
		{ "<reference xmlns='urn:xmpp:reference:0' type='mention' "
		  "uri='xmpp:romeo@h'/>",
		  "", "" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct extras x = of(&a, cases[i].children);

		if (!str_eqz(x.url, cases[i].url) ||
		    !str_eqz(x.url_words, cases[i].words))
			fail_msg("%zu: %.*s, %.*s", i, STR_ARG(x.url),
				 STR_ARG(x.url_words));
	}
	arena_fini(&a);
}

static void states_lead_back(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_null(extras_state(&a, CHAT_NONE));
	for (enum chat_state s = CHAT_ACTIVE; s <= CHAT_GONE; s++) {
		struct xml *m = xml_element(&a, "message", NS_COMPONENT);
		struct extras x;

		xml_append(m, extras_state(&a, s));
		extras_read(&a, m, &x);
		assert_int_equal(x.state, s);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_everything),
		cmocka_unit_test(finds_files),
		cmocka_unit_test(states_lead_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
