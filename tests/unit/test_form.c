#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "xmpp/form.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

static const struct stream_limits limits = { .stanza_max_bytes = 65536,
					     .depth_max = 32,
					     .attrs_max = 64 };

static const char WRITTEN[] =
	"<x xmlns='jabber:x:data' type='form'><title>T</title>"
	"<field type='hidden' var='FORM_TYPE'><value>urn:x</value></field>"
	"<field type='list-single' var='a' label='A &amp; B'>"
	"<value>1</value><option label='one'><value>1</value></option></field>"
	"<field type='text-multi' var='b'><value>l1</value><value>l2</value>"
	"</field></x>";

static void test_write(void **state)
{
	struct arena a;
	struct xml *form, *field;
	struct strbuf b;

	(void)state;
	arena_init(&a, 4096);
	form = form_make(&a, "form");
	form_say(&a, form, "title", STR_LIT("T"));
	form_set_type(&a, form, "urn:x");
	field = form_field(&a, form, "a", "list-single", STR_LIT("A & B"));
	form_value(&a, field, STR_LIT("1"));
	form_option(&a, field, STR_LIT("one"), STR_LIT("1"));
	field = form_field(&a, form, "b", "text-multi", STR_NONE);
	form_lines(&a, field, STR_LIT("l1\nl2\n"));
	strbuf_init(&b, 10000);
	xml_write(&b, form, STR_NONE);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, WRITTEN);
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_get(void **state)
{
	static const char doc[] =
		"<query xmlns='jabber:iq:search'>"
		"<x xmlns='jabber:x:data' type='cancel'/>"
		"<x xmlns='jabber:x:data' type='submit'>"
		"<field var='empty'/><field var='a'><value> 1 </value></field>"
		"<field><value>2</value></field></x></query>";
	const char *why;
	struct arena a;
	const struct xml *el, *form;

	(void)state;
	arena_init(&a, 4096);
	el = stream_document(&a, str_z(doc), &limits, &why);
	assert_non_null(el);
	assert_null(form_find(el, "result"));
	form = form_find(el, "submit");
	assert_non_null(form);
	assert_true(str_eqz(form_get(&a, form, "a"), "1"));
	assert_int_equal(form_get(&a, form, "empty").n, 0);
	assert_int_equal(form_get(&a, form, "nosuch").n, 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_get),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
