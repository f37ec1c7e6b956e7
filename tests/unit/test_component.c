#include "tests/unit/uplink_fixture.h"

static void test_digest(void **state)
{
	/* By sha1sum. */
	static const struct {
		struct str id, secret;
		const char *digest;
	} cases[] = {
		{ STR("3BF96D32"), STR("secret"),
		  "b09ea9b3b7f586be8a08d0a3dd7466f110aeb136" },
		{ STR("1234&5"), STR("geheim"),
		  "d13d3fbedcb8c851f8c2f4f0c0c8cc02d400c98e" },
		{ STR(""), STR("s3cr3t"),
		  "25ab86bed149ca6ca9c1c0d5db7c9a91388ddeab" },
	};
	char out[41];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		component_digest(cases[i].id, cases[i].secret, out);
		assert_string_equal(out, cases[i].digest);
	}
}

static void test_writing(void **state)
{
	struct fixture *f = fixture_create();
	struct strbuf *b;

	(void)state;
	f->options.stanza_max_bytes = 300;
	fixture_start(f);
	fixture_up(f);
	assert_true(fixture_write(f, "<message id='1'/>"));
	b = component_begin(f->link);
	strbuf_addz(b, "<message id='gone'/>");
	component_abort(f->link);
	b = component_begin(f->link);
	for (int i = 0; i < 301; i++)
		strbuf_addc(b, 'x');
	assert_false(component_end(f->link));
	assert_true(fixture_write(f, "<message id='2'/>"));
	assert_int_equal(component_queued_bytes(f->link), 34);
	fixture_turn(f);
	assert_int_equal(component_queued_bytes(f->link), 0);
	server_expect(f->server, "'2'");
	assert_string_equal(f->server->got,
			    "<message id='1'/><message id='2'/>");
	assert_int_equal(component_counters(f->link)->stanzas_out, 2);
	fixture_destroy(f);
}

/* Who has corrected the secret does not wait for the back-off. */
static void test_new_secret(void **state)
{
	struct fixture *f = fixture_create();
	char digest[41];

	(void)state;
	f->options.backoff_min_ms = f->options.backoff_max_ms = 60000;
	fixture_start(f);
	server_accept(f->server);
	server_expect(f->server, "to='sip.example.com'>");
	server_send(f->server, SERVER_HEADER);
	server_expect(f->server, "</handshake>");
	server_send(f->server, STREAM_ERROR("not-authorized"));
	server_expect_end(f->server);
	server_forget(f->server);
	server_idle(f->server, 100); /* it waits */
	component_set_secret(f->link, STR_LIT("secret"));
	server_idle(f->server, 200);
	assert_false(server_poll(f->server));
	component_set_secret(f->link, STR_LIT("sesame"));
	server_accept(f->server);
	server_expect(f->server, "to='sip.example.com'>");
	server_send(f->server, SERVER_HEADER);
	component_digest(STR_LIT(SERVER_ID), STR_LIT("sesame"), digest);
	server_expect(f->server, digest);
	server_send(f->server, "<handshake/>");
	fixture_wait(f, &f->ups, 1);
	/* A link that is up stays so. */
	component_set_secret(f->link, STR_LIT("another"));
	server_idle(f->server, 100);
	assert_true(component_is_up(f->link));
	fixture_destroy(f);
}

/* The server reads nothing: the queue fills to its limit and not further,
 * then everything leaves in order when it reads again. */
static void test_stalled_server(void **state)
{
	enum { BODY = 900 };
	struct fixture *f = fixture_create();
	char stanza[BODY + 100], body[BODY + 1];
	unsigned written = 0;

	(void)state;
	f->options.queue_max_bytes = 100000;
	f->options.queue_max_stanzas = 1000;
	fixture_start(f);
	fixture_up(f);
	memset(body, 'x', BODY);
	body[BODY] = '\0';
	for (;;) {
		snprintf(stanza, sizeof(stanza),
			 "<message id='%u'>%s</message>", written, body);
		if (!fixture_write(f, stanza))
			break;
		written++;
		fixture_turn(f);
	}
	assert_false(component_has_room(f->link));
	assert_in_range(component_queued_bytes(f->link), 90000, 101000);
	assert_true(component_is_up(f->link));
	for (unsigned i = 0; i < written; i++) {
		snprintf(stanza, sizeof(stanza),
			 "<message id='%u'>%s</message>", i, body);
		server_expect_exactly(f->server, stanza);
	}
	assert_int_equal(component_queued_bytes(f->link), 0);
	assert_true(component_has_room(f->link));
	assert_int_equal(f->downs, 0);
	fixture_destroy(f);
}

