#include "uac_bench.h"

/* --- where it goes */

static void test_answered(void **state)
{
	struct bench b;
	struct str s;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	run_until_sent(&b, 1);
	s = last_bytes();
	assert_true(str_starts(s, "MESSAGE sip:romeo@p1.test SIP/2.0\r\n"
				  "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;"
				  "branch=z9hG4bK"));
	assert_true(has(s, "\r\nCSeq: 1 MESSAGE\r\n"));
	assert_true(has(s, "\r\nUser-Agent: test\r\n"));
	assert_true(has(s, "\r\n\r\nhi"));
	assert_false(has(s, "Route:"));
	assert_false(has(s, "uthorization:"));
	respond_status(&b, 100);
	assert_int_equal(b.seen.calls, 0);
	respond_status(&b, 202);
	check_end(&b, OUTCOME_ANSWERED, 202);
	assert_string_equal(b.seen.reason, "Said So");
	assert_int_equal(b.seen.cseq, 1);
	bench_close(&b);
}

static void test_no_route(void **state)
{
	struct bench b;

	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		bench_open(&b, &plain);
		net.is_slow = slow;
		send_to(&b, "sip:romeo@none.test");
		run_to_end(&b);
		check_end(&b, OUTCOME_NO_ROUTE, 404);
		assert_string_equal(b.seen.reason, "test: no such name");
		assert_int_equal(net.count, 0);
		bench_close(&b);
	}
}

/* Not the same as a name that is not there: it may be back soon. */
static void test_no_dns(void **state)
{
	static const size_t bodies[] = { 2, MTU_BYTES };
	struct bench b;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct draft d = draft_to("sip:romeo@mute.test");
		char body[MTU_BYTES];

		memset(body, 'x', sizeof(body));
		d.body = (struct str){ body, bodies[i] };
		bench_open(&b, &plain);
		send_draft(&b, &d);
		run_to_end(&b);
		check_end(&b, OUTCOME_NO_DNS, 503);
		assert_int_equal(net.count, 0);
		bench_close(&b);
	}
}

static void test_slow_resolver(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.is_slow = true;
	send_to(&b, "sip:romeo@p1.test");
	run_until_sent(&b, 1);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	send_to(&b, "sip:romeo@p1.test");
	bench_close(&b); /* with a lookup under way */
	assert_int_equal(b.seen.calls, 0);
}

static void test_max_running(void **state)
{
	struct bench b;
	struct draft d = draft_to("sip:romeo@p1.test");
	struct outgoing *o;

	(void)state;
	bench_open(&b, &plain);
	for (int i = 0; i < 4; i++)
		send_draft(&b, &d);
	assert_int_equal(uac_running(b.uac), 4);
	o = uac_prepare(b.uac, &d);
	assert_false(uac_start(b.uac, o, on_outcome, &b.seen));
	outgoing_destroy(&o);
	assert_null(o);
	bench_close(&b);
}

/* Of four one is for messages only. */
static void test_room_for_messages(void **state)
{
	struct bench b;
	struct draft d = draft_to("sip:romeo@p1.test");
	struct outgoing *o;

	(void)state;
	bench_open(&b, &plain);
	d.method = METHOD_NOTIFY;
	for (int i = 0; i < 3; i++)
		send_draft(&b, &d);
	o = uac_prepare(b.uac, &d);
	assert_false(uac_start(b.uac, o, on_outcome, &b.seen));
	outgoing_destroy(&o);
	d.method = METHOD_MESSAGE;
	send_draft(&b, &d);
	assert_int_equal(uac_running(b.uac), 4);
	bench_close(&b);
}

/* --- failing over */

