#include "tests/unit/server.h"
#include "gateway/base/secure.h"
#include "tests/unit/identity.h"
#include "xmpp/wire.h"

enum { BULK_BYTES = 3000000 };

static char dir[] = "/tmp/test_wire.XXXXXX";
static struct identity ca, host;

static int group_setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	identity_make(&ca, dir, "ca", NULL, NULL);
	identity_make(&host, dir, "host", "DNS:xmpp.example.com", &ca);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	identity_forget(&ca);
	identity_forget(&host);
	return rmdir(dir);
}

/* Two wires back to back; without contexts they are plain. */
struct pair {
	struct loop *loop;
	struct secure_context *server_context, *client_context;
	struct wire client; /* under test */
	struct secure *server;
	int server_fd;
	unsigned events; /* of the client's watch */
};

static void on_events(void *arg, unsigned events)
{
	struct pair *p = arg;

	p->events |= events;
	wire_watch(&p->client, false, false);
}

static void pair_open(struct pair *p, bool is_secure, const char *name)
{
	struct secure_options server = { .is_server = true,
					 .cert_file = host.cert_file,
					 .key_file = host.key_file };
	struct secure_options client = { .wants_peer = true,
					 .ca_file = ca.cert_file };
	const char *why;
	int fds[2];

	memset(p, 0, sizeof(*p));
	p->loop = loop_create(&why);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	p->server_fd = fds[1];
	if (is_secure) {
		p->server_context = secure_context_create(&server, &why);
		p->client_context = secure_context_create(&client, &why);
		assert_non_null(p->server_context);
		assert_non_null(p->client_context);
		p->server = secure_create(p->server_context, fds[1], NULL);
	}
	assert_true(wire_open(&p->client, p->loop, fds[0], p->client_context,
			      name, on_events, p));
}

static void pair_close(struct pair *p)
{
	wire_close(&p->client);
	wire_close(&p->client);
	secure_destroy(&p->server);
	if (p->server_fd >= 0)
		close(p->server_fd);
	secure_context_destroy(&p->server_context);
	secure_context_destroy(&p->client_context);
	loop_destroy(&p->loop);
}

static enum wire_result shake(struct pair *p)
{
	enum wire_result r = WIRE_AGAIN;

	for (int i = 0; i < 20 && r == WIRE_AGAIN; i++) {
		r = wire_handshake(&p->client);
		if (p->server != NULL)
			secure_handshake(p->server);
	}
	if (r == WIRE_OK && p->server != NULL)
		assert_int_equal(secure_handshake(p->server), SECURE_OK);
	return r;
}

static size_t server_read(struct pair *p, char *to, size_t cap)
{
	size_t n = 0;
	ssize_t got;

	if (p->server != NULL) {
		secure_read(p->server, to, cap, &n);
		return n;
	}
	got = recv(p->server_fd, to, cap, 0);
	return got > 0 ? (size_t)got : 0;
}

static size_t server_write(struct pair *p, const char *from, size_t len)
{
	size_t n = 0;
	ssize_t put;

	if (p->server != NULL) {
		secure_write(p->server, from, len, &n);
		return n;
	}
	put = send(p->server_fd, from, len, MSG_NOSIGNAL);
	return put > 0 ? (size_t)put : 0;
}

static char *pattern(void)
{
	char *p = malloc(BULK_BYTES);

	assert_non_null(p);
	for (size_t i = 0; i < BULK_BYTES; i++)
		p[i] = (char)(i * 7 + i / 251);
	return p;
}

/* More than the sockets hold, both ways, in the pieces that come. */
static void test_bulk(void **state)
{
	char *sent = pattern(), *got = malloc(BULK_BYTES);

	(void)state;
	for (int is_secure = 0; is_secure <= 1; is_secure++) {
		struct pair p;
		size_t out = 0, in = 0, n;
		enum wire_result r;

		pair_open(&p, is_secure, "xmpp.example.com");
		assert_int_equal(shake(&p), WIRE_OK);
		while (in < BULK_BYTES) {
			struct str rest = { sent + out, BULK_BYTES - out };

			if (rest.n > 0) {
				r = wire_write(&p.client, rest, &n);
				assert_true(r == WIRE_OK || r == WIRE_AGAIN);
				assert_int_equal(r == WIRE_OK, n > 0);
				out += n;
			}
			in += server_read(&p, got + in, BULK_BYTES - in);
		}
		assert_memory_equal(sent, got, BULK_BYTES);
		assert_int_equal(p.client.write_event, LOOP_OUT);
		for (in = out = 0; in < BULK_BYTES;) {
			out += server_write(&p, sent + out, BULK_BYTES - out);
			r = wire_read(&p.client, got + in, BULK_BYTES - in, &n);
			assert_true(r == WIRE_OK || r == WIRE_AGAIN);
			in += n;
		}
		assert_memory_equal(sent, got, BULK_BYTES);
		pair_close(&p);
	}
	free(sent);
	free(got);
}

static void test_ends(void **state)
{
	char buf[100];
	size_t n;

	(void)state;
	for (int is_secure = 0; is_secure <= 1; is_secure++) {
		struct pair p;

		pair_open(&p, is_secure, "xmpp.example.com");
		assert_int_equal(shake(&p), WIRE_OK);
		assert_int_equal(wire_read(&p.client, buf, 100, &n),
				 WIRE_AGAIN);
		server_write(&p, "last", 4);
		secure_destroy(&p.server);
		close(p.server_fd);
		p.server_fd = -1;
		assert_int_equal(wire_read(&p.client, buf, 100, &n), WIRE_OK);
		assert_int_equal(n, 4);
		assert_int_equal(wire_read(&p.client, buf, 100, &n),
				 WIRE_ENDED);
		if (!is_secure) {
			assert_int_equal(
				wire_write(&p.client, STR_LIT("x"), &n),
				WIRE_BROKEN);
			assert_string_equal(p.client.why,
					    "the server cut the connection");
		}
		pair_close(&p);
	}
}

static void test_wrong_name(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p, true, "other.example.com");
	assert_int_equal(shake(&p), WIRE_BROKEN);
	assert_non_null(p.client.why);
	assert_true(strlen(p.client.why) > 0);
	pair_close(&p);
}

static void test_watch(void **state)
{
	struct pair p;
	size_t n;

	(void)state;
	pair_open(&p, false, NULL);
	loop_turn(p.loop, 0);
	assert_int_equal(p.events, 0);
	wire_watch(&p.client, true, true);
	loop_turn(p.loop, 10);
	assert_int_equal(p.events, LOOP_OUT);
	p.events = 0;
	server_write(&p, "x", 1);
	loop_turn(p.loop, 0);
	assert_int_equal(p.events, 0);
	wire_watch(&p.client, true, false);
	loop_turn(p.loop, 10);
	assert_int_equal(p.events, LOOP_IN);
	assert_int_equal(wire_read(&p.client, (char[10]){ 0 }, 10, &n),
			 WIRE_OK);
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_wrong_name),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
