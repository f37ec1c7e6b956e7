#include "agent_bench.h"

/* --- what the agent answers by itself */

static void test_own_answers(void **state)
{
	static const struct {
		struct form form;
		const char *expected; /* NULL: nothing */
		const char *part;
	} cases[] = {
		{ { .method = "OPTIONS" },
		  "SIP/2.0 200 OK\r\n",
		  "\r\nAllow: OPTIONS, MESSAGE, SUBSCRIBE, NOTIFY\r\n" },
		{ { .method = "OPTIONS" },
		  "SIP/2.0 200 ",
		  "\r\nAccept: text/plain\r\n" },
		{ { .method = "OPTIONS" }, "SIP/2.0 200 ", "\r\nSupported:" },
		{ { .method = "OPTIONS" },
		  "SIP/2.0 200 ",
		  "\r\nAccept-Encoding: identity, deflate, gzip\r\n" },
		{ { .method = "OPTIONS" },
		  "SIP/2.0 200 ",
		  "\r\nAccept-Language: en\r\n" },
		{ { .method = "OPTIONS" },
		  "SIP/2.0 200 ",
		  "\r\nAllow-Events: presence\r\n" },
		{ { .method = "OPTIONS", .more = "Max-Forwards: 0\r\n" },
		  "SIP/2.0 200 ",
		  ";tag=" },
		{ { .method = "INVITE" },
		  "SIP/2.0 405 ",
		  "\r\nAllow: OPTIONS" },
		{ { .method = "PUBLISH" }, "SIP/2.0 405 ", "\r\nAllow: " },
		{ { .method = "FOO" }, "SIP/2.0 501 ", "\r\nAllow: OPTIONS" },
		{ { .method = "message" }, "SIP/2.0 501 ", "\r\nAllow: " },
		{ { .method = "CANCEL" }, "SIP/2.0 481 ", ";tag=" },
		{ { .method = "ACK" }, NULL, NULL },
		{ { .method = "MESSAGE", .uri = "sips:juliet@example.com" },
		  "SIP/2.0 403 ",
		  ";tag=" },
		{ { .method = "MESSAGE", .to = "<sips:juliet@example.com>" },
		  "SIP/2.0 403 ",
		  ";tag=" },
		{ { .method = "MESSAGE", .uri = "isbn:2983792873" },
		  "SIP/2.0 416 ",
		  ";tag=" },
		{ { .method = "MESSAGE",
		    .more = "Require: 100rel, foo\r\nMax-Forwards: 9\r\n" },
		  "SIP/2.0 420 ",
		  "\r\nUnsupported: 100rel, foo\r\n" },
		{ { .method = "OPTIONS", .more = "Require: bar\r\n" },
		  "SIP/2.0 420 ",
		  "\r\nUnsupported: bar\r\n" },
		{ { .method = "MESSAGE", .more = "Proxy-Require: bar\r\n" },
		  "SIP/2.0 202 ",
		  ";tag=" },
		{ { .method = "MESSAGE",
		    .call_id = "h0",
		    .more = "Max-Forwards: 0\r\n" },
		  "SIP/2.0 483 ",
		  ";tag=" },
		{ { .method = "MESSAGE", .cseq = "OPTIONS" },
		  "SIP/2.0 400 ",
		  "\r\nCall-ID: c1\r\n" },
		{ { .method = "MESSAGE", .uri = "<sip:juliet@example.com>" },
		  "SIP/2.0 400 ",
		  "\r\nCSeq: 7 MESSAGE\r\n" },
		{ { .method = "ACK", .cseq = "INVITE" }, NULL, NULL },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t requests = b->a.requests;

		send_form(b, &cases[i].form);
		if (cases[i].expected == NULL) {
			expect_nothing(b);
			continue;
		}
		expect(b, cases[i].expected);
		if (!has(b, cases[i].part))
			fail_msg("no %s in %s", cases[i].part, b->text);
		assert_true(has(b, ";rport="));
		assert_int_equal(b->a.requests - requests,
				 strstr(cases[i].expected, "202") != NULL);
	}
}

