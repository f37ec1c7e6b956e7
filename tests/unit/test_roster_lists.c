#include "lists_bench.h"

/* The dialogs of a list: what is asked, kept, answered, and how they end. */

static void opens(void **state)
{
	(void)state;
	watch_friends(600);
	assert_said("put dialog");
	commit_now(true);
	assert_said("200 600; put row ASKING; put row ASKING; "
		    "notify 0 active 0+0");
	assert_state(JULIET_URI, "pending");
	assert_state(NURSE_URI, "pending");
	assert_state(ROMEO_URI, "unknown"); /* nobody watches himself */
	assert_int_equal(version(), 0);
	commit_now(true);
	assert_said("xmpp subscribe romeo@sip.test; "
		    "xmpp subscribe romeo@sip.test");
	turn(290);
	assert_said("");
	turn(50);
	assert_said("notify 0 active 0+0");
	assert_int_equal(version(), 1);
	turn(20000);
	assert_said("");
}

/* A dialog that stands, juliet seen in it and nurse not decided. */
static void established(void)
{
	watch_friends(600);
	settle();
	presence("juliet@xmpp.test", "romeo@sip.test", PRESENCE_SUBSCRIBED);
	presence("juliet@xmpp.test/a", "romeo@sip.test", PRESENCE_AVAILABLE);
	for (int i = 0; i < 6; i++)
		settle();
	assert_state(JULIET_URI, "active");
	assert_state(NURSE_URI, "pending");
	strbuf_reset(&SAID);
}

/* Whoever may not, or asks for something else, and what he is told. */
static void refuses(void **state)
{
	static const struct {
		const char *name, *supported, *said; /* NULL: not ours */
		bool is_nobody, is_down, is_ill, has_none;
		unsigned per_user_max, max;
	} cases[] = {
		{ .name = "friend", .said = NULL },
		{ .name = "friends", .supported = "100rel", .said = "421" },
		{ .name = "friends", .is_nobody = true, .said = "403" },
		{ .name = "friends", .is_down = true, .said = "503" },
		{ .name = "friends", .is_ill = true, .said = "503" },
		{ .name = "friends", .has_none = true, .said = "403" },
		{ .name = "friends", .per_user_max = 2, .said = "403" },
		{ .name = "friends", .max = 3, .said = "503" },
		{ .name = "FRIENDS", .max = 4, .said = "put dialog" },
		{ .name = "friends", .per_user_max = 3, .said = "put dialog" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *supported = cases[i].supported;
		bool is_ours;

		T.watcher = cases[i].is_nobody ? STR_NONE : STR_LIT("romeo");
		T.is_up = !cases[i].is_down;
		J.is_ill = cases[i].is_ill;
		T.component.has_presence = !cases[i].has_none;
		T.cfg.subscriptions_per_user_max =
			cases[i].per_user_max > 0 ? cases[i].per_user_max : 10;
		T.cfg.subscriptions_max = cases[i].max > 0 ? cases[i].max : 100;
		is_ours = list_subscribe(
			cases[i].name,
			supported != NULL ? supported : "eventlist, 100rel");
		assert_int_equal(is_ours, cases[i].said != NULL);
		assert_said(cases[i].said != NULL ? cases[i].said : "");
		commit_all(false); /* the store fails: nothing is left */
		if (strcmp(cases[i].said != NULL ? cases[i].said : "",
			   "put dialog") == 0)
			assert_said("503");
		assert_null(T.bridge.roster->lists->all);
	}
	T.watcher = STR_LIT("romeo");
	assert_int_equal(roster_count(T.bridge.roster), 0);
}

/* A list that the configuration has no more. */
static void vanishes(void **state)
{
	(void)state;
	T.to = STR_LIT("enemies@sip.test");
	assert_true(list_subscribe("friends", "eventlist"));
	assert_said("put dialog"); /* the Request-URI says which */
	commit_all(false);
	assert_said("503");
	assert_false(
		lists_has(T.bridge.roster->lists, STR_LIT("enemies@sip.test")));
	assert_false(lists_has(T.bridge.roster->lists,
			       STR_LIT("friends@xmpp.test")));
	assert_true(
		lists_has(T.bridge.roster->lists, STR_LIT("friends@sip.test")));
}

/* So many phones of one watcher, and no more. */
static void limit(void **state)
{
	(void)state;
	for (int i = 0; i < 32; i++) {
		watch_friends(600);
		assert_said("put dialog");
	}
	watch_friends(600);
	assert_said("403");
	T.watcher = STR_LIT("paris");
	watch_friends(600);
	assert_said("put dialog");
	commit_all(false);
	strbuf_reset(&SAID);
	assert_null(T.bridge.roster->lists->all);
}

/* What is known anyway is said, and nobody is asked. */
static void polls(void **state)
{
	(void)state;
	watch_friends(0);
	assert_said("200 0; notify 0 terminated timeout 0+0");
	assert_state(JULIET_URI, "unknown");
	assert_int_equal(roster_count(T.bridge.roster), 0);
	established();
	watch_friends(0);
	assert_said("200 0; notify 2 terminated timeout 1+0");
	assert_state(JULIET_URI, "active");
	assert_state(NURSE_URI, "pending");
	assert_state(ROMEO_URI, "unknown");
	assert_int_equal(roster_count(T.bridge.roster), 2);
	/* The one that stands hears nothing of it. */
	settle();
	assert_said("");
	presence("juliet@xmpp.test", "romeo@sip.test", PRESENCE_UNSUBSCRIBED);
	settle();
	strbuf_reset(&SAID);
	watch_friends(0);
	assert_state(JULIET_URI, "unknown");
	strbuf_reset(&SAID);
}

/* A refresh is kept before it is answered, and says all again. */
static void refreshes(void **state)
{
	unsigned v;

	(void)state;
	established();
	v = version();
	renew(0, 600);
	assert_said("put dialog");
	renew(0, 600); /* another before that is kept */
	assert_said("503");
	commit_now(true);
	assert_said("200 refresh; notify 0 active 1+0");
	assert_int_equal(version(), v + 1);
	settle();
	assert_said("notify 0 active 1+0");
	renew(0, 600);
	assert_said("put dialog");
	commit_now(false);
	assert_said("503");
	renew(0, 600);
	settle();
	assert_said("put dialog; 200 refresh; notify 0 active 1+0; "
		    "notify 0 active 1+0");
}

/* The phone ends it, lets it run out, or cannot be reached any more: then no
 * user sees it there. */
static void ends(void **state)
{
	static const char *const said[] = {
		"200 refresh; remove dialog; notify 0 terminated timeout 1+0",
		"remove dialog; notify 0 terminated timeout 1+0",
		"remove dialog",
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct notifier *n = &T.notifiers[1];

		established();
		if (i == 0)
			renew(0, 0);
		if (i == 1)
			n->events->on_expired(n->arg, &T.notices[0]);
		if (i == 2)
			n->events->on_lost(n->arg, &T.notices[0], 408);
		commit_now(true);
		strbuf_addc(&SAID, '\0');
		if (strncmp(SAID.p, said[i], strlen(said[i])) != 0)
			fail_msg("%s, not %s", SAID.p, said[i]);
		assert_non_null(strstr(SAID.p, "put row DORMANT"));
		assert_non_null(strstr(SAID.p, "xmpp unavailable"));
		strbuf_reset(&SAID);
		assert_null(T.bridge.roster->lists->all);
		assert_int_equal(journal_count(STORE_DIALOG), 0);
		journal_forget();
		bench_restart();
	}
}

/* It ends while its refresh is being kept. */
static void ends_in_a_refresh(void **state)
{
	const struct notifier *n = &T.notifiers[1];

	(void)state;
	established();
	renew(0, 600);
	n->events->on_lost(n->arg, &T.notices[0], 481);
	strbuf_reset(&SAID);
	commit(true);
	assert_said("503");
	commit_all(true);
	assert_int_equal(journal_count(STORE_DIALOG), 0);
	strbuf_reset(&SAID);
}

/* Another phone of romeo watches juliet alone: she still sees him. */
static void beside_a_dialog(void **state)
{
	(void)state;
	established();
	T.to = STR_LIT("juliet@xmpp.test");
	T.expires_s = 600;
	subscribe();
	commit_all(true);
	strbuf_reset(&SAID);
	renew(0, 0);
	commit_all(true);
	assert_said("200 refresh; remove dialog; "
		    "notify 0 terminated timeout 1+0; put row PENDING");
	presence("juliet@xmpp.test/b", "romeo@sip.test", PRESENCE_AVAILABLE);
	settle();
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "notify 1 active 2+0"));
	strbuf_reset(&SAID);
}

