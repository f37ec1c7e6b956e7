#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "xmpp/caps.h"
#include "xmpp/disco.h"
#include "xmpp/stream.h"

static const struct disco_facts facts = {
	.name = STR("SIP & SIMPLE"),
	.version = STR("0.1.0"),
	.wall_s = 1166549278, /* 2006-12-19T17:27:58Z */
	.uptime_s = 3661,
	.is_served = true,
};

static const struct stream_limits limits = { .stanza_max_bytes = 65536,
					     .depth_max = 32,
					     .attrs_max = 64 };

/* The answer to a request of this type, to and payload, as a tree. */
static struct xml *ask_of(struct arena *a, const char *type, const char *to,
			  const char *payload, const struct disco_facts *known)
{
	struct strbuf b;
	struct str doc, text;
	struct stanza s;
	struct fault f;
	const char *why = NULL;
	bool is_reply_wanted;
	struct xml *el;

	doc = str_fmt(a,
		      "<iq xmlns='jabber:component:accept' type='%s' id='q1' "
		      "from='romeo@example.net/r' to='%s'>%s</iq>",
		      type, to, payload);
	el = stream_document(a, doc, &limits, &why);
	if (el == NULL)
		fail_msg("%s: %s", doc.p, why);
	assert_true(stanza_read(a, el, &s, &f, &is_reply_wanted));
	strbuf_init(&b, 65536);
	disco_answer(a, &b, &s, known);
	assert_false(b.overflow);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	el = stream_document(a, text, &limits, &why);
	if (el == NULL)
		fail_msg("%.*s: %s", STR_ARG(text), why);
	assert_true(str_eqz(el->name, "iq"));
	assert_true(str_eqz(xml_attr(el, "to"), "romeo@example.net/r"));
	assert_true(str_eqz(xml_attr(el, "from"), to));
	assert_true(str_eqz(xml_attr(el, "id"), "q1"));
	return el;
}

static struct xml *ask(struct arena *a, const char *type, const char *to,
		       const char *payload)
{
	return ask_of(a, type, to, payload, &facts);
}

/* A result's payload is described as its first child's name, or "-"; an
 * error by its condition. */
static void test_answers(void **state)
{
	static const struct {
		const char *type, *to, *payload, *expected;
	} cases[] = {
#define GATEWAY "sip.example.com"
#define ACCOUNT "juliet@sip.example.com"
#define PHONE	"juliet@sip.example.com/gruu"
#define INFO	"<query xmlns='http://jabber.org/protocol/disco#info'"
#define ITEMS	"<query xmlns='http://jabber.org/protocol/disco#items'"
		{ "get", GATEWAY, INFO "/>", "query" },
		{ "get", ACCOUNT, INFO "/>", "query" },
		{ "get", PHONE, INFO "/>", "query" },
		{ "get", GATEWAY, INFO " node=''/>", "query" },
		{ "get", GATEWAY, INFO " node='x'/>", "item-not-found" },
		{ "get", ACCOUNT, INFO " node='x'/>", "item-not-found" },
		{ "set", GATEWAY, INFO "/>", "service-unavailable" },
		{ "get", GATEWAY, ITEMS "/>", "query" },
		{ "get", GATEWAY, ITEMS " node='x'/>", "item-not-found" },
		/* None: an empty answer, no error (XEP-0030 §4.1). */
		{ "get", ACCOUNT, ITEMS "/>", "query" },
		{ "get", PHONE, ITEMS "/>", "query" },
		{ "get", PHONE, ITEMS " node='x'/>", "item-not-found" },
		{ "get", GATEWAY, "<ping xmlns='urn:xmpp:ping'/>", "-" },
		{ "get", ACCOUNT, "<ping xmlns='urn:xmpp:ping'/>", "-" },
		{ "get", PHONE, "<ping xmlns='urn:xmpp:ping'/>", "-" },
		{ "set", PHONE, "<ping xmlns='urn:xmpp:ping'/>",
		  "service-unavailable" },
		{ "get", GATEWAY, "<query xmlns='jabber:iq:version'/>",
		  "query" },
		{ "get", ACCOUNT, "<query xmlns='jabber:iq:version'/>",
		  "service-unavailable" },
		{ "get", GATEWAY, "<time xmlns='urn:xmpp:time'/>", "time" },
		{ "get", GATEWAY, "<query xmlns='urn:xmpp:time'/>",
		  "service-unavailable" },
		{ "get", GATEWAY, "<query xmlns='jabber:iq:last'/>", "query" },
		{ "get", GATEWAY "/res", INFO "/>", "service-unavailable" },
		{ "get", GATEWAY, "<query xmlns='jabber:iq:roster'/>",
		  "service-unavailable" },
		{ "set", GATEWAY, "<x xmlns='urn:example:x'/>",
		  "service-unavailable" },
		{ "get", ACCOUNT, "<vCard xmlns='vcard-temp'/>",
		  "service-unavailable" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 16384);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xml *iq =
			ask(&a, cases[i].type, cases[i].to, cases[i].payload);
		const struct xml *error = xml_child(iq, "error", NULL);
		const struct xml *child =
			xml_child(error ? error : iq, NULL, NULL);
		struct str got = child ? child->name : STR_LIT("-");

		assert_true(str_eqz(xml_attr(iq, "type"),
				    error ? "error" : "result"));
		if (!str_eqz(got, cases[i].expected))
			fail_msg("%s %s %s: %.*s", cases[i].type, cases[i].to,
				 cases[i].payload, STR_ARG(got));
		arena_reset(&a);
	}
	arena_fini(&a);
}

