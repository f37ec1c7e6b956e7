#include "presence_bench.h"
#include "sip/notifier.h"
#include "gateway/base/arena.h"

/* The owner here says what happened, and does what the test has told it. */
enum { KEPT_MAX = 256, MIN_S = 60, RETRY_MS = 100 };

struct subject {
	struct notifier *notifier;
	struct notice *notice; /* the last one that was accepted */
	struct notice *all[KEPT_MAX];
	size_t count;
	struct answer *kept; /* not answered yet */
	struct arena arena;
	char call_id[64], tag[64]; /* of our dialog, from its 200 */
	bool is_lazy;		   /* on_subscribe keeps the answer */
	bool is_mute;		   /* no NOTIFY behind the 200 */
	bool drops;		   /* in on_expired */
	struct dialog dialog;	   /* of kept; in arena */
	unsigned expires_s;
};

static struct subject *subject_of(struct bench *b)
{
	return b->subject;
}

static void on_request(struct bench *b, const struct request *r,
		       struct answer *a)
{
	notifier_offer(subject_of(b)->notifier, r, a);
}

static void say(struct notice *n, enum notice_state s, const char *body)
{
	notice_send(n, s, s == NOTICE_TERMINATED ? "timeout" : NULL, 0,
		    STR_LIT("application/pidf+xml"), str_z(body));
}

static void accept_it(struct bench *b, const struct dialog *d, struct str id,
		      struct answer *a)
{
	struct subject *s = subject_of(b);

	assert_true(s->count < KEPT_MAX);
	s->notice = notifier_accept(s->notifier, d, id, s->expires_s, a, b);
	s->all[s->count++] = s->notice;
	if (!s->is_mute)
		say(s->notice, NOTICE_PENDING, "");
}

static void on_subscribe(void *arg, const struct request *r, struct answer *a)
{
	struct bench *b = arg;
	struct subject *s = subject_of(b);
	struct dialog d;

	s->expires_s = notifier_expiry(s->notifier, r);
	told(b, "subscribe %u", s->expires_s);
	dialog_of_request(&s->arena, r, answer_tag(a), &d);
	if (!s->is_lazy) {
		accept_it(b, &d, r->event_id, a);
		return;
	}
	/* nothing of the request outlives this call */
	d.call_id = str_dup(&s->arena, d.call_id);
	d.local_tag = str_dup(&s->arena, d.local_tag);
	d.remote_tag = str_dup(&s->arena, d.remote_tag);
	d.route = str_dup(&s->arena, d.route);
	s->dialog = d;
	s->kept = a;
}

static void on_refresh(void *arg, struct notice *n, struct answer *a)
{
	struct bench *b = arg;

	assert_ptr_equal(notice_owner(n), b);
	told(b, "refresh %u", notice_remaining_s(n));
	notice_refreshed(n, a);
	if (notice_remaining_s(n) > 0)
		say(n, NOTICE_ACTIVE, "again");
	else
		say(n, NOTICE_TERMINATED, "closed");
}

static void on_expired(void *arg, struct notice *n)
{
	struct bench *b = arg;

	told(b, "expired %u", notice_remaining_s(n));
	if (subject_of(b)->drops)
		notice_drop(n);
	else
		say(n, NOTICE_TERMINATED, "closed");
}

static void on_lost(void *arg, struct notice *n, int status)
{
	struct bench *b = arg;

	assert_ptr_equal(notice_owner(n), b);
	told(b, "lost %d", status);
	if (subject_of(b)->drops)
		notice_drop(n); /* it would go anyway */
}

static const struct notifier_events events = { .on_subscribe = on_subscribe,
					       .on_refresh = on_refresh,
					       .on_expired = on_expired,
					       .on_lost = on_lost };

static int open_bench(void **state, size_t max_running)
{
	const struct notifier_limits limits = { .min_s = MIN_S,
						.max_s = 7200,
						.retry_ms = RETRY_MS };
	struct bench *b = bench_open(max_running);
	struct subject *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	b->subject = s;
	b->on_request = on_request;
	arena_init(&s->arena, 4096);
	s->notifier = notifier_create(b->loop, b->agent, &events, b);
	notifier_set_limits(s->notifier, &limits);
	*state = b;
	return 0;
}

static int setup(void **state)
{
	return open_bench(state, 100);
}

static int setup_narrow(void **state)
{
	return open_bench(state, 2);
}

