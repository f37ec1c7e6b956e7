#include "presence_bench.h"
#include "sip/watcher.h"

/* What a watch has told is a line; what is asked of it is on the wire. */
struct subject {
	struct watcher *watcher;
	struct watch *watch;
	char call_id[64], tag[64]; /* of the SUBSCRIBE received last */
	bool drops;		   /* in its callbacks */
};

enum { N_MS = 800, RETRY_MS = 100, FLOOR_MS = 100 };

static struct subject *subject_of(struct bench *b)
{
	return b->subject;
}

static void on_request(struct bench *b, const struct request *r,
		       struct answer *a)
{
	struct reply no = { .status = 481 };

	if (!watcher_offer(subject_of(b)->watcher, r, a))
		agent_reply(a, &no);
}

static const char *const names[] = { "active", "pending", "terminated" };

static void on_notice(void *arg, const struct watch_notice *n)
{
	struct bench *b = arg;

	told(b, "%s reason=%.*s after=%d body=%.*s%s", names[n->state],
	     STR_ARG(n->reason), (int)n->retry_after_s, STR_ARG(n->body),
	     n->is_poll ? " poll" : "");
	if (subject_of(b)->drops)
		watch_drop(&subject_of(b)->watch);
}

static void on_failed(void *arg, int status, int64_t retry_after_s)
{
	struct bench *b = arg;

	told(b, "failed %d after=%d%s", status, (int)retry_after_s,
	     watch_is_confirmed(subject_of(b)->watch) ? " confirmed" : "");
	if (subject_of(b)->drops)
		watch_drop(&subject_of(b)->watch);
}

static const struct watch_events events = { .on_notice = on_notice,
					    .on_failed = on_failed };

static int setup(void **state)
{
	const struct watch_timing timing = { .timer_n_ms = N_MS,
					     .retry_ms = RETRY_MS,
					     .floor_ms = FLOOR_MS };
	struct bench *b = bench_open(100);
	struct subject *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	b->subject = s;
	b->on_request = on_request;
	s->watcher = watcher_create(b->loop, b->agent);
	watcher_set_timing(s->watcher, &timing);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	struct subject *s = b->subject;

	watcher_destroy(&s->watcher);
	free(s);
	bench_close(b);
	return 0;
}

static void open_with(struct bench *b, unsigned expires_s, bool wants_many)
{
	char target[64];
	struct watch_options o = { .event = STR("presence"),
				   .accept = STR("application/pidf+xml"),
				   .expires_s = expires_s,
				   .wants_many = wants_many };

	(void)snprintf(target, sizeof(target), "sip:romeo@127.0.0.1:%u",
		       b->peer_port);
	o.target = o.to.uri = uri_of(target);
	o.from.uri = uri_of("sip:juliet@example.com");
	subject_of(b)->watch =
		watch_open(subject_of(b)->watcher, &o, &events, b);
}

static void note_ids(struct bench *b)
{
	struct subject *s = subject_of(b);

	(void)snprintf(s->call_id, sizeof(s->call_id), "%s",
		       header(b, "Call-ID"));
	(void)snprintf(s->tag, sizeof(s->tag), "%s", tag(b, "From"));
}

static void expect_subscribe(struct bench *b, const char *expires)
{
	expect(b, "SUBSCRIBE sip:");
	assert_string_equal(header(b, "Expires"), expires);
	assert_string_equal(header(b, "Event"), "presence");
	assert_string_equal(header(b, "Accept"), "application/pidf+xml");
	note_ids(b);
}

static void notify_as(struct bench *b, const char *who, unsigned number,
		      const char *subscription_state, const char *body)
{
	struct subject *s = subject_of(b);
	char from[128], to[128], more[256];
	const struct form f = { .method = "NOTIFY",
				.call_id = s->call_id,
				.from = from,
				.to = to,
				.cseq = number,
				.more = more,
				.body = body };

	(void)snprintf(from, sizeof(from), "<sip:romeo@127.0.0.1>;tag=%s", who);
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       s->tag);
	(void)snprintf(more, sizeof(more),
		       "Event: presence\r\nSubscription-State: %s\r\n",
		       subscription_state);
	send_form(b, &f);
}

