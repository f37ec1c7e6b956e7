#include "dnsbed.h"
#include <sys/resource.h>
#include "sip/resolve.h"

struct resolve_bed {
	struct bed b;
	struct dns_server dns;
	struct resolve *r;
	/* Of the last answer. */
	unsigned answers;
	int n;
	struct hop hops[RESOLVE_HOPS_MAX];
	char why[64];
};

static const struct dns_row zone[] = {
	{ "example.com", DNS_NAPTR, "90 50 S SIP+D2T _sip._tcp.example.com",
	  60 },
	{ "example.com", DNS_NAPTR, "100 50 S SIP+D2U _sip._udp.example.com",
	  0 },
	{ "_sip._tcp.example.com", DNS_SRV, "0 1 5060 s1.example.com", 0 },
	{ "_sip._tcp.example.com", DNS_SRV, "1 2 5070 s2.example.com", 0 },
	{ "s1.example.com", DNS_A, "127.0.0.11", 0 },
	{ "s2.example.com", DNS_A, "127.0.0.12", 0 },
	{ "s2.example.com", DNS_AAAA, "::1", 0 },
	{ "_sip._udp.srv.net", DNS_SRV, "0 1 5061 s1.example.com", 0 },
	{ "plain.net", DNS_A, "127.0.0.13", 0 },
	{ "plain.net", DNS_A, "127.0.0.14", 0 },
	{ "short.net", DNS_A, "127.0.0.15", 1 },
	{ "alias.net", DNS_CNAME, "plain.net", 0 },
	{ "unroutable.net", DNS_AAAA, "2001:db8::dead", 0 },
	{ "unroutable.net", DNS_A, "127.0.0.16", 0 },
	{ NULL, 0, NULL, 0 },
};

static void set_up(struct resolve_bed *t, unsigned timeout_ms)
{
	struct resolve_options o = { .has_udp = true,
				     .has_tcp = true,
				     .has_ipv4 = true,
				     .has_ipv6 = true,
				     .wants_naptr = true,
				     .wants_srv = true,
				     .timeout_ms = timeout_ms };
	const char *why = "";

	memset(t, 0, sizeof(*t));
	bed_init(&t->b);
	dns_server_init(&t->dns, &t->b, zone);
	o.nameserver = str_z(t->dns.text);
	t->r = resolve_create(t->b.loop, &o, &why);
	assert_non_null(t->r);
}

static void tear_down(struct resolve_bed *t)
{
	resolve_destroy(&t->r);
	dns_server_fini(&t->dns);
	bed_fini(&t->b);
}

static void on_hops(void *arg, const struct hop *hops, size_t n,
		    const char *why)
{
	struct resolve_bed *t = arg;

	t->answers++;
	t->n = (int)n;
	if (n > 0)
		memcpy(t->hops, hops, n * sizeof(*hops));
	snprintf(t->why, sizeof(t->why), "%s", why ? why : "");
	assert_true(resolve_is_unsure(why) ==
		    (strcmp(t->why, "no answer from DNS") == 0));
}

static struct uri uri_of(const char *text)
{
	struct uri u;
	const char *why = "";

	assert_true(uri_read(str_z(text), &u, &why));
	return u;
}

static struct resolve_job *start(struct resolve_bed *t, const char *text)
{
	struct uri u = uri_of(text);

	return resolve_start(t->r, &u, false, on_hops, t);
}

static int now(struct resolve_bed *t, const char *text)
{
	struct uri u = uri_of(text);

	t->n = resolve_now(t->r, &u, false, t->hops);
	return t->n;
}

static void expect(const struct resolve_bed *t, const char *want)
{
	struct strbuf b;

	strbuf_init(&b, 2000);
	for (int i = 0; i < t->n; i++) {
		if (i > 0)
			strbuf_addc(&b, ' ');
		strbuf_addc(&b, "UTS"[t->hops[i].transport]);
		endpoint_write(&b, &t->hops[i].peer);
	}
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, want);
	strbuf_fini(&b);
}

/* From the wire to hops, and the second time from the cache. */
static void lookups(void **state)
{
	static const struct {
		const char *uri, *hops, *why;
	} cases[] = {
		{ "sip:a@example.com",
		  "T127.0.0.11:5060 T[::1]:5070 T127.0.0.12:5070", "" },
		{ "sip:a@srv.net", "U127.0.0.11:5061", "" },
		{ "sip:a@plain.net", "U127.0.0.13:5060 U127.0.0.14:5060", "" },
		{ "sip:a@plain.net:7;transport=tcp",
		  "T127.0.0.13:7 T127.0.0.14:7", "" },
		{ "sip:a@alias.net", "U127.0.0.13:5060 U127.0.0.14:5060", "" },
		{ "sip:a@nowhere.net", "", "no address for this host" },
	};
	struct resolve_bed t;
	unsigned questions;

	(void)state;
	set_up(&t, 2000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_cached = i == 3; /* the addresses of case 2 */

		if (!is_cached)
			assert_int_equal(now(&t, cases[i].uri), -1);
		start(&t, cases[i].uri);
		assert_int_equal(t.answers, i);
		BED_UNTIL(&t.b, t.answers == i + 1);
		expect(&t, cases[i].hops);
		assert_string_equal(t.why, cases[i].why);
		questions = t.dns.questions;
		now(&t, cases[i].uri);
		expect(&t, cases[i].hops);
		assert_int_equal(t.dns.questions, questions);
	}
	tear_down(&t);
}