static int teardown(void **state)
{
	struct bench *b = *state;
	struct subject *s = b->subject;

	notifier_destroy(&s->notifier);
	arena_fini(&s->arena);
	free(s);
	bench_close(b);
	return 0;
}

static const struct form plain = {
	.method = "SUBSCRIBE",
	.call_id = "sub1",
	.from = "\"Romeo\" <sip:romeo@example.net>;tag=theirs",
	.to = "<sip:juliet@example.com>",
	.cseq = 10,
	.more = "Event: presence\r\nExpires: 600\r\n"
};

static void note_ids(struct bench *b)
{
	struct subject *s = subject_of(b);

	(void)snprintf(s->call_id, sizeof(s->call_id), "%s",
		       header(b, "Call-ID"));
	(void)snprintf(s->tag, sizeof(s->tag), "%s", tag(b, "To"));
}

/* A SUBSCRIBE in the dialog. */
static void again(struct bench *b, unsigned number, const char *more)
{
	char to[128];
	struct form f = plain;

	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       subject_of(b)->tag);
	f.call_id = subject_of(b)->call_id;
	f.to = to;
	f.cseq = number;
	f.more = more;
	send_form(b, &f);
}

static void expect_notify(struct bench *b, const char *state, const char *body)
{
	expect(b, "NOTIFY sip:");
	assert_string_equal(header(b, "Subscription-State"), state);
	assert_string_equal(body_of(b), body);
}

/* A dialog that stands: 200, NOTIFY pending, its 200. */
static void establish(struct bench *b)
{
	send_form(b, &plain);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	expect_notify(b, "pending;expires=600", "");
	respond(b, 200, NULL, NULL);
	expect_told(b, "subscribe 600");
	turns(b, 2);
}

/* --- SUBSCRIBE */

