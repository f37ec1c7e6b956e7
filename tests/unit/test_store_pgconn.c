#include "gateway/store/store_pgconn.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* What needs no server: that no call waits for ever. The rest is in
 * test_store_pgsql.c. */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes connections into its backlog and says nothing. */
static int listen_mutely(char conninfo[128])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	snprintf(conninfo, 128, "host=127.0.0.1 port=%d user=u",
		 ntohs(a.sin_port));
	return fd;
}

static void a_mute_server(void **state)
{
	struct store_trouble t = { .why = NULL };
	int64_t since = now_ms();
	char conninfo[128];
	int fd = listen_mutely(conninfo);

	(void)state;
	assert_null(store_pgconn_open(conninfo, &t));
	assert_non_null(strstr(t.why, "does not answer"));
	assert_in_range(now_ms() - since, STORE_PG_CONNECT_MS - 100,
			STORE_PG_CONNECT_MS + 2000);
	close(fd);
}

static void what_cannot_be_reached(void **state)
{
	static const struct {
		const char *conninfo, *detail;
	} cases[] = {
		{ "host=127.0.0.1 port=1 user=u", "refused" },
		{ "host=/nowhere user=u", "/nowhere" },
		{ "nonsense = 1", "nonsense" },
		{ "host='127.0.0.1", "unterminated" },
		{ "postgres://u@127.0.0.1:1/d", "refused" },
	};
	struct store_trouble t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(store_pgconn_open(cases[i].conninfo, &t));
		assert_non_null(strstr(t.why, "cannot be reached"));
		if (strstr(t.detail, cases[i].detail) == NULL)
			fail_msg("%s: %s", cases[i].conninfo, t.detail);
		assert_null(strchr(t.detail, '\n'));
	}
}

/* The password is nobody's business. */
static void no_secret_in_the_words(void **state)
{
	struct store_trouble t;

	(void)state;
	assert_null(store_pgconn_open("host=127.0.0.1 port=1 user=u "
				      "password=hunter2",
				      &t));
	assert_null(strstr(t.detail, "hunter2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mute_server),
		cmocka_unit_test(what_cannot_be_reached),
		cmocka_unit_test(no_secret_in_the_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
