#include "bed.h"
#include "sip/backlog.h"
#include "sip/udp.h"

/* A socket of that size is looked at with so many datagrams in it. */
static void looks_at_the_kernel(void **state)
{
	static const struct {
		unsigned datagrams;
		bool is_behind;
	} cases[] = { { 0, false }, { 20, false }, { 5000, true } };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct backlog b = { 0 };
		union endpoint to, from;
		int fd = bed_udp("127.0.0.1", &to);
		int sender = bed_udp("127.0.0.1", &from);
		int bytes = 64 << 10;

		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
		for (j = 0; j < cases[i].datagrams; j++)
			bed_send_to(sender, &to, "x", 1);
		backlog_look(&b, fd, 1000);
		assert_int_equal(b.is_behind, cases[i].is_behind);
		assert_int_equal(backlog_sheds(&b, 0), cases[i].is_behind);
		assert_false(backlog_sheds(&b, 1));
		backlog_over(&b);
		assert_false(backlog_sheds(&b, 0));
		close(fd);
		close(sender);
	}
}

struct crowd {
	struct udp *u;
	unsigned shed;
};

static void count(struct bed *b, struct str bytes, const struct hop *from)
{
	struct crowd *c = b->with;

	(void)bytes;
	(void)from;
	c->shed += udp_is_shed(c->u);
}

/* A full buffer: some of it is shed, at most one in sixteen, and nothing when
 * it is empty again. */
static void sheds_while_it_is_full(void **state)
{
	static const struct transport_limits limits = { .udp_buffer_bytes =
								512 << 10 };
	union endpoint at = bed_at("127.0.0.1", 0), from;
	int sender = bed_udp("127.0.0.1", &from);
	struct crowd c = { .shed = 0 };
	const char *why = "";
	unsigned before;
	struct bed b;

	(void)state;
	bed_init(&b);
	c.u = udp_create(b.loop, &limits, &bed_events, &b);
	assert_int_equal(udp_open(c.u, &at, &why), 1);
	at = *udp_local(c.u, 1);
	b.on_message = count;
	b.with = &c;
	for (unsigned i = 0; i < 4000; i++)
		bed_send_to(sender, &at, "MESSAGE", 7);
	do {
		before = b.messages;
		loop_turn(b.loop, 10);
	} while (b.messages > before);
	assert_in_range(c.shed, 1, b.messages / BACKLOG_SHED_EVERY);
	before = c.shed;
	bed_send_to(sender, &at, "MESSAGE", 7);
	BED_UNTIL(&b, b.messages > 0 && c.shed == before);
	assert_int_equal(c.shed, before);
	close(sender);
	udp_destroy(&c.u);
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_at_the_kernel),
		cmocka_unit_test(sheds_while_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
