#include "mapping/freshness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { TUPLES_MAX = 3, DOCUMENTS_MAX = 6, WALL_S = 1750000000 };

#define AT(s) "2025-06-15T15:06:" s "Z" /* about WALL_S */

struct tuple {
	const char *id, *stamp;
};

static const struct {
	const char *what;
	struct {
		struct tuple tuples[TUPLES_MAX];
		bool is_taken;
	} documents[DOCUMENTS_MAX];
} cases[] = {
	{ "one tuple",
	  { { { { "a", AT("20") } }, true },
	    { { { "a", AT("10") } }, false },
	    { { { "a", AT("20") } }, true },
	    { { { "a", AT("19") } }, false },
	    { { { "a", AT("21") } }, true } } },
	{ "no time, or none that can be read",
	  { { { { "a", AT("20") } }, true },
	    { { { "a", "" } }, true },
	    { { { "a", AT("10") } }, true },
	    { { { "a", "yesterday" } }, true } } },
	{ "another publication ends, and the older one is left",
	  { { { { "a", AT("10") }, { "b", AT("20") } }, true },
	    { { { "a", AT("10") } }, true },
	    { { { "a", AT("09") } }, false } } },
	{ "an old tuple beside a new one",
	  { { { { "a", AT("20") } }, true },
	    { { { "a", AT("10") }, { "b", AT("30") } }, true } } },
	{ "a new id each time",
	  { { { { "a", AT("20") } }, true },
	    { { { "b", AT("10") } }, true } } },
	{ "a clock that is wrong",
	  { { { { "a", "2036-02-07T06:28:15Z" } }, true },
	    { { { "a", AT("10") } }, true },
	    { { { "a", AT("09") } }, false } } },
	{ "nobody there any more",
	  { { { { "a", AT("20") } }, true },
	    { { { NULL, NULL } }, true },
	    { { { "a", AT("10") } }, true } } },
};

static void older_documents_are_told(void **state)
{
	size_t i, j, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct freshness f = { 0, 0 };
		size_t n = 0;

		while (n < DOCUMENTS_MAX &&
		       (cases[i].documents[n].is_taken ||
			cases[i].documents[n].tuples[0].id))
			n++;
		for (j = 0; j < n; j++) {
			struct pidf_tuple tuples[TUPLES_MAX];
			struct pidf p = { .tuples = NULL };

			memset(tuples, 0, sizeof(tuples));
			for (k = TUPLES_MAX; k-- > 0;) {
				const struct tuple *t =
					&cases[i].documents[j].tuples[k];

				if (t->id == NULL)
					continue;
				tuples[k].id = str_z(t->id);
				tuples[k].timestamp = str_z(t->stamp);
				tuples[k].next = p.tuples;
				p.tuples = &tuples[k];
			}
			if (freshness_take(&f, &p, WALL_S) !=
			    cases[i].documents[j].is_taken)
				fail_msg("%s: document %zu", cases[i].what, j);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_documents_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
