#include "connbed.h"
#include <errno.h>

static void reuse(void **state)
{
	struct conn_bed t;
	union endpoint peer;
	struct hop a, b = { .transport = TRANSPORT_TCP }, in;
	int listener = bed_listen("127.0.0.1", &peer), fd, other;
	const char *why = "";
	char buf[1000];
	size_t n = conn_bed_request(buf, sizeof(buf), 1, 0);

	(void)state;
	conn_bed_init(&t, &conn_bed_limits);
	fd = conn_bed_out(&t, listener, &peer, &a);
	b.peer = peer;
	assert_true(conn_open(t.s, &b, NULL, &why));
	assert_int_equal(a.conn, b.conn);
	/* An accepted one is found by where it came from. */
	other = bed_connect(&t.at);
	bed_write(other, buf, n);
	BED_UNTIL(&t.b, t.b.messages == 1);
	in = (struct hop){ .transport = TRANSPORT_TCP, .peer = t.b.from.peer };
	assert_true(conn_open(t.s, &in, NULL, &why));
	assert_int_equal(in.conn, t.b.from.conn);
	assert_int_equal(conn_count(t.s), 2);
	/* A name counts for TLS only. */
	strcpy(b.name, "example.net");
	assert_true(conn_open(t.s, &b, NULL, &why));
	assert_int_equal(a.conn, b.conn);
	/* Once the peer has said its end, requests take another one. */
	shutdown(fd, SHUT_WR);
	BED_UNTIL(&t.b, t.b.lost == 1);
	assert_int_equal(t.b.lost_to.conn, a.conn);
	assert_true(endpoint_eq(&t.b.lost_to.peer, &peer));
	assert_false(conn_exists(t.s, a.conn));
	assert_true(conn_open(t.s, &b, NULL, &why));
	assert_true(b.conn > a.conn);
	close(fd);
	close(other);
	close(listener);
	conn_bed_fini(&t);
}

static void refused(void **state)
{
	struct conn_bed t;
	union endpoint peer;
	struct hop to = { .transport = TRANSPORT_TCP };
	int fd = bed_listen("127.0.0.1", &peer);
	const char *why = "";

	(void)state;
	close(fd);
	conn_bed_init(&t, &conn_bed_limits);
	to.peer = peer;
	if (conn_open(t.s, &to, NULL, &why)) {
		assert_true(conn_send(t.s, to.conn, STR_LIT("x")));
		assert_int_equal(t.b.lost, 0);
		BED_UNTIL(&t.b, t.b.lost == 1);
		assert_int_equal(t.b.lost_to.conn, to.conn);
		why = t.b.lost_why;
	}
	assert_string_equal(why, "Connection refused");
	assert_int_equal(conn_count(t.s), 0);
	conn_bed_fini(&t);
}

/* A listener whose queue is full lets connections hang. */
static void connecting_takes_too_long(void **state)
{
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	union endpoint peer;
	struct hop to = { .transport = TRANSPORT_TCP };
	int fd = bed_bind(SOCK_STREAM, "127.0.0.1", &peer), fill[8];
	const char *why = "";
	uint64_t start;

	(void)state;
	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < 8; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], &peer.sa, endpoint_bytes(&peer));
	}
	limits.connect_ms = 200;
	conn_bed_init(&t, &limits);
	to.peer = peer;
	start = bed_ms();
	assert_true(conn_open(t.s, &to, NULL, &why));
	BED_UNTIL(&t.b, t.b.lost == 1);
	assert_true(bed_ms() - start >= 200 && bed_ms() - start < 1000);
	assert_string_equal(t.b.lost_why, "connecting took too long");
	for (size_t i = 0; i < 8; i++)
		close(fill[i]);
	close(fd);
	conn_bed_fini(&t);
}

