#ifndef STOX_TESTS_DOCTABLE_H
#define STOX_TESTS_DOCTABLE_H
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* The tables of a page of docs/, so that a test can say: this one has exactly
 * the rows that the program has, in its order. */
enum { DOCTABLE_LINE_BYTES = 512 };

struct doctable {
	FILE *in;
	char line[DOCTABLE_LINE_BYTES];
};

static inline bool doctable_next(struct doctable *t)
{
	if (fgets(t->line, sizeof(t->line), t->in) == NULL)
		return false;
	t->line[strcspn(t->line, "\n")] = '\0';
	return true;
}

/* Stands on the first row of the first table under the heading line. */
static inline void doctable_open(struct doctable *t, const char *path,
				 const char *heading)
{
	t->in = fopen(path, "r");
	assert_non_null(t->in);
	do
		assert_true(doctable_next(t));
	while (strcmp(t->line, heading) != 0);
	do
		assert_true(doctable_next(t));
	while (strncmp(t->line, "|---", 4) != 0);
}

__attribute__((format(printf, 2, 3))) static inline void
doctable_row(struct doctable *t, const char *fmt, ...)
{
	char want[DOCTABLE_LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(want, sizeof(want), fmt, args);
	va_end(args);
	assert_true(doctable_next(t));
	assert_string_equal(t->line, want);
}

/* No row is left. */
static inline void doctable_end(struct doctable *t)
{
	if (doctable_next(t))
		assert_int_not_equal(t->line[0], '|');
	fclose(t->in);
}

#endif
