#include "gateway/services/profile.h"
#include "gateway/services/face.h"
#include "gateway/services/nicks.h"
#include "link_bench.h"

/* Whose card and whose picture is shown, and which items of his are. */
#define ME     "sip.test"
#define HIM    "romeo@sip.test/phone"
#define BAD    "romeo\\40@sip.test"
#define CARD   "<vCard xmlns='vcard-temp'/>"
#define PUBSUB "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
#define ITEMS(node, items)                                                     \
	PUBSUB "<items node='" node "'>" items "</items></pubsub>"
#define VCARD4	 "urn:xmpp:vcard4"
#define METADATA "urn:xmpp:avatar:metadata"
#define DATA	 "urn:xmpp:avatar:data"
/* SHA-1 of the two pictures. */
#define MY_ID  "0a95dbb9941e0ec87b74cad88b8e7ff4f45a5c4b"
#define HIS_ID "0c79dff4df0585944809ab7e5d5642e044a6dec5"
#define MINE   "R0lGOHg="
#define HIS    "R0lGOHl5"

static const struct config_about about = {
	.name = STR("Bridge"),
	.avatar = STR("GIF8x"),
	.contact_avatar = STR("GIF8yy"),
};
static const struct config_about plain = { .name = STR("Bridge") };

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	L.bridge.face = face_create(&about, 0);
	L.bridge.nicks = nicks_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	nicks_destroy(&L.bridge.nicks);
	face_destroy(&L.bridge.face);
	link_bench_close();
	return 0;
}

typedef struct xml *profile_fn(struct link *k, const struct stanza *s,
			       struct arena *a, struct fault *why);

/* The answer as text, or "STATUS condition". */
static const char *ask(profile_fn *fn, const char *to, const char *lang,
		       const char *payload)
{
	char text[4000];
	struct fault why = { .status = 0 };
	struct stanza s;
	struct xml *x;

	snprintf(text, sizeof(text),
		 "<iq xmlns='jabber:component:accept' id='q' xml:lang='%s' "
		 "from='juliet@xmpp.test/d' to='%s' type='get'>%s</iq>",
		 lang, to, payload);
	s = stanza_of(text);
	x = fn(&L.link, &s, loop_arena(L.loop), &why);
	if (x != NULL)
		xml_write(&L.out, x, STR_NONE);
	else
		strbuf_addf(&L.out, "%d %.*s", why.status,
			    STR_ARG(cond_name(why.cond)));
	return written();
}

static void nick(const char *name)
{
	const struct jid romeo = { STR("romeo"), STR("sip.test"), STR_NONE };

	nicks_note(L.bridge.nicks, &romeo, str_z(name));
}

static void test_cards(void **state)
{
	static const struct {
		profile_fn *fn;
		const char *to, *lang, *card;
	} cases[] = {
		{ profile_vcard, ME, "en",
		  "<vCard xmlns='vcard-temp'><FN>Bridge</FN>"
		  "<JABBERID>sip.test</JABBERID><DESC>Gateway to SIP: messages "
		  "and presence. Write \"help\" to this address.</DESC>"
		  "<PHOTO><TYPE>image/gif</TYPE><BINVAL>" MINE
		  "</BINVAL></PHOTO></vCard>" },
		{ profile_vcard, ME, "de-AT",
		  "<vCard xmlns='vcard-temp'><FN>Bridge</FN>"
		  "<JABBERID>sip.test</JABBERID><DESC>Gateway zu SIP: "
		  "Nachrichten und Pr\xc3\xa4senz. Schreiben Sie "
		  "\"help\" an diese Adresse.</DESC>"
		  "<PHOTO><TYPE>image/gif</TYPE><BINVAL>" MINE
		  "</BINVAL></PHOTO></vCard>" },
		{ profile_vcard, HIM, "en",
		  "<vCard xmlns='vcard-temp'><FN>Romeo M.</FN>"
		  "<NICKNAME>Romeo M.</NICKNAME>"
		  "<JABBERID>romeo@sip.test</JABBERID>"
		  "<URL>sip:romeo@sip.example</URL>"
		  "<PHOTO><TYPE>image/gif</TYPE><BINVAL>" HIS
		  "</BINVAL></PHOTO></vCard>" },
		/* His name is nobody else's. */
		{ profile_vcard, "100@sip.test", "en",
		  "<vCard xmlns='vcard-temp'><FN>100</FN><NICKNAME>100"
		  "</NICKNAME><JABBERID>100@sip.test</JABBERID>"
		  "<URL>sip:100@sip.example</URL>"
		  "<TEL><VOICE/><NUMBER>100</NUMBER></TEL>"
		  "<PHOTO><TYPE>image/gif</TYPE><BINVAL>" HIS
		  "</BINVAL></PHOTO></vCard>" },
		{ profile_vcard4, ME, "en",
		  "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>"
		  "Bridge</text></fn><impp><uri>xmpp:sip.test</uri></impp>"
		  "<note><text>Gateway to SIP: messages and presence. Write "
		  "\"help\" to this address.</text></note><photo><uri>"
		  "data:image/gif;base64," MINE "</uri></photo></vcard>" },
		{ profile_vcard4, HIM, "de",
		  "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>"
		  "Romeo M.</text></fn><nickname><text>Romeo M.</text>"
		  "</nickname><impp><uri>xmpp:romeo@sip.test</uri></impp><impp>"
		  "<uri>sip:romeo@sip.example</uri></impp><photo><uri>"
		  "data:image/gif;base64," HIS "</uri></photo></vcard>" },
	};

	(void)state;
	nick("Romeo M.");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			ask(cases[i].fn, cases[i].to, cases[i].lang, CARD),
			cases[i].card);
}

