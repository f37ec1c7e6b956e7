#ifndef STOX_TESTS_AGENT_BENCH_H
#define STOX_TESTS_AGENT_BENCH_H
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
	int trust;    /* what on_trust says */
	bool is_lazy; /* keep answers instead of saying 202 */
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

static inline int on_trust(void *arg, const struct request *r)
{
	struct node *n = arg;

	assert_true(r->source.peer.sa.sa_family == AF_INET ||
		    r->source.peer.sa.sa_family == AF_INET6);
	return n->trust;
}

static inline void say(struct answer *a, int status,
		       const struct header *headers)
{
	struct reply reply = { .status = status, .headers = headers };

	assert_int_equal(answer_tag(a).n, 16);
	agent_reply(a, &reply);
}

static inline void on_request(void *arg, const struct request *r,
			      struct answer *a)
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

static inline void node_open(struct node *n, struct loop *l, const char *host,
			     uint16_t port)
{
	struct listen_point points[] = { { .transport = TRANSPORT_UDP,
					   .host = str_z(host),
					   .port = port },
					 { .transport = TRANSPORT_TCP,
					   .host = str_z(host) } };
	struct agent_options o = {
		.listen = points,
		.listen_count = 1,
		.timing = { .t1_ms = T1_MS, .t2_ms = 200, .timeout_ms = 3200 },
		.uac = { .timeout_ms = 3200,
			 .max_running = 100,
			 .mtu_bytes = 1300,
			 .user_agent = STR("test") },
		.resolve = { .timeout_ms = 1000 },
		.methods = methods,
		.method_count = 3,
		.accept = STR("text/plain"),
		.event_packages = STR("presence"),
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
			int fd =
				socket(str_find(str_z(host), ':') < strlen(host)
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

static inline void node_close(struct node *n)
{
	agent_destroy(&n->agent);
	assert_null(n->agent);
}

/* --- the bench */

static inline int raw_udp(uint16_t *port)
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

static inline int raw_tcp(uint16_t port)
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

static inline int setup(void **state)
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

static inline int teardown(void **state)
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

static inline void turns(struct bench *b, int n)
{
	while (n-- > 0)
		loop_turn(b->loop, 10);
}

static inline void send_udp(struct bench *b, int fd, const char *text, size_t n)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(b->a.port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_int_equal(
		sendto(fd, text, n, 0, (struct sockaddr *)&in, sizeof(in)), n);
}

/* Reads from a raw socket while the loop turns; "" when nothing comes. */
static inline const char *receive(struct bench *b, int fd, int most_turns)
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
static inline const char *write_form(struct bench *b, const struct form *f)
{
	static char out[MESSAGE_MAX];
	const char *body = f->body != NULL ? f->body : "";

	(void)snprintf(out, sizeof(out),
		       "%s %s SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=%s;rport\r\n"
		       "From: <sip:romeo@example.net>;tag=r1\r\n"
		       "To: %s\r\n"
		       "Call-ID: %s\r\n"
		       "CSeq: 7 %s\r\n"
		       "%s"
		       "Content-Length: %zu\r\n\r\n%s",
		       f->method,
		       f->uri != NULL ? f->uri : "sip:juliet@example.com",
		       b->udp_port, f->branch != NULL ? f->branch : "z9hG4bK-1",
		       f->to != NULL ? f->to : "<sip:juliet@example.com>",
		       f->call_id != NULL ? f->call_id : "c1",
		       f->cseq != NULL ? f->cseq : f->method,
		       f->more != NULL ? f->more : "Max-Forwards: 70\r\n",
		       strlen(body), body);
	return out;
}

static inline void send_form(struct bench *b, const struct form *f)
{
	const char *text = write_form(b, f);

	send_udp(b, b->udp, text, strlen(text));
}

static inline void expect(struct bench *b, const char *start)
{
	receive(b, b->udp, TURNS_MAX);
	if (!str_starts(str_z(b->text), start))
		fail_msg("not %s: %s", start, b->text);
}

static inline void expect_nothing(struct bench *b)
{
	assert_string_equal(receive(b, b->udp, QUIET_TURNS), "");
}

static inline bool has(const struct bench *b, const char *part)
{
	return strstr(b->text, part) != NULL;
}

static inline unsigned retry_after(const struct bench *b)
{
	const char *p = strstr(b->text, "\r\nRetry-After: ");

	assert_non_null(p);
	return (unsigned)strtoul(p + 15, NULL, 10);
}

#endif
