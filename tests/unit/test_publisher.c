#include "presence_bench.h"
#include "sip/publisher.h"

struct subject {
	struct publisher *publisher;
	struct publication *publication;
	bool ends; /* it, in its callbacks */
};

enum { RETRY_MS = 200, MARGIN_MS = 100, FLOOR_MS = 100 };

static struct subject *subject_of(struct bench *b)
{
	return b->subject;
}

static void on_request(struct bench *b, const struct request *r,
		       struct answer *a)
{
	struct reply no = { .status = 405 };

	(void)b;
	(void)r;
	agent_reply(a, &no);
}

static void on_etag(void *arg, struct str etag, int64_t expires_at_s)
{
	struct bench *b = arg;
	int64_t left = expires_at_s - loop_wall_ms() / 1000;

	if (etag.n == 0)
		told(b, "no etag");
	else if (left >= 590) /* of 600; seconds may turn over meanwhile */
		told(b, "etag %.*s long", STR_ARG(etag));
	else
		told(b, "etag %.*s short", STR_ARG(etag));
	if (subject_of(b)->ends && etag.n > 0)
		publish_remove(subject_of(b)->publication);
}

static void on_failed(void *arg, int status)
{
	struct bench *b = arg;

	told(b, "failed %d", status);
	if (subject_of(b)->ends)
		publish_drop(&subject_of(b)->publication);
}

static const struct publish_events events = { .on_etag = on_etag,
					      .on_failed = on_failed };

static struct publication *open_one(struct bench *b)
{
	char target[64];
	struct publish_options o = { .event = STR("presence"),
				     .expires_s = 600 };

	(void)snprintf(target, sizeof(target), "sip:juliet@127.0.0.1:%u",
		       b->peer_port);
	o.target = uri_of(target);
	o.from.uri = uri_of("sip:juliet@example.com");
	return publish_open(subject_of(b)->publisher, &o, &events, b);
}