static void test_garbage(void **state)
{
	static const char *const garbage[] = {
		"hello",
		"\r\n\r\n",
		"\r\n",
		"OPTIONS sip:x@y SIP/2.0\r\n\r\n", /* no Via: no way back */
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx"
		"\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\n"
		"CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n",
		"SIP/2.0 999 What\r\n\r\n",
	};
	struct bench *b = *state;
	const struct agent_counters *c = agent_counters(b->a.agent);

	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
		send_udp(b, b->udp, garbage[i], strlen(garbage[i]));
	expect_nothing(b);
	assert_int_equal(b->a.requests, 0);
	assert_int_equal(c->requests_in, 0);
	assert_int_equal(c->responses_in, 1);
	assert_int_equal(c->drops[AGENT_DROP_RESPONSE], 1);
	assert_true(c->drops[AGENT_DROP_JUNK] >= 2);
}

static void test_trust(void **state)
{
	static const char terse[] =
		"FOO sip:a SIP/2.0\r\nv:SIP/2.0/UDP 1.1.1.1;rport\r\n"
		"f:<sip:a@b>;tag=1\r\nt:<sip:a@b>\r\ni:x\r\nCSeq:1 FOO\r\n"
		"l:0\r\n\r\n";
	struct bench *b = *state;
	const struct form f = { .method = "MESSAGE",
				.body = "x",
				.more = "Max-Forwards: 70\r\n"
					"Content-Type: text/plain\r\n" };
	const struct form bad = { .method = "MESSAGE", .cseq = "FOO" };
	size_t asked = strlen(write_form(b, &f));

	b->a.trust = TRUST_REFUSE;
	send_form(b, &f);
	expect(b, "SIP/2.0 403 Forbidden\r\n");
	/* never more to an unproved address than came from it */
	assert_true(strlen(b->text) <= asked);
	send_udp(b, b->udp, terse, sizeof(terse) - 1);
	expect_nothing(b);
	b->a.trust = TRUST_GARBLED;
	send_form(b, &f);
	expect(b, "SIP/2.0 400 Bad Request\r\n");
	assert_true(strlen(b->text) <= asked);
	b->a.trust = TRUST_REFUSE;
	send_form(b, &bad); /* malformed counts before 403 */
	receive(b, b->udp, QUIET_TURNS);
	assert_true(b->text[0] == '\0' ||
		    str_starts(str_z(b->text), "SIP/2.0 400 "));
	b->a.trust = TRUST_SILENT;
	send_form(b, &f);
	send_form(b, &bad);
	expect_nothing(b);
	b->a.trust = TRUST_SERVE;
	send_form(b, &f); /* what was refused was not remembered */
	expect(b, "SIP/2.0 202 ");
	assert_int_equal(b->a.requests, 1);
}

static void test_drain(void **state)
{
	struct bench *b = *state;
	struct form f = { .method = "MESSAGE" };

	send_form(b, &f);
	expect(b, "SIP/2.0 202 ");
	agent_drain(b->a.agent);
	send_form(b, &f); /* what was answered stays answered */
	expect(b, "SIP/2.0 202 ");
	f.call_id = "new";
	f.branch = "z9hG4bK-new";
	send_form(b, &f);
	expect(b, "SIP/2.0 503 ");
	assert_in_range(retry_after(b), 5, 15);
	f.method = "NOTIFY";
	f.more = "Event: presence\r\nSubscription-State: active\r\n";
	send_form(b, &f); /* 503 would end the subscription */
	expect(b, "SIP/2.0 500 ");
	assert_in_range(retry_after(b), 5, 15);
	f.method = "OPTIONS";
	send_form(b, &f);
	expect(b, "SIP/2.0 503 ");
	assert_int_equal(b->a.requests, 1);
}

/* --- two agents */

static void on_outcome(void *arg, const struct outcome *o)
{
	struct bench *b = arg;

	b->outcome = *o;
	b->outcomes++;
}