static void test_checks(void **state)
{
	static const struct {
		const char *more, *contact, *expected, *part;
	} cases[] = {
		{ "Expires: 600\r\n", NULL, "SIP/2.0 489 ",
		  "\r\nAllow-Events: presence\r\n" },
		{ "Event: dialog\r\n", NULL, "SIP/2.0 489 ",
		  "\r\nAllow-Events: presence\r\n" },
		{ "Event: PRESENCE\r\n", NULL, "SIP/2.0 489 ", "" },
		{ "Event: presence.winfo\r\n", NULL, "SIP/2.0 489 ", "" },
		{ "Event: presence\r\nAccept: application/xpidf+xml\r\n", NULL,
		  "SIP/2.0 406 ", "\r\nAccept: application/pidf+xml\r\n" },
		{ "Event: presence\r\nExpires: 1\r\n", NULL, "SIP/2.0 423 ",
		  "\r\nMin-Expires: 60\r\n" },
		{ "Event: presence\r\nExpires: 59\r\n", NULL, "SIP/2.0 423 ",
		  "\r\nMin-Expires: 60\r\n" },
		{ "Event: presence\r\n", "", "SIP/2.0 400 ", "" },
		{ "Event: presence\r\n", "Contact: <tel:+123>\r\n",
		  "SIP/2.0 400 ", "" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct form f = plain;
		char id[16];

		(void)snprintf(id, sizeof(id), "check%zu", i);
		f.call_id = id;
		f.more = cases[i].more;
		f.contact = cases[i].contact;
		send_form(b, &f);
		expect(b, cases[i].expected);
		assert_has(b, cases[i].part);
	}
	expect_told_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
}

static void test_expiry(void **state)
{
	static const struct {
		const char *more;
		unsigned expires_s;
	} cases[] = {
		{ "Event: presence\r\n", 3600 },
		{ "Event: presence\r\nExpires: rubbish\r\n", 3600 },
		{ "Event: presence\r\nExpires: 60\r\n", 60 },
		{ "Event: presence\r\nExpires: 7200\r\n", 7200 },
		{ "Event: presence\r\nExpires: 7201\r\n", 7200 },
		{ "Event: presence\r\nExpires: 99999999999\r\n", 7200 },
		{ "Event: presence\r\nAccept: application/pidf+xml\r\n", 3600 },
		{ "Event: presence\r\nAccept: text/plain, Application/PIDF+xml"
		  ";q=0.5\r\n",
		  3600 },
		{ "Event: presence\r\nAccept: application/*\r\n", 3600 },
		{ "Event: presence\r\nAccept: */*\r\n", 3600 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct form f = plain;
		char id[16], line[64];

		(void)snprintf(id, sizeof(id), "expiry%zu", i);
		f.call_id = id;
		f.more = cases[i].more;
		send_form(b, &f);
		(void)snprintf(line, sizeof(line), "subscribe %u",
			       cases[i].expires_s);
		expect_told(b, line);
		expect(b, "SIP/2.0 200 ");
		assert_string_equal(header(b, "Expires"), line + 10);
		expect(b, "NOTIFY ");
		(void)snprintf(line, sizeof(line), "pending;expires=%u",
			       cases[i].expires_s);
		assert_string_equal(header(b, "Subscription-State"), line);
		respond(b, 200, NULL, NULL);
	}
}

static void test_accept(void **state)
{
	struct bench *b = *state;
	char expected[128];
	struct form f = plain;

	f.more = "Event: presence;id=a7\r\nExpires: 600\r\n"
		 "Record-Route: <sip:127.0.0.1:9;lr>\r\n";
	subject_of(b)->is_mute = true;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	assert_string_equal(header(b, "Expires"), "600");
	assert_int_equal(strlen(subject_of(b)->tag), 16);
	(void)snprintf(expected, sizeof(expected), "<sip:juliet@127.0.0.1:%u>",
		       b->port);
	assert_string_equal(header(b, "Contact"), expected);
	assert_string_equal(header(b, "Record-Route"), "<sip:127.0.0.1:9;lr>");
	assert_string_equal(header(b, "Allow-Events"), "presence");
	assert_true(str_eqz(notice_event_id(subject_of(b)->notice), "a7"));
	assert_true(str_eqz(notice_dialog(subject_of(b)->notice)->local_tag,
			    subject_of(b)->tag));
	assert_in_range(notice_expires_at_s(subject_of(b)->notice),
			loop_wall_ms() / 1000 + 595,
			loop_wall_ms() / 1000 + 601);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 1);
}

static void test_notify(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char expected[128];

	f.more = "Event: presence;id=a7\r\nExpires: 600\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 200 "); /* first of all */
	note_ids(b);
	expect(b, "NOTIFY ");
	(void)snprintf(expected, sizeof(expected),
		       "NOTIFY sip:peer@127.0.0.1:%u SIP/2.0\r\n",
		       b->peer_port);
	assert_has(b, expected);
	/* From is the one who is watched, with his tag: the dialog's rule. */
	(void)snprintf(expected, sizeof(expected),
		       "<sip:juliet@example.com>;tag=%s", subject_of(b)->tag);
	assert_string_equal(header(b, "From"), expected);
	assert_string_equal(header(b, "To"),
			    "\"Romeo\" <sip:romeo@example.net>;tag=theirs");
	assert_string_equal(header(b, "Call-ID"), "sub1");
	assert_string_equal(header(b, "Event"), "presence;id=a7");
	assert_string_equal(header(b, "Subscription-State"),
			    "pending;expires=600");
	assert_string_equal(header(b, "CSeq"), "1 NOTIFY");
	(void)snprintf(expected, sizeof(expected), "<sip:juliet@127.0.0.1:%u>",
		       b->port);
	assert_string_equal(header(b, "Contact"), expected);
	assert_string_equal(header(b, "Content-Length"), "0");
	assert_false(has(b, "Content-Type"));
	respond(b, 200, NULL, NULL);
	turns(b, 2);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "doc");
	expect(b, "NOTIFY ");
	assert_string_equal(body_of(b), "doc");
	assert_string_equal(header(b, "CSeq"), "2 NOTIFY");
	assert_string_equal(header(b, "Content-Type"), "application/pidf+xml");
	assert_true(str_starts(str_z(header(b, "Subscription-State")),
			       "active;expires="));
}

/* The store takes its time: nothing is said before. */
static void test_late(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);

	s->is_lazy = true;
	send_form(b, &plain);
	expect_told(b, "subscribe 600");
	expect_nothing(b);
	accept_it(b, &s->dialog, STR_NONE, s->kept);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	expect_notify(b, "pending;expires=600", "");
	respond(b, 200, NULL, NULL);
	again(b, 11, "Event: presence\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 200 ");
}

