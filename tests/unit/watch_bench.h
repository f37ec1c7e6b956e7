#ifndef STOX_TESTS_WATCH_BENCH_H
#define STOX_TESTS_WATCH_BENCH_H
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

static inline struct subject *subject_of(struct bench *b)
{
	return b->subject;
}

static inline void on_request(struct bench *b, const struct request *r,
			      struct answer *a)
{
	struct reply no = { .status = 481 };

	if (!watcher_offer(subject_of(b)->watcher, r, a))
		agent_reply(a, &no);
}

static const char *const names[] = { "active", "pending", "terminated" };

static inline void on_notice(void *arg, const struct watch_notice *n)
{
	struct bench *b = arg;

	told(b, "%s reason=%.*s after=%d body=%.*s%s", names[n->state],
	     STR_ARG(n->reason), (int)n->retry_after_s, STR_ARG(n->body),
	     n->is_poll ? " poll" : "");
	if (subject_of(b)->drops)
		watch_drop(&subject_of(b)->watch);
}

static inline void on_failed(void *arg, int status, int64_t retry_after_s)
{
	struct bench *b = arg;

	told(b, "failed %d after=%d%s", status, (int)retry_after_s,
	     watch_is_confirmed(subject_of(b)->watch) ? " confirmed" : "");
	if (subject_of(b)->drops)
		watch_drop(&subject_of(b)->watch);
}

static struct watch_events events = { .on_notice = on_notice,
				      .on_failed = on_failed };

/* Few at once: whoever is answered late, on a slow machine, times out. */
enum { WATCH_RUNNING_MAX = 8 };

static inline int setup(void **state)
{
	const struct watch_timing timing = { .timer_n_ms = N_MS,
					     .retry_ms = RETRY_MS,
					     .floor_ms = FLOOR_MS };
	struct bench *b = bench_open(WATCH_RUNNING_MAX);
	struct subject *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	b->subject = s;
	b->on_request = on_request;
	s->watcher = watcher_create(b->loop, b->agent);
	watcher_set_timing(s->watcher, &timing);
	*state = b;
	return 0;
}

static inline int teardown(void **state)
{
	struct bench *b = *state;
	struct subject *s = b->subject;

	watcher_destroy(&s->watcher);
	free(s);
	bench_close(b);
	return 0;
}

static inline void open_with(struct bench *b, unsigned expires_s,
			     bool wants_many)
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

static inline void note_ids(struct bench *b)
{
	struct subject *s = subject_of(b);

	(void)snprintf(s->call_id, sizeof(s->call_id), "%s",
		       header(b, "Call-ID"));
	(void)snprintf(s->tag, sizeof(s->tag), "%s", tag(b, "From"));
}

static inline void expect_subscribe(struct bench *b, const char *expires)
{
	expect(b, "SUBSCRIBE sip:");
	assert_string_equal(header(b, "Expires"), expires);
	assert_string_equal(header(b, "Event"), "presence");
	assert_string_equal(header(b, "Accept"), "application/pidf+xml");
	note_ids(b);
}

static inline void notify_as(struct bench *b, const char *who, unsigned number,
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
static inline void notify(struct bench *b, unsigned number, const char *state,
			  const char *body)
{
	notify_as(b, "theirs", number, state, body);
	expect(b, "SIP/2.0 200 ");
}

/* A subscription of expires seconds that stands. */
static inline void establish(struct bench *b, const char *state)
{
	open_with(b, 3600, false);
	expect_subscribe(b, "3600");
	respond(b, 200, "theirs", "Expires: 3600\r\n");
	notify(b, 1, state, "one");
	expect_told(b, "active reason= after=-1 body=one");
}

static inline void expect_end(struct bench *b, size_t count)
{
	expect_told_nothing(b);
	assert_int_equal(watcher_count(subject_of(b)->watcher), count);
}

#endif