/* And its answer. */
static void notify(struct bench *b, unsigned number, const char *state,
		   const char *body)
{
	notify_as(b, "theirs", number, state, body);
	expect(b, "SIP/2.0 200 ");
}

/* A subscription of expires seconds that stands. */
static void establish(struct bench *b, const char *state)
{
	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 200, "theirs", "Expires: 3600\r\n");
	notify(b, 1, state, "one");
	expect_told(b, "active reason= after=-1 body=one");
}

static void expect_end(struct bench *b, size_t count)
{
	expect_told_nothing(b);
	assert_int_equal(watcher_count(subject_of(b)->watcher), count);
}

/* --- the first SUBSCRIBE */

static void test_first(void **state)
{
	struct bench *b = *state;
	char expected[64];

	open_with(b, 3600, false);
	assert_int_equal(watcher_count(subject_of(b)->watcher), 1);
	expect_subscribe(b, "3600");
	(void)snprintf(expected, sizeof(expected), "<sip:juliet@127.0.0.1:%u>",
		       b->port);
	assert_string_equal(header(b, "Contact"), expected);
	assert_string_equal(header(b, "Content-Length"), "0");
	assert_string_equal(tag(b, "To"), "");
	assert_true(strlen(tag(b, "From")) > 8);
	respond(b, 200, "theirs", "Expires: 3600\r\n");
	expect_told_nothing(b); /* a 2xx says nothing of the authorisation */
	notify(b, 1, "pending;expires=3000", NULL);
	expect_told(b, "pending reason= after=-1 body=");
	assert_true(watch_is_confirmed(subject_of(b)->watch));
	notify(b, 2, "active;expires=3000", "doc");
	expect_told(b, "active reason= after=-1 body=doc");
	notify(b, 3, "active;expires=3000", NULL); /* keeps what was */
	expect_told(b, "active reason= after=-1 body=");
	expect_end(b, 1);
}

static void test_accepted(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 202, NULL, NULL); /* no To tag, no Expires: libpurple */
	notify(b, 1, "active", "x");
	expect_told(b, "active reason= after=-1 body=x");
}

static void test_overtaken(void **state)
{
	struct bench *b = *state;
	struct bench *before = malloc(sizeof(*b));

	assert_non_null(before);
	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	*before = *b;
	notify(b, 1, "active;expires=600", "x");
	expect_told(b, "active reason= after=-1 body=x");
	memcpy(b->text, before->text, sizeof(b->text));
	free(before);
	respond(b, 200, "theirs", "Expires: 600\r\n");
	expect_end(b, 1);
}

/* The 2xx is lost altogether: the NOTIFY has made the dialog. */
static void test_only_notify(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	notify(b, 1, "active;expires=600", "x");
	expect_told(b, "active reason= after=-1 body=x");
	for (int i = 0; i < 2 * F_MS / 10; i++)
		loop_turn(b->loop, 10);
	expect_end(b, 1);
}

static void test_timer_n(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 200, "theirs", NULL);
	expect_told(b, "failed 0 after=-1");
	expect_end(b, 0);
	notify_as(b, "theirs", 1, "active", "x");
	expect(b, "SIP/2.0 481 ");
	watch_drop(&subject_of(b)->watch);
}