static void test_refresh(void **state)
{
	struct bench *b = *state;

	establish(b);
	again(b, 12, "Event: presence\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 200 ");
	assert_string_equal(header(b, "Expires"), "300");
	assert_has(b, "\r\nContact: <sip:juliet@");
	expect_told(b, "refresh 300");
	expect_notify(b, "active;expires=300", "again");
	assert_string_equal(header(b, "CSeq"), "2 NOTIFY");
	respond(b, 200, NULL, NULL);
	again(b, 11, "Event: presence\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 500 "); /* out of order */
	again(b, 13, "Event: presence\r\nExpires: 30\r\n");
	expect(b, "SIP/2.0 423 ");
	again(b, 14, "Event: presence;id=2\r\nExpires: 300\r\n");
	expect(b, "SIP/2.0 403 "); /* a second usage of the dialog */
	again(b, 15, "Event: dialog\r\n");
	expect(b, "SIP/2.0 489 ");
	(void)snprintf(subject_of(b)->tag, 8, "unknown");
	again(b, 16, "Event: presence\r\n");
	expect(b, "SIP/2.0 481 ");
	expect_told_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 1);
}

static void test_wrong_remote_tag(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char to[128];

	establish(b);
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       subject_of(b)->tag);
	f.to = to;
	f.from = "<sip:romeo@example.net>;tag=foreign";
	f.cseq = 99;
	send_form(b, &f);
	expect(b, "SIP/2.0 481 ");
}

static void test_target_refresh(void **state)
{
	struct bench *b = *state;
	struct form f = plain;
	char to[128], contact[128];

	establish(b);
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       subject_of(b)->tag);
	(void)snprintf(contact, sizeof(contact),
		       "Contact: <sip:moved@127.0.0.1:%u;x=y>\r\n",
		       b->peer_port);
	f.to = to;
	f.cseq = 11;
	f.contact = contact;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect(b, "NOTIFY sip:moved@127.0.0.1:");
	assert_has(b, ";x=y SIP/2.0\r\n");
}

static void test_end(void **state)
{
	struct bench *b = *state;

	establish(b);
	again(b, 11, "Event: presence\r\nExpires: 0\r\n");
	expect(b, "SIP/2.0 200 ");
	assert_string_equal(header(b, "Expires"), "0");
	expect_told(b, "refresh 0");
	expect_notify(b, "terminated;reason=timeout", "closed");
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	respond(b, 200, NULL, NULL);
	again(b, 12, "Event: presence\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 481 ");
	expect_told_nothing(b);
}

static void test_poll(void **state)
{
	struct bench *b = *state;
	struct form f = plain;

	f.more = "Event: presence\r\nExpires: 0\r\n";
	subject_of(b)->is_mute = true;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	assert_string_equal(header(b, "Expires"), "0");
	expect_told(b, "subscribe 0");
	expect_nothing(b);
	/* whatever the owner says, it is the last word */
	say(subject_of(b)->notice, NOTICE_ACTIVE, "doc");
	expect_notify(b, "terminated;reason=timeout", "doc");
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	respond(b, 200, NULL, NULL);
	expect_told_nothing(b);
}

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
	notice_send(s->notice, NOTICE_TERMINATED, "rejected", 0, STR_NONE,
		    STR_NONE);
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
		    STR_NONE, STR_NONE);
	expect_notify(b, "terminated;reason=probation;retry-after=120", "");
	respond(b, 481, NULL, NULL);
	expect_told_nothing(b); /* it was over anyway */
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
	assert_in_range(loop_now_ms(b->loop) - since, 990, 1500);
	assert_string_equal(body_of(b), "y");
	respond(b, 200, NULL, NULL);
	expect_nothing(b);
	expect_told_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 1);
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

