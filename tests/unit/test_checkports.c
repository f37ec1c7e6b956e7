#include "checking.h"

static void init(struct checking *c, const char *listen)
{
	char yaml[500];

	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    secret: x\n"
		 "    sip_domain: example.net\n"
		 "sip: { listen: [%s] }\n",
		 listen);
	checking_init(c, yaml);
}

static void test_unused_ports(void **state)
{
	struct checking c;
	char listen[200];

	(void)state;
	snprintf(listen, sizeof(listen),
		 "'udp:127.0.0.1:%u', 'tcp:127.0.0.1:%u'",
		 checking_free_port(SOCK_DGRAM),
		 checking_free_port(SOCK_STREAM));
	init(&c, listen);
	checkports_run(&c.k);
	assert_int_equal(c.k.wrong_count, 0);
	assert_false(c.k.is_running);
	checking_expect(&c, "sip.listen udp:127.0.0.1:");
	checking_expect(&c, ": free\n");
	checking_fini(&c);
}

/* The holder is this very test; to the check that is another entry. */
static void test_in_use(void **state)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	struct checking c;
	char listen[200];
	uint16_t port;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		fd = checking_socket(types[i], &port);
		snprintf(listen, sizeof(listen), "'%s:127.0.0.1:%u'",
			 types[i] == SOCK_DGRAM ? "udp" : "tcp", port);
		init(&c, listen);
		checkports_run(&c.k);
		assert_int_equal(c.k.wrong_count, 1);
		checking_expect(&c, "another entry of sip.listen");
		checking_fini(&c);
		close(fd);
	}
}

static void test_overlap(void **state)
{
	uint16_t port = checking_free_port(SOCK_DGRAM);
	struct checking c;
	char listen[200];

	(void)state;
	snprintf(listen, sizeof(listen), "'udp:0.0.0.0:%u', 'udp:127.0.0.1:%u'",
		 port, port);
	init(&c, listen);
	checkports_run(&c.k);
	assert_int_equal(c.k.wrong_count, 1);
	checking_expect(&c, "0.0.0.0:");
	checking_expect(&c, "another entry of sip.listen covers it");
	checking_fini(&c);
}

/* Another program, called stoxd or not. */
static void test_other_program(void **state)
{
	static const struct {
		const char *name, *expected;
		bool is_running;
	} cases[] = {
		{ "pbx", "the port is in use by pbx (pid ", false },
		{ "stoxd", "held by the stoxd that runs (pid ", true },
	};
	struct checking c;
	char listen[200], name[16] = "";
	uint16_t port;
	int fd, ready[2];
	pid_t pid;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(pipe(ready), 0);
		fd = checking_socket(SOCK_DGRAM, &port);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			FILE *f = fopen("/proc/self/comm", "w");

			fputs(cases[i].name, f);
			fclose(f);
			assert_true(write(ready[1], "x", 1) == 1);
			alarm(20);
			pause();
		}
		close(fd);
		assert_int_equal(read(ready[0], name, 1), 1);
		snprintf(listen, sizeof(listen), "'udp:127.0.0.1:%u'", port);
		init(&c, listen);
		checkports_run(&c.k);
		checking_expect(&c, cases[i].expected);
		assert_int_equal(c.k.is_running, cases[i].is_running);
		assert_int_equal(c.k.wrong_count, !cases[i].is_running);
		checking_fini(&c);
		kill(pid, SIGKILL);
		checking_wait(pid);
		close(ready[0]);
		close(ready[1]);
	}
}

static void init_web(struct checking *c, const char *listen, uint16_t port)
{
	char yaml[500];

	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    secret: x\n"
		 "    sip_domain: example.net\n"
		 "sip: { listen: ['%s'] }\n"
		 "web: { address: 127.0.0.1, port: %u }\n",
		 listen, port);
	checking_init(c, yaml);
}

/* The status page is a port as well: without it stoxd does not start. */
static void test_web(void **state)
{
	uint16_t port = checking_free_port(SOCK_STREAM);
	struct checking c;
	char listen[50];
	int fd;

	(void)state;
	snprintf(listen, sizeof(listen), "udp:127.0.0.1:%u", port);
	init_web(&c, listen, port);
	checkports_run(&c.k);
	assert_int_equal(c.k.wrong_count, 0);
	checking_expect(&c, "web.address 127.0.0.1:");
	checking_fini(&c);

	snprintf(listen, sizeof(listen), "tcp:127.0.0.1:%u", port);
	init_web(&c, listen, port);
	checkports_run(&c.k);
	assert_int_equal(c.k.wrong_count, 1);
	checking_expect(&c, "sip.listen has that port already");
	checking_fini(&c);

	fd = checking_socket(SOCK_STREAM, &port);
	snprintf(listen, sizeof(listen), "udp:127.0.0.1:%u",
		 checking_free_port(SOCK_DGRAM));
	init_web(&c, listen, port);
	checkports_run(&c.k);
	assert_int_equal(c.k.wrong_count, 1);
	checking_fini(&c);
	close(fd);
}

static void test_foreign_address(void **state)
{
	struct checking c;

	(void)state;
	init(&c, "'udp:192.0.2.77:5060'");
	checkports_run(&c.k);
	assert_int_equal(c.k.wrong_count, 1);
	checking_expect(&c, "no interface of this machine has the address");
	checking_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unused_ports),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_other_program),
		cmocka_unit_test(test_web),
		cmocka_unit_test(test_foreign_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
