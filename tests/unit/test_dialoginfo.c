#include "mapping/dialoginfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "presences.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct dialoginfo doc_of(struct arena *a, const char *z)
{
	const char *why = NULL;
	struct dialoginfo d;

	assert_true(dialoginfo_read(a, document_of(a, str_z(z)), &d, &why));
	return d;
}

/* "1 full sip:a@b|id state caller|..." */
static const char *dump(struct arena *a, const struct dialoginfo *d)
{
	static const char *const states[] = { "terminated", "trying", "early",
					      "confirmed" };
	const struct dialoginfo_call *c;
	struct str s =
		str_fmt(a, "%u %s %.*s", (unsigned)d->version,
			d->is_full ? "full" : "partial", STR_ARG(d->entity));

	for (c = d->calls; c != NULL; c = c->next)
		s = str_fmt(a, "%.*s|%.*s %s%s", STR_ARG(s), STR_ARG(c->id),
			    states[c->state], c->is_caller ? " caller" : "");
	return str_dupz(a, s);
}

#define NS "xmlns='urn:ietf:params:xml:ns:dialog-info'"

static const struct {
	const char *doc, *calls; /* NULL: refused */
} docs[] = {
	/* RFC 4235 §4.1, with its "notify-state", and §4.2 without entity */
	{ "<?xml version='1.0'?><dialog-info " NS " version='0' "
	  "notify-state='full' entity='sip:alice@example.com'></dialog-info>",
	  "0 full sip:alice@example.com" },
	{ "<dialog-info " NS " version='1' state='full'><dialog id='123456'>"
	  "<state>confirmed</state><duration>274</duration><local>"
	  "<identity display='Alice'>sip:alice@example.com</identity>"
	  "<target uri='sip:alice@pc33.example.com'>"
	  "<param pname='isfocus' pval='true'/></target></local><remote>"
	  "<identity display='Bob'>sip:bob@example.org</identity></remote>"
	  "</dialog></dialog-info>",
	  "1 full |123456 confirmed" },
	{ "<dialog-info " NS " version='2' state='partial' entity='sip:a@b'>"
	  "<dialog id='a' direction='initiator'><state>early</state></dialog>"
	  "<dialog id='b' direction='recipient'><state> Trying </state>"
	  "</dialog><dialog id='c'><state event='rejected' code='486'>"
	  "terminated</state></dialog></dialog-info>",
	  "2 partial sip:a@b|a early caller|b trying|c terminated" },
	/* Asterisk: a dialog although nobody calls */
	{ "<d:dialog-info xmlns:d='urn:ietf:params:xml:ns:dialog-info' "
	  "version='0' state='full' entity='sip:6001@192.0.2.1'>"
	  "<d:dialog id='6001'><d:state>terminated</d:state></d:dialog>"
	  "</d:dialog-info>",
	  "0 full sip:6001@192.0.2.1|6001 terminated" },
	/* strangers; no state at all; no namespace at all */
	{ "<dialog-info " NS " version='3'><dialog xmlns='urn:o' id='no'/>"
	  "<dialog id='x'><state xmlns='urn:o'>early</state></dialog>"
	  "<dialog id='y'><state>odd</state></dialog></dialog-info>",
	  "3 full |x terminated|y terminated" },
	{ "<dialog-info version='4'><dialog><state>early</state></dialog>"
	  "</dialog-info>",
	  "4 full | early" },
	{ "<dialog-info " NS "/>", NULL },
	{ "<dialog-info " NS " version='-1'/>", NULL },
	{ "<dialog-info " NS " version='4294967296'/>", NULL },
	{ "<dialog-info xmlns='urn:example' version='1'/>", NULL },
	{ "<presence xmlns='urn:ietf:params:xml:ns:pidf' version='1'/>", NULL },
};

