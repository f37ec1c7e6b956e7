#include "no_lists.h"
#include "no_phones.h"
#include "roster_bench.h"
#include "admin_bench.h"
#include "gateway/admin/bans.h"
#include "gateway/messages/queue.h"
#include "gateway/monitor/trace.h"

/* Commands about people: whom they hit, and whom not. */
static struct strbuf out;
static size_t flushed;

size_t queue_count(const struct queue *q)
{
	(void)q;
	return 3;
}

void queue_each(const struct queue *q, size_t max, queue_lane_fn *fn, void *arg)
{
	(void)q;
	assert_true(max > 0);
	fn(arg, STR_LIT("sip:romeo@sip.example"), 2);
	fn(arg, STR_LIT("sip:paris@sip.example"), 1);
}

size_t queue_flush(struct queue *q, struct str target)
{
	(void)q;
	line("flush %.*s", STR_ARG(target));
	return flushed;
}

struct trace *trace_start(struct bridge *b, struct str address,
			  unsigned minutes)
{
	line("trace %.*s %u", STR_ARG(address), minutes);
	return address.n > 0 ? (struct trace *)b : NULL;
}

void trace_names(const struct trace *t, struct strbuf *b)
{
	(void)t;
	strbuf_addlit(b, "names");
}

static int set_up(void **state)
{
	bench_setup(state);
	strbuf_init(&out, 4096);
	T.bridge.bans = bans_create();
	admin_bench_open(&T.bridge, loop_arena(T.loop), &out);
	flushed = 0;
	return 0;
}

static int tear_down(void **state)
{
	bans_destroy(&T.bridge.bans);
	strbuf_fini(&out);
	return bench_teardown(state);
}

/* juliet watches romeo, and he her; nurse watches romeo. */
static void some_rows(void)
{
	presence("juliet@xmpp.test", "romeo@sip.test", PRESENCE_SUBSCRIBE);
	commit_all(true);
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_all(true);
	subscribe();
	commit_all(true);
	presence("juliet@xmpp.test", "romeo@sip.test", PRESENCE_SUBSCRIBED);
	commit_all(true);
	presence("nurse@xmpp.test", "romeo@sip.test", PRESENCE_SUBSCRIBE);
	commit_all(true);
	strbuf_reset(&SAID);
}

static size_t lines_with(const char *words)
{
	size_t n = 0;

	strbuf_addc(&SAID, '\0');
	for (const char *p = SAID.p; (p = strstr(p, words)) != NULL; p++)
		n++;
	return n;
}

static void test_subscriptions(void **state)
{
	static const struct {
		const char *who, *all;
		size_t juliets, nurses;
	} cases[] = {
		{ "juliet@xmpp.test", "2 in all", 2, 0 },
		{ "sip:juliet@xmpp.test", "2 in all", 2, 0 },
		{ "romeo@sip.test", "3 in all", 2, 1 },
		{ "sip:romeo@sip.example", "3 in all", 2, 1 },
		{ "nurse@xmpp.test", "1 in all", 0, 1 },
		{ "tybalt@xmpp.test", "0 in all", 0, 0 },
	};

	(void)state;
	some_rows();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(command(admin_subscriptions, cases[i].who, NULL));
		assert_int_equal(lines_with("juliet@xmpp.test"),
				 cases[i].juliets);
		assert_int_equal(lines_with("nurse@xmpp.test"),
				 cases[i].nurses);
		assert_int_equal(lines_with(cases[i].all), 1);
		strbuf_reset(&SAID);
	}
	assert_true(command(admin_subscriptions, "nurse@xmpp.test", NULL));
	assert_said("nurse@xmpp.test watches romeo@sip.test: ASKING; "
		    "1 in all");
}

