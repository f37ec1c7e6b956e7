#include "gateway/base/secure.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "tests/unit/identity.h"

enum { BULK_BYTES = 2000000 };

static char dir[] = "/tmp/test_secure.XXXXXX";
static struct identity ca, server, client, wild, stranger;

static int group_setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		return -1;
	identity_make(&ca, dir, "ca", NULL, NULL);
	identity_make(&server, dir, "server",
		      "DNS:xmpp.example.com,IP:127.0.0.1,IP:::1,URI:sip:pbx."
		      "example.com",
		      &ca);
	identity_make(&client, dir, "client",
		      "DNS:trunk.example.net,URI:sip:example.net,URI:sip:bob@"
		      "evil.org",
		      &ca);
	identity_make(&wild, dir, "wild", "DNS:*.example.com", &ca);
	identity_make(&stranger, dir, "stranger", "DNS:xmpp.example.com", NULL);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	identity_forget(&ca);
	identity_forget(&server);
	identity_forget(&client);
	identity_forget(&wild);
	identity_forget(&stranger);
	return rmdir(dir);
}

/* --- two ends in one thread */

struct link {
	struct secure_context *server_context, *client_context;
	struct secure *server, *client;
	int fds[2];
	enum secure_result server_result, client_result;
};

static struct secure_context *context(const struct secure_options *o)
{
	const char *why = "nothing";
	struct secure_context *c = secure_context_create(o, &why);

	if (c == NULL)
		fail_msg("%s", why);
	return c;
}

static void link_open(struct link *l, const struct secure_options *server_side,
		      const struct secure_options *client_side,
		      const char *name)
{
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, l->fds), 0);
	l->server_context = context(server_side);
	l->client_context = context(client_side);
	l->server = secure_create(l->server_context, l->fds[0], NULL);
	l->client = secure_create(l->client_context, l->fds[1], name);
}

static void link_close(struct link *l)
{
	secure_destroy(&l->client);
	secure_destroy(&l->server);
	secure_context_destroy(&l->client_context);
	secure_context_destroy(&l->server_context);
	close(l->fds[0]);
	close(l->fds[1]);
}

static bool is_waiting(enum secure_result r)
{
	return r == SECURE_WANT_READ || r == SECURE_WANT_WRITE;
}

static void shake(struct link *l)
{
	l->server_result = l->client_result = SECURE_WANT_READ;
	for (int i = 0; i < 20; i++) {
		if (is_waiting(l->client_result))
			l->client_result = secure_handshake(l->client);
		if (is_waiting(l->server_result))
			l->server_result = secure_handshake(l->server);
	}
}

static const struct secure_options plain_server = { .is_server = true,
						    .cert_file =
							    server.cert_file,
						    .key_file =
							    server.key_file };
static const struct secure_options checking_client = { .wants_peer = true,
						       .ca_file =
							       ca.cert_file };

static void link_up(struct link *l)
{
	link_open(l, &plain_server, &checking_client, "xmpp.example.com");
	shake(l);
	assert_int_equal(l->client_result, SECURE_OK);
	assert_int_equal(l->server_result, SECURE_OK);
}

/* --- tests */

static void names_are_checked(void **state)
{
	static const struct {
		const struct identity *id;
		const char *name;
		bool is_good;
	} cases[] = {
		{ &server, "xmpp.example.com", true },
		{ &server, "XMPP.Example.COM", true },
		{ &server, "xmpp.example.com.", true },
		{ &server, "127.0.0.1", true },
		{ &server, "::1", true },
		{ &server, "[::1]", true },
		{ &server, "127.0.0.2", false },
		{ &server, "::2", false },
		{ &server, "example.com", false },
		{ &server, "server", false }, /* the CN does not count */
		{ &wild, "a.example.com", true },
		{ &wild, "a.b.example.com", false },
		{ &wild, "example.com", false },
		{ &stranger, "xmpp.example.com", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secure_options o = {
			.is_server = true,
			.cert_file = cases[i].id->cert_file,
			.key_file = cases[i].id->key_file,
		};
		struct link l;

		link_open(&l, &o, &checking_client, cases[i].name);
		shake(&l);
		assert_int_equal(l.client_result,
				 cases[i].is_good ? SECURE_OK : SECURE_FAILED);
		if (cases[i].is_good)
			assert_string_equal(secure_why(l.client), "");
		link_close(&l);
	}
}

static void wrong_name_says_so(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, &plain_server, &checking_client, "chat.example.org");
	shake(&l);
	assert_int_equal(l.client_result, SECURE_FAILED);
	assert_string_equal(secure_why(l.client),
			    "the peer's certificate is refused: it is not for "
			    "chat.example.org but for DNS:xmpp.example.com, "
			    "IP:127.0.0.1, IP:::1, sip:pbx.example.com");
	assert_true(secure_is_refusal(l.client));
	/* The server hears it too, and both stay failed. */
	assert_int_equal(l.server_result, SECURE_FAILED);
	assert_int_not_equal(strlen(secure_why(l.server)), 0);
	assert_int_equal(secure_handshake(l.client), SECURE_FAILED);
	link_close(&l);
}

