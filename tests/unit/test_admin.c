#include "gateway/admin/admin.h"
#include "checking.h"
#include "gateway/base/arena.h"

/* What a command needs no gateway for. */
struct said {
	struct arena a;
	struct strbuf out;
	struct admin_call c;
};

static struct said S;

static int set_up(void **state)
{
	(void)state;
	arena_init(&S.a, 4096);
	strbuf_init(&S.out, ADMIN_OUT_MAX_BYTES);
	S.c = (struct admin_call){
		.a = &S.a, .out = &S.out, .by = STR("test"), .role = ADMIN_ADMIN
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&S.a);
	strbuf_fini(&S.out);
	return 0;
}

static enum admin_status say(const char *line)
{
	enum admin_status status;

	strbuf_reset(&S.out);
	status = admin_line(&S.c, str_z(line));
	strbuf_addc(&S.out, '\0');
	assert_true(S.out.n > 1);
	return status;
}

static void test_lines(void **state)
{
	static const struct {
		const char *line, *said;
		enum admin_status status;
	} cases[] = {
		{ "", "no such command: ''", ADMIN_USAGE },
		{ "   ", "no such command: ''", ADMIN_USAGE },
		{ "frobnicate", "'frobnicate'; try help", ADMIN_USAGE },
		{ "\"", "a quote is not closed", ADMIN_USAGE },
		{ "help \"sta", "a quote is not closed", ADMIN_USAGE },
		{ "help status", "status - How", ADMIN_OK },
		{ "HELP \"status\"", "status - How", ADMIN_OK },
		{ " help\tstatus ", "status - How", ADMIN_OK },
		{ "help \"st\\a\\tus\"", "status - How", ADMIN_OK },
		{ "help x", "no such command: 'x'", ADMIN_FAILED },
		{ "help \"\"", "help", ADMIN_OK },
		{ "help a b", "what is 'b'?", ADMIN_USAGE },
		{ "help a b c d e f g h i j", "what is 'b'?", ADMIN_USAGE },
		{ "log-level loud", "LEVEL cannot be 'loud'", ADMIN_USAGE },
		{ "log-level loud", "usage: log-level [error|warn|info|debug]",
		  ADMIN_USAGE },
		{ "log-level", "log-level: ", ADMIN_OK },
		{ "outbox-flush \"\"", "ADDRESS is missing", ADMIN_USAGE },
		{ "ban \"\" 5", "WHO is missing", ADMIN_USAGE },
		{ "account-add bob@x \"\"", "PASSWORD is missing",
		  ADMIN_USAGE },
		{ "account-add bob@x", "PASSWORD is missing: One line",
		  ADMIN_USAGE },
		{ "account-add bob@x", "usage: account-add ADDRESS\n",
		  ADMIN_USAGE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(say(cases[i].line), cases[i].status);
		if (strstr(S.out.p, cases[i].said) == NULL)
			fail_msg("%s: no '%s' in %s", cases[i].line,
				 cases[i].said, S.out.p);
	}
}

/* The groups of a number are one word where a name may follow. */
static void test_words(void **state)
{
	static const struct {
		const char *line, *words; /* '|' between them */
	} cases[] = {
		{ "add +49 30 1234 Oma", "add|+49 30 1234|Oma" },
		{ "add +49 (0)30/12-34  Oma Erna", "add|+49 (0)30/12-34|Oma Erna" },
		{ "add +49\t30", "add|+49\t30" },
		{ "add +49  30 ", "add|+49  30" },
		{ "add +4930 2nd floor", "add|+4930|2nd floor" },
		{ "add +4930 - Oma", "add|+4930|- Oma" },
		{ "add +49\t30\tOma", "add|+49\t30|Oma" },
		{ "add 030 1234 Oma", "add|030|1234 Oma" },
		{ "add \"030 1234\" 5 Oma", "add|030 1234|5 Oma" },
		{ "add + 5", "add|+ 5" },
		{ "lookup +49 30 x", "lookup|+49 30 x" },
		{ "trace +49 5", "trace|+49|5" },
		{ "+49 30", "+49|30" },
	};
	struct str words[ADMIN_WORDS_MAX];
	struct strbuf b;
	size_t n, i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(admin_words(&S.a, str_z(cases[i].line), words, &n));
		strbuf_init(&b, 200);
		for (k = 0; k < n; k++) {
			strbuf_addz(&b, k > 0 ? "|" : "");
			strbuf_add(&b, words[k]);
		}
		if (!str_eqz(strbuf_str(&b), cases[i].words))
			fail_msg("%s: %.*s", cases[i].line,
				 STR_ARG(strbuf_str(&b)));
		strbuf_fini(&b);
	}
}

