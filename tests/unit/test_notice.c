#include "notice_bench.h"
#include "sip/notice.h"

/* --- NOTIFY */

static void test_one_at_a_time(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);

	establish(b);
	say(s->notice, NOTICE_ACTIVE, "1");
	say(s->notice, NOTICE_ACTIVE, "2");
	say(s->notice, NOTICE_ACTIVE, "3");
	expect(b, "NOTIFY ");
	assert_string_equal(body_of(b), "1");
	assert_int_equal(cseq(b), 2);
	turns(b, 10);
	respond(b, 200, NULL, NULL);
	expect(b, "NOTIFY "); /* the last state wins */
	assert_string_equal(body_of(b), "3");
	assert_int_equal(cseq(b), 3);
	say(s->notice, NOTICE_ACTIVE, "4");
	notice_send(s->notice, NOTICE_TERMINATED, "rejected", 0,
		    (struct notice_document){ .text = STR_NONE });
	assert_int_equal(notifier_count(s->notifier), 0);
	respond(b, 200, NULL, NULL);
	expect_notify(b, "terminated;reason=rejected", "");
	assert_int_equal(cseq(b), 4);
	respond(b, 200, NULL, NULL);
	expect_nothing(b);
	expect_told_nothing(b);
}

static void test_terminated(void **state)
{
	struct bench *b = *state;

	establish(b);
	notice_send(subject_of(b)->notice, NOTICE_TERMINATED, "probation", 120,
		    (struct notice_document){ .text = STR_NONE });
	expect_notify(b, "terminated;reason=probation;retry-after=120", "");
	respond(b, 481, NULL, NULL);
	expect_told_nothing(b); /* it was over anyway */
}

static void on_over(void *arg, bool is_settled)
{
	told(arg, is_settled ? "over" : "not over");
}

/* Whoever keeps a record of it may drop it then. */
static void test_over(void **state)
{
	static const int answers[] = { 200, 481, 406 };
	struct bench *b = *state;

	for (size_t i = 0; i <= sizeof(answers) / sizeof(answers[0]); i++) {
		struct form f = plain;
		char id[16];

		(void)snprintf(id, sizeof(id), "over%zu", i);
		f.call_id = id;
		send_form(b, &f);
		expect_told(b, "subscribe 600");
		expect(b, "SIP/2.0 200");
		expect_notify(b, "pending;expires=600", "");
		respond(b, 200, NULL, NULL);
		turns(b, 5);
		notice_on_over(subject_of(b)->notice, on_over, b);
		notice_send(subject_of(b)->notice, NOTICE_TERMINATED,
			    "rejected", 0,
			    (struct notice_document){ .text = STR_NONE });
		expect_notify(b, "terminated;reason=rejected", "");
		expect_told_nothing(b);
		if (i == sizeof(answers) / sizeof(answers[0]))
			break;
		respond(b, answers[i], NULL, NULL);
		expect_told(b, "over");
	}
	notifier_destroy(&subject_of(b)->notifier);
	expect_told(b, "not over");
}

static void test_lost(void **state)
{
	static const int lost[] = { 404, 405, 408, 410, 416, 480, 481,
				    482, 483, 484, 485, 489, 501, 604 };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		struct form f = plain;
		char id[16], line[32];

		subject_of(b)->drops = i % 2 == 0;
		(void)snprintf(id, sizeof(id), "lost%zu", i);
		f.call_id = id;
		send_form(b, &f);
		expect_told(b, "subscribe 600");
		expect(b, "SIP/2.0 200 ");
		note_ids(b);
		expect(b, "NOTIFY ");
		say(subject_of(b)->notice, NOTICE_ACTIVE, "next");
		respond(b, lost[i], NULL, NULL);
		(void)snprintf(line, sizeof(line), "lost %d", lost[i]);
		expect_told(b, line);
		expect_nothing(b); /* no more of it, the next one neither */
		again(b, 50, "Event: presence\r\n");
		expect(b, "SIP/2.0 481 ");
		assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	}
}

static void test_silence(void **state)
{
	struct bench *b = *state;

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	expect_told(b, "lost 408");
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
}

/* What may pass: again, and the state is not forgotten. */
static void test_passing(void **state)
{
	struct bench *b = *state;
	uint64_t since;

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	expect(b, "NOTIFY ");
	respond(b, 500, NULL, NULL);
	expect(b, "NOTIFY ");
	assert_string_equal(body_of(b), "x");
	assert_int_equal(cseq(b), 3);
	since = loop_now_ms(b->loop);
	respond(b, 503, NULL, "Retry-After: 1\r\n");
	turns(b, 5);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "y"); /* waits as well */
	expect(b, "NOTIFY ");
	assert_in_range(loop_now_ms(b->loop) - since, 990, 4000);
	assert_string_equal(body_of(b), "y");
	respond(b, 200, NULL, NULL);
	expect_nothing(b);
	expect_told_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 1);
}

/* A refresh shows that the peer is there: its NOTIFY comes at once (RFC 6665
 * §4.2.1.2). */
