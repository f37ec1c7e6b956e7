#include "dnsbed.h"
#include "sip/rr.h"

/* --- reading */

static void reads_srv(void **state)
{
	struct dns_message m;
	struct rr rr[RR_MAX];
	uint32_t ttl = 0;

	(void)state;
	dns_begin(&m, 1, "_sip._udp.example.net", DNS_SRV);
	dns_srv(&m, "_sip._udp.example.net", 300, 10, 60, 5060,
		"A.Example.net");
	dns_srv(&m, "_sip._udp.example.net", 60, 20, 0, 5070, "b.example.net");
	dns_srv(&m, "_sip._udp.example.net", 90, 30, 0, 0, "");
	assert_int_equal(rr_read(RR_SRV, m.p, m.n, rr, &ttl), 3);
	assert_int_equal(ttl, 60);
	for (size_t i = 0; i < 3; i++) {
		if (rr[i].srv.priority == 10) {
			assert_string_equal(rr[i].srv.target, "a.example.net");
			assert_int_equal(rr[i].srv.weight, 60);
			assert_int_equal(rr[i].srv.port, 5060);
		} else if (rr[i].srv.priority == 30) {
			assert_string_equal(rr[i].srv.target, "");
		}
	}
}

static void reads_naptr(void **state)
{
	struct dns_message m;
	struct rr rr[RR_MAX];
	uint32_t ttl = 0;

	(void)state;
	dns_begin(&m, 1, "example.net", DNS_NAPTR);
	dns_naptr(&m, "example.net", 77, 50, 40, "S", "SIP+D2T",
		  "_sip._tcp.example.net");
	dns_naptr(&m, "example.net", 77, 50, 50, "u", "E2U+a-very-long-service",
		  "x.example.net");
	assert_int_equal(rr_read(RR_NAPTR, m.p, m.n, rr, &ttl), 1);
	assert_int_equal(ttl, 77);
	assert_int_equal(rr[0].naptr.order, 50);
	assert_int_equal(rr[0].naptr.preference, 40);
	assert_int_equal(rr[0].naptr.flag, 's');
	assert_string_equal(rr[0].naptr.service, "sip+d2t");
	assert_string_equal(rr[0].naptr.replacement, "_sip._tcp.example.net");
}

/* Each prefix of a good answer, and each of its bytes changed: no harm. */
static void damaged(void **state)
{
	static const int kinds[] = { RR_SRV, RR_NAPTR };
	struct dns_message m, copy;
	struct rr rr[RR_MAX];
	uint32_t ttl;

	(void)state;
	dns_begin(&m, 1, "a.b", DNS_SRV);
	dns_srv(&m, "a.b", 300, 10, 60, 5060, "c.d");
	dns_naptr(&m, "a.b", 77, 50, 40, "s", "SIP+D2T", "e.f");
	for (size_t k = 0; k < 2; k++) {
		enum rr_kind kind = (enum rr_kind)kinds[k];

		for (size_t n = 0; n < m.n; n++) {
			unsigned char *cut = malloc(n + 1);

			memcpy(cut, m.p, n);
			assert_int_equal(rr_read(kind, cut, n, rr, &ttl), -1);
			free(cut);
		}
		for (size_t i = 0; i < m.n * 256; i++) {
			copy = m;
			copy.p[i / 256] = (unsigned char)i;
			assert_true(rr_read(kind, copy.p, copy.n, rr, &ttl) <=
				    RR_MAX);
		}
	}
}

/* More than are kept, none at all, a negative TTL. */
static void bounds(void **state)
{
	struct dns_message m;
	struct rr rr[RR_MAX];
	uint32_t ttl = 1;

	(void)state;
	dns_begin(&m, 1, "a.b", DNS_SRV);
	assert_int_equal(rr_read(RR_SRV, m.p, m.n, rr, &ttl), 0);
	for (int i = 0; i < 40; i++)
		dns_srv(&m, "a.b", 0x80000001, 1, 1, 5060, "c.d");
	assert_int_equal(rr_read(RR_SRV, m.p, m.n, rr, &ttl), RR_MAX);
	assert_int_equal(ttl, 0);
}

/* --- order */

static struct rr srv(unsigned priority, unsigned weight, char name)
{
	struct rr r = { 0 };

	r.srv.priority = (uint16_t)priority;
	r.srv.weight = (uint16_t)weight;
	r.srv.target[0] = name;
	return r;
}

/* Gives the numbers of a script, one after the other. */
static uint32_t scripted(void *arg, uint32_t below)
{
	const uint32_t **next = arg;
	uint32_t v = *(*next)++;

	assert_true(below > 0);
	return v < below ? v : below - 1;
}

static void srv_order(void **state)
{
	static const struct {
		uint32_t script[4];
		const char *want;
	} cases[] = {
		/* c: priority 1, then a (10), b (30), z (0) of priority 2. */
		{ { 0, 0, 0, 0 }, "czba" },
		{ { 0, 1, 1, 0 }, "cabz" },
		{ { 0, 11, 0, 0 }, "cbza" },
		{ { 0, 40, 10, 0 }, "cbaz" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rr rr[] = { srv(2, 10, 'a'), srv(2, 30, 'b'),
				   srv(1, 0, 'c'), srv(2, 0, 'z') };
		const uint32_t *next = cases[i].script;
		char got[5] = "";

		rr_sort_srv(rr, 4, scripted, &next);
		for (size_t k = 0; k < 4; k++)
			got[k] = rr[k].srv.target[0];
		assert_string_equal(got, cases[i].want);
	}
}

static uint32_t evenly(void *arg, uint32_t below)
{
	uint32_t *x = arg;

	*x = *x * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(*x) * below >> 32);
}

/* Three to one, as the weights are; and equal when all are 0. */
static void srv_shares(void **state)
{
	static const struct {
		unsigned a, b, least, most; /* of 10000: how often a is first */
	} cases[] = {
		{ 75, 25, 7200, 7800 },
		{ 0, 0, 4700, 5300 },
		{ 0, 100, 1, 300 },
		{ 65535, 65535, 4700, 5300 },
	};
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned first = 0;

		for (int n = 0; n < 10000; n++) {
			struct rr rr[] = { srv(1, cases[i].a, 'a'),
					   srv(1, cases[i].b, 'b') };

			rr_sort_srv(rr, 2, evenly, &seed);
			first += rr[0].srv.target[0] == 'a';
		}
		assert_in_range(first, cases[i].least, cases[i].most);
	}
}

static void naptr_order(void **state)
{
	static const uint16_t in[][2] = {
		{ 2, 1 }, { 1, 9 }, { 1, 3 }, { 2, 0 }, { 1, 3 }
	};
	struct rr rr[5] = { 0 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		rr[i].naptr.order = in[i][0];
		rr[i].naptr.preference = in[i][1];
		rr[i].naptr.flag = (char)('0' + i);
	}
	rr_sort_naptr(rr, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(rr[i].naptr.flag, "24130"[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_srv),   cmocka_unit_test(reads_naptr),
		cmocka_unit_test(damaged),     cmocka_unit_test(bounds),
		cmocka_unit_test(srv_order),   cmocka_unit_test(srv_shares),
		cmocka_unit_test(naptr_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
