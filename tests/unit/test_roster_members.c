#include "lists_bench.h"

/* How it stands with each who is on a list, and when that is said. */

static void from_juliet(enum presence_type type)
{
	presence(type == PRESENCE_AVAILABLE || type == PRESENCE_UNAVAILABLE
			 ? "juliet@xmpp.test/a"
			 : "juliet@xmpp.test",
		 "romeo@sip.test", type);
	commit_all(true);
}

static void opened(void)
{
	watch_friends(600);
	settle();
	strbuf_reset(&SAID);
}

/* Until nothing is waiting to be said. */
static void said_out(void)
{
	for (int i = 0; i < 12; i++)
		settle();
}

/* One word of hers after the other: how it stands then, with open and closed
 * tuples of all. */
static void states(void **state)
{
	static const struct {
		enum presence_type type;
		const char *state, *said;
	} cases[] = {
		{ PRESENCE_SUBSCRIBED, "active", "notify 0 active 0+1" },
		{ PRESENCE_AVAILABLE, "active", "notify 0 active 1+0" },
		{ PRESENCE_UNAVAILABLE, "active", "notify 0 active 0+1" },
		{ PRESENCE_AVAILABLE, "active", "notify 0 active 1+0" },
		{ PRESENCE_UNSUBSCRIBED, "terminated rejected",
		  "notify 0 active 0+0" },
	};

	(void)state;
	opened();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *last;

		from_juliet(cases[i].type);
		said_out();
		assert_state(JULIET_URI, cases[i].state);
		assert_state(NURSE_URI, "pending");
		strbuf_addc(&SAID, '\0');
		last = strstr(SAID.p, "notify");
		assert_non_null(last);
		while (strstr(last + 1, "notify") != NULL)
			last = strstr(last + 1, "notify");
		if (strncmp(last, cases[i].said, strlen(cases[i].said)) != 0)
			fail_msg("%zu: %s, not %s", i, last, cases[i].said);
		strbuf_reset(&SAID);
	}
	/* The dialog of the list goes on. */
	assert_int_equal(journal_count(STORE_DIALOG), 1);
	assert_null(row_find(T.bridge.roster, SUB_IN,
			     STR_LIT("juliet@xmpp.test"),
			     STR_LIT("romeo@sip.test")));
}

/* At most once in five seconds, and the last state always. */
static void in_bursts(void **state)
{
	(void)state;
	opened();
	from_juliet(PRESENCE_SUBSCRIBED);
	from_juliet(PRESENCE_AVAILABLE);
	said_out();
	strbuf_reset(&SAID);
	for (int i = 0; i < 9; i++)
		from_juliet(i % 2 == 0 ? PRESENCE_UNAVAILABLE
				       : PRESENCE_AVAILABLE);
	turn(5000);
	turn(5000);
	assert_state(JULIET_URI, "active");
	strbuf_reset(&SAID);
	said_out();
	assert_non_null(strstr(T.body, "<basic>closed"));
	assert_null(strstr(T.body, "<basic>open"));
	strbuf_reset(&SAID);
	/* What is no news is not said. */
	from_juliet(PRESENCE_UNAVAILABLE);
	said_out();
	assert_said("");
}

static size_t notifies_within(unsigned ms)
{
	size_t n = 0;

	strbuf_reset(&SAID);
	for (; ms > 0; ms -= 10) {
		commit_all(true);
		clock_turn(T.loop, 10);
	}
	strbuf_addc(&SAID, '\0');
	for (const char *p = SAID.p; (p = strstr(p, "notify")) != NULL; p++)
		n++;
	strbuf_reset(&SAID);
	return n;
}