static void test_dead_hop(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.is_dead[1] = true;
	send_to(&b, "sip:romeo@p1-2.test");
	run_until_sent(&b, 1);
	assert_int_equal(last_port(), 2);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

/* The first is silent: the second is asked when its share is over, and first
 * the next time. */
static void test_silent_hop(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1-2.test");
	for (int i = 0; i < 100 && last_port() != 2; i++)
		loop_turn(b.loop, 10);
	assert_int_equal(last_port(), 2);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	send_to(&b, "sip:romeo@p1-2.test");
	assert_int_equal(last_port(), 2);
	respond_status(&b, 503); /* now the other has its chance */
	assert_int_equal(last_port(), 1);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static void test_timeout(void **state)
{
	struct bench b;
	uint64_t began;

	(void)state;
	bench_open(&b, &plain);
	loop_turn(b.loop, 0);
	began = loop_now_ms(b.loop);
	send_to(&b, "sip:romeo@p1-2.test");
	run_to_end(&b);
	check_end(&b, OUTCOME_TIMEOUT, 408);
	assert_true(loop_now_ms(b.loop) - began >= TIMEOUT_MS);
	bench_close(&b);
}

/* Who did not answer lately is not waited for as long. */
static void test_brief(void **state)
{
	struct draft d = draft_to("sip:romeo@p1.test");
	struct bench b;
	uint64_t began;

	(void)state;
	bench_open(&b, &plain);
	loop_turn(b.loop, 0);
	began = loop_now_ms(b.loop);
	d.is_brief = true;
	send_draft(&b, &d);
	run_to_end(&b);
	check_end(&b, OUTCOME_TIMEOUT, 408);
	assert_true(loop_now_ms(b.loop) - began >= TIMEOUT_MS / 8);
	assert_true(loop_now_ms(b.loop) - began < TIMEOUT_MS);
	bench_close(&b);
}

static void lose_by(struct bench *b, unsigned port, const char *why)
{
	struct hop hop = { .transport = TRANSPORT_UDP };

	assert_true(
		endpoint_read(STR_LIT("192.0.2.9"), (uint16_t)port, &hop.peer));
	client_lost(b->client, &hop, why);
}

static void lose(struct bench *b, unsigned port)
{
	lose_by(b, port, "test: refused");
}

/* The server restarts: refused, dead for two rounds, there again. */
static void test_restart(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	run_until_sent(&b, 1);
	net.is_dead[1] = true;
	lose(&b, 1);
	for (int i = 0; i < 100 && net.lookups < 3; i++)
		loop_turn(b.loop, 10);
	assert_int_equal(b.seen.calls, 0);
	net.is_dead[1] = false;
	run_until_sent(&b, 2);
	assert_true(has(last_bytes(), "\r\nCSeq: 1 MESSAGE\r\n"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

/* Who is not there now is not waited for, where the draft says so. */
static void test_once(void **state)
{
	struct draft d = draft_to("sip:romeo@p1.test");
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	d.is_once = true;
	send_draft(&b, &d);
	run_until_sent(&b, 1);
	lose(&b, 1);
	loop_turn(b.loop, 0);
	check_end(&b, OUTCOME_UNREACHABLE, 503);
	assert_false(b.seen.is_cut);
	assert_int_equal(net.count, 1);
	bench_close(&b);
}

/* A peer that cuts the connection each time may have read the request: it is
 * not said to it for all of Timer F. */
static void test_cut(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	for (size_t i = 1; i <= 3; i++) {
		run_until_sent(&b, i);
		assert_int_equal(b.seen.calls, 0);
		lose_by(&b, 1, transport_cut);
	}
	run_to_end(&b);
	check_end(&b, OUTCOME_UNREACHABLE, 503);
	assert_true(b.seen.is_cut);
	assert_int_equal(net.count, 3);
	bench_close(&b);
}

static void test_unreachable(void **state)
{
	struct bench b;
	uint64_t began;

	(void)state;
	bench_open(&b, &plain);
	net.is_dead[1] = net.is_dead[2] = true;
	loop_turn(b.loop, 0);
	began = loop_now_ms(b.loop);
	send_to(&b, "sip:romeo@p1-2.test");
	run_to_end(&b);
	check_end(&b, OUTCOME_UNREACHABLE, 503);
	assert_string_equal(b.seen.reason, "test: dead");
	/* within Timer F, but not before its last part; and not a storm */
	assert_true(loop_now_ms(b.loop) - began >= TIMEOUT_MS * 3 / 4);
	assert_in_range(net.lookups, 4, 12);
	bench_close(&b);
}

static void test_unavailable(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1-2-3.test");
	respond_status(&b, 503);
	assert_int_equal(last_port(), 2);
	respond(&b, (struct response){ .status = 503, .retry_after_s = 20 });
	assert_int_equal(last_port(), 3);
	respond_status(&b, 503);
	check_end(&b, OUTCOME_ANSWERED, 503);
	bench_close(&b);
	/* any other refusal is the answer: no other server is asked */
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1-2-3.test");
	respond_status(&b, 480);
	check_end(&b, OUTCOME_ANSWERED, 480);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_no_dns),
		cmocka_unit_test(test_slow_resolver),
		cmocka_unit_test(test_max_running),
		cmocka_unit_test(test_room_for_messages),
		cmocka_unit_test(test_dead_hop),
		cmocka_unit_test(test_silent_hop),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
