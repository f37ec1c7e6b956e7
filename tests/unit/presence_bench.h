#ifndef STOX_TESTS_PRESENCE_BENCH_H
#define STOX_TESTS_PRESENCE_BENCH_H
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
#include "clock.h"

/* One agent of ours and one raw UDP socket that plays the peer: what is said
 * on the wire is seen as it is, and every answer is written by hand. */
enum {
	TEXT_MAX = 8192,
	VALUE_MAX = 1024,
	TURN_MS = 5,
	TURNS_MAX = 900, /* nothing here takes longer */
	QUIET_TURNS = 20,
	T1_MS = 1000, /* so that a busy machine sees nothing twice */
	F_MS = 1200,
	TOLD_MAX = 64
};

struct bench {
	struct loop *loop;
	struct agent *agent;
	uint16_t port, peer_port;
	int fd; /* the peer */
	void (*on_request)(struct bench *b, const struct request *r,
			   struct answer *a);
	void *subject;		   /* of the test */
	char text[TEXT_MAX];	   /* received last */
	char values[8][VALUE_MAX]; /* of header(), in turn */
	size_t value_next;
	char told[TOLD_MAX][256]; /* callbacks, in order */
	size_t told_count, told_read;
	unsigned branch;
};

static inline int bench_trust(void *arg, const struct request *r)
{
	(void)arg;
	(void)r;
	return TRUST_SERVE;
}

static inline void bench_request(void *arg, const struct request *r,
				 struct answer *a)
{
	struct bench *b = arg;

	b->on_request(b, r, a);
}

static inline int bench_socket(uint16_t *port)
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

static const enum method bench_methods[] = { METHOD_SUBSCRIBE, METHOD_NOTIFY };

static inline struct bench *bench_open(size_t max_running)
{
	const struct listen_point point = { .transport = TRANSPORT_UDP,
					    .host = STR("127.0.0.1") };
	const struct agent_options o = {
		.listen = &point,
		.listen_count = 1,
		.timing = { .t1_ms = T1_MS, .t2_ms = 400, .timeout_ms = F_MS },
		.uac = { .timeout_ms = F_MS,
			 .max_running = max_running,
			 .mtu_bytes = 1300,
			 .user_agent = STR("test") },
		.resolve = { .timeout_ms = 500,
			     .nameserver = STR("127.0.0.1:9") },
		.methods = bench_methods,
		.method_count = 2,
		.accept = STR("application/pidf+xml"),
		.replay_max = 1000,
		.answers_max = 100
	};
	const struct agent_events e = { .on_request = bench_request,
					.on_trust = bench_trust };
	struct bench *b = calloc(1, sizeof(*b));
	const char *why = NULL;

	assert_non_null(b);
	b->loop = loop_create(&why);
	assert_non_null(b->loop);
	b->agent = agent_create(b->loop, &o, &e, b, &why);
	if (b->agent == NULL)
		fail_msg("%s", why);
	b->port = transport_port(agent_transports(b->agent), 0);
	b->fd = bench_socket(&b->peer_port);
	return b;
}

static inline void bench_close(struct bench *b)
{
	agent_destroy(&b->agent);
	loop_destroy(&b->loop);
	close(b->fd);
	free(b);
}

/* --- what callbacks tell, as lines */