/* Who is no SIP address by this plan is nobody (XEP-0054 §3.1). */
static void test_nobody(void **state)
{
	(void)state;
	L.component.plan.contacts = CONTACT_ESCAPED;
	assert_string_equal(ask(profile_vcard, BAD, "en", CARD),
			    "404 service-unavailable");
	assert_string_equal(ask(profile_vcard4, BAD, "en", CARD),
			    "404 service-unavailable");
	assert_string_equal(ask(profile_items, BAD, "en", ITEMS(VCARD4, "")),
			    "404 item-not-found");
	assert_non_null(strstr(
		ask(profile_vcard, "romeo\\40sip.example@sip.test", "en", CARD),
		"<URL>sip:romeo@sip.example</URL>"));
}

/* What is wanted: all, or those of these ids. */
static void test_items(void **state)
{
	static const struct {
		const char *to, *payload, *words;
	} cases[] = {
		{ HIM, ITEMS(METADATA, ""),
		  "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
		  "node='" METADATA "'><item id='" HIS_ID
		  "'><metadata xmlns='" METADATA "'><info bytes='6' id='" HIS_ID
		  "' type='image/gif'"
		  "/></metadata></item></items></pubsub>" },
		{ HIM, ITEMS(DATA, ""),
		  "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items "
		  "node='" DATA "'><item id='" HIS_ID "'><data xmlns='" DATA
		  "'>" HIS "</data></item></items></pubsub>" },
		{ ME, ITEMS(METADATA, ""),
		  "<info bytes='5' id='" MY_ID "' type='image/gif'/>" },
		{ ME, ITEMS(DATA, ""), ">" MINE "</data>" },
		{ ME, ITEMS(DATA, "<item id='" MY_ID "'/>"),
		  ">" MINE "</data>" },
		{ HIM, ITEMS(DATA, "<item id='" MY_ID "'/>"),
		  "404 item-not-found" },
		{ HIM,
		  ITEMS(DATA, "<item id='" MY_ID "'/><item id='" HIS_ID "'/>"),
		  ">" HIS "</data>" },
		{ HIM, ITEMS(DATA, "<item/>"), "404 item-not-found" },
		{ HIM, ITEMS(VCARD4, "<item id='current'/>"),
		  "<item id='current'><vcard " },
		{ HIM, ITEMS(VCARD4, "<item id='x'/>"), "404 item-not-found" },
		{ HIM, ITEMS("urn:xmpp:vcard", ""), "404 item-not-found" },
		{ HIM, ITEMS("urn:xmpp:vcard44", ""), "404 item-not-found" },
		{ HIM, PUBSUB "<items/></pubsub>", "404 item-not-found" },
		{ HIM, PUBSUB "<subscriptions/></pubsub>",
		  "501 feature-not-implemented" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text =
			ask(profile_items, cases[i].to, "en", cases[i].payload);

		if (strstr(text, cases[i].words) == NULL)
			fail_msg("%s to %s: no %s in %s", cases[i].payload,
				 cases[i].to, cases[i].words, text);
	}
}

static void test_no_picture(void **state)
{
	static const char *const nodes[] = { ITEMS(METADATA, ""),
					     ITEMS(DATA, "") };

	(void)state;
	face_destroy(&L.bridge.face);
	L.bridge.face = face_create(&plain, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(ask(profile_items, ME, "en", nodes[i]),
				    "404 item-not-found");
		assert_string_equal(ask(profile_items, HIM, "en", nodes[i]),
				    "404 item-not-found");
	}
	assert_null(strstr(ask(profile_vcard, HIM, "en", CARD), "PHOTO"));
	assert_null(strstr(ask(profile_vcard4, ME, "en", CARD), "photo"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_cards),
		TEST(test_nobody),
		TEST(test_items),
		TEST(test_no_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
