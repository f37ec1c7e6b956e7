#ifndef STOX_TEST_BED_H
#define STOX_TEST_BED_H
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "sip/transport.h"

/* One loop, what its transports report, and plain sockets for the far side.
 * Everything is on loopback; waiting is bounded. */
enum { BED_WAIT_MS = 10000 };

struct bed {
	struct loop *loop;
	unsigned messages;
	size_t bytes; /* of all messages */
	char last[70000];
	size_t last_n;
	struct hop from; /* of the last */
	unsigned reads;	 /* how often some were whole */
	unsigned lost;
	struct hop lost_to; /* of the last */
	char lost_why[128];
	/* Called for each message when set. */
	void (*on_message)(struct bed *b, struct str bytes,
			   const struct hop *from);
	void *with;
};

static inline uint64_t bed_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline void bed_on_message(void *arg, struct str bytes,
				  const struct hop *from)
{
	struct bed *b = arg;

	b->messages++;
	b->bytes += bytes.n;
	b->last_n = bytes.n < sizeof(b->last) ? bytes.n : sizeof(b->last);
	memcpy(b->last, bytes.p, b->last_n);
	b->from = *from;
	if (b->on_message != NULL)
		b->on_message(b, bytes, from);
}

static inline void bed_on_lost(void *arg, const struct hop *to, const char *why)
{
	struct bed *b = arg;

	b->lost++;
	b->lost_to = *to;
	snprintf(b->lost_why, sizeof(b->lost_why), "%s", why);
}

static inline void bed_on_read(void *arg)
{
	struct bed *b = arg;

	b->reads++;
}

static const struct transport_events bed_events = { bed_on_message, bed_on_read,
						    bed_on_lost };

static inline void bed_init(struct bed *b)
{
	const char *why = "";

	memset(b, 0, sizeof(*b));
	b->loop = loop_create(&why);
	assert_non_null(b->loop);
}

static inline void bed_fini(struct bed *b)
{
	loop_destroy(&b->loop);
	assert_null(b->loop);
}

/* Turns the loop until cond holds; fails the test when it never does. */
#define BED_UNTIL(b, cond)                                                     \
	do {                                                                   \
		uint64_t bed_end = bed_ms() + BED_WAIT_MS;                     \
		bool bed_ok;                                                   \
		while (!(bed_ok = (cond)) && bed_ms() < bed_end)               \
			loop_turn((b)->loop, 5);                               \
		assert_true(bed_ok);                                           \
	} while (0)

/* Turns for a while, to see that something does not happen. */
static inline void bed_turn_for(struct bed *b, unsigned ms)
{
	uint64_t end = bed_ms() + ms;

	while (bed_ms() < end)
		loop_turn(b->loop, 5);
}

static inline union endpoint bed_at(const char *host, unsigned port)
{
	union endpoint e;

	assert_true(endpoint_read(str_z(host), (uint16_t)port, &e));
	return e;
}

static inline int bed_bind(int type, const char *host, union endpoint *at)
{
	union endpoint e = bed_at(host, 0);
	int fd = socket(e.sa.sa_family, type | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof(*at);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &e.sa, endpoint_bytes(&e)), 0);
	memset(at, 0, sizeof(*at));
	assert_int_equal(getsockname(fd, &at->sa, &n), 0);
	return fd;
}

/* A blocking UDP socket of the far side. */
static inline int bed_udp(const char *host, union endpoint *at)
{
	return bed_bind(SOCK_DGRAM, host, at);
}

static inline int bed_listen(const char *host, union endpoint *at)
{
	int fd = bed_bind(SOCK_STREAM, host, at);

	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static inline int bed_connect(const union endpoint *to)
{
	int fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    on = 1;

	assert_true(fd >= 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	assert_int_equal(connect(fd, &to->sa, endpoint_bytes(to)), 0);
	return fd;
}

static inline void bed_send_to(int fd, const union endpoint *to, const void *p,
			       size_t n)
{
	assert_int_equal(sendto(fd, p, n, 0, &to->sa, endpoint_bytes(to)), n);
}

static inline void bed_write(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		assert_true(sent > 0);
		p += sent;
		n -= (size_t)sent;
	}
}

static inline void bed_writez(int fd, const char *z)
{
	bed_write(fd, z, strlen(z));
}

/* What has come for the far side, without waiting: bytes, 0 at the end, -1
 * when there is nothing. */
static inline ssize_t bed_read(int fd, char *p, size_t cap)
{
	return recv(fd, p, cap, MSG_DONTWAIT);
}

#endif