static void send_message(struct bench *b, const char *target, size_t body_n)
{
	static char body[4000];
	struct uri u;
	const char *why = "";
	struct draft d = { .method = METHOD_MESSAGE,
			   .call_id = STR("to-b"),
			   .cseq = 1,
			   .max_forwards = 70,
			   .content_type = STR("text/plain"),
			   .body = { body, body_n } };
	struct outgoing *o;

	if (!uri_read(str_z(target), &u, &why))
		fail_msg("%s: %s", target, why);
	memset(body, 'x', sizeof(body));
	d.target = d.to.uri = u;
	d.from = (struct party){ .uri = u, .tag = STR("ft") };
	d.from.uri.user = STR_LIT("juliet");
	o = uac_prepare(agent_uac(b->a.agent), &d);
	assert_non_null(o);
	b->outcomes = 0;
	assert_true(uac_start(agent_uac(b->a.agent), o, on_outcome, b));
}

static void wait_outcome(struct bench *b)
{
	for (int i = 0; i < TURNS_MAX && b->outcomes == 0; i++)
		loop_turn(b->loop, 10);
	assert_int_equal(b->outcomes, 1);
}

static void check_delivered(struct bench *b, const char *host,
			    const char *params, size_t body)
{
	char target[96];
	size_t before = b->b.requests;

	(void)snprintf(target, sizeof(target), "sip:romeo@%s:%u%s", host,
		       b->b.port, params);
	send_message(b, target, body);
	wait_outcome(b);
	if (b->outcome.status != 202)
		fail_msg("%s: %d", target, b->outcome.status);
	assert_int_equal(b->outcome.kind, OUTCOME_ANSWERED);
	assert_int_equal(b->b.requests, before + 1);
	assert_int_equal(strlen(b->b.body), body);
	assert_string_equal(b->b.from, "juliet");
}

static void test_two(void **state)
{
	struct bench *b = *state;

	node_open(&b->b, b->loop, "127.0.0.1", 0);
	check_delivered(b, "127.0.0.1", "", 10);
	assert_int_equal(transport_conn_count(agent_transports(b->b.agent)), 0);
	/* one that nobody answers is under way when all is taken down */
	send_message(b, "sip:romeo@127.0.0.1:1", 10);
	assert_int_equal(uac_running(agent_uac(b->a.agent)), 1);
}

static void test_two_streams(void **state)
{
	struct bench *b = *state;

	node_open(&b->b, b->loop, "127.0.0.1", 0);
	check_delivered(b, "127.0.0.1", ";transport=tcp", 10);
	assert_int_equal(transport_conn_count(agent_transports(b->b.agent)), 1);
}

/* Over 1300 bytes: not by UDP, although the URI would have it so. */
static void test_two_large(void **state)
{
	struct bench *b = *state;

	node_open(&b->b, b->loop, "127.0.0.1", 0);
	check_delivered(b, "127.0.0.1", "", 3000);
	assert_int_equal(transport_conn_count(agent_transports(b->b.agent)), 1);
}

static void test_two_ipv6(void **state)
{
	struct bench *b = *state;

	node_close(&b->a);
	memset(&b->a, 0, sizeof(b->a));
	node_open(&b->a, b->loop, "::1", 0);
	node_open(&b->b, b->loop, "::1", 0);
	check_delivered(b, "[::1]", "", 10);
	node_close(&b->b);
	memset(&b->b, 0, sizeof(b->b));
	node_open(&b->b, b->loop, "::1", 0);
	check_delivered(b, "[::1]", ";transport=tcp", 10);
}

/* Nobody there yet: within Timer F the peer comes up, and gets it. */
static void check_restart(struct bench *b, const char *params)
{
	char target[64];
	uint16_t port;
	int fd = raw_udp(&port);

	close(fd);
	(void)snprintf(target, sizeof(target), "sip:romeo@127.0.0.1:%u%s", port,
		       params);
	send_message(b, target, 10);
	turns(b, 15);
	assert_int_equal(b->outcomes, 0);
	node_open(&b->b, b->loop, "127.0.0.1", port);
	wait_outcome(b);
	assert_int_equal(b->outcome.status, 202);
	assert_int_equal(b->b.requests, 1);
}

static void test_restart(void **state)
{
	check_restart(*state, "");
}

static void test_restart_stream(void **state)
{
	check_restart(*state, ";transport=tcp");
}

