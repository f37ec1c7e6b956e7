#include "gateway/services/privilege.h"
#include "gateway/services/nicks.h"
#include "link_bench.h"
#include "xmpp/component.h"

#define GRANT(ns, from, to, perms)                                             \
	"<message xmlns='jabber:component:accept' from='" from "' to='" to     \
	"'><privilege xmlns='urn:xmpp:privilege:" ns "'>" perms                \
	"</privilege></message>"
#define ROSTER(type) "<perm access='roster' type='" type "'/>"

static struct ended {
	unsigned count;
	bool is_done;
} T;

bool component_is_up(const struct component *c)
{
	(void)c;
	return L.is_up;
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	T = (struct ended){ 0 };
	L.link.pending = pending_create(L.loop, 10);
	L.link.privilege = privilege_create(&L.link);
	L.bridge.nicks = nicks_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	privilege_destroy(&L.link.privilege);
	pending_destroy(&L.link.pending);
	nicks_destroy(&L.bridge.nicks);
	link_bench_close();
	return 0;
}

static bool has(void)
{
	return privilege_has_roster(&L.link, STR_LIT("xmpp.test"));
}

static bool offer(const char *message)
{
	struct stanza s = stanza_of(message);

	return privilege_offer(&L.link, &s);
}

static void test_offers(void **state)
{
	static const struct {
		const char *message;
		bool is_taken, has;
	} cases[] = {
		{ GRANT("2", "xmpp.test", "sip.test", ROSTER("both")), true,
		  true },
		{ GRANT("1", "xmpp.test", "sip.test", ROSTER("both")), true,
		  true },
		{ GRANT("2", "xmpp.test", "sip.test",
			"<perm access='message' type='outgoing'/>"
			"<perm access='iq'><namespace ns='x' type='both'/>"
			"</perm>" ROSTER("both")),
		  true, true },
		/* To read alone, or to write alone, is too little. */
		{ GRANT("2", "xmpp.test", "sip.test", ROSTER("get")), true,
		  false },
		{ GRANT("2", "xmpp.test", "sip.test", ROSTER("set")), true,
		  false },
		{ GRANT("2", "xmpp.test", "sip.test", ROSTER("none")), true,
		  false },
		{ GRANT("2", "xmpp.test", "sip.test",
			"<perm access='presence' type='both'/>"),
		  true, false },
		{ GRANT("2", "xmpp.test", "sip.test", ""), true, false },
		/* Nobody but a server that is served. */
		{ GRANT("2", "evil.test", "sip.test", ROSTER("both")), false,
		  false },
		{ GRANT("2", "eve@xmpp.test", "sip.test", ROSTER("both")),
		  false, false },
		{ GRANT("2", "xmpp.test/eve", "sip.test", ROSTER("both")),
		  false, false },
		{ GRANT("3", "xmpp.test", "sip.test", ROSTER("both")), false,
		  false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		privilege_lost(L.link.privilege);
		if (offer(cases[i].message) != cases[i].is_taken ||
		    has() != cases[i].has)
			fail_msg("%s", cases[i].message);
	}
}

/* What was granted ends with the link, and by the server's word. */
static void test_ends(void **state)
{
	(void)state;
	assert_true(offer(GRANT("2", "xmpp.test", "sip.test", ROSTER("both"))));
	assert_true(offer(GRANT("2", "xmpp.test", "sip.test", ROSTER("both"))));
	assert_true(has());
	L.is_up = false;
	assert_false(has());
	L.is_up = true;
	assert_true(has());
	assert_true(offer(GRANT("2", "xmpp.test", "sip.test", ROSTER("none"))));
	assert_false(has());
	assert_true(offer(GRANT("2", "xmpp.test", "sip.test", ROSTER("both"))));
	privilege_lost(L.link.privilege);
	assert_false(has());
}

static void on_end(void *arg, bool is_done, const char *why)
{
	(void)arg;
	assert_non_null(why);
	T.count++;
	T.is_done = is_done;
}

static const struct jid juliet = { STR("juliet"), STR("xmpp.test"), STR("") };
static const struct jid romeo = { STR("romeo"), STR("sip.test"), STR("") };

/* The answer to the iq that was just written. */
static void answer(const char *type, const char *inside)
{
	char iq[1000], id[17];
	const char *text = written(), *at = strstr(text, "id='");
	struct stanza s;

	assert_non_null(at);
	snprintf(id, sizeof(id), "%.16s", at + 4);
	id[strcspn(id, "'")] = '\0';
	snprintf(iq, sizeof(iq),
		 "<iq xmlns='jabber:component:accept' type='%s' id='%s' "
		 "from='juliet@xmpp.test' to='sip.test'>%s</iq>",
		 type, id, inside);
	s = stanza_of(iq);
	assert_true(pending_offer(L.link.pending, &s));
}

#define ERROR(cond)                                                            \
	"<error type='cancel'><" cond                                          \
	" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

/* An entry that is not there is removed; that is no reason to ask no more, nor
 * is an entry that one user's server does not take. What is refused is not
 * asked again. */
static void test_answers(void **state)
{
	static const struct {
		bool is_removal;
		const char *type, *inside;
		bool is_done, has;
	} cases[] = {
		{ false, "result", "", true, true },
		{ true, "result", "", true, true },
		{ true, "error", ERROR("item-not-found"), true, true },
		{ false, "error", ERROR("item-not-found"), false, true },
		{ false, "error", ERROR("not-acceptable"), false, true },
		{ false, "error", ERROR("bad-request"), false, true },
		{ false, "error", ERROR("resource-constraint"), false, true },
		{ true, "error", ERROR("policy-violation"), false, true },
		{ false, "error", ERROR("forbidden"), false, false },
		{ false, "error", ERROR("not-allowed"), false, false },
		{ false, "error", ERROR("service-unavailable"), false, false },
		{ true, "error", ERROR("internal-server-error"), false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T = (struct ended){ 0 };
		offer(GRANT("2", "xmpp.test", "sip.test", ROSTER("both")));
		if (cases[i].is_removal)
			privilege_remove(&L.link, &juliet, &romeo, on_end,
					 NULL);
		else
			privilege_put(&L.link, &juliet, &romeo, STR_LIT("R"),
				      on_end, NULL);
		assert_int_equal(T.count, 0);
		answer(cases[i].type, cases[i].inside);
		assert_int_equal(T.count, 1);
		assert_int_equal(T.is_done, cases[i].is_done);
		assert_int_equal(has(), cases[i].has);
	}
}

/* Whoever waits is told, once, when the link is lost or the gateway ends. */
static void test_lost(void **state)
{
	(void)state;
	offer(GRANT("2", "xmpp.test", "sip.test", ROSTER("both")));
	privilege_put(&L.link, &juliet, &romeo, STR_NONE, on_end, NULL);
	pending_lost(L.link.pending);
	assert_int_equal(T.count, 1);
	assert_false(T.is_done);
	privilege_put(&L.link, &juliet, &romeo, STR_NONE, on_end, NULL);
	privilege_destroy(&L.link.privilege);
	assert_int_equal(T.count, 2);
	assert_false(T.is_done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_offers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
