#include "connbed.h"
#include <errno.h>
#include "sip/reader.h"

static void echo(struct bed *b, struct str bytes, const struct hop *from)
{
	(void)bytes;
	conn_send(b->with, from->conn,
		  STR_LIT("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

static bool reaches_end(struct conn_bed *t, int fd)
{
	uint64_t end = bed_ms() + BED_WAIT_MS;
	char buf[4096];
	ssize_t got;

	while (bed_ms() < end) {
		got = bed_read(fd, buf, sizeof(buf));
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return true;
		loop_turn(t->b.loop, 5);
	}
	return false;
}

static void pipelined(void **state)
{
	static char buf[400000];
	struct conn_bed t;
	size_t n = 0;
	int fd;

	(void)state;
	conn_bed_init(&t, &conn_bed_limits);
	fd = bed_connect(&t.at);
	for (unsigned i = 0; i < 1000; i++)
		n += conn_bed_request(buf + n, sizeof(buf) - n, i, i % 100);
	for (size_t at = 0; at < n;) {
		size_t part = n - at < 50000 ? n - at : 50000;

		bed_write(fd, buf + at, part);
		at += part;
		loop_turn(t.b.loop, 1);
	}
	BED_UNTIL(&t.b, t.b.messages == 1000);
	assert_int_equal(t.b.bytes, n);
	assert_int_equal(t.b.from.transport, TRANSPORT_TCP);
	assert_int_not_equal(t.b.from.conn, 0);
	close(fd);
	conn_bed_fini(&t);
}

static void byte_by_byte(void **state)
{
	char buf[2000];
	struct conn_bed t;
	size_t n = conn_bed_request(buf, sizeof(buf), 1, 50);
	int fd;

	(void)state;
	n += conn_bed_request(buf + n, sizeof(buf) - n, 2, 0);
	conn_bed_init(&t, &conn_bed_limits);
	fd = bed_connect(&t.at);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(t.b.messages, 0 + (t.b.bytes > 0));
		bed_write(fd, buf + i, 1);
		loop_turn(t.b.loop, 20);
	}
	BED_UNTIL(&t.b, t.b.messages == 2);
	assert_int_equal(t.b.bytes, n);
	close(fd);
	conn_bed_fini(&t);
}

static void largest(void **state)
{
	static char buf[SIP_HEADERS_MAX_BYTES + SIP_MESSAGE_MAX_BYTES];
	struct conn_bed t;
	size_t n = conn_bed_request(buf, sizeof(buf), 1, 60000);
	int fd;

	(void)state;
	conn_bed_init(&t, &conn_bed_limits);
	fd = bed_connect(&t.at);
	for (int i = 0; i < 5; i++) {
		bed_write(fd, buf, n / 2);
		loop_turn(t.b.loop, 5);
		bed_write(fd, buf + n / 2, n - n / 2);
		loop_turn(t.b.loop, 5);
	}
	BED_UNTIL(&t.b, t.b.messages == 5);
	assert_int_equal(t.b.last_n, n);
	assert_memory_equal(t.b.last, buf, n);
	close(fd);
	conn_bed_fini(&t);
}

static void pings(void **state)
{
	static const struct {
		const char *in, *out; /* out: each '.' a turn between */
	} cases[] = {
		{ "\r\n\r\n", "\r\n" },
		{ "\r.\n.\r.\n", "\r\n" },
		{ "\r\n.\r\n\r\n.\r\n", "\r\n\r\n" },
	};
	struct conn_bed t;
	char buf[64];
	int fd;

	(void)state;
	conn_bed_init(&t, &conn_bed_limits);
	fd = bed_connect(&t.at);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (const char *p = cases[i].in; *p != '\0'; p++) {
			if (*p == '.')
				bed_turn_for(&t.b, 20);
			else
				bed_write(fd, p, 1);
		}
		assert_true(conn_bed_read(&t, fd, buf, strlen(cases[i].out)));
		assert_memory_equal(buf, cases[i].out, strlen(cases[i].out));
	}
	bed_turn_for(&t.b, 30);
	assert_int_equal(bed_read(fd, buf, sizeof(buf)), -1);
	assert_int_equal(t.b.messages, 0);
	assert_int_equal(conn_count(t.s), 1);
	close(fd);
	conn_bed_fini(&t);
}

/* What cannot be cut: what came before it is answered, it gets a 400 when it
 * is a request (413 when it says to be too long), and then comes the end. */
static void garbage(void **state)
{
	static const struct {
		const char *text;
		unsigned messages;
		const char *answer; /* start of it; "": none */
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "" },
		{ "\x16\x03\x01\x02\r\n\r\n", 0, "" },
		{ "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=1\r\n"
		  "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
		  "CSeq: 1 MESSAGE\r\nContent-Length: -1\r\n\r\n",
		  0,
		  "SIP/2.0 400 Bad Request\r\n"
		  "Via: SIP/2.0/TCP c;branch=1\r\n" },
		{ "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=1\r\n"
		  "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
		  "CSeq: 1 MESSAGE\r\nContent-Length: 4294967295\r\n\r\n",
		  0, "SIP/2.0 413 Request Entity Too Large\r\n" },
		{ "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
		  "MESSAGE sip:a@b SIP/2.0\r\n"
		  "Content-Length: x\r\n\r\nwhat follows",
		  1, "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].answer);
		struct conn_bed t;
		char buf[256];
		int fd;

		conn_bed_init(&t, &conn_bed_limits);
		t.b.on_message = echo;
		fd = bed_connect(&t.at);
		bed_write(fd, cases[i].text, strlen(cases[i].text));
		assert_true(conn_bed_read(&t, fd, buf, n));
		assert_memory_equal(buf, cases[i].answer, n);
		assert_true(reaches_end(&t, fd));
		assert_int_equal(t.b.messages, cases[i].messages);
		close(fd);
		BED_UNTIL(&t.b, t.b.lost == 1);
		assert_string_equal(t.b.lost_why, "not SIP");
		conn_bed_fini(&t);
	}
}

/* Whoever keeps sending behind garbage is not listened to for ever. */
static void endless_garbage(void **state)
{
	static char junk[8192];
	struct conn_bed t;
	size_t sent = 0;
	int fd;

	(void)state;
	memset(junk, 'x', sizeof(junk));
	conn_bed_init(&t, &conn_bed_limits);
	fd = bed_connect(&t.at);
	while (t.b.lost == 0 && sent < (16 << 20)) {
		ssize_t n = send(fd, junk, sizeof(junk),
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		loop_turn(t.b.loop, 1);
	}
	assert_int_equal(t.b.lost, 1);
	assert_true(sent < (16 << 20));
	close(fd);
	conn_bed_fini(&t);
}

static void answers_after_half_close(void **state)
{
	struct conn_bed t;
	char buf[1000];
	size_t n = conn_bed_request(buf, sizeof(buf), 1, 10);
	int fd;

	(void)state;
	conn_bed_init(&t, &conn_bed_limits);
	fd = bed_connect(&t.at);
	bed_write(fd, buf, n);
	shutdown(fd, SHUT_WR);
	BED_UNTIL(&t.b, t.b.messages == 1);
	bed_turn_for(&t.b, 50);
	assert_int_equal(conn_count(t.s), 1);
	echo(&t.b, STR_NONE, &t.b.from);
	assert_true(conn_bed_read(&t, fd, buf, 12));
	assert_memory_equal(buf, "SIP/2.0 200 ", 12);
	assert_true(reaches_end(&t, fd));
	BED_UNTIL(&t.b, t.b.lost == 1);
	assert_string_equal(t.b.lost_why, "closed by the peer");
	assert_false(conn_send(t.s, t.b.from.conn, STR_LIT("late")));
	close(fd);
	conn_bed_fini(&t);
}

/* A peer that does not read gets what its queue holds, no more, and is not
 * asked for further requests; then it reads, and all is well. */
static void slow_reader(void **state)
{
	static char big[100000], buf[65536];
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	size_t queued = 0, got = 0;
	union endpoint peer;
	struct hop to;
	int listener = bed_listen("127.0.0.1", &peer), fd;
	ssize_t n;

	(void)state;
	limits.conn_queue_bytes = 300000;
	memset(big, 'b', sizeof(big));
	conn_bed_init(&t, &limits);
	fd = conn_bed_out(&t, listener, &peer, &to);
	for (int i = 0; i < 300; i++) {
		if (conn_send(t.s, to.conn, (struct str){ big, sizeof(big) }))
			queued += sizeof(big);
		loop_turn(t.b.loop, 1);
	}
	assert_true(queued < 300 * sizeof(big));
	assert_false(conn_send(t.s, to.conn, (struct str){ big, sizeof(big) }));
	/* what is owed has room all the same */
	memcpy(big, "SIP/2.0 200 ", 12);
	assert_true(conn_send(t.s, to.conn, (struct str){ big, sizeof(big) }));
	queued += sizeof(big);
	while (got < queued) {
		n = bed_read(fd, buf, sizeof(buf));
		if (n < 0)
			loop_turn(t.b.loop, 5);
		got += n > 0 ? (size_t)n : 0;
		assert_true(n != 0);
	}
	assert_true(conn_send(t.s, to.conn, STR_LIT("more")));
	assert_true(conn_bed_read(&t, fd, buf, 4));
	assert_int_equal(t.b.lost, 0);
	close(fd);
	close(listener);
	conn_bed_fini(&t);
}

/* Bytes sent at once after conn_open wait for the connection. */
static void queued_while_connecting(void **state)
{
	struct conn_bed t;
	union endpoint peer;
	struct hop to = { .transport = TRANSPORT_TCP };
	int listener = bed_listen("127.0.0.1", &peer), fd;
	const char *why = "";
	char buf[16];

	(void)state;
	conn_bed_init(&t, &conn_bed_limits);
	to.peer = peer;
	assert_true(conn_open(t.s, &to, NULL, &why));
	assert_true(conn_send(t.s, to.conn, STR_LIT("one ")));
	assert_true(conn_send(t.s, to.conn, STR_LIT("two")));
	fd = accept(listener, NULL, NULL);
	assert_true(conn_bed_read(&t, fd, buf, 7));
	assert_memory_equal(buf, "one two", 7);
	close(fd);
	close(listener);
	conn_bed_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelined),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(largest),
		cmocka_unit_test(pings),
		cmocka_unit_test(garbage),
		cmocka_unit_test(endless_garbage),
		cmocka_unit_test(answers_after_half_close),
		cmocka_unit_test(slow_reader),
		cmocka_unit_test(queued_while_connecting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
