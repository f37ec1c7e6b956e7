#include "gateway/admin/chat.h"
#include "clock.h"
#include "link_bench.h"

#define MESSAGE(from, attrs, body)                                             \
	"<message xmlns='jabber:component:accept' id='m' from='" from          \
	"' to='sip.test' " attrs ">" body "</message>"
#define JULIET	   "juliet@xmpp.test/d"
#define LINE(text) MESSAGE(JULIET, "type='chat'", "<body>" text "</body>")

static struct jid admins[] = {
	{ .local = STR("boss"), .domain = STR("xmpp.test") },
};

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	L.cfg.admins = admins;
	L.cfg.admin_count = 1;
	L.bridge.chat = chat_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	chat_destroy(&L.bridge.chat);
	link_bench_close();
	return 0;
}

static void hear(const char *message)
{
	struct stanza s = stanza_of(message);

	chat_message(&L.link, &s, loop_arena(L.loop));
}

static void test_lines(void **state)
{
	static const struct {
		const char *message, *words; /* NULL: nothing */
	} cases[] = {
		{ LINE("lookup romeo"), "SIP: sip:romeo@sip.example" },
		{ LINE("  LOOKUP  romeo  "), "SIP: sip:romeo@sip.example" },
		{ LINE("lookup +49 30 1234"), "sip:+49301234@sip.example" },
		{ LINE("help lookup"), "ADDRESS" },
		{ LINE("?"), "lookup" },
		{ LINE("hilfe lookup"), "Findet die Adresse" },
		{ LINE("Suche a b"), "Nein" },
		{ MESSAGE(JULIET, "type='chat' xml:lang='de'",
			  "<body>help lookup</body>"),
		  "Findet die Adresse" },
		/* As it was asked: type, thread. */
		{ MESSAGE(JULIET, "type='chat'",
			  "<body>help</body><thread>t1</thread>"),
		  "<thread>t1</thread>" },
		{ MESSAGE(JULIET, "", "<body>help</body>"), "<body>" },
		{ MESSAGE(JULIET, "type='groupchat'", "<body>help</body>"),
		  "<not-acceptable " },
		{ MESSAGE("eve@evil.test/x", "type='chat'",
			  "<body>help</body>"),
		  "<forbidden " },
		/* No question of a person. */
		{ MESSAGE(JULIET, "type='headline'", "<body>help</body>"),
		  NULL },
		{ MESSAGE("xmpp.test", "", "<body>help</body>"), NULL },
		{ MESSAGE(JULIET, "type='chat'", ""), NULL },
		{ MESSAGE(JULIET, "type='chat'", "<body>  </body>"), NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hear(cases[i].message);
		assert_written(cases[i].words);
	}
}

/* What is no command gets a hint, whatever is wrong with it, a few times. */
static void test_few_hints(void **state)
{
	static const struct {
		const char *message, *words;
	} cases[] = {
		{ LINE("anybody?"), "help" },
		{ LINE("lookup"), "usage: lookup ADDRESS" },
		{ LINE("status"), "admins" },
		{ LINE("help\nlookup romeo"), "help" },
		{ MESSAGE("juliet@xmpp.test/e", "type='chat'",
			  "<body>x</body>"),
		  "help" },
		{ LINE("what?"), NULL },
		{ LINE("\"never closed"), NULL },
		{ LINE("lookup"), NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hear(cases[i].message);
		assert_written(cases[i].words);
	}
	/* Others get theirs, and commands are answered all the same. */
	hear(MESSAGE("romeo@xmpp.test/d", "type='chat'", "<body>x</body>"));
	assert_written("help");
	hear(LINE("lookup romeo"));
	assert_written("sip:romeo@sip.example");
	clock_turn(L.loop, 61000);
	hear(LINE("what?"));
	assert_written("help");
	hear(LINE("what?"));
	assert_written(NULL);
}

static void test_rate(void **state)
{
	unsigned answered = 0, i;

	(void)state;
	for (i = 0; i < 60; i++) {
		hear(LINE("lookup romeo"));
		answered += written()[0] != '\0';
	}
	assert_in_range(answered, 20, 22);
	hear(MESSAGE("romeo@xmpp.test/d", "type='chat'",
		     "<body>lookup romeo</body>"));
	assert_written("sip:romeo@sip.example");
}

static void test_roles(void **state)
{
	(void)state;
	hear(LINE("help"));
	assert_null(strstr(written(), "log-level"));
	hear(MESSAGE("boss@xmpp.test/d", "type='chat'", "<body>help</body>"));
	assert_written("log-level");
	hear(MESSAGE("boss@xmpp.test/d", "type='chat'",
		     "<body>log-level</body>"));
	assert_written("log-level: ");
	/* A password does not travel by XMPP, not even an admin's. */
	hear(MESSAGE("boss@xmpp.test/d", "type='chat'",
		     "<body>account-add bob@sip.example hush</body>"));
	assert_written("only by stoxd ctl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_few_hints, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_rate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_roles, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
