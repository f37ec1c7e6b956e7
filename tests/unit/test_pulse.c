#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "xmpp/pulse.h"

enum { START = 100000, IDLE = 15000, TIMEOUT = 15000 };

enum step { CHECK, CHECK_STUCK, HEARD, WROTE };

struct event {
	unsigned at_ms; /* from the start */
	enum step step;
	enum pulse_verdict verdict; /* of a check */
	unsigned next_ms;
};

static void play(const struct event *events, size_t n)
{
	struct pulse p;

	pulse_start(&p, IDLE, TIMEOUT, START);
	for (size_t i = 0; i < n; i++) {
		const struct event *e = &events[i];
		uint64_t now = START + e->at_ms, next = 0;

		if (e->step == HEARD) {
			pulse_heard(&p, now);
			continue;
		}
		if (e->step == WROTE) {
			pulse_wrote(&p, now);
			continue;
		}
		assert_int_equal(
			pulse_check(&p, e->step == CHECK_STUCK, now, &next),
			e->verdict);
		assert_int_equal(next, e->next_ms);
	}
}

#define PLAY(events) play((events), sizeof(events) / sizeof((events)[0]))

static void test_silence(void **state)
{
	static const struct event events[] = {
		{ 14999, CHECK, PULSE_GOOD, 1 },
		{ 15000, CHECK, PULSE_PING, 15000 },
		{ 20000, CHECK, PULSE_GOOD, 10000 },
		{ 30000, CHECK, PULSE_SILENT, 0 },
	};

	(void)state;
	PLAY(events);
}

static void test_any_byte_is_life(void **state)
{
	static const struct event events[] = {
		{ 10000, HEARD, 0, 0 },
		{ 15000, CHECK, PULSE_GOOD, 10000 },
		{ 25000, CHECK, PULSE_PING, 15000 },
		{ 39999, HEARD, 0, 0 },
		{ 40000, CHECK, PULSE_GOOD, 14999 },
		{ 54999, CHECK, PULSE_PING, 15000 },
	};

	(void)state;
	PLAY(events);
}

/* It speaks, but takes nothing: within 30 s of the last byte taken. */
static void test_standing(void **state)
{
	static const struct event events[] = {
		{ 1000, WROTE, 0, 0 },
		{ 29000, HEARD, 0, 0 },
		{ 30000, CHECK, PULSE_GOOD, 14000 },
		{ 30000, CHECK_STUCK, PULSE_GOOD, 1000 },
		{ 31000, CHECK, PULSE_GOOD, 13000 },
		{ 31000, CHECK_STUCK, PULSE_STANDING, 0 },
	};

	(void)state;
	PLAY(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_any_byte_is_life),
		cmocka_unit_test(test_standing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
