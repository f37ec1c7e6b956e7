#include "mapping/forward.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024 };

static const struct str domains[] = { STR("example.com") };
static const struct address_plan plan = {
	.contacts = CONTACT_FIXED,
	.users = USER_TRANSPARENT,
	.component = STR("sip.example.com"),
	.sip_domain = STR("example.net"),
	.xmpp_domains = domains,
	.xmpp_domain_count = 1,
};

static const struct {
	enum cond cond;
	const char *uri, *out; /* NULL: none */
} rows[] = {
	{ COND_GONE, "xmpp:mercutio@example.com", "sip:mercutio@example.com" },
	{ COND_REDIRECT, "xmpp:mercutio@example.com",
	  "sip:mercutio@example.com" },
	{ COND_GONE, "XMPP:Mercutio@example.com/desk?message;body=x",
	  "sip:mercutio@example.com;gr=desk" },
	{ COND_GONE, "xmpp:tsch%C3%BCss@example.com",
	  "sip:tsch%C3%BCss@example.com" },
	{ COND_GONE, "sip:mercutio@example.org", "sip:mercutio@example.org" },
	{ COND_REDIRECT, "sip:m@example.org", "sip:m@example.org" },
	/* Somebody whom SIP cannot reach through us. */
	{ COND_GONE, "xmpp:mercutio@example.org", "xmpp:mercutio@example.org" },
	{ COND_REDIRECT, "xmpp:mercutio@example.org", NULL },
	{ COND_REDIRECT, "mailto:mercutio@example.org", NULL },
	{ COND_REDIRECT, "xmpp://example.org/m@example.com", NULL },
	/* Nothing may get out of the angle brackets. */
	{ COND_GONE, "xmpp:a>\r\nX: y@example.com", NULL },
	{ COND_GONE, "xmpp:a>b@example.com", NULL },
	{ COND_GONE, "", NULL },
	{ COND_GONE, "mercutio@example.com", NULL },
	{ COND_ITEM_NOT_FOUND, "xmpp:mercutio@example.com", NULL },
};

static void addresses(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fault f = { .cond = rows[i].cond,
					 .uri = str_z(rows[i].uri) };
		struct str out = STR_NONE;
		bool has = forward_uri(&a, &plan, &f, &out);

		assert_int_equal(has, rows[i].out != NULL);
		if (has)
			assert_string_equal(str_dupz(&a, out), rows[i].out);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(addresses) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