static void test_unsendable(void **state)
{
	static char large[3000];
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
	assert_in_range(loop_now_ms(b->loop) - since, 1000, 2200);
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

/* --- over a restart */

static void test_restore(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	struct strbuf row;
	struct dialog d;
	int64_t until;

	establish(b);
	strbuf_init(&row, 10000);
	dialog_write(&row, notice_dialog(s->notice));
	until = notice_expires_at_s(s->notice);
	notifier_destroy(&s->notifier); /* kill -9 */
	s->notifier = notifier_create(b->loop, b->agent, &events, b);
	assert_true(dialog_read(&s->arena, strbuf_str(&row), &d));
	s->notice =
		notifier_restore(s->notifier, &d, STR_LIT("i"), until, 100, b);
	assert_non_null(s->notice);
	assert_null(notifier_restore(s->notifier, &d, STR_NONE, until, 1, b));
	strbuf_fini(&row);
	assert_int_equal(notice_expires_at_s(s->notice), until);
	assert_in_range(notice_remaining_s(s->notice), 590, 600);
	say(s->notice, NOTICE_ACTIVE, "restored");
	expect(b, "NOTIFY sip:peer@127.0.0.1:");
	assert_string_equal(body_of(b), "restored");
	assert_int_equal(cseq(b), 102); /* above all that were sent */
	assert_string_equal(header(b, "Call-ID"), s->call_id);
	assert_string_equal(tag(b, "From"), s->tag);
	assert_string_equal(tag(b, "To"), "theirs");
	assert_string_equal(header(b, "Event"), "presence;id=i");
	respond(b, 200, NULL, NULL);
	again(b, 10, "Event: presence;id=i\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 500 "); /* the peer's number was kept too */
	again(b, 11, "Event: presence;id=i\r\nExpires: 600\r\n");
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "refresh 600");
}

static void test_restore_expired(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	struct dialog d;
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "d1\t4\t9\tc\tl\tr\t<sip:juliet@example.com>\t"
		       "<sip:romeo@example.net>\tsip:romeo@127.0.0.1:%u\t\t",
		       b->peer_port);
	assert_true(dialog_read(&s->arena, str_z(text), &d));
	assert_non_null(notifier_restore(s->notifier, &d, STR_NONE,
					 loop_wall_ms() / 1000 - 1000, 100, b));
	for (int i = 0; i < 3 && b->told_count == 0; i++)
		turns(b, 600);
	expect_told(b, "expired 0");
	expect_notify(b, "terminated;reason=timeout", "closed");
	assert_int_equal(cseq(b), 105);
	/* Contact, although nothing is known of a source. */
	assert_has(b, "\r\nContact: <sip:juliet@127.0.0.1:");
}

static void test_drop(void **state)
{
	struct bench *b = *state;

	establish(b);
	say(subject_of(b)->notice, NOTICE_ACTIVE, "x");
	say(subject_of(b)->notice, NOTICE_ACTIVE, "y");
	notice_drop(subject_of(b)->notice); /* with one under way */
	expect(b, "NOTIFY ");
	respond(b, 200, NULL, NULL);
	expect_nothing(b);
	assert_int_equal(notifier_count(subject_of(b)->notifier), 0);
	expect_told_nothing(b);
}

/* The uac takes two: the others wait and come in turn. */
static void test_room(void **state)
{
	enum { MANY = 40 };
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	size_t seen = 0, most = 0;

	s->is_mute = true;
	for (size_t i = 0; i < MANY; i++) {
		struct form f = plain;
		char id[16];

		(void)snprintf(id, sizeof(id), "room%zu", i);
		f.call_id = id;
		send_form(b, &f);
		expect(b, "SIP/2.0 200 ");
	}
	for (size_t i = 0; i < MANY; i++)
		say(s->all[i], NOTICE_ACTIVE, "x");
	most = notifier_waiting(s->notifier);
	assert_int_equal(most, MANY - 2);
	notice_drop(s->all[MANY - 1]);
	while (seen < MANY - 1 && receive(b, TURNS_MAX)) {
		assert_int_equal(cseq(b), 1);
		respond(b, 200, NULL, NULL);
		seen++;
	}
	turns(b, 3);
	assert_int_equal(seen, MANY - 1);
	assert_int_equal(notifier_waiting(s->notifier), 0);
	expect_nothing(b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_checks),
		T(test_expiry),
		T(test_accept),
		T(test_notify),
		T(test_late),
		T(test_refresh),
		T(test_wrong_remote_tag),
		T(test_target_refresh),
		T(test_end),
		T(test_poll),
		T(test_one_at_a_time),
		T(test_terminated),
		T(test_lost),
		T(test_silence),
		T(test_passing),
		T(test_passing_never),
		T(test_unsendable),
		T(test_challenge_counts),
		T(test_gruu_route),
		T(test_gruu_source),
		T(test_strict_route),
		T(test_expiry_comes),
		T(test_expiry_dropped),
		T(test_restore),
		T(test_restore_expired),
		T(test_drop),
		cmocka_unit_test_setup_teardown(test_room, setup_narrow,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