static inline void told(struct bench *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static inline void told(struct bench *b, const char *fmt, ...)
{
	va_list ap;

	assert_true(b->told_count < TOLD_MAX);
	va_start(ap, fmt);
	(void)vsnprintf(b->told[b->told_count++], sizeof(b->told[0]), fmt, ap);
	va_end(ap);
}

static inline void turns(struct bench *b, int n)
{
	while (n-- > 0)
		clock_turn(b->loop, TURN_MS);
}

/* The next thing told is this; waits for it. */
static inline void expect_told(struct bench *b, const char *line)
{
	for (int i = 0; i < TURNS_MAX && b->told_read == b->told_count; i++)
		clock_turn(b->loop, TURN_MS);
	if (b->told_read == b->told_count)
		fail_msg("not told: %s", line);
	assert_string_equal(b->told[b->told_read], line);
	b->told_read++;
}

static inline void expect_told_nothing(struct bench *b)
{
	turns(b, QUIET_TURNS);
	if (b->told_read < b->told_count)
		fail_msg("told: %s", b->told[b->told_read]);
}

/* --- the wire */

static inline void send_bytes(struct bench *b, const char *text, size_t n)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(b->port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_int_equal(
		sendto(b->fd, text, n, 0, (struct sockaddr *)&in, sizeof(in)),
		n);
}

static inline void send_text(struct bench *b, const char *text)
{
	send_bytes(b, text, strlen(text));
}

static inline bool receive(struct bench *b, int most_turns)
{
	ssize_t n = -1;

	for (int i = 0; i < most_turns && n <= 0; i++) {
		clock_turn(b->loop, TURN_MS);
		n = recv(b->fd, b->text, sizeof(b->text) - 1, 0);
	}
	b->text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static inline bool has(const struct bench *b, const char *part)
{
	return strstr(b->text, part) != NULL;
}

static inline void assert_has(const struct bench *b, const char *part)
{
	if (!has(b, part))
		fail_msg("no %s in %s", part, b->text);
}

static inline void expect(struct bench *b, const char *start)
{
	receive(b, TURNS_MAX);
	if (strncmp(b->text, start, strlen(start)) != 0)
		fail_msg("not %s: %s", start, b->text);
}

static inline void expect_nothing(struct bench *b)
{
	if (receive(b, QUIET_TURNS))
		fail_msg("not nothing: %s", b->text);
}

/* The value of a header of what was received last; "" when there is none. */
static inline const char *header(struct bench *b, const char *name)
{
	char *out = b->values[b->value_next++ % 8];
	char key[64];
	const char *p, *end;

	(void)snprintf(key, sizeof(key), "\r\n%s: ", name);
	p = strstr(b->text, key);
	out[0] = '\0';
	if (p == NULL)
		return out;
	p += strlen(key);
	end = strstr(p, "\r\n");
	assert_non_null(end);
	(void)snprintf(out, VALUE_MAX, "%.*s", (int)(end - p), p);
	return out;
}

static inline const char *body_of(const struct bench *b)
{
	const char *p = strstr(b->text, "\r\n\r\n");

	return p != NULL ? p + 4 : "";
}

/* The tag of From or To of what was received last. */
static inline const char *tag(struct bench *b, const char *name)
{
	char *value = b->values[b->value_next % 8];
	char *p;

	(void)header(b, name);
	p = strstr(value, ";tag=");
	return p != NULL ? p + 5 : "";
}

static inline unsigned cseq(struct bench *b)
{
	return (unsigned)strtoul(header(b, "CSeq"), NULL, 10);
}

/* Answers the request that was received last. to_tag NULL: what libpurple
 * does, no tag at all. */
static inline void respond(struct bench *b, int status, const char *to_tag,
			   const char *more)
{
	char out[TEXT_MAX];
	const char *to = header(b, "To");
	bool wants_tag = to_tag != NULL && strstr(to, ";tag=") == NULL;

	(void)snprintf(out, sizeof(out),
		       "SIP/2.0 %d Whatever\r\nVia: %s\r\nFrom: %s\r\n"
		       "To: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n%s"
		       "Content-Length: 0\r\n\r\n",
		       status, header(b, "Via"), header(b, "From"), to,
		       wants_tag ? ";tag=" : "", wants_tag ? to_tag : "",
		       header(b, "Call-ID"), header(b, "CSeq"),
		       more != NULL ? more : "");
	send_text(b, out);
}

/* A request from the peer; it has a new branch each time. */
struct form {
	const char *method, *call_id, *from, *to, *contact, *more, *body;
	unsigned cseq;
	size_t body_bytes; /* 0: to its NUL */
};

static inline void send_form(struct bench *b, const struct form *f)
{
	char out[TEXT_MAX], contact[128] = "";
	const char *body = f->body != NULL ? f->body : "";
	size_t n = f->body_bytes > 0 ? f->body_bytes : strlen(body);
	size_t head;

	if (f->contact == NULL)
		(void)snprintf(contact, sizeof(contact),
			       "Contact: <sip:peer@127.0.0.1:%u>\r\n",
			       b->peer_port);
	head = (size_t)snprintf(
		out, sizeof(out),
		"%s sip:juliet@127.0.0.1:%u SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK-%u;rport\r\n"
		"Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
		"CSeq: %u %s\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
		f->method, b->port, b->peer_port, ++b->branch, f->from, f->to,
		f->call_id, f->cseq, f->method,
		f->contact != NULL ? f->contact : contact,
		f->more != NULL ? f->more : "",
		*body != '\0' && strstr(f->more, "Content-Type") == NULL
			? "Content-Type: application/pidf+xml\r\n"
			: "",
		"", n);
	assert_true(head + n <= sizeof(out));
	memcpy(out + head, body, n);
	send_bytes(b, out, head + n);
}

static inline struct uri uri_of(const char *text)
{
	struct uri u;
	const char *why = "";

	if (!uri_read(str_z(text), &u, &why))
		fail_msg("%s: %s", text, why);
	return u;
}

#endif