static void unknown_ca_says_so(void **state)
{
	struct secure_options o = { .is_server = true,
				    .cert_file = stranger.cert_file,
				    .key_file = stranger.key_file };
	struct link l;

	(void)state;
	link_open(&l, &o, &checking_client, "xmpp.example.com");
	shake(&l);
	assert_int_equal(l.client_result, SECURE_FAILED);
	assert_non_null(strstr(secure_why(l.client), "self-signed"));
	link_close(&l);
}

static void unchecked_client_takes_all(void **state)
{
	struct secure_options careless = { .wants_peer = false };
	struct link l;

	(void)state;
	link_open(&l, &plain_server, &careless, "chat.example.org");
	shake(&l);
	assert_int_equal(l.client_result, SECURE_OK);
	assert_false(secure_peer_is(l.client, "xmpp.example.com"));
	link_close(&l);
}

static void impossible_names_fail(void **state)
{
	char longest[400];
	const char *names[] = { "", longest };

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < 2; i++) {
		struct link l;

		link_open(&l, &plain_server, &checking_client, names[i]);
		assert_int_equal(secure_handshake(l.client), SECURE_FAILED);
		assert_int_not_equal(strlen(secure_why(l.client)), 0);
		link_close(&l);
	}
}

static int sni_seen(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	snprintf(arg, 64, "%s", name ? name : "(none)");
	return SSL_TLSEXT_ERR_OK;
}

static bool shake_raw(SSL *ssl, struct secure *s)
{
	int mine = 0;
	enum secure_result other = SECURE_WANT_READ;

	for (int i = 0; i < 20 && (mine != 1 || other != SECURE_OK); i++) {
		if (other != SECURE_OK && other != SECURE_FAILED)
			other = secure_handshake(s);
		if (mine != 1)
			mine = SSL_do_handshake(ssl);
		ERR_clear_error();
	}
	return mine == 1 && other == SECURE_OK;
}

/* Against a bare OpenSSL: which name do we ask for? */
static void names_are_sent(void **state)
{
	static const char *const cases[][2] = {
		{ "xmpp.example.com", "xmpp.example.com" },
		{ "xmpp.example.com.", "xmpp.example.com" },
		{ "127.0.0.1", "(none)" }, /* RFC 6066 §3: no addresses */
	};
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct secure_context *c = context(&checking_client);
	char seen[64];

	(void)state;
	SSL_CTX_use_certificate(ctx, server.cert);
	SSL_CTX_use_PrivateKey(ctx, server.key);
	SSL_CTX_set_tlsext_servername_callback(ctx, sni_seen);
	SSL_CTX_set_tlsext_servername_arg(ctx, seen);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secure *s;
		SSL *ssl = SSL_new(ctx);
		int fds[2];

		snprintf(seen, sizeof(seen), "(none)");
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
		SSL_set_fd(ssl, fds[0]);
		SSL_set_accept_state(ssl);
		s = secure_create(c, fds[1], cases[i][0]);
		assert_true(shake_raw(ssl, s));
		assert_string_equal(seen, cases[i][1]);
		secure_destroy(&s);
		SSL_free(ssl);
		close(fds[0]);
		close(fds[1]);
	}
	secure_context_destroy(&c);
	SSL_CTX_free(ctx);
}