/* No question at all. */
static void literals(void **state)
{
	static const struct {
		const char *uri, *hops;
	} cases[] = {
		{ "sip:a@127.0.0.1", "U127.0.0.1:5060" },
		{ "sip:a@[::1]:6000;transport=tcp", "T[::1]:6000" },
		{ "sip:a@plain.net;maddr=127.0.0.3", "U127.0.0.3:5060" },
	};
	struct resolve_bed t;

	(void)state;
	set_up(&t, 2000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(now(&t, cases[i].uri), 1);
		expect(&t, cases[i].hops);
		start(&t, cases[i].uri);
		BED_UNTIL(&t.b, t.answers == i + 1);
		expect(&t, cases[i].hops);
	}
	assert_int_equal(now(&t, "tel:+1"), 0);
	start(&t, "tel:+1");
	BED_UNTIL(&t.b, t.answers == 4);
	assert_string_equal(t.why, "not a SIP address");
	assert_int_equal(t.dns.questions, 0);
	tear_down(&t);
}

static void the_hosts_file(void **state)
{
	struct resolve_bed t;

	(void)state;
	set_up(&t, 2000);
	t.dns.mood = DNS_SILENT;
	start(&t, "sip:a@localhost");
	BED_UNTIL(&t.b, t.answers == 1);
	assert_true(t.n >= 1);
	assert_int_equal(t.dns.questions, 0);
	tear_down(&t);
}

/* A hundred who ask for the same share the questions. */
static void shared(void **state)
{
	struct resolve_bed t;

	(void)state;
	set_up(&t, 2000);
	for (int i = 0; i < 100; i++)
		start(&t, "sip:a@example.com");
	BED_UNTIL(&t.b, t.answers == 100);
	expect(&t, "T127.0.0.11:5060 T[::1]:5070 T127.0.0.12:5070");
	assert_int_equal(t.dns.questions, 6);
	tear_down(&t);
}

static void failures(void **state)
{
	static const struct {
		enum dns_mood mood;
		unsigned silent_type;
		const char *uri, *hops, *why;
	} cases[] = {
		{ DNS_SILENT, 0, "sip:a@plain.net", "", "no answer from DNS" },
		{ DNS_SERVFAIL, 0, "sip:a@plain.net", "",
		  "no answer from DNS" },
		{ DNS_GARBAGE, 0, "sip:a@plain.net", "", "no answer from DNS" },
		/* One question without an answer does not spoil the rest. */
		{ DNS_WELL, DNS_AAAA, "sip:a@plain.net",
		  "U127.0.0.13:5060 U127.0.0.14:5060", "" },
		{ DNS_WELL, DNS_NAPTR, "sip:a@srv.net", "U127.0.0.11:5061",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct resolve_bed t;
		uint64_t since;

		set_up(&t, 400);
		t.dns.mood = cases[i].mood;
		t.dns.silent_type = cases[i].silent_type;
		since = bed_ms();
		start(&t, cases[i].uri);
		BED_UNTIL(&t.b, t.answers == 1);
		assert_true(bed_ms() - since < 1000);
		expect(&t, cases[i].hops);
		assert_string_equal(t.why, cases[i].why);
		tear_down(&t);
	}
}

/* A server that is not there refuses at once; nothing waits. */
static void no_server(void **state)
{
	struct resolve_bed t;
	uint64_t since = bed_ms();

	(void)state;
	set_up(&t, 5000);
	loop_watch_close(&t.dns.watch);
	close(t.dns.fd);
	start(&t, "sip:a@plain.net");
	BED_UNTIL(&t.b, t.answers == 1);
	assert_string_equal(t.why, "no answer from DNS");
	assert_true(bed_ms() - since < 2000);
	t.dns.fd = bed_udp("127.0.0.1", &t.dns.at);
	tear_down(&t);
}

/* An answer that is too old is used while there is no new one. */
static void stale_answers(void **state)
{
	struct resolve_bed t;

	(void)state;
	set_up(&t, 400);
	start(&t, "sip:a@short.net:5060");
	BED_UNTIL(&t.b, t.answers == 1);
	expect(&t, "U127.0.0.15:5060");
	bed_turn_for(&t.b, 5100); /* the least time to live */
	assert_int_equal(now(&t, "sip:a@short.net:5060"), -1);
	t.dns.mood = DNS_SILENT;
	start(&t, "sip:a@short.net:5060");
	BED_UNTIL(&t.b, t.answers == 2);
	expect(&t, "U127.0.0.15:5060");
	tear_down(&t);
}

static void cancelled(void **state)
{
	struct resolve_bed t;
	struct resolve_job *a, *b;

	(void)state;
	set_up(&t, 1000);
	a = start(&t, "sip:a@plain.net");
	b = start(&t, "sip:a@plain.net");
	start(&t, "sip:a@plain.net");
	resolve_cancel(a);
	loop_turn(t.b.loop, 0);
	loop_turn(t.b.loop, 0);
	resolve_cancel(b);
	BED_UNTIL(&t.b, t.answers == 1);
	bed_turn_for(&t.b, 50);
	assert_int_equal(t.answers, 1);
	/* Destroyed with jobs under way: nobody is called. */
	start(&t, "sip:a@example.com");
	loop_turn(t.b.loop, 0);
	start(&t, "sip:a@srv.net");
	tear_down(&t);
	assert_int_equal(t.answers, 1);
}

/* More names at once than may be asked for: all end, in time. */
static void a_flood(void **state)
{
	struct resolve_bed t;
	uint64_t since = bed_ms();
	char text[64];

	(void)state;
	set_up(&t, 1000);
	t.dns.mood = DNS_SILENT;
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "sip:a@n%d.example.net:5060", i);
		start(&t, text);
	}
	BED_UNTIL(&t.b, t.answers == 3000);
	assert_true(bed_ms() - since < 5000);
	assert_string_equal(t.why, "no answer from DNS");
	tear_down(&t);
}

