#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "presences.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Documents of real phones and servers, and of the RFCs. */
static const struct {
	const char *file, *items;
} wire[] = {
	/* "?": nothing is known */
	{ "baresip1-unknown", ". -" },
	{ "baresip2-unknown", ". -" },
	{ "baresip1-open", "sip +" },
	{ "baresip1-closed", "sip -" },
	/* new tuple ids each time, one resource */
	{ "linphone1-online", "sip + 102 at 1795329801" },
	{ "linphone2-online", "sip + 102 at 1795329801" },
	{ "linphone1-brb", "sip away 102 [en]brb at 1795329806" },
	{ "linphone1-away", "sip away 102 at 1795329808" },
	{ "kamailio-merged", "sip away 102 [en]brb at 1795329806" },
	/* "available" says no more than open does; no contact */
	{ "libpurple-open", "sip +" },
	{ "twinkle-open", "sip +" },
	/* the entity is the watcher: the contact is what can be relied on */
	{ "asterisk-ready", "sip-b18984d6 + 127" },
	{ "asterisk-phone", "sip-b18984d6 dnd 127 []On the phone" },
	{ "asterisk-ringing", "sip-b18984d6 + 127 []Ringing" },
	{ "asterisk-pjsip-hold", "sip-b18984d6 dnd 127 []On hold" },
	{ "asterisk-unavailable", "sip-b18984d6 -" },
	{ "eyebeam-away", "sip away" },
	{ "draft-status-rpid",
	  "sip dnd 32 [en]In a meeting idle 2004-10-27T14:49:29Z" },
	{ "kamailio-two-phones",
	  "sip -; sip-401acad9 +; "
	  "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6 + 64" },
	{ "rfc8048-19", "yn0cl4bnw0yr3vym away" },
	{ "rfc8048-20", "dr4hcr0st3lup4c -" },
	{ "rfc3922-im", "sip dnd []Wooing Juliet" },
	{ "rfc3922-zero", ". -" },
	{ "note-only", "nothing" },
	/* tel: alone is better than nothing */
	{ "rfc3863-example", "sip-63c3bb7b + 102" },
	{ "rfc3863-extended",
	  "sip-7de5ca54 dnd 102 [en]Don't Disturb Please! "
	  "[fr]Ne d\xc3\xa9rangez pas, s'il vous plait at 1004201369" },
	{ "rfc4480-person", "sip-ed59faf6 away 102 [en]Don't Disturb Please! "
			    "[fr]Ne derangez pas, s'il vous plait "
			    "idle 2005-05-30T18:20:00Z at 1130431769" },
	{ "xpidf-msn", "sip dnd 102 [en]On the phone" },
	{ "xpidf-away", "sip-2a48d3c9 away 102" },
	{ "two-persons", "sip dnd [en]On the phone" },
	{ "other-activity", "sip + [en]Gardening" },
};

static void from_the_wire(void **state)
{
	struct arena a;
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(wire); i++) {
		const char *got;

		arena_init(&a, PRESENCES_CHUNK_BYTES);
		got = presences_items_of(
			&a, presences_file(&a, "pidf", wire[i].file));
		if (strcmp(got, wire[i].items) != 0) {
			print_error("%s:\n got %s\nwant %s\n", wire[i].file,
				    got, wire[i].items);
			failed++;
		}
		arena_fini(&a);
	}
	assert_int_equal(failed, 0);
}

#define HEAD                                                                   \
	"<presence xmlns='urn:ietf:params:xml:ns:pidf' "                       \
	"xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' "                   \
	"xmlns:r='urn:ietf:params:xml:ns:pidf:rpid' entity='sip:a@b.example'>"
#define TUPLE(id, inner, tail)                                                 \
	"<tuple id='" id "'><status>" inner "</status>" tail "</tuple>"
#define OPEN	       "<basic>open</basic>"
#define CLOSED	       "<basic>closed</basic>"
#define SHOW(s)	       "<show xmlns='jabber:client'>" s "</show>"
#define PERSON(inner)  "<dm:person id='p'>" inner "</dm:person>"
#define ACTIVITY(name) "<r:activities><r:" name "/></r:activities>"
#define CONTACT(uri)   "<contact>" uri "</contact>"
#define AT(second)     "<timestamp>2015-01-01T00:00:0" second "Z</timestamp>"
#define TAIL	       "</presence>"

