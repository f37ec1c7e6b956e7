#include "gateway/monitor/rates.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "gateway/bridge.h"

/* Counters that stand still are no rate; one sample is none either. */
static void test_still(void **state)
{
	struct bridge *b = calloc(1, sizeof(*b));
	uint64_t history[RATES_SAMPLES];
	const char *why;
	struct rates *r;

	(void)state;
	b->loop = loop_create(&why);
	b->counters.to_sip_accepted = 1000;
	r = rates_create(b);
	b->counters.to_sip_accepted = 2000;
	assert_int_equal(rates_milli(r, RATE_TO_SIP, 10), 0);
	assert_int_equal(rates_milli(r, RATE_TO_SIP, 0), 0);
	assert_int_equal(rates_history(r, RATE_TO_SIP, history), 0);
	rates_destroy(&r);
	loop_destroy(&b->loop);
	free(b);
}

static void test_moving(void **state)
{
	struct bridge *b = calloc(1, sizeof(*b));
	uint64_t history[RATES_SAMPLES], rate;
	const char *why;
	struct rates *r;
	uint64_t end_ms;

	(void)state;
	b->loop = loop_create(&why);
	r = rates_create(b);
	b->counters.to_xmpp_accepted = 100;
	end_ms = loop_now_ms(b->loop) + RATES_EVERY_MS + 200;
	while (loop_now_ms(b->loop) < end_ms)
		loop_turn(b->loop, 50);
	rate = rates_milli(r, RATE_TO_XMPP, 10);
	assert_in_range(rate, 10000, 20500);
	assert_int_equal(rates_milli(r, RATE_TO_SIP, 10), 0);
	assert_int_equal(rates_history(r, RATE_TO_XMPP, history), 1);
	assert_int_equal(history[0], rate);
	rates_destroy(&r);
	loop_destroy(&b->loop);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_still),
		cmocka_unit_test(test_moving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
