#include "gateway/services/services.h"
#include "gateway/admin/adhoc.h"
#include "gateway/admin/chat.h"
#include "gateway/messages/skills.h"
#include "gateway/services/face.h"
#include "gateway/services/nicks.h"
#include "gateway/services/privilege.h"
#include "gateway/store/store.h"
#include "link_bench.h"

#define JULIET	     "juliet@xmpp.test/d"
#define GATE	     "sip.test"
#define HIM	     "romeo@sip.test"
#define PUBSUB(node) "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" node
#define ITEMS(node)  PUBSUB("<items node='" node "'/></pubsub>")

static const struct config_about about = { .name = STR("Bridge"),
					   .contact_avatar = STR("GIF89a") };

static int set_up(void **state)
{
	const struct store_options memory = { .backend = STORE_MEMORY,
					      .node = STR("test") };
	const char *why = "";

	(void)state;
	link_bench_open();
	L.bridge.store = store_open(L.loop, &memory, &why);
	assert_non_null(L.bridge.store);
	L.bridge.skills = skills_create(&L.bridge, &why);
	L.bridge.face = face_create(&about, 0);
	L.bridge.nicks = nicks_create();
	L.bridge.adhoc = adhoc_create(1000);
	L.bridge.chat = chat_create();
	L.link.privilege = privilege_create(&L.link);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	privilege_destroy(&L.link.privilege);
	chat_destroy(&L.bridge.chat);
	adhoc_destroy(&L.bridge.adhoc);
	nicks_destroy(&L.bridge.nicks);
	face_destroy(&L.bridge.face);
	skills_destroy(&L.bridge.skills);
	store_close(&L.bridge.store);
	link_bench_close();
	return 0;
}

static const char *ask(const char *from, const char *to, const char *type,
		       const char *payload)
{
	char text[4000];
	struct stanza s;

	snprintf(text, sizeof(text),
		 "<iq xmlns='jabber:component:accept' id='q1' from='%s' "
		 "to='%s' type='%s'>%s</iq>",
		 from, to, type, payload);
	s = stanza_of(text);
	services_iq(&L.link, &s, loop_arena(L.loop));
	return written();
}

/* Whom what is for, and the words of its one answer. */
static void test_answers(void **state)
{
	static const struct {
		const char *to, *type, *payload, *words;
	} cases[] = {
		{ GATE, "get", "<query xmlns='jabber:iq:gateway'/>",
		  "<prompt>SIP address or number</prompt>" },
		{ GATE, "get", "<query xmlns='jabber:iq:gateway'/>",
		  "<query xmlns='jabber:iq:gateway' xml:lang='en'><desc>" },
		{ GATE, "get",
		  "<query xmlns='jabber:iq:gateway' xml:lang='de-AT'/>",
		  "<query xmlns='jabber:iq:gateway' xml:lang='de'><desc>" },
		{ GATE, "set",
		  "<query xmlns='jabber:iq:gateway'><prompt>+49 30 1</prompt>"
		  "</query>",
		  "<jid>+49301@sip.test</jid>" },
		{ GATE, "set", "<query xmlns='jabber:iq:gateway'/>",
		  "<bad-request " },
		{ HIM, "get", "<query xmlns='jabber:iq:gateway'/>",
		  "<service-unavailable " },
		{ "sip.test/x", "get", "<query xmlns='jabber:iq:gateway'/>",
		  "<service-unavailable " },
		{ GATE, "get", "<query xmlns='jabber:iq:search'/>",
		  "<instructions>" },
		{ HIM, "get", "<query xmlns='jabber:iq:search'/>",
		  "<service-unavailable " },
		{ GATE, "get", "<vCard xmlns='vcard-temp'/>",
		  "<FN>Bridge</FN>" },
		{ HIM, "get", "<vCard xmlns='vcard-temp'/>",
		  "<URL>sip:romeo@sip.example</URL>" },
		{ HIM "/phone", "get", "<vCard xmlns='vcard-temp'/>",
		  "<BINVAL>R0lGODlh</BINVAL>" },
		{ HIM, "set", "<vCard xmlns='vcard-temp'/>", "<forbidden " },
		{ HIM, "get",
		  "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>",
		  "<uri>sip:romeo@sip.example</uri>" },
		{ HIM, "get", ITEMS("urn:xmpp:vcard4"),
		  "<item id='current'><vcard " },
		{ HIM, "get", ITEMS("urn:xmpp:avatar:metadata"),
		  "bytes='6' id='25c9b37ae36a0a08318d4dca7ca57ea98d776821'" },
		{ HIM, "get", ITEMS("urn:xmpp:avatar:data"), ">R0lGODlh<" },
		/* The gateway has no picture here. */
		{ GATE, "get", ITEMS("urn:xmpp:avatar:data"),
		  "<item-not-found " },
		{ HIM, "get", ITEMS("urn:odd"), "<item-not-found " },
		{ HIM, "get", ITEMS(""), "<item-not-found " },
		{ HIM, "get", PUBSUB("<affiliations/></pubsub>"),
		  "<feature-not-implemented " },
		{ HIM, "set", ITEMS("urn:xmpp:vcard4"),
		  "<service-unavailable " },
		{ GATE, "get", "<ping xmlns='urn:xmpp:ping'/>",
		  "type='result'" },
		{ GATE, "set",
		  "<query xmlns='jabber:iq:roster'><item jid='a@b'/></query>",
		  "<service-unavailable " },
		{ GATE, "get", "<x xmlns='urn:odd'/>",
		  "<service-unavailable " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = ask(JULIET, cases[i].to, cases[i].type,
				       cases[i].payload);
		const char *second = strstr(text, "<iq ");

		if (strstr(text, cases[i].words) == NULL)
			fail_msg("%s to %s: no %s in %s", cases[i].payload,
				 cases[i].to, cases[i].words, text);
		assert_non_null(second);
		assert_null(strstr(second + 1, "<iq "));
		assert_non_null(strstr(text, "id='q1'"));
	}
}

/* Those of other domains learn nothing. */
static void test_strangers(void **state)
{
	static const char *const payloads[] = {
		"<query xmlns='jabber:iq:gateway'/>",
		"<query xmlns='jabber:iq:search'/>",
		"<vCard xmlns='vcard-temp'/>",
		"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>",
		ITEMS("urn:xmpp:vcard4"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		assert_non_null(
			strstr(ask("eve@evil.test/x", GATE, "get", payloads[i]),
			       "<forbidden "));
}

/* A search goes through all aliases: nobody may ask for it without end. */
static void test_searches(void **state)
{
	enum { TIMES = 60, BURST = 20, SLACK = 5 };
	static const char search[] = "<query xmlns='jabber:iq:search'>"
				     "<nick>romeo</nick></query>";
	int answered = 0, i;

	(void)state;
	for (i = 0; i < TIMES; i++) {
		const char *answer = ask(JULIET, GATE, "set", search);

		if (strstr(answer, "type='result'") != NULL)
			answered++;
		else
			assert_non_null(
				strstr(answer, "<resource-constraint "));
	}
	assert_in_range(answered, BURST, BURST + SLACK);
	assert_non_null(strstr(ask("nurse@xmpp.test/d", GATE, "set", search),
			       "type='result'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_strangers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_searches, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
