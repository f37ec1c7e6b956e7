#include "bed.h"
#include <errno.h>
#include <sys/resource.h>
#include "sip/udp.h"

struct udp_bed {
	struct bed b;
	struct udp *u;
	uint32_t socket;
	union endpoint at; /* where it is reached */
};

static const struct transport_limits limits = { .udp_buffer_bytes = 4 << 20,
						.has_segments = true };

static void set_up(struct udp_bed *t, const char *host)
{
	const char *why = "";
	union endpoint at = bed_at(host, 0);

	bed_init(&t->b);
	t->u = udp_create(t->b.loop, &limits, &bed_events, &t->b);
	t->socket = udp_open(t->u, &at, &why);
	assert_int_equal(t->socket, 1);
	t->at = *udp_local(t->u, t->socket);
	assert_int_not_equal(endpoint_port(&t->at), 0);
}

static void tear_down(struct udp_bed *t)
{
	udp_destroy(&t->u);
	bed_fini(&t->b);
}

static void echo(struct bed *b, struct str bytes, const struct hop *from)
{
	struct udp_bed *t = b->with;

	assert_true(udp_send(t->u, from->socket, &from->peer, bytes));
}

static void count_unread(struct bed *b, struct str bytes,
			 const struct hop *from)
{
	unsigned *unread = b->with;

	(void)bytes;
	(void)from;
	*unread = b->reads;
}

/* Each message is followed by on_read, and several may have one. */
static void reads_are_told(void **state)
{
	struct udp_bed t;
	union endpoint peer;
	int fd = bed_udp("127.0.0.1", &peer);
	unsigned reads_before_last = 0;

	(void)state;
	set_up(&t, "127.0.0.1");
	t.b.on_message = count_unread;
	t.b.with = &reads_before_last;
	for (int i = 0; i < 200; i++)
		bed_send_to(fd, &t.at, "MESSAGE x", 9);
	BED_UNTIL(&t.b, t.b.messages == 200);
	assert_int_equal(t.b.reads, reads_before_last + 1);
	assert_true(t.b.reads < 200);
	close(fd);
	tear_down(&t);
}

/* 1000 in, 1000 out, each whole and from the right peer. */
static void batches(void **state)
{
	struct udp_bed t;
	union endpoint peer;
	int fd = bed_udp("127.0.0.1", &peer), one = 4 << 20;
	char buf[64];
	unsigned back = 0;

	(void)state;
	set_up(&t, "127.0.0.1");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &one, sizeof(one));
	t.b.on_message = echo;
	t.b.with = &t;
	for (unsigned i = 0; i < 1000; i++) {
		int n = snprintf(buf, sizeof(buf), "MESSAGE %u", i);

		bed_send_to(fd, &t.at, buf, (size_t)n);
	}
	BED_UNTIL(&t.b, t.b.messages == 1000);
	assert_true(endpoint_eq(&t.b.from.peer, &peer));
	assert_int_equal(t.b.from.transport, TRANSPORT_UDP);
	loop_turn(t.b.loop, 1);
	for (ssize_t n; (n = bed_read(fd, buf, sizeof(buf) - 1)) > 0; back++) {
		char want[64];

		buf[n] = '\0';
		snprintf(want, sizeof(want), "MESSAGE %u", back);
		assert_string_equal(buf, want);
	}
	assert_int_equal(back, 1000);
	close(fd);
	tear_down(&t);
}

