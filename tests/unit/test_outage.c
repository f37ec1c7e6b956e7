#include "sip/outage.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct hop hop(uint16_t port, enum transport t)
{
	struct hop h = { .transport = t };

	assert_true(endpoint_read(STR_LIT("192.0.2.1"), port, &h.peer));
	return h;
}

static void check(const struct outage *o, uint64_t now, const char *expected)
{
	struct hop hops[4] = { hop(1, TRANSPORT_UDP), hop(2, TRANSPORT_UDP),
			       hop(3, TRANSPORT_UDP), hop(4, TRANSPORT_UDP) };
	char got[5] = { 0 };

	outage_sort(o, hops, 4, now);
	for (int i = 0; i < 4; i++)
		got[i] = (char)('0' + endpoint_port(&hops[i].peer));
	assert_string_equal(got, expected);
}

static void test_sort(void **state)
{
	struct outage o = { 0 };
	struct hop one = hop(1, TRANSPORT_UDP), two = hop(2, TRANSPORT_UDP),
		   three = hop(3, TRANSPORT_UDP), four = hop(4, TRANSPORT_UDP),
		   tcp = hop(4, TRANSPORT_TCP);

	(void)state;
	check(&o, 0, "1234");
	outage_note(&o, &one, 100);
	check(&o, 50, "2341");
	check(&o, 100, "1234"); /* it is over */
	outage_note(&o, &three, 200);
	check(&o, 50, "2413");
	check(&o, 150, "1243");
	outage_clear(&o, &three);
	outage_clear(&o, &two);
	check(&o, 50, "2341");
	outage_note(&o, &tcp, 200); /* another transport is another hop */
	check(&o, 50, "2341");
	outage_note(&o, &two, 200);
	outage_note(&o, &three, 200);
	outage_note(&o, &four, 200);
	check(&o, 50, "1234"); /* all of them: in order */
}

/* More failures than room: the oldest is forgotten, nothing breaks. */
static void test_bound(void **state)
{
	struct outage o = { 0 };

	(void)state;
	for (uint16_t i = 0; i < 3 * OUTAGE_MAX; i++) {
		struct hop h = hop((uint16_t)(100 + i), TRANSPORT_UDP);

		outage_note(&o, &h, 1000);
		outage_note(&o, &h, 1000);
	}
	assert_int_equal(o.count, OUTAGE_MAX);
	for (uint16_t i = 0; i < 3 * OUTAGE_MAX; i++) {
		struct hop h = hop((uint16_t)(100 + i), TRANSPORT_UDP);

		outage_clear(&o, &h);
		outage_clear(&o, &h);
	}
	assert_int_equal(o.count, 0);
	check(&o, 0, "1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
