#include "uac_bench.h"

static void test_next_hop(void **state)
{
	static const struct {
		const char *proxy, *route;
		const char *line, *expected_route; /* NULL: none */
		unsigned port;
	} cases[] = {
		{ NULL, "", "MESSAGE sip:romeo@p1.test SIP/2.0", NULL, 1 },
		{ "sip:p2.test", "", "MESSAGE sip:romeo@p1.test SIP/2.0", NULL,
		  2 },
		{ "sip:p2.test;lr", "", "MESSAGE sip:romeo@p1.test SIP/2.0",
		  "Route: <sip:p2.test;lr>", 2 },
		{ NULL, "<sip:p3.test;lr>, <sip:p4.test;lr>",
		  "MESSAGE sip:romeo@p1.test SIP/2.0",
		  "Route: <sip:p3.test;lr>, <sip:p4.test;lr>", 3 },
		{ "sip:p2.test;lr", "<sip:p3.test;lr>",
		  "MESSAGE sip:romeo@p1.test SIP/2.0",
		  "Route: <sip:p3.test;lr>", 3 },
		/* strict routers, RFC 3261 §12.2.1.1 */
		{ NULL, "<sip:p3.test>, <sip:p4.test;lr>",
		  "MESSAGE sip:p3.test SIP/2.0",
		  "Route: <sip:p4.test;lr>, <sip:romeo@p1.test>", 3 },
		{ NULL, "<sip:p3.test> , ", "MESSAGE sip:p3.test SIP/2.0",
		  "Route: <sip:romeo@p1.test>", 3 },
		{ NULL, "<sip:x@p3.test?a=b>", "MESSAGE sip:x@p3.test SIP/2.0",
		  "Route: <sip:romeo@p1.test>", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct uac_options o = plain;
		struct draft d = draft_to("sip:romeo@p1.test");
		struct bench b;

		if (cases[i].proxy != NULL)
			o.outbound_proxy = uri(cases[i].proxy);
		bench_open(&b, &o);
		d.route = str_z(cases[i].route);
		send_draft(&b, &d);
		run_until_sent(&b, 1);
		assert_int_equal(last_port(), cases[i].port);
		assert_true(str_starts(last_bytes(), cases[i].line));
		if (cases[i].expected_route == NULL)
			assert_false(has(last_bytes(), "Route:"));
		else if (!has(last_bytes(), cases[i].expected_route))
			fail_msg("%.*s", STR_ARG(last_bytes()));
		bench_close(&b); /* one that runs is dropped silently */
		assert_int_equal(b.seen.calls, 0);
	}
}

/* --- redirections */

static void redirect(struct bench *b, int status, const char *contacts)
{
	respond(b, (struct response){ .status = status,
				      .contacts = str_z(contacts) });
}

static void test_redirect(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 302,
		 "<sip:r2@p2.test>;q=0.5, <sip:r3@p3.test?Subject=x>;q=0.9");
	assert_int_equal(last_port(), 3);
	assert_true(
		str_starts(last_bytes(), "MESSAGE sip:r3@p3.test SIP/2.0\r\n"));
	assert_true(has(last_bytes(), "\r\nCSeq: 2 MESSAGE\r\n"));
	assert_true(has(last_bytes(), "\r\nTo: <sip:romeo@p1.test>\r\n"));
	respond_status(&b, 486); /* the other one may still take it */
	assert_int_equal(last_port(), 2);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* a name that nobody knows, and a hop that is dead, are passed over */
	net.is_dead[4] = true;
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 301,
		 "<sip:a@none.test>, <sip:b@p4.test>, <sip:c@p5.test>");
	run_until_sent(&b, 5);
	assert_int_equal(last_port(), 5);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static bool leads_to_p2(void *arg, const struct uri *target)
{
	(void)arg;
	return str_eqz(target->host, "p2.test");
}

static void test_redirect_back(void **state)
{
	struct uac_options o = plain;
	struct bench b;

	(void)state;
	o.leads_back = leads_to_p2;
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 302, "<sip:juliet@p2.test>;q=0.9, <sip:r3@p3.test>");
	assert_int_equal(last_port(), 3);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 302, "<sip:juliet@p2.test>");
	check_end(&b, OUTCOME_ANSWERED, 302);
	assert_int_equal(net.count, 3);
	bench_close(&b);
}

static void test_redirect_end(void **state)
{
	static const struct {
		int status;
		const char *contacts, *expected;
	} cases[] = {
		{ 302, "<sips:x@p2.test>", "sips:x@p2.test" },
		{ 301, "<xmpp:r@example.net>", "xmpp:r@example.net" },
		{ 302, "", "" },
		{ 380, "<sip:x@p2.test>", "sip:x@p2.test" },
		{ 302, "<sip:romeo@p1.test>", "sip:romeo@p1.test" }, /* loop */
	};
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send_to(&b, "sip:romeo@p1.test");
		redirect(&b, cases[i].status, cases[i].contacts);
		check_end(&b, OUTCOME_ANSWERED, cases[i].status);
		assert_string_equal(b.seen.redirect, cases[i].expected);
	}
	bench_close(&b);
}