static void largest_datagram(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };
	static char big[UDP_DATAGRAM_MAX_BYTES + 1], back[70000];

	(void)state;
	memset(big, 'x', sizeof(big));
	for (size_t i = 0; i < 2; i++) {
		struct udp_bed t;
		union endpoint peer;
		int fd = bed_udp(hosts[i], &peer);
		struct str whole = { big, UDP_DATAGRAM_MAX_BYTES };
		ssize_t n = -1;

		set_up(&t, hosts[i]);
		bed_send_to(fd, &t.at, big, whole.n);
		BED_UNTIL(&t.b, t.b.messages == 1);
		assert_int_equal(t.b.last_n, whole.n);
		assert_memory_equal(t.b.last, big, whole.n);
		assert_true(udp_send(t.u, 1, &peer, whole));
		BED_UNTIL(&t.b, (n = bed_read(fd, back, sizeof(back))) > 0);
		assert_int_equal(n, whole.n);
		whole.n++;
		assert_false(udp_send(t.u, 1, &peer, whole));
		close(fd);
		tear_down(&t);
	}
}

static void refused_by_icmp(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct udp_bed t;
		union endpoint gone, alive;
		int fd = bed_udp(hosts[i], &gone);
		char buf[16];

		close(fd);
		fd = bed_udp(hosts[i], &alive);
		set_up(&t, hosts[i]);
		assert_true(udp_send(t.u, 1, &gone, STR_LIT("OPTIONS")));
		assert_int_equal(t.b.lost, 0);
		BED_UNTIL(&t.b, t.b.lost == 1);
		assert_true(endpoint_eq(&t.b.lost_to.peer, &gone));
		assert_int_equal(t.b.lost_to.transport, TRANSPORT_UDP);
		assert_int_equal(t.b.lost_to.conn, 0);
		assert_string_equal(t.b.lost_why, "Connection refused");
		/* Others are not harmed by it, in the same batch either. */
		assert_true(udp_send(t.u, 1, &gone, STR_LIT("OPTIONS")));
		for (int n = 0; n < 10; n++) {
			assert_true(udp_send(t.u, 1, &alive, STR_LIT("here")));
			assert_true(udp_send(t.u, 1, &gone, STR_LIT("gone")));
		}
		BED_UNTIL(&t.b, t.b.lost == 12);
		for (int n = 0; n < 10; n++)
			assert_int_equal(bed_read(fd, buf, sizeof(buf)), 4);
		close(fd);
		tear_down(&t);
	}
}

