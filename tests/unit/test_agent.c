#include "sip/agent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/base/loop.h"

/* The agent over real sockets on loopback: raw ones against it, and two of
 * them against each other. */
enum {
	MESSAGE_MAX = 8192,
	TURNS_MAX = 400, /* of 10 ms: nothing here takes longer */
	QUIET_TURNS = 8,
	T1_MS = 50,
	ANSWERS_MAX = 3,
	KEPT_MAX = 16
};

struct node {
	struct loop *loop; /* borrowed */
	struct agent *agent;
	uint16_t port;
	int trust;     /* what on_trust says */
	bool is_lazy;  /* keep answers instead of saying 202 */
	struct header extra;
	struct answer *kept[KEPT_MAX];
	size_t kept_count;
	size_t requests;
	char body[MESSAGE_MAX]; /* of the last one */
	char from[64];
};

struct bench {
	struct loop *loop;
	struct node a, b;
	int udp, tcp; /* raw; -1 */
	uint16_t udp_port;
	struct outcome outcome;
	int outcomes;
	char text[MESSAGE_MAX]; /* what was received last */
};

/* --- nodes */

static int on_trust(void *arg, const struct request *r)
{
	struct node *n = arg;

	assert_true(r->source.peer.sa.sa_family == AF_INET ||
		    r->source.peer.sa.sa_family == AF_INET6);
	return n->trust;
}

static void say(struct answer *a, int status, const struct header *headers)
{
	struct reply reply = { .status = status, .headers = headers };

	assert_int_equal(answer_tag(a).n, 16);
	agent_reply(a, &reply);
}

static void on_request(void *arg, const struct request *r, struct answer *a)
{
	struct node *n = arg;

	n->requests++;
	(void)snprintf(n->body, sizeof(n->body), "%.*s", STR_ARG(r->body));
	(void)snprintf(n->from, sizeof(n->from), "%.*s",
		       STR_ARG(r->from.uri.user));
	if (!n->is_lazy) {
		say(a, 202, n->extra.name.n > 0 ? &n->extra : NULL);
		return;
	}
	assert_true(n->kept_count < KEPT_MAX);
	n->kept[n->kept_count++] = a;
}

static const enum method methods[] = { METHOD_MESSAGE, METHOD_SUBSCRIBE,
				       METHOD_NOTIFY };

static void node_open(struct node *n, struct loop *l, const char *host,
		      uint16_t port)
{
	struct listen_point points[] = {
		{ .transport = TRANSPORT_UDP, .host = str_z(host),
		  .port = port },
		{ .transport = TRANSPORT_TCP, .host = str_z(host) }
	};
	struct agent_options o = {
		.listen = points,
		.listen_count = 1,
		.timing = { .t1_ms = T1_MS, .t2_ms = 200, .timeout_ms = 3200 },
		.uac = { .timeout_ms = 3200, .max_running = 100,
			 .mtu_bytes = 1300, .user_agent = STR("test") },
		.resolve = { .timeout_ms = 1000 },
		.methods = methods,
		.method_count = 3,
		.accept = STR("text/plain"),
		.replay_max = 1000,
		.answers_max = ANSWERS_MAX
	};
	const struct agent_events e = { .on_request = on_request,
					.on_trust = on_trust };
	const char *why = NULL;

	n->loop = l;
	n->trust = TRUST_SERVE;
	/* TCP on the port that UDP got: two calls, so the port may be taken
	 * between them; then again. */
	for (int i = 0; i < 10 && n->agent == NULL; i++) {
		uint16_t got = port;

		if (port == 0) {
			int fd = socket(str_find(str_z(host), ':') <
							strlen(host)
						? AF_INET6
						: AF_INET,
					SOCK_DGRAM, 0);
			union endpoint at;
			socklen_t size = sizeof(at);

			assert_true(endpoint_read(str_z(host), 0, &at));
			assert_int_equal(bind(fd, &at.sa, endpoint_bytes(&at)),
					 0);
			assert_int_equal(getsockname(fd, &at.sa, &size), 0);
			got = endpoint_port(&at);
			close(fd);
		}
		points[0].port = points[1].port = got;
		o.listen_count = 2;
		n->agent = agent_create(l, &o, &e, n, &why);
		n->port = got;
	}
	if (n->agent == NULL)
		fail_msg("%s", why);
	assert_int_equal(transport_port(agent_transports(n->agent), 0),
			 n->port);
}

static void node_close(struct node *n)
{
	agent_destroy(&n->agent);
	assert_null(n->agent);
}

/* --- the bench */

