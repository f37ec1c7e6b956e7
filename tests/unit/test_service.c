#include "gateway/service.h"
#include <sys/un.h>
#include "checking.h"
#include "gateway/base/log.h"

enum { PATIENCE_MS = 5000, SHORT_MS = 200 };

/* A stoxd in a process of its own; we play systemd and the XMPP server. */
struct serving {
	pid_t pid;
	int notify;  /* where it tells systemd */
	int listen;  /* of the XMPP server */
	int peer;    /* its link */
	char said[8192]; /* all that systemd was told */
	char path[100];
};

static void notify_open(struct serving *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(s->path, sizeof(s->path), "/tmp/stox-notify-%d",
		 (int)getpid());
	unlink(s->path);
	memcpy(a.sun_path, s->path, strlen(s->path) + 1);
	s->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->notify, (struct sockaddr *)&a, sizeof(a)), 0);
}

/* The child. Descriptors and memory of the test are not its own. */
static void serve(const struct serving *s, const char *yaml)
{
	char number[32];
	struct strbuf errors;
	struct config *c;
	bool is_good;

	alarm(30);
	setenv("NOTIFY_SOCKET", s->path, 1);
	setenv("WATCHDOG_USEC", "200000", 1);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("WATCHDOG_PID", number, 1);
	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	if (c == NULL)
		_exit(99);
	is_good = service_run(c, false);
	config_destroy(&c);
	strbuf_fini(&errors);
	_exit(is_good ? 0 : 1);
}

static void start(struct serving *s, unsigned drain_ms)
{
	char yaml[500];
	uint16_t port;

	memset(s, 0, sizeof(*s));
	s->peer = -1;
	notify_open(s);
	s->listen = checking_socket(SOCK_STREAM, &port);
	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - { domain: sip.example.com, port: %u, secret: hunter2,\n"
		 "      sip_domain: example.net }\n"
		 "sip: { listen: ['udp:127.0.0.1:%u'] }\n"
		 "drain_ms: %u\n",
		 port, checking_free_port(SOCK_DGRAM), drain_ms);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		serve(s, yaml);
}

static int finish(struct serving *s)
{
	int status;

	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	close(s->notify);
	close(s->listen);
	if (s->peer >= 0)
		close(s->peer);
	unlink(s->path);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Takes what systemd is told until text is in it; false after ms. */
static bool hears(struct serving *s, const char *text, int ms)
{
	struct pollfd p = { .fd = s->notify, .events = POLLIN };
	size_t n = strlen(s->said);
	ssize_t got;

	while (strstr(s->said, text) == NULL) {
		if (n > sizeof(s->said) / 2) {
			memmove(s->said, s->said + n / 2, n - n / 2 + 1);
			n -= n / 2;
		}
		/* Watchdog calls come all the time: the wait is for each. */
		if (poll(&p, 1, ms) <= 0 || ms <= 0)
			return false;
		got = recv(s->notify, s->said + n, sizeof(s->said) - n - 2, 0);
		assert_true(got >= 0);
		n += (size_t)got;
		s->said[n++] = '\n';
		s->said[n] = '\0';
		ms -= 10;
	}
	return true;
}

static void answer(struct serving *s, const char *text)
{
	char buf[4096];

	if (s->peer < 0)
		s->peer = accept(s->listen, NULL, NULL);
	assert_true(s->peer >= 0);
	assert_true(read(s->peer, buf, sizeof(buf)) > 0);
	assert_int_equal(write(s->peer, text, strlen(text)), strlen(text));
}

static void test_life(void **state)
{
	struct serving s;

	(void)state;
	start(&s, 1000);
	assert_true(hears(&s, "STATUS=waiting for the XMPP server",
			  PATIENCE_MS));
	assert_true(hears(&s, "WATCHDOG=1", PATIENCE_MS));
	answer(&s, CHECKING_HEADER);
	assert_false(hears(&s, "READY=1", SHORT_MS));
	answer(&s, "<handshake/>");
	assert_true(hears(&s, "READY=1", PATIENCE_MS));
	assert_true(hears(&s, "STATUS=all 1 links up", PATIENCE_MS));

	/* Certificates are read again, and there are none. */
	kill(s.pid, SIGHUP);
	s.said[0] = '\0';
	assert_true(hears(&s, "WATCHDOG=1", PATIENCE_MS));
	kill(s.pid, SIGTERM);
	assert_true(hears(&s, "STOPPING=1", PATIENCE_MS));
	assert_int_equal(finish(&s), 0);
}

static void test_lost_link_is_status(void **state)
{
	struct serving s;

	(void)state;
	start(&s, 1000);
	answer(&s, CHECKING_HEADER);
	answer(&s, "<handshake/>");
	assert_true(hears(&s, "READY=1", PATIENCE_MS));
	s.said[0] = '\0';
	close(s.peer);
	s.peer = -1;
	assert_true(hears(&s, "STATUS=0 of 1 links up; sip.example.com: ",
			  PATIENCE_MS));
	answer(&s, CHECKING_HEADER);
	answer(&s, "<handshake/>");
	assert_true(hears(&s, "STATUS=all 1 links up", PATIENCE_MS));
	assert_null(strstr(s.said, "READY"));
	kill(s.pid, SIGINT);
	assert_int_equal(finish(&s), 0);
}

static void test_second_signal(void **state)
{
	struct serving s;

	(void)state;
	start(&s, 20000);
	answer(&s, CHECKING_HEADER);
	answer(&s, "<handshake/>");
	assert_true(hears(&s, "READY=1", PATIENCE_MS));
	/* Both are there when the loop looks. */
	kill(s.pid, SIGSTOP);
	kill(s.pid, SIGTERM);
	kill(s.pid, SIGINT);
	kill(s.pid, SIGCONT);
	assert_int_equal(finish(&s), 1);
}

static void test_no_port(void **state)
{
	struct strbuf errors;
	struct config *c;
	char yaml[500];
	uint16_t port;
	int fd = checking_socket(SOCK_DGRAM, &port);

	(void)state;
	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - { domain: sip.example.com, secret: x,\n"
		 "      sip_domain: example.net }\n"
		 "sip: { listen: ['udp:127.0.0.1:%u'] }\n",
		 port);
	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	assert_non_null(c);
	assert_false(service_run(c, false));
	config_destroy(&c);
	strbuf_fini(&errors);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_lost_link_is_status),
		cmocka_unit_test(test_second_signal),
		cmocka_unit_test(test_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
