#include "mapping/htmltoken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What is cut, in a line: text as it is, <name attr=value/>, </name>. */
static const struct {
	const char *in, *out;
} rows[] = {
	{ "a<b>c</b>", "a|<b>|c|</b>|" },
	{ "<A HREF='x&amp;y' b c=d/>", "<A HREF=x&y b= c=d/>|" },
	{ "<br/><br />", "<br/>|<br/>|" },
	{ "a < b <3 </ c", "a < b <3 </ c|" },
	{ "<!DOCTYPE x>a<!-- <b> -->b<?x?>c", "a|b|c|" },
	{ "<!-- never closed <b>", "" },
	{ "<b", "<b>|" },
	{ "<b x=\"y", "<b x=y>|" },
	{ "&lt;&#65;&#x42;&euro;&nope;&", "<AB\xe2\x82\xac&nope;&|" },
	{ "&#1;&#xFFFFFFFFF;&#;&#x;", "\xef\xbf\xbd\xef\xbf\xbd&#;&#x;|" },
	{ "<p\n a\t=\r\n'1'\n>", "<p a=1>|" },
	{ "<o:p>x</o:p>", "<o:p>|x|</o:p>|" },
	{ "", "" },
};

static void put(struct strbuf *b, const struct html_token *t)
{
	if (t->kind == HTML_TEXT) {
		strbuf_add(b, t->text);
	} else {
		strbuf_addz(b, t->kind == HTML_CLOSE ? "</" : "<");
		strbuf_add(b, t->name);
		for (unsigned i = 0; i < t->attr_count; i++)
			strbuf_addf(b, " %.*s=%.*s", STR_ARG(t->attrs[i].name),
				    STR_ARG(t->attrs[i].value));
		strbuf_addz(b, t->is_empty ? "/>" : ">");
	}
	strbuf_addc(b, '|');
}

static void cuts(void **state)
{
	struct arena a;
	struct strbuf b;
	struct html_token t;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str rest = str_z(rows[i].in);

		strbuf_reset(&b);
		while (html_token(&a, &rest, &t))
			put(&b, &t);
		if (!str_eqz(strbuf_str(&b), rows[i].out))
			fail_msg("row %zu: %.*s", i, STR_ARG(strbuf_str(&b)));
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static void many_attributes(void **state)
{
	struct arena a;
	struct strbuf b;
	struct html_token t;
	struct str rest;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 4096);
	strbuf_addlit(&b, "<a");
	for (int i = 0; i < 2 * HTML_ATTRS_MAX; i++)
		strbuf_addlit(&b, " b=c");
	strbuf_addlit(&b, ">x");
	rest = strbuf_str(&b);
	assert_true(html_token(&a, &rest, &t));
	assert_int_equal(t.attr_count, HTML_ATTRS_MAX);
	assert_true(str_eqz(rest, "x"));
	strbuf_fini(&b);
	arena_fini(&a);
}

static void raw_text(void **state)
{
	struct str rest = STR("a<b></i></SCRIPT >x");

	(void)state;
	html_skip_raw(&rest, STR_LIT("script"));
	assert_true(str_eqz(rest, "x"));
	rest = STR_LIT("never </ closed");
	html_skip_raw(&rest, STR_LIT("script"));
	assert_int_equal(rest.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts),
		cmocka_unit_test(many_attributes),
		cmocka_unit_test(raw_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
