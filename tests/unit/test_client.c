#include "sip/client.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "sip/transport.h"

enum { TIMES_MAX = 32 };

/* The transport is the test's own: it counts, notes when, and keeps what was
 * sent last. */
static struct {
	struct loop *loop;
	size_t sent;
	uint64_t at_ms[TIMES_MAX];
	struct strbuf last;
	bool refuses;
} wire;

bool transport_send(struct transport_set *t, const struct hop *to,
		    struct str bytes)
{
	(void)t;
	(void)to;
	if (wire.refuses)
		return false;
	if (wire.sent < TIMES_MAX)
		wire.at_ms[wire.sent] = loop_now_ms(wire.loop);
	wire.sent++;
	strbuf_reset(&wire.last);
	strbuf_add(&wire.last, bytes);
	return true;
}

void transport_write_via(struct transport_set *t, struct strbuf *b,
			 const struct hop *to)
{
	(void)t;
	strbuf_addlit(b, "SIP/2.0/");
	strbuf_add(b, transport_name(to->transport));
	strbuf_addlit(b, " 192.0.2.1:5060");
}

struct seen {
	int calls;
	enum client_event event;
	int status;
};

struct bench {
	struct loop *loop;
	struct client *client;
	struct seen seen;
};

static const struct client_timing quick = { .t1_ms = 20,
					    .t2_ms = 80,
					    .timeout_ms = 640 };

static int setup(void **state)
{
	static struct bench b;
	const char *why;

	memset(&b, 0, sizeof(b));
	memset(&wire, 0, sizeof(wire));
	strbuf_init(&wire.last, 65536);
	b.loop = loop_create(&why);
	wire.loop = b.loop;
	b.client = client_create(b.loop, NULL, &quick, 100);
	*state = &b;
	return b.loop == NULL;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	client_destroy(&b->client);
	loop_destroy(&b->loop);
	strbuf_fini(&wire.last);
	return 0;
}

static void on_event(void *arg, enum client_event ev,
		     const struct response *res, const char *why)
{
	struct seen *s = arg;

	assert_non_null(why);
	assert_int_equal(res != NULL, ev == CLIENT_ANSWERED);
	s->calls++;
	s->event = ev;
	s->status = res != NULL ? res->status : 0;
}

static struct hop udp_hop(uint16_t port)
{
	struct hop h = { .transport = TRANSPORT_UDP, .socket = 1 };

	assert_true(endpoint_read(STR_LIT("192.0.2.9"), port, &h.peer));
	return h;
}

static struct hop tcp_hop(uint64_t conn)
{
	struct hop h = { .transport = TRANSPORT_TCP, .conn = conn };

	assert_true(endpoint_read(STR_LIT("192.0.2.9"), 5060, &h.peer));
	return h;
}

static struct client_tx *start(struct bench *b, const struct hop *hop,
			       struct seen *seen)
{
	const char *why = NULL;
	struct client_tx *tx = client_start(
		b->client, hop, STR_LIT("MESSAGE sip:a@b SIP/2.0\r\n"),
		STR_LIT("CSeq: 1 MESSAGE\r\n\r\n"), METHOD_MESSAGE,
		quick.timeout_ms, on_event, seen, &why);

	assert_int_equal(tx == NULL, why != NULL);
	return tx;
}

/* The branch of what was sent last. */
static struct str branch(void)
{
	struct str s = strbuf_str(&wire.last);
	const char *p = memmem(s.p, s.n, "branch=", 7);

	assert_non_null(p);
	s = str_from(s, (size_t)(p - s.p) + 7);
	return str_head(s, str_find(s, '\r'));
}

static bool answer(struct bench *b, struct str br, int status, enum method m)
{
	struct response res = { .status = status, .branch = br, .method = m };

	return client_offer(b->client, &res);
}

static void run_ms(struct bench *b, uint64_t ms)
{
	uint64_t end;

	loop_turn(b->loop, 0);
	end = loop_now_ms(b->loop) + ms;
	while (loop_now_ms(b->loop) < end)
		loop_turn(b->loop, 5);
}

static void test_request(void **state)
{
	struct bench *b = *state;
	struct hop hop = udp_hop(5060);
	struct str sent, mark = client_branch_mark(b->client);

	assert_non_null(start(b, &hop, &b->seen));
	sent = strbuf_str(&wire.last);
	assert_true(str_starts(sent, "MESSAGE sip:a@b SIP/2.0\r\n"
				     "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;"
				     "branch=z9hG4bK"));
	assert_non_null(
		memmem(sent.p, sent.n, "\r\nCSeq: 1 MESSAGE\r\n\r\n", 21));
	assert_true(str_eq(str_head(branch(), mark.n), mark));
	assert_int_equal(client_running(b->client), 1);
	assert_true(answer(b, branch(), 200, METHOD_MESSAGE));
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(b->seen.event, CLIENT_ANSWERED);
	assert_int_equal(b->seen.status, 200);
	assert_int_equal(client_running(b->client), 0);
	/* a late copy is absorbed, and nothing goes out any more */
	assert_true(answer(b, branch(), 200, METHOD_MESSAGE));
	run_ms(b, 100);
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(wire.sent, 1);
}