static void reads(void **state)
{
	struct arena a;

	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		struct dialoginfo d = { .version = 99 };
		const char *why = NULL;
		const struct xml *doc;
		bool ok;

		arena_init(&a, PRESENCES_CHUNK_BYTES);
		doc = document_of(&a, str_z(docs[i].doc));
		ok = dialoginfo_read(&a, doc, &d, &why);
		assert_int_equal(ok, docs[i].calls != NULL);
		if (ok)
			assert_string_equal(dump(&a, &d), docs[i].calls);
		else
			assert_true(why != NULL && d.version == 99);
		arena_fini(&a);
	}
}

static const char *state_of(const struct callbook *b)
{
	static const char *const names[] = { "idle", "ringing", "busy" };

	return names[callbook_state(b)];
}

#define DOC(version, state, calls)                                             \
	"<dialog-info " NS " version='" version "' state='" state "'>" calls   \
	"</dialog-info>"
#define CALL(id, state)                                                        \
	"<dialog id='" id "' direction='recipient'><state>" state              \
	"</state></dialog>"
#define OUTGOING(id, state)                                                    \
	"<dialog id='" id "' direction='initiator'><state>" state              \
	"</state></dialog>"

/* What is heard one after the other, and what the telephone does then. */
static const struct {
	bool is_new; /* subscription */
	const char *doc;
	bool is_taken, wants_refresh;
	const char *phone;
} news[] = {
	{ true, DOC("0", "full", ""), true, false, "idle" },
	{ false, DOC("1", "partial", CALL("a", "trying")), true, false,
	  "idle" },
	{ false, DOC("2", "partial", CALL("a", "early")), true, false,
	  "ringing" },
	{ false, DOC("3", "partial", CALL("a", "confirmed")), true, false,
	  "busy" },
	/* a second one calls */
	{ false, DOC("4", "partial", CALL("b", "early")), true, false, "busy" },
	{ false, DOC("5", "partial", CALL("a", "terminated")), true, false,
	  "ringing" },
	/* late and repeated ones */
	{ false, DOC("3", "partial", CALL("a", "confirmed")), false, false,
	  "ringing" },
	{ false, DOC("5", "partial", CALL("a", "confirmed")), false, false,
	  "ringing" },
	{ false, DOC("4", "full", ""), false, false, "ringing" },
	/* one is missing */
	{ false, DOC("8", "partial", CALL("c", "confirmed")), true, true,
	  "busy" },
	{ false, DOC("12", "full", CALL("d", "early")), true, false,
	  "ringing" },
	/* always the same version, but full */
	{ false, DOC("12", "full", ""), true, false, "idle" },
	{ false, DOC("12", "full", CALL("d", "confirmed")), true, false,
	  "busy" },
	/* versions count within a subscription */
	{ true, DOC("3", "full", CALL("a", "early")), true, false, "ringing" },
	{ true, DOC("3", "partial", CALL("a", "confirmed")), true, true,
	  "busy" },
	{ true, DOC("4294967295", "full", ""), true, false, "idle" },
	{ false, DOC("0", "full", CALL("a", "early")), false, false, "idle" },
	/* he is calling */
	{ true, DOC("0", "full", OUTGOING("a", "trying")), true, false,
	  "idle" },
	{ false, DOC("1", "partial", OUTGOING("a", "early")), true, false,
	  "busy" },
	{ false, DOC("2", "partial", OUTGOING("a", "terminated")), true, false,
	  "idle" },
	/* Asterisk and FreeSWITCH: proceeding is nothing yet */
	{ true, DOC("0", "full", CALL("a", "proceeding")), true, false,
	  "idle" },
};

static void books(void **state)
{
	struct callbook b = { .count = 0 };
	struct arena a;

	(void)state;
	for (size_t i = 0; i < COUNT(news); i++) {
		struct dialoginfo d;
		bool wants_refresh;

		arena_init(&a, PRESENCES_CHUNK_BYTES);
		if (news[i].is_new)
			b = (struct callbook){ .count = 0 };
		d = doc_of(&a, news[i].doc);
		assert_int_equal(callbook_apply(&b, &d, &wants_refresh),
				 news[i].is_taken);
		assert_int_equal(wants_refresh, news[i].wants_refresh);
		assert_string_equal(state_of(&b), news[i].phone);
		arena_fini(&a);
	}
}

