#include "dnsbed.h"
#include "sip/dns.h"

struct answer {
	unsigned count;
	enum dns_result result;
	struct rr rr[RR_MAX];
	size_t n;
	uint32_t ttl_s;
};

static void on_answer(void *arg, enum dns_result result, const struct rr *rr,
		      size_t n, uint32_t ttl_s)
{
	struct answer *a = arg;

	a->count++;
	a->result = result;
	if (n > 0)
		memcpy(a->rr, rr, n * sizeof(*rr));
	a->n = n;
	a->ttl_s = ttl_s;
}

static const struct dns_row zone[] = {
	{ "a.net", DNS_A, "127.0.0.5", 77 },
	{ "a.net", DNS_AAAA, "2001:db8::5", 88 },
	{ "_sip._udp.a.net", DNS_SRV, "1 2 3 b.net", 99 },
	{ "a.net", DNS_NAPTR, "1 2 s SIP+D2U _sip._udp.a.net", 111 },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	enum rr_kind kind;
	const char *name;
	enum dns_mood mood;
	enum dns_result result;
	uint32_t ttl_s;
} cases[] = {
	{ RR_A, "a.net", DNS_WELL, DNS_ANSWER, 77 },
	{ RR_AAAA, "a.net", DNS_WELL, DNS_ANSWER, 88 },
	{ RR_SRV, "_sip._udp.a.net", DNS_WELL, DNS_ANSWER, 99 },
	{ RR_NAPTR, "a.net", DNS_WELL, DNS_ANSWER, 111 },
	{ RR_SRV, "a.net", DNS_WELL, DNS_NONE, 0 },
	{ RR_A, "no.net", DNS_WELL, DNS_NONE, 0 },
	{ RR_A, "double..dot", DNS_WELL, DNS_NONE, 0 },
	{ RR_A, "a.net", DNS_SERVFAIL, DNS_FAILED, 0 },
	{ RR_SRV, "a.net", DNS_SERVFAIL, DNS_FAILED, 0 },
	{ RR_NAPTR, "a.net", DNS_SILENT, DNS_FAILED, 0 },
};

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = { 0 };
		struct dns_server server;
		struct bed b;
		const char *why = "";
		struct dns *d;

		bed_init(&b);
		dns_server_init(&server, &b, zone);
		server.mood = cases[i].mood;
		d = dns_create(b.loop, str_z(server.text), 100, &why);
		assert_non_null(d);
		dns_query(d, cases[i].kind, cases[i].name, on_answer, &a);
		BED_UNTIL(&b, a.count == 1);
		assert_int_equal(a.result, cases[i].result);
		assert_int_equal(a.n, cases[i].result == DNS_ANSWER);
		if (a.n > 0)
			assert_int_equal(a.ttl_s, cases[i].ttl_s);
		dns_destroy(&d);
		dns_server_fini(&server);
		bed_fini(&b);
	}
}

static void destroyed_while_asking(void **state)
{
	struct answer a = { 0 };
	struct dns_server server;
	struct bed b;
	const char *why = "";
	struct dns *d;

	(void)state;
	bed_init(&b);
	dns_server_init(&server, &b, zone);
	server.mood = DNS_SILENT;
	d = dns_create(b.loop, str_z(server.text), 1000, &why);
	for (int i = 0; i < 20; i++)
		dns_query(d, i % 2 ? RR_A : RR_AAAA, "a.net", on_answer, &a);
	loop_turn(b.loop, 10);
	dns_destroy(&d);
	assert_int_equal(a.count, 0);
	dns_server_fini(&server);
	bed_fini(&b);
}

static void bad_nameserver(void **state)
{
	struct bed b;
	const char *why = NULL;

	(void)state;
	bed_init(&b);
	assert_null(dns_create(b.loop, STR_LIT("not an address"), 100, &why));
	assert_non_null(why);
	bed_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(destroyed_while_asking),
		cmocka_unit_test(bad_nameserver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
