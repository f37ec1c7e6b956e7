#include "tests/unit/server.h"
#include "xmpp/lookup.h"

struct ear {
	unsigned calls;
	struct lookup_answer answer;
};

static void on_answer(void *arg, const struct lookup_answer *a)
{
	struct ear *ear = arg;

	ear->calls++;
	ear->answer = *a;
}

static uint16_t port_of(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET6
			     ? ((const struct sockaddr_in6 *)a)->sin6_port
			     : ((const struct sockaddr_in *)a)->sin_port);
}

static void test_digits(void **state)
{
	static const struct {
		const char *host;
		int family; /* 0: no digits */
	} cases[] = {
		{ "127.0.0.1", AF_INET },   { "::1", AF_INET6 },
		{ "fe80::1%lo", AF_INET6 }, { "localhost", 0 },
		{ "xmpp.example.com", 0 },  { "", 0 },
		{ "127.0.0.1 ", 0 },	    { "::1::", 0 },
	};
	struct lookup_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lookup_digits(cases[i].host, 5347, &a);
		if (cases[i].family == 0) {
			assert_int_not_equal(a.error, 0);
			assert_int_equal(a.n, 0);
			continue;
		}
		assert_int_equal(a.error, 0);
		assert_int_equal(a.n, 1);
		assert_int_equal(a.address[0].ss_family, cases[i].family);
		assert_int_equal(port_of(&a.address[0]), 5347);
	}
}

/* No query leaves for a name with a label over 63 bytes. */
#define HOPELESS                                                               \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaa"                                                                 \
	".example.com"

static void test_names(void **state)
{
	static const struct {
		const char *host;
		bool is_known;
	} cases[] = { { "localhost", true }, { HOPELESS, false } };
	const char *why;
	struct loop *loop = loop_create(&why);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ear ear = { .calls = 0 };
		struct lookup *l = lookup_create(loop, cases[i].host, 5347,
						 on_answer, &ear);
		uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;

		assert_non_null(l);
		assert_int_equal(ear.calls, 0);
		while (ear.calls == 0 && server_clock_ms() < end)
			loop_turn(loop, 10);
		assert_int_equal(ear.calls, 1);
		assert_int_equal(ear.answer.error == 0, cases[i].is_known);
		assert_int_equal(ear.answer.n > 0, cases[i].is_known);
		if (cases[i].is_known)
			assert_int_equal(port_of(&ear.answer.address[0]), 5347);
		loop_turn(loop, 10);
		assert_int_equal(ear.calls, 1);
		lookup_destroy(&l);
		assert_null(l);
	}
	loop_destroy(&loop);
}

/* Both the lookup and the loop may go while the thread still asks. */
static void test_destroyed_meanwhile(void **state)
{
	struct ear ear = { .calls = 0 };
	const char *why;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct loop *loop = loop_create(&why);
		struct lookup *l =
			lookup_create(loop, "localhost", 5347, on_answer, &ear);

		lookup_destroy(&l);
		if (i % 2 == 0)
			loop_turn(loop, 1);
		loop_destroy(&loop);
	}
	poll(NULL, 0, 100); /* the threads end */
	assert_int_equal(ear.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_destroyed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
