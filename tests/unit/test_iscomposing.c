#include "mapping/iscomposing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOC(inner)                                                             \
	"<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'>" inner    \
	"</isComposing>"

static const struct {
	const char *doc;
	bool is_read, is_active;
	unsigned refresh_s;
} rows[] = {
	{ DOC("<state>active</state><refresh>60</refresh>"), true, true, 60 },
	{ DOC("<state> active </state>"), true, true, 120 },
	{ DOC("<refresh>90</refresh><state>active</state>"), true, true, 90 },
	{ DOC("<state>active</state><refresh>0</refresh>"), true, true, 120 },
	{ DOC("<state>active</state><refresh>-3</refresh>"), true, true, 120 },
	{ DOC("<state>active</state><refresh>99999999</refresh>"), true, true,
	  600 },
	{ DOC("<state>idle</state>"), true, false, 120 },
	{ DOC("<state>pondering</state>"), true, false, 120 },
	{ DOC("<state/>"), true, false, 120 },
	{ DOC(""), false, false, 0 },
	{ "<x xmlns='y'><state>active</state></x>", false, false, 0 },
};

static void reads(void **state)
{
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct iscomposing c;

		if (iscomposing_read(&a, document_of(&a, str_z(rows[i].doc)),
				     &c, &why) != rows[i].is_read)
			fail_msg("row %zu", i);
		if (!rows[i].is_read)
			continue;
		assert_int_equal(c.is_active, rows[i].is_active);
		assert_int_equal(c.refresh_s, rows[i].refresh_s);
	}
	arena_fini(&a);
}

static void writes(void **state)
{
	const struct iscomposing active = { true, 90 }, idle = { false, 90 };
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 1024);
	iscomposing_write(&b, &active);
	strbuf_addc(&b, '\0');
	assert_non_null(strstr(b.p, "<state>active</state><contenttype>text/"
				    "plain</contenttype><refresh>90</refresh>"
				    "</isComposing>"));
	strbuf_reset(&b);
	iscomposing_write(&b, &idle);
	strbuf_addc(&b, '\0');
	assert_non_null(strstr(b.p, "<state>idle</state>"));
	assert_null(strstr(b.p, "refresh"));
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
