#ifndef STOX_TESTS_NOTICE_BENCH_H
#define STOX_TESTS_NOTICE_BENCH_H
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

static inline struct subject *subject_of(struct bench *b)
{
	return b->subject;
}

static inline void on_request(struct bench *b, const struct request *r,
			      struct answer *a)
{
	notifier_offer(subject_of(b)->notifier, r, a);
}

static inline void say(struct notice *n, enum notice_state s, const char *body)
{
	notice_send(n, s, s == NOTICE_TERMINATED ? "timeout" : NULL, 0,
		    (struct notice_document){
			    .type = STR_LIT("application/pidf+xml"),
			    .text = str_z(body) });
}

static inline void accept_it(struct bench *b, const struct dialog *d,
			     struct str id, struct answer *a)
{
	struct subject *s = subject_of(b);

	assert_true(s->count < KEPT_MAX);
	s->notice = notifier_accept(s->notifier, d, id, s->expires_s, a, b);
	s->all[s->count++] = s->notice;
	if (!s->is_mute)
		say(s->notice, NOTICE_PENDING, "");
}

static inline void on_subscribe(void *arg, const struct request *r,
				struct answer *a)
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

static inline void on_refresh(void *arg, struct notice *n, struct answer *a)
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

static inline void on_expired(void *arg, struct notice *n)
{
	struct bench *b = arg;

	told(b, "expired %u", notice_remaining_s(n));
	if (subject_of(b)->drops)
		notice_drop(n);
	else
		say(n, NOTICE_TERMINATED, "closed");
}

static inline void on_lost(void *arg, struct notice *n, int status)
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

static inline int open_bench(void **state, size_t max_running)
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

static inline int setup(void **state)
{
	return open_bench(state, 100);
}

static inline int setup_narrow(void **state)
{
	return open_bench(state, 2);
}

static inline int teardown(void **state)
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

static inline void note_ids(struct bench *b)
{
	struct subject *s = subject_of(b);

	(void)snprintf(s->call_id, sizeof(s->call_id), "%s",
		       header(b, "Call-ID"));
	(void)snprintf(s->tag, sizeof(s->tag), "%s", tag(b, "To"));
}

/* A SUBSCRIBE in the dialog. */
static inline void again(struct bench *b, unsigned number, const char *more)
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

static inline void expect_notify(struct bench *b, const char *state,
				 const char *body)
{
	expect(b, "NOTIFY sip:");
	assert_string_equal(header(b, "Subscription-State"), state);
	assert_string_equal(body_of(b), body);
}

/* A dialog that stands: 200, NOTIFY pending, its 200. */
static inline void establish(struct bench *b)
{
	send_form(b, &plain);
	expect(b, "SIP/2.0 200 ");
	note_ids(b);
	expect_notify(b, "pending;expires=600", "");
	respond(b, 200, NULL, NULL);
	expect_told(b, "subscribe 600");
	turns(b, 2);
}

#endif
