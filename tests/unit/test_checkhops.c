#include "checking.h"

enum { DATAGRAM_BYTES = 4096 };

static void init(struct checking *c, const char *sip)
{
	char yaml[700];

	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    secret: x\n"
		 "    sip_domain: example.invalid\n"
		 "sip:\n"
		 "  listen: ['udp:127.0.0.1:%u', 'tcp:127.0.0.1:%u']\n"
		 "%s",
		 checking_free_port(SOCK_DGRAM),
		 checking_free_port(SOCK_STREAM), sip);
	checking_init(c, yaml);
}

static void run(struct checking *c)
{
	struct checkhops *h = checkhops_start(&c->k);
	int turns = 0;

	while (!checkhops_is_done(h) && turns++ < 200)
		loop_turn(c->k.loop, 50);
	checkhops_report(h);
	checkhops_destroy(&h);
	assert_null(h);
}

/* Appends the lines of a request that a response repeats. */
static void echo_lines(const char *request, char *out, size_t size)
{
	static const char *const names[] = { "Via:", "From:", "To:",
					     "Call-ID:", "CSeq:" };
	const char *line, *end;
	size_t i, n = strlen(out);

	for (line = request; line != NULL && *line != '\0'; line = end + 2) {
		end = strstr(line, "\r\n");
		if (end == NULL || end == line)
			return;
		for (i = 0; i < 5; i++)
			if (strncmp(line, names[i], strlen(names[i])) == 0)
				n += (size_t)snprintf(out + n, size - n,
						      "%.*s\r\n",
						      (int)(end - line), line);
	}
}

/* A SIP element that gives every request this status. */
static pid_t answerer(int fd, const char *status)
{
	char request[DATAGRAM_BYTES], reply[DATAGRAM_BYTES];
	struct sockaddr_storage from;
	socklen_t len;
	ssize_t n;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		close(fd);
		return pid;
	}
	alarm(20);
	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, request, sizeof(request) - 1, 0,
			     (struct sockaddr *)&from, &len);
		if (n <= 0 || strncmp(request, "OPTIONS sip:", 12) != 0)
			continue;
		request[n] = '\0';
		snprintf(reply, sizeof(reply), "SIP/2.0 %s\r\n", status);
		echo_lines(request, reply, sizeof(reply) - 30);
		strncat(reply, "Content-Length: 0\r\n\r\n", 30);
		sendto(fd, reply, strlen(reply), 0, (struct sockaddr *)&from,
		       len);
	}
}

static void test_answers(void **state)
{
	static const struct {
		const char *status, *expected;
	} cases[] = {
		{ "200 OK", "answers OPTIONS with 200 OK" },
		{ "405 Method Not Allowed", "answers OPTIONS with 405" },
		{ "407 Proxy Authentication Required",
		  "asks for a password; set sip.account" },
	};
	struct checking c;
	char sip[200];
	uint16_t port;
	pid_t pid;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = checking_socket(SOCK_DGRAM, &port);
		pid = answerer(fd, cases[i].status);
		snprintf(sip, sizeof(sip),
			 "  outbound_proxy: sip:127.0.0.1:%u;lr\n", port);
		init(&c, sip);
		run(&c);
		checking_expect(&c, cases[i].expected);
		checking_expect(&c, "(sip.outbound_proxy)");
		assert_int_equal(c.k.wrong_count, 0);
		checking_fini(&c);
		kill(pid, SIGKILL);
		checking_wait(pid);
	}
}

static void test_silence_is_a_warning(void **state)
{
	struct checking c;
	char sip[200];
	uint16_t port;
	int fd = checking_socket(SOCK_DGRAM, &port);

	(void)state;
	snprintf(sip, sizeof(sip), "  outbound_proxy: sip:127.0.0.1:%u\n",
		 port);
	init(&c, sip);
	run(&c);
	checking_expect(&c, "warning  next hop sip:127.0.0.1:");
	checking_expect(&c, "no answer to OPTIONS");
	assert_int_equal(c.k.wrong_count, 0);
	checking_fini(&c);
	close(fd);
}

/* No proxy: the SIP domain itself. DNS is away here, or says that there is no
 * such name; both are wrong. */
static void test_no_name(void **state)
{
	struct checking c;
	char sip[200];

	(void)state;
	snprintf(sip, sizeof(sip), "  nameserver: 127.0.0.1:%u\n",
		 checking_free_port(SOCK_DGRAM));
	init(&c, sip);
	run(&c);
	checking_expect(&c, "WRONG    next hop sip:example.invalid "
			    "(sip_domain): the name does not resolve");
	assert_int_equal(c.k.wrong_count, 1);
	checking_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_silence_is_a_warning),
		cmocka_unit_test(test_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
