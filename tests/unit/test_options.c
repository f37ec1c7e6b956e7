#include "gateway/config/options.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/config/optionread.h"

enum { FILE_BYTES = 64 * 1024 };

typedef void visit_fn(const struct option *o, const char *path, void *arg);

static void visit(const struct option *table, const char *path, visit_fn *fn,
		  void *arg)
{
	char inner[200];
	const struct option *o;

	for (o = table; o->key != NULL; o++) {
		snprintf(inner, sizeof(inner), "%s%s%s", path,
			 path[0] != '\0' ? "." : "", o->key);
		fn(o, inner, arg);
		if (o->table != NULL)
			visit(o->table, inner, fn, arg);
	}
}

/* What a row must have, by its type. */
static void check_row(const struct option *o, const char *path, void *arg)
{
	bool has_table = o->type == OPTION_MAP || o->type == OPTION_MAPS;
	bool has_range = o->type == OPTION_NUMBER || o->type == OPTION_BYTES ||
			 o->type == OPTION_PORT || o->type == OPTION_TEXT ||
			 o->type == OPTION_LIST || o->type == OPTION_MAPS;
	bool has_choices = o->type == OPTION_CHOICE || o->type == OPTION_EITHER;
	size_t n = strlen(o->help);

	(void)arg;
	if (n == 0 || o->help[n - 1] != '.')
		fail_msg("%s: help must be a sentence", path);
	assert_int_equal(o->table != NULL, has_table);
	assert_int_equal(o->choices != NULL, has_choices);
	if (has_range && o->max == 0)
		fail_msg("%s: no limit", path);
	if (o->is_required && (o->def != NULL || o->otherwise != NULL))
		fail_msg("%s: required, with a default", path);
	/* Units stand in the names. */
	if (strstr(o->key, "_ms") != NULL)
		assert_string_equal(o->unit, "ms");
	if (o->unit != NULL && strcmp(o->unit, "bytes") == 0)
		assert_non_null(strstr(o->key, "_bytes"));
	if (o->type == OPTION_MAPS)
		assert_true(o->item_bytes > 0);
	assert_null(strchr(o->help, '|'));
}

static void test_rows(void **state)
{
	(void)state;
	visit(options_table(), "", check_row, NULL);
}

static void test_keys(void **state)
{
	const struct option *o, *p;

	(void)state;
	for (o = options_table(); o->key != NULL; o++)
		for (p = options_table(); p != o; p++)
			assert_string_not_equal(o->key, p->key);
}

/* Every default is a value that its own row takes. */
static void check_default(const struct option *o, const char *path, void *arg)
{
	struct option table[2] = { *o, { .key = NULL } };
	unsigned char base[4096] = { 0 };
	struct optionread r = { .name = path };
	struct strbuf errors;
	struct arena a;

	(void)arg;
	if (o->def == NULL)
		return;
	strbuf_init(&errors, 1000);
	arena_init(&a, 1024);
	r.a = &a;
	r.errors = &errors;
	optionread_map(&r, table, NULL, STR_NONE, 1, base);
	if (r.error_count > 0)
		fail_msg("%.*s", STR_ARG(strbuf_str(&errors)));
	arena_fini(&a);
	strbuf_fini(&errors);
}

static void test_defaults(void **state)
{
	(void)state;
	visit(options_table(), "", check_default, NULL);
}

/* conf/stox.yml shows each key, commented or not. */
static void check_mention(const struct option *o, const char *path, void *arg)
{
	const char *text = arg, *p = text;
	size_t n = strlen(o->key);

	for (p = strstr(text, o->key); p != NULL; p = strstr(p + 1, o->key))
		if (p > text && strchr(" #{\n", p[-1]) != NULL && p[n] == ':')
			return;
	fail_msg("conf/stox.yml does not mention %s", path);
}

static void test_example_mentions_all(void **state)
{
	FILE *f = fopen(STOX_SOURCE_DIR "/conf/stox.yml", "r");
	char *text = calloc(1, FILE_BYTES);

	(void)state;
	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, FILE_BYTES - 1, f) > 0);
	fclose(f);
	visit(options_table(), "", check_mention, text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_example_mentions_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