/* That is for all of them together. */
static void in_bursts_of_two(void **state)
{
	static const char NURSE[] = "nurse@xmpp.test";

	(void)state;
	opened();
	from_juliet(PRESENCE_SUBSCRIBED);
	from_juliet(PRESENCE_AVAILABLE);
	presence(NURSE, "romeo@sip.test", PRESENCE_SUBSCRIBED);
	presence("nurse@xmpp.test/a", "romeo@sip.test", PRESENCE_AVAILABLE);
	said_out();
	from_juliet(PRESENCE_UNAVAILABLE);
	assert_int_equal(notifies_within(1000), 1);
	presence("nurse@xmpp.test/a", "romeo@sip.test", PRESENCE_UNAVAILABLE);
	assert_int_equal(notifies_within(3900), 0);
	assert_int_equal(notifies_within(300), 1);
	assert_null(strstr(T.body, "<basic>open"));
	/* After a refresh, which says all, what follows it comes soon. */
	renew(0, 600);
	assert_int_equal(notifies_within(200), 1);
	assert_int_equal(notifies_within(200), 1);
	assert_int_equal(notifies_within(20000), 0);
}

/* Whoever has refused is asked again when that is long ago, and not before. */
static void refused(void **state)
{
	(void)state;
	opened();
	from_juliet(PRESENCE_UNSUBSCRIBED); /* her answer to the request */
	said_out();
	assert_state(JULIET_URI, "terminated rejected");
	strbuf_reset(&SAID);
	renew(0, 600);
	said_out();
	assert_state(JULIET_URI, "terminated rejected");
	strbuf_addc(&SAID, '\0');
	assert_null(strstr(SAID.p, "xmpp subscribe"));
	strbuf_reset(&SAID);
	T.cfg.denied_for_s = 0;
	renew(0, 600);
	said_out();
	assert_state(JULIET_URI, "pending");
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "xmpp subscribe romeo@sip.test"));
	strbuf_reset(&SAID);
}

/* The same behind a restart: a refusal is not forgotten, nor for ever. */
static void refused_before(void **state)
{
	(void)state;
	opened();
	from_juliet(PRESENCE_UNSUBSCRIBED);
	said_out();
	bench_restart();
	roster_link_up(&T.link);
	renew(0, 600);
	said_out();
	assert_state(JULIET_URI, "terminated rejected");
	assert_state(NURSE_URI, "pending");
	T.cfg.denied_for_s = 0;
	strbuf_reset(&SAID);
	renew(0, 600);
	said_out();
	assert_state(JULIET_URI, "pending");
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "xmpp subscribe romeo@sip.test"));
	strbuf_reset(&SAID);
}

/* A user is asked by so many, lists or not; whoever comes behind them is asked
 * when there is room. */
static void undecided(void **state)
{
	(void)state;
	T.cfg.undecided_per_user_max = 1;
	T.watcher = STR_LIT("paris");
	T.to = STR_LIT("juliet@xmpp.test");
	T.expires_s = 600;
	subscribe();
	commit_all(true);
	T.watcher = STR_LIT("romeo");
	T.to = STR_LIT("friends@sip.test");
	strbuf_reset(&SAID);
	opened();
	assert_state(JULIET_URI, "unknown");
	assert_state(NURSE_URI, "pending");
	presence("juliet@xmpp.test", "paris@sip.test", PRESENCE_SUBSCRIBED);
	said_out();
	renew(1, 600);
	said_out();
	assert_state(JULIET_URI, "pending");
	strbuf_reset(&SAID);
}

/* A row that ends for another reason takes its member with it. */
static void row_ends(void **state)
{
	struct row *w;

	(void)state;
	opened();
	from_juliet(PRESENCE_SUBSCRIBED);
	said_out();
	w = row_find(T.bridge.roster, SUB_IN, STR_LIT("juliet@xmpp.test"),
		     STR_LIT("romeo@sip.test"));
	row_end(w);
	said_out();
	assert_state(JULIET_URI, "terminated deactivated");
	strbuf_reset(&SAID);
	renew(0, 600); /* and comes back with the next refresh */
	said_out();
	assert_state(JULIET_URI, "pending");
	strbuf_reset(&SAID);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, lists_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		TEST(states),	TEST(in_bursts),      TEST(in_bursts_of_two),
		TEST(refused),	TEST(refused_before), TEST(undecided),
		TEST(row_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