static void old_versions_are_refused(void **state)
{
	static const struct {
		int version;
		bool is_good;
	} cases[] = { { TLS1_1_VERSION, false },
		      { TLS1_2_VERSION, true },
		      { TLS1_3_VERSION, true } };
	struct secure_context *c = context(&plain_server);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
		struct secure *s;
		SSL *ssl;
		int fds[2];

		SSL_CTX_set_security_level(ctx, 0);
		SSL_CTX_set_min_proto_version(ctx, cases[i].version);
		SSL_CTX_set_max_proto_version(ctx, cases[i].version);
		ssl = SSL_new(ctx);
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
		SSL_set_fd(ssl, fds[1]);
		SSL_set_connect_state(ssl);
		s = secure_create(c, fds[0], NULL);
		assert_int_equal(shake_raw(ssl, s), cases[i].is_good);
		secure_destroy(&s);
		SSL_free(ssl);
		SSL_CTX_free(ctx);
		close(fds[0]);
		close(fds[1]);
	}
	secure_context_destroy(&c);
}

/* RFC 5922 §7.1: whom a client's certificate speaks for. */
static void clients_are_known(void **state)
{
	struct secure_options strict = { .is_server = true,
					 .wants_peer = true,
					 .cert_file = server.cert_file,
					 .key_file = server.key_file,
					 .ca_file = ca.cert_file };
	struct secure_options known = { .wants_peer = true,
					.ca_file = ca.cert_file,
					.cert_file = client.cert_file,
					.key_file = client.key_file };
	struct link l;
	char byte;
	size_t n;

	(void)state;
	link_open(&l, &strict, &known, "xmpp.example.com");
	assert_false(secure_peer_is(l.server, "trunk.example.net"));
	shake(&l);
	assert_int_equal(l.server_result, SECURE_OK);
	assert_string_equal(secure_names(l.server), "example.net");
	assert_true(secure_peer_is(l.server, "Example.NET"));
	/* A DNS name does not count beside a sip name. */
	assert_false(secure_peer_is(l.server, "trunk.example.net"));
	assert_false(secure_peer_is(l.server, "evil.org"));
	assert_false(secure_peer_is(l.server, "bob@evil.org"));
	assert_false(secure_peer_is(l.server, "client"));
	assert_false(secure_peer_is(l.server, "xample.net"));
	assert_true(secure_peer_is(l.client, "pbx.example.com"));
	link_close(&l);
	/* Without a certificate there is no handshake, and the client hears of
	 * it when it reads. */
	link_open(&l, &strict, &checking_client, "xmpp.example.com");
	shake(&l);
	assert_int_equal(l.server_result, SECURE_FAILED);
	assert_false(secure_is_refusal(l.server));
	assert_int_equal(secure_read(l.client, &byte, 1, &n), SECURE_FAILED);
	assert_true(secure_is_refusal(l.client));
	link_close(&l);
	/* Unless it is left to the client. */
	strict.is_peer_optional = true;
	link_open(&l, &strict, &checking_client, "xmpp.example.com");
	shake(&l);
	assert_int_equal(l.server_result, SECURE_OK);
	assert_string_equal(secure_names(l.server), "");
	link_close(&l);
	known.cert_file = stranger.cert_file;
	known.key_file = stranger.key_file;
	link_open(&l, &strict, &known, "xmpp.example.com");
	shake(&l);
	assert_int_equal(l.server_result, SECURE_FAILED);
	assert_true(secure_is_refusal(l.server));
	link_close(&l);
}

/* RFC 5922: the domain of the address, no wildcards, sip names first. */
static void sip_names_are_checked(void **state)
{
	static const struct {
		const struct identity *id;
		const char *name;
		bool is_good;
	} cases[] = {
		{ &server, "pbx.example.com", true },
		{ &server, "PBX.example.com", true },
		{ &server, "xmpp.example.com", false },
		{ &server, "127.0.0.1", true },
		{ &server, "[::1]", true },
		{ &server, "127.0.0.2", false },
		{ &client, "example.net", true },
		{ &client, "evil.org", false },
		{ &wild, "a.example.com", false },
		{ &stranger, "xmpp.example.com", false },
	};
	struct secure_options checking = checking_client;

	(void)state;
	checking.is_sip = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct secure_options o = {
			.is_server = true,
			.cert_file = cases[i].id->cert_file,
			.key_file = cases[i].id->key_file,
		};
		struct link l;

		link_open(&l, &o, &checking, cases[i].name);
		shake(&l);
		if ((l.client_result == SECURE_OK) != cases[i].is_good)
			fail_msg("%s: %s", cases[i].name, secure_why(l.client));
		assert_int_equal(secure_is_refusal(l.client),
				 !cases[i].is_good);
		link_close(&l);
	}
}