static void test_matching(void **state)
{
	struct bench *b = *state;
	struct hop hop = udp_hop(5060);
	struct str mark = client_branch_mark(b->client);
	char other[64];

	assert_non_null(start(b, &hop, &b->seen));
	/* another method, another branch of ours, a stranger's, a stump */
	assert_true(answer(b, branch(), 200, METHOD_NOTIFY));
	memcpy(other, branch().p, branch().n);
	other[branch().n - 1] ^= 1;
	assert_true(answer(b, (struct str){ other, branch().n }, 200,
			   METHOD_MESSAGE));
	assert_false(answer(b, STR_LIT("z9hG4bK-other"), 200, METHOD_MESSAGE));
	assert_false(answer(b, STR_NONE, 200, METHOD_MESSAGE));
	assert_false(answer(b, mark, 200, METHOD_MESSAGE));
	assert_int_equal(b->seen.calls, 0);
	assert_int_equal(client_running(b->client), 1);
}

/* A slow machine may be late, a timer is never early: so the gaps are checked
 * from below. */
static void check_gaps(const unsigned *least_ms, size_t n)
{
	assert_true(wire.sent > n);
	for (size_t i = 0; i < n; i++)
		assert_true(wire.at_ms[i + 1] - wire.at_ms[i] >= least_ms[i]);
}

static void test_timers_e_and_f(void **state)
{
	static const unsigned gaps[] = { 20, 40, 80, 80 };
	struct bench *b = *state;
	struct hop hop = udp_hop(5060);
	uint64_t began;

	assert_non_null(start(b, &hop, &b->seen));
	began = loop_now_ms(b->loop);
	while (b->seen.calls == 0)
		loop_turn(b->loop, 10);
	assert_int_equal(b->seen.event, CLIENT_TIMEOUT);
	assert_true(loop_now_ms(b->loop) - began >= quick.timeout_ms);
	assert_int_equal(client_running(b->client), 0);
	check_gaps(gaps, 4);
	assert_true(wire.sent <= 10); /* 0 20 60 140 220 ... 620 */
}

static void notify(struct bench *b, unsigned port)
{
	struct hop hop = udp_hop((uint16_t)port);
	const char *why = NULL;

	b->seen.calls = 0;
	wire.sent = 0;
	assert_non_null(client_start(
		b->client, &hop, STR_LIT("NOTIFY sip:a@b SIP/2.0\r\n"),
		STR_LIT("CSeq: 1 NOTIFY\r\n\r\n"), METHOD_NOTIFY,
		quick.timeout_ms, on_event, &b->seen, &why));
}

/* Where nobody has ever answered, a NOTIFY is no flood; an answer changes that
 * for its address alone. */
static void test_doubts(void **state)
{
	static const unsigned gaps[] = { 20, 80, 320 };
	struct bench *b = *state;

	notify(b, 5060);
	run_ms(b, quick.timeout_ms + 50);
	assert_int_equal(b->seen.event, CLIENT_TIMEOUT);
	assert_int_equal(wire.sent, 4);
	check_gaps(gaps, 3);
	notify(b, 5060);
	assert_true(answer(b, branch(), 481, METHOD_NOTIFY));
	notify(b, 5060);
	run_ms(b, quick.timeout_ms + 50);
	assert_in_range(wire.sent, 7, 10);
	notify(b, 5070);
	run_ms(b, quick.timeout_ms + 50);
	assert_int_equal(wire.sent, 4);
}

static void test_proceeding(void **state)
{
	static const unsigned gaps[] = { 80, 80 };
	struct bench *b = *state;
	struct hop hop = udp_hop(5060);

	assert_non_null(start(b, &hop, &b->seen));
	assert_true(answer(b, branch(), 100, METHOD_MESSAGE));
	while (wire.sent < 3)
		loop_turn(b->loop, 10);
	check_gaps(gaps, 2);
	assert_int_equal(b->seen.calls, 0);
	assert_true(answer(b, branch(), 486, METHOD_MESSAGE));
	assert_int_equal(b->seen.status, 486);
}

static void test_stream(void **state)
{
	struct bench *b = *state;
	struct hop hop = tcp_hop(7);

	assert_non_null(start(b, &hop, &b->seen));
	assert_true(answer(b, branch(), 100, METHOD_MESSAGE));
	run_ms(b, 200);
	assert_int_equal(wire.sent, 1);
	run_ms(b, 600);
	assert_int_equal(b->seen.event, CLIENT_TIMEOUT);
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(wire.sent, 1);
}

