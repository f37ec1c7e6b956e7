#include "bed.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "gateway/base/secure.h"

static const struct transport_limits defaults;

struct set {
	struct bed b;
	struct transport_set *t;
};

static void set_up(struct set *s)
{
	bed_init(&s->b);
	s->t = transport_create(s->b.loop, &defaults, &bed_events, &s->b);
	s->b.with = s;
}

static void tear_down(struct set *s)
{
	transport_destroy(&s->t);
	bed_fini(&s->b);
}

static uint16_t open_point(struct set *s, struct listen_point p, size_t index)
{
	const char *why = "";

	assert_true(transport_listen(s->t, &p, &why));
	return transport_port(s->t, index);
}

#define UDP(h)                                                                 \
	((struct listen_point){ .transport = TRANSPORT_UDP, .host = STR(h) })
#define TCP(h)                                                                 \
	((struct listen_point){ .transport = TRANSPORT_TCP, .host = STR(h) })

/* want: with the port in place of '#'. */
static void expect(struct set *s, const struct hop *to, bool is_via,
		   const char *text, unsigned port)
{
	struct strbuf b;
	char want[128];
	int host = (int)strcspn(text, "#");

	snprintf(want, sizeof(want), "%.*s%u%s", host, text, port,
		 text + host + 1);
	strbuf_init(&b, 256);
	if (is_via)
		transport_write_via(s->t, &b, to);
	else
		transport_write_contact(s->t, &b, to);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, want);
	strbuf_fini(&b);
}

static void names_itself(void **state)
{
	struct set s;
	const char *why = "";
	struct listen_point adv = UDP("127.0.0.2");
	struct hop to = { .transport = TRANSPORT_UDP };
	uint16_t port;

	(void)state;
	set_up(&s);
	/* A wildcard names the address that the peer would see. */
	port = open_point(&s, UDP("0.0.0.0"), 0);
	to.peer = bed_at("127.0.0.1", 9);
	assert_true(transport_prepare(s.t, &to, &why));
	expect(&s, &to, true, "SIP/2.0/UDP 127.0.0.1:#", port);
	expect(&s, &to, false, "127.0.0.1:#", port);
	/* What is advertised wins, of the socket that is used. */
	adv.advertised_host = STR_LIT("gw.example.net");
	adv.advertised_port = 15060;
	open_point(&s, adv, 1);
	to.socket = 2;
	assert_true(transport_prepare(s.t, &to, &why));
	expect(&s, &to, true, "SIP/2.0/UDP gw.example.net:#", 15060);
	/* IPv6 stands in brackets. */
	port = open_point(&s, UDP("::1"), 2);
	to = (struct hop){ .peer = bed_at("::1", 9) };
	assert_true(transport_prepare(s.t, &to, &why));
	assert_int_equal(to.socket, 3);
	expect(&s, &to, true, "SIP/2.0/UDP [::1]:#", port);
	adv = UDP("::1");
	adv.advertised_host = STR_LIT("2001:db8::1");
	adv.advertised_port = 5060;
	open_point(&s, adv, 3);
	to.socket = 4;
	expect(&s, &to, false, "[2001:db8::1]:#", 5060);
	tear_down(&s);
}

/* Of several sockets, the one that has the right address. */
static void chooses_the_socket(void **state)
{
	struct set s;
	const char *why = "";
	struct hop to = { .transport = TRANSPORT_UDP };

	(void)state;
	set_up(&s);
	to.peer = bed_at("127.0.0.1", 9);
	assert_false(transport_prepare(s.t, &to, &why));
	assert_string_equal(why, "no such transport");
	open_point(&s, UDP("127.0.0.5"), 0);
	open_point(&s, UDP("127.0.0.1"), 1);
	assert_true(transport_prepare(s.t, &to, &why));
	assert_int_equal(to.socket, 2);
	to.socket = 7;
	assert_false(transport_prepare(s.t, &to, &why));
	to = (struct hop){ .peer = bed_at("::1", 9) };
	assert_false(transport_prepare(s.t, &to, &why));
	tear_down(&s);
}

static void has(void **state)
{
	struct set s;

	(void)state;
	set_up(&s);
	assert_false(transport_has(s.t, TRANSPORT_UDP, AF_INET));
	open_point(&s, UDP("127.0.0.1"), 0);
	open_point(&s, TCP("::1"), 1);
	assert_true(transport_has(s.t, TRANSPORT_UDP, AF_INET));
	assert_false(transport_has(s.t, TRANSPORT_UDP, AF_INET6));
	assert_false(transport_has(s.t, TRANSPORT_TCP, AF_INET));
	assert_true(transport_has(s.t, TRANSPORT_TCP, AF_INET6));
	assert_false(transport_has(s.t, TRANSPORT_TLS, AF_INET));
	tear_down(&s);
}

static void refuses_points(void **state)
{
	static const struct {
		struct listen_point p;
		const char *why;
	} cases[] = {
		{ { .host = STR("localhost") },
		  "udp localhost:0: not a numeric address" },
		{ { .transport = TRANSPORT_TLS, .host = STR("127.0.0.1") },
		  "tls 127.0.0.1:0: TLS without a certificate" },
		{ { .transport = TRANSPORT_TCP,
		    .host = STR("192.0.2.77"),
		    .port = 5 },
		  "tcp 192.0.2.77:5: Cannot assign requested address" },
	};
	struct set s;
	struct listen_point again = UDP("127.0.0.1");
	const char *why = "";
	char want[128];

	(void)state;
	set_up(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(transport_listen(s.t, &cases[i].p, &why));
		assert_string_equal(why, cases[i].why);
	}
	again.port = open_point(&s, again, 0);
	assert_false(transport_listen(s.t, &again, &why));
	snprintf(want, sizeof(want), "udp 127.0.0.1:%u: Address already in use",
		 again.port);
	assert_string_equal(why, want);
	tear_down(&s);
}

