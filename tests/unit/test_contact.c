#include "presence_bench.h"
#include "sip/contact.h"

struct point {
	enum transport transport;
	const char *host, *advertised;
	uint16_t port;
};

static const struct transport_events no_events;

static void check(const struct point *points, const char *user,
		  const char *towards, const char *expected)
{
	const char *why = "";
	struct loop *l = loop_create(&why);
	const struct transport_limits limits = { .conns_max = 0 };
	struct transport_set *t =
		transport_create(l, &limits, &no_events, NULL);
	struct uri u = uri_of(towards);
	struct strbuf b;
	char with_port[160];

	for (size_t i = 0; points[i].host != NULL; i++) {
		struct listen_point p = { .transport = points[i].transport,
					  .host = str_z(points[i].host),
					  .advertised_host =
						  str_z(points[i].advertised),
					  .advertised_port = points[i].port };

		if (!transport_listen(t, &p, &why))
			fail_msg("%s", why);
	}
	strbuf_init(&b, 1000);
	contact_write(&b, t, str_z(user), &u);
	strbuf_addc(&b, '\0');
	(void)snprintf(with_port, sizeof(with_port), "%.*s",
		       (int)strcspn(expected, "#"), expected);
	if (strchr(expected, '#') != NULL)
		(void)snprintf(with_port + strlen(with_port),
			       sizeof(with_port) - strlen(with_port), "%u%s",
			       transport_port(t, 0), strchr(expected, '#') + 1);
	assert_string_equal(b.p, with_port);
	assert_int_equal(transport_conn_count(t), 0); /* none was opened */
	strbuf_fini(&b);
	transport_destroy(&t);
	loop_destroy(&l);
}

static void test_contact(void **state)
{
	static const struct point udp[] = {
		{ .transport = TRANSPORT_UDP, .host = "127.0.0.1" }, { 0 }
	};
	static const struct point any[] = {
		{ .transport = TRANSPORT_UDP, .host = "0.0.0.0" }, { 0 }
	};
	static const struct point tcp[] = {
		{ .transport = TRANSPORT_TCP, .host = "127.0.0.1" }, { 0 }
	};
	static const struct point known[] = { { .transport = TRANSPORT_UDP,
						.host = "0.0.0.0",
						.advertised = "gw.example.net",
						.port = 5070 },
					      { 0 } };
	static const struct point six[] = {
		{ .transport = TRANSPORT_UDP, .host = "::1" }, { 0 }
	};
	static const struct point none[] = { { 0 } };

	(void)state;
	check(udp, "juliet", "sip:127.0.0.9:5080", "sip:juliet@127.0.0.1:#");
	check(udp, "o'neil%40x", "sip:127.0.0.9", "sip:o'neil%40x@127.0.0.1:#");
	check(udp, NULL, "sip:127.0.0.9", "sip:127.0.0.1:#");
	check(udp, "j", "sip:proxy.example.net;lr", "sip:j@127.0.0.1:#");
	check(udp, "j", "sip:127.0.0.9;transport=tcp", "sip:j@127.0.0.1:#");
	check(udp, "j", "sip:[2001:db8::7]", "sip:j@127.0.0.1:#");
	check(any, "j", "sip:127.0.0.9", "sip:j@127.0.0.1:#");
	check(tcp, "j", "sip:127.0.0.1;transport=tcp",
	      "sip:j@127.0.0.1:#;transport=tcp");
	check(tcp, "j", "sip:127.0.0.1", "sip:j@127.0.0.1:#;transport=tcp");
	check(tcp, "j", "sip:x.invalid", "sip:j@127.0.0.1:#;transport=tcp");
	check(known, "j", "sip:x.invalid", "sip:j@gw.example.net:5070");
	check(known, "j", "sip:127.0.0.9", "sip:j@gw.example.net:5070");
	check(six, "j", "sip:[::1]:5060", "sip:j@[::1]:#");
	check(six, "j", "sip:x.invalid", "sip:j@[::1]:#");
	check(none, "j", "sip:127.0.0.1", "sip:j@invalid.invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