static void test_refused(void **state)
{
	static const struct {
		int status;
		const char *more, *expected;
	} cases[] = {
		{ 403, NULL, "failed 403 after=-1" },
		{ 404, NULL, "failed 404 after=-1" },
		{ 489, NULL, "failed 489 after=-1" },
		{ 603, NULL, "failed 603 after=-1" },
		{ 503, "Retry-After: 17\r\n", "failed 503 after=17" },
		{ 423, NULL, "failed 423 after=-1" },
		{ 423, "Min-Expires: 10\r\n", "failed 423 after=-1" },
		{ 423, "Min-Expires: 4294967295\r\n", "failed 423 after=-1" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_with(b, 3600, false);
		expect_subscribe(b, "3600");
		respond(b, cases[i].status, "t", cases[i].more);
		expect_told(b, cases[i].expected);
		expect_end(b, 0);
		watch_drop(&subject_of(b)->watch);
		assert_null(subject_of(b)->watch);
	}
}

static void test_silence(void **state)
{
	struct bench *b = *state;

	subject_of(b)->drops = true; /* in the callback */
	open_with(b, 3600, false);
	expect_told(b, "failed 408 after=-1");
	assert_null(subject_of(b)->watch);
}

static void test_no_route(void **state)
{
	const struct watch_options o = {
		.target = uri_of("sip:romeo@nowhere.invalid"),
		.to = { .uri = uri_of("sip:romeo@nowhere.invalid") },
		.from = { .uri = uri_of("sip:juliet@example.com") },
		.event = STR("presence"),
		.expires_s = 3600
	};
	struct bench *b = *state;

	subject_of(b)->watch =
		watch_open(subject_of(b)->watcher, &o, &events, b);
	expect_told(b, "failed 503 after=-1");
}

static void test_too_brief(void **state)
{
	struct bench *b = *state;
	unsigned first;

	open_with(b, 60, false);
	expect_subscribe(b, "60");
	first = cseq(b);
	respond(b, 423, "t", "Min-Expires: 1800\r\n");
	expect_subscribe(b, "1800");
	assert_int_equal(cseq(b), first + 1);
	respond(b, 200, "t", "Expires: 1800\r\n");
	notify(b, 1, "active;expires=1800", "x");
	expect_told(b, "active reason= after=-1 body=x");
}

/* 481 to the first: once more, and with nothing of the old in it. */
static void test_first_481(void **state)
{
	struct bench *b = *state;
	struct subject old;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	old = *subject_of(b);
	respond(b, 481, "t", NULL);
	expect_subscribe(b, "3600");
	assert_string_not_equal(subject_of(b)->call_id, old.call_id);
	assert_string_not_equal(subject_of(b)->tag, old.tag);
	respond(b, 481, "t", NULL);
	expect_told(b, "failed 481 after=-1");
	expect_end(b, 0);
}

static void test_redirect(void **state)
{
	struct bench *b = *state;
	char more[128];

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	(void)snprintf(more, sizeof(more),
		       "Contact: <sip:other@127.0.0.1:%u>\r\n", b->peer_port);
	respond(b, 302, "t", more);
	expect(b, "SUBSCRIBE sip:other@");
	note_ids(b);
	respond(b, 200, "t", NULL);
	notify(b, 1, "active;expires=2", "x");
	expect_told(b, "active reason= after=-1 body=x");
	expect_subscribe(b, "3600");
	assert_true(cseq(b) >= 3); /* counted on over the redirection */
}

/* --- which NOTIFY is ours */

static void test_not_ours(void **state)
{
	static const struct {
		const char *call_id, *to_tag, *event;
	} cases[] = {
		{ "other", NULL, "presence" },	 { NULL, "other", "presence" },
		{ NULL, NULL, "Presence" },	 { NULL, NULL, "dialog" },
		{ NULL, NULL, "presence;id=7" },
	};
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	char to[128], more[256];
	struct form f = { .method = "NOTIFY",
			  .from = "<sip:romeo@127.0.0.1>;tag=theirs",
			  .to = to,
			  .more = more,
			  .cseq = 1 };

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 200, "theirs", NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.call_id = cases[i].call_id ? cases[i].call_id : s->call_id;
		(void)snprintf(to, sizeof(to),
			       "<sip:juliet@example.com>;tag=%s",
			       cases[i].to_tag ? cases[i].to_tag : s->tag);
		(void)snprintf(more, sizeof(more),
			       "Event: %s\r\nSubscription-State: active\r\n",
			       cases[i].event);
		send_form(b, &f);
		expect(b, "SIP/2.0 481 ");
	}
	expect_told_nothing(b);
}

