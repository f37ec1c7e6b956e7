#include "mapping/buddy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "plans.h"

static const struct {
	const char *text, *uri, *jid; /* uri NULL: refused */
} cases[] = {
	{ "juliet@example.com", "sip:juliet@example.com",
	  "juliet@example.com" },
	{ "sip:juliet@example.com", "sip:juliet@example.com",
	  "juliet@example.com" },
	{ "SIP:juliet@example.org", "SIP:juliet@example.org",
	  "juliet@example.org" },
	{ "juliet@example.com/balcony", NULL, NULL },
	{ "example.com", NULL, NULL },
	{ "juliet@elsewhere.example", NULL, NULL },
	{ "sip:juliet@elsewhere.example", NULL, NULL },
	{ "sip:", NULL, NULL },
	{ "sip:example.com", NULL, NULL },
	{ "", NULL, NULL },
};

static void case_by_case(void **state)
{
	struct buddy buddy;
	struct fault why;
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_read = buddy_read(&a, &plan_rfc, str_z(cases[i].text),
					  &buddy, &why);

		if (is_read != (cases[i].uri != NULL))
			fail_msg("%s", cases[i].text);
		if (!is_read)
			continue;
		assert_true(str_ieqz(uri_text(&a, &buddy.uri), cases[i].uri));
		assert_true(str_eqz(jid_text(&a, &buddy.jid), cases[i].jid));
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(case_by_case) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