static const struct {
	const char *why, *doc, *items;
} cases[] = {
	/* show */
	{ "show comes before activities",
	  HEAD TUPLE("a", OPEN SHOW("xa"), "") PERSON(ACTIVITY("busy")) TAIL,
	  "sip xa" },
	{ "one of XMPP without a show has none where another has one",
	  HEAD TUPLE("ID-a", OPEN SHOW("dnd"), "") TUPLE("ID-b", OPEN, "")
		  PERSON(ACTIVITY("busy")) TAIL,
	  "a dnd; b +" },
	{ "but a telephone among them takes the person's",
	  HEAD TUPLE("ID-a", OPEN SHOW("dnd"), "") TUPLE("x", OPEN, "")
		  PERSON(ACTIVITY("busy")) TAIL,
	  "a dnd; sip dnd" },
	{ "a gateway that sends activities only",
	  HEAD TUPLE("ID-a", OPEN, "") PERSON(ACTIVITY("away")) TAIL,
	  "a away" },
	{ "show outside of status (RFC 4479 §3.7)",
	  HEAD TUPLE("ID-a", OPEN, SHOW("chat")) TAIL, "a chat" },
	{ "a show that is none", HEAD TUPLE("ID-a", OPEN SHOW("gone"), "") TAIL,
	  "a +" },
	{ "activities of the tuple before the person's",
	  HEAD TUPLE("x", OPEN, ACTIVITY("vacation")) PERSON(ACTIVITY("busy"))
		  TAIL,
	  "sip xa [en]On vacation" },
	/* basic */
	{ "closed, whatever else it says",
	  HEAD TUPLE("x", CLOSED, "<note>gone</note>") PERSON(ACTIVITY("busy"))
		  TAIL,
	  "sip - []gone" },
	{ "closed and a show", HEAD TUPLE("ID-x", CLOSED SHOW("dnd"), "") TAIL,
	  "x -" },
	{ "no basic, but a show", HEAD TUPLE("ID-x", SHOW("dnd"), "") TAIL,
	  "x dnd" },
	{ "no basic, but an activity",
	  HEAD TUPLE("x", "", "") PERSON(ACTIVITY("busy")) TAIL, "sip dnd" },
	{ "no basic beside one that is open",
	  HEAD TUPLE("x", "", "") TUPLE("y", OPEN, "") TAIL, "sip +" },
	{ "no tuple, but a person", HEAD PERSON(ACTIVITY("busy")) TAIL, ". -" },
	{ "no tuple, but a person's note",
	  HEAD PERSON("<dm:note>hm</dm:note>") TAIL, "nothing" },
	/* notes */
	{ "the person's note, when the tuple has none",
	  HEAD TUPLE("x", OPEN, "") PERSON("<dm:note>hm</dm:note>") TAIL,
	  "sip + []hm" },
	{ "a note within the activities",
	  HEAD TUPLE("x", OPEN, "")
		  PERSON("<r:activities><r:note>far</r:note><r:away/>"
			 "</r:activities>") TAIL,
	  "sip away []far" },
	{ "the document's note after the person's",
	  HEAD TUPLE("x", OPEN, "") "<note>doc</note>" PERSON(
		  "<dm:note>hm</dm:note>") TAIL,
	  "sip + []hm" },
	{ "a device's note at last",
	  HEAD TUPLE("x", OPEN, "") "<dm:device id='d'><dm:note>PC</dm:note>"
				    "</dm:device>" TAIL,
	  "sip + []PC" },
	{ "languages, each once, inherited",
	  "<presence xmlns='urn:ietf:params:xml:ns:pidf' xml:lang='de'>" TUPLE(
		  "x", OPEN,
		  "<note>eins</note><note xml:lang='en'>one</note>"
		  "<note xml:lang='DE'>zwei</note><note> </note>") TAIL,
	  "sip + [de]eins [en]one" },
	{ "a language that is none",
	  HEAD TUPLE("x", OPEN, "<note xml:lang='a b'>one</note>") TAIL,
	  "sip + []one" },
	{ "a state is no status",
	  HEAD TUPLE("x", OPEN, "<note>Online</note>") TAIL, "sip +" },
	{ "a note for a show",
	  HEAD TUPLE("x", OPEN,
		     "<note>Be Right Back"
		     "</note>") TAIL,
	  "sip away []Be Right Back" },
	{ "but activities come first",
	  HEAD TUPLE("x", OPEN, "<note>Away</note>") PERSON(ACTIVITY("busy"))
		  TAIL,
	  "sip dnd []Away" },
	{ "what XMPP says is meant as it is",
	  HEAD TUPLE("ID-x", OPEN, "<note>online</note>")
		  TUPLE("ID-y", OPEN, "<note>busy</note>") TAIL,
	  "x + []online; y + []busy" },
	/* resources */
	{ "an id that is not ours to read",
	  HEAD TUPLE("ID-a_x5F_x", OPEN, "") TUPLE("ID-_xZZ_", OPEN, "")
		  TUPLE("ID-", OPEN, "") TAIL,
	  "a_x +; _xZZ_ +; . +" },
	{ "contacts tell telephones apart, not ids",
	  HEAD TUPLE("x1", OPEN, CONTACT("sip:a@b.example"))
		  TUPLE("x2", OPEN, CONTACT("sip:A@B.example:5060;x=y"))
			  TUPLE("x3", OPEN, CONTACT("sip:a@192.0.2.1")) TAIL,
	  "sip +; sip-bd48a51d +" },
	{ "the same the other way round",
	  HEAD TUPLE("y3", OPEN, CONTACT("sip:a@192.0.2.1:5060"))
		  TUPLE("y1", OPEN, "") TAIL,
	  "sip-bd48a51d +; sip +" },
	{ "a gr that no JID can hold",
	  HEAD TUPLE("x1", OPEN, CONTACT("sip:a@b.example;gr=%00")) TAIL,
	  "sip-28501c02 +" },
	{ "an id that no JID can hold", HEAD TUPLE("ID-_xAD_", OPEN, "") TAIL,
	  "sip +" },
	{ "no message reaches a mailbox",
	  HEAD TUPLE("x1", OPEN, CONTACT("mailto:a@b.example"))
		  TUPLE("x2", CLOSED, CONTACT("sip:a@b.example")) TAIL,
	  "sip -" },
	/* merging */
	{ "one of two is open",
	  HEAD TUPLE("x1", CLOSED, AT("5")) TUPLE("x2", OPEN, AT("1")) TAIL,
	  "sip + at 1420070401" },
	{ "and the other way round",
	  HEAD TUPLE("x2", OPEN, AT("1")) TUPLE("x1", CLOSED, AT("5")) TAIL,
	  "sip + at 1420070401" },
	{ "both closed",
	  HEAD TUPLE("x2", CLOSED, AT("1"))
		  TUPLE("x1", CLOSED, "<note>bye</note>" AT("5")) TAIL,
	  "sip - []bye at 1420070405" },
	{ "the newer words win",
	  HEAD TUPLE("x1", OPEN, "<note>new</note>" AT("5"))
		  TUPLE("x2", OPEN, "<note>old</note>" AT("1")) TAIL,
	  "sip + []new at 1420070405" },
	{ "in any order",
	  HEAD TUPLE("x1", OPEN, "<note>old</note>" AT("1"))
		  TUPLE("x2", OPEN, "<note>new</note>" AT("5")) TAIL,
	  "sip + []new at 1420070405" },
	{ "the higher priority",
	  HEAD TUPLE("x1", OPEN,
		     "<contact priority='0.2'>sip:a@b.example"
		     "</contact>") TUPLE("x2", OPEN,
					 "<contact priority='1'>sip:a@b.example"
					 "</contact>") TAIL,
	  "sip + 127" },
	/* idle */
	{ "idle, in a zone of its own",
	  HEAD TUPLE("x", OPEN,
		     "<r:user-input last-input='2015-01-01T02:00:00+02:00'>"
		     "idle</r:user-input>") TAIL,
	  "sip + idle 2015-01-01T00:00:00Z" },
	{ "idle, nobody knows since when",
	  HEAD TUPLE("x", OPEN, "<r:user-input>idle</r:user-input>") TAIL,
	  "sip +" },
	{ "active",
	  HEAD TUPLE("x", OPEN,
		     "<r:user-input last-input='2015-01-01T02:00:00Z'>active"
		     "</r:user-input>") TAIL,
	  "sip +" },
	{ "the person is idle",
	  HEAD TUPLE("x", OPEN, "")
		  PERSON("<r:user-input last-input='2015-01-01T00:00:00Z'>idle"
			 "</r:user-input>") TAIL,
	  "sip + idle 2015-01-01T00:00:00Z" },
	{ "who is not there is not idle",
	  HEAD TUPLE("x", CLOSED, "")
		  PERSON("<r:user-input last-input='2015-01-01T00:00:00Z'>idle"
			 "</r:user-input>") TAIL,
	  "sip -" },
	/* times */
	{ "a timestamp that is none",
	  HEAD TUPLE("x", OPEN, "<timestamp>yesterday</timestamp>") TAIL,
	  "sip +" },
};

static void case_by_case(void **state)
{
	struct arena a;
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got;

		arena_init(&a, PRESENCES_CHUNK_BYTES);
		got = presences_items_of(&a, str_z(cases[i].doc));
		if (strcmp(got, cases[i].items) != 0) {
			print_error("%s:\n got %s\nwant %s\n", cases[i].why,
				    got, cases[i].items);
			failed++;
		}
		arena_fini(&a);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_wire),
		cmocka_unit_test(case_by_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