static int setup(void **state)
{
	const struct publish_timing timing = { .retry_ms = RETRY_MS,
					       .retry_max_ms = 4 * RETRY_MS,
					       .margin_ms = MARGIN_MS,
					       .floor_ms = FLOOR_MS };
	struct bench *b = bench_open(100);
	struct subject *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	b->subject = s;
	b->on_request = on_request;
	s->publisher = publisher_create(b->loop, b->agent);
	publisher_set_timing(s->publisher, &timing);
	s->publication = open_one(b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	struct subject *s = b->subject;

	publisher_destroy(&s->publisher);
	free(s);
	bench_close(b);
	return 0;
}

static void put(struct bench *b, const char *body)
{
	publish_put(subject_of(b)->publication, STR_LIT("application/pidf+xml"),
		    str_z(body));
}

/* RFC 3903 §4.1: which of the three an operation carries. */
static void expect_publish(struct bench *b, const char *match,
			   const char *expires, const char *body)
{
	expect(b, "PUBLISH sip:juliet@127.0.0.1:");
	assert_string_equal(header(b, "Event"), "presence");
	assert_string_equal(header(b, "SIP-If-Match"), match);
	assert_string_equal(header(b, "Expires"), expires);
	assert_string_equal(body_of(b), body);
	assert_string_equal(header(b, "Content-Type"),
			    *body != '\0' ? "application/pidf+xml" : "");
	assert_true(header(b, "Content-Length")[0] != '\0');
	assert_string_equal(header(b, "To"), "<sip:juliet@example.com>");
	assert_int_equal(
		strncmp(header(b, "From"), "<sip:juliet@example.com>;tag=", 29),
		0);
}

static void accepted(struct bench *b, const char *etag, const char *expires)
{
	char more[128];

	(void)snprintf(more, sizeof(more), "SIP-ETag: %s\r\nExpires: %s\r\n",
		       etag, expires);
	respond(b, 200, "t", more);
}

/* --- the four operations */

static void test_operations(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	unsigned number;

	expect_nothing(b);
	put(b, "one");
	expect_publish(b, "", "600", "one");
	number = cseq(b);
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
	assert_true(str_eqz(publish_etag(s->publication), "e1"));
	put(b, "one"); /* nothing new */
	expect_nothing(b);
	put(b, "two");
	expect_publish(b, "e1", "600", "two");
	assert_int_equal(cseq(b), number + 1);
	accepted(b, "e2", "1");
	expect_told(b, "etag e2 short");
	expect_publish(b, "e2", "600", ""); /* refresh: no body */
	accepted(b, "e3", "600");
	expect_told(b, "etag e3 long");
	publish_remove(s->publication);
	expect_publish(b, "e3", "0", "");
	accepted(b, "e4", "0");
	expect_told(b, "no etag");
	assert_int_equal(publish_etag(s->publication).n, 0);
	publish_remove(s->publication); /* nothing there */
	expect_nothing(b);
	put(b, "two"); /* the same, but it was removed */
	expect_publish(b, "", "600", "two");
}

static void test_one_at_a_time(void **state)
{
	struct bench *b = *state;

	put(b, "1");
	put(b, "2");
	put(b, "3");
	expect_publish(b, "", "600", "1");
	turns(b, 10);
	accepted(b, "e1", "600");
	expect_publish(b, "e1", "600", "3");
	publish_remove(subject_of(b)->publication);
	turns(b, 10);
	accepted(b, "e2", "600");
	expect_publish(b, "e2", "0", "");
	put(b, "4");
	turns(b, 10);
	accepted(b, "x", "0");
	expect_publish(b, "", "600", "4");
	expect_told(b, "etag e1 long");
	expect_told(b, "etag e2 long");
	expect_told(b, "no etag");
}

/* Two publications of one AoR share its lane. */
static void test_one_at_a_time_aor(void **state)
{
	struct bench *b = *state;
	struct publication *other = open_one(b);

	assert_int_equal(publisher_count(subject_of(b)->publisher), 2);
	put(b, "1");
	publish_put(other, STR_LIT("application/pidf+xml"), STR_LIT("2"));
	expect_publish(b, "", "600", "1");
	turns(b, 10);
	accepted(b, "e1", "600");
	expect_publish(b, "", "600", "2");
	put(b, "3");
	publish_drop(&other); /* what it waited for is free again */
	expect_publish(b, "e1", "600", "3");
	assert_int_equal(publisher_count(subject_of(b)->publisher), 1);
}

static void test_restore(void **state)
{
	struct bench *b = *state;
	struct subject *s = subject_of(b);
	int64_t now = loop_wall_ms() / 1000;

	publish_restore(s->publication, STR_LIT("gone"), now - 1);
	assert_int_equal(publish_etag(s->publication).n, 0);
	publish_restore(s->publication, STR_LIT("kept"), now + 500);
	expect_nothing(b);
	put(b, "one");
	expect_publish(b, "kept", "600", "one");
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
}

static void test_restore_unknown(void **state)
{
	struct bench *b = *state;

	publish_restore(subject_of(b)->publication, STR_LIT("kept"),
			loop_wall_ms() / 1000 + 500);
	put(b, "one");
	expect_publish(b, "kept", "600", "one");
	respond(b, 412, "t", NULL);
	expect_told(b, "no etag");
	expect_publish(b, "", "600", "one"); /* never again with that */
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
}

/* --- refusals */

static void test_refresh_412(void **state)
{
	struct bench *b = *state;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	accepted(b, "e1", "1");
	expect_publish(b, "e1", "600", "");
	respond(b, 412, "t", NULL);
	expect_publish(b, "", "600", "one"); /* the document, once more */
	accepted(b, "e2", "600");
	expect_told(b, "etag e1 short");
	expect_told(b, "no etag");
	expect_told(b, "etag e2 long");
}

static void test_too_brief(void **state)
{
	struct bench *b = *state;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	respond(b, 423, "t", "Min-Expires: 900\r\n");
	expect_publish(b, "", "900", "one");
	respond(b, 423, "t", "Min-Expires: 800\r\n"); /* nonsense */
	expect_told(b, "failed 423");
	expect_nothing(b);
}

static void test_refused(void **state)
{
	static const int hard[] = { 400, 401, 403, 404, 405,
				    415, 489, 501, 513, 603 };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
		char line[32];

		put(b, "one"); /* the same each time: it is asked for again */
		expect_publish(b, "", "600", "one");
		respond(b, hard[i], "t", NULL);
		(void)snprintf(line, sizeof(line), "failed %d", hard[i]);
		expect_told(b, line);
		expect_nothing(b);
	}
	subject_of(b)->ends = true;
	put(b, "two");
	expect_publish(b, "", "600", "two");
	respond(b, 489, "t", NULL);
	expect_told(b, "failed 489");
	assert_int_equal(publisher_count(subject_of(b)->publisher), 0);
}

