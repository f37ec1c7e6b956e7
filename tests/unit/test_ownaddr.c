#include "bed.h"
#include <sys/resource.h>
#include "sip/ownaddr.h"

static void asks_and_remembers(void **state)
{
	static const struct {
		const char *peer, *own;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "127.0.0.9", "127.0.0.1" },
		{ "::1", "::1" },
	};
	static struct ownaddr o;

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			union endpoint own, want = bed_at(cases[i].own, 0);
			union endpoint peer =
				bed_at(cases[i].peer, (unsigned)(5060 + i));
			uint64_t now = 1000 + round * OWNADDR_TTL_MS / 2;

			assert_true(ownaddr_get(&o, now, &peer, &own));
			assert_true(endpoint_eq(&own, &want));
		}
	}
}

static void no_way(void **state)
{
	static struct ownaddr o;
	/* RFC 4291: never a destination. */
	union endpoint own, peer = bed_at("ff02::1:2:3", 5060);

	(void)state;
	peer.in6.sin6_scope_id = 9999;
	assert_false(ownaddr_get(&o, 1, &peer, &own));
}

static void out_of_descriptors(void **state)
{
	static struct ownaddr o;
	union endpoint peer = bed_at("127.0.0.1", 5060), own;
	union endpoint other = bed_at("127.0.0.2", 5060);
	struct rlimit old, low;
	bool known, unknown;

	(void)state;
	assert_true(ownaddr_get(&o, 1, &peer, &own));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &low);
	memset(&own, 0, sizeof(own));
	known = ownaddr_get(&o, 1 + 10 * OWNADDR_TTL_MS, &peer, &own);
	unknown = ownaddr_get(&o, 1, &other, &other);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_true(known);
	assert_false(unknown);
	assert_int_equal(ntohl(own.in.sin_addr.s_addr), 0x7f000001);
}

/* 300 peers in 64 slots: each answer is right, nothing grows. */
static void is_bounded(void **state)
{
	static struct ownaddr o;
	union endpoint want = bed_at("127.0.0.1", 0), own;

	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		union endpoint peer = bed_at("127.0.0.1", 1);

		peer.in.sin_addr.s_addr = htonl(0x7f000001 + i % 300);
		assert_true(ownaddr_get(&o, 1, &peer, &own));
		want.in.sin_addr.s_addr = i % 300 ? own.in.sin_addr.s_addr
						  : want.in.sin_addr.s_addr;
		assert_true(endpoint_eq(&own, &want));
		assert_int_equal(ntohl(own.in.sin_addr.s_addr) >> 24, 127);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_and_remembers),
		cmocka_unit_test(no_way),
		cmocka_unit_test(out_of_descriptors),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
