#include "bed.h"
#include "sip/pktinfo.h"

/* What is written for an answer is what is read from a request. */
static void round_trip(void **state)
{
	static const char *const hosts[][2] = { { "127.0.0.3", "0.0.0.0" },
						{ "2001:db8::5", "::" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_Alignas(struct cmsghdr) unsigned char buf[PKTINFO_BYTES] = {
			0
		};
		union endpoint own = bed_at(hosts[i][0], 5060), got;
		union endpoint bound = bed_at(hosts[i][1], 5060);
		struct msghdr m = { .msg_control = buf };

		m.msg_controllen =
			pktinfo_write((struct cmsghdr *)(void *)buf, &own);
		assert_true(m.msg_controllen <= sizeof(buf));
		assert_true(pktinfo_read(&m, &bound, &got));
		assert_true(endpoint_eq(&got, &own));
	}
}

static void nothing_there(void **state)
{
	union endpoint bound = bed_at("::", 1), got;
	struct msghdr m = { .msg_control = NULL };

	(void)state;
	assert_false(pktinfo_read(&m, &bound, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