static void test_fork(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 200, "second", NULL); /* with another tag: no matter */
	notify_as(b, "first", 1, "active", "x");
	expect(b, "SIP/2.0 200 ");
	notify_as(b, "second", 1, "active", "y");
	expect(b, "SIP/2.0 481 ");
	notify_as(b, "first", 2, "active", "z");
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "active reason= after=-1 body=x");
	expect_told(b, "active reason= after=-1 body=z");
	expect_end(b, 1);
}

static void test_fork_many(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, true);
	expect_subscribe(b, "3600");
	respond(b, 200, "first", NULL);
	notify_as(b, "first", 1, "active", "x");
	expect(b, "SIP/2.0 200 ");
	notify_as(b, "second", 9, "active", "y");
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "active reason= after=-1 body=x");
	expect_told(b, "active reason= after=-1 body=y");
	notify_as(b, "first", 2, "terminated;reason=noresource", "z");
	expect(b, "SIP/2.0 200 "); /* the other one goes on */
	expect_told(b, "active reason=noresource after=-1 body=z");
	notify_as(b, "second", 10, "terminated;reason=rejected", NULL);
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "terminated reason=rejected after=-1 body=");
	expect_end(b, 0);
}

/* Refreshed and ended each for itself. */
static void test_fork_many_close(void **state)
{
	struct bench *b = *state;
	unsigned refreshed = 0;

	open_with(b, 3600, true);
	expect_subscribe(b, "3600");
	respond(b, 200, "first", NULL);
	notify_as(b, "first", 1, "active;expires=1", "x");
	expect(b, "SIP/2.0 200 ");
	notify_as(b, "second", 1, "active;expires=1", "y");
	expect(b, "SIP/2.0 200 ");
	for (int i = 0; i < 2; i++) {
		const char *who;

		expect_subscribe(b, "3600");
		who = strcmp(tag(b, "To"), "first") == 0 ? "first" : "second";
		refreshed |= who[0] == 'f' ? 1 : 2;
		respond(b, 200, "", NULL);
		notify_as(b, who, 2, "active;expires=600", "z");
		expect(b, "SIP/2.0 200 ");
	}
	assert_int_equal(refreshed, 3);
	b->told_read = b->told_count;
	watch_close(&subject_of(b)->watch);
	for (int i = 0; i < 2; i++) {
		expect_subscribe(b, "0");
		respond(b, 200, "", NULL);
	}
	notify_as(b, "first", 3, "terminated;reason=timeout", NULL);
	expect(b, "SIP/2.0 200 ");
	notify_as(b, "second", 3, "terminated;reason=timeout", NULL);
	expect(b, "SIP/2.0 200 ");
	expect_end(b, 0);
}

static void test_order(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	notify(b, 9, "active;expires=600", "nine");
	expect_told(b, "active reason= after=-1 body=nine");
	notify_as(b, "theirs", 8, "active;expires=600", "eight");
	expect(b, "SIP/2.0 500 ");
	notify_as(b, "theirs", 9, "active;expires=600", "nine");
	expect(b, "SIP/2.0 500 ");
	expect_told_nothing(b);
}

static void test_malformed(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	char to[128];
	struct form f = { .method = "NOTIFY",
			  .from = "<sip:romeo@127.0.0.1>;tag=theirs",
			  .to = to,
			  .cseq = 2 };

	establish(b, "active;expires=600");
	f.call_id = s->call_id;
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       s->tag);
	f.more = "Event: presence\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 400 ");
	f.more = "Event: presence\r\nSubscription-State: active\r\n"
		 "Content-Encoding: deflate\r\nContent-Type: a/b\r\n";
	f.body = "zz";
	send_form(b, &f);
	expect(b, "SIP/2.0 415 ");
	assert_string_equal(header(b, "Accept-Encoding"), "identity");
	expect_told_nothing(b);
	/* What was refused does not count in the order. */
	notify(b, 2, "active;expires=600", "two");
	expect_told(b, "active reason= after=-1 body=two");
}

/* --- in the dialog */

/* Route set from the NOTIFY's Record-Route, target from its Contact, and a new
 * target from the next. */
