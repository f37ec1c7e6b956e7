#include "agent_bench.h"

static const struct header second = { .name = STR("WWW-Authenticate"),
				      .value = STR("Digest realm=\"a\"") };
static const struct header both = { .next = &second,
				    .name = STR("WWW-Authenticate"),
				    .value = STR("Digest realm=\"b\"") };

static const struct header *on_challenge(void *arg, const struct request *r)
{
	(void)arg;
	(void)r;
	return &both;
}

/* The bench's agent, with challenges. */
static int challenging(void **state)
{
	struct listen_point point = { .transport = TRANSPORT_UDP,
				      .host = STR("127.0.0.1") };
	struct agent_options o = { .listen = &point,
				   .listen_count = 1,
				   .resolve = { .timeout_ms = 1000 },
				   .uac = { .max_running = 1 },
				   .methods = methods,
				   .method_count = 3,
				   .replay_max = 1000,
				   .answers_max = 10 };
	const struct agent_events e = { .on_request = on_request,
					.on_trust = on_trust,
					.on_challenge = on_challenge };
	struct bench *b;
	const char *why = "";

	assert_int_equal(setup(state), 0);
	b = *state;
	node_close(&b->a);
	b->a.agent = agent_create(b->loop, &o, &e, &b->a, &why);
	assert_non_null(b->a.agent);
	b->a.port = transport_port(agent_transports(b->a.agent), 0);
	b->a.trust = TRUST_CHALLENGE;
	return 0;
}

static size_t form_bytes(struct bench *b, const struct form *f)
{
	return strlen(write_form(b, f));
}

/* Never more in all than has come, however often it comes. */
static void test_balance(void **state)
{
	static const struct {
		int trust;
		const char *more;
	} cases[] = {
		{ TRUST_REFUSE, "Max-Forwards: 70\r\n" },
		{ TRUST_REFUSE, "" },
		{ TRUST_CHALLENGE, "Max-Forwards: 70\r\n" },
		{ TRUST_CHALLENGE, "" },
		{ TRUST_REFUSE, "Max-Forwards: x\r\n" }, /* a bad request */
		{ TRUST_CHALLENGE, "Max-Forwards: x\r\n" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct form f = { .method = "MESSAGE",
					.more = cases[i].more };
		size_t in = 0, out = 0;

		b->a.trust = cases[i].trust;
		close(b->udp);
		b->udp = raw_udp(&b->udp_port);
		for (int n = 0; n < 6; n++) {
			send_form(b, &f);
			in += form_bytes(b, &f);
			out += strlen(receive(b, b->udp, QUIET_TURNS));
			assert_true(out <= in);
		}
		assert_true(out > 0);
	}
	assert_int_equal(b->a.requests, 0);
}

/* Too short a question is answered when it comes again. */
static void test_patience(void **state)
{
	struct bench *b = *state;
	const struct form f = { .method = "MESSAGE" };
	int got = 0;

	for (int n = 0; n < 2 && got == 0; n++) {
		send_form(b, &f);
		receive(b, b->udp, QUIET_TURNS);
		got += str_starts(str_z(b->text), "SIP/2.0 401 ");
	}
	assert_int_equal(got, 1);
	assert_true(has(b, "realm=\"b\""));
	assert_true(has(b, "realm=\"a\""));
	assert_true(has(b, "\r\nTo: <sip:juliet@example.com>;tag="));
	assert_true(has(b, "\r\n\r\n"));
}

static void test_room_for_all(void **state)
{
	struct bench *b = *state;
	const struct form f = {
		.method = "MESSAGE",
		.more = "User-Agent: 12345678901234567890123456789012345678"
			"90123456789012345678901234567890123456789012345678"
			"90123456789012345678901234567890123456789012345678"
			"90123456789012345678901234567890123456789012345\r\n"
	};

	send_form(b, &f);
	expect(b, "SIP/2.0 401 Unauthorized\r\n");
	assert_true(has(b, "realm=\"b\""));
	assert_true(has(b, "realm=\"a\""));
	assert_true(has(b, "\r\nContent-Length: 0\r\n\r\n"));
}

/* One address's bytes are not spent on another. */
static void test_apart(void **state)
{
	struct bench *b = *state;
	const struct form f = { .method = "MESSAGE",
				.more = "",
				.branch = "z9hG4bK",
				.call_id = "c" };
	uint16_t port;
	int other = raw_udp(&port);
	size_t got = 0;

	for (int n = 0; n < 5; n++)
		send_udp(b, other, "\r\n\r\n", 4);
	send_form(b, &f);
	got = strlen(receive(b, b->udp, QUIET_TURNS));
	assert_true(got <= form_bytes(b, &f));
	assert_string_equal(receive(b, other, 1), "");
	close(other);
}

/* Nor is what came from another address with the same port. */
static void test_apart_by_address(void **state)
{
	static const char padding[] =
		"User-Agent: 12345678901234567890123456789012345678"
		"90123456789012345678901234567890123456789012345678"
		"90123456789012345678901234567890123456789012345678"
		"90123456789012345678901234567890123456789012345678\r\n";
	struct bench *b = *state;
	const struct form big = { .method = "MESSAGE", .more = padding };
	const struct form small = { .method = "MESSAGE", .more = "" };
	union endpoint at;
	int mine = b->udp, other = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(endpoint_read(STR_LIT("127.0.0.2"), b->udp_port, &at));
	assert_int_equal(bind(other, &at.sa, endpoint_bytes(&at)), 0);
	b->udp = other;
	for (int n = 0; n < 5; n++) {
		send_form(b, &big);
		assert_true(strlen(receive(b, other, QUIET_TURNS)) <
			    form_bytes(b, &big));
	}
	b->udp = mine;
	send_form(b, &small);
	assert_true(strlen(receive(b, mine, QUIET_TURNS)) <=
		    form_bytes(b, &small));
	close(other);
}

static void test_stream(void **state)
{
	struct bench *b = *state;
	const char text[] = "MESSAGE sip:a@b SIP/2.0\r\n"
			    "Via: SIP/2.0/TCP h;branch=z9hG4bK1\r\n"
			    "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\n"
			    "Call-ID: 1\r\nCSeq: 1 MESSAGE\r\n"
			    "Content-Length: 0\r\n\r\n";

	b->a.trust = TRUST_REFUSE;
	b->tcp = raw_tcp(b->a.port);
	assert_int_equal(send(b->tcp, text, strlen(text), 0), strlen(text));
	receive(b, b->tcp, TURNS_MAX);
	assert_true(str_starts(str_z(b->text), "SIP/2.0 403 Forbidden\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_balance, challenging,
						teardown),
		cmocka_unit_test_setup_teardown(test_patience, challenging,
						teardown),
		cmocka_unit_test_setup_teardown(test_room_for_all, challenging,
						teardown),
		cmocka_unit_test_setup_teardown(test_apart, challenging,
						teardown),
		cmocka_unit_test_setup_teardown(test_apart_by_address,
						challenging, teardown),
		cmocka_unit_test_setup_teardown(test_stream, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
