#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "xmpp/builder.h"
#include "xmpp/ns.h"

static const struct stream_limits limits = { .stanza_max_bytes = 10,
					     .depth_max = 2,
					     .attrs_max = 3 };
static const char *no_attrs[] = { NULL };

/* A builder that is called as expat would call it. */
struct site {
	struct arena arena;
	struct builder b;
};

static int setup(void **state)
{
	static struct site s;

	arena_init(&s.arena, 1024);
	builder_init(&s.b, &s.arena, &limits, NULL);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct site *s = *state;

	builder_fini(&s->b);
	arena_fini(&s->arena);
	return 0;
}

static void assert_str(struct str got, const char *want)
{
	if (!str_eqz(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static void test_name(void **state)
{
	struct str ns;

	(void)state;
	assert_str(builder_name("u:x\x01local", &ns), "local");
	assert_str(ns, "u:x");
	assert_str(builder_name("local", &ns), "local");
	assert_null(ns.p);
}

static void test_tree(void **state)
{
	const char *attrs[] = { "a",
				"1",
				NS_XML "\x01lang",
				"de",
				"u\x01"
				"b",
				"",
				NULL };
	struct site *s = *state;
	struct builder *b = &s->b;

	builder_start(b, NS_CLIENT "\x01m", attrs);
	builder_text(b, STR_LIT("one "));
	builder_text(b, STR_LIT("run"));
	builder_start(b, "u:2\x01x", no_attrs);
	builder_end(b);
	assert_int_equal(b->depth, 1);
	builder_end(b);
	assert_null(b->at);
	assert_true(xml_is(b->top, "m", NS_COMPONENT));
	assert_str(xml_attr(b->top, "a"), "1");
	assert_str(xml_attr(b->top, "xml:lang"), "de");
	assert_false(xml_has_attr(b->top, "b"));
	assert_str(b->top->attrs->next->next->ns, "u");
	assert_non_null(b->top->attrs->next->next->value.p);
	assert_str(b->top->child->text, "one run");
	assert_true(xml_is(b->top->last, "x", "u:2"));
	assert_false(b->is_over);
}

static void test_depth(void **state)
{
	struct site *s = *state;

	builder_start(&s->b, "a", no_attrs);
	builder_start(&s->b, "a", no_attrs);
	assert_false(s->b.is_over);
	builder_start(&s->b, "a", no_attrs);
	assert_true(s->b.is_over);
	assert_string_equal(s->b.condition, "policy-violation");
}

/* Declarations count as the attributes that they are. */
static void test_attributes(void **state)
{
	const char *attrs[] = { "a", "", "b", "", NULL };
	struct site *s = *state;

	builder_declare(&s->b);
	builder_start(&s->b, "a", attrs);
	assert_false(s->b.is_over);
	builder_declare(&s->b);
	builder_declare(&s->b);
	builder_start(&s->b, "a", attrs);
	assert_true(s->b.is_over);
}

static void test_text_limit(void **state)
{
	struct site *s = *state;

	builder_start(&s->b, "a", no_attrs);
	builder_text(&s->b, STR_LIT("0123456789"));
	builder_text(&s->b, STR_LIT("0"));
	builder_end(&s->b);
	assert_string_equal(s->b.condition, "policy-violation");
}

static void test_first_failure_sticks(void **state)
{
	struct site *s = *state;

	builder_fail(&s->b, "restricted-xml", "first");
	builder_fail(&s->b, "policy-violation", "second");
	builder_fail_expat(&s->b);
	assert_string_equal(s->b.condition, "restricted-xml");
	assert_string_equal(s->b.why, "first");
}

static void test_failure_of_expat(void **state)
{
	struct site *s = *state;

	assert_int_equal(XML_Parse(s->b.parser, "<a></b>", 7, 0),
			 XML_STATUS_ERROR);
	builder_fail_expat(&s->b);
	assert_string_equal(s->b.condition, "not-well-formed");
	assert_string_equal(s->b.why, "mismatched tag");
}

#define WITH_SITE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		WITH_SITE(test_tree),
		WITH_SITE(test_depth),
		WITH_SITE(test_attributes),
		WITH_SITE(test_text_limit),
		WITH_SITE(test_first_failure_sticks),
		WITH_SITE(test_failure_of_expat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