static const char request[] = "MESSAGE sip:a@b SIP/2.0\r\n"
			      "Content-Length: 2\r\n\r\nhi";
static const char answer[] = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

static void reply(struct bed *b, struct str bytes, const struct hop *from)
{
	struct set *s = b->with;

	if (str_starts(bytes, "MESSAGE"))
		assert_true(transport_send(s->t, from, str_z(answer)));
}

/* Both ends are ours: a request and its answer over each transport. */
static void round_trip(struct set *s, struct hop *to, const char *via,
		       uint16_t port)
{
	const char *why = "";

	s->b.on_message = reply;
	s->b.messages = 0;
	assert_true(transport_prepare(s->t, to, &why));
	expect(s, to, true, via, port);
	assert_true(transport_send(s->t, to, str_z(request)));
	BED_UNTIL(&s->b, s->b.messages == 2);
	assert_int_equal(s->b.last_n, strlen(answer));
	assert_memory_equal(s->b.last, answer, s->b.last_n);
	assert_int_equal(s->b.from.transport, to->transport);
	assert_int_equal(s->b.from.conn, to->conn);
	assert_true(endpoint_eq(&s->b.from.peer, &to->peer));
}

static void udp_and_tcp(void **state)
{
	struct set s;
	struct hop udp = { .transport = TRANSPORT_UDP };
	struct hop tcp = { .transport = TRANSPORT_TCP }, old;
	const char *why = "";
	uint16_t port;

	(void)state;
	set_up(&s);
	port = open_point(&s, UDP("127.0.0.1"), 0);
	udp.peer = bed_at("127.0.0.1", port);
	round_trip(&s, &udp, "SIP/2.0/UDP 127.0.0.1:#", port);
	port = open_point(&s, TCP("127.0.0.1"), 1);
	tcp.peer = bed_at("127.0.0.1", port);
	round_trip(&s, &tcp, "SIP/2.0/TCP 127.0.0.1:#", port);
	expect(&s, &tcp, false, "127.0.0.1:#;transport=tcp", port);
	assert_int_equal(transport_conn_count(s.t), 2);
	old = tcp;
	old.conn += 100;
	assert_false(transport_prepare(s.t, &old, &why));
	assert_string_equal(why, "the connection is gone");
	assert_false(transport_send(s.t, &old, str_z(request)));
	tear_down(&s);
}

/* --- TLS */

static void write_pem(const char *path, EVP_PKEY *key, X509 *cert)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	assert_int_equal(
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static void make_cert(const char *path, const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_EXTENSION *ext;
	char san[64];

	snprintf(san, sizeof(san), "DNS:%s", name);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_set_version(cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
				   MBSTRING_ASC, (const unsigned char *)name,
				   -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	write_pem(path, key, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void tls(void **state)
{
	struct secure_options server = { .is_server = true };
	struct secure_options client = { .wants_peer = true };
	struct listen_point p = { .transport = TRANSPORT_TLS,
				  .host = STR("127.0.0.1") };
	struct secure_context *theirs, *ours;
	struct hop to = { .transport = TRANSPORT_TLS, .name = "peer.example" };
	struct hop other;
	char path[] = "/tmp/stox-test-XXXXXX";
	int fd = mkstemp(path);
	const char *why = "";
	struct set s;
	uint16_t port;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	make_cert(path, "peer.example");
	server.cert_file = client.ca_file = path;
	theirs = secure_context_create(&server, &why);
	assert_non_null(theirs);
	ours = secure_context_create(&client, &why);
	assert_non_null(ours);
	set_up(&s);
	p.secure = theirs;
	port = open_point(&s, p, 0);
	to.peer = bed_at("127.0.0.1", port);
	assert_false(transport_prepare(s.t, &to, &why));
	transport_set_secure(s.t, ours);
	assert_true(transport_has(s.t, TRANSPORT_TLS, AF_INET));
	round_trip(&s, &to, "SIP/2.0/TLS 127.0.0.1:#", port);
	/* Whom we asked for has proved it. */
	assert_string_equal(transport_names(s.t, &to), "peer.example");
	expect(&s, &to, false, "127.0.0.1:#;transport=tls", port);
	/* Another name is another connection, and this one is not for it. */
	other = to;
	other.conn = 0;
	strcpy(other.name, "other.example");
	assert_true(transport_prepare(s.t, &other, &why));
	assert_true(other.conn != to.conn);
	transport_send(s.t, &other, str_z(request));
	BED_UNTIL(&s.b, s.b.lost == 2); /* both ends */
	assert_string_equal(transport_names(s.t, &other), "");
	assert_int_equal(s.b.messages, 2);
	/* Many at once: more than one record, all of it delivered. */
	s.b.messages = 0;
	for (int i = 0; i < 3000; i++)
		assert_true(transport_send(s.t, &to, str_z(request)));
	BED_UNTIL(&s.b, s.b.messages == 6000);
	/* Plain text to the TLS port, and a caller who says nothing. */
	s.b.lost = 0;
	fd = bed_connect(&to.peer);
	bed_writez(fd, request);
	BED_UNTIL(&s.b, s.b.lost == 1);
	assert_string_equal(s.b.lost_why, "TLS failed");
	close(fd);
	tear_down(&s);
	secure_context_destroy(&theirs);
	secure_context_destroy(&ours);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_itself),
		cmocka_unit_test(chooses_the_socket),
		cmocka_unit_test(has),
		cmocka_unit_test(refuses_points),
		cmocka_unit_test(udp_and_tcp),
		cmocka_unit_test(tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
