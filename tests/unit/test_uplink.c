#include <sys/resource.h>
#include "tests/unit/uplink_fixture.h"
#include "gateway/base/secure.h"
#include "tests/unit/identity.h"

/* The link through TLS, from the first byte on. */
static char dir[] = "/tmp/test_uplink.XXXXXX";
static struct identity ca, host, stranger;

static int group_setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	identity_make(&ca, dir, "ca", NULL, NULL);
	identity_make(&host, dir, "host", "DNS:xmpp.example.com", &ca);
	identity_make(&stranger, dir, "stranger", "DNS:xmpp.example.com", NULL);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	identity_forget(&ca);
	identity_forget(&host);
	identity_forget(&stranger);
	return rmdir(dir);
}

struct bench {
	struct fixture *f;
	struct secure_context *server_context, *client_context;
	struct secure *server;
	char got[8192];
	size_t n;
};

static void bench_open(struct bench *b, const struct identity *id)
{
	struct secure_options server = { .is_server = true,
					 .cert_file = id->cert_file,
					 .key_file = id->key_file };
	struct secure_options client = { .wants_peer = true,
					 .ca_file = ca.cert_file };
	const char *why;

	memset(b, 0, sizeof(*b));
	b->server_context = secure_context_create(&server, &why);
	b->client_context = secure_context_create(&client, &why);
	assert_non_null(b->server_context);
	assert_non_null(b->client_context);
	b->f = fixture_create();
	b->f->options.secure = b->client_context;
	b->f->options.tls_name = STR_LIT("xmpp.example.com");
	fixture_start(b->f);
	server_accept(b->f->server);
	b->server = secure_create(b->server_context, b->f->server->fd, NULL);
}

static void bench_close(struct bench *b)
{
	secure_destroy(&b->server);
	fixture_destroy(b->f);
	secure_context_destroy(&b->server_context);
	secure_context_destroy(&b->client_context);
}

static void bench_expect(struct bench *b, const char *text)
{
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;
	size_t n;

	for (b->n = 0, b->got[0] = '\0'; strstr(b->got, text) == NULL;) {
		assert_true(server_clock_ms() < end);
		loop_turn(b->f->loop, 5);
		if (secure_handshake(b->server) != SECURE_OK)
			continue;
		if (secure_read(b->server, b->got + b->n,
				sizeof(b->got) - 1 - b->n, &n) == SECURE_OK)
			b->n += n;
		b->got[b->n] = '\0';
	}
}

static void bench_send(struct bench *b, struct str text)
{
	size_t n;

	while (text.n > 0) {
		if (secure_write(b->server, text.p, text.n, &n) == SECURE_OK)
			text = str_from(text, n);
		loop_turn(b->f->loop, 0);
	}
}

static void test_secure_link(void **state)
{
	struct bench b;
	char *big = malloc(200001);
	struct strbuf s;

	(void)state;
	memset(big, 'x', 200000);
	big[200000] = '\0';
	bench_open(&b, &host);
	bench_expect(&b, "to='sip.example.com'>");
	bench_send(&b, STR_LIT(SERVER_HEADER));
	bench_expect(&b, "</handshake>");
	bench_send(&b, STR_LIT("<handshake/>"));
	fixture_wait(b.f, &b.f->ups, 1);
	/* a stanza of many records */
	strbuf_init(&s, 300000);
	strbuf_addf(&s,
		    "<message id='big' from='a@b' to='c@d'><body>%s</body>"
		    "</message><message id='end' from='a@b' to='c@d'/>",
		    big);
	bench_send(&b, strbuf_str(&s));
	fixture_wait(b.f, &b.f->stanzas, 2);
	assert_string_equal(b.f->last, "end");
	assert_true(fixture_write(b.f, "<message id='1'/>"));
	fixture_turn(b.f);
	bench_expect(&b, "<message id='1'/>");
	component_close(b.f->link);
	fixture_turn(b.f);
	bench_expect(&b, "</stream:stream>");
	bench_send(&b, STR_LIT("</stream:stream>"));
	fixture_wait(b.f, &b.f->downs, 1);
	assert_string_equal(b.f->why, "closed");
	strbuf_fini(&s);
	free(big);
	bench_close(&b);
}

