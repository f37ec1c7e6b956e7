#include "gateway/config/optiondoc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { DOC_BYTES = 256 * 1024 };

static void test_content(void **state)
{
	static const char *const parts[] = {
		"| key | value | default | |\n",
		"\n### components[]\n",
		"\n### components[].message\n",
		"| `domain` | XMPP domain | *required* |",
		"| `t1_ms` | number 10..10000 ms | `500` |",
		"| `server` | XMPP domain | the domain without its first label",
		"| `strangers` | refuse or silent | `refuse` |",
	};
	struct strbuf b;
	size_t i;

	(void)state;
	strbuf_init(&b, DOC_BYTES);
	optiondoc_write(&b);
	strbuf_addc(&b, '\0');
	assert_false(b.overflow);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(b.p, parts[i]) == NULL)
			fail_msg("no '%s'", parts[i]);
	strbuf_fini(&b);
}

/* docs/configuration.md holds what stoxd --options prints. */
static void test_manual_is_current(void **state)
{
	static const char begin[] = "<!-- options: stoxd --options -->\n";
	static const char end[] = "<!-- end of options -->";
	FILE *f = fopen(STOX_SOURCE_DIR "/docs/configuration.md", "r");
	char *doc = calloc(1, DOC_BYTES), *from, *to;
	struct strbuf b;

	(void)state;
	assert_non_null(f);
	assert_non_null(doc);
	assert_true(fread(doc, 1, DOC_BYTES - 1, f) > 0);
	fclose(f);
	from = strstr(doc, begin);
	to = strstr(doc, end);
	assert_non_null(from);
	assert_non_null(to);
	*to = '\0';
	strbuf_init(&b, DOC_BYTES);
	optiondoc_write(&b);
	strbuf_addc(&b, '\0');
	assert_string_equal(from + strlen(begin), b.p);
	strbuf_fini(&b);
	free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_manual_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
