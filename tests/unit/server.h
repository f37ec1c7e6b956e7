#ifndef STOX_TESTS_SERVER_H
#define STOX_TESTS_SERVER_H
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "gateway/base/str.h"

/* An XMPP server's component port, played by hand: a listening socket and at
 * most one connection, driven between the turns of the loop under test. */
enum { SERVER_PATIENCE_MS = 5000, SERVER_BUFFER_BYTES = 1 << 20 };

struct server {
	struct loop *loop;
	int listen_fd, fd;
	uint16_t port;
	unsigned accepted;
	size_t n;
	char got[SERVER_BUFFER_BYTES]; /* with a NUL behind it */
};

#define SERVER_ID "3BF96D32"
#define SERVER_HEADER                                                          \
	"<?xml version='1.0'?><stream:stream "                                 \
	"xmlns='jabber:component:accept' "                                     \
	"xmlns:stream='http://etherx.jabber.org/streams' "                     \
	"from='sip.example.com' id='" SERVER_ID "'>"

static inline uint64_t server_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline void server_listen(struct server *s, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port) };
	socklen_t n = sizeof(a);
	const int on = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(s->listen_fd >= 0);
	setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(s->listen_fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(s->listen_fd, 64), 0);
	assert_int_equal(getsockname(s->listen_fd, (struct sockaddr *)&a, &n),
			 0);
	s->port = ntohs(a.sin_port);
}

static inline struct server *server_create(struct loop *l)
{
	struct server *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->loop = l;
	s->fd = s->listen_fd = -1;
	server_listen(s, 0);
	return s;
}

static inline void server_cut(struct server *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->n = 0;
	s->got[0] = '\0';
}

static inline void server_deaf(struct server *s)
{
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	s->listen_fd = -1;
}

static inline void server_destroy(struct server *s)
{
	server_cut(s);
	server_deaf(s);
	free(s);
}

/* One turn; true when a connection has come in place of the last one. */
static inline bool server_poll(struct server *s)
{
	const int on = 1;
	int fd;

	loop_turn(s->loop, 10);
	fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0)
		return false;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	server_cut(s);
	s->fd = fd;
	s->accepted++;
	return true;
}

static inline void server_accept(struct server *s)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;

	while (!server_poll(s))
		assert_true(server_clock_ms() < end);
}

/* Takes what has come; false at the end of the connection. */
static inline bool server_take(struct server *s)
{
	ssize_t n;

	do {
		n = recv(s->fd, s->got + s->n, sizeof(s->got) - 1 - s->n, 0);
		if (n > 0)
			s->n += (size_t)n;
		s->got[s->n] = '\0';
	} while (n > 0);
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static inline void server_forget(struct server *s)
{
	s->n = 0;
	s->got[0] = '\0';
}

/* Turns until text has come. */
static inline void server_expect(struct server *s, const char *text)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;

	while (server_take(s), strstr(s->got, text) == NULL) {
		if (server_clock_ms() >= end)
			fail_msg("no %s in %s", text, s->got);
		loop_turn(s->loop, 10);
	}
}

/* Turns until this, and nothing else, has come next. */
static inline void server_expect_exactly(struct server *s, const char *text)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;
	size_t want = strlen(text);

	for (server_forget(s); s->n < want;) {
		ssize_t n = recv(s->fd, s->got + s->n, want - s->n, 0);

		assert_true(n != 0 && server_clock_ms() < end);
		if (n > 0)
			s->n += (size_t)n;
		else
			loop_turn(s->loop, 10);
	}
	s->got[s->n] = '\0';
	assert_string_equal(s->got, text);
	server_forget(s);
}

/* Turns until the gateway has closed the connection. */
static inline void server_expect_end(struct server *s)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;

	while (server_take(s)) {
		assert_true(server_clock_ms() < end);
		loop_turn(s->loop, 10);
	}
}

static inline void server_send(struct server *s, const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(send(s->fd, text, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* Turns for a while. */
static inline void server_idle(struct server *s, uint64_t ms)
{
	uint64_t end = server_clock_ms() + ms;

	while (server_clock_ms() < end)
		loop_turn(s->loop, 5);
}

/* Accepts one that shakes hands, whatever its secret. */
static inline void server_welcome(struct server *s)
{
	server_accept(s);
	server_expect(s, "to='sip.example.com'>");
	server_send(s, SERVER_HEADER);
	server_expect(s, "</handshake>");
	server_send(s, "<handshake/>");
	server_forget(s);
}

/* The id of the first iq in what has come, in static memory. */
static inline const char *server_id(const struct server *s)
{
	static char id[64];
	const char *p = strstr(s->got, "<iq ");
	size_t n;

	assert_non_null(p);
	p = strstr(p, " id='");
	assert_non_null(p);
	p += 5;
	n = strcspn(p, "'");
	assert_true(n < sizeof(id));
	memcpy(id, p, n);
	id[n] = '\0';
	return id;
}

#endif