/* A datagram that cannot be sent is reported; what stands behind it goes. */
static void unsendable_is_passed_over(void **state)
{
	struct udp_bed t;
	union endpoint peer, bad = bed_at("255.255.255.255", 5060);
	int fd = bed_udp("127.0.0.1", &peer);
	char buf[16];

	(void)state;
	set_up(&t, "127.0.0.1");
	assert_true(udp_send(t.u, 1, &peer, STR_LIT("one")));
	assert_true(udp_send(t.u, 1, &bad, STR_LIT("no"))); /* EACCES */
	assert_true(udp_send(t.u, 1, &peer, STR_LIT("two")));
	BED_UNTIL(&t.b, t.b.lost == 1);
	assert_true(endpoint_eq(&t.b.lost_to.peer, &bad));
	assert_int_equal(bed_read(fd, buf, sizeof(buf)), 3);
	assert_int_equal(bed_read(fd, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "two", 3);
	close(fd);
	tear_down(&t);
}

/* Says it again over the first socket. */
static void say_again(void *arg, const struct hop *to, const char *why)
{
	struct udp_bed *t = arg;

	bed_on_lost(&t->b, to, why);
	assert_true(udp_send(t->u, 1, t->b.with, STR_LIT("again")));
}

/* Who hears of a loss while the sockets are written to may send over one that
 * has had its turn: nothing else makes the loop turn again. */
static void sends_when_told_of_a_loss(void **state)
{
	const struct transport_events events = { bed_on_message, bed_on_read,
						 say_again };
	struct udp_bed t;
	union endpoint peer, bad = bed_at("255.255.255.255", 5060);
	union endpoint any = bed_at("127.0.0.1", 0);
	int fd = bed_udp("127.0.0.1", &peer);
	const char *why = "";
	char buf[16];

	(void)state;
	bed_init(&t.b);
	t.b.with = &peer;
	t.u = udp_create(t.b.loop, &limits, &events, &t);
	assert_int_equal(udp_open(t.u, &any, &why), 1);
	assert_int_equal(udp_open(t.u, &any, &why), 2);
	assert_true(udp_send(t.u, 2, &bad, STR_LIT("no"))); /* EACCES */
	loop_turn(t.b.loop, BED_WAIT_MS);
	assert_int_equal(t.b.lost, 1);
	loop_turn(t.b.loop, BED_WAIT_MS / 10);
	assert_int_equal(bed_read(fd, buf, sizeof(buf)), 5);
	close(fd);
	tear_down(&t);
}

/* Our own socket: the one that is bound to at. */
static int socket_of(const union endpoint *at)
{
	for (int fd = 3; fd < 64; fd++) {
		union endpoint e = { 0 };
		socklen_t n = sizeof(e);

		if (getsockname(fd, &e.sa, &n) == 0 && endpoint_eq(&e, at))
			return fd;
	}
	fail();
	return -1;
}

/* Many of one length to one peer leave as one; where the kernel cannot cut
 * them (here: without checksums, udp(7)), one by one. Each arrives once. */
static void same_lengths(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct udp_bed t;
		union endpoint peer;
		int fd = bed_udp(hosts[i % 2], &peer), on = 1;
		char buf[64];

		set_up(&t, hosts[i % 2]);
		if (i >= 2)
			assert_int_equal(setsockopt(socket_of(&t.at),
						    SOL_SOCKET, SO_NO_CHECK,
						    &on, sizeof(on)),
					 0);
		for (unsigned k = 0; k < 200; k++) {
			snprintf(buf, sizeof(buf), "MESSAGE %03u", k);
			assert_true(udp_send(t.u, 1, &peer, str_z(buf)));
		}
		bed_turn_for(&t.b, 20);
		assert_int_equal(t.b.lost, 0);
		for (unsigned k = 0; k < 200; k++) {
			char want[64];

			snprintf(want, sizeof(want), "MESSAGE %03u", k);
			assert_int_equal(bed_read(fd, buf, sizeof(buf)), 11);
			assert_memory_equal(buf, want, 11);
		}
		assert_int_equal(bed_read(fd, buf, sizeof(buf)), -1);
		close(fd);
		tear_down(&t);
	}
}

static void refuses_what_cannot_be(void **state)
{
	struct udp_bed t;
	union endpoint v4 = bed_at("127.0.0.1", 9), v6 = bed_at("::1", 9);
	union endpoint zero = bed_at("127.0.0.1", 0);

	(void)state;
	set_up(&t, "127.0.0.1");
	assert_false(udp_send(t.u, 0, &v4, STR_LIT("x")));
	assert_false(udp_send(t.u, 2, &v4, STR_LIT("x")));
	assert_false(udp_send(t.u, 0xffffffff, &v4, STR_LIT("x")));
	assert_false(udp_send(t.u, 1, &v6, STR_LIT("x")));
	assert_false(udp_send(t.u, 1, &zero, STR_LIT("x")));
	tear_down(&t);
}

/* The queue is bounded, and empties again. */
static void queue_is_bounded(void **state)
{
	static char big[60000];
	struct udp_bed t;
	union endpoint peer;
	int fd = bed_udp("127.0.0.1", &peer);
	size_t queued = 0;

	(void)state;
	set_up(&t, "127.0.0.1");
	while (udp_send(t.u, 1, &peer, (struct str){ big, sizeof(big) }))
		queued += sizeof(big);
	assert_true(queued > UDP_QUEUE_MAX_BYTES * 9 / 10);
	assert_true(queued <= UDP_QUEUE_MAX_BYTES);
	BED_UNTIL(&t.b, udp_send(t.u, 1, &peer, STR_LIT("x")));
	close(fd);
	tear_down(&t);
}

