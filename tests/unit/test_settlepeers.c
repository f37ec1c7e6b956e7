#include "gateway/config/settlepeers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define HEAD                                                                   \
	"components:\n"                                                        \
	"  - domain: sip.example.com\n"                                        \
	"    secret: hunter2\n"
#define FIXED	HEAD "    sip_domain: example.net\n"
#define ESCAPED HEAD "    contacts: escaped\n"

/* "address address : domain domain" of each peer, then "; ". */
static void dump(struct strbuf *b, const struct config *c)
{
	size_t i, k;

	for (i = 0; i < c->peer_count; i++) {
		const struct config_peer *p = &c->peers[i];

		strbuf_addz(b, i > 0 ? "; " : "");
		for (k = 0; k < p->address_count; k++)
			strbuf_addf(b, "%.*s ", STR_ARG(p->addresses[k]));
		for (k = 0; k < p->tls_name_count; k++)
			strbuf_addf(b, "<%.*s> ", STR_ARG(p->tls_names[k]));
		strbuf_addz(b, ":");
		for (k = 0; k < p->domain_count; k++)
			strbuf_addf(b, " %.*s", STR_ARG(p->domains[k]));
	}
	strbuf_addc(b, '\0');
}

static void test_peers(void **state)
{
	static const struct {
		const char *yaml, *expected;
		bool is_warned;
	} cases[] = {
		{ FIXED, "127.0.0.0/8 ::1 : example.net", false },
		{ ESCAPED, "127.0.0.0/8 ::1 : *", false },
		{ FIXED "sip: { outbound_proxy: 'sip:192.0.2.1:5080;lr' }\n",
		  "127.0.0.0/8 ::1 192.0.2.1 : example.net", false },
		{ FIXED "    next_hop: sip:[2001:db8::1]\n",
		  "127.0.0.0/8 ::1 2001:db8::1 : example.net", false },
		{ FIXED "sip: { outbound_proxy: sip:p.example.net }\n",
		  "127.0.0.0/8 ::1 : example.net", true },
		/* Over TLS it is known by its name. */
		{ FIXED "sip: { outbound_proxy: "
			"'sip:p.example.net;transport=tls' }\n",
		  "127.0.0.0/8 ::1 <p.example.net> : example.net", false },
		{ FIXED "    next_hop: sips:p.example.net\n",
		  "127.0.0.0/8 ::1 <p.example.net> : example.net", false },
		{ FIXED "    next_hop: sips:192.0.2.1\n",
		  "127.0.0.0/8 ::1 192.0.2.1 : example.net", false },
		{ FIXED "sip:\n"
			"  peers: [{ addresses: [192.0.2.0/24] }]\n"
			"  outbound_proxy: sip:p.example.net\n",
		  "192.0.2.0/24 : example.net", false },
		{ FIXED "sip:\n"
			"  peers:\n"
			"    - addresses: [192.0.2.0/24, '2001:db8::/32']\n"
			"      domains: ['*.Example.org', example.org]\n"
			"    - addresses: [198.51.100.7]\n",
		  "192.0.2.0/24 2001:db8::/32 : *.example.org example.org; "
		  "198.51.100.7 : example.net",
		  false },
		/* Hosts of contacts count, those of users do not. */
		{ FIXED "    aliases:\n"
			"      - { jid: a@sip.example.com, "
			"uri: 'sip:a@desk.example.net' }\n"
			"      - { jid: u@example.com, "
			"uri: 'sip:u@users.example.net' }\n"
			"    numbers: [{ sip_host: pstn.example.net, "
			"jid: '+', digits: 7-15 }]\n",
		  "127.0.0.0/8 ::1 : example.net desk.example.net "
		  "pstn.example.net",
		  false },
		{ FIXED "  - domain: b.example.com\n    secret: x\n"
			"    sip_domain: example.org\n"
			"    next_hop: sip:192.0.2.9\n"
			"  - domain: c.example.edu\n    secret: x\n"
			"    sip_domain: example.org\n"
			"    next_hop: sip:192.0.2.9\n",
		  "127.0.0.0/8 ::1 192.0.2.9 : example.net example.org",
		  false },
	};
	struct strbuf errors, b;
	struct config *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_init(&errors, 10000);
		strbuf_init(&b, 10000);
		c = config_parse(str_z(cases[i].yaml), "s.yml", &errors);
		if (c == NULL)
			fail_msg("case %zu: %.*s", i,
				 STR_ARG(strbuf_str(&errors)));
		dump(&b, c);
		assert_string_equal(b.p, cases[i].expected);
		assert_int_equal(errors.n > 0, cases[i].is_warned);
		config_destroy(&c);
		strbuf_fini(&b);
		strbuf_fini(&errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