static void test_stranger(void **state)
{
	struct bench b;
	uint64_t end = server_clock_ms() + SERVER_PATIENCE_MS;

	(void)state;
	bench_open(&b, &stranger);
	while (str_starts(str_z(component_why(b.f->link)), "not started") ||
	       component_why(b.f->link)[0] == '\0') {
		assert_true(server_clock_ms() < end);
		loop_turn(b.f->loop, 5);
		secure_handshake(b.server);
	}
	assert_true(
		str_starts(str_z(component_why(b.f->link)), "TLS failed: "));
	assert_int_equal(b.f->ups, 0);
	/* and again */
	secure_destroy(&b.server);
	server_accept(b.f->server);
	bench_close(&b);
}

/* The port speaks plain XMPP, or nothing. */
static void test_no_tls(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &host);
	secure_destroy(&b.server);
	server_send(b.f->server, SERVER_HEADER);
	server_expect_end(b.f->server);
	assert_true(
		str_starts(str_z(component_why(b.f->link)), "TLS failed: "));
	assert_non_null(strstr(component_why(b.f->link),
			       "the port does not speak TLS"));
	server_accept(b.f->server);
	server_cut(b.f->server);
	server_accept(b.f->server);
	server_expect_end(b.f->server); /* the connect timeout */
	assert_string_equal(component_why(b.f->link),
			    "the server does not finish the handshake");
	bench_close(&b);
}

/* We speak plain XMPP to something else. */
static void test_other_tongues(void **state)
{
	static const struct {
		struct str said;
		const char *why;
	} cases[] = {
		{ STR("\x15\x03\x01\x00\x02\x02\x46"),
		  "the port speaks TLS: set tls: true" },
		{ STR("\x16\x03\x03\x00"),
		  "the port speaks TLS: set tls: true" },
		{ STR("HTTP/1.1 400 Bad Request\r\n\r\n"),
		  "the port speaks HTTP: it is not one for components "
		  "(XEP-0114)" },
		{ STR("\x15\x04\x01"), "the server sent what XMPP forbids: " },
		{ STR("SSH-2.0-x\r\n"), "the server sent what XMPP forbids: " },
	};
	struct fixture *f = fixture_create();

	(void)state;
	fixture_start(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server_accept(f->server);
		server_expect(f->server, ".com'>");
		assert_int_equal(send(f->server->fd, cases[i].said.p,
				      cases[i].said.n, MSG_NOSIGNAL),
				 cases[i].said.n);
		server_expect_end(f->server);
		assert_true(str_starts(str_z(component_why(f->link)),
				       cases[i].why));
	}
	server_accept(f->server);
	server_expect(f->server, ".com'>");
	server_cut(f->server);
	server_accept(f->server);
	assert_non_null(strstr(component_why(f->link), "If it wants TLS"));
	fixture_destroy(f);
}

/* Nothing in a stream's end is left over for the next one. */
static void test_fresh_stream(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	fixture_start(f);
	fixture_up(f);
	assert_true(fixture_write(f, "<message id='unsent'/>"));
	server_send(f->server, "<message id='half' from='a@b' ");
	server_cut(f->server);
	fixture_wait(f, &f->downs, 1);
	server_accept(f->server);
	server_expect(f->server, ".com'>");
	assert_true(str_starts(str_z(f->server->got), "<?xml"));
	assert_null(strstr(f->server->got, "unsent"));
	server_send(f->server, SERVER_HEADER);
	server_expect(f->server, "</handshake>");
	server_send(f->server, "<handshake/>");
	fixture_wait(f, &f->ups, 2);
	server_send(f->server, "<message id='whole' from='a@b' to='c@d'/>");
	fixture_wait(f, &f->stanzas, 1);
	assert_string_equal(f->last, "whole");
	fixture_destroy(f);
}