static void test_refresh_hurries(void **state)
{
	static const struct notifier_limits limits = { .min_s = MIN_S,
						       .max_s = 7200,
						       .retry_ms = 60000 };
	struct bench *b = *state;
	uint64_t since;

	notifier_set_limits(subject_of(b)->notifier, &limits);
	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	expect(b, "NOTIFY ");
	respond(b, 500, NULL, NULL);
	expect_nothing(b);
	since = loop_now_ms(b->loop);
	again(b, 12, "Event: presence\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 200 ");
	expect_notify(b, "active;expires=300", "again");
	assert_in_range(loop_now_ms(b->loop) - since, 0, 4000);
}

static void test_passing_never(void **state)
{
	struct bench *b = *state;
	int tries = 0;

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	while (b->told_read == b->told_count && receive(b, TURNS_MAX)) {
		respond(b, 500, NULL, NULL);
		turns(b, 3);
		tries++;
	}
	assert_int_equal(tries, 5);
	expect_told(b, "lost 500");
}

/* RFC 3261 §18.1.1: UDP after all, where TCP is refused. */
static void test_large_without_tcp(void **state)
{
	static char large[3000];
	struct bench *b = *state;

	establish(b);
	memset(large, 'x', sizeof(large) - 1);
	say(subject_of(b)->notice, NOTICE_ACTIVE, large);
	expect(b, "NOTIFY ");
	assert_string_equal(body_of(b), large);
	respond(b, 200, NULL, NULL);
	expect_nothing(b);
	expect_told_nothing(b);
}

static void test_unsendable(void **state)
{
	static char large[20000];
	struct bench *b = *state;

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	expect(b, "NOTIFY ");
	respond(b, 413, NULL, NULL);
	expect_nothing(b);
	expect_told_nothing(b); /* the next may be smaller */
	memset(large, 'x', sizeof(large) - 1);
	say(subject_of(b)->notice, NOTICE_ACTIVE, large); /* no TCP there */
	for (int i = 0; i < 100; i++)
		turns(b, 4);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "y");
	expect(b, "NOTIFY ");
	assert_string_equal(body_of(b), "y");
}

static void test_challenge_counts(void **state)
{
	struct bench *b = *state;
	char more[128];

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	expect(b, "NOTIFY ");
	(void)snprintf(more, sizeof(more),
		       "Contact: <sip:other@127.0.0.1:%u>\r\n", b->peer_port);
	respond(b, 302, NULL, more);
	expect(b, "NOTIFY sip:other@");
	assert_int_equal(cseq(b), 3);
	respond(b, 200, NULL, NULL);
	turns(b, 3);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "y");
	expect(b, "NOTIFY sip:peer@");
	assert_int_equal(cseq(b), 4);
}

/* Linphone's Contact is a GRUU, without an address. */
static void subscribe_gruu(struct bench *b, const char *more)
{
	struct form f = plain;

	f.contact = "Contact: <sip:romeo@nowhere.invalid;gr=urn:uuid:0>\r\n";
	f.more = more;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	expect(b, "NOTIFY sip:romeo@nowhere.invalid;gr=urn:uuid:0 SIP/2.0\r\n");
}

static void test_gruu_route(void **state)
{
	struct bench *b = *state;
	char more[256], route[128];

	(void)snprintf(route, sizeof(route),
		       "<sip:127.0.0.1:%u;lr>, <sip:p1.example.net;lr>",
		       b->peer_port);
	(void)snprintf(more, sizeof(more),
		       "Event: presence\r\nRecord-Route: %s\r\n", route);
	subscribe_gruu(b, more);
	assert_string_equal(header(b, "Route"), route); /* in order */
}

static void test_gruu_source(void **state)
{
	struct bench *b = *state;

	subscribe_gruu(b, "Event: presence\r\n");
	assert_false(has(b, "\r\nRoute:"));
	respond(b, 200, NULL, NULL);
	turns(b, 2);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x"); /* known by now */
	expect(b, "NOTIFY sip:romeo@nowhere.invalid");
}

static void test_strict_route(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char more[256], expected[128];

	(void)snprintf(more, sizeof(more),
		       "Event: presence\r\nRecord-Route: <sip:127.0.0.1:%u>, "
		       "<sip:p1.example.net;lr>\r\n",
		       b->peer_port);
	f.more = more;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	(void)snprintf(expected, sizeof(expected), "NOTIFY sip:127.0.0.1:%u ",
		       b->peer_port);
	expect(b, expected);
	(void)snprintf(expected, sizeof(expected),
		       "<sip:p1.example.net;lr>, <sip:peer@127.0.0.1:%u>",
		       b->peer_port);
	assert_string_equal(header(b, "Route"), expected);
}

/* --- time */

static void test_expiry_comes(void **state)
{
	const struct notifier_limits limits = { .min_s = 1 };
	struct bench *b = *state;
	struct form f = plain;
	uint64_t since = loop_now_ms(b->loop);

	notifier_set_limits(subject_of(b)->notifier, &limits);
	f.more = "Event: presence\r\nExpires: 1\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect(b, "NOTIFY ");
	respond(b, 200, NULL, NULL);
	expect_told(b, "subscribe 1");
	expect_told(b, "expired 0");
	assert_in_range(loop_now_ms(b->loop) - since, 1000, 5000);
	expect_notify(b, "terminated;reason=timeout", "closed");
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
}

