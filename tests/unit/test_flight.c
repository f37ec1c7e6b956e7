#include "presence_bench.h"
#include "sip/flight.h"
#include "gateway/base/arena.h"
#include "sip/outgoing.h"

static void on_request(struct bench *b, const struct request *r,
		       struct answer *a)
{
	struct reply reply = { .status = 405 };

	(void)b;
	(void)r;
	agent_reply(a, &reply);
}

static void on_outcome(void *arg, const struct outcome *o)
{
	told(arg, "outcome %d", o->status);
}

static int setup(void **state)
{
	struct bench *b = bench_open(2);

	b->on_request = on_request;
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	bench_close(*state);
	return 0;
}

static struct draft draft_to(const char *target)
{
	struct draft d = { .method = METHOD_NOTIFY,
			   .target = uri_of(target),
			   .call_id = STR("c"),
			   .cseq = 1,
			   .max_forwards = 70 };

	d.from = (struct party){ .uri = d.target, .tag = STR("f") };
	d.to.uri = d.target;
	return d;
}

static struct draft draft_here(struct bench *b)
{
	static char target[64];

	(void)snprintf(target, sizeof(target), "sip:x@127.0.0.1:%u",
		       b->peer_port);
	return draft_to(target);
}

static void test_start(void **state)
{
	struct bench *b = *state;
	struct uac *u = agent_uac(b->agent);
	struct draft d = draft_here(b);
	struct outgoing *o[3] = { NULL };
	static char large[70000];

	assert_int_equal(flight_start(u, &d, on_outcome, b, &o[0]),
			 FLIGHT_STARTED);
	assert_non_null(o[0]);
	assert_int_equal(flight_start(u, &d, on_outcome, b, &o[1]),
			 FLIGHT_STARTED);
	assert_int_equal(flight_start(u, &d, on_outcome, b, &o[2]),
			 FLIGHT_FULL);
	assert_null(o[2]);
	d.body = (struct str){ large, sizeof(large) };
	assert_int_equal(flight_start(u, &d, on_outcome, b, &o[2]),
			 FLIGHT_TOO_LARGE);
	assert_null(o[2]);
	flight_forget(&o[1]);
	assert_null(o[1]);
	flight_forget(&o[1]);
	expect(b, "NOTIFY ");
	respond(b, 200, "t", NULL);
	expect(b, "NOTIFY "); /* goes its way, and nobody asks */
	respond(b, 404, "t", NULL);
	expect_told(b, "outcome 200");
	expect_told_nothing(b);
	assert_int_equal(uac_running(u), 0);
}

/* Those that are under way when the uac goes leave nothing behind. */
static void test_forgotten(void **state)
{
	struct bench *b = *state;
	struct draft d = draft_here(b);
	struct outgoing *o = NULL;

	assert_int_equal(
		flight_start(agent_uac(b->agent), &d, on_outcome, b, &o),
		FLIGHT_STARTED);
	flight_forget(&o);
}

static void test_next_hop(void **state)
{
	static const struct {
		const char *route, *next_hop, *host;
	} cases[] = {
		{ NULL, NULL, "target.example.net" },
		{ NULL, "sip:hop.example.net", "hop.example.net" },
		{ "<sip:r1.example.net;lr>, <sip:r2.example.net;lr>",
		  "sip:hop.example.net", "r1.example.net" },
	};
	struct bench *b = *state;
	struct draft d = draft_to("sip:x@target.example.net");
	struct arena a;

	arena_init(&a, 1024);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct uri u;

		d.route = str_z(cases[i].route);
		d.next_hop = str_z(cases[i].next_hop);
		u = flight_next_hop(agent_uac(b->agent), &a, &d);
		assert_true(str_eqz(u.host, cases[i].host));
	}
	arena_fini(&a);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_start),
		T(test_forgotten),
		T(test_next_hop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