static void test_lost(void **state)
{
	struct bench *b = *state;
	struct hop seven = tcp_hop(7), eight = tcp_hop(8);
	struct hop near = udp_hop(5060), far = udp_hop(5062);
	struct seen s[5] = { 0 };

	assert_non_null(start(b, &seven, &s[0]));
	assert_non_null(start(b, &seven, &s[1]));
	assert_non_null(start(b, &eight, &s[2]));
	assert_non_null(start(b, &near, &s[3]));
	assert_non_null(start(b, &far, &s[4]));
	client_lost(b->client, &seven, "closed");
	assert_int_equal(s[0].calls + s[1].calls, 2);
	assert_int_equal(s[0].event, CLIENT_LOST);
	assert_int_equal(s[2].calls + s[3].calls + s[4].calls, 0);
	near.socket = 0; /* a refusal need not name our socket */
	client_lost(b->client, &near, "refused");
	client_lost(b->client, &near, "refused");
	assert_int_equal(s[3].calls, 1);
	assert_int_equal(s[3].event, CLIENT_LOST);
	assert_int_equal(s[2].calls + s[4].calls, 0);
	assert_int_equal(client_running(b->client), 2);
}

static void on_lost_again(void *arg, enum client_event ev,
			  const struct response *res, const char *why)
{
	struct bench *b = arg;
	struct hop hop = tcp_hop(7);

	(void)res;
	(void)why;
	assert_int_equal(ev, CLIENT_LOST);
	assert_non_null(start(b, &hop, &b->seen));
}

/* What a callback starts to the same peer is not ended with the old ones, and
 * what it cancels is not called. */
static void test_start_inside_lost(void **state)
{
	struct bench *b = *state;
	struct hop hop = tcp_hop(7);
	const char *why;

	for (int i = 0; i < 3; i++)
		assert_non_null(client_start(b->client, &hop, STR_LIT("x\r\n"),
					     STR_LIT("\r\n"), METHOD_MESSAGE,
					     500, on_lost_again, b, &why));
	client_lost(b->client, &hop, "closed");
	assert_int_equal(client_running(b->client), 3);
	assert_int_equal(b->seen.calls, 0);
	client_lost(b->client, &hop, "closed");
	assert_int_equal(b->seen.calls, 3);
	assert_int_equal(client_running(b->client), 0);
}

struct pair {
	struct client_tx *other;
	int calls;
};

static void on_lost_cancel(void *arg, enum client_event ev,
			   const struct response *res, const char *why)
{
	struct pair *p = arg;

	(void)ev;
	(void)res;
	(void)why;
	p->calls++;
	if (p->other != NULL)
		client_cancel(p->other);
	p->other = NULL;
}

static void test_cancel_inside_lost(void **state)
{
	struct bench *b = *state;
	struct hop hop = tcp_hop(7);
	struct pair p = { 0 };
	const char *why;

	assert_non_null(client_start(b->client, &hop, STR_LIT("x\r\n"),
				     STR_LIT("\r\n"), METHOD_MESSAGE, 500,
				     on_lost_cancel, &p, &why));
	p.other =
		client_start(b->client, &hop, STR_LIT("x\r\n"), STR_LIT("\r\n"),
			     METHOD_MESSAGE, 500, on_lost_cancel, &p, &why);
	client_lost(b->client, &hop, "closed");
	assert_int_equal(p.calls, 1);
	assert_int_equal(client_running(b->client), 0);
}

static void test_cancel(void **state)
{
	struct bench *b = *state;
	struct hop hop = udp_hop(5060);
	struct client_tx *tx = start(b, &hop, &b->seen);

	client_cancel(tx);
	assert_int_equal(client_running(b->client), 0);
	assert_true(answer(b, branch(), 200, METHOD_MESSAGE));
	run_ms(b, 60);
	assert_int_equal(b->seen.calls, 0);
	assert_int_equal(wire.sent, 1);
}

static void test_refusals(void **state)
{
	struct bench *b = *state;
	struct hop hop = udp_hop(5060);

	wire.refuses = true;
	assert_null(start(b, &hop, &b->seen));
	wire.refuses = false;
	for (int i = 0; i < 100; i++)
		assert_non_null(start(b, &hop, &b->seen));
	assert_null(start(b, &hop, &b->seen));
	assert_int_equal(client_running(b->client), 100);
	assert_int_equal(b->seen.calls, 0);
	/* client_destroy frees them and calls nobody */
}

int main(void)
{
#define BENCH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		BENCH(test_request),
		BENCH(test_matching),
		BENCH(test_timers_e_and_f),
		BENCH(test_doubts),
		BENCH(test_proceeding),
		BENCH(test_stream),
		BENCH(test_lost),
		BENCH(test_start_inside_lost),
		BENCH(test_cancel_inside_lost),
		BENCH(test_cancel),
		BENCH(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