static void test_expiry_dropped(void **state)
{
	const struct notifier_limits limits = { .min_s = 1 };
	struct bench *b = *state;
	struct form f = plain;

	notifier_set_limits(subject_of(b)->notifier, &limits);
	subject_of(b)->drops = true;
	subject_of(b)->is_mute = true;
	f.more = "Event: presence\r\nExpires: 1\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "subscribe 1");
	expect_told(b, "expired 0");
	expect_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
}

/* Dialogs of these, with nothing said in them. */
static void establish_all(struct bench *b, const char *const *froms, int n)
{
	for (int i = 0; i < n; i++) {
		struct form f = plain;
		char id[16];

		(void)snprintf(id, sizeof(id), "share%d", i);
		f.call_id = id;
		f.from = froms[i];
		send_form(b, &f);
		expect(b, "SIP/2.0 200 ");
	}
}

/* The next NOTIFY but copies of the first one, which is not answered yet. */
static void expect_behind(struct bench *b, const char *call_id,
			  const char *body)
{
	do
		expect(b, "NOTIFY ");
	while (strcmp(header(b, "Call-ID"), "share0") == 0);
	assert_string_equal(header(b, "Call-ID"), call_id);
	assert_string_equal(body_of(b), body);
}

/* Whoever does not take a last word, or puts it off for a day, is not owed it
 * for longer than a while: a poll costs him nothing. */
static void test_last_word(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);

	notifier_set_limits(s->notifier,
			    &(struct notifier_limits){ .running_max = 1 });
	establish(b);
	notice_on_over(s->notice, on_over, b);
	say(s->notice, NOTICE_TERMINATED, "end");
	expect(b, "NOTIFY ");
	respond(b, 503, NULL, "Retry-After: 86400\r\n");
	for (int i = 0; i < 150; i++)
		clock_turn(b->loop, 1000);
	expect_told_nothing(b);
	for (int i = 0; i < 30; i++)
		clock_turn(b->loop, 1000);
	expect_told(b, "over");
	assert_null(s->notifier->all);
	assert_null(ration_find(&s->notifier->rations,
				STR_LIT("sip:romeo@example.net")));
}

static struct ration *ration_of(struct subject *s, const char *name)
{
	return ration_find(&s->notifier->rations, str_z(name));
}

/* A watcher whose phones do not answer waits for himself, and nobody else for
 * him; what waits is the newest state. */
static void test_share(void **state)
{
	static const char *const froms[] = {
		"\"Romeo\" <sip:romeo@example.net>;tag=theirs",
		"\"<a@b>\" <sip:Romeo@EXAMPLE.net;x=y>;tag=theirs",
		"<sip:%72omeo@example.net>;tag=theirs",
		"<sip:romeo@example.net>;tag=theirs",
		"<sip:nurse@example.net>;tag=theirs",
	};
	enum { MANY = 5, NURSE = 4 };
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	char first[TEXT_MAX];

	notifier_set_limits(s->notifier,
			    &(struct notifier_limits){ .running_max = 1 });
	s->is_mute = true;
	establish_all(b, froms, MANY);
	for (int i = 0; i < MANY; i++)
		say(s->all[i], NOTICE_ACTIVE, "old");
	for (int i = 0; i < MANY; i++)
		say(s->all[i], NOTICE_ACTIVE, "new");
	expect(b, "NOTIFY ");
	assert_string_equal(header(b, "Call-ID"), "share0");
	memcpy(first, b->text, sizeof(first));
	expect_behind(b, "share4", "old");
	respond(b, 200, NULL, NULL);
	expect_behind(b, "share4", "new");
	respond(b, 200, NULL, NULL);
	/* Given up while it waits, and let go of while it is under way: that
	 * counts until it has ended. */
	notice_drop(s->all[1]);
	notice_drop(s->all[0]);
	turns(b, 5);
	assert_int_equal(ration_of(s, "sip:romeo@example.net")->running, 1);
	assert_int_equal(s->notifier->rations.all.count, 1);
	say(s->all[3], NOTICE_TERMINATED, "end");
	memcpy(b->text, first, sizeof(first));
	respond(b, 200, NULL, NULL);
	expect_behind(b, "share2", "new");
	respond(b, 200, NULL, NULL);
	expect_behind(b, "share3", "end");
	respond(b, 200, NULL, NULL);
	turns(b, 5);
	assert_int_equal(s->notifier->rations.all.count, 0);
	expect_nothing(b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_one_at_a_time),
		T(test_terminated),
		T(test_over),
		T(test_lost),
		T(test_silence),
		T(test_refresh_hurries),
		T(test_passing),
		T(test_passing_never),
		T(test_large_without_tcp),
		T(test_unsendable),
		T(test_challenge_counts),
		T(test_gruu_route),
		T(test_gruu_source),
		T(test_strict_route),
		T(test_expiry_comes),
		T(test_expiry_dropped),
		T(test_last_word),
		T(test_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