/* Both ways between these two, and nothing of others. */
static void test_drop(void **state)
{
	(void)state;
	some_rows();
	assert_false(command(admin_drop, "juliet@xmpp.test", "paris@sip.test"));
	assert_false(command(admin_drop, "romeo@sip.test", "juliet@xmpp.test"));
	assert_int_equal(lines_with("the user comes first"), 2);
	assert_int_equal(roster_count(T.bridge.roster), 3);
	strbuf_reset(&SAID);
	assert_true(command(admin_drop, "sip:juliet@xmpp.test",
			    "sip:romeo@sip.example"));
	commit_all(true);
	assert_int_equal(lines_with("xmpp unsubscribed romeo@sip.test"), 1);
	assert_int_equal(lines_with("xmpp unsubscribe romeo@sip.test"), 1);
	assert_int_equal(lines_with("terminated rejected"), 1);
	strbuf_reset(&SAID);
	for (int i = 0; i < 200; i++) {
		commit_all(true);
		clock_turn(T.loop, 10);
	}
	strbuf_reset(&SAID);
	assert_null(row_find(T.bridge.roster, SUB_OUT,
			     STR_LIT("juliet@xmpp.test"),
			     STR_LIT("romeo@sip.test")));
	assert_non_null(row_find(T.bridge.roster, SUB_OUT,
				 STR_LIT("nurse@xmpp.test"),
				 STR_LIT("romeo@sip.test")));
	assert_false(command(admin_drop, "tybalt@xmpp.test", "romeo@sip.test"));
	strbuf_reset(&SAID);
}

/* Whom a ban means, in the one spelling in which he is looked up. */
static void test_ban(void **state)
{
	static const struct {
		const char *word, *who; /* NULL: nobody */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "2001:DB8::0:1", "2001:db8::1" },
		{ "192.0.2.0/24", NULL },
		{ "2001:db8::/32", NULL },
		{ "Juliet@xmpp.test/desk", "juliet@xmpp.test" },
		{ "sip:juliet@xmpp.test", "juliet@xmpp.test" },
		{ "sip:romeo@sip.example", "romeo@sip.test" },
		{ "romeo@sip.test", "romeo@sip.test" },
		{ "xmpp.test", NULL },
		{ "@", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *who = cases[i].who;
		uint64_t now = loop_now_ms(T.loop);

		assert_int_equal(command(admin_ban, cases[i].word, NULL),
				 who != NULL);
		assert_true(SAID.n > 0);
		strbuf_reset(&SAID);
		assert_int_equal(bans_any(T.bridge.bans), who != NULL);
		if (who == NULL)
			continue;
		assert_true(bans_has(T.bridge.bans, str_z(who), now));
		assert_true(command(admin_unban, cases[i].word, NULL));
		assert_false(bans_has(T.bridge.bans, str_z(who), now));
		assert_false(command(admin_unban, cases[i].word, NULL));
		strbuf_reset(&SAID);
	}
}

static void test_ban_for_a_time(void **state)
{
	uint64_t now = loop_now_ms(T.loop);

	(void)state;
	A.numbers[1] = 2;
	assert_true(command(admin_ban, "192.0.2.1", "2"));
	A.numbers[1] = 0;
	assert_true(command(admin_ban, "192.0.2.2", NULL));
	strbuf_reset(&SAID);
	assert_true(bans_has(T.bridge.bans, STR_LIT("192.0.2.1"), now));
	assert_false(
		bans_has(T.bridge.bans, STR_LIT("192.0.2.1"), now + 121000));
	assert_true(
		bans_has(T.bridge.bans, STR_LIT("192.0.2.2"), now + 121000));
}

static void test_queues(void **state)
{
	(void)state;
	assert_true(command(admin_queues, NULL, NULL));
	assert_said("messages to SIP: 3; sip:romeo@sip.example: 2; "
		    "sip:paris@sip.example: 1");
	assert_false(command(admin_flush, "sip:romeo@sip.example", NULL));
	assert_said("flush sip:romeo@sip.example; "
		    "nothing waits for that address; see queues");
	flushed = 2;
	assert_true(command(admin_flush, "sip:romeo@sip.example", NULL));
	assert_said("flush sip:romeo@sip.example; "
		    "2 messages given up; their senders are told");
}

static void test_trace(void **state)
{
	(void)state;
	assert_true(command(admin_trace, "juliet@xmpp.test", NULL));
	assert_ptr_equal(A.stream, &T.bridge);
	assert_said("trace juliet@xmpp.test 5; "
		    ", for 5 min; see event=trace in the log");
	A.can_stream = true;
	A.numbers[1] = 3;
	assert_true(command(admin_trace, "juliet@xmpp.test", "3"));
	assert_said("trace juliet@xmpp.test 3; , for 3 min");
	assert_false(command(admin_trace, "", NULL));
	strbuf_reset(&SAID);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_subscriptions),  TEST(test_drop),   TEST(test_ban),
		TEST(test_ban_for_a_time), TEST(test_queues), TEST(test_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