/* After kill -9 it is the same dialog: the numbers rise, and what has changed
 * meanwhile is told. */
static void comes_back(void **state)
{
	unsigned v;

	(void)state;
	established();
	v = version();
	bench_restart();
	assert_int_equal(T.notice_count, 1);
	roster_link_up(&T.link);
	settle();
	presence("juliet@xmpp.test/b", "romeo@sip.test", PRESENCE_AVAILABLE);
	for (int i = 0; i < 6; i++)
		settle();
	assert_true(version() > v);
	assert_state(JULIET_URI, "active");
	assert_state(NURSE_URI, "pending");
	strbuf_reset(&SAID);
	renew(0, 600);
	settle();
	assert_state(JULIET_URI, "active");
	assert_state(NURSE_URI, "pending");
	strbuf_reset(&SAID);
	/* Its list is gone: so is it. */
	T.component.registrar.list_count = 0;
	bench_restart();
	assert_int_equal(T.notice_count, 0);
	assert_null(T.bridge.roster->lists->all);
}

/* No CSeq is used twice, however many NOTIFYs there were since the record. */
static void cseq_is_kept(void **state)
{
	uint32_t last;

	(void)state;
	T.cfg.notify_every_ms = 0;
	established();
	for (int i = 0; i < 450; i++) {
		presence("juliet@xmpp.test/b", "romeo@sip.test",
			 i % 2 == 0 ? PRESENCE_AVAILABLE
				    : PRESENCE_UNAVAILABLE);
		for (int j = 0; j < 3; j++) {
			commit_all(true);
			clock_turn(T.loop, 10);
		}
	}
	last = T.notices[0].dialog->local_cseq;
	assert_true(last > 300);
	bench_restart();
	assert_true(T.notices[0].dialog->local_cseq >= last);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, lists_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		TEST(opens),
		TEST(refuses),
		TEST(vanishes),
		TEST(limit),
		TEST(polls),
		TEST(refreshes),
		TEST(ends),
		TEST(ends_in_a_refresh),
		TEST(beside_a_dialog),
		TEST(comes_back),
		TEST(cseq_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