/* Cut at any point, with and without a reset: it comes back by itself. */
static void test_cuts(void **state)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct fixture *f = fixture_create();

	(void)state;
	fixture_start(f);
	for (unsigned i = 0; i < 3; i++) {
		fixture_up(f);
		if (i == 1)
			setsockopt(f->server->fd, SOL_SOCKET, SO_LINGER, &reset,
				   sizeof(reset));
		server_cut(f->server);
		fixture_wait(f, &f->downs, i + 1);
		assert_string_equal(f->why, "the server cut the connection");
	}
	server_accept(f->server);
	server_cut(f->server);
	server_accept(f->server);
	server_send(f->server, SERVER_HEADER);
	server_cut(f->server);
	fixture_up(f);
	assert_int_equal(component_counters(f->link)->losses, 3);
	fixture_destroy(f);
}

/* P10, with the default back-off. */
static void test_cut_at_once(void **state)
{
	struct fixture *f = fixture_create();
	uint64_t end;

	(void)state;
	f->options.backoff_min_ms = 0;
	f->options.backoff_max_ms = 0;
	fixture_start(f);
	for (end = server_clock_ms() + 3000; server_clock_ms() < end;) {
		if (server_poll(f->server))
			server_cut(f->server);
	}
	assert_in_range(f->server->accepted, 3, 6);
	fixture_destroy(f);
}

/* The server comes back on its port: we are there within 2 s. */
static void test_restart(void **state)
{
	struct fixture *f = fixture_create();
	uint64_t begin;

	(void)state;
	f->options.backoff_min_ms = 500;
	f->options.backoff_max_ms = 60000;
	fixture_start(f);
	fixture_up(f);
	server_deaf(f->server);
	server_cut(f->server);
	server_idle(f->server, 2500);
	assert_string_equal(component_why(f->link), "connection refused");
	server_listen(f->server, f->server->port);
	begin = server_clock_ms();
	fixture_up(f);
	assert_true(server_clock_ms() - begin <= 2000);
	fixture_destroy(f);
}

static void test_silent_server(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	f->options.connect_timeout_ms = 150;
	fixture_start(f);
	server_accept(f->server);
	server_expect_end(f->server);
	assert_string_equal(component_why(f->link),
			    "the server does not finish the handshake");
	server_accept(f->server);
	fixture_destroy(f);
}

static void test_half_open(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	f->options.ping_idle_ms = 100;
	f->options.ping_timeout_ms = 100;
	fixture_start(f);
	fixture_up(f);
	server_expect(f->server, "<ping xmlns='urn:xmpp:ping'/></iq>");
	assert_non_null(strstr(f->server->got,
			       "<iq type='get' from='sip.example.com' "
			       "to='example.com' id='"));
	assert_int_equal(f->downs, 0);
	fixture_wait(f, &f->downs, 1);
	assert_string_equal(f->why, "no answer to ping");
	fixture_up(f);
	fixture_destroy(f);
}

/* Blanks (RFC 6120 §4.6.1) are life enough: no ping goes out. */
static void test_whitespace_is_life(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	f->options.ping_idle_ms = 150;
	f->options.ping_timeout_ms = 50;
	fixture_start(f);
	fixture_up(f);
	for (int i = 0; i < 10; i++) {
		server_idle(f->server, 40);
		server_send(f->server, " ");
	}
	server_take(f->server);
	assert_string_equal(f->server->got, "");
	assert_int_equal(f->downs, 0);
	fixture_destroy(f);
}

