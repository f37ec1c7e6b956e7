#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "literal.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define FFFD	     "\xef\xbf\xbd"

enum { LIMIT = 4096 };

static void assert_str(struct str got, const char *want)
{
	if (!str_eqz(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static const struct {
	struct str in;
	const char *text, *value, *clean;
} escape_cases[] = {
	{ STR(""), "", "", "" },
	{ STR("plain text"), "plain text", "plain text", "plain text" },
	{ STR("a<b>&c"), "a&lt;b&gt;&amp;c", "a&lt;b&gt;&amp;c", "a<b>&c" },
	{ STR("]]>"), "]]&gt;", "]]&gt;", "]]>" },
	{ STR("'\""), "'\"", "&apos;\"", "'\"" },
	{ STR("a\tb\nc"), "a\tb\nc", "a&#9;b&#10;c", "a\tb\nc" },
	{ STR("a\r\nb"), "a&#13;\nb", "a&#13;&#10;b", "a\r\nb" },
	{ STR("\x7f"), "\x7f", "\x7f", "\x7f" },
	/* what XML 1.0 does not allow */
	{ STR("a\0b"), "a" FFFD "b", "a" FFFD "b", "a" FFFD "b" },
	{ STR("\x01\x08\x0b\x0c\x0e\x1f"), FFFD FFFD FFFD FFFD FFFD FFFD,
	  FFFD FFFD FFFD FFFD FFFD FFFD, FFFD FFFD FFFD FFFD FFFD FFFD },
	{ STR("\x1b[0m"), FFFD "[0m", FFFD "[0m", FFFD "[0m" },
	{ STR("\xef\xbf\xbe"), FFFD, FFFD, FFFD }, /* U+FFFE */
	{ STR("\xef\xbf\xbf!"), FFFD "!", FFFD "!", FFFD "!" },
	{ STR(FFFD), FFFD, FFFD, FFFD },
	/* UTF-8, good and bad */
	{ STR("f\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"),
	  "f\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
	  "f\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
	  "f\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ STR("a\xff"), "a" FFFD, "a" FFFD, "a" FFFD },
	{ STR("\xc0\xaf"), FFFD FFFD, FFFD FFFD, FFFD FFFD },
	{ STR("\xc3"), FFFD, FFFD, FFFD },
	{ STR("\xe2\x82<"), FFFD FFFD "&lt;", FFFD FFFD "&lt;", FFFD FFFD "<" },
	{ STR("\xed\xa0\x80"), FFFD FFFD FFFD, FFFD FFFD FFFD,
	  FFFD FFFD FFFD }, /* a surrogate */
	{ STR("\xf4\x90\x80\x80"), FFFD FFFD FFFD FFFD, FFFD FFFD FFFD FFFD,
	  FFFD FFFD FFFD FFFD }, /* above U+10FFFF */
};

static void test_escapes(void **state)
{
	struct arena a;
	struct strbuf b;
	size_t i;

	(void)state;
	arena_init(&a, 256);
	strbuf_init(&b, LIMIT);
	for (i = 0; i < COUNT(escape_cases); i++) {
		strbuf_reset(&b);
		xml_put_text(&b, escape_cases[i].in);
		assert_str(strbuf_str(&b), escape_cases[i].text);
		strbuf_reset(&b);
		xml_put_value(&b, escape_cases[i].in);
		assert_str(strbuf_str(&b), escape_cases[i].value);
		assert_str(xml_clean(&a, escape_cases[i].in),
			   escape_cases[i].clean);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_clean_returns_what_is_clean(void **state)
{
	struct str s = STR("clean \xc3\xbc");
	struct arena a;

	(void)state;
	arena_init(&a, 256);
	assert_ptr_equal(xml_clean(&a, s).p, s.p);
	assert_int_equal(arena_used_bytes(&a), 0);
	arena_fini(&a);
}

static void test_put_attr(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, LIMIT);
	xml_put_attr(&b, "none", STR_NONE);
	xml_put_attr(&b, "empty", STR_LIT(""));
	xml_put_attr(&b, "a", STR_LIT("o'b<"));
	assert_str(strbuf_str(&b), " empty='' a='o&apos;b&lt;'");
	strbuf_fini(&b);
}

/* Never longer than what it was read from. */
static void test_put_attr_short(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "plain", " a='plain'" },
		{ "", " a=''" },
		{ "it's", " a=\"it's\"" },
		{ "\"x\"", " a='\"x\"'" },
		{ "'\"'", " a=\"'&#34;'\"" },
		{ "'\"\"", " a='&#39;\"\"'" },
		{ "a>b<c&d", " a='a>b&lt;c&amp;d'" },
		{ "\t\n\xc3\xa9\xf0\x9f\x98\x80>\xc3\xa9",
		  " a='&#9;&#10;\xc3\xa9\xf0\x9f\x98\x80>\xc3\xa9'" },
		{ "\x01", " a='\xef\xbf\xbd'" },
	};
	struct strbuf b;

	(void)state;
	strbuf_init(&b, LIMIT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&b);
		xml_put_attr_short(&b, "a", str_z(cases[i].value));
		assert_str(strbuf_str(&b), cases[i].want);
	}
	strbuf_reset(&b);
	xml_put_attr_short(&b, "none", STR_NONE);
	assert_int_equal(b.n, 0);
	strbuf_fini(&b);
}

/* Whatever comes in front, and wherever in its blocks the character stands. */
static void test_escape_what_is_written(void **state)
{
	struct strbuf b;
	size_t i, at;

	(void)state;
	strbuf_init(&b, LIMIT);
	for (i = 0; i < COUNT(escape_cases); i++) {
		strbuf_reset(&b);
		strbuf_addlit(&b, "<'");
		strbuf_add(&b, escape_cases[i].in);
		xml_escape_value(&b, 2);
		assert_str(str_from(strbuf_str(&b), 2), escape_cases[i].value);
		assert_true(str_starts(strbuf_str(&b), "<'"));
	}
	for (at = 0; at < 40; at++) {
		char text[40];

		memset(text, 'x', sizeof(text));
		text[at] = '&';
		strbuf_reset(&b);
		xml_put_value(&b, (struct str){ text, sizeof(text) });
		assert_int_equal(b.n, sizeof(text) + 4);
		assert_memory_equal(b.p + at, "&amp;", 5);
	}
	strbuf_fini(&b);
}

static void test_overflow_sticks(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 8);
	xml_put_text(&b, STR_LIT("1234567<"));
	assert_true(b.overflow);
	assert_true(b.n <= 8);
	strbuf_fini(&b);
}

/* Parent namespace, tree as a literal, written form. */
static const struct {
	const char *parent_ns, *tree, *want;
} write_cases[] = {
	{ NS_COMPONENT, "<a/>", "<a/>" },
	{ "", "<a/>", "<a xmlns='" NS_COMPONENT "'/>" },
	{ NS_COMPONENT, "<message to='x'><body>hi</body></message>",
	  "<message to='x'><body>hi</body></message>" },
	{ NS_COMPONENT, "<m><x xmlns='u:x'><y/></x><z/></m>",
	  "<m><x xmlns='u:x'><y/></x><z/></m>" },
	/* one namespace for all stanzas */
	{ NS_COMPONENT, "<m xmlns='jabber:client'><b/></m>", "<m><b/></m>" },
	{ NS_COMPONENT, "<m xmlns='jabber:server'/>", "<m/>" },
	/* none inside another one */
	{ NS_COMPONENT, "<m><x xmlns=''/></m>", "<m><x xmlns=''/></m>" },
	{ NS_COMPONENT, "<m><x xmlns='u'><y xmlns='jabber:client'/></x></m>",
	  "<m><x xmlns='u'><y xmlns='" NS_COMPONENT "'/></x></m>" },
	{ NS_COMPONENT, "<m xmlns='u&'/>", "<m xmlns='u&amp;'/>" },
	{ NS_COMPONENT, "<m xml:lang='de'/>", "<m xml:lang='de'/>" },
	{ NS_COMPONENT, "<m a='<\"&'>x>y&z</m>",
	  "<m a='&lt;\"&amp;'>x&gt;y&amp;z</m>" },
};

static void test_write(void **state)
{
	struct arena a;
	struct strbuf b;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	strbuf_init(&b, LIMIT);
	for (i = 0; i < COUNT(write_cases); i++) {
		strbuf_reset(&b);
		xml_write(&b, literal(&a, write_cases[i].tree),
			  str_z(write_cases[i].parent_ns));
		assert_str(strbuf_str(&b), write_cases[i].want);
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

/* What a parser can find and a literal cannot say. */
static void test_write_foreign_attributes(void **state)
{
	struct xml_attr c = { .name = STR("space"),
			      .ns = STR(NS_XML),
			      .value = STR("preserve") };
	struct xml_attr b2 = { .next = &c,
			       .name = STR("b"),
			       .ns = STR("u:'2"),
			       .value = STR("2") };
	struct xml_attr b1 = { .next = &b2,
			       .name = STR("b"),
			       .ns = STR("u:1"),
			       .value = STR("1") };
	struct arena a;
	struct strbuf b;
	struct xml *x, *y;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, LIMIT);
	x = xml_element(&a, "x", "u");
	x->attrs = &b1;
	y = xml_add(&a, x, "y", NS_XML);
	xml_add(&a, y, "z", "u");
	xml_write(&b, x, STR_LIT("u"));
	assert_str(strbuf_str(&b),
		   "<x xmlns:a0='u:1' a0:b='1' xmlns:a1='u:&apos;2' a1:b='2'"
		   " xml:space='preserve'><xml:y><z/></xml:y></x>");
	/* An attribute of a namespace is not the one without. */
	assert_false(xml_has_attr(x, "b"));
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_queries(void **state)
{
	struct arena a;
	struct xml *m;
	const struct xml *x;

	(void)state;
	arena_init(&a, 1024);
	m = literal(&a, "<m to='a' e=''>t<x xmlns='u:1' n='1'/>u<x n='2'/>"
			"<y/><x xmlns='u:1' n='3'/></m>");
	assert_true(xml_is(m, "m", NS_COMPONENT));
	assert_true(xml_is(m, "m", NULL));
	assert_true(xml_is(m, NULL, NS_COMPONENT));
	assert_false(xml_is(m, "mm", NS_COMPONENT));
	assert_false(xml_is(m, "m", "u:1"));
	assert_false(xml_is(m->child, NULL, NULL)); /* text */
	assert_str(xml_attr(m, "to"), "a");
	assert_true(xml_has_attr(m, "e"));
	assert_int_equal(xml_attr(m, "e").n, 0);
	assert_false(xml_has_attr(m, "from"));
	assert_null(xml_attr(m, "from").p);

	x = xml_child(m, NULL, NULL);
	assert_str(xml_attr(x, "n"), "1");
	x = xml_child(m, "x", NS_COMPONENT);
	assert_str(xml_attr(x, "n"), "2");
	x = xml_child(m, "x", "u:1");
	assert_str(xml_attr(x, "n"), "1");
	x = xml_next(x, "x", "u:1");
	assert_str(xml_attr(x, "n"), "3");
	assert_null(xml_next(x, "x", "u:1"));
	assert_null(xml_child(m, "y", "u:1"));
	assert_str(xml_text(&a, m), "tu");
	assert_null(xml_text(&a, x).p);
	arena_fini(&a);
}

static void test_text_of_one_run_is_borrowed(void **state)
{
	struct str text = STR("only");
	struct arena a;
	struct xml *x;

	(void)state;
	arena_init(&a, 1024);
	x = xml_element(&a, "x", NULL);
	xml_add_text(&a, x, text);
	xml_add(&a, x, "y", NULL);
	assert_ptr_equal(xml_text(&a, x).p, text.p);
	arena_fini(&a);
}

static void test_set_replaces(void **state)
{
	struct arena a;
	struct strbuf b;
	struct xml *x;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, LIMIT);
	x = xml_element(&a, "x", "u");
	xml_set(&a, x, "a", STR_LIT("1"));
	xml_set(&a, x, "b", STR_LIT("2"));
	xml_set(&a, x, "a", STR_LIT("3"));
	xml_write(&b, x, STR_LIT("u"));
	assert_str(strbuf_str(&b), "<x a='3' b='2'/>");
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_namespaces_are_interned(void **state)
{
	char other[] = "urn:other", ping[] = NS_PING, client[] = NS_CLIENT;
	struct arena a;
	struct str got;

	(void)state;
	arena_init(&a, 1024);
	got = xml_ns(&a, str_z(ping));
	assert_str(got, NS_PING);
	assert_ptr_equal(got.p, xml_ns(&a, STR_LIT(NS_PING)).p);
	assert_str(xml_ns(&a, str_z(client)), NS_COMPONENT);
	assert_str(xml_ns(&a, STR_LIT(NS_SERVER)), NS_COMPONENT);
	assert_int_equal(arena_used_bytes(&a), 0);
	got = xml_ns(&a, str_z(other));
	other[0] = 'x';
	assert_str(got, "urn:other");
	assert_int_equal(xml_ns(&a, STR_NONE).n, 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_clean_returns_what_is_clean),
		cmocka_unit_test(test_put_attr),
		cmocka_unit_test(test_put_attr_short),
		cmocka_unit_test(test_escape_what_is_written),
		cmocka_unit_test(test_overflow_sticks),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_foreign_attributes),
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_text_of_one_run_is_borrowed),
		cmocka_unit_test(test_set_replaces),
		cmocka_unit_test(test_namespaces_are_interned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