/* One certificate is shown in both directions, whatever use of TLS it names
 * (RFC 5924), by either end. */
static void uses_are_checked(void **state)
{
	static const struct {
		const char *uses;
		bool is_good;
	} cases[] = { { "serverAuth", true },
		      { "clientAuth", true },
		      { "1.3.6.1.5.5.7.3.20", true },
		      { "codeSigning", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct identity id;
		struct secure_options ends[2];
		struct link l;

		identity_make(&id, dir, "used", "URI:sip:example.net", &ca);
		add_extension(id.cert, NID_ext_key_usage, cases[i].uses);
		X509_sign(id.cert, ca.key, EVP_sha256());
		write_files(&id, dir, "used");
		for (int k = 0; k < 2; k++)
			ends[k] = (struct secure_options){
				.is_server = k == 0,
				.wants_peer = true,
				.is_sip = true,
				.cert_file = id.cert_file,
				.key_file = id.key_file,
				.ca_file = ca.cert_file,
			};
		link_open(&l, &ends[0], &ends[1], "example.net");
		shake(&l);
		if ((l.client_result == SECURE_OK) != cases[i].is_good)
			fail_msg("%s: %s", cases[i].uses, secure_why(l.client));
		if (cases[i].is_good)
			assert_int_equal(l.server_result, SECURE_OK);
		link_close(&l);
		ends[1].wants_peer = false; /* the server alone looks */
		link_open(&l, &ends[0], &ends[1], "example.net");
		shake(&l);
		assert_int_equal(l.server_result == SECURE_OK,
				 cases[i].is_good);
		link_close(&l);
		identity_forget(&id);
	}
}

/* One handshake between contexts that live longer. */
static void meet(struct link *l, struct secure_context *server_side,
		 struct secure_context *client_side, const char *name)
{
	memset(l, 0, sizeof(*l));
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, l->fds);
	l->server = secure_create(server_side, l->fds[0], NULL);
	l->client = secure_create(client_side, l->fds[1], name);
	shake(l);
}

/* The authority of one peer proves that peer's names and no other's. */
static void authorities_are_apart(void **state)
{
	static const char *const theirs[] = { "example.net" };
	static const char *const others[] = { "other.example" };
	struct secure_options server_side = plain_server, client_side = {
		.wants_peer = true,
		.is_sip = true,
		.cert_file = client.cert_file,
		.key_file = client.key_file,
		.ca_file = ca.cert_file,
	};
	struct secure_context *s, *c;
	const char *why = "";
	struct link l;

	(void)state;
	server_side.wants_peer = true;
	server_side.ca_file = stranger.cert_file;
	s = context(&server_side);
	c = context(&client_side);
	assert_false(
		secure_context_trust(s, "/nonexistent.pem", theirs, 1, &why));
	assert_non_null(strstr(why, "/nonexistent.pem"));
	meet(&l, s, c, "pbx.example.com"); /* not by the first authority */
	assert_int_equal(l.server_result, SECURE_FAILED);
	link_close(&l);
	assert_true(secure_context_trust(s, ca.cert_file, others, 1, &why));
	meet(&l, s, c, "pbx.example.com"); /* by that of another peer */
	assert_int_equal(l.server_result, SECURE_OK);
	assert_string_equal(secure_names(l.server), "");
	link_close(&l);
	assert_true(secure_context_trust(s, ca.cert_file, theirs, 1, &why));
	meet(&l, s, c, "pbx.example.com");
	assert_string_equal(secure_names(l.server), "example.net");
	link_close(&l);
	/* The client: another authority for one name. */
	assert_true(secure_context_trust(c, stranger.cert_file,
					 (const char *[]){ "pbx.example.com" },
					 1, &why));
	meet(&l, s, c, "pbx.example.com");
	assert_int_equal(l.client_result, SECURE_FAILED);
	link_close(&l);
	secure_context_destroy(&s);
	secure_context_destroy(&c);
}

