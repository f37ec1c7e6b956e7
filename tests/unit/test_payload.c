#include "mapping/payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define OMEMO(ns, inside)                                                      \
	"<encrypted xmlns='" ns "'><header sid='1'/>" inside "</encrypted>"
#define STORE	 "<store xmlns='urn:xmpp:hints'/>"
#define NO_STORE "<no-store xmlns='urn:xmpp:hints'/>"
#define REQUEST	 "<request xmlns='urn:xmpp:receipts'/>"
#define MARKABLE "<markable xmlns='urn:xmpp:chat-markers:0'/>"
#define EME	 "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:x'/>"

static const struct {
	const char *children;
	const char *why; /* words of it; NULL: nothing is lost */
} rows[] = {
	{ "", NULL },
	{ " <body/><thread>t</thread><subject>s</subject>", NULL },
	{ OMEMO("urn:xmpp:omemo:2", "<payload>x</payload>"), "encrypted" },
	{ OMEMO("urn:xmpp:omemo:1", "<payload>x</payload>") STORE,
	  "encrypted" },
	{ OMEMO("eu.siacs.conversations.axolotl", "<iv/><payload>x</payload>"),
	  "encrypted" },
	/* to keep keys fresh: nobody wrote anything */
	{ OMEMO("urn:xmpp:omemo:2", "") STORE EME, NULL },
	{ OMEMO("urn:xmpp:omemo:1", "") REQUEST, NULL },
	{ OMEMO("eu.siacs.conversations.axolotl", "<iv/>") STORE, NULL },
	/* typing that is encrypted, and what must only not be kept */
	{ OMEMO("urn:xmpp:omemo:2", "<payload>x</payload>") NO_STORE, NULL },
	{ OMEMO("urn:xmpp:omemo:2", "<payload>x</payload>") NO_STORE REQUEST,
	  "encrypted" },
	{ OMEMO("urn:xmpp:omemo:2", "<payload>x</payload>") NO_STORE MARKABLE,
	  "encrypted" },
	{ "<openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>", "encrypted" },
	{ "<x xmlns='jabber:x:encrypted'>x</x>", "encrypted" },
	{ "<e2e xmlns='urn:ietf:params:xml:ns:xmpp-e2e'>x</e2e>", "encrypted" },
	{ "<x xmlns='urn:new'/>" EME, "text" },
	{ EME, NULL },
	{ "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>" STORE,
	  "calls" },
	{ "<retract xmlns='urn:xmpp:jingle-message:0' id='1'/>" STORE, NULL },
	{ "<attention xmlns='urn:xmpp:attention:0'/>", "attention" },
	/* files that have no link (with one this is not asked) */
	{ "<file-sharing xmlns='urn:xmpp:sfs:0'><sources><encrypted "
	  "xmlns='urn:xmpp:esfs:0'/></sources></file-sharing>",
	  "file" },
	{ "<reference xmlns='urn:xmpp:reference:0'>"
	  "<media-sharing xmlns='urn:xmpp:sims:1'/></reference>",
	  "file" },
	{ "<reference xmlns='urn:xmpp:reference:0' type='mention'/>", NULL },
	/* what is not known, by what it asks for */
	{ "<x xmlns='urn:new'/>", NULL },
	{ "<x xmlns='urn:new'/>" STORE, "text" },
	{ "<x xmlns='urn:new'/>" REQUEST, "text" },
	{ "<x xmlns='urn:new'/>" MARKABLE, "text" },
	{ "<x xmlns='urn:new'/>" STORE NO_STORE, NULL },
	/* notices, events and marks */
	{ STORE, NULL },
	{ NO_STORE, NULL },
	{ REQUEST MARKABLE STORE, NULL },
	{ "<composing xmlns='http://jabber.org/protocol/chatstates'/>" STORE,
	  NULL },
	{ "<received xmlns='urn:xmpp:receipts' id='1'/>" STORE, NULL },
	{ "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>" STORE, NULL },
	{ "<event xmlns='http://jabber.org/protocol/pubsub#event'/>" STORE,
	  NULL },
	{ "<result xmlns='urn:xmpp:mam:2'/>" STORE, NULL },
	{ "<sent xmlns='urn:xmpp:carbons:2'/>" STORE, NULL },
	{ "<reactions xmlns='urn:xmpp:reactions:0' id='a'/>" STORE, NULL },
	{ "<origin-id xmlns='urn:xmpp:sid:0' id='a'/>"
	  "<fallback xmlns='urn:xmpp:fallback:0'/>" REQUEST,
	  NULL },
};

static void what_is_lost(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str doc = str_fmt(&a, "<message xmlns='%s'>%s</message>",
					 NS_COMPONENT, rows[i].children);
		const struct xml *el = document_of(&a, doc);
		struct extras x;
		const char *why;

		extras_read(&a, el, &x);
		why = payload_lost(el, &x);
		if ((why == NULL) != (rows[i].why == NULL))
			fail_msg("row %zu: %s", i, why != NULL ? why : "none");
		if (why != NULL && strstr(why, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, why);
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void of_no_stanza(void **state)
{
	const struct extras x = { .wants_receipt = true };

	(void)state;
	assert_null(payload_lost(NULL, &x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_lost),
		cmocka_unit_test(of_no_stanza),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
