#include "gateway/config/portowner.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define REST " 00000000:00000000 00:00000000 00000000     0        0 777 2 x 0"

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		enum transport transport;
		const char *host;
		uint16_t port;
		unsigned long expected;
	} cases[] = {
		{ "  1: 0100007F:13C4 00000000:0000 07" REST, TRANSPORT_UDP,
		  "127.0.0.1", 5060, 777 },
		{ "  1: 0100007F:13C4 00000000:0000 07" REST, TRANSPORT_UDP,
		  "127.0.0.2", 5060, 0 },
		{ "  1: 0100007F:13C4 00000000:0000 07" REST, TRANSPORT_UDP,
		  "127.0.0.1", 5061, 0 },
		{ "  1: 0100007F:13C4 00000000:0000 07" REST, TRANSPORT_UDP,
		  "0.0.0.0", 5060, 777 },
		{ "  1: 00000000:13C4 00000000:0000 07" REST, TRANSPORT_UDP,
		  "127.0.0.1", 5060, 777 },
		/* A stream that listens, and one that is connected. */
		{ "  0: 00000000:13C4 00000000:0000 0A" REST, TRANSPORT_TCP,
		  "127.0.0.1", 5060, 777 },
		{ "  0: 0100007F:13C4 0100007F:9999 01" REST, TRANSPORT_TCP,
		  "127.0.0.1", 5060, 0 },
		{ "  0: 00000000000000000000000001000000:13C4 "
		  "00000000000000000000000000000000:0000 0A" REST,
		  TRANSPORT_TCP, "::1", 5060, 777 },
		{ "  0: 00000000000000000000000001000000:13C4 "
		  "00000000000000000000000000000000:0000 0A" REST,
		  TRANSPORT_TCP, "127.0.0.1", 5060, 0 },
		/* "::" takes IPv4 too unless told otherwise. */
		{ "  0: 00000000000000000000000000000000:13C4 "
		  "00000000000000000000000000000000:0000 0A" REST,
		  TRANSPORT_TCP, "127.0.0.1", 5060, 777 },
		{ "  sl  local_address rem_address   st tx_queue rx_queue",
		  TRANSPORT_TCP, "127.0.0.1", 5060, 0 },
		{ "", TRANSPORT_TCP, "127.0.0.1", 5060, 0 },
		{ "  1: 01007F:13C4 00000000:0000 07" REST, TRANSPORT_UDP,
		  "127.0.0.1", 5060, 0 },
	};
	union endpoint e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(endpoint_read(str_z(cases[i].host), cases[i].port,
					  &e));
		assert_int_equal(portowner_line(cases[i].line,
						cases[i].transport, &e),
				 cases[i].expected);
	}
}

static void test_find_ourselves(void **state)
{
	static const enum transport transports[] = { TRANSPORT_UDP,
						     TRANSPORT_TCP };
	struct portowner owner;
	union endpoint e;
	socklen_t n;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_true(endpoint_read(STR_LIT("127.0.0.1"), 0, &e));
		n = sizeof(e);
		fd = socket(AF_INET,
			    transports[i] == TRANSPORT_UDP ? SOCK_DGRAM :
							     SOCK_STREAM,
			    0);
		assert_int_equal(bind(fd, &e.sa, endpoint_bytes(&e)), 0);
		if (transports[i] == TRANSPORT_TCP)
			assert_int_equal(listen(fd, 1), 0);
		assert_int_equal(getsockname(fd, &e.sa, &n), 0);
		assert_true(portowner_find(transports[i], &e, &owner));
		assert_int_equal(owner.pid, getpid());
		assert_true(owner.name[0] != '\0');
		close(fd);
		assert_false(portowner_find(transports[i], &e, &owner));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_find_ourselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