/* Category, type and name of the one identity, then the features. */
static void test_info(void **state)
{
	static const struct {
		const char *to, *expected;
	} cases[] = {
		{ GATEWAY, "gateway/simple/SIP & SIMPLE "
			   "http://jabber.org/protocol/disco#info "
			   "http://jabber.org/protocol/disco#items "
			   "http://jabber.org/protocol/caps "
		  "http://jabber.org/protocol/commands jid\\20escaping "
			   "jabber:iq:gateway jabber:iq:last jabber:iq:search "
			   "urn:xmpp:ping urn:xmpp:time jabber:iq:version "
			   "urn:ietf:params:xml:ns:vcard-4.0 vcard-temp" },
		{ ACCOUNT, "account/registered/SIP "
			   "http://jabber.org/protocol/disco#info "
			   "http://jabber.org/protocol/caps "
			   "jabber:iq:last urn:xmpp:ping "
			   "urn:ietf:params:xml:ns:vcard-4.0 vcard-temp" },
		{ PHONE, "client/phone/SIP "
			 "http://jabber.org/protocol/disco#info "
			 "http://jabber.org/protocol/caps "
			 "jabber:iq:last urn:xmpp:ping "
			 "urn:ietf:params:xml:ns:vcard-4.0 vcard-temp "
			 "http://jabber.org/protocol/activity+notify "
			 "http://jabber.org/protocol/mood+notify" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 16384);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xml *iq = ask(&a, "get", cases[i].to, INFO "/>");
		const struct xml *x = xml_child(iq->child, "identity", NULL);
		struct strbuf b;

		strbuf_init(&b, 1000);
		strbuf_addf(&b, "%.*s/%.*s/%.*s",
			    STR_ARG(xml_attr(x, "category")),
			    STR_ARG(xml_attr(x, "type")),
			    STR_ARG(xml_attr(x, "name")));
		assert_null(xml_next(x, "identity", NULL));
		while ((x = xml_next(x, "feature", NULL)) != NULL)
			strbuf_addf(&b, " %.*s", STR_ARG(xml_attr(x, "var")));
		strbuf_addc(&b, '\0');
		assert_string_equal(b.p, cases[i].expected);
		strbuf_fini(&b);
	}
	arena_fini(&a);
}

/* What <c/> says leads to an answer that has its hash, for the gateway with
 * its addresses and for a contact, bare or not; any other node is unknown. */
static void test_caps(void **state)
{
	static const struct str uris[] = { STR("mailto:a@example.com"),
					   STR("xmpp:a@example.com") };
	static const struct {
		enum disco_who who;
		const char *to;
	} cases[] = { { DISCO_GATEWAY, GATEWAY },
		      { DISCO_CONTACT, ACCOUNT },
		      { DISCO_CONTACT, PHONE } };
	struct disco_facts more = facts;
	struct arena a;

	(void)state;
	more.addresses[DISCO_ADMIN] = (struct disco_uris){ uris, 2 };
	arena_init(&a, 16384);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct xml *c = disco_caps(&a, cases[i].who, &more);
		struct str ver = xml_attr(c, "ver");
		struct str node =
			str_fmt(&a, INFO " node='%.*s#%.*s'/>",
				STR_ARG(xml_attr(c, "node")), STR_ARG(ver));
		const struct xml *query = ask_of(&a, "get", cases[i].to,
						 str_dupz(&a, node), &more)
						  ->child;

		assert_true(str_eqz(xml_attr(c, "hash"), "sha-1"));
		assert_true(str_eqz(query->name, "query"));
		assert_true(str_eq(caps_ver(&a, query), ver));
		assert_int_equal(xml_child(query, "x", NULL) != NULL,
				 cases[i].who == DISCO_GATEWAY);
	}
	arena_fini(&a);
}

/* Nobody else learns anything of a SIP user. */
static void test_strangers(void **state)
{
	struct disco_facts unserved = facts;
	struct arena a;

	(void)state;
	unserved.is_served = false;
	arena_init(&a, 16384);
	assert_non_null(
		xml_child(ask_of(&a, "get", ACCOUNT, INFO "/>", &unserved),
			  "error", NULL));
	assert_null(xml_child(ask_of(&a, "get", GATEWAY, INFO "/>", &unserved),
			      "error", NULL));
	arena_fini(&a);
}

static void test_values(void **state)
{
	struct arena a;
	const struct xml *x;

	(void)state;
	arena_init(&a, 16384);
	x = ask(&a, "get", GATEWAY, "<query xmlns='jabber:iq:version'/>")
		    ->child;
	assert_true(str_eqz(xml_text(&a, xml_child(x, "name", NULL)), "Stox"));
	assert_true(
		str_eqz(xml_text(&a, xml_child(x, "version", NULL)), "0.1.0"));
	assert_null(xml_child(x, "os", NULL));
	x = ask(&a, "get", GATEWAY, "<time xmlns='urn:xmpp:time'/>")->child;
	assert_true(str_eqz(xml_text(&a, xml_child(x, "utc", NULL)),
			    "2006-12-19T17:27:58Z"));
	assert_true(str_eqz(xml_text(&a, xml_child(x, "tzo", NULL)), "+00:00"));
	x = ask(&a, "get", GATEWAY, "<query xmlns='jabber:iq:last'/>")->child;
	assert_true(str_eqz(xml_attr(x, "seconds"), "3661"));
	x = ask(&a, "get", GATEWAY, ITEMS "/>")->child;
	assert_null(x->child);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
