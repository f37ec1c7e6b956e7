#include "watch_bench.h"
#include <zlib.h>

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
		clock_turn(b->loop, 10);
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
	/* Their SUBSCRIBEs and our 200s come in any order. */
	for (int i = 0; i < 4; i++) {
		bool is_first;

		assert_true(receive(b, TURNS_MAX));
		if (has(b, "SIP/2.0 200 "))
			continue;
		assert_string_equal(header(b, "Expires"), "3600");
		is_first = strcmp(tag(b, "To"), "first") == 0;
		refreshed |= is_first ? 1 : 2;
		respond(b, 200, "", NULL);
		notify_as(b, is_first ? "first" : "second", 2,
			  "active;expires=600", "z");
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
		 "Content-Encoding: br\r\nContent-Type: a/XML\r\n";
	f.body = "zz";
	send_form(b, &f);
	expect(b, "SIP/2.0 415 ");
	assert_string_equal(header(b, "Accept-Encoding"),
			    "identity, deflate, gzip");
	expect_told_nothing(b);
	/* What was refused does not count in the order. */
	notify(b, 2, "active;expires=600", "two");
	expect_told(b, "active reason= after=-1 body=two");
}

/* RFC 3261 §8.2.3: what cannot be read is not taken for read. */
static void test_no_document(void **state)
{
	static const char *const types[] = { "text/plain", "multipart/mixed",
					     "a/xm; b=xml" };
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	char to[128], more[128];
	struct form f = { .method = "NOTIFY",
			  .from = "<sip:romeo@127.0.0.1>;tag=theirs",
			  .to = to,
			  .cseq = 2,
			  .more = more,
			  .body = "here" };

	establish(b, "active;expires=600");
	f.call_id = s->call_id;
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       s->tag);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		(void)snprintf(more, sizeof(more),
			       "Event: presence\r\nSubscription-State: active"
			       "\r\nContent-Type: %s\r\n",
			       types[i]);
		send_form(b, &f);
		expect(b, "SIP/2.0 415 ");
		assert_string_equal(header(b, "Accept"),
				    "application/pidf+xml");
		expect_told_nothing(b);
	}
	/* An end is one, whatever is said with it. */
	f.more = "Event: presence\r\nSubscription-State: terminated\r\n"
		 "Content-Type: text/plain\r\n";
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "terminated reason= after=-1 body=here");
}

/* Linphone deflates documents without being asked. */
static void test_deflated(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	static const char document[] = "<presence>deflated</presence>";
	char to[128], coded[128];
	uLongf n = sizeof(coded);
	struct form f = { .method = "NOTIFY",
			  .from = "<sip:romeo@127.0.0.1>;tag=theirs",
			  .to = to,
			  .cseq = 2,
			  .more = "Event: presence\r\n"
				  "Subscription-State: active\r\n"
				  "Content-Encoding: deflate\r\n"
				  "Content-Type: text/xml+x; y=z\r\n",
			  .body = coded };

	establish(b, "active;expires=600");
	f.call_id = s->call_id;
	(void)snprintf(to, sizeof(to), "<sip:juliet@example.com>;tag=%s",
		       s->tag);
	assert_int_equal(compress((Bytef *)coded, &n, (const Bytef *)document,
				  sizeof(document) - 1),
			 Z_OK);
	f.body_bytes = n;
	send_form(b, &f);
	expect(b, "SIP/2.0 200 ");
	expect_told(b, "active reason= after=-1 "
		       "body=<presence>deflated</presence>");
	f.cseq = 3;
	f.body = "not deflated";
	f.body_bytes = 0;
	send_form(b, &f);
	expect(b, "SIP/2.0 400 ");
	expect_told_nothing(b);
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
		T(test_no_document),
		T(test_deflated),
		T(test_poll),
		T(test_poll_active),
		T(test_poll_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
