#ifndef STOX_TEST_CONNBED_H
#define STOX_TEST_CONNBED_H
#include "bed.h"
#include "sip/conn.h"

/* A set of connections that listens for TCP on loopback. */
struct conn_bed {
	struct bed b;
	struct conn_set *s;
	union endpoint at;
};

static inline void conn_bed_init(struct conn_bed *t,
				 const struct transport_limits *limits)
{
	const char *why = "";
	union endpoint any = bed_at("127.0.0.1", 0);

	bed_init(&t->b);
	t->s = conn_set_create(t->b.loop, limits, &bed_events, &t->b);
	t->b.with = t->s;
	assert_true(conn_listen(t->s, TRANSPORT_TCP, &any, NULL, &t->at, &why));
}

static inline void conn_bed_fini(struct conn_bed *t)
{
	conn_set_destroy(&t->s);
	bed_fini(&t->b);
}

/* Opens one to a plain socket of the far side; returns that. */
static inline int conn_bed_out(struct conn_bed *t, int listener,
			       const union endpoint *peer, struct hop *to)
{
	const char *why = "";
	int fd;

	memset(to, 0, sizeof(*to));
	to->transport = TRANSPORT_TCP;
	to->peer = *peer;
	assert_true(conn_open(t->s, to, NULL, &why));
	assert_int_not_equal(to->conn, 0);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
}

/* A whole request whose body has n bytes. */
static inline size_t conn_bed_request(char *out, size_t cap, unsigned i,
				      size_t n)
{
	int head = snprintf(out, cap,
			    "MESSAGE sip:a@b SIP/2.0\r\n"
			    "Via: SIP/2.0/TCP c;branch=z9hG4bK%u\r\n"
			    "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\n"
			    "Call-ID: %u\r\nCSeq: 1 MESSAGE\r\n"
			    "Content-Length: %zu\r\n\r\n",
			    i, i, n);

	assert_true(head > 0 && (size_t)head + n < cap);
	memset(out + head, 'b', n);
	return (size_t)head + n;
}

/* Reads until n bytes came or the end; false when neither comes. */
static inline bool conn_bed_read(struct conn_bed *t, int fd, char *out,
				 size_t n)
{
	uint64_t end = bed_ms() + BED_WAIT_MS;
	size_t at = 0;

	while (at < n && bed_ms() < end) {
		ssize_t got = bed_read(fd, out + at, n - at);

		if (got == 0)
			return false;
		if (got > 0)
			at += (size_t)got;
		else
			loop_turn(t->b.loop, 5);
	}
	return at == n;
}

static const struct transport_limits conn_bed_limits = {
	.conns_max = 64,
	.conns_per_source_max = 64,
	.first_message_ms = 30000,
	.idle_ms = 180000,
	.connect_ms = 2000,
	.message_ms = 10000,
	.conn_queue_bytes = 1 << 20,
	.keepalive_ms = 30000,
};

#endif
