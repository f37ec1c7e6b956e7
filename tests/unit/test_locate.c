#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/str.h"
#include "sip/locate.h"

/* The world: what the DNS has, as text. Kinds: h hosts, n "order preference
 * flag service replacement", s "priority weight port target", a, q addresses.
 * "?" as data: not known yet. */
static const struct {
	const char *name, *data;
	char kind;
} world[] = {
	/* The example of RFC 3263 §4.1. */
	{ "example.com", "50 50 s sips+d2t _sips._tcp.example.com", 'n' },
	{ "example.com", "90 50 s sip+d2t _sip._tcp.example.com", 'n' },
	{ "example.com", "100 50 s sip+d2u _sip._udp.example.com", 'n' },
	{ "_sips._tcp.example.com", "0 1 5061 server1.example.com", 's' },
	{ "_sips._tcp.example.com", "1 1 5061 server2.example.com", 's' },
	{ "_sip._tcp.example.com", "0 1 5060 server1.example.com", 's' },
	{ "_sip._tcp.example.com", "1 2 5060 server2.example.com", 's' },
	{ "_sip._udp.example.com", "0 1 5060 server1.example.com", 's' },
	{ "server1.example.com", "192.0.2.1", 'a' },
	{ "server2.example.com", "192.0.2.2", 'a' },
	{ "example.com", "192.0.2.99", 'a' },
	/* One order, two preferences. */
	{ "prefs.net", "10 20 s sip+d2u _sip._udp.example.com", 'n' },
	{ "prefs.net", "10 10 s sip+d2t _sip._tcp.example.com", 'n' },
	{ "prefs.net", "20 10 s sips+d2t _sips._tcp.example.com", 'n' },
	/* Nothing for us in it; a dead end; an address at once. */
	{ "foreign.net", "10 10 s sip+d2s _sip._sctp.example.com", 'n' },
	{ "foreign.net", "10 10 u e2u+sip _sip._udp.example.com", 'n' },
	{ "foreign.net", "192.0.2.3", 'a' },
	{ "deadend.net", "10 10 s sip+d2u _sip._udp.nowhere.net", 'n' },
	{ "deadend.net", "20 10 s sip+d2t _sip._tcp.example.com", 'n' },
	{ "deadend2.net", "10 10 s sip+d2u _sip._udp.nowhere.net", 'n' },
	{ "deadend2.net", "192.0.2.4", 'a' },
	{ "direct.net", "10 10 a sip+d2t server2.example.com", 'n' },
	/* SRV without NAPTR. */
	{ "_sip._udp.srv.net", "1 1 5070 server1.example.com", 's' },
	{ "_sip._tcp.srv.net", "1 1 5080 server2.example.com", 's' },
	{ "_sips._tcp.srv.net", "1 1 5090 server2.example.com", 's' },
	{ "srv.net", "192.0.2.5", 'a' },
	{ "_sip._udp.off.net", "0 0 0", 's' },
	{ "off.net", "192.0.2.6", 'a' },
	{ "_sip._udp.literal.net", "0 0 5060 192.0.2.44", 's' },
	/* Addresses only. */
	{ "plain.net", "192.0.2.7", 'a' },
	{ "plain.net", "192.0.2.8", 'a' },
	{ "both.net", "192.0.2.9", 'a' },
	{ "both.net", "2001:db8::9", 'q' },
	{ "_sip._udp.twice.net", "1 1 5060 plain.net", 's' },
	{ "_sip._udp.twice.net", "2 1 5060 plain.net", 's' },
	/* RFC 3861. */
	{ "_im._sip.chat.net", "0 0 5065 server1.example.com", 's' },
	{ "_pres._sip.chat.net", "0 0 5066 server2.example.com", 's' },
	{ "chat.net", "192.0.2.10", 'a' },
	/* The hosts file. */
	{ "pbx", "yes", 'h' },
	{ "pbx", "127.0.0.1", 'a' },
	{ "_sip._udp.pbx", "1 1 9 server1.example.com", 's' },
	/* What is not known yet. */
	{ "slow.net", "?", 'n' },
	{ "_sip._udp.slow2.net", "?", 's' },
	{ "_sip._tcp.slow2.net", "1 1 5060 server1.example.com", 's' },
	{ "slow3.net", "?", 'a' },
};
enum { WORLD_COUNT = sizeof(world) / sizeof(world[0]) };

