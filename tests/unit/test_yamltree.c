#include "gateway/config/yamltree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A tree as text: {key@line:value ...} [value ...] */
static void dump(struct strbuf *b, const struct yamltree *n)
{
	static const char *const open[] = { "", "[", "{" };
	static const char *const close[] = { "", "]", "}" };
	const struct yamltree *c;

	if (n->kind == YAMLTREE_SCALAR) {
		strbuf_addf(b, n->is_quoted ? "'%.*s'" : "%.*s",
			    STR_ARG(n->text));
		return;
	}
	strbuf_addz(b, open[n->kind]);
	for (c = n->child; c != NULL; c = c->next) {
		if (n->kind == YAMLTREE_MAP)
			strbuf_addf(b, "%.*s@%u:", STR_ARG(c->key), c->line);
		dump(b, c);
		if (c->next != NULL)
			strbuf_addc(b, ' ');
	}
	strbuf_addz(b, close[n->kind]);
}

static void test_trees(void **state)
{
	static const struct {
		const char *yaml, *expected;
	} cases[] = {
		{ "", "{}" },
		{ "# nothing\n", "{}" },
		{ "a: 1\nb: two\n", "{a@1:1 b@2:two}" },
		{ "a:\n  b: 1\n\n  c: '2'\n", "{a@1:{b@2:1 c@4:'2'}}" },
		{ "l:\n  - 1\n  - [x, \"y\"]\n", "{l@1:[1 [x 'y']]}" },
		{ "l:\n- {a: 1, b: 2}\n- {}\n", "{l@1:[{a@2:1 b@2:2} {}]}" },
		{ "a:\nb: ~\n", "{a@1: b@2:~}" },
		{ "- 1\n- 2\n", "[1 2]" },
		{ "word", "word" },
		{ "a: |\n  x\n  y\n", "{a@1:'x\ny\n'}" },
		{ "a: \"\\u00e9\"\n", "{a@1:'\xc3\xa9'}" },
		{ "a: 1\na: 2\n", "{a@1:1 a@2:2}" },
	};
	const struct yamltree *root;
	struct strbuf b;
	struct arena a;
	const char *why;
	unsigned line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&a, 1024);
		strbuf_init(&b, 1000);
		root = yamltree_read(&a, str_z(cases[i].yaml), &line, &why);
		assert_non_null(root);
		dump(&b, root);
		strbuf_addc(&b, '\0');
		assert_string_equal(b.p, cases[i].expected);
		strbuf_fini(&b);
		arena_fini(&a);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *yaml;
		unsigned line;
		const char *why;
	} cases[] = {
		{ "a: [1\n", 2, "not YAML" },
		{ "a: 1\n b: 2\n", 2, "not YAML" },
		{ "a: 1\n\tb: 2\n", 2, "not YAML: a tab; " },
		{ "a:\n  - b: 1\n  \tc: 2\n", 3, "not YAML: a tab; " },
		{ "a:\n  - @b\n", 2, "not YAML: found character" },
		{ "a: \"\\q\"\n", 1, "not YAML" },
		{ "a: 1\nb: \xff\n", 2, "not YAML" },
		{ "a: 1\n\nb: 2\nc: x\x01\n", 4, "control characters" },
		{ "a: &x 1\n", 1, "anchors" },
		{ "a: 1\nb: *a\n", 2, "anchors" },
		{ "a: 1\nb: !!str 2\n", 2, "anchors" },
		{ "a: &x [1]\n", 1, "anchors" },
		{ "a: 1\n---\nb: 2\n", 2, "second document" },
		{ "[1]: 2\n", 1, "a key must be a word" },
		{ "'': 2\n", 1, "a key must be a word" },
		{ "a:\n - [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", 2,
		  "nested too deeply" },
	};
	struct arena a;
	const char *why;
	unsigned line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&a, 1024);
		assert_null(
			yamltree_read(&a, str_z(cases[i].yaml), &line, &why));
		assert_non_null(strstr(why, cases[i].why));
		if (cases[i].line != 1)
			assert_int_equal(line, cases[i].line);
		assert_true(line >= 1);
		arena_fini(&a);
	}
}

static void test_size(void **state)
{
	size_t n = YAMLTREE_MAX_BYTES + 1;
	char *text = malloc(n);
	struct arena a;
	const char *why;
	unsigned line;

	(void)state;
	assert_non_null(text);
	memset(text, '#', n);
	arena_init(&a, 1024);
	assert_null(yamltree_read(&a, (struct str){ text, n }, &line, &why));
	assert_string_equal(why, "longer than 1 MiB");
	assert_non_null(
		yamltree_read(&a, (struct str){ text, n - 1 }, &line, &why));
	arena_fini(&a);
	free(text);
}

static void test_questions(void **state)
{
	static const char yaml[] = "a: ~\n"
				   "b:\n"
				   "  - x: 1\n"
				   "  - x: 'null'\n"
				   "    y: null\n";
	static const struct {
		const char *path;
		bool is_there;
		unsigned line;
	} cases[] = {
		{ "a", true, 1 },	{ "b[0].x", true, 3 },
		{ "b[1]", true, 4 },	{ "b[1].y", true, 5 },
		{ "b[1].z", false, 4 }, { "b[7].z", false, 2 },
		{ "a[0]", false, 1 },	{ "z.z", false, 1 },
		{ "a.z", false, 1 },	{ "b[x]", false, 2 },
	};
	const struct yamltree *n;
	size_t i;
	const struct yamltree *root;
	struct arena a;
	const char *why;
	unsigned line;

	(void)state;
	arena_init(&a, 1024);
	root = yamltree_read(&a, str_z(yaml), &line, &why);
	assert_non_null(root);
	assert_true(yamltree_is_null(yamltree_child(root, STR_LIT("a"))));
	assert_false(yamltree_is_null(yamltree_child(root, STR_LIT("b"))));
	assert_null(yamltree_child(root, STR_LIT("c")));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = yamltree_find(root, str_z(cases[i].path), &line);
		assert_int_equal(n != NULL, cases[i].is_there);
		assert_int_equal(line, cases[i].line);
	}
	assert_string_equal(
		yamltree_kind_name(yamltree_child(root, STR_LIT("b"))), "list");
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
