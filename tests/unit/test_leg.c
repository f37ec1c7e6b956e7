#include "watch_bench.h"
#include "sip/leg.h"

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
	assert_in_range(loop_now_ms(b->loop) - since, 900, 1950);
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

/* The owner is asked first; what he puts off he is asked about once more, in
 * time. */
static bool on_due(void *arg, bool is_last)
{
	struct bench *b = arg;

	told(b, "due%s", is_last ? " last" : "");
	return is_last && !subject_of(b)->drops;
}

static void test_refresh_put_off(void **state)
{
	struct bench *b = *state;
	uint64_t since;

	events.on_due = on_due;
	establish(b, "active;expires=2");
	since = loop_now_ms(b->loop);
	expect_told(b, "due");
	expect_told(b, "due last");
	expect_subscribe(b, "3600");
	assert_in_range(loop_now_ms(b->loop) - since, 1000, 1950);
	respond(b, 200, "", NULL);
	notify(b, 2, "active;expires=1", "two");
	expect_told(b, "active reason= after=-1 body=two");
	/* He does not want it any more. */
	subject_of(b)->drops = true;
	expect_told(b, "due");
	watch_close(&subject_of(b)->watch);
	expect_subscribe(b, "0");
	events.on_due = NULL;
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
	enum { MANY = 4 * WATCH_RUNNING_MAX };
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

static struct watch *open_of(struct bench *b, const char *from, int i)
{
	char target[64];
	struct watch_options o = { .event = STR("presence"),
				   .accept = STR("application/pidf+xml"),
				   .expires_s = 3600 };

	(void)snprintf(target, sizeof(target), "sip:romeo%d@127.0.0.1:%u", i,
		       b->peer_port);
	o.target = o.to.uri = uri_of(target);
	o.from.uri = uri_of(from);
	return watch_open(subject_of(b)->watcher, &o, &events, b);
}

/* The next SUBSCRIBE, whatever comes again, is for that one. */
static void expect_for(struct bench *b, const char *name)
{
	static char last[64];

	do
		expect(b, "SUBSCRIBE sip:");
	while (strcmp(header(b, "Call-ID"), last) == 0);
	(void)snprintf(last, sizeof(last), "%s", header(b, "Call-ID"));
	assert_has(b, name);
}

/* One user who watches many that do not answer waits for himself, and nobody
 * else for him. */
static void test_ration(void **state)
{
	const char *juliet = "sip:juliet@example.com";
	struct bench *b = *state;
	struct watch *w[5], *other;
	char first[TEXT_MAX];

	watcher_set_ration(subject_of(b)->watcher, 1);
	for (int i = 0; i < 5; i++)
		w[i] = open_of(b, juliet, i);
	other = open_of(b, "sip:nurse@example.com", 9);
	expect_for(b, "romeo0@");
	memcpy(first, b->text, sizeof(first));
	expect_for(b, "romeo9@");
	/* Given up while they wait: nobody hears of them. */
	watch_close(&w[1]);
	watch_drop(&w[2]);
	/* Let go of while it is under way: it counts until it is answered. */
	watch_drop(&w[0]);
	watch_drop(&other);
	subject_of(b)->watch = w[3];
	expect_nothing(b);
	memcpy(b->text, first, sizeof(first));
	respond(b, 404, "x", NULL);
	expect_for(b, "romeo3@");
	respond(b, 404, "x", NULL);
	expect_told(b, "failed 404 after=-1");
	expect_for(b, "romeo4@");
	watch_drop(&w[3]);
	watch_drop(&w[4]);
}

/* There may be a million (docs/performance.md). */
static void test_small(void **state)
{
	(void)state;
	assert_in_range(sizeof(struct watch), 1, 240);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		T(test_route),
		T(test_refresh),
		T(test_refresh_put_off),
		T(test_refresh_timer_n),
		T(test_refresh_refused),
		T(test_refresh_kept),
		T(test_refresh_in_vain),
		T(test_refresh_brief),
		T(test_terminated),
		T(test_terminated_first),
		T(test_close),
		T(test_close_silence),
		T(test_close_refused),
		T(test_close_early),
		T(test_close_refreshing),
		T(test_drop),
		T(test_many),
		T(test_ration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