static void test_passing(void **state)
{
	struct bench *b = *state;
	uint64_t since;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	since = loop_now_ms(b->loop);
	respond(b, 503, "t", "Retry-After: 1\r\n");
	turns(b, 10);
	put(b, "two"); /* waits too */
	expect_publish(b, "", "600", "two");
	assert_in_range(loop_now_ms(b->loop) - since, 990, 4000);
	respond(b, 500, "t", NULL);
	expect_publish(b, "", "600", "two");
	expect_told_nothing(b);
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
}

/* Nobody answers for longer than the etag lives. */
static void test_expired(void **state)
{
	struct bench *b = *state;
	bool has_initial = false;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	accepted(b, "e1", "1");
	expect_publish(b, "e1", "600", "");
	for (int i = 0; i < 10 && !has_initial; i++) {
		if (!receive(b, TURNS_MAX))
			break;
		has_initial = header(b, "SIP-If-Match")[0] == '\0';
	}
	assert_true(has_initial);
	assert_string_equal(body_of(b), "one");
}

static void test_no_etag(void **state)
{
	struct bench *b = *state;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	respond(b, 200, "t", "Expires: 1\r\n");
	expect_told(b, "no etag");
	expect_publish(b, "", "600", "one"); /* in time, an initial one */
}

/* Removed while it was under way: nothing is left to refresh then. */
static void test_no_etag_removed(void **state)
{
	struct bench *b = *state;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	publish_remove(subject_of(b)->publication);
	respond(b, 200, "t", "Expires: 1\r\n");
	expect_told(b, "no etag");
	turns(b, 1000 / TURN_MS);
	expect_nothing(b);
}

static void test_remove_refused(void **state)
{
	struct bench *b = *state;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
	publish_remove(subject_of(b)->publication);
	expect_publish(b, "e1", "0", "");
	respond(b, 400, "t", NULL); /* Kamailio, on its bad days */
	expect_told(b, "no etag");
	expect_nothing(b);
}

/* --- ending */

static void test_remove_when_told(void **state)
{
	struct bench *b = *state;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	subject_of(b)->ends = true;
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long"); /* and removed in it */
	expect_publish(b, "e1", "0", "");
	respond(b, 503, "t", NULL);
	expect_publish(b, "e1", "0", "");
	accepted(b, "x", "0");
	expect_told(b, "no etag");
	expect_nothing(b);
}

static void test_remove_never(void **state)
{
	struct bench *b = *state;
	int tries = 0;

	put(b, "one");
	expect_publish(b, "", "600", "one");
	publish_remove(subject_of(b)->publication); /* under way */
	turns(b, 5);
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
	do {
		expect_publish(b, "e1", "0", "");
		respond(b, 503, "t", NULL);
		turns(b, 5);
		tries++;
	} while (b->told_read == b->told_count && tries < 9);
	assert_in_range(tries, 3, 5); /* the server forgets it in time */
	expect_told(b, "no etag");
	expect_nothing(b);
}

static void test_remove_nothing(void **state)
{
	struct bench *b = *state;

	publish_remove(subject_of(b)->publication);
	expect_nothing(b);
	publish_drop(&subject_of(b)->publication);
	assert_int_equal(publisher_count(subject_of(b)->publisher), 0);
}

static void test_too_large(void **state)
{
	static char large[70000];
	struct bench *b = *state;

	memset(large, 'x', sizeof(large) - 1);
	put(b, large);
	expect_told(b, "failed 513");
	put(b, "small");
	expect_publish(b, "", "600", "small");
}

/* The small one comes before anybody has heard that the large one cannot go. */
static void test_too_large_before(void **state)
{
	static char large[70000];
	struct bench *b = *state;

	memset(large, 'x', sizeof(large) - 1);
	put(b, large);
	put(b, "small");
	expect_told(b, "failed 513");
	expect_publish(b, "", "600", "small");
	accepted(b, "e1", "600");
	expect_told(b, "etag e1 long");
	put(b, "small"); /* as it is there */
	expect_nothing(b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_operations),	   T(test_one_at_a_time),
		T(test_one_at_a_time_aor), T(test_restore),
		T(test_restore_unknown),   T(test_refresh_412),
		T(test_too_brief),	   T(test_refused),
		T(test_passing),	   T(test_expired),
		T(test_no_etag),	   T(test_no_etag_removed),
		T(test_remove_refused),	   T(test_remove_when_told),
		T(test_remove_never),	   T(test_remove_nothing),
		T(test_too_large),	   T(test_too_large_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