static void test_roles(void **state)
{
	(void)state;
	S.c.role = ADMIN_USER;
	assert_int_equal(say("status"), ADMIN_FORBIDDEN);
	assert_int_equal(say("help"), ADMIN_OK);
	assert_null(strstr(S.out.p, "drain"));
	assert_null(admin_find(STR_LIT("drain"), ADMIN_USER));
	assert_non_null(admin_find(STR_LIT("Drain"), ADMIN_ADMIN));
	/* What is not for him is not there for him. */
	assert_int_equal(say("help drain"), ADMIN_FAILED);
}

static void test_languages(void **state)
{
	static const struct {
		const char *tag;
		enum admin_lang lang;
	} tags[] = {
		{ "", ADMIN_EN },      { "en", ADMIN_EN },
		{ "de", ADMIN_DE },    { "de-AT", ADMIN_DE },
		{ "DE", ADMIN_DE },    { "de_DE.UTF-8", ADMIN_DE },
		{ "den", ADMIN_EN },   { "d", ADMIN_EN },
		{ "fr_FR", ADMIN_EN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		assert_int_equal(admin_lang_read(str_z(tags[i].tag)),
				 tags[i].lang);
	S.c.lang = ADMIN_DE;
	assert_int_equal(say("help status"), ADMIN_OK);
	assert_non_null(strstr(S.out.p, "status - Wie"));
}

/* Nothing of what came in steers a terminal or ends a line. */
static void test_printable(void **state)
{
	(void)state;
	assert_int_equal(say("a\x1b[31m\x7f\xff\xe2\x80\xae"), ADMIN_USAGE);
	assert_non_null(strstr(S.out.p, "a?[31m?"
					"?"
					"?"
					"?"
					"?'"));
	assert_int_equal(say("help \xc3\xa4\tb"), ADMIN_USAGE);
}

/* The table keeps its own rules. */
static void test_table(void **state)
{
	const struct admin_command *m;
	const struct admin_arg *g;
	bool is_optional;
	int lang;

	(void)state;
	for (m = admin_commands(); m->name != NULL; m++) {
		assert_non_null(m->fn);
		assert_ptr_equal(admin_find(str_z(m->name), ADMIN_ADMIN), m);
		is_optional = false;
		for (lang = 0; lang < ADMIN_LANGS; lang++)
			assert_non_null(m->help[lang]);
		for (g = m->args; g->name != NULL; g++) {
			assert_true(g - m->args < ADMIN_ARGS_MAX);
			assert_false(is_optional && !g->is_optional);
			is_optional = g->is_optional;
			assert_true((g->type != ADMIN_TEXT &&
				     g->type != ADMIN_SECRET) ||
				    g[1].name == NULL);
			assert_true((g->type == ADMIN_CHOICE) ==
				    (g->choices != NULL));
			assert_true(g->type != ADMIN_NUMBER || g->max > 0);
			for (lang = 0; lang < ADMIN_LANGS; lang++)
				assert_non_null(g->help[lang]);
		}
	}
}

static void test_duration(void **state)
{
	static const struct {
		unsigned long long s;
		const char *text;
	} cases[] = {
		{ 0, "0 s" },	      { 59, "59 s" },
		{ 61, "1 min 1 s" },  { 3600, "1 h 0 min" },
		{ 90061, "1 d 1 h" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(str_eqz(admin_duration(&S.a, cases[i].s),
				    cases[i].text));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),     TEST(test_words),	    TEST(test_roles),
		TEST(test_languages), TEST(test_printable), TEST(test_table),
		TEST(test_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