static void line_ends_and_own_datagrams(void **state)
{
	struct udp_bed t;
	union endpoint peer;
	int fd = bed_udp("127.0.0.1", &peer);

	(void)state;
	set_up(&t, "127.0.0.1");
	bed_send_to(fd, &t.at, "\r\n\r\n", 4);
	bed_send_to(fd, &t.at, "", 0);
	bed_send_to(fd, &t.at, "last", 4);
	BED_UNTIL(&t.b, t.b.messages > 0);
	assert_int_equal(t.b.messages, 1);
	assert_memory_equal(t.b.last, "last", 4);
	/* To ourselves: arrives once, and that is that. */
	assert_true(udp_send(t.u, 1, &t.at, STR_LIT("self")));
	BED_UNTIL(&t.b, t.b.messages == 2);
	bed_turn_for(&t.b, 50);
	assert_int_equal(t.b.messages, 2);
	close(fd);
	tear_down(&t);
}

/* A socket for all addresses answers from the one that was asked. */
static void answers_from_the_address_asked(void **state)
{
	static const struct {
		const char *bind, *peer, *ask;
	} cases[] = {
		{ "0.0.0.0", "127.0.0.1", "127.0.0.1" },
		{ "0.0.0.0", "127.0.0.1", "127.0.0.7" },
		{ "::", "::1", "::1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct udp_bed t;
		union endpoint peer, ask, source = { 0 };
		int fd = bed_udp(cases[i].peer, &peer);
		socklen_t n = sizeof(source);
		char buf[16];

		set_up(&t, cases[i].bind);
		t.b.on_message = echo;
		t.b.with = &t;
		ask = bed_at(cases[i].ask, endpoint_port(&t.at));
		/* As many as go together (batch.h). */
		for (unsigned k = 0; k < 20; k++)
			bed_send_to(fd, &ask, "hello", 5);
		BED_UNTIL(&t.b, t.b.messages == 20);
		assert_true(endpoint_eq(udp_local(t.u, t.b.from.socket), &ask));
		for (unsigned k = 0; k < 20; k++) {
			assert_int_equal(recvfrom(fd, buf, sizeof(buf), 0,
						  &source.sa, &n),
					 5);
			assert_true(endpoint_eq(&source, &ask));
		}
		assert_int_equal(t.b.lost, 0);
		close(fd);
		tear_down(&t);
	}
}

/* A flood on one socket leaves turns for the rest of the loop. */
static void takes_turns(void **state)
{
	struct udp_bed t;
	union endpoint peer;
	int fd = bed_udp("127.0.0.1", &peer);

	(void)state;
	set_up(&t, "127.0.0.1");
	for (int i = 0; i < 2000; i++)
		bed_send_to(fd, &t.at, "x", 1);
	loop_turn(t.b.loop, 10);
	assert_true(t.b.messages >= 256);
	assert_true(t.b.messages < 2000);
	BED_UNTIL(&t.b, t.b.messages == 2000);
	close(fd);
	tear_down(&t);
}

static void says_why_not(void **state)
{
	struct udp_bed t;
	const char *why = "";
	union endpoint foreign = bed_at("198.51.100.1", 0);

	(void)state;
	set_up(&t, "127.0.0.1");
	assert_int_equal(udp_open(t.u, &t.at, &why), 0);
	assert_string_equal(why, "Address already in use");
	assert_int_equal(udp_open(t.u, &foreign, &why), 0);
	assert_string_equal(why, "Cannot assign requested address");
	tear_down(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_are_told),
		cmocka_unit_test(batches),
		cmocka_unit_test(largest_datagram),
		cmocka_unit_test(refused_by_icmp),
		cmocka_unit_test(unsendable_is_passed_over),
		cmocka_unit_test(sends_when_told_of_a_loss),
		cmocka_unit_test(same_lengths),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(queue_is_bounded),
		cmocka_unit_test(line_ends_and_own_datagrams),
		cmocka_unit_test(answers_from_the_address_asked),
		cmocka_unit_test(takes_turns),
		cmocka_unit_test(says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
