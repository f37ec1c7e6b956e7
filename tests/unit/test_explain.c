#include "gateway/config/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char yaml[] =
	"components:\n"
	"  - domain: sip.example.com\n"
	"    secret: x\n"
	"    sip_domain: example.net\n"
	"    aliases:\n"
	"      - { jid: desk@sip.example.com, uri: 'sip:100@example.net' }\n"
	"      - { jid: juliet@example.com, uri: 'sip:200@example.net' }\n"
	"    numbers: [{ sip: '0', jid: '+49', digits: 4-14 }]\n"
	"  - domain: any.example.org\n"
	"    secret: x\n"
	"    contacts: escaped\n"
	"    users: escaped\n"
	"    user_host: gw.example.org\n";

/* Parts of the text, in order; NULL ends them. */
static void test_addresses(void **state)
{
	static const struct {
		const char *address;
		bool is_known;
		const char *parts[7];
	} cases[] = {
		{ "romeo@sip.example.com", true,
		  { "component sip.example.com (contacts: fixed, users: "
		    "transparent)\n",
		    "romeo@sip.example.com is a contact",
		    "-> sip:romeo@example.net\n", "because ",
		    "<- romeo@sip.example.com\n", "round trip: yes" } },
		{ "Desk@sip.example.com", true,
		  { "desk@sip.example.com is a contact",
		    "-> sip:100@example.net\n", "because alias",
		    "round trip: yes" } },
		{ "juliet@example.com/balcony", true,
		  { "is a user", "-> sip:200@example.net;gr=balcony",
		    "round trip: yes" } },
		{ "nurse@example.com", true,
		  { "is a user", "-> sip:nurse@example.com\n",
		    "round trip: yes" } },
		{ "x@example.org", true,
		  { "component any.example.org (contacts: escaped, users: "
		    "escaped)\n",
		    "is a user", "-> sip:x%40example.org@gw.example.org\n" } },
		{ "sip:0301234@example.net", true,
		  { "is a contact", "-> +49301234@sip.example.com\n",
		    "because number rule", "<- sip:0301234@example.net\n",
		    "round trip: yes", "component any.example.org",
		    "-> 0301234\\40example.net@any.example.org\n" } },
		{ "tel:0301234", true,
		  { "-> +49301234@sip.example.com\n",
		    "round trip: no, it comes back in another form" } },
		{ "sip:nurse@example.com", true,
		  { "is a user", "-> nurse@example.com\n",
		    "round trip: yes" } },
		{ "x@else.where", false,
		  { "x@else.where: no component carries it" } },
		{ "sip:", false, { "not a URI: " } },
		{ "a b@example.com", false, { "not a JID" } },
		{ "", false, { "not a JID" } },
	};
	struct strbuf errors;
	struct config *c;
	size_t i, k, n;
	const char *at;
	char *text;
	FILE *out;

	(void)state;
	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	if (c == NULL)
		fail_msg("%.*s", STR_ARG(strbuf_str(&errors)));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		out = open_memstream(&text, &n);
		assert_int_equal(check_explain(c, cases[i].address, out),
				 cases[i].is_known);
		fclose(out);
		at = text;
		for (k = 0; k < 7 && cases[i].parts[k] != NULL; k++) {
			if (strstr(at, cases[i].parts[k]) == NULL)
				fail_msg("no '%s' in %s", cases[i].parts[k],
					 text);
			at = strstr(at, cases[i].parts[k]);
		}
		free(text);
	}
	config_destroy(&c);
	strbuf_fini(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
