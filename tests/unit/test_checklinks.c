#include "checking.h"

static void init(struct checking *c, const char *host, uint16_t port)
{
	char yaml[500];

	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    host: %s\n"
		 "    port: %u\n"
		 "    secret: hunter2\n"
		 "    sip_domain: example.net\n",
		 host, port);
	checking_init(c, yaml);
}

/* To the end of the trial and of the link. */
static void run(struct checking *c)
{
	struct checklinks *l = checklinks_start(&c->k);
	int turns = 0;

	while (!checklinks_is_done(l) && turns++ < 200)
		loop_turn(c->k.loop, 50);
	checklinks_report(l);
	while (!checklinks_is_closed(l) && turns++ < 400)
		loop_turn(c->k.loop, 50);
	assert_true(turns < 400);
	checklinks_destroy(&l);
	assert_null(l);
	fflush(c->k.out);
	assert_null(strstr(c->text, "hunter2"));
}

#define STREAM_ERROR(condition)                             \
	"<stream:error><" condition                         \
	" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"    \
	"</stream:error></stream:stream>"

static void test_servers(void **state)
{
	static const struct {
		const char *header, *answer;
		const char *expected;
		bool is_good;
	} cases[] = {
		{ CHECKING_HEADER, "<handshake/>", "attached, the secret is "
						   "right",
		  true },
		{ CHECKING_HEADER, STREAM_ERROR("not-authorized"),
		  "set the same secret on both sides", false },
		{ CHECKING_HEADER, STREAM_ERROR("conflict"),
		  "holds the name sip.example.com", false },
		{ CHECKING_HEADER STREAM_ERROR("host-unknown"), NULL,
		  "has no component named sip.example.com", false },
		{ "SIP/2.0 400 Bad Request\r\n\r\n", NULL, "component "
							   "sip.example.com",
		  false },
	};
	struct checking c;
	uint16_t port;
	pid_t pid;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = checking_socket(SOCK_STREAM, &port);
		pid = checking_server(fd, cases[i].header, cases[i].answer);
		init(&c, "127.0.0.1", port);
		run(&c);
		checking_expect(&c, cases[i].expected);
		assert_int_equal(c.k.wrong_count == 0, cases[i].is_good);
		checking_fini(&c);
		checking_wait(pid);
	}
}

static void test_nobody(void **state)
{
	struct checking c;

	(void)state;
	init(&c, "127.0.0.1", checking_free_port(SOCK_STREAM));
	run(&c);
	assert_int_equal(c.k.wrong_count, 1);
	checking_expect(&c, "connection refused; is the XMPP server running");
	checking_fini(&c);
}

static void test_no_name(void **state)
{
	struct checking c;

	(void)state;
	init(&c, "no.such.host.invalid", 5347);
	run(&c);
	assert_int_equal(c.k.wrong_count, 1);
	checking_expect(&c, "does not resolve");
	checking_expect(&c, "correct host of the component");
	checking_fini(&c);
}

/* Beside a stoxd that runs: not a byte to the server. */
static void test_hands_off(void **state)
{
	struct checking c;
	uint16_t port;
	char byte;
	int fd = checking_socket(SOCK_STREAM, &port), peer;

	(void)state;
	init(&c, "127.0.0.1", port);
	c.k.is_running = true;
	run(&c);
	assert_int_equal(c.k.wrong_count, 0);
	checking_expect(&c, "can be reached; the secret was not tried");
	peer = accept(fd, NULL, NULL);
	assert_int_equal(read(peer, &byte, 1), 0);
	close(peer);
	close(fd);
	checking_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_hands_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