static void test_route(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	char to[128], more[512], route[128];
	struct form f = { .method = "NOTIFY",
			  .from = "<sip:romeo@127.0.0.1>;tag=theirs",
			  .to = to,
			  .cseq = 1,
			  .more = more };

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 200, "theirs", "Record-Route: <sip:wrong.invalid;lr>\r\n");
	f.call_id = s->call_id;
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       s->tag);
	(void)snprintf(route, sizeof(route),
		       "<sip:127.0.0.1:%u;lr>, <sip:p2.example.net;lr>",
		       b->peer_port);
	(void)snprintf(more, sizeof(more),
		       "Event: presence\r\nRecord-Route: %s\r\n"
		       "Subscription-State: active;expires=1\r\n",
		       route);
	f.contact = "Contact: <sip:r@a.example.net>\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect_subscribe(b, "3600");
	assert_has(b, "SUBSCRIBE sip:r@a.example.net SIP/2.0\r\n");
	assert_string_equal(header(b, "Route"), route);
	assert_string_equal(tag(b, "To"), "theirs");
	assert_string_equal(tag(b, "From"), s->tag);
	respond(b, 200, "", NULL);
	f.cseq = 2;
	f.contact = "Contact: <sip:r@b.example.net>\r\n";
	(void)snprintf(more, sizeof(more),
		       "Event: presence\r\n"
		       "Subscription-State: active;expires=1\r\n");
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect_subscribe(b, "3600");
	assert_has(b, "SUBSCRIBE sip:r@b.example.net SIP/2.0\r\n");
	assert_string_equal(header(b, "Route"), route);
}

static void test_refresh(void **state)
{
	struct bench *b = *state;
	struct subject first;
	unsigned number;
	uint64_t since;

	establish(b, "active;expires=2");
	first = *subject_of(b);
	since = loop_now_ms(b->loop);
	expect_subscribe(b, "3600");
	/* "expires" of the NOTIFY governs, not that of the 2xx */
	assert_in_range(loop_now_ms(b->loop) - since, 900, 1400);
	assert_string_equal(subject_of(b)->call_id, first.call_id);
	assert_string_equal(subject_of(b)->tag, first.tag);
	assert_string_equal(tag(b, "To"), "theirs");
	number = cseq(b);
	respond(b, 200, "", "Expires: 2\r\n");
	notify(b, 2, "active;expires=1", "two");
	expect_told(b, "active reason= after=-1 body=two");
	expect_subscribe(b, "3600");
	assert_int_equal(cseq(b), number + 1);
	respond(b, 200, "", NULL);
	notify(b, 3, "active;expires=600", "three");
	expect_told(b, "active reason= after=-1 body=three");
	watch_refresh(subject_of(b)->watch); /* now */
	expect_subscribe(b, "3600");
	assert_int_equal(cseq(b), number + 2);
	watch_refresh(subject_of(b)->watch); /* one at a time */
	respond(b, 200, "", NULL);
	notify(b, 4, "active;expires=600", "four");
	expect_told(b, "active reason= after=-1 body=four");
	expect_nothing(b);
}

static void test_refresh_timer_n(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	watch_refresh(subject_of(b)->watch);
	expect_subscribe(b, "3600");
	respond(b, 200, "", NULL);
	expect_told(b, "terminated reason= after=-1 body=");
	expect_end(b, 0);
}

static void test_refresh_refused(void **state)
{
	static const int ends[] = { 403, 404, 405, 410, 416, 480, 481, 482,
				    483, 484, 485, 489, 501, 600, 603, 604 };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char line[64];

		establish(b, "active;expires=600");
		watch_refresh(subject_of(b)->watch);
		expect_subscribe(b, "3600");
		respond(b, ends[i], "", NULL);
		(void)snprintf(line, sizeof(line),
			       "failed %d after=-1 confirmed", ends[i]);
		expect_told(b, line);
		assert_int_equal(watcher_count(subject_of(b)->watcher), 0);
		watch_drop(&subject_of(b)->watch);
	}
}

