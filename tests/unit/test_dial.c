#include "tests/unit/server.h"
#include "xmpp/dial.h"

struct ear {
	unsigned calls;
	int fd;
	char why[200];
};

static void on_dialed(void *arg, int fd, const char *why)
{
	struct ear *ear = arg;

	ear->calls++;
	ear->fd = fd;
	snprintf(ear->why, sizeof(ear->why), "%s", why);
}

static void wait_for(struct loop *loop, struct ear *ear)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;
	unsigned calls = ear->calls;

	while (ear->calls == calls && server_clock_ms() < end)
		loop_turn(loop, 10);
	assert_int_equal(ear->calls, calls + 1);
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

/* By digits and by name; "localhost" is ::1 first where there is IPv6, and
 * nobody listens there. */
static void test_connects(void **state)
{
	static const char *hosts[] = { "127.0.0.1", "localhost" };
	const char *why;
	struct loop *loop = loop_create(&why);
	struct server *s = server_create(loop);

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct ear ear = { .fd = -1 };
		struct dial *d = dial_create(loop, str_z(hosts[i]), s->port,
					     on_dialed, &ear);

		for (int round = 0; round < 2; round++) {
			dial_start(d, 5000);
			assert_int_equal(ear.calls, round);
			wait_for(loop, &ear);
			assert_string_equal(ear.why, "");
			assert_true(ear.fd >= 0);
			assert_int_equal(
				option(ear.fd, IPPROTO_TCP, TCP_NODELAY), 1);
			assert_int_equal(
				option(ear.fd, SOL_SOCKET, SO_KEEPALIVE), 1);
			assert_int_equal(
				option(ear.fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
				15000);
			assert_true(fcntl(ear.fd, F_GETFL) & O_NONBLOCK);
			assert_true(fcntl(ear.fd, F_GETFD) & FD_CLOEXEC);
			close(ear.fd);
		}
		dial_destroy(&d);
		assert_null(d);
	}
	server_destroy(s);
	loop_destroy(&loop);
}

static void test_failures(void **state)
{
	static const struct {
		const char *host, *why;
	} cases[] = {
		{ "127.0.0.1", "connection refused" },
		{ "localhost", "connection refused" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaa.example.com",
		  "the host's name does not resolve: " },
	};
	const char *why;
	struct loop *loop = loop_create(&why);
	struct server *s = server_create(loop);

	(void)state;
	server_deaf(s); /* a port where nobody listens */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ear ear = { .fd = 0 };
		struct dial *d = dial_create(loop, str_z(cases[i].host),
					     s->port, on_dialed, &ear);

		dial_start(d, 5000);
		wait_for(loop, &ear);
		assert_int_equal(ear.fd, -1);
		assert_non_null(strstr(ear.why, cases[i].why));
		dial_destroy(&d);
	}
	server_destroy(s);
	loop_destroy(&loop);
}

/* A listener whose queue is full swallows our SYNs. */
static void test_timeout(void **state)
{
	const char *why;
	struct loop *loop = loop_create(&why);
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int listen_fd = socket(AF_INET, SOCK_STREAM, 0), fill[4];
	struct ear ear = { .fd = 0 };
	struct dial *d;
	uint64_t begin;

	(void)state;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listen_fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(listen_fd, 0), 0);
	getsockname(listen_fd, (struct sockaddr *)&a, &n);
	for (size_t i = 0; i < 4; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fill[i], (struct sockaddr *)&a, n);
	}
	d = dial_create(loop, STR_LIT("127.0.0.1"), ntohs(a.sin_port),
			on_dialed, &ear);
	begin = server_clock_ms();
	dial_start(d, 200);
	wait_for(loop, &ear);
	assert_int_equal(ear.fd, -1);
	assert_string_equal(ear.why, "connect timed out");
	/* Since the turn began, which was a little before begin. */
	assert_in_range(server_clock_ms() - begin, 190, SERVER_PATIENCE_MS);
	/* Given up while it tries. */
	dial_start(d, 200);
	loop_turn(loop, 10);
	dial_stop(d);
	dial_stop(d);
	for (begin = server_clock_ms(); server_clock_ms() - begin < 400;)
		loop_turn(loop, 10);
	assert_int_equal(ear.calls, 1);
	dial_start(d, 200);
	loop_turn(loop, 10);
	dial_destroy(&d);
	for (size_t i = 0; i < 4; i++)
		close(fill[i]);
	close(listen_fd);
	loop_destroy(&loop);
}

/* Stopped and destroyed at each moment of a lookup. */
static void test_destroyed_meanwhile(void **state)
{
	const char *why;
	struct loop *loop = loop_create(&why);

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct ear ear = { .fd = 0 };
		struct dial *d = dial_create(loop, STR_LIT("localhost"), 1,
					     on_dialed, &ear);

		dial_start(d, 1000);
		if (i % 4 == 1)
			loop_turn(loop, 0);
		if (i % 4 == 2)
			dial_stop(d);
		if (i % 4 == 3) {
			dial_start(d, 1000); /* anew, the lookup goes on */
			wait_for(loop, &ear);
		}
		dial_destroy(&d);
		loop_turn(loop, 0);
		assert_int_equal(ear.calls, i % 4 == 3 ? 1 : ear.calls);
	}
	poll(NULL, 0, 100); /* the threads end */
	loop_destroy(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connects),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_destroyed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
