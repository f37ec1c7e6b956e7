#include "gateway/config/settlevain.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define HEAD                                                                   \
	"components:\n"                                                        \
	"  - domain: sip.example.com\n"                                        \
	"    secret: hunter2\n"                                                \
	"    sip_domain: example.net\n"
#define PEER(domain)                                                           \
	"sip:\n"                                                               \
	"  peers:\n"                                                           \
	"    - { addresses: [192.0.2.1], domains: [example.net, '" domain      \
	"'] }\n"
#define USER(uri)  "sip: { users: [{ uri: '" uri "', password: x }] }\n"
#define ADMIN(jid) "admin: { jids: [" jid "] }\n"

/* Each warning names the key; what it says is for people. */
static void test_warnings(void **state)
{
	static const struct {
		const char *yaml, *key; /* key: NULL: no warning */
	} cases[] = {
		{ HEAD PEER("*"), NULL },
		{ HEAD PEER("example.org"), NULL },
		{ HEAD PEER("Example.com"),
		  "s.yml:7: sip.peers[0].domains[1]: " },
		{ HEAD PEER("sip.example.com"), "sip.peers[0].domains[1]: " },
		{ HEAD "    users: fixed\n    user_host: u.example.net\n" PEER(
			  "u.example.net"),
		  "sip.peers[0].domains[1]: " },
		{ HEAD "    users: fixed\n    user_host: u.example.net\n" PEER(
			  "example.com"),
		  NULL },
		{ HEAD USER("sip:romeo@example.net"), NULL },
		{ HEAD USER("sip:juliet@example.com"),
		  "s.yml:5: sip.users[0].uri: " },
		{ HEAD ADMIN("juliet@example.com"), NULL },
		{ HEAD ADMIN("juliet@example.com, eve@example.org"),
		  "s.yml:5: admin.jids[1]: " },
		{ HEAD "    publish: ['*', '*.com', example.com, "
		       "juliet@example.com]\n",
		  NULL },
		{ HEAD "    publish: ['*com']\n",
		  "components[0].publish[0]: " },
		{ HEAD "    publish: ['*.example.com']\n",
		  "components[0].publish[0]: " },
		{ HEAD "    publish: [example.com, example.org]\n",
		  "components[0].publish[1]: " },
		{ HEAD "    publish: [juliet@example.org]\n",
		  "s.yml:5: components[0].publish[0]: " },
	};
	struct strbuf errors;
	struct config *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_init(&errors, 10000);
		c = config_parse(str_z(cases[i].yaml), "s.yml", &errors);
		strbuf_addc(&errors, '\0');
		if (c == NULL)
			fail_msg("case %zu: %s", i, errors.p);
		if (cases[i].key == NULL
			    ? errors.n > 1
			    : strstr(errors.p, cases[i].key) == NULL)
			fail_msg("case %zu: '%s'", i, errors.p);
		config_destroy(&c);
		strbuf_fini(&errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
