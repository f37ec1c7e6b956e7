#include "gateway/presence/reception.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/services/face.h"
#include "journal.h"
#include "link_bench.h"
#include "xmpp/component.h"

static struct bench {
	bool is_sip_up;
	unsigned watches;  /* that the SIP side's health was asked for */
	struct link *link; /* that is heard from; NULL: the bench's */
} T;

static const char ROW[] = "gateway\nsip.test\njuliet@xmpp.test";

bool component_is_up(const struct component *c)
{
	(void)c;
	return L.is_up;
}

/* The other link, of test_two_links, always has. */
bool component_has_room(const struct component *c)
{
	return c != NULL || !L.is_full;
}

bool siphealth_is_up(const struct siphealth *h)
{
	(void)h;
	return T.is_sip_up;
}

void siphealth_watch(struct siphealth *h)
{
	(void)h;
	T.watches++;
}

static void open_it(void)
{
	const char *why = "";

	L.bridge.reception = reception_create(&L.bridge, &why);
	assert_non_null(L.bridge.reception);
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	T = (struct bench){ .is_sip_up = true };
	L.bridge.store = JOURNAL;
	L.bridge.face = face_create(&L.cfg.about, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	L.bridge.store = NULL;
	commit_all(false);
	reception_destroy(&L.bridge.reception);
	journal_fini();
	face_destroy(&L.bridge.face);
	link_bench_close();
	return 0;
}

static void hear(const char *from, const char *type)
{
	char text[500];
	struct stanza s;

	snprintf(text, sizeof(text),
		 "<presence xmlns='jabber:component:accept' from='%s' "
		 "to='sip.test' id='p' type='%s'>%s</presence>",
		 from, type,
		 strcmp(type, "error") == 0
			 ? "<error type='cancel'><gone xmlns='urn:ietf:params:"
			   "xml:ns:xmpp-stanzas'/></error>"
			 : "");
	s = stanza_of(text);
	reception_presence(T.link != NULL ? T.link : &L.link, &s,
			   loop_arena(L.loop));
}

/* How many are told that something has changed. */
static unsigned listeners(void)
{
	const char *at;
	unsigned n = 0;

	(void)written();
	reception_changed(&L.link);
	bench_turns(250);
	for (at = written(); (at = strstr(at, "<presence ")) != NULL; at++)
		n++;
	return n;
}

/* He is told when his row is kept, not before. */
static void test_subscribe(void **state)
{
	const char *text;

	(void)state;
	open_it();
	hear("juliet@xmpp.test", "subscribe");
	assert_written(NULL);
	assert_null(journal_value(STORE_SETTING, ROW));
	commit(true);
	assert_non_null(journal_value(STORE_SETTING, ROW));
	text = written();
	assert_non_null(strstr(text, "type='subscribed'"));
	assert_non_null(strstr(text, "<status>Ready</status>"));
	assert_non_null(strstr(text, "<status xml:lang='de'>Bereit</status>"));
	assert_int_equal(listeners(), 1);
	hear("juliet@xmpp.test", "subscribe");
	commit(true);
	assert_int_equal(listeners(), 1);
	hear("juliet@xmpp.test", "unsubscribe");
	assert_written("type='unavailable'");
	commit(true);
	assert_null(journal_value(STORE_SETTING, ROW));
	assert_int_equal(listeners(), 0);
}

/* What has changed while the store wrote counts. */
static void test_changes_his_mind(void **state)
{
	(void)state;
	open_it();
	hear("juliet@xmpp.test", "subscribe");
	hear("juliet@xmpp.test", "unsubscribe");
	assert_written("type='unsubscribed'");
	commit_all(true);
	assert_written(NULL);
	assert_null(journal_value(STORE_SETTING, ROW));
}

/* Who comes at the end is let in, and not told that anybody is there. */
static void test_subscribes_at_the_end(void **state)
{
	const char *text;

	(void)state;
	open_it();
	hear("juliet@xmpp.test", "subscribe");
	reception_close(L.bridge.reception);
	assert_true(reception_close_more(L.bridge.reception));
	hear("romeo@xmpp.test", "subscribe");
	(void)written();
	commit_all(true);
	text = written();
	assert_non_null(strstr(text, "to='juliet@xmpp.test' "
				     "type='subscribed'"));
	assert_non_null(strstr(text, "to='romeo@xmpp.test' "
				     "type='subscribed'"));
	assert_null(strstr(text, "<status>"));
	/* Who goes then has gone. */
	hear("juliet@xmpp.test", "unsubscribe");
	assert_written("type='unsubscribed'");
	commit_all(true);
	assert_null(journal_value(STORE_SETTING, ROW));
}

/* One that is full does not hold up another. */
static void test_two_links(void **state)
{
	struct config_component other = L.component;
	struct link links[2] = { L.link, L.link };

	(void)state;
	other.domain = STR_LIT("other.test");
	links[1].cfg = &other;
	links[1].component = (struct component *)&other;
	L.bridge.links = links;
	L.bridge.link_count = 2;
	open_it();
	T.link = &links[0];
	hear("juliet@xmpp.test", "probe");
	T.link = &links[1];
	hear("romeo@xmpp.test", "probe");
	(void)written();
	L.is_full = true;
	reception_changed(&links[0]);
	reception_changed(&links[1]);
	bench_turns(250);
	assert_written("to='romeo@xmpp.test'");
	L.is_full = false;
	bench_turns(250);
	assert_written("to='juliet@xmpp.test'");
}

static void test_others(void **state)
{
	(void)state;
	open_it();
	hear("eve@evil.test", "subscribe");
	assert_written("<forbidden ");
	hear("eve@evil.test", "probe");
	hear("eve@evil.test", "unsubscribe");
	hear("juliet@xmpp.test/d", "unavailable");
	hear("juliet@xmpp.test", "subscribed");
	hear("juliet@xmpp.test", "error");
	assert_written(NULL);
	assert_int_equal(listeners(), 0);
	assert_int_equal(J.op_count, 0);
	/* A probe is from who had subscribed before a store was lost. */
	hear("juliet@xmpp.test", "probe");
	assert_written("<status>Ready</status>");
	commit(true);
	assert_non_null(journal_value(STORE_SETTING, ROW));
	/* Who is gone is told nothing more. */
	hear("juliet@xmpp.test", "error");
	assert_int_equal(listeners(), 0);
	commit(true);
	assert_null(journal_value(STORE_SETTING, ROW));
}

/* Those of the store are told of news, when there is room for it. */
static void test_news(void **state)
{
	(void)state;
	journal_has(STORE_SETTING, ROW, "1");
	journal_has(STORE_SETTING, "gateway\nother.test\nromeo@xmpp.test", "1");
	journal_has(STORE_SETTING, "wish\nsip.test\njuliet@xmpp.test", "1");
	open_it();
	assert_int_equal(listeners(), 1);
	T.watches = 0;
	T.is_sip_up = false;
	L.is_full = true;
	reception_changed(&L.link);
	assert_int_equal(T.watches, 1);
	bench_turns(250);
	assert_written(NULL);
	L.is_full = false;
	bench_turns(250);
	assert_written("<show>xa</show>");
	bench_turns(250);
	assert_written(NULL);
	L.is_full = true;
	reception_close(L.bridge.reception);
	assert_false(reception_close_more(L.bridge.reception));
	bench_turns(250);
	assert_written(NULL);
	L.is_full = false;
	assert_true(reception_close_more(L.bridge.reception));
	assert_written("type='unavailable'");
	assert_true(reception_close_more(L.bridge.reception));
	reception_changed(&L.link);
	bench_turns(250);
	assert_written(NULL);
	/* A link that comes up meanwhile. */
	reception_link_up(&L.link);
	assert_true(reception_close_more(L.bridge.reception));
	assert_written("type='unavailable'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_subscribe, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_changes_his_mind, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_subscribes_at_the_end,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_links, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_news, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