static void copy_file(const char *from, const char *to)
{
	char buf[4096];
	FILE *f = fopen(from, "r");
	size_t n = fread(buf, 1, sizeof(buf), f);

	fclose(f);
	f = fopen(to, "w");
	fwrite(buf, 1, n, f);
	fclose(f);
}

static void files_are_read_again(void **state)
{
	char cert_file[IDENTITY_PATH_BYTES], key_file[IDENTITY_PATH_BYTES];
	struct secure_options client_side = checking_client;
	struct secure_options server_side = { .is_server = true,
					      .cert_file = cert_file,
					      .key_file = key_file };
	struct secure_context *s, *c;
	struct link old, l;
	const char *why = "";
	char byte;
	size_t n;

	(void)state;
	client_side.is_sip = true;
	snprintf(cert_file, sizeof(cert_file), "%s/now.crt", dir);
	snprintf(key_file, sizeof(key_file), "%s/now.key", dir);
	copy_file(server.cert_file, cert_file);
	copy_file(server.key_file, key_file);
	s = context(&server_side);
	c = context(&client_side);
	assert_true(secure_context_is(s, "pbx.example.com"));
	assert_in_range(secure_context_expires_s(s), time(NULL) + 3000,
			time(NULL) + 4000);
	assert_int_equal(secure_context_expires_s(c), -1);
	meet(&old, s, c, "pbx.example.com");
	copy_file(client.cert_file, cert_file);
	assert_false(secure_context_reload(s, &why)); /* the old key */
	assert_non_null(strstr(why, "now.key"));
	meet(&l, s, c, "pbx.example.com");
	assert_int_equal(l.client_result, SECURE_OK);
	link_close(&l);
	copy_file(client.key_file, key_file);
	assert_true(secure_context_reload(s, &why));
	assert_true(secure_context_is(s, "example.net"));
	meet(&l, s, c, "pbx.example.com");
	assert_int_equal(l.client_result, SECURE_FAILED);
	link_close(&l);
	meet(&l, s, c, "example.net");
	assert_int_equal(l.client_result, SECURE_OK);
	link_close(&l);
	/* Who was connected stays so. */
	assert_int_equal(secure_write(old.client, "x", 1, &n), SECURE_OK);
	assert_int_equal(secure_read(old.server, &byte, 1, &n), SECURE_OK);
	link_close(&old);
	unlink(cert_file);
	unlink(key_file);
	secure_context_destroy(&s);
	secure_context_destroy(&c);
}

/* Writes until the socket is full. */
static size_t fill(struct secure *s, const char *p, size_t len)
{
	enum secure_result r = SECURE_OK;
	size_t out = 0, n;

	while (out < len && r == SECURE_OK) {
		r = secure_write(s, p + out, len - out, &n);
		out += n;
		assert_true(r == SECURE_OK || (n == 0 && is_waiting(r)));
	}
	return out;
}

static size_t drain(struct secure *s, char *p, size_t cap)
{
	enum secure_result r = SECURE_OK;
	size_t in = 0, n;

	while (in < cap && r == SECURE_OK) {
		r = secure_read(s, p + in, cap - in, &n);
		in += n;
		assert_true(r == SECURE_OK ||
			    (n == 0 && r == SECURE_WANT_READ));
	}
	return in;
}

static void bytes_come_through(void **state)
{
	char *sent = malloc(BULK_BYTES), *got = malloc(BULK_BYTES);
	size_t out = 0, in = 0;
	unsigned rounds = 0;
	struct link l;

	(void)state;
	for (size_t i = 0; i < BULK_BYTES; i++)
		sent[i] = (char)(i * 7 / 5);
	link_up(&l);
	assert_int_equal(drain(l.server, got, BULK_BYTES), 0);
	while (in < BULK_BYTES) {
		out += fill(l.client, sent + out, BULK_BYTES - out);
		in += drain(l.server, got + in, BULK_BYTES - in);
		rounds++;
	}
	assert_true(rounds > 1);
	assert_memory_equal(sent, got, BULK_BYTES);
	link_close(&l);
	free(sent);
	free(got);
}