/* What may pass changes nothing before the known end. */
static void test_refresh_kept(void **state)
{
	static const int passing[] = { 500, 503, 408, 400 };
	struct bench *b = *state;
	unsigned number = 0;

	establish(b, "active;expires=600");
	watch_refresh(subject_of(b)->watch);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		expect_subscribe(b, "3600");
		assert_true(cseq(b) > number);
		number = cseq(b);
		respond(b, passing[i], "", NULL);
	}
	expect_subscribe(b, "3600");
	expect_told_nothing(b);
	respond(b, 200, "", NULL);
	notify(b, 2, "active;expires=600", "two");
	expect_told(b, "active reason= after=-1 body=two");
	expect_end(b, 1);
}

static void test_refresh_in_vain(void **state)
{
	struct bench *b = *state;
	int tries = 0;

	establish(b, "active;expires=1");
	while (b->told_read == b->told_count && tries < 20) {
		if (!receive(b, QUIET_TURNS))
			continue;
		respond(b, 503, "", NULL);
		tries++;
	}
	assert_in_range(tries, 2, 6);
	expect_told(b, "failed 503 after=-1 confirmed");
	expect_end(b, 0);
}

static void test_refresh_brief(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	watch_refresh(subject_of(b)->watch);
	expect_subscribe(b, "3600");
	respond(b, 423, "", "Min-Expires: 7200\r\n");
	expect_subscribe(b, "7200");
	respond(b, 200, "", NULL);
	notify(b, 2, "active;expires=7200", "two");
	expect_told(b, "active reason= after=-1 body=two");
}

static void test_terminated(void **state)
{
	static const struct {
		const char *state, *expected;
	} cases[] = {
		{ "terminated;reason=deactivated",
		  "terminated reason=deactivated after=-1 body=" },
		{ "terminated;reason=probation;retry-after=30",
		  "terminated reason=probation after=30 body=" },
		{ "Terminated ; reason=rejected ; expires=600",
		  "terminated reason=rejected after=-1 body=" },
		{ "terminated", "terminated reason= after=-1 body=" },
	};
	struct bench *b = *state;

	subject_of(b)->drops = false;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		establish(b, "active;expires=600");
		notify(b, 2, cases[i].state, NULL);
		expect_told(b, cases[i].expected);
		expect_end(b, 0);
		notify_as(b, "theirs", 3, "active", "x");
		expect(b, "SIP/2.0 481 ");
		watch_close(&subject_of(b)->watch); /* says nothing more */
		expect_nothing(b);
	}
}

/* The first NOTIFY ends it: no dialog was ever needed. */
static void test_terminated_first(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	subject_of(b)->drops = true;
	notify_as(b, "t", 1, "terminated;reason=rejected", NULL);
	expect_told(b, "terminated reason=rejected after=-1 body=");
	assert_null(subject_of(b)->watch);
	expect(b, "SIP/2.0 200 ");
}

/* --- polls */

static void test_poll(void **state)
{
	struct bench *b = *state;

	open_with(b, 0, false);
	expect_subscribe(b, "0");
	respond(b, 200, "theirs", "Expires: 0\r\n");
	notify(b, 1, "terminated;reason=timeout", "doc");
	expect_told(b, "terminated reason=timeout after=-1 body=doc poll");
	expect_end(b, 0);
}

static void test_poll_active(void **state)
{
	struct bench *b = *state;

	open_with(b, 0, false);
	expect_subscribe(b, "0");
	respond(b, 200, "theirs", NULL);
	notify(b, 1, "active;expires=0", "doc");
	expect_told(b, "terminated reason= after=-1 body=doc poll");
	expect_nothing(b);
	expect_end(b, 0);
}

static void test_poll_silence(void **state)
{
	struct bench *b = *state;

	open_with(b, 0, false);
	expect_subscribe(b, "0");
	respond(b, 200, "theirs", NULL);
	expect_told(b, "failed 0 after=-1");
}

/* --- closing */

