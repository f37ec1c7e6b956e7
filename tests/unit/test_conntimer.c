#include "connbed.h"

/* Each limit of time, with what a peer does to cross it. */
static void deadlines(void **state)
{
	static const char whole[] = "ACK sip:a@b SIP/2.0\r\n"
				    "Content-Length: 0\r\n\r\n";
	static const struct {
		struct transport_limits limits;
		const char *sent;
		const char *why;
	} cases[] = {
		{ { .first_message_ms = 100 }, "", "no message came" },
		{ { .first_message_ms = 100 }, "\r\n\r\n", "no message came" },
		{ { .message_ms = 100 },
		  "MESSAGE si",
		  "a message was not finished" },
		{ { .idle_ms = 100 }, whole, "idle" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct transport_limits limits = conn_bed_limits;
		struct conn_bed t;
		uint64_t start;
		int fd;

		if (cases[i].limits.first_message_ms)
			limits.first_message_ms = 100;
		if (cases[i].limits.message_ms)
			limits.message_ms = 100;
		if (cases[i].limits.idle_ms)
			limits.idle_ms = 100;
		conn_bed_init(&t, &limits);
		fd = bed_connect(&t.at);
		bed_writez(fd, cases[i].sent);
		start = bed_ms();
		BED_UNTIL(&t.b, t.b.lost == 1);
		assert_string_equal(t.b.lost_why, cases[i].why);
		assert_true(bed_ms() - start >= 80);
		assert_true(bed_ms() - start < 2000);
		assert_int_equal(conn_count(t.s), 0);
		close(fd);
		conn_bed_fini(&t);
	}
}

/* Who is reached over it may be quiet, but not for longer than he wants to be
 * reached. */
static void a_flow_ends(void **state)
{
	static const char whole[] = "ACK sip:a@b SIP/2.0\r\n"
				    "Content-Length: 0\r\n\r\n";
	enum { IDLE_MS = 50, FLOW_MS = 400 };
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	uint64_t start;
	int fd;

	(void)state;
	limits.idle_ms = IDLE_MS;
	conn_bed_init(&t, &limits);
	fd = bed_connect(&t.at);
	bed_writez(fd, whole);
	BED_UNTIL(&t.b, t.b.messages == 1);
	start = bed_ms();
	assert_true(conn_keep(t.s, t.b.from.conn, FLOW_MS));
	assert_true(conn_keep(t.s, t.b.from.conn, IDLE_MS));
	BED_UNTIL(&t.b, t.b.lost == 1);
	assert_string_equal(t.b.lost_why, "idle");
	assert_true(bed_ms() - start >= FLOW_MS - IDLE_MS);
	assert_false(conn_keep(t.s, t.b.from.conn, FLOW_MS));
	close(fd);
	conn_bed_fini(&t);
}

static void keeps_outgoing_alive(void **state)
{
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	union endpoint peer;
	struct hop to;
	int listener = bed_listen("127.0.0.1", &peer), fd;
	char buf[16];

	(void)state;
	limits.keepalive_ms = 50;
	conn_bed_init(&t, &limits);
	fd = conn_bed_out(&t, listener, &peer, &to);
	for (int i = 0; i < 3; i++) {
		assert_true(conn_bed_read(&t, fd, buf, 4));
		assert_memory_equal(buf, "\r\n\r\n", 4);
		bed_writez(fd, "\r\n");
	}
	assert_int_equal(t.b.messages + t.b.lost, 0);
	close(fd);
	close(listener);
	conn_bed_fini(&t);
}

/* A peer that is heard neither ends nor delays the deadline of a part. */
static void pings_do_not_help(void **state)
{
	struct transport_limits limits = conn_bed_limits;
	struct conn_bed t;
	uint64_t start = bed_ms();
	int fd;

	(void)state;
	limits.idle_ms = limits.first_message_ms = 300;
	conn_bed_init(&t, &limits);
	fd = bed_connect(&t.at);
	while (t.b.lost == 0 && bed_ms() - start < 5000) {
		(void)send(fd, "\r\n\r\n", 4, MSG_NOSIGNAL);
		bed_turn_for(&t.b, 30);
	}
	assert_int_equal(t.b.lost, 1);
	assert_true(bed_ms() - start < 1500);
	close(fd);
	conn_bed_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines),
		cmocka_unit_test(a_flow_ends),
		cmocka_unit_test(keeps_outgoing_alive),
		cmocka_unit_test(pings_do_not_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
