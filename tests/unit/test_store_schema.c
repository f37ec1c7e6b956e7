#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/store/store_backend.h"

/* Without comments and blanks, to compare. */
static void squeeze(struct strbuf *out, const char *sql)
{
	for (; *sql != '\0'; sql++) {
		if (sql[0] == '-' && sql[1] == '-')
			sql += strcspn(sql, "\n");
		if (*sql == '\0')
			break;
		if (!isspace((unsigned char)*sql))
			strbuf_addc(out, *sql);
	}
}

static void check_file(const char *name, const struct store_migration *m)
{
	struct strbuf ours, file;
	char text[16384], path[512];
	size_t n;
	FILE *f;

	strbuf_init(&ours, sizeof(text));
	strbuf_init(&file, sizeof(text));
	snprintf(path, sizeof(path), "%s/conf/schema/%s", STOX_SOURCE_DIR,
		 name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	squeeze(&file, text);
	for (; m->version != 0; m++)
		squeeze(&ours, m->sql);
	strbuf_addc(&ours, '\0');
	strbuf_addc(&file, '\0');
	assert_string_equal(ours.p, file.p);
	strbuf_fini(&ours);
	strbuf_fini(&file);
}

static void the_files_say_what_we_do(void **state)
{
	(void)state;
	check_file("sqlite.sql", STORE_SCHEMA_SQLITE);
	check_file("pgsql.sql", STORE_SCHEMA_PGSQL);
}

/* Each step is one on, and both backends have the same rows. */
static void steps_have_no_gaps(void **state)
{
	const struct store_migration *const all[] = { STORE_SCHEMA_SQLITE,
						      STORE_SCHEMA_PGSQL };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (unsigned n = 0; all[i][n].version != 0; n++)
			assert_int_equal(all[i][n].version, n + 1);
	assert_int_equal(store_schema_newest(all[0]),
			 store_schema_newest(all[1]));
	assert_int_equal(store_schema_newest(all[0] + 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_files_say_what_we_do),
		cmocka_unit_test(steps_have_no_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
