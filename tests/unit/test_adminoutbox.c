#include "link_bench.h"
#include "admin_bench.h"
#include "gateway/messages/arrival.h"
#include "gateway/outbox/outbox.h"

/* What waits: whose is shown, tried or given up. Everybody is meant by "all" or
 * by no word at all, never by a word that names nobody. */
static void say_who(const char *what, struct str who)
{
	line("%s %.*s", what, STR_ARG(who.n > 0 ? who : STR_LIT("everybody")));
}

void outbox_list(struct outbox *o, struct str who, outbox_fn *fn, void *arg)
{
	const struct outbox_entry e = { .user = STR("juliet@xmpp.test"),
					.contact = STR("romeo@sip.test"),
					.count = 2,
					.bytes = 300,
					.oldest_s = loop_wall_ms() / 1000 + 9,
					.tries = 4,
					.next_s = 5,
					.why = "408" };

	(void)o;
	say_who("list", who);
	fn(arg, &e);
}

size_t outbox_retry(struct outbox *o, struct str who)
{
	(void)o;
	say_who("retry", who);
	return 2;
}

size_t outbox_flush(struct outbox *o, struct str who)
{
	(void)o;
	say_who("flush", who);
	return 3;
}

void outbox_count(const struct outbox *o, struct outbox_counters *n)
{
	(void)o;
	*n = (struct outbox_counters){ .waiting = 2, .bytes = 300, .taken = 7 };
}

void arrival_list(struct link *k, struct arena *a, struct str who,
		  arrival_fn *fn, void *arg)
{
	(void)k;
	(void)a;
	(void)fn;
	(void)arg;
	say_who("arrivals", who);
}

size_t arrival_flush(struct link *k, struct str who)
{
	(void)k;
	say_who("drop arrivals", who);
	return 1;
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	said_open();
	admin_bench_open(&L.bridge, loop_arena(L.loop), &L.out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	said_close();
	link_bench_close();
	return 0;
}

/* NULL: nobody at this component. */
static const struct {
	const char *word, *who;
} people[] = {
	{ "all", "everybody" },
	{ "ALL", "everybody" },
	{ "juliet@xmpp.test", "juliet@xmpp.test" },
	{ "Juliet@xmpp.test/desk", "juliet@xmpp.test" },
	{ "romeo@sip.test", "romeo@sip.test" },
	{ "sip:romeo@sip.example", "romeo@sip.test" },
	{ "sip:juliet@xmpp.test", "juliet@xmpp.test" },
	{ "sip:romeo@elsewhere.example", NULL },
	{ "@", NULL },
	{ " ", NULL },
};

static void test_flush(void **state)
{
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		const char *who = people[i].who;

		assert_true(command(admin_outbox_flush, people[i].word, NULL));
		if (who == NULL)
			snprintf(expected, sizeof(expected), "given up: 0");
		else
			snprintf(expected, sizeof(expected),
				 "flush %s; drop arrivals %s; given up: 4", who,
				 who);
		assert_said(expected);
	}
}

static void test_retry(void **state)
{
	(void)state;
	assert_true(command(admin_outbox_retry, NULL, NULL));
	assert_said("retry everybody; conversations: 2");
	assert_true(command(admin_outbox_retry, "juliet@xmpp.test", NULL));
	assert_said("retry juliet@xmpp.test; conversations: 2");
	assert_true(
		command(admin_outbox_retry, "sip:x@elsewhere.example", NULL));
	assert_said("conversations: 0");
}

/* A clock that was set back makes no age of it. */
static void test_list(void **state)
{
	(void)state;
	assert_true(command(admin_outbox, "romeo@sip.test", NULL));
	assert_said("to SIP: 2 wait (300 bytes) at sip.test; since the start "
		    "7 taken, 0 delivered late, 0 refused, 0 expired, 0 "
		    "flushed, 0 at a limit; list romeo@sip.test; "
		    "juliet@xmpp.test -> romeo@sip.test: 2 messages, 300 "
		    "bytes, the oldest 0 s; 4 tries, the next in 5 s; 408; "
		    "to XMPP: 0 wait (0 bytes) at sip.test; since the start 0 "
		    "taken, 0 delivered late, 0 expired, 0 flushed, 0 at a "
		    "limit; arrivals romeo@sip.test");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_flush),
		TEST(test_retry),
		TEST(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
