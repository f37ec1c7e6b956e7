#include "bed.h"
#include <errno.h>
#include "sip/icmp.h"

struct refusals {
	unsigned count;
	union endpoint peer;
	int error;
};

static void on_refused(void *arg, const union endpoint *peer, int error)
{
	struct refusals *r = arg;

	r->count++;
	r->peer = *peer;
	r->error = error;
}

static void tells_the_peer(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct refusals r = { 0 };
		union endpoint gone, self;
		int fd = bed_udp(hosts[i], &gone);

		close(fd);
		fd = bed_udp(hosts[i], &self);
		icmp_want(fd, self.sa.sa_family);
		icmp_read(fd, on_refused, &r);
		assert_int_equal(r.count, 0);
		bed_send_to(fd, &gone, "x", 1);
		icmp_read(fd, on_refused, &r);
		assert_int_equal(r.count, 1);
		assert_int_equal(r.error, ECONNREFUSED);
		assert_true(endpoint_eq(&r.peer, &gone));
		close(fd);
	}
}

/* An error of our own making (too large) is no word of the peer. */
static void local_errors_are_none(void **state)
{
	static char big[66000];
	struct refusals r = { 0 };
	union endpoint self, to = bed_at("127.0.0.1", 9);
	int fd = bed_udp("127.0.0.1", &self);

	(void)state;
	icmp_want(fd, AF_INET);
	assert_int_equal(sendto(fd, big, sizeof(big), 0, &to.sa, sizeof(to.in)),
			 -1);
	assert_int_equal(errno, EMSGSIZE);
	icmp_read(fd, on_refused, &r);
	assert_int_equal(r.count, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_peer),
		cmocka_unit_test(local_errors_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
