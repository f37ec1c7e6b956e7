#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "xmpp/complaint.h"
#include "xmpp/ns.h"

static void test_sentences(void **state)
{
	static const struct {
		const char *condition, *text;
		enum retry_cause cause;
		const char *expected; /* part of the sentence */
	} cases[] = {
		{ "host-unknown", NULL, RETRY_SETTINGS,
		  "has no component named sip.example.com: add it" },
		{ "not-authorized", NULL, RETRY_SETTINGS,
		  "the secret does not match" },
		{ "conflict", NULL, RETRY_CONFLICT,
		  "another connection to the XMPP server holds the name "
		  "sip.example.com" },
		{ "conflict", "Component already connected", RETRY_CONFLICT,
		  "(it says: Component already connected)" },
		{ "invalid-namespace", NULL, RETRY_SETTINGS, "XEP-0114" },
		{ "system-shutdown", NULL, RETRY_TROUBLE, "shuts down" },
		{ "connection-timeout", NULL, RETRY_TROUBLE, "heard nothing" },
		{ "made-up", "why not", RETRY_TROUBLE,
		  "ended the stream: made-up (it says: why not)" },
		{ NULL, NULL, RETRY_TROUBLE, "ended the stream" },
		{ NULL, "bye", RETRY_TROUBLE,
		  "ended the stream (it says: bye" },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xml *el = xml_element(&a, "error", NS_STREAM);
		struct strbuf out;

		if (cases[i].text != NULL)
			xml_add_text(&a,
				     xml_add(&a, el, "text", NS_STREAM_ERRORS),
				     str_z(cases[i].text));
		if (cases[i].condition != NULL)
			xml_add(&a, el, cases[i].condition, NS_STREAM_ERRORS);
		strbuf_init(&out, 600);
		assert_int_equal(complaint_read(&a, el,
						STR_LIT("sip.example.com"),
						&out),
				 cases[i].cause);
		assert_false(out.overflow);
		strbuf_addc(&out, '\0');
		if (strstr(out.p, cases[i].expected) == NULL)
			fail_msg("%s not in %s", cases[i].expected, out.p);
		strbuf_fini(&out);
	}
	arena_fini(&a);
}

/* Whatever a server sends, the sentence stays whole. */
static void test_long_texts(void **state)
{
	static char name[4000];
	struct arena a;
	struct xml *el;
	struct strbuf out;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	arena_init(&a, 4096);
	el = xml_element(&a, "error", NS_STREAM);
	xml_add(&a, el, name, NS_STREAM_ERRORS);
	xml_add_text(&a, xml_add(&a, el, "text", NS_STREAM_ERRORS),
		     str_z(name));
	strbuf_init(&out, 600);
	complaint_read(&a, el, STR_LIT("sip.example.com"), &out);
	assert_false(out.overflow);
	assert_true(out.n > 400);
	strbuf_fini(&out);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
