#include "gateway/config/check.h"
#include "checking.h"

/* The store's: that of the machine may be in use. */
static char dir[] = "/tmp/test_check.XXXXXX";

static int group_setup(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int group_teardown(void **state)
{
	static const char *const ends[] = { "", ".lock", "-wal", "-shm" };
	char path[sizeof(dir) + 20];

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s/own.db%s", dir, ends[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

/* All steps together: what is printed last, and how long it takes. */
static bool run(const char *yaml, char **text)
{
	struct checking c;
	size_t n;
	FILE *out = open_memstream(text, &n);
	uint64_t since;
	bool is_good;

	checking_init(&c, yaml);
	since = loop_now_ms(c.k.loop);
	is_good = check_run(c.cfg, out);
	loop_turn(c.k.loop, 0);
	assert_true(loop_now_ms(c.k.loop) - since < 10000);
	fclose(out);
	checking_fini(&c);
	return is_good;
}

static void write_yaml(char *yaml, size_t n, uint16_t server, uint16_t sip)
{
	snprintf(yaml, n,
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    port: %u\n"
		 "    secret: hunter2\n"
		 "    sip_domain: example.net\n"
		 "    next_hop: sip:127.0.0.1:%u\n"
		 "sip: { listen: ['udp:127.0.0.1:%u'] }\n"
		 "store: { path: '%s/own.db' }\n",
		 server, checking_free_port(SOCK_DGRAM), sip, dir);
}

static void test_good(void **state)
{
	char yaml[500], *text;
	uint16_t port;
	int fd = checking_socket(SOCK_STREAM, &port);
	pid_t pid = checking_server(fd, CHECKING_HEADER, "<handshake/>");

	(void)state;
	write_yaml(yaml, sizeof(yaml), port, checking_free_port(SOCK_DGRAM));
	assert_true(run(yaml, &text));
	assert_non_null(strstr(text, "ok       t.yml: read, 1 component\n"));
	assert_non_null(strstr(text, "attached"));
	assert_non_null(strstr(text, "warning  next hop"));
	assert_non_null(strstr(text, "\nNothing is wrong; 1 warning above.\n"));
	free(text);
	checking_wait(pid);
}

/* Two things are wrong; the first is repeated at the end. */
static void test_wrong(void **state)
{
	char yaml[500], *text;
	const char *last;
	uint16_t port;
	int fd = checking_socket(SOCK_DGRAM, &port);

	(void)state;
	write_yaml(yaml, sizeof(yaml), checking_free_port(SOCK_STREAM), port);
	assert_false(run(yaml, &text));
	assert_non_null(strstr(text, "connection refused"));
	last = strstr(text, "\nWrong: sip.listen udp:127.0.0.1:");
	assert_non_null(last);
	assert_null(strstr(last, "refused"));
	assert_null(strstr(text, "hunter2"));
	free(text);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