struct asked {
	char text[1024]; /* " n:example.com" for each lookup */
	struct rr rr[RR_MAX];
	struct rr_set set;
};

static bool rr_from(enum rr_kind kind, const char *data, struct rr *rr)
{
	unsigned a = 0, b = 0, c = 0;
	char flag[8] = "", service[16] = "", name[128] = "";

	memset(rr, 0, sizeof(*rr));
	switch (kind) {
	case RR_NAPTR:
		assert_int_equal(sscanf(data, "%u %u %7s %15s %127s", &a, &b,
					flag, service, name),
				 5);
		rr->naptr.order = (uint16_t)a;
		rr->naptr.preference = (uint16_t)b;
		rr->naptr.flag = flag[0];
		strcpy(rr->naptr.service, service);
		strcpy(rr->naptr.replacement, name);
		return true;
	case RR_SRV:
		assert_true(sscanf(data, "%u %u %u %127s", &a, &b, &c, name) >=
			    3);
		rr->srv.priority = (uint16_t)a;
		rr->srv.weight = (uint16_t)b;
		rr->srv.port = (uint16_t)c;
		strcpy(rr->srv.target, name);
		return true;
	case RR_HOSTS:
		return true;
	default:
		return endpoint_read(str_z(data), 0, &rr->address);
	}
}

static const struct rr_set *look_up(void *arg, enum rr_kind kind,
				    const char *name)
{
	static const char letters[] = "hnsaq";
	struct asked *k = arg;
	size_t used = strlen(k->text);

	k->set = (struct rr_set){ 0, k->rr };
	if (kind != RR_HOSTS)
		snprintf(k->text + used, sizeof(k->text) - used, " %c:%s",
			 letters[kind], name);
	for (size_t i = 0; i < WORLD_COUNT; i++) {
		if (world[i].kind != letters[kind] ||
		    strcmp(world[i].name, name) != 0)
			continue;
		if (strcmp(world[i].data, "?") == 0)
			return NULL;
		assert_true(rr_from(kind, world[i].data, &k->rr[k->set.n++]));
	}
	return &k->set;
}

static uint32_t lowest(void *arg, uint32_t below)
{
	(void)arg;
	(void)below;
	return 0;
}

static const struct resolve_options everything = {
	.has_udp = true,
	.has_tcp = true,
	.has_tls = true,
	.has_ipv4 = true,
	.has_ipv6 = true,
	.wants_naptr = true,
	.wants_srv = true,
};

enum { BIG = 1, NO_TLS = 2, NO_TCP = 4, NO_NAPTR = 8, NO_SRV = 16, NO_V6 = 32 };