static int raw_udp(uint16_t *port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(in);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static int raw_tcp(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const char *why;

	if (b == NULL)
		return -1;
	b->loop = loop_create(&why);
	b->udp = raw_udp(&b->udp_port);
	b->tcp = -1;
	node_open(&b->a, b->loop, "127.0.0.1", 0);
	*state = b;
	return b->loop == NULL;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	node_close(&b->a);
	if (b->b.agent != NULL)
		node_close(&b->b);
	loop_destroy(&b->loop);
	close(b->udp);
	if (b->tcp >= 0)
		close(b->tcp);
	free(b);
	return 0;
}

static void turns(struct bench *b, int n)
{
	while (n-- > 0)
		loop_turn(b->loop, 10);
}

static void send_udp(struct bench *b, int fd, const char *text, size_t n)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(b->a.port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_int_equal(sendto(fd, text, n, 0, (struct sockaddr *)&in,
				sizeof(in)),
			 n);
}

/* Reads from a raw socket while the loop turns; "" when nothing comes. */
static const char *receive(struct bench *b, int fd, int most_turns)
{
	ssize_t n = -1;

	for (int i = 0; i < most_turns && n <= 0; i++) {
		loop_turn(b->loop, 10);
		n = recv(fd, b->text, sizeof(b->text) - 1, 0);
	}
	b->text[n > 0 ? n : 0] = '\0';
	return b->text;
}

struct form {
	const char *method, *uri, *cseq; /* cseq: method in it; NULL: same */
	const char *branch, *call_id, *more, *body, *to;
};

/* A request from the raw UDP socket; rport is asked for. */
static const char *write_form(struct bench *b, const struct form *f)
{
	static char out[MESSAGE_MAX];
	const char *body = f->body != NULL ? f->body : "";

	(void)snprintf(
		out, sizeof(out),
		"%s %s SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=%s;rport\r\n"
		"From: <sip:romeo@example.net>;tag=r1\r\n"
		"To: %s\r\n"
		"Call-ID: %s\r\n"
		"CSeq: 7 %s\r\n"
		"%s"
		"Content-Length: %zu\r\n\r\n%s",
		f->method, f->uri != NULL ? f->uri : "sip:juliet@example.com",
		b->udp_port, f->branch != NULL ? f->branch : "z9hG4bK-1",
		f->to != NULL ? f->to : "<sip:juliet@example.com>",
		f->call_id != NULL ? f->call_id : "c1",
		f->cseq != NULL ? f->cseq : f->method,
		f->more != NULL ? f->more : "Max-Forwards: 70\r\n",
		strlen(body), body);
	return out;
}

static void send_form(struct bench *b, const struct form *f)
{
	const char *text = write_form(b, f);

	send_udp(b, b->udp, text, strlen(text));
}

static void expect(struct bench *b, const char *start)
{
	receive(b, b->udp, TURNS_MAX);
	if (!str_starts(str_z(b->text), start))
		fail_msg("not %s: %s", start, b->text);
}

static void expect_nothing(struct bench *b)
{
	assert_string_equal(receive(b, b->udp, QUIET_TURNS), "");
}

static bool has(const struct bench *b, const char *part)
{
	return strstr(b->text, part) != NULL;
}

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
		{ { .method = "OPTIONS", .more = "Max-Forwards: 0\r\n" },
		  "SIP/2.0 200 ",
		  ";tag=" },
		{ { .method = "INVITE" }, "SIP/2.0 405 ", "\r\nAllow: OPTIONS" },
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
		{ { .method = "MESSAGE", .call_id = "h0",
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
	assert_true(c->dropped >= 3);
}

static void test_trust(void **state)
{
	static const char terse[] =
		"FOO sip:a SIP/2.0\r\nv:SIP/2.0/UDP 1.1.1.1;rport\r\n"
		"f:<sip:a@b>;tag=1\r\nt:<sip:a@b>\r\ni:x\r\nCSeq:1 FOO\r\n"
		"l:0\r\n\r\n";
	struct bench *b = *state;
	const struct form f = { .method = "MESSAGE", .body = "x",
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

/* RFC 3261 §18.2.2, RFC 3581 §4: without rport to the port of sent-by. */
static void test_way_back(void **state)
{
	struct bench *b = *state;
	uint16_t other_port;
	int other = raw_udp(&other_port);
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "OPTIONS sip:a@b SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP gone.invalid:%u;branch=z9hG4bKw\r\n"
		       "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
		       "Call-ID: way\r\nCSeq: 1 OPTIONS\r\n\r\n",
		       b->udp_port);
	send_udp(b, other, text, strlen(text));
	expect(b, "SIP/2.0 200 ");
	assert_true(has(b, ";received=127.0.0.1"));
	assert_false(has(b, "rport"));
	close(other);
}

/* --- replays */

static void tag_of(const struct bench *b, char out[17])
{
	const char *p = strstr(b->text, "\r\nTo: ");

	assert_non_null(p);
	p = strstr(p, ";tag=");
	assert_non_null(p);
	memcpy(out, p + 5, 16);
	out[16] = '\0';
}

static void test_later(void **state)
{
	struct bench *b = *state;
	const struct form f = { .method = "MESSAGE", .body = "hello",
				.more = "Content-Type: text/plain\r\n" };
	const struct agent_counters *c = agent_counters(b->a.agent);
	char first[17], tag[17];

	b->a.is_lazy = true;
	send_form(b, &f);
	send_form(b, &f);
	expect_nothing(b); /* and no 100 either: RFC 4320 §4.1 */
	assert_int_equal(b->a.requests, 1);
	assert_string_equal(b->a.body, "hello");
	assert_int_equal(c->retransmissions_in, 1);
	assert_true(answer_since_ms(b->a.kept[0]) <= loop_now_ms(b->loop));
	memcpy(first, answer_tag(b->a.kept[0]).p, 17);
	say(b->a.kept[0], 404, NULL);
	expect(b, "SIP/2.0 404 ");
	tag_of(b, tag);
	assert_string_equal(tag, first);
	for (int i = 0; i < 3; i++) {
		send_form(b, &f);
		expect(b, "SIP/2.0 404 ");
		tag_of(b, tag);
		assert_string_equal(tag, first);
	}
	assert_int_equal(b->a.requests, 1);
	assert_int_equal(c->retransmissions_in, 4);
}

static void test_same_headers_again(void **state)
{
	struct bench *b = *state;
	const struct form f = { .method = "SUBSCRIBE",
				.more = "Event: presence\r\n" };
	char first[MESSAGE_MAX];

	b->a.extra = (struct header){ .name = STR("Expires"),
				      .value = STR("1800") };
	send_form(b, &f);
	expect(b, "SIP/2.0 202 ");
	assert_true(has(b, "\r\nExpires: 1800\r\n"));
	memcpy(first, b->text, sizeof(first));
	send_form(b, &f);
	expect(b, "SIP/2.0 202 ");
	assert_string_equal(b->text, first);
	assert_int_equal(b->a.requests, 1);
}

static void test_merged(void **state)
{
	struct bench *b = *state;
	struct form f = { .method = "MESSAGE" };

	b->a.is_lazy = true;
	send_form(b, &f);
	turns(b, 3);
	f.branch = "z9hG4bK-2"; /* the same by another way, §8.2.2.2 */
	send_form(b, &f);
	expect(b, "SIP/2.0 482 Merged");
	assert_int_equal(b->a.requests, 1);
	say(b->a.kept[0], 200, NULL);
	expect(b, "SIP/2.0 200 ");
	assert_true(has(b, "branch=z9hG4bK-1"));
}

static unsigned retry_after(const struct bench *b)
{
	const char *p = strstr(b->text, "\r\nRetry-After: ");

	assert_non_null(p);
	return (unsigned)strtoul(p + 15, NULL, 10);
}

static void test_too_many(void **state)
{
	struct bench *b = *state;
	char call_id[32], branch[32];
	struct form f = { .method = "MESSAGE", .branch = branch,
			  .call_id = call_id };

	b->a.is_lazy = true;
	for (int i = 0; i <= ANSWERS_MAX; i++) {
		(void)snprintf(call_id, sizeof(call_id), "many-%d", i);
		(void)snprintf(branch, sizeof(branch), "z9hG4bK-m%d", i);
		send_form(b, &f);
	}
	expect(b, "SIP/2.0 503 ");
	assert_in_range(retry_after(b), 5, 15);
	assert_int_equal(b->a.requests, ANSWERS_MAX);
	send_form(b, &f); /* its copy is not let in, though there is room */
	say(b->a.kept[0], 200, NULL);
	expect(b, "SIP/2.0 200 ");
	expect(b, "SIP/2.0 503 ");
	assert_in_range(retry_after(b), 5, 15);
	(void)snprintf(call_id, sizeof(call_id), "room");
	send_form(b, &f);
	turns(b, 3);
	assert_int_equal(b->a.requests, ANSWERS_MAX + 1);
	/* agent_destroy: answers still open get nothing */
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

/* --- streams */

static const char stream_message[] =
	"MESSAGE sip:juliet@example.com SIP/2.0\r\n"
	"Via: SIP/2.0/TCP 127.0.0.1:%u;branch=z9hG4bK-t%d\r\n"
	"From: <sip:romeo@example.net>;tag=r1\r\n"
	"To: <sip:juliet@example.com>\r\n"
	"Call-ID: tcp-%d\r\nCSeq: 1 MESSAGE\r\n"
	"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";

static void send_stream(struct bench *b, uint16_t listen_port, int i)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), stream_message, listen_port, i,
			 i);

	assert_int_equal(send(b->tcp, text, (size_t)n, 0), n);
}

static void test_stream(void **state)
{
	static const char bad[] =
		"FOO sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;"
		"branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
		"Call-ID: x\r\nCSeq: 1 BAR\r\nContent-Length: 0\r\n\r\n";
	struct bench *b = *state;

	b->tcp = raw_tcp(b->a.port);
	send_stream(b, 9, 1);
	assert_true(str_starts(str_z(receive(b, b->tcp, TURNS_MAX)),
			       "SIP/2.0 202 "));
	assert_string_equal(b->a.body, "hi");
	/* malformed, but the framing holds: the connection lives on */
	assert_int_equal(send(b->tcp, bad, sizeof(bad) - 1, 0),
			 sizeof(bad) - 1);
	assert_true(str_starts(str_z(receive(b, b->tcp, TURNS_MAX)),
			       "SIP/2.0 400 "));
	send_stream(b, 9, 2);
	assert_true(str_starts(str_z(receive(b, b->tcp, TURNS_MAX)),
			       "SIP/2.0 202 "));
	assert_int_equal(b->a.requests, 2);
}

/* The connection is gone before the answer: it comes to sent-by's port. */
static void test_stream_gone(void **state)
{
	struct bench *b = *state;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), fd = -1;
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct linger reset = { .l_onoff = 1 };
	socklen_t n = sizeof(in);

	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &n), 0);
	b->a.is_lazy = true;
	b->tcp = raw_tcp(b->a.port);
	send_stream(b, ntohs(in.sin_port), 1);
	for (int i = 0; i < TURNS_MAX && b->a.kept_count == 0; i++)
		turns(b, 1);
	assert_int_equal(setsockopt(b->tcp, SOL_SOCKET, SO_LINGER, &reset,
				    sizeof(reset)),
			 0);
	close(b->tcp);
	b->tcp = -1;
	turns(b, 5);
	say(b->a.kept[0], 200, NULL);
	for (int i = 0; i < TURNS_MAX && fd < 0; i++) {
		turns(b, 1);
		fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	}
	assert_true(fd >= 0);
	assert_true(str_starts(str_z(receive(b, fd, TURNS_MAX)),
			       "SIP/2.0 200 "));
	close(fd);
	close(listener);
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
	b->b.extra = (struct header){ .name = STR("X"), .value = STR("y") };
	check_delivered(b, "127.0.0.1", "", 10);
	assert_int_equal(transport_conn_count(agent_transports(b->b.agent)),
			 0);
	/* the same Call-ID and CSeq as before: another branch of one request */
	send_message(b, "sip:romeo@127.0.0.1:1", 10);
	uac_running(agent_uac(b->a.agent));
	node_close(&b->b);
	memset(&b->b, 0, sizeof(b->b));
}