static void test_close(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	watch_close(&subject_of(b)->watch);
	assert_null(subject_of(b)->watch);
	expect_subscribe(b, "0");
	assert_string_equal(tag(b, "To"), "theirs");
	respond(b, 200, "", "Expires: 0\r\n");
	notify(b, 2, "active;expires=5", "late"); /* one that crossed it */
	notify(b, 3, "terminated;reason=timeout", "last");
	expect_end(b, 0);
	expect_nothing(b);
}

static void test_close_silence(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	watch_close(&subject_of(b)->watch);
	expect_subscribe(b, "0");
	respond(b, 200, "", NULL);
	turns(b, 2 * N_MS / TURN_MS);
	expect_end(b, 0);
}

static void test_close_refused(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	watch_close(&subject_of(b)->watch);
	expect_subscribe(b, "0");
	respond(b, 481, "", NULL);
	expect_end(b, 0);
}

/* Before the first NOTIFY there is nothing that could be ended. */
static void test_close_early(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	watch_close(&subject_of(b)->watch);
	turns(b, 5);
	respond(b, 200, "theirs", NULL);
	notify(b, 1, "pending;expires=600", NULL);
	expect_subscribe(b, "0");
	respond(b, 200, "", NULL);
	notify(b, 2, "terminated;reason=timeout", NULL);
	expect_end(b, 0);
}

/* While a refresh is under way: it is waited for. */
static void test_close_refreshing(void **state)
{
	struct bench *b = *state;

	establish(b, "active;expires=600");
	watch_refresh(subject_of(b)->watch);
	expect_subscribe(b, "3600");
	watch_close(&subject_of(b)->watch);
	respond(b, 200, "", NULL);
	expect_subscribe(b, "0");
	respond(b, 200, "", NULL);
	notify(b, 2, "terminated;reason=timeout", NULL);
	expect_end(b, 0);
}

static void test_drop(void **state)
{
	struct bench *b = *state;

	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	watch_drop(&subject_of(b)->watch); /* with the request under way */
	respond(b, 200, "theirs", NULL);
	expect_end(b, 0);
	notify_as(b, "theirs", 1, "active", "x");
	expect(b, "SIP/2.0 481 ");
	establish(b, "active;expires=600");
	watch_drop(&subject_of(b)->watch);
	expect_nothing(b);
}

/* More than the uac takes at once: the rest follows. */
static void test_many(void **state)
{
	enum { MANY = 130 };
	struct bench *b = *state;
	struct watch *all[MANY];
	size_t seen = 0;

	for (size_t i = 0; i < MANY; i++) {
		open_with(b, 3600, false);
		all[i] = subject_of(b)->watch;
	}
	while (seen < MANY && receive(b, TURNS_MAX)) {
		if (has(b, "SUBSCRIBE sip:")) { /* or again */
			note_ids(b);
			respond(b, 200, "theirs", NULL);
			notify_as(b, "theirs", 1, "active;expires=600", NULL);
		}
		seen += b->told_count;
		b->told_count = 0;
	}
	assert_int_equal(seen, MANY);
	assert_int_equal(watcher_count(subject_of(b)->watcher), MANY);
	for (size_t i = 0; i < MANY; i++)
		watch_drop(&all[i]);
	assert_int_equal(watcher_count(subject_of(b)->watcher), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_first),
		T(test_accepted),
		T(test_overtaken),
		T(test_only_notify),
		T(test_timer_n),
		T(test_refused),
		T(test_silence),
		T(test_no_route),
		T(test_too_brief),
		T(test_first_481),
		T(test_redirect),
		T(test_not_ours),
		T(test_fork),
		T(test_fork_many),
		T(test_fork_many_close),
		T(test_order),
		T(test_malformed),
		T(test_route),
		T(test_refresh),
		T(test_refresh_timer_n),
		T(test_refresh_refused),
		T(test_refresh_kept),
		T(test_refresh_in_vain),
		T(test_refresh_brief),
		T(test_terminated),
		T(test_terminated_first),
		T(test_poll),
		T(test_poll_active),
		T(test_poll_silence),
		T(test_close),
		T(test_close_silence),
		T(test_close_refused),
		T(test_close_early),
		T(test_close_refreshing),
		T(test_drop),
		T(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