static bool is_closed(int fd)
{
	char c;
	ssize_t n = bed_read(fd, &c, 1);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void per_source_limit(void **state)
{
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	int fds[6];

	(void)state;
	limits.conns_per_source_max = 4;
	conn_bed_init(&t, &limits);
	for (size_t i = 0; i < 6; i++) {
		fds[i] = bed_connect(&t.at);
		bed_turn_for(&t.b, 10);
	}
	BED_UNTIL(&t.b, is_closed(fds[4]) && is_closed(fds[5]));
	assert_int_equal(conn_count(t.s), 4);
	assert_false(is_closed(fds[3]));
	/* Room again once one is gone. */
	close(fds[0]);
	BED_UNTIL(&t.b, conn_count(t.s) == 3);
	close(fds[5]);
	fds[5] = bed_connect(&t.at);
	BED_UNTIL(&t.b, conn_count(t.s) == 4);
	for (size_t i = 1; i < 6; i++)
		close(fds[i]);
	conn_bed_fini(&t);
}

/* Somebody with many ports does not make us keep them all: of those that we
 * have opened to one address, who was quiet for longest goes. */
static void per_destination_limit(void **state)
{
	enum { MOST = 2, ALL = 3 };
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	union endpoint peer;
	struct hop to[ALL];
	int fds[ALL], listeners[ALL];

	(void)state;
	limits.conns_max = 2 * MOST;
	conn_bed_init(&t, &limits);
	for (size_t i = 0; i < ALL; i++) {
		listeners[i] = bed_listen("127.0.0.1", &peer);
		if (i == MOST) {
			bed_turn_for(&t.b, 20);
			assert_true(
				conn_send(t.s, to[0].conn, STR_LIT("OPTIONS")));
		}
		fds[i] = conn_bed_out(&t, listeners[i], &peer, &to[i]);
	}
	assert_int_equal(conn_count(t.s), MOST);
	assert_false(conn_exists(t.s, to[1].conn));
	assert_true(conn_exists(t.s, to[0].conn));
	BED_UNTIL(&t.b, t.b.lost == 1);
	assert_int_equal(t.b.lost_to.conn, to[1].conn);
	/* Those that come from there are counted apart. */
	close(fds[1]);
	fds[1] = bed_connect(&t.at);
	BED_UNTIL(&t.b, conn_count(t.s) == ALL);
	for (size_t i = 0; i < ALL; i++) {
		close(fds[i]);
		close(listeners[i]);
	}
	BED_UNTIL(&t.b, conn_count(t.s) == 0);
	conn_bed_fini(&t);
}

/* At the limit the oldest who has said nothing goes; who has spoken stays. */
static void limit_spares_those_who_spoke(void **state)
{
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	char buf[1000];
	size_t n = conn_bed_request(buf, sizeof(buf), 1, 0);
	union endpoint peer;
	struct hop to = { .transport = TRANSPORT_TCP };
	int fds[5], listener = bed_listen("127.0.0.1", &peer);
	const char *why = "";

	(void)state;
	limits.conns_max = 4;
	conn_bed_init(&t, &limits);
	for (size_t i = 0; i < 4; i++)
		fds[i] = bed_connect(&t.at);
	for (size_t i = 0; i < 4; i++) {
		if (i != 1)
			bed_write(fds[i], buf, n);
	}
	BED_UNTIL(&t.b, t.b.messages == 3);
	assert_int_equal(conn_count(t.s), 4);
	fds[4] = bed_connect(&t.at);
	BED_UNTIL(&t.b, is_closed(fds[1]));
	assert_int_equal(conn_count(t.s), 4);
	bed_write(fds[4], buf, n);
	BED_UNTIL(&t.b, t.b.messages == 4);
	/* All have spoken: neither in nor out. */
	close(fds[1]);
	fds[1] = bed_connect(&t.at);
	BED_UNTIL(&t.b, is_closed(fds[1]));
	to.peer = peer;
	assert_false(conn_open(t.s, &to, NULL, &why));
	assert_string_equal(why, "too many connections");
	assert_int_equal(conn_count(t.s), 4);
	/* What one of them said was not of who is served; of another it was
	 * not, but what it says next is. */
	conn_distrust(t.s, 3);
	conn_distrust(t.s, 1);
	bed_write(fds[0], buf, n);
	BED_UNTIL(&t.b, t.b.messages == 5);
	close(fds[1]);
	fds[1] = bed_connect(&t.at);
	BED_UNTIL(&t.b, is_closed(fds[2]));
	assert_int_equal(conn_count(t.s), 4);
	for (size_t i = 0; i < 5; i++)
		close(fds[i]);
	close(listener);
	conn_bed_fini(&t);
}

static void answer(struct bed *b, struct str bytes, const struct hop *from)
{
	(void)bytes;
	conn_send(b->with, from->conn,
		  STR_LIT("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

static void many_come_and_go(void **state)
{
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	char buf[1000];
	size_t n = conn_bed_request(buf, sizeof(buf), 1, 10);
	struct linger reset = { 1, 0 };
	int fds[50];

	(void)state;
	limits.conns_max = limits.conns_per_source_max = 50;
	conn_bed_init(&t, &limits);
	t.b.on_message = answer;
	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < 50; i++) {
			fds[i] = bed_connect(&t.at);
			bed_write(fds[i], buf, i % 3 == 0 ? n / 2 : n);
		}
		BED_UNTIL(&t.b, conn_count(t.s) == 50);
		bed_turn_for(&t.b, 20);
		for (size_t i = 0; i < 50; i++) {
			if (i % 2 == 0)
				setsockopt(fds[i], SOL_SOCKET, SO_LINGER,
					   &reset, sizeof(reset));
			close(fds[i]);
		}
		BED_UNTIL(&t.b, conn_count(t.s) == 0);
	}
	assert_int_equal(t.b.messages, 4 * 33);
	BED_UNTIL(&t.b, t.b.lost == 200);
	conn_bed_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reuse),
		cmocka_unit_test(refused),
		cmocka_unit_test(connecting_takes_too_long),
		cmocka_unit_test(per_source_limit),
		cmocka_unit_test(per_destination_limit),
		cmocka_unit_test(limit_spares_those_who_spoke),
		cmocka_unit_test(many_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
