#include "gateway/monitor/metrics.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { DOC_BYTES = 256 * 1024 };

static bool is_name(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
}

static bool ends(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

/* What OpenMetrics asks of names, units and types. */
static void test_table(void **state)
{
	const struct metric *m, *other;
	char unit[64];

	(void)state;
	for (m = metrics_table(); m->name != NULL; m++) {
		assert_true(is_name(m->name));
		assert_true(strncmp(m->name, "stox_", 5) == 0 ||
			    strncmp(m->name, "process_", 8) == 0);
		assert_false(ends(m->name, "_total"));
		assert_non_null(m->fn);
		assert_true(ends(m->help, "."));
		assert_null(strpbrk(m->help, "\n|\\\""));
		if (m->unit != NULL) {
			snprintf(unit, sizeof(unit), "_%s", m->unit);
			assert_true(ends(m->name, unit));
		}
		for (other = m + 1; other->name != NULL; other++)
			assert_string_not_equal(m->name, other->name);
	}
}

/* docs/metrics.md holds what stoxd --metrics prints. */
static void test_manual_is_current(void **state)
{
	static const char begin[] = "<!-- metrics: stoxd --metrics -->\n";
	char *text = calloc(1, DOC_BYTES), *at;
	FILE *f = fopen(STOX_SOURCE_DIR "/docs/metrics.md", "r");
	struct strbuf b;

	(void)state;
	assert_non_null(f);
	assert_true(fread(text, 1, DOC_BYTES - 1, f) > 0);
	fclose(f);
	at = strstr(text, begin);
	assert_non_null(at);
	strbuf_init(&b, DOC_BYTES);
	metrics_doc_write(&b);
	at += strlen(begin);
	if (strncmp(at, b.p, b.n) != 0 ||
	    strncmp(at + b.n, "<!-- end of metrics -->", 23) != 0)
		fail_msg("put what stoxd --metrics prints into "
			 "docs/metrics.md");
	strbuf_fini(&b);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_manual_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