static void test_two_streams(void **state)
{
	struct bench *b = *state;

	node_open(&b->b, b->loop, "127.0.0.1", 0);
	check_delivered(b, "127.0.0.1", ";transport=tcp", 10);
	assert_int_equal(transport_conn_count(agent_transports(b->b.agent)),
			 1);
}

/* Over 1300 bytes: not by UDP, although the URI would have it so. */
static void test_two_large(void **state)
{
	struct bench *b = *state;

	node_open(&b->b, b->loop, "127.0.0.1", 0);
	check_delivered(b, "127.0.0.1", "", 3000);
	assert_int_equal(transport_conn_count(agent_transports(b->b.agent)),
			 1);
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
	(void)snprintf(target, sizeof(target), "sip:romeo@127.0.0.1:%u%s",
		       port, params);
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
		BENCH(test_own_answers),
		BENCH(test_garbage),
		BENCH(test_trust),
		BENCH(test_way_back),
		BENCH(test_later),
		BENCH(test_same_headers_again),
		BENCH(test_merged),
		BENCH(test_too_many),
		BENCH(test_drain),
		BENCH(test_stream),
		BENCH(test_stream_gone),
		BENCH(test_two),
		BENCH(test_two_streams),
		BENCH(test_two_large),
		BENCH(test_two_ipv6),
		BENCH(test_restart),
		BENCH(test_restart_stream),
		BENCH(test_silent_peer),
		BENCH(test_loop),
		BENCH(test_bad_wire),
		BENCH(test_no_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
