#include "gateway/admin/control.h"
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include "checking.h"
#include "gateway/bridge.h"
#include "gateway/monitor/tap.h"

/* A control socket in our own loop, and raw clients of it. */
enum { TURNS = 400, TURN_MS = 5 };

static struct bench {
	struct bridge bridge;
	struct config cfg;
	struct control *control;
	char path[100];
	char said[65536];
	size_t n;
} T;

/* The clock of timers, which a test can turn. */
static time_t turned_s;
int clock_gettime(clockid_t id, struct timespec *t)
{
	long ret = syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_MONOTONIC)
		t->tv_sec += turned_s;
	return (int)ret;
}

static int set_up(void **state)
{
	const char *why;

	(void)state;
	memset(&T, 0, sizeof(T));
	T.bridge.loop = loop_create(&why);
	T.bridge.cfg = &T.cfg;
	snprintf(T.path, sizeof(T.path), "/tmp/stox-control-%d", (int)getpid());
	unlink(T.path);
	T.control = control_open(&T.bridge, T.path, false, &why);
	assert_non_null(T.control);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	control_close(&T.control);
	assert_int_equal(access(T.path, F_OK), -1);
	loop_destroy(&T.bridge.loop);
	return 0;
}

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(a.sun_path, T.path, strlen(T.path));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	T.n = 0;
	T.said[0] = '\0';
	return fd;
}

/* false: it has been closed. */
static bool hear(int fd)
{
	ssize_t got;

	loop_turn(T.bridge.loop, TURN_MS);
	got = recv(fd, T.said + T.n, sizeof(T.said) - 1 - T.n, 0);
	if (got > 0)
		T.n += (size_t)got;
	T.said[T.n] = '\0';
	return got != 0 && (got > 0 || errno == EAGAIN);
}

static void expect(int fd, const char *text)
{
	int i;

	for (i = 0; i < TURNS && strstr(T.said, text) == NULL; i++)
		hear(fd);
	if (strstr(T.said, text) == NULL)
		fail_msg("no '%s' in '%s'", text, T.said);
}

static void expect_closed(int fd)
{
	int i;

	for (i = 0; i < TURNS; i++)
		if (!hear(fd)) {
			close(fd);
			return;
		}
	fail_msg("not closed: '%s'", T.said);
}

static void put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

static void test_commands(void **state)
{
	int fd = dial();

	(void)state;
	put(fd, "stox 1 de_DE\nhelp sta");
	hear(fd);
	put(fd, "tus\nfrobnicate\nhelp status\n");
	expect(fd, "|status - Wie es dem Gateway geht.\n=0\n"
		   "|Kein solcher Befehl: 'frobnicate'; siehe help\n=2\n"
		   "|status - Wie es dem Gateway geht.\n=0\n");
	/* What was asked before the end is answered. */
	T.n = 0;
	put(fd, "help links\n");
	shutdown(fd, SHUT_WR);
	expect(fd, "=0\n");
	expect_closed(fd);
}

static void test_odd_clients(void **state)
{
	static char big[3 * 4096];
	int fd = dial();

	(void)state;
	put(fd, "GET / HTTP/1.1\r\n\r\n");
	expect_closed(fd);
	fd = dial();
	memset(big, 'x', sizeof(big) - 1);
	put(fd, "stox 1 en\n");
	put(fd, big);
	expect_closed(fd);
	fd = dial();
	put(fd, "stox 1 en\r\n\r\n");
	expect(fd, "no such command");
	close(fd);
}

static void test_many_clients(void **state)
{
	int fds[CONTROL_CLIENTS_MAX], more, i;

	(void)state;
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = dial();
		put(fds[i], "stox 1 en\nhelp help\n");
		expect(fds[i], "=0\n");
	}
	more = dial();
	expect_closed(more);
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	for (i = 0; i < 10; i++)
		loop_turn(T.bridge.loop, TURN_MS);
	more = dial();
	put(more, "stox 1 en\nhelp help\n");
	expect(more, "=0\n");
	close(more);
}

static void test_place(void **state)
{
	struct control *second;
	const char *why;
	struct stat st;
	FILE *f;

	(void)state;
	assert_int_equal(stat(T.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	second = control_open(&T.bridge, T.path, false, &why);
	assert_null(second);
	assert_string_equal(why, "another stoxd listens there");
	assert_null(control_open(&T.bridge, "/nowhere/x", false, &why));
	assert_null(control_open(
		&T.bridge,
		"/tmp/a-name-that-is-much-too-long-for-the-address-of-a-socket/"
		"of-this-family/which-holds-a-hundred-and-eight-bytes/and-more",
		false, &why));
	control_close(&T.control);
	f = fopen(T.path, "w");
	fclose(f);
	assert_null(control_open(&T.bridge, T.path, false, &why));
	assert_string_equal(why, "there is a file of that name");
	unlink(T.path);
	T.control = control_open(&T.bridge, T.path, true, &why);
	assert_int_equal(stat(T.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

/* What a stoxd that was killed has left behind is replaced. */
static void test_left_behind(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *why;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	control_close(&T.control);
	memcpy(a.sun_path, T.path, strlen(T.path));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	T.control = control_open(&T.bridge, T.path, false, &why);
	assert_non_null(T.control);
	fd = dial();
	put(fd, "stox 1 en\nhelp help\n");
	expect(fd, "=0\n");
	close(fd);
}

/* Traces look at the wires of an agent. */
static void open_wires(void)
{
	const struct listen_point point = { .transport = TRANSPORT_UDP,
					    .host = STR("127.0.0.1") };
	const struct agent_options o = {
		.listen = &point,
		.listen_count = 1,
		.timing = { .t1_ms = 500, .t2_ms = 4000, .timeout_ms = 32000 },
		.uac = { .timeout_ms = 32000,
			 .max_running = 10,
			 .mtu_bytes = 1300 },
		.replay_max = 100,
		.answers_max = 10
	};
	static const struct agent_events e;
	const char *why;

	T.bridge.agent = agent_create(T.bridge.loop, &o, &e, NULL, &why);
	if (T.bridge.agent == NULL)
		fail_msg("%s", why);
	T.bridge.tap = tap_create(&T.bridge);
}

/* What was asked for behind a trace is done when its time is over. */
static void test_behind_a_trace(void **state)
{
	int fd = dial();

	(void)state;
	open_wires();
	put(fd, "stox 1 en\ntrace a@xmpp.test 1\nhelp help\n");
	expect(fd, "looking for a@xmpp.test");
	assert_null(strstr(T.said, "="));
	turned_s += 61;
	expect(fd, "=0\n|help");
	close(fd);
	/* The trace of who goes ends with him. */
	fd = dial();
	put(fd, "stox 1 en\ntrace a@xmpp.test 1\n");
	expect(fd, "looking for a@xmpp.test");
	assert_non_null(T.bridge.traces);
	close(fd);
	for (int i = 0; i < TURNS && T.bridge.traces != NULL; i++)
		loop_turn(T.bridge.loop, TURN_MS);
	assert_null(T.bridge.traces);
	tap_destroy(&T.bridge.tap);
	agent_destroy(&T.bridge.agent);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commands),	 TEST(test_odd_clients),
		TEST(test_many_clients), TEST(test_place),
		TEST(test_left_behind),	 TEST(test_behind_a_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
