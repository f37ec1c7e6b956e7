#include "bed.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include "sip/listener.h"

struct caller {
	unsigned accepted;
	int fds[64];
	union endpoint peer; /* of the last */
	enum transport transport;
};

static void on_accept(void *arg, int fd, enum transport transport,
		      const union endpoint *peer, struct secure_context *secure)
{
	struct caller *c = arg;

	assert_null(secure);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	c->transport = transport;
	c->peer = *peer;
	c->fds[c->accepted++] = fd;
}

static void hang_up(struct caller *c)
{
	while (c->accepted > 0)
		close(c->fds[--c->accepted]);
}

static void accepts(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1", "::" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bed b;
		struct caller c = { 0 };
		struct listeners *ls;
		union endpoint at = bed_at(hosts[i], 0), bound, self = { 0 };
		const char *why = "";
		socklen_t n = sizeof(self);
		int fd;

		bed_init(&b);
		ls = listeners_create(b.loop, on_accept, &c);
		assert_true(listeners_open(ls, TRANSPORT_TCP, &at, NULL, &bound,
					   &why));
		assert_false(listeners_open(ls, TRANSPORT_TCP, &bound, NULL,
					    &at, &why));
		assert_string_equal(why, "Address already in use");
		if (i == 2)
			bound = bed_at("::1", endpoint_port(&bound));
		fd = bed_connect(&bound);
		BED_UNTIL(&b, c.accepted == 1);
		assert_int_equal(getsockname(fd, &self.sa, &n), 0);
		assert_true(endpoint_eq(&c.peer, &self));
		assert_int_equal(c.transport, TRANSPORT_TCP);
		hang_up(&c);
		close(fd);
		listeners_destroy(&ls);
		bed_fini(&b);
	}
}

/* The lowest number that a new descriptor would get. */
static int next_fd(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

static void descriptors_run_out(void **state)
{
	struct bed b;
	struct caller c = { 0 };
	struct listeners *ls;
	union endpoint at = bed_at("127.0.0.1", 0), bound;
	struct rlimit old, low;
	const char *why = "";
	int fds[4];
	unsigned turns = 0;
	char byte;
	uint64_t end;

	(void)state;
	bed_init(&b);
	ls = listeners_create(b.loop, on_accept, &c);
	assert_true(listeners_open(ls, TRANSPORT_TCP, &at, NULL, &bound, &why));
	for (size_t i = 0; i < 3; i++)
		fds[i] = bed_connect(&bound);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = (rlim_t)next_fd();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	/* They are turned away rather than left to wait, and then it rests. */
	for (size_t i = 0; i < 3; i++)
		BED_UNTIL(&b, bed_read(fds[i], &byte, 1) == 0);
	assert_int_equal(c.accepted, 0);
	for (end = bed_ms() + 300; bed_ms() < end; turns++)
		loop_turn(b.loop, 1000);
	assert_true(turns < 20);
	/* It goes on by itself when there are some again. */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	fds[3] = bed_connect(&bound);
	BED_UNTIL(&b, c.accepted == 1);
	hang_up(&c);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
	listeners_destroy(&ls);
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(descriptors_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