static void an_end_is_seen(void **state)
{
	struct link l;
	char byte;
	size_t n;

	(void)state;
	link_up(&l);
	secure_destroy(&l.client); /* in order */
	assert_int_equal(secure_read(l.server, &byte, 1, &n), SECURE_CLOSED);
	link_close(&l);
	link_up(&l);
	shutdown(l.fds[1], SHUT_RDWR); /* without a word */
	assert_int_equal(secure_read(l.server, &byte, 1, &n), SECURE_CLOSED);
	assert_int_equal(secure_write(l.server, "x", 1, &n), SECURE_FAILED);
	assert_int_not_equal(strlen(secure_why(l.server)), 0);
	assert_int_equal(n, 0);
	link_close(&l);
}

static void rubbish_is_refused(void **state)
{
	static const char *const rubbish[] = {
		"OPTIONS sip:x SIP/2.0\r\n\r\n",
		"<stream:stream>",
		"\x16\x03\x01\x00\x05\xFF\xFF\xFF\xFF\xFF",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct link l;

		link_open(&l, &plain_server, &checking_client, "x.example");
		assert_true(write(l.fds[1], rubbish[i], strlen(rubbish[i])) >
			    0);
		shutdown(l.fds[1], SHUT_WR);
		assert_int_equal(secure_handshake(l.server), SECURE_FAILED);
		assert_int_not_equal(strlen(secure_why(l.server)), 0);
		link_close(&l);
	}
	/* One end's fault does not spoil the next call of another. */
	for (size_t i = 0; i < 3; i++) {
		struct link bad, good;

		link_up(&good);
		link_open(&bad, &plain_server, &checking_client, "x.example");
		assert_true(write(bad.fds[1], "rubbish!", 8) == 8);
		secure_handshake(bad.server);
		{
			char byte;
			size_t n;

			assert_int_equal(secure_read(good.server, &byte, 1, &n),
					 SECURE_WANT_READ);
		}
		link_close(&bad);
		link_close(&good);
	}
}

static void handshake_cut_off(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, &plain_server, &checking_client, "xmpp.example.com");
	assert_int_equal(secure_handshake(l.client), SECURE_WANT_READ);
	close(l.fds[0]);
	assert_int_equal(secure_handshake(l.client), SECURE_FAILED);
	assert_non_null(strstr(secure_why(l.client), "TLS handshake: "));
	l.fds[0] = dup(0);
	link_close(&l);
}

static void bad_files_are_refused(void **state)
{
	const struct {
		struct secure_options o;
		const char *why;
	} cases[] = {
		{ { .is_server = true }, "no certificate" },
		{ { .is_server = true, .cert_file = "/nonexistent.pem" },
		  "/nonexistent.pem" },
		{ { .is_server = true,
		    .cert_file = server.cert_file,
		    .key_file = client.key_file },
		  "" },
		{ { .is_server = true, .cert_file = server.cert_file },
		  "private key" },
		{ { .is_server = true, .cert_file = server.key_file },
		  "certificate" },
		{ { .wants_peer = true, .ca_file = "/nonexistent.pem" },
		  "/nonexistent.pem" },
		{ { .wants_peer = true, .ca_file = server.key_file },
		  "ca file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;

		assert_null(secure_context_create(&cases[i].o, &why));
		assert_non_null(why);
		assert_non_null(strstr(why, cases[i].why));
		assert_int_not_equal(strlen(why), 0);
	}
}

static void system_store_loads(void **state)
{
	struct secure_options o = { .wants_peer = true };
	struct secure_context *c = context(&o);

	(void)state;
	secure_context_destroy(&c);
	assert_null(c);
	secure_context_destroy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(wrong_name_says_so),
		cmocka_unit_test(unknown_ca_says_so),
		cmocka_unit_test(unchecked_client_takes_all),
		cmocka_unit_test(impossible_names_fail),
		cmocka_unit_test(names_are_sent),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(clients_are_known),
		cmocka_unit_test(sip_names_are_checked),
		cmocka_unit_test(uses_are_checked),
		cmocka_unit_test(authorities_are_apart),
		cmocka_unit_test(files_are_read_again),
		cmocka_unit_test(bytes_come_through),
		cmocka_unit_test(an_end_is_seen),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(handshake_cut_off),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(system_store_loads),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
