#include "gateway/store/store_span.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/store/store_backend.h"

enum { OPS_MAX = 16 };

/* Each letter is an operation with that key; digits change the kind of what
 * follows; '!' makes the next one void; '+' joins the one before it to the next
 * one. */
static struct store_op *chain(const char *text, struct store_op *ops[OPS_MAX])
{
	struct store_op *first = NULL, **last = &first;
	bool is_void = false;
	char kind = 0;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '!')
			is_void = true;
		else if (*text == '+')
			ops[n - 1]->is_joined = true;
		else if (*text <= '9')
			kind = (char)(*text - '0');
		if (*text < 'a')
			continue;
		ops[n] = calloc(1, sizeof(*ops[n]) + 2);
		ops[n]->bytes[0] = kind;
		ops[n]->bytes[1] = *text;
		ops[n]->key_bytes = 1;
		ops[n]->is_void = is_void;
		is_void = false;
		*last = ops[n];
		last = &ops[n++]->next;
	}
	return first;
}

static void collapse_leaves_the_last(void **state)
{
	static const struct {
		const char *text, *left; /* x skipped, - kept */
		size_t collapsed;
	} cases[] = {
		{ "", "", 0 },
		{ "a", "-", 0 },
		{ "abc", "---", 0 },
		{ "aa", "x-", 1 },
		{ "abab", "xx--", 2 },
		{ "aaaab", "xxx--", 3 },
		{ "0a1a0a1b", "x---", 1 },
		{ "a!a", "-x", 0 },
		{ "!aa", "x-", 0 },
		{ "a!b!ba", "xxx-", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_op *ops[OPS_MAX] = { NULL };
		struct store_span all = { chain(cases[i].text, ops), NULL };

		/* Twice: a span that is written again says the same. */
		assert_int_equal(store_span_collapse(all), cases[i].collapsed);
		assert_int_equal(store_span_collapse(all), cases[i].collapsed);
		for (size_t k = 0; ops[k] != NULL; k++) {
			assert_int_equal(ops[k]->is_skipped,
					 cases[i].left[k] == 'x');
			free(ops[k]);
		}
	}
}

/* A part of a chain collapses by itself. */
static void collapse_stays_in_its_span(void **state)
{
	struct store_op *ops[OPS_MAX] = { NULL };
	struct store_span all = { chain("abab", ops), NULL };
	struct store_span half = { all.first, ops[2] };

	(void)state;
	store_span_collapse(all);
	assert_int_equal(store_span_collapse(half), 0);
	assert_false(ops[0]->is_skipped);
	assert_false(ops[1]->is_skipped);
	for (size_t k = 0; k < 4; k++)
		free(ops[k]);
}

static void middle_is_between_transactions(void **state)
{
	static const struct {
		const char *text;
		size_t middle; /* 0: none */
	} cases[] = {
		{ "", 0 },     { "a", 0 },	{ "ab", 1 },	  { "abc", 1 },
		{ "abcd", 2 }, { "a+b", 0 },	{ "a+b+c", 0 },	  { "a+bc", 2 },
		{ "ab+c", 1 }, { "a+b+cd", 3 }, { "a+bc+de", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_op *ops[OPS_MAX] = { NULL };
		struct store_span all = { chain(cases[i].text, ops), NULL };
		size_t n = cases[i].middle;

		assert_ptr_equal(store_span_middle(all), n > 0 ? ops[n] : NULL);
		for (size_t k = 0; ops[k] != NULL; k++)
			free(ops[k]);
	}
}

static void marks(void **state)
{
	struct store_op *ops[OPS_MAX] = { NULL };
	struct store_span all = { chain("a!bc", ops), NULL };
	struct store_span head = { all.first, ops[2] };
	struct store_span second = { ops[1], ops[2] };

	(void)state;
	assert_true(store_span_has_work(all));
	assert_false(store_span_has_work(second));
	store_span_mark(head, true);
	assert_true(ops[0]->is_kept);
	assert_false(ops[1]->is_kept);
	assert_false(ops[2]->is_kept);
	store_span_mark(all, false);
	assert_false(ops[0]->is_kept);
	for (size_t k = 0; k < 3; k++)
		free(ops[k]);
}

/* A batch ends at a transaction's end, never within one. */
static void batches_are_whole(void **state)
{
	struct store_op *ops[OPS_MAX] = { NULL };
	struct store_op *rest = chain("a+bcd", ops);

	(void)state;
	ops[0]->value_bytes = STORE_BATCH_MAX_BYTES;
	ops[2]->value_bytes = STORE_BATCH_MAX_BYTES;
	assert_ptr_equal(store_batch_take(&rest), ops[0]);
	assert_ptr_equal(ops[0]->next, ops[1]);
	assert_null(ops[1]->next);
	assert_ptr_equal(rest, ops[2]);
	assert_ptr_equal(store_batch_take(&rest), ops[2]);
	assert_null(ops[2]->next);
	assert_ptr_equal(store_batch_take(&rest), ops[3]);
	assert_null(rest);
	for (size_t k = 0; k < 4; k++)
		free(ops[k]);
}

static void trouble_is_cut(void **state)
{
	struct store_trouble t = { .why = NULL };
	char words[1000];

	(void)state;
	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	store_trouble_set(&t, "why", words);
	assert_string_equal(t.why, "why");
	assert_int_equal(strlen(t.detail), sizeof(t.detail) - 1);
	store_trouble_set(&t, "why", NULL);
	assert_string_equal(t.detail, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collapse_leaves_the_last),
		cmocka_unit_test(collapse_stays_in_its_span),
		cmocka_unit_test(middle_is_between_transactions),
		cmocka_unit_test(marks),
		cmocka_unit_test(batches_are_whole),
		cmocka_unit_test(trouble_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
