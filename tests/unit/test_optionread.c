#include "gateway/config/optionread.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct pet {
	struct str name;
	unsigned legs;
};

struct house {
	unsigned rooms;
	bool has_garden;
	const struct pet *pets;
	size_t pet_count;
	const struct str *words;
	size_t word_count;
};

static const struct option pet_table[] = {
	{ .key = "name", .type = OPTION_TEXT, .max = 9, .is_required = true,
	  .offset = offsetof(struct pet, name), .help = "." },
	{ .key = "legs", .type = OPTION_NUMBER, .max = 100, .def = "4",
	  .offset = offsetof(struct pet, legs), .help = "." },
	{ .key = NULL },
};

static const struct option garden_table[] = {
	{ .key = "there", .type = OPTION_FLAG, .def = "true",
	  .offset = offsetof(struct house, has_garden), .help = "." },
	{ .key = NULL },
};

static const struct option house_table[] = {
	{ .key = "rooms", .type = OPTION_NUMBER, .min = 1, .max = 9,
	  .def = "3", .offset = offsetof(struct house, rooms), .help = "." },
	{ .key = "garden", .type = OPTION_MAP, .table = garden_table,
	  .help = "." },
	{ .key = "pets", .type = OPTION_MAPS, .table = pet_table,
	  .item_bytes = sizeof(struct pet), .max = 2,
	  .offset = offsetof(struct house, pets),
	  .second = offsetof(struct house, pet_count), .help = "." },
	{ .key = "words", .type = OPTION_LIST, .item = OPTION_DOMAIN,
	  .max = 3, .min = 1, .def = "[one, two]",
	  .offset = offsetof(struct house, words),
	  .second = offsetof(struct house, word_count), .help = "." },
	{ .key = NULL },
};

/* Reads yaml into h, whose slices live in a; errors as text. */
static unsigned read_house(struct arena *a, const char *yaml, struct house *h,
			   struct strbuf *errors)
{
	struct optionread r = { .a = a, .name = "h.yml", .errors = errors };
	const char *why;
	unsigned line;
	const struct yamltree *root =
		yamltree_read(a, str_z(yaml), &line, &why);

	assert_non_null(root);
	memset(h, 0, sizeof(*h));
	optionread_map(&r, house_table, root, STR_NONE, 1, h);
	strbuf_addc(errors, '\0');
	return r.error_count;
}

static void test_defaults(void **state)
{
	static const char *const cases[] = {
		"",
		"garden:\n",
		"garden: {}\npets: []\n",
		"words: ~\n",
	};
	struct strbuf errors;
	struct house h;
	struct arena a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&a, 1024);
		strbuf_init(&errors, 1000);
		assert_int_equal(read_house(&a, cases[i], &h, &errors), 0);
		assert_int_equal(h.rooms, 3);
		assert_true(h.has_garden);
		assert_int_equal(h.pet_count, 0);
		assert_int_equal(h.word_count, 2);
		assert_true(str_eqz(h.words[1], "two"));
		strbuf_fini(&errors);
		arena_fini(&a);
	}
}

static void test_values(void **state)
{
	struct strbuf errors;
	struct house h;
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&errors, 1000);
	assert_int_equal(read_house(&a,
				    "rooms: 5\n"
				    "garden: { there: false }\n"
				    "pets:\n"
				    "  - name: Rex\n"
				    "  - { name: Kaa, legs: 0 }\n"
				    "words: [x]\n",
				    &h, &errors),
			 0);
	assert_int_equal(h.rooms, 5);
	assert_false(h.has_garden);
	assert_int_equal(h.pet_count, 2);
	assert_true(str_eqz(h.pets[0].name, "Rex"));
	assert_int_equal(h.pets[0].legs, 4);
	assert_int_equal(h.pets[1].legs, 0);
	assert_int_equal(h.word_count, 1);
	strbuf_fini(&errors);
	arena_fini(&a);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *yaml, *errors;
	} cases[] = {
		{ "\nrooms: 10\n",
		  "h.yml:2: rooms: '10' is not a number from 1 to 9\n" },
		{ "rooms: [1]\n",
		  "h.yml:1: rooms: must be one value, not a list\n" },
		{ "rooms:\n", "h.yml:1: rooms: has no value\n" },
		{ "rooms: 1\nrooms: 2\n", "h.yml:2: rooms: is there twice\n" },
		{ "room: 1\n",
		  "h.yml:1: room: unknown key; is rooms meant?\n" },
		{ "garden: { bench: 1 }\n",
		  "h.yml:1: garden.bench: unknown key\n" },
		{ "garden: [1]\n",
		  "h.yml:1: garden: must be a map of settings, not list\n" },
		{ "pets: { name: x }\n",
		  "h.yml:1: pets: must be a list, not map\n" },
		{ "pets:\n  - legs: 3\n",
		  "h.yml:2: pets[0].name: is required\n" },
		{ "pets:\n  - name: a\n  - name: b\n    legs: x\n",
		  "h.yml:4: pets[1].legs: 'x' is not a number from 0 to 100\n" },
		{ "pets: [Rex]\n",
		  "h.yml:1: pets[0]: must be a map of settings, not text\n" },
		{ "pets: [{name: a}, {name: a}, {name: a}]\n",
		  "h.yml:1: pets: must have 0 to 2 items\n" },
		{ "words: []\n", "h.yml:1: words: must have 1 to 3 items\n" },
		{ "words: [a, '']\n",
		  "h.yml:1: words[1]: '' is not an XMPP domain\n" },
		{ "words: one\n", "h.yml:1: words: must be a list, not text\n" },
		{ "\"ro\\eoms\": 1\n",
		  "h.yml:1: ro?oms: unknown key; is rooms meant?\n" },
		{ "x: 1\nrooms: 0\n",
		  "h.yml:1: x: unknown key\n"
		  "h.yml:2: rooms: '0' is not a number from 1 to 9\n" },
	};
	struct strbuf errors;
	struct house h;
	struct arena a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_init(&a, 1024);
		strbuf_init(&errors, 1000);
		assert_true(read_house(&a, cases[i].yaml, &h, &errors) > 0);
		assert_string_equal(errors.p, cases[i].errors);
		strbuf_fini(&errors);
		arena_fini(&a);
	}
}

static void test_warning(void **state)
{
	struct optionread r = { .name = "h.yml" };
	struct strbuf errors;

	(void)state;
	strbuf_init(&errors, 1000);
	r.errors = &errors;
	optionread_warning(&r, 7, STR_LIT("a.b"), "%s", "unwise");
	assert_int_equal(r.error_count, 0);
	optionread_error(&r, 8, STR_NONE, "wrong");
	assert_int_equal(r.error_count, 1);
	strbuf_addc(&errors, '\0');
	assert_string_equal(errors.p, "h.yml:7: a.b: warning: unwise\n"
				      "h.yml:8: wrong\n");
	strbuf_fini(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