static void test_redirect_chain(void **state)
{
	struct bench b;
	char contact[64];
	size_t hops;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	for (hops = 0; hops < 20 && b.seen.calls == 0; hops++) {
		(void)snprintf(contact, sizeof(contact), "<sip:r%zu@p2.test>",
			       hops);
		redirect(&b, 302, contact);
	}
	check_end(&b, OUTCOME_ANSWERED, 302);
	assert_int_equal(net.count, 6); /* itself and five more */
	bench_close(&b);
	/* 6xx ends it, whoever else is on the list (RFC 3261 §8.1.3.4) */
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 302, "<sip:a@p2.test>, <sip:b@p3.test>");
	respond_status(&b, 603);
	check_end(&b, OUTCOME_ANSWERED, 603);
	bench_close(&b);
}

/* --- size */

static void send_sized(struct bench *b, char *body, size_t n)
{
	struct draft d = draft_to("sip:romeo@p1.test");

	memset(body, 'x', n);
	d.call_id = STR_LIT("so-long-that-the-body-keeps-a-length-of-three-"
			    "digits-at-the-limit-of-thirteen-hundred-bytes");
	d.body = (struct str){ body, n };
	send_draft(b, &d);
}

static void test_size(void **state)
{
	char body[2000];
	size_t fits = 900;
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.has_stream = true;
	send_sized(&b, body, fits);
	assert_int_equal(net.sent[0].hop.transport, TRANSPORT_UDP);
	fits += MTU_BYTES - last_bytes().n;
	assert_in_range(fits, 900, 998);
	respond_status(&b, 200);
	send_sized(&b, body, fits);
	assert_int_equal(last_bytes().n, MTU_BYTES);
	assert_int_equal(net.sent[1].hop.transport, TRANSPORT_UDP);
	respond_status(&b, 200);
	send_sized(&b, body, fits + 1);
	assert_int_equal(net.sent[2].hop.transport, TRANSPORT_TCP);
	assert_true(has(last_bytes(), "Via: SIP/2.0/TCP"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* credentials can take it over the limit as well */
	send_sized(&b, body, fits);
	challenge(&b, 407, proxy_md5, NULL);
	assert_int_equal(net.sent[4].hop.transport, TRANSPORT_TCP);
	assert_true(has(last_bytes(), "Proxy-Authorization:"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static void test_too_large(void **state)
{
	char body[2000];
	struct bench b;

	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		bench_open(&b, &plain);
		net.is_slow = slow;
		send_sized(&b, body, sizeof(body));
		run_to_end(&b);
		check_end(&b, OUTCOME_TOO_LARGE, 513);
		assert_int_equal(net.count, 0);
		bench_close(&b);
	}
	/* TCP is known, but nobody listens there: a few tries, never UDP */
	bench_open(&b, &plain);
	net.has_stream = true;
	send_sized(&b, body, sizeof(body) - 1);
	run_until_sent(&b, 1);
	net.is_dead[1] = true;
	client_lost(b.client, &net.sent[0].hop, "test: refused");
	net.is_slow = true;
	run_to_end(&b);
	assert_int_equal(net.count, 1);
	check_end(&b, OUTCOME_TOO_LARGE, 513);
	bench_close(&b);
}

/* Who takes a long one and cuts the connection has TCP: it is not too long. */
static void test_long_is_cut(void **state)
{
	char body[2000];
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.has_stream = true;
	send_sized(&b, body, sizeof(body) - 1);
	for (size_t i = 0; i < 3; i++) {
		run_until_sent(&b, i + 1);
		client_lost(b.client, &net.sent[i].hop, transport_cut);
	}
	run_to_end(&b);
	check_end(&b, OUTCOME_UNREACHABLE, 503);
	assert_int_equal(net.count, 3);
	bench_close(&b);
}

static void test_prepare(void **state)
{
	static char huge[70000];
	struct draft d = draft_to("sip:romeo@p1.test");
	struct bench b;
	struct outgoing *o;
	size_t estimate;

	(void)state;
	bench_open(&b, &plain);
	o = uac_prepare(b.uac, &d);
	estimate = outgoing_bytes(o);
	outgoing_destroy(&o);
	send_draft(&b, &d);
	assert_in_range(last_bytes().n, estimate - 30, estimate + 30);
	memset(huge, 'x', sizeof(huge));
	d.body = (struct str){ huge, sizeof(huge) };
	assert_null(uac_prepare(b.uac, &d));
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next_hop),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_redirect_back),
		cmocka_unit_test(test_redirect_end),
		cmocka_unit_test(test_redirect_chain),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_long_is_cut),
		cmocka_unit_test(test_prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