/* hops: "U192.0.2.1:5060 T..." with U, T, S; or "- why", or "?". */
static const struct {
	const char *uri;
	unsigned how;
	const char *hops;
} cases[] = {
	/* §4.1: numeric, no lookups; transports by parameter and scheme. */
	{ "sip:a@192.0.2.1", 0, "U192.0.2.1:5060" },
	{ "sip:a@192.0.2.1:5070", 0, "U192.0.2.1:5070" },
	{ "sip:a@192.0.2.1;transport=tcp", 0, "T192.0.2.1:5060" },
	{ "sip:a@192.0.2.1;transport=TLS", 0, "S192.0.2.1:5061" },
	{ "sip:a@[2001:db8::1]", 0, "U[2001:db8::1]:5060" },
	{ "sip:a@[2001:db8::1]", NO_V6, "- no address for this host" },
	{ "sip:a@192.0.2.1", BIG, "T192.0.2.1:5060" },
	{ "sip:a@192.0.2.1;transport=udp", BIG, "T192.0.2.1:5060" },
	{ "sip:a@192.0.2.1", BIG | NO_TCP, "- no transport for this address" },
	{ "sips:a@192.0.2.1", 0, "S192.0.2.1:5061" },
	{ "sips:a@192.0.2.1;transport=tcp", 0, "S192.0.2.1:5061" },
	{ "sips:a@192.0.2.1", NO_TLS, "- no transport for this address" },
	{ "sips:a@192.0.2.1;transport=udp", 0, "- sips over UDP" },
	{ "sip:a@b;transport=sctp", 0, "- a transport that we do not have" },
	{ "sip:a@plain.net;maddr=192.0.2.50", 0, "U192.0.2.50:5060" },
	{ "sip:a@192.0.2.1;maddr=plain.net", 0,
	  "U192.0.2.7:5060 U192.0.2.8:5060" },
	{ "tel:+123", 0, "- not a SIP address" },
	/* A port: addresses only. */
	{ "sip:a@example.com:5066", 0, "U192.0.2.99:5066" },
	{ "sip:a@example.com:5066;transport=tcp", 0, "T192.0.2.99:5066" },
	{ "sips:a@example.com:5066", 0, "S192.0.2.99:5066" },
	/* NAPTR: the lowest order that we can use. */
	{ "sip:a@example.com", 0, "S192.0.2.1:5061 S192.0.2.2:5061" },
	{ "sip:a@EXAMPLE.com.", NO_TLS, "T192.0.2.1:5060 T192.0.2.2:5060" },
	{ "sip:a@example.com", NO_TLS | NO_TCP, "U192.0.2.1:5060" },
	{ "sips:a@example.com", 0, "S192.0.2.1:5061 S192.0.2.2:5061" },
	{ "sip:a@example.com", NO_TLS | NO_NAPTR,
	  "U192.0.2.1:5060 T192.0.2.1:5060 T192.0.2.2:5060" },
	{ "sip:a@example.com", NO_NAPTR | NO_SRV, "U192.0.2.99:5060" },
	{ "sip:a@prefs.net", 0,
	  "T192.0.2.1:5060 T192.0.2.2:5060 U192.0.2.1:5060" },
	{ "sip:a@prefs.net", BIG, "T192.0.2.1:5060 T192.0.2.2:5060" },
	{ "sips:a@prefs.net", 0, "S192.0.2.1:5061 S192.0.2.2:5061" },
	{ "sip:a@foreign.net", 0, "U192.0.2.3:5060" },
	{ "sip:a@deadend.net", 0, "T192.0.2.1:5060 T192.0.2.2:5060" },
	{ "sip:a@deadend2.net", 0, "U192.0.2.4:5060" },
	{ "sip:a@direct.net", 0, "T192.0.2.2:5060" },
	/* SRV. */
	{ "sip:a@srv.net", 0, "U192.0.2.1:5070 T192.0.2.2:5080" },
	{ "sip:a@srv.net", BIG, "T192.0.2.2:5080" },
	{ "sip:a@srv.net;transport=udp", 0, "U192.0.2.1:5070" },
	{ "sip:a@srv.net;transport=tcp", 0, "T192.0.2.2:5080" },
	{ "sip:a@srv.net;transport=tls", 0, "S192.0.2.2:5090" },
	{ "sips:a@srv.net", 0, "S192.0.2.2:5090" },
	{ "sip:a@srv.net;transport=udp", NO_SRV, "U192.0.2.5:5060" },
	{ "sip:a@off.net", 0, "- no address for this host" },
	{ "sip:a@literal.net", 0, "U192.0.2.44:5060" },
	{ "sip:a@twice.net", 0, "U192.0.2.7:5060 U192.0.2.8:5060" },
	/* Addresses. */
	{ "sip:a@plain.net", 0, "U192.0.2.7:5060 U192.0.2.8:5060" },
	{ "sip:a@plain.net", BIG, "T192.0.2.7:5060 T192.0.2.8:5060" },
	{ "sips:a@plain.net", 0, "S192.0.2.7:5061 S192.0.2.8:5061" },
	{ "sip:a@both.net", 0, "U[2001:db8::9]:5060 U192.0.2.9:5060" },
	{ "sip:a@both.net", NO_V6, "U192.0.2.9:5060" },
	{ "sip:a@nowhere.net", 0, "- no address for this host" },
	/* RFC 3861. */
	{ "im:a@chat.net", 0, "U192.0.2.1:5065" },
	{ "im:a@chat.net", BIG, "T192.0.2.1:5065" },
	{ "pres:a@chat.net", 0, "U192.0.2.2:5066" },
	{ "im:a@plain.net", 0, "U192.0.2.7:5060 U192.0.2.8:5060" },
	{ "sip:a@chat.net", 0, "U192.0.2.10:5060" },
	/* The hosts file is the last word. */
	{ "sip:a@pbx", 0, "U127.0.0.1:5060" },
	{ "sip:a@pbx;transport=tcp", 0, "T127.0.0.1:5060" },
	/* Not known yet. */
	{ "sip:a@slow.net", 0, "?" },
	{ "sip:a@slow2.net", 0, "?" },
	{ "sip:a@slow3.net", 0, "?" },
	{ "sip:a@slow3.net:5060", 0, "?" },
};

