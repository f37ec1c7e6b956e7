#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sip/batch.h"

enum { QUEUE_BYTES = 1 << 20 };

static struct batch b; /* too large for the stack */
static char text[70000];

static union endpoint peer(unsigned port)
{
	union endpoint e;

	assert_true(endpoint_read(STR_LIT("192.0.2.1"), (uint16_t)port, &e));
	return e;
}

static void put(struct fifo *q, unsigned port, uint32_t local, size_t n)
{
	union endpoint p = peer(port);

	memset(text, 'a' + (int)(port % 26), n);
	assert_true(
		batch_put(q, QUEUE_BYTES, &p, local, (struct str){ text, n }));
}

/* The UDP_SEGMENT of a message; 0: none. */
static unsigned segment_of(unsigned i)
{
	struct msghdr *m = &b.message[i].msg_hdr;
	uint16_t bytes;

	for (struct cmsghdr *c = m->msg_control != NULL ? CMSG_FIRSTHDR(m)
							: NULL;
	     c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_SEGMENT)
			continue;
		memcpy(&bytes, CMSG_DATA(c), sizeof(bytes));
		return bytes;
	}
	return 0;
}

/* Which neighbours go together: "port:bytes" each, and the datagrams of the
 * messages that come of it. */
static void neighbours(void **state)
{
	static const struct {
		struct {
			unsigned port, local, bytes;
		} in[6];
		unsigned out[6];
		bool may_segment;
	} cases[] = {
		{ { { 1, 0, 300 } }, { 1 }, true },
		{ { { 1, 0, 300 }, { 1, 0, 300 }, { 1, 0, 300 } },
		  { 3 },
		  true },
		{ { { 1, 0, 300 }, { 1, 0, 300 } }, { 1, 1 }, false },
		/* a shorter one is the last */
		{ { { 1, 0, 300 }, { 1, 0, 299 }, { 1, 0, 299 } },
		  { 2, 1 },
		  true },
		{ { { 1, 0, 300 }, { 1, 0, 301 }, { 1, 0, 301 } },
		  { 1, 2 },
		  true },
		{ { { 1, 0, 300 }, { 2, 0, 300 }, { 1, 0, 300 } },
		  { 1, 1, 1 },
		  true },
		{ { { 1, 1, 300 }, { 1, 2, 300 }, { 1, 2, 300 } },
		  { 1, 2 },
		  true },
		/* what may be too long for a link goes alone */
		{ { { 1, 0, 1401 },
		    { 1, 0, 1401 },
		    { 1, 0, 1400 },
		    { 1, 0, 1400 } },
		  { 1, 1, 2 },
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fifo q = { 0 };
		unsigned messages = 0, datagrams = 0;

		for (size_t k = 0; k < 6 && cases[i].in[k].port != 0; k++)
			put(&q, cases[i].in[k].port, cases[i].in[k].local,
			    cases[i].in[k].bytes);
		batch_fill(&b, &q, NULL, cases[i].may_segment);
		while (messages < 6 && cases[i].out[messages] != 0)
			messages++;
		assert_int_equal(b.count, messages);
		for (unsigned m = 0; m < messages; m++) {
			unsigned n = cases[i].out[m];
			unsigned bytes = cases[i].in[datagrams].bytes;

			assert_int_equal(b.datagrams[m], n);
			assert_int_equal(b.message[m].msg_hdr.msg_iovlen, n);
			assert_int_equal(segment_of(m), n > 1 ? bytes : 0);
			datagrams += n;
		}
		batch_took(&b, &q, b.count);
		assert_int_equal(fifo_bytes(&q), 0);
		fifo_fini(&q);
	}
}

/* Limits of a message and of a batch; nothing is left out or said twice. */
static void limits(void **state)
{
	static const struct {
		unsigned count, bytes, first; /* datagrams of the first */
	} cases[] = {
		{ 300, 100, SEGMENTS_MAX },
		{ 300, 1400, SEGMENTED_MAX_BYTES / 1400 },
		{ 1000, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fifo q = { 0 };
		unsigned seen = 0;

		for (unsigned k = 0; k < cases[i].count; k++)
			put(&q, 1, 0, cases[i].bytes);
		while (fifo_bytes(&q) > 0) {
			unsigned n = 0;

			batch_fill(&b, &q, NULL, true);
			assert_in_range(b.count, 1, BATCH_MESSAGES);
			if (seen == 0)
				assert_int_equal(b.datagrams[0],
						 cases[i].first);
			for (unsigned m = 0; m < b.count; m++)
				n += b.datagrams[m];
			assert_in_range(n, 1, BATCH_DATAGRAMS);
			batch_took(&b, &q, b.count);
			seen += n;
		}
		assert_int_equal(seen, cases[i].count);
		fifo_fini(&q);
	}
}

/* Both are said: which address of ours, and where to cut. */
static void own_address_and_segments(void **state)
{
	struct locals l = { .count = 0 };
	union endpoint own;
	struct fifo q = { 0 };
	struct msghdr *m = &b.message[0].msg_hdr;
	struct cmsghdr *c;

	(void)state;
	assert_true(endpoint_read(STR_LIT("192.0.2.9"), 5060, &own));
	assert_int_equal(locals_number(&l, &own), 1);
	put(&q, 1, 1, 200);
	put(&q, 1, 1, 200);
	batch_fill(&b, &q, &l, true);
	assert_int_equal(b.count, 1);
	assert_int_equal(segment_of(0), 200);
	c = CMSG_FIRSTHDR(m);
	assert_int_equal(c->cmsg_level, IPPROTO_IP);
	assert_int_equal(c->cmsg_type, IP_PKTINFO);
	assert_int_equal(m->msg_controllen,
			 CMSG_SPACE(sizeof(struct in_pktinfo)) +
				 CMSG_SPACE(sizeof(uint16_t)));
	batch_took(&b, &q, 1);
	fifo_fini(&q);
}

static void a_queue_has_an_end(void **state)
{
	struct fifo q = { 0 };
	union endpoint p = peer(7);
	struct str s = { text, 1000 };
	size_t n = 0;

	(void)state;
	while (batch_put(&q, 10000, &p, 0, s))
		n++;
	assert_in_range(n, 9, 10);
	assert_true(fifo_bytes(&q) <= 10000);
	p = batch_drop(&q);
	assert_int_equal(endpoint_port(&p), 7);
	assert_true(batch_put(&q, 10000, &p, 0, s));
	fifo_fini(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours),
		cmocka_unit_test(limits),
		cmocka_unit_test(own_address_and_segments),
		cmocka_unit_test(a_queue_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
