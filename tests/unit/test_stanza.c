#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "literal.h"
#include "xmpp/stanza.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define FT	     " from='a@x/r' to='b@y'"
#define ERR	     "xmlns='" NS_STANZA_ERRORS "'"

enum { LIMIT = 4096, CHUNK = 8192 };

static void assert_str(struct str got, const char *want)
{
	if (!str_eqz(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

/* Everything that was read, as one line: compact enough for a table. */
static void put_list(struct strbuf *b, const char *name, const struct text *t)
{
	for (; t != NULL; t = t->next)
		strbuf_addf(b, " %s[%.*s]=%.*s", name, STR_ARG(t->lang),
			    STR_ARG(t->s));
}

static void put_field(struct strbuf *b, const char *name, struct str s)
{
	if (s.p != NULL)
		strbuf_addf(b, " %s=%.*s", name, STR_ARG(s));
}

static void put_union(struct strbuf *b, const struct stanza *s)
{
	switch (s->kind) {
	case STANZA_MESSAGE:
		strbuf_addf(b, "message %.*s",
			    STR_ARG(message_type_name(s->u.message.type)));
		put_list(b, "subject", s->u.message.subject);
		put_list(b, "body", s->u.message.body);
		put_field(b, "thread", s->u.message.thread);
		put_field(b, "parent", s->u.message.parent_thread);
		put_field(b, "stamp", s->u.message.delay_stamp);
		break;
	case STANZA_PRESENCE:
		strbuf_addf(b, "presence %.*s",
			    STR_ARG(presence_type_name(s->u.presence.type)));
		put_field(b, "show", presence_show_name(s->u.presence.show));
		put_list(b, "status", s->u.presence.status);
		strbuf_addf(b, " %d", s->u.presence.priority);
		break;
	case STANZA_IQ:
		strbuf_addf(b, "iq %d", (int)s->u.iq.type);
		put_field(b, "payload",
			  s->u.iq.payload ? s->u.iq.payload->name : STR_NONE);
		break;
	}
}

static void put_stanza(struct strbuf *b, const struct stanza *s)
{
	put_union(b, s);
	strbuf_addlit(b, " | ");
	jid_write(b, &s->from);
	strbuf_addlit(b, " ");
	jid_write(b, &s->to);
	put_field(b, "id", s->id);
	put_field(b, "lang", s->lang);
	if (s->error.cond == COND_NONE)
		return;
	strbuf_addf(b, " | %.*s %.*s", STR_ARG(error_type_name(s->error.type)),
		    STR_ARG(cond_name(s->error.cond)));
	put_field(b, "text", s->error.text);
	put_field(b, "uri", s->error.uri);
}

static const struct {
	const char *in, *want;
} good_cases[] = {
	/* messages */
	{ "<message" FT "/>", "message normal | a@x/r b@y" },
	{ "<message" FT " type='chat' id='i1' xml:lang='de'>"
	  "<body>hallo</body></message>",
	  "message chat body[]=hallo | a@x/r b@y id=i1 lang=de" },
	{ "<message xmlns='jabber:client'" FT " type='chat'>"
	  "<body>one namespace</body></message>",
	  "message chat body[]=one namespace | a@x/r b@y" },
	{ "<message" FT " type='rumour'/>", "message normal | a@x/r b@y" },
	{ "<message" FT " type=''/>", "message normal | a@x/r b@y" },
	{ "<message" FT " type='headline'/>", "message headline | a@x/r b@y" },
	{ "<message" FT " type='groupchat'/>",
	  "message groupchat | a@x/r b@y" },
	{ "<message" FT ">"
	  "<subject>s</subject>"
	  "<subject xml:lang='cs'>t</subject><body>1</body>"
	  "<body xml:lang='cs'>2</body><body xml:lang='de'>3</body></message>",
	  "message normal subject[]=s subject[cs]=t body[]=1 body[cs]=2 "
	  "body[de]=3 | a@x/r b@y" },
	{ "<message" FT "><body/></message>",
	  "message normal body[]= | a@x/r b@y" },
	{ "<message" FT "><body>a<b>not this</b>b</body></message>",
	  "message normal body[]=ab | a@x/r b@y" },
	{ "<message" FT "><body xmlns='" NS_XHTML_IM "'>no</body></message>",
	  "message normal | a@x/r b@y" },
	{ "<message" FT "><thread parent='p'>t1</thread><delay xmlns='" NS_DELAY
	  "' from='x' stamp='2002-09-10T23:08:25Z'/></message>",
	  "message normal thread=t1 parent=p stamp=2002-09-10T23:08:25Z"
	  " | a@x/r b@y" },
	/* presence */
	{ "<presence" FT "/>", "presence  0 | a@x/r b@y" },
	{ "<presence" FT " type='unavailable'><status>bye</status></presence>",
	  "presence unavailable status[]=bye 0 | a@x/r b@y" },
	{ "<presence" FT " type='probe'/>", "presence probe 0 | a@x/r b@y" },
	{ "<presence" FT " type='subscribe'/>",
	  "presence subscribe 0 | a@x/r b@y" },
	{ "<presence" FT " type='unsubscribed' id='u'/>",
	  "presence unsubscribed 0 | a@x/r b@y id=u" },
	{ "<presence" FT "><show>dnd</show><status xml:lang='en'>x</status>"
	  "<priority>-128</priority></presence>",
	  "presence  show=dnd status[en]=x -128 | a@x/r b@y" },
	{ "<presence" FT "><show> xa\n</show><priority> 127 </priority>"
	  "</presence>",
	  "presence  show=xa 127 | a@x/r b@y" },
	{ "<presence" FT "><show>busy</show><priority>128</priority>"
	  "</presence>",
	  "presence  0 | a@x/r b@y" },
	{ "<presence" FT "><show/><priority>-129</priority></presence>",
	  "presence  0 | a@x/r b@y" },
	{ "<presence" FT "><priority>high</priority></presence>",
	  "presence  0 | a@x/r b@y" },
	{ "<presence" FT "><priority>+5</priority></presence>",
	  "presence  5 | a@x/r b@y" },
	/* iqs */
	{ "<iq" FT " type='get' id='1'><ping xmlns='" NS_PING "'/></iq>",
	  "iq 0 payload=ping | a@x/r b@y id=1" },
	{ "<iq" FT " type='set' id=''><query xmlns='u'/></iq>",
	  "iq 1 payload=query | a@x/r b@y id=" },
	{ "<iq" FT " type='result' id='1'/>", "iq 2 | a@x/r b@y id=1" },
	{ "<iq" FT " type='error' id='1'><ping xmlns='" NS_PING "'/>"
	  "<error type='cancel'><service-unavailable " ERR "/></error></iq>",
	  "iq 3 payload=ping | a@x/r b@y id=1 | cancel service-unavailable" },
	{ "<iq" FT " type='error' id='1'><error type='wait'><conflict " ERR
	  "/></error></iq>",
	  "iq 3 | a@x/r b@y id=1 | wait conflict" },
	/* errors */
	{ "<message" FT " type='error' id='m'><error type='wait'>"
	  "<text " ERR " xml:lang='en'>later</text>"
	  "<resource-constraint " ERR "/></error></message>",
	  "message error | a@x/r b@y id=m | wait resource-constraint"
	  " text=later" },
	{ "<message" FT " type='error'/>",
	  "message error | a@x/r b@y | cancel undefined-condition" },
	{ "<message" FT " type='error'><error><item-not-found " ERR
	  "/></error></message>",
	  "message error | a@x/r b@y | cancel item-not-found" },
	{ "<message" FT " type='error'><error type='auth'><new-one " ERR
	  "/></error></message>",
	  "message error | a@x/r b@y | auth undefined-condition" },
	{ "<presence" FT " type='error'><error type='cancel'><gone " ERR
	  "> xmpp:c@z </gone></error></presence>",
	  "presence error 0 | a@x/r b@y | cancel gone uri=xmpp:c@z" },
	{ "<presence" FT " type='error'><error type='modify'><redirect " ERR
	  ">sip:c@z</redirect></error></presence>",
	  "presence error 0 | a@x/r b@y | modify redirect uri=sip:c@z" },
	/* addresses are prepared */
	{ "<message from='A@X' to='B@Y/Z'/>", "message normal | a@x b@y/Z" },
	{ "<message from='x' to='y'/>", "message normal | x y" },
};

static void test_read(void **state)
{
	struct arena a;
	struct strbuf b;
	struct stanza s;
	struct fault why;
	bool wants;
	size_t i;

	(void)state;
	arena_init(&a, CHUNK);
	strbuf_init(&b, LIMIT);
	for (i = 0; i < COUNT(good_cases); i++) {
		strbuf_reset(&b);
		if (!stanza_read(&a, literal(&a, good_cases[i].in), &s, &why,
				 &wants))
			fail_msg("%s: %.*s", good_cases[i].in,
				 STR_ARG(why.text));
		put_stanza(&b, &s);
		assert_str(strbuf_str(&b), good_cases[i].want);
		assert_non_null(s.el);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static const struct {
	const char *in;
	enum cond cond;
	bool wants_reply;
	const char *from, *id;
} bad_cases[] = {
	{ "<message xmlns='u'" FT "/>", COND_BAD_REQUEST, false, "", "" },
	{ "<handshake/>", COND_BAD_REQUEST, false, "", "" },
	{ "<messages" FT "/>", COND_BAD_REQUEST, false, "", "" },
	{ "<message to='b@y' id='1'/>", COND_BAD_REQUEST, false, "", "1" },
	{ "<message from='' to='b@y'/>", COND_BAD_REQUEST, false, "", "" },
	{ "<message from='@' to='b@y'/>", COND_JID_MALFORMED, false, "", "" },
	{ "<message from='a@x' id='2'/>", COND_BAD_REQUEST, true, "a@x", "2" },
	{ "<message from='a@x' to='b@y@z' id='3'/>", COND_JID_MALFORMED, true,
	  "a@x", "3" },
	{ "<message from='a@x' to='b y@z' type='error'/>", COND_JID_MALFORMED,
	  false, "a@x", "" },
	{ "<presence" FT " type='friend'/>", COND_BAD_REQUEST, true, "a@x/r",
	  "" },
	{ "<presence" FT " type=''/>", COND_BAD_REQUEST, true, "a@x/r", "" },
	{ "<presence from='a@x' to='@' type='error'/>", COND_JID_MALFORMED,
	  false, "a@x", "" },
	{ "<iq" FT " id='4'/>", COND_BAD_REQUEST, true, "a@x/r", "4" },
	{ "<iq" FT " type='ask' id='4'/>", COND_BAD_REQUEST, true, "a@x/r",
	  "4" },
	{ "<iq" FT " type='get'><q/></iq>", COND_BAD_REQUEST, true, "a@x/r",
	  "" },
	{ "<iq" FT " type='get' id='5'/>", COND_BAD_REQUEST, true, "a@x/r",
	  "5" },
	{ "<iq" FT " type='set' id='6'>text</iq>", COND_BAD_REQUEST, true,
	  "a@x/r", "6" },
	{ "<iq" FT " type='set' id='7'><a/><b/></iq>", COND_BAD_REQUEST, true,
	  "a@x/r", "7" },
	{ "<iq" FT " type='result'/>", COND_BAD_REQUEST, false, "a@x/r", "" },
	{ "<iq" FT " type='error'/>", COND_BAD_REQUEST, false, "a@x/r", "" },
	{ "<iq from='a@x' type='result' id='8'/>", COND_BAD_REQUEST, false,
	  "a@x", "8" },
};

static void test_refuse(void **state)
{
	struct arena a;
	struct stanza s;
	struct fault why;
	bool wants;
	size_t i;

	(void)state;
	arena_init(&a, CHUNK);
	for (i = 0; i < COUNT(bad_cases); i++) {
		if (stanza_read(&a, literal(&a, bad_cases[i].in), &s, &why,
				&wants))
			fail_msg("%s is taken", bad_cases[i].in);
		if (why.cond != bad_cases[i].cond ||
		    wants != bad_cases[i].wants_reply)
			fail_msg("%s: %.*s, reply %d", bad_cases[i].in,
				 STR_ARG(cond_name(why.cond)), wants);
		assert_int_equal(why.status, 400);
		assert_true(why.text.n > 0);
		assert_str(jid_text(&a, &s.from), bad_cases[i].from);
		assert_str(s.id, bad_cases[i].id);
	}
	arena_fini(&a);
}

static void test_reply_wanted(void **state)
{
	static const struct {
		const char *in;
		bool wants;
	} cases[] = {
		{ "<message" FT "/>", true },
		{ "<message" FT " type='error'/>", false },
		{ "<presence" FT "/>", true },
		{ "<presence" FT " type='error'/>", false },
		{ "<iq" FT " type='get' id='1'><q/></iq>", true },
		{ "<iq" FT " type='result' id='1'/>", false },
		{ "<iq" FT " type='error' id='1'/>", false },
	};
	struct arena a;
	struct stanza s;
	struct fault why;
	bool wants;
	size_t i;

	(void)state;
	arena_init(&a, CHUNK);
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(stanza_read(&a, literal(&a, cases[i].in), &s, &why,
					&wants));
		assert_int_equal(wants, cases[i].wants);
	}
	arena_fini(&a);
}

static void test_text_choose(void **state)
{
	struct text c = { .lang = STR("de"), .s = STR("3") };
	struct text b = { .next = &c, .s = STR("2") };
	struct text a = { .next = &b, .lang = STR("en"), .s = STR("1") };

	(void)state;
	assert_ptr_equal(text_choose(&a, STR_LIT("de")), &c);
	assert_ptr_equal(text_choose(&a, STR_LIT("EN")), &a);
	assert_ptr_equal(text_choose(&a, STR_LIT("fr")), &b);
	assert_ptr_equal(text_choose(&a, STR_NONE), &b);
	assert_ptr_equal(text_choose(&c, STR_LIT("fr")), &c);
	assert_null(text_choose(NULL, STR_LIT("fr")));
}

static const struct jid from = { STR("a"), STR("x"), STR("o'r<") };
static const struct jid to = { STR("b"), STR("y"), { NULL, 0 } };

static void test_message_write(void **state)
{
	struct text second = { .lang = STR("de"), .s = STR("<b>&") };
	struct text first = { .next = &second,
			      .s = STR("a\x01"
				       "b") };
	struct text subject = { .s = STR("s") };
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .from = from,
			    .to = to,
			    .id = STR("i'd"),
			    .lang = STR("en"),
			    .u.message = { .type = MESSAGE_CHAT,
					   .subject = &subject,
					   .body = &first,
					   .thread = STR("t"),
					   .parent_thread = STR("p"),
					   .delay_stamp = STR("then") } };
	struct arena a;
	struct strbuf b;
	struct xml *extra;

	(void)state;
	arena_init(&a, CHUNK);
	strbuf_init(&b, LIMIT);
	extra = literal(&a, "<active xmlns='" NS_CHATSTATES "'/>");
	extra->next = literal(&a, "<own/>");
	message_write(&b, &s, extra);
	assert_str(strbuf_str(&b),
		   "<message from='a@x/o&apos;r&lt;' to='b@y' id=\"i'd\""
		   " xml:lang='en' type='chat'><subject>s</subject>"
		   "<body>a\xef\xbf\xbd"
		   "b</body>"
		   "<body xml:lang='de'>&lt;b&gt;&amp;</body>"
		   "<thread parent='p'>t</thread>"
		   "<delay xmlns='urn:xmpp:delay' from='x' stamp='then'/>"
		   "<active xmlns='" NS_CHATSTATES "'/><own/></message>");
	strbuf_reset(&b);
	s = (struct stanza){ .from = to, .to = from };
	message_write(&b, &s, NULL);
	assert_str(strbuf_str(&b), "<message from='b@y'"
				   " to='a@x/o&apos;r&lt;'></message>");
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_presence_write(void **state)
{
	struct text status = { .s = STR("<away>") };
	struct stanza s = { .kind = STANZA_PRESENCE,
			    .from = to,
			    .to = to,
			    .u.presence = { .show = SHOW_AWAY,
					    .status = &status,
					    .priority = -1 } };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, LIMIT);
	presence_write(&b, &s, NULL);
	assert_str(strbuf_str(&b), "<presence from='b@y' to='b@y'>"
				   "<show>away</show>"
				   "<status>&lt;away&gt;</status>"
				   "<priority>-1</priority></presence>");
	strbuf_reset(&b);
	s = (struct stanza){ .kind = STANZA_PRESENCE,
			     .from = to,
			     .to = to,
			     .u.presence.type = PRESENCE_UNSUBSCRIBED };
	presence_write(&b, &s, NULL);
	assert_str(strbuf_str(&b), "<presence from='b@y' to='b@y'"
				   " type='unsubscribed'></presence>");
	strbuf_fini(&b);
}

static void test_iq_write(void **state)
{
	struct stanza s = { .kind = STANZA_IQ,
			    .from = to,
			    .to = from,
			    .id = STR("1"),
			    .u.iq.type = IQ_GET };
	struct arena a;
	struct strbuf b;

	(void)state;
	arena_init(&a, CHUNK);
	strbuf_init(&b, LIMIT);
	iq_write(&b, &s, literal(&a, "<ping xmlns='" NS_PING "'/>"));
	assert_str(strbuf_str(&b), "<iq from='b@y' to='a@x/o&apos;r&lt;'"
				   " id='1' type='get'>"
				   "<ping xmlns='urn:xmpp:ping'/></iq>");
	strbuf_reset(&b);
	result_write(&b, &s, NULL);
	assert_str(strbuf_str(&b), "<iq from='a@x/o&apos;r&lt;' to='b@y'"
				   " id='1' type='result'></iq>");
	strbuf_fini(&b);
	arena_fini(&a);
}

#define TEXT(s) "<text " ERR " xml:lang='en'>" s "</text>"

static const struct {
	enum stanza_kind kind;
	struct fault fault;
	const char *want;
} error_cases[] = {
	{ STANZA_MESSAGE,
	  { .cond = COND_ITEM_NOT_FOUND,
	    .type = ERROR_CANCEL,
	    .text = STR("a<b") },
	  "<message from='b@y' to='a@x/o&apos;r&lt;' id='7' type='error'>"
	  "<error type='cancel'><item-not-found " ERR
	  "/>" TEXT("a&lt;b") "</error></message>" },
	{ STANZA_PRESENCE,
	  { .cond = COND_GONE, .type = ERROR_CANCEL, .uri = STR("xmpp:c&d") },
	  "<presence from='b@y' to='a@x/o&apos;r&lt;' id='7' type='error'>"
	  "<error type='cancel'><gone " ERR ">xmpp:c&amp;d</gone></error>"
	  "</presence>" },
	{ STANZA_IQ,
	  { .cond = COND_REDIRECT, .type = ERROR_MODIFY },
	  "<iq from='b@y' to='a@x/o&apos;r&lt;' id='7' type='error'>"
	  "<error type='modify'><redirect " ERR "/></error></iq>" },
	/* a uri belongs to gone and redirect only */
	{ STANZA_MESSAGE,
	  { .cond = COND_RESOURCE_CONSTRAINT,
	    .type = ERROR_WAIT,
	    .uri = STR("sip:x") },
	  "<message from='b@y' to='a@x/o&apos;r&lt;' id='7' type='error'>"
	  "<error type='wait'><resource-constraint " ERR "/></error>"
	  "</message>" },
};

static void test_error_write(void **state)
{
	struct stanza s = { .from = from, .to = to, .id = STR("7") }, back;
	struct arena a;
	struct strbuf b;
	struct fault why;
	bool wants;
	size_t i;

	(void)state;
	arena_init(&a, CHUNK);
	strbuf_init(&b, LIMIT);
	for (i = 0; i < COUNT(error_cases); i++) {
		strbuf_reset(&b);
		s.kind = error_cases[i].kind;
		error_write(&b, &s, &error_cases[i].fault);
		assert_str(strbuf_str(&b), error_cases[i].want);
		/* It reads back as what it says. */
		strbuf_addc(&b, '\0');
		assert_true(
			stanza_read(&a, literal(&a, b.p), &back, &why, &wants));
		assert_false(wants);
		assert_int_equal(back.error.cond, error_cases[i].fault.cond);
		assert_int_equal(back.error.type, error_cases[i].fault.type);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

/* A message of type error that is not a reply. */
static void test_write_of_type_error(void **state)
{
	struct stanza s = { .from = to,
			    .to = to,
			    .u.message.type = MESSAGE_ERROR };
	struct strbuf b;

	(void)state;
	fault_set(&s.error, 404, COND_ITEM_NOT_FOUND, NULL);
	strbuf_init(&b, LIMIT);
	message_write(&b, &s, NULL);
	assert_str(strbuf_str(&b),
		   "<message from='b@y' to='b@y' type='error'><error "
		   "type='cancel'><item-not-found " ERR "/></error></message>");
	strbuf_fini(&b);
}

static void test_names(void **state)
{
	enum presence_show show = SHOW_XA;

	(void)state;
	assert_str(message_type_name(MESSAGE_GROUPCHAT), "groupchat");
	assert_str(presence_type_name(PRESENCE_PROBE), "probe");
	assert_null(presence_type_name(PRESENCE_AVAILABLE).p);
	assert_null(presence_show_name(SHOW_NONE).p);
	assert_false(presence_show_read(STR_NONE, &show));
	assert_false(presence_show_read(STR_LIT("online"), &show));
	assert_int_equal(show, SHOW_XA);
	assert_true(presence_show_read(STR_LIT("chat"), &show));
	assert_int_equal(show, SHOW_CHAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_reply_wanted),
		cmocka_unit_test(test_text_choose),
		cmocka_unit_test(test_message_write),
		cmocka_unit_test(test_presence_write),
		cmocka_unit_test(test_iq_write),
		cmocka_unit_test(test_error_write),
		cmocka_unit_test(test_write_of_type_error),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