static void write_hops(char *out, size_t cap, const struct hop *hops, int n)
{
	struct strbuf b;

	strbuf_init(&b, cap - 1);
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(&b, ' ');
		strbuf_addc(&b, "UTS"[hops[i].transport]);
		endpoint_write(&b, &hops[i].peer);
	}
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	strbuf_fini(&b);
}

static int run(const char *text, unsigned how, struct asked *k,
	       struct hop hops[RESOLVE_HOPS_MAX], const char **why)
{
	struct resolve_options o = everything;
	const struct locate_env env = { &o, look_up, lowest, k };
	struct locate_target t;
	struct uri u;

	o.has_tls = !(how & NO_TLS);
	o.has_tcp = !(how & NO_TCP);
	o.has_ipv6 = !(how & NO_V6);
	o.wants_naptr = !(how & NO_NAPTR);
	o.wants_srv = !(how & NO_SRV);
	memset(k, 0, sizeof(*k));
	assert_true(uri_read(str_z(text), &u, why));
	if (!locate_target_read(&u, how & BIG, &t, why))
		return 0;
	return locate(&env, &t, hops, why);
}

static void rules(void **state)
{
	struct hop hops[RESOLVE_HOPS_MAX];
	struct asked k;
	char got[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = "";
		int n = run(cases[i].uri, cases[i].how, &k, hops, &why);

		if (n == LOCATE_MISSING)
			strcpy(got, "?");
		else if (n == 0)
			snprintf(got, sizeof(got), "- %s", why);
		else
			write_hops(got, sizeof(got), hops, n);
		if (strcmp(got, cases[i].hops) != 0)
			print_error("%s (%u)\n", cases[i].uri, cases[i].how);
		assert_string_equal(got, cases[i].hops);
	}
}

/* No question too many, and those that can go together do. */
static void questions(void **state)
{
	static const struct {
		const char *uri;
		unsigned how;
		const char *asked;
	} all[] = {
		{ "sip:a@192.0.2.1", 0, "" },
		{ "sip:a@plain.net:5060", 0, " q:plain.net a:plain.net" },
		{ "sip:a@slow.net", 0, " n:slow.net" },
		{ "sip:a@slow2.net", NO_V6,
		  " n:slow2.net s:_sip._udp.slow2.net"
		  " s:_sip._tcp.slow2.net a:server1.example.com" },
		{ "sip:a@pbx", NO_V6, " a:pbx" },
		{ "sip:a@srv.net;transport=tcp", NO_V6,
		  " s:_sip._tcp.srv.net a:server2.example.com" },
	};
	struct hop hops[RESOLVE_HOPS_MAX];
	struct asked k;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		run(all[i].uri, all[i].how, &k, hops, &why);
		assert_string_equal(k.text, all[i].asked);
	}
}

/* TLS checks the name of the URI, not that of the SRV record (RFC 5922). */
static void tls_names(void **state)
{
	static const struct {
		const char *uri, *name;
	} all[] = {
		{ "sips:a@Example.com", "example.com" },
		{ "sip:a@srv.net;transport=tls", "srv.net" },
		{ "sips:a@192.0.2.1", "192.0.2.1" },
		{ "sips:a@plain.net;maddr=192.0.2.1", "plain.net" },
		{ "sip:a@plain.net", "" },
	};
	struct hop hops[RESOLVE_HOPS_MAX];
	struct asked k;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_true(run(all[i].uri, 0, &k, hops, &why) > 0);
		assert_string_equal(hops[0].name, all[i].name);
	}
}

static void host_too_long(void **state)
{
	char host[300], text[400];
	struct hop hops[RESOLVE_HOPS_MAX];
	struct locate_target t;
	struct uri u = { .scheme = URI_SIP };
	struct asked k;
	const char *why = "";

	(void)state;
	memset(host, 'a', sizeof(host));
	u.host = (struct str){ host, 256 };
	assert_false(locate_target_read(&u, false, &t, &why));
	assert_string_equal(why, "not a host name");
	/* Fits, but its service names do not: the address is left. */
	for (size_t i = 60; i < 250; i += 60)
		host[i] = '.';
	host[250] = '\0';
	snprintf(text, sizeof(text), "sip:%s", host);
	assert_int_equal(run(text, NO_V6, &k, hops, &why), 0);
	assert_string_equal(why, "no address for this host");
	assert_null(strstr(k.text, "s:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(questions),
		cmocka_unit_test(tls_names),
		cmocka_unit_test(host_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