/* It goes on talking but reads nothing: found out all the same. */
static void test_deaf_server(void **state)
{
	struct fixture *f = fixture_create();
	char stanza[4096];

	(void)state;
	f->options.queue_max_bytes = 100000;
	f->options.ping_idle_ms = 200;
	f->options.ping_timeout_ms = 200;
	fixture_start(f);
	fixture_up(f);
	memset(stanza, ' ', sizeof(stanza));
	stanza[sizeof(stanza) - 1] = '\0';
	while (fixture_write(f, stanza))
		fixture_turn(f);
	for (int i = 0; i < 100 && f->downs == 0; i++) {
		server_send(f->server, " ");
		server_idle(f->server, 20);
	}
	assert_int_equal(f->downs, 1);
	assert_string_equal(f->why, "the server does not read");
	assert_int_equal(component_queued_bytes(f->link), 0);
	fixture_destroy(f);
}

/* A server that complains and cuts while we write: its complaint counts, not
 * our failed write. */
static void test_complaint_behind_cut(void **state)
{
	struct fixture *f = fixture_create();

	(void)state;
	fixture_start(f);
	fixture_up(f);
	assert_true(fixture_write(f, "<message id='1'/>"));
	fixture_turn(f);
	poll(NULL, 0, 20);
	/* Unread input makes this close a reset. */
	server_send(f->server,
		    "<message id='last' from='a@b' to='c@d'/>" STREAM_ERROR(
			    "conflict"));
	server_cut(f->server);
	assert_true(fixture_write(f, "<message id='2'/>"));
	fixture_wait(f, &f->downs, 1);
	assert_string_equal(f->last, "last");
	assert_non_null(strstr(f->why, "holds the name"));
	fixture_destroy(f);
}

/* One line for a cause until it changes, and never the secret. */
static void test_log_once(void **state)
{
	struct fixture *f = fixture_create();
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	log_setup(out, LOG_LEVEL_INFO, false);
	f->options.secret = STR_LIT("hush-hush");
	server_deaf(f->server);
	fixture_start(f);
	server_idle(f->server, 500);
	server_listen(f->server, f->server->port);
	fixture_up(f);
	server_cut(f->server);
	fixture_wait(f, &f->downs, 1);
	fixture_destroy(f);
	log_setup(stderr, LOG_LEVEL_ERROR, false);
	fclose(out);
	assert_non_null(strstr(text, "component_refused"));
	assert_null(strstr(strstr(text, "component_refused") + 1,
			   "component_refused"));
	assert_non_null(strstr(text, "component_up"));
	assert_non_null(strstr(text, "component_lost"));
	assert_non_null(strstr(text, "domain=sip.example.com"));
	assert_null(strstr(text, "hush"));
	free(text);
}

/* All descriptors are taken: the one in reserve brings the link back. */
static void test_no_descriptors(void **state)
{
	enum { LIMIT = 128 };
	struct fixture *f = fixture_create();
	struct rlimit before, few;
	int hoard[LIMIT], fd;
	size_t n = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = LIMIT;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	fixture_start(f);
	for (int round = 0; round < 3; round++) {
		while (n < LIMIT && (fd = open("/dev/null", O_RDONLY)) >= 0)
			hoard[n++] = fd;
		assert_in_range(n, 1, LIMIT - 1);
		server_idle(f->server, 300); /* our attempt */
		close(hoard[--n]);	     /* for the server's own end */
		fixture_up(f);
		server_cut(f->server);
		fixture_wait(f, &f->downs, (unsigned)round + 1);
	}
	while (n > 0)
		close(hoard[--n]);
	setrlimit(RLIMIT_NOFILE, &before);
	fixture_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secure_link),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_other_tongues),
		cmocka_unit_test(test_fresh_stream),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_cut_at_once),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_whitespace_is_life),
		cmocka_unit_test(test_deaf_server),
		cmocka_unit_test(test_complaint_behind_cut),
		cmocka_unit_test(test_log_once),
		cmocka_unit_test(test_no_descriptors),
	};

	log_setup(stderr, LOG_LEVEL_ERROR, false);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