static void more_calls_than_rows(void **state)
{
	struct callbook b = { .count = 0 };
	struct dialoginfo_call calls[CALLBOOK_ROWS + 4] = { { .next = NULL } };
	struct dialoginfo d = { .is_full = true, .calls = calls };
	struct arena a;
	bool wants_refresh;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(calls); i++) {
		calls[i].id = str_fmt(&a, "c%u", (unsigned)i);
		calls[i].state = CALL_CONFIRMED;
		if (i > 0)
			calls[i - 1].next = &calls[i];
	}
	assert_true(callbook_apply(&b, &d, &wants_refresh));
	assert_int_equal(b.count, CALLBOOK_ROWS);
	for (size_t i = 0; i < COUNT(calls); i++)
		calls[i].state = CALL_TERMINATED;
	d.version = 1;
	d.is_full = false;
	assert_true(callbook_apply(&b, &d, &wants_refresh));
	assert_int_equal(b.count, 0);
	arena_fini(&a);
}

static void limit_of_a_document(void **state)
{
	const struct dialoginfo_call *c;
	struct dialoginfo d;
	struct strbuf b;
	struct arena a;
	unsigned count = 0;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	strbuf_init(&b, 1 << 20);
	strbuf_addlit(&b, "<dialog-info version='0'>");
	for (int i = 0; i <= DIALOGINFO_CALLS_MAX; i++)
		strbuf_addlit(&b, "<dialog id='x'/>");
	strbuf_addlit(&b, "</dialog-info>");
	d = doc_of(&a, str_dupz(&a, strbuf_str(&b)));
	for (c = d.calls; c != NULL; c = c->next)
		count++;
	assert_int_equal(count, DIALOGINFO_CALLS_MAX);
	strbuf_fini(&b);
	arena_fini(&a);
}

static void laid_over_presence(void **state)
{
	static const struct {
		enum phone_state phone;
		const char *items;
	} rows[] = {
		{ PHONE_IDLE, "a +; b xa []far; c dnd []hush; d dnd; e -" },
		{ PHONE_RINGING,
		  "a + [en]Ringing; b xa [en]Ringing; c dnd [en]Ringing; "
		  "d dnd [en]Ringing; e -" },
		{ PHONE_BUSY, "a dnd [en]On the phone; b dnd [en]On the phone; "
			      "c dnd []hush; d dnd [en]On the phone; e -" },
	};
	struct text far = { .s = STR("far") }, hush = { .s = STR("hush") };
	struct presence_item items[] = {
		{ .resource = STR("a"), .is_available = true },
		{ .resource = STR("b"),
		  .is_available = true,
		  .show = SHOW_XA,
		  .status = &far },
		{ .resource = STR("c"),
		  .is_available = true,
		  .show = SHOW_DND,
		  .status = &hush },
		{ .resource = STR("d"),
		  .is_available = true,
		  .show = SHOW_DND },
		{ .resource = STR("e") },
	};
	struct arena a;

	(void)state;
	arena_init(&a, PRESENCES_CHUNK_BYTES);
	for (size_t i = 0; i + 1 < COUNT(items); i++)
		items[i].next = &items[i + 1];
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(
			presences_dump(
				&a, dialoginfo_merge(&a, items, rows[i].phone)),
			rows[i].items);
		/* what was there is not touched */
		assert_string_equal(presences_dump(&a, items), rows[0].items);
	}
	assert_null(dialoginfo_merge(&a, NULL, PHONE_BUSY));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(books),
		cmocka_unit_test(more_calls_than_rows),
		cmocka_unit_test(limit_of_a_document),
		cmocka_unit_test(laid_over_presence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
