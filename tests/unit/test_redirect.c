#include "sip/redirect.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { EXPECTED_MAX = REDIRECT_TARGETS_MAX + 1 };

static void test_targets(void **state)
{
	static const struct {
		const char *contacts;
		const char *expected[EXPECTED_MAX]; /* ends with NULL */
	} cases[] = {
		{ "", { NULL } },
		{ "sip:a@b.example", { "sip:a@b.example", NULL } },
		{ "<sip:a@b.example>", { "sip:a@b.example", NULL } },
		{ "\"A, B\" <sip:a@b.example;transport=tcp>;expires=30",
		  { "sip:a@b.example;transport=tcp", NULL } },
		{ "\"<sip:no@x>\" <sip:a@b.example>",
		  { "sip:a@b.example", NULL } },
		{ "\"quo\\\"te, \" <sip:a@b.example>, <sip:c@d.example>",
		  { "sip:a@b.example", "sip:c@d.example", NULL } },
		/* best q first, equal ones in order, none is 1 */
		{ "<sip:a@x.example>;q=0.1, <sip:b@x.example>;q=0.9, "
		  "<sip:c@x.example>, <sip:d@x.example>;q=0.9, "
		  "<sip:e@x.example>;q=1.0",
		  { "sip:c@x.example", "sip:e@x.example", "sip:b@x.example",
		    "sip:d@x.example", "sip:a@x.example", NULL } },
		{ "<sip:a@x.example>;q=bad, <sip:b@x.example>;q=0.25 , ,",
		  { "sip:a@x.example", "sip:b@x.example", NULL } },
		/* without brackets the parameters are the header's */
		{ "sip:a@x.example;q=0.5, sip:b@x.example;q=0.75",
		  { "sip:b@x.example", "sip:a@x.example", NULL } },
		/* never what a sip request must not become */
		{ "<sips:a@x.example>, <tel:+123>, <mailto:a@x.example>, "
		  "<sip:b@x.example>",
		  { "sip:b@x.example", NULL } },
		{ "<sip:a@x.example?Route=%3Csip:evil.example%3E>",
		  { "sip:a@x.example", NULL } },
		{ "<sip:a@x.example;method=INVITE>, <sip:b@x.example>",
		  { "sip:b@x.example", NULL } },
		{ "*", { NULL } },
		{ "<sip:a@x.example", { NULL } },
		{ "\"<sip:a@x.example>", { NULL } },
		{ "<>, <sip:>", { NULL } },
		/* no more than five */
		{ "sip:1@x,sip:2@x,sip:3@x,sip:4@x,sip:5@x,sip:6@x",
		  { "sip:1@x", "sip:2@x", "sip:3@x", "sip:4@x", "sip:5@x",
		    NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got[REDIRECT_TARGETS_MAX];
		size_t n = redirect_read(str_z(cases[i].contacts), got), k;

		for (k = 0; k < n && cases[i].expected[k] != NULL; k++) {
			if (!str_eqz(got[k], cases[i].expected[k]))
				fail_msg("%s: %.*s", cases[i].contacts,
					 STR_ARG(got[k]));
		}
		if (k != n || cases[i].expected[k] != NULL)
			fail_msg("%s: %zu", cases[i].contacts, n);
	}
}

static void test_first(void **state)
{
	static const struct {
		const char *contacts, *expected;
	} cases[] = {
		{ "<sips:a@x.example>;q=0.1, <sip:b@x.example>",
		  "sips:a@x.example" },
		{ "\"R\" <xmpp:romeo@example.net>", "xmpp:romeo@example.net" },
		{ " , <tel:+1>", "tel:+1" },
		{ "", NULL },
		{ "<broken", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got = redirect_first(str_z(cases[i].contacts));

		if (!str_eq(got, str_z(cases[i].expected)))
			fail_msg("%s: %.*s", cases[i].contacts, STR_ARG(got));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