/* What starts another lookup inside its answer, for ever, leaves the loop its
 * turns. */
static void again(void *arg, const struct hop *hops, size_t n, const char *why)
{
	struct resolve_bed *t = arg;
	struct uri u = uri_of("sip:a@127.0.0.1");

	(void)hops;
	(void)n;
	(void)why;
	t->answers++;
	resolve_start(t->r, &u, false, again, t);
}

static void asks_in_its_answer(void **state)
{
	struct resolve_bed t;

	(void)state;
	set_up(&t, 1000);
	again(&t, NULL, 0, NULL);
	for (int i = 0; i < 10; i++)
		loop_turn(t.b.loop, 5);
	assert_in_range(t.answers, 5, 12);
	tear_down(&t);
}

static void ipv6_without_a_route(void **state)
{
	struct resolve_bed t;
	union endpoint to = bed_at("2001:db8::dead", 9);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has_route = connect(fd, &to.sa, endpoint_bytes(&to)) == 0;

	(void)state;
	close(fd);
	set_up(&t, 1000);
	start(&t, "sip:a@unroutable.net:5060");
	BED_UNTIL(&t.b, t.answers == 1);
	expect(&t, has_route ? "U[2001:db8::dead]:5060 U127.0.0.16:5060"
			     : "U127.0.0.16:5060");
	tear_down(&t);
}

/* What was asked for last is known, and nothing else is taken for it. */
static void one_after_the_other(void **state)
{
	static const struct {
		const char *uri, *hops;
	} cases[] = {
		{ "sip:127.0.0.1:5070;lr", "U127.0.0.1:5070" },
		{ "sip:a@127.0.0.1:5070;lr", "U127.0.0.1:5070" },
		{ "sip:127.0.0.1:5071;lr", "U127.0.0.1:5071" },
		{ "sip:127.0.0.1:5071;transport=tcp", "T127.0.0.1:5071" },
		{ "sip:127.0.0.1:5071", "U127.0.0.1:5071" },
		{ "sip:127.0.0.2:5071", "U127.0.0.2:5071" },
		{ "tel:+15551234", "" },
		{ "sip:127.0.0.2:5071", "U127.0.0.2:5071" },
		{ "sip:127.0.0.2", "U127.0.0.2:5060" },
		{ "sip:127.0.0.2;maddr=127.0.0.3", "U127.0.0.3:5060" },
	};
	struct resolve_bed t;
	struct uri u;

	(void)state;
	set_up(&t, 2000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int twice = 0; twice < 2; twice++) {
			now(&t, cases[i].uri);
			expect(&t, cases[i].hops);
		}
	}
	/* Too large for a datagram, by the same address. */
	u = uri_of("sip:127.0.0.2;maddr=127.0.0.3");
	t.n = resolve_now(t.r, &u, true, t.hops);
	expect(&t, "T127.0.0.3:5060");
	tear_down(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups),
		cmocka_unit_test(literals),
		cmocka_unit_test(the_hosts_file),
		cmocka_unit_test(shared),
		cmocka_unit_test(failures),
		cmocka_unit_test(no_server),
		cmocka_unit_test(stale_answers),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(a_flood),
		cmocka_unit_test(asks_in_its_answer),
		cmocka_unit_test(ipv6_without_a_route),
		cmocka_unit_test(one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