static void test_silent_peer(void **state)
{
	struct bench *b = *state;
	char target[64];

	(void)snprintf(target, sizeof(target), "sip:romeo@127.0.0.1:%u",
		       b->udp_port);
	send_message(b, target, 10);
	wait_outcome(b);
	assert_int_equal(b->outcome.kind, OUTCOME_TIMEOUT);
	assert_int_equal(b->outcome.status, 408);
}

/* Our own request, back through somebody else (RFC 5393 §4.2). */
static void test_loop(void **state)
{
	struct bench *b = *state;
	char target[64], text[MESSAGE_MAX];

	(void)snprintf(target, sizeof(target), "sip:romeo@127.0.0.1:%u",
		       b->udp_port);
	send_message(b, target, 10);
	expect(b, "MESSAGE ");
	(void)snprintf(text, sizeof(text),
		       "MESSAGE %s SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKp;rport%s",
		       target, b->udp_port, strstr(b->text, "\r\n"));
	send_udp(b, b->udp, text, strlen(text));
	for (int i = 0; i < 5; i++) { /* retransmissions may come between */
		receive(b, b->udp, TURNS_MAX);
		if (str_starts(str_z(b->text), "SIP/2.0 "))
			break;
	}
	assert_true(str_starts(str_z(b->text), "SIP/2.0 482 "));
	assert_int_equal(b->a.requests, 0);
}

/* A wire between the two that loses every second datagram and doubles the
 * others, both ways: still exactly once. */
struct bad_wire {
	int near, far;
	uint16_t near_port;
	unsigned seen, passed;
};

static void carry(struct bad_wire *w, int from, int to, uint16_t port)
{
	char text[MESSAGE_MAX];
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	ssize_t n;

	while ((n = recv(from, text, sizeof(text), 0)) > 0) {
		if (w->seen++ % 2 == 0)
			continue;
		for (int i = 0; i < 2; i++, w->passed++)
			(void)sendto(to, text, (size_t)n, 0,
				     (struct sockaddr *)&in, sizeof(in));
	}
}

static void test_bad_wire(void **state)
{
	struct bench *b = *state;
	struct bad_wire w = { 0 };
	uint16_t far_port;
	char target[64];

	node_open(&b->b, b->loop, "127.0.0.1", 0);
	w.near = raw_udp(&w.near_port);
	w.far = raw_udp(&far_port);
	(void)snprintf(target, sizeof(target), "sip:romeo@127.0.0.1:%u",
		       w.near_port);
	send_message(b, target, 10);
	for (int i = 0; i < TURNS_MAX && b->outcomes == 0; i++) {
		loop_turn(b->loop, 5);
		carry(&w, w.near, w.far, b->b.port);
		carry(&w, w.far, w.near, b->a.port);
	}
	assert_int_equal(b->outcomes, 1);
	assert_int_equal(b->outcome.status, 202);
	assert_int_equal(b->b.requests, 1);
	assert_true(w.seen > 2 && w.passed > 2);
	turns(b, 5);
	assert_int_equal(b->outcomes, 1);
	close(w.near);
	close(w.far);
}

static void test_no_listen(void **state)
{
	const struct listen_point p = { .transport = TRANSPORT_UDP,
					.host = STR("not-an-address") };
	const struct agent_options o = { .listen = &p, .listen_count = 1 };
	const struct agent_events e = { .on_request = on_request,
					.on_trust = on_trust };
	struct bench *b = *state;
	const char *why = NULL;

	assert_null(agent_create(b->loop, &o, &e, NULL, &why));
	assert_non_null(why);
	assert_non_null(strstr(why, "not-an-address"));
}

int main(void)
{
#define BENCH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		BENCH(test_own_answers), BENCH(test_garbage),
		BENCH(test_trust),	 BENCH(test_drain),
		BENCH(test_two),	 BENCH(test_two_streams),
		BENCH(test_two_large),	 BENCH(test_two_ipv6),
		BENCH(test_restart),	 BENCH(test_restart_stream),
		BENCH(test_silent_peer), BENCH(test_loop),
		BENCH(test_bad_wire),	 BENCH(test_no_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
