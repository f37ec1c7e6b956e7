#include "gateway/admin/adhoc.h"
#include "gateway/admin/chat.h"
#include "link_bench.h"

enum { SESSION_MS = 200, LONG_MS = 60000, ID_BYTES = 16 };

#define IQ(from, inside)                                                       \
	"<iq xmlns='jabber:component:accept' type='set' id='1' from='" from    \
	"' to='sip.test'><command "                                            \
	"xmlns='http://jabber.org/protocol/commands' " inside                  \
	"</command></iq>"
#define JULIET "juliet@xmpp.test/d"

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	L.bridge.chat = chat_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	adhoc_destroy(&L.bridge.adhoc);
	chat_destroy(&L.bridge.chat);
	link_bench_close();
	return 0;
}

static const char *ask(const char *iq)
{
	struct stanza s = stanza_of(iq);

	assert_true(adhoc_iq(&L.link, &s, loop_arena(L.loop)));
	return written();
}

/* The session of a form that was asked for. */
static void begin(const char *from, char id[ID_BYTES + 1])
{
	char iq[1000];
	const char *at;

	snprintf(iq, sizeof(iq), IQ("%s", "node='lookup'>"), from);
	at = strstr(ask(iq), "sessionid='");
	assert_non_null(at);
	snprintf(id, ID_BYTES + 1, "%s", at + strlen("sessionid='"));
}

static const char *go_on(const char *from, const char *id, const char *action)
{
	char iq[1000];

	snprintf(iq, sizeof(iq),
		 IQ("%s", "node='lookup' action='%s' sessionid='%s'>"
			  "<x xmlns='jabber:x:data' type='submit'><field "
			  "var='ADDRESS'><value>romeo</value></field></x>"),
		 from, action, id);
	return ask(iq);
}

static void assert_has(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("no %s in: %s", words, text);
}

/* Until its time is over, whoever it is; then it is said so, once. */
static void test_expires(void **state)
{
	char id[ID_BYTES + 1];

	(void)state;
	L.bridge.adhoc = adhoc_create(SESSION_MS);
	begin(JULIET, id);
	assert_has(go_on(JULIET, id, "complete"), "sip:romeo@sip.example");
	begin(JULIET, id);
	bench_turns(2 * SESSION_MS);
	assert_has(go_on(JULIET, id, "complete"), "<session-expired ");
	assert_has(go_on(JULIET, id, "complete"), "<bad-sessionid ");
}

/* His who began it, from the same full JID, and for one use. */
static void test_owner(void **state)
{
	static const char *const others[] = { "juliet@xmpp.test/e",
					      "juliet@xmpp.test",
					      "romeo@xmpp.test/d" };
	char id[ID_BYTES + 1];
	size_t i;

	(void)state;
	L.bridge.adhoc = adhoc_create(LONG_MS);
	begin(JULIET, id);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_has(go_on(others[i], id, "complete"), "<bad-sessionid ");
	assert_has(go_on(JULIET, id, "prev"), "<bad-action ");
	assert_has(go_on(JULIET, id, "cancel"), "status='canceled'");
	assert_has(go_on(JULIET, id, "cancel"), "<bad-sessionid ");
}

/* The oldest of one user goes, and nobody else's. */
static void test_bounded(void **state)
{
	enum { MORE = 3 };
	char ids[ADHOC_SESSIONS_PER_USER_MAX + MORE][ID_BYTES + 1];
	char romeo[ID_BYTES + 1];
	size_t i;

	(void)state;
	L.bridge.adhoc = adhoc_create(LONG_MS);
	begin("romeo@xmpp.test/d", romeo);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		begin(JULIET, ids[i]);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_has(go_on(JULIET, ids[i], "cancel"),
			   i < MORE ? "<bad-sessionid " : "canceled");
	assert_has(go_on("romeo@xmpp.test/d", romeo, "cancel"), "canceled");
}

static void test_refused(void **state)
{
	static const struct {
		const char *iq, *words;
	} cases[] = {
		{ IQ("eve@evil.test/d", "node='whoami'>"), "<forbidden " },
		{ IQ(JULIET, "node='reload'>"), "<forbidden " },
		{ IQ(JULIET, "node='nonsense'>"), "<item-not-found " },
		{ IQ(JULIET, "node=''>"), "<item-not-found " },
		{ IQ(JULIET, "node='lookup' action='jump'>"),
		  "<malformed-action " },
		{ IQ(JULIET, "node='lookup' action='cancel'>"),
		  "<bad-sessionid " },
		{ IQ(JULIET, "node='lookup' action='complete'>"),
		  "<bad-action " },
		{ IQ(JULIET, "node='lookup' sessionid='nothing'>"),
		  "<bad-sessionid " },
	};
	size_t i;

	(void)state;
	L.bridge.adhoc = adhoc_create(LONG_MS);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_has(ask(cases[i].iq), cases[i].words);
}

/* Who asks without end waits, from whatever device; nobody else does. */
static void test_slowed_down(void **state)
{
	enum { TIMES = 60, BURST = 20, SLACK = 5 };
	static const char *const iqs[] = {
		IQ(JULIET, "node='whoami'>"),
		IQ("juliet@xmpp.test/e", "node='whoami'>"),
	};
	char id[ID_BYTES + 1];
	int answered = 0, i;

	(void)state;
	L.bridge.adhoc = adhoc_create(LONG_MS);
	begin(JULIET, id);
	for (i = 0; i < TIMES; i++) {
		const char *answer = ask(iqs[i % 2]);

		if (strstr(answer, "status='completed'") != NULL)
			answered++;
		else
			assert_has(answer, "<resource-constraint ");
	}
	assert_in_range(answered, BURST, BURST + SLACK);
	/* Nor is a form lost by it. */
	assert_has(go_on(JULIET, id, "complete"), "<resource-constraint ");
	assert_has(go_on(JULIET, id, "cancel"), "canceled");
	assert_has(ask(IQ("romeo@xmpp.test/d", "node='whoami'>")),
		   "status='completed'");
}

/* What is none of ours is left to others. */
static void test_passed_over(void **state)
{
	static const char *const iqs[] = {
		"<iq xmlns='jabber:component:accept' type='set' id='1' "
		"from='" JULIET
		"' to='sip.test'><query xmlns='jabber:iq:search'/></iq>",
		"<iq xmlns='jabber:component:accept' type='set' id='1' "
		"from='" JULIET "' to='romeo@sip.test'><command "
		"xmlns='http://jabber.org/protocol/commands' node='whoami'/>"
		"</iq>",
		"<iq xmlns='jabber:component:accept' type='get' id='1' "
		"from='" JULIET "' to='sip.test'><query "
		"xmlns='http://jabber.org/protocol/disco#items'/></iq>",
	};
	size_t i;

	(void)state;
	L.bridge.adhoc = adhoc_create(LONG_MS);
	for (i = 0; i < sizeof(iqs) / sizeof(iqs[0]); i++) {
		struct stanza s = stanza_of(iqs[i]);

		assert_false(adhoc_iq(&L.link, &s, loop_arena(L.loop)));
		assert_written(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_expires, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_owner, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_slowed_down, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_passed_over, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