static void test_pause(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	f->options.ping_idle_ms = 50;
	f->options.ping_timeout_ms = 50;
	fixture_start(f);
	fixture_up(f);
	component_pause(f->link, true);
	server_send(f->server, "<message id='m1' from='a@b' to='c@d'/>");
	server_idle(f->server, 300);
	assert_int_equal(f->stanzas, 0);
	assert_int_equal(f->downs, 0);
	component_pause(f->link, false);
	fixture_wait(f, &f->stanzas, 1);
	assert_string_equal(f->last, "m1");
	/* and now it counts again */
	fixture_wait(f, &f->downs, 1);
	/* A paused link still notices that it was cut, and still connects. */
	component_pause(f->link, true);
	fixture_up(f);
	fixture_destroy(f);
}

static void test_close(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	fixture_start(f);
	fixture_up(f);
	assert_true(fixture_write(f, "<message id='1'/>"));
	component_close(f->link);
	assert_int_equal(f->downs, 0); /* never inside the call */
	assert_false(component_is_up(f->link));
	fixture_turn(f);
	server_expect(f->server, "<message id='1'/></stream:stream>");
	/* What it sends before its own end still counts. */
	server_send(f->server, "<message id='late' from='a@b' to='c@d'/>"
			       "</stream:stream>");
	fixture_wait(f, &f->downs, 1);
	assert_string_equal(f->last, "late");
	assert_string_equal(f->why, "closed");
	server_expect_end(f->server);
	server_idle(f->server, 300);
	assert_false(server_poll(f->server));
	fixture_destroy(f);
}

static void test_close_unanswered(void **state)
{
	struct fixture *f = fixture_create();
	uint64_t begin;

	(void)state;
	fixture_start(f);
	fixture_up(f);
	begin = server_clock_ms();
	component_close(f->link);
	fixture_wait(f, &f->downs, 1);
	assert_in_range(server_clock_ms() - begin, 900, 1500);
	fixture_destroy(f);
}

/* At every stage before it is up: no callback, no further connection. */
static void test_close_early(void **state)
{
	(void)state;
	for (int stage = 0; stage < 4; stage++) {
		struct fixture *f = fixture_create();
		unsigned accepted;

		fixture_start(f);
		if (stage == 1)
			loop_turn(f->loop, 0);
		if (stage >= 2)
			server_accept(f->server);
		if (stage == 3)
			server_send(f->server, SERVER_HEADER);
		component_close(f->link);
		accepted = f->server->accepted;
		server_idle(f->server, 150);
		(void)server_poll(f->server);
		assert_true(f->server->accepted <= accepted + 1);
		assert_int_equal(f->ups + f->downs, 0);
		fixture_destroy(f);
	}
}

static void close_on_stanza(struct fixture *f, const struct xml *el)
{
	(void)el;
	component_close(f->link);
	assert_null(component_begin(f->link));
}

static void close_on_down(struct fixture *f)
{
	component_close(f->link);
}

static void test_close_from_callbacks(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	f->on_stanza = close_on_stanza;
	fixture_start(f);
	fixture_up(f);
	server_send(f->server, "<message id='1' from='a@b' to='c@d'/>"
			       "<message id='2' from='a@b' to='c@d'/>");
	server_expect(f->server, "</stream:stream>");
	assert_string_equal(f->last, "2");
	server_cut(f->server);
	fixture_wait(f, &f->downs, 1);
	fixture_destroy(f);

	f = fixture_create();
	f->on_down = close_on_down;
	fixture_start(f);
	fixture_up(f);
	server_cut(f->server);
	fixture_wait(f, &f->downs, 1);
	server_idle(f->server, 200);
	assert_false(server_poll(f->server));
	fixture_destroy(f);
}

/* What was passed over is cut short: never given on as a stanza, not even while
 * the stream closes. */
static void test_excess_while_closing(void **state)
{
	struct fixture *f = fixture_create();
	char text[4000];
	size_t n = 0;

	(void)state;
	f->on_stanza = close_on_stanza;
	fixture_start(f);
	fixture_up(f);
	n += (size_t)snprintf(text, sizeof(text),
			      "<message id='1' from='a@b' to='c@d'/>"
			      "<message id='2' from='a@b' to='c@d'");
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " a%u='x'",
				      i);
	(void)snprintf(text + n, sizeof(text) - n,
		       "/><message id='3' from='a@b' to='c@d'/>");
	server_send(f->server, text);
	server_expect(f->server, "</stream:stream>");
	assert_string_equal(f->last, "3");
	assert_int_equal(f->stanzas, 2);
	server_cut(f->server);
	fixture_wait(f, &f->downs, 1);
	fixture_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_new_secret),
		cmocka_unit_test(test_stalled_server),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_close_unanswered),
		cmocka_unit_test(test_excess_while_closing),
		cmocka_unit_test(test_close_early),
		cmocka_unit_test(test_close_from_callbacks),
	};

	log_setup(stderr, LOG_LEVEL_ERROR, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
