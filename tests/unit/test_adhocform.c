#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/admin/adhocform.h"
#include "xmpp/form.h"
#include "xmpp/ns.h"

static const char *const choices[] = { "on", "off", NULL };
static const struct admin_command command = {
	.name = "sample",
	.args = { { .name = "WHO", .help = { "Who.", "Wer." } },
		  { .name = "STATE",
		    .type = ADMIN_CHOICE,
		    .is_optional = true,
		    .choices = choices,
		    .help = { "How.", "Wie." } } },
	.help = { "A sample.", "Ein Muster." },
};
static const struct desk_to to = { .node = STR("sample"),
				   .session = STR("s1") };

static void check(const struct xml *x, const char *expected)
{
	struct strbuf b;

	strbuf_init(&b, 10000);
	xml_write(&b, x, STR_NONE);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	strbuf_fini(&b);
}

#define BEGIN(status)                                                          \
	"<command xmlns='http://jabber.org/protocol/commands' node='sample' "  \
	"sessionid='s1' status='" status "'>"

static void test_question(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	check(adhocform_question(&a, &to, &command, ADMIN_DE),
	      BEGIN("executing") "<actions "
				 "execute='complete'><complete/></actions>"
				 "<x xmlns='jabber:x:data' "
				 "type='form'><title>sample</title>"
				 "<instructions>Ein Muster.</instructions>"
				 "<field type='text-single' var='WHO' "
				 "label='Wer.'><required/>"
				 "</field><field type='list-single' "
				 "var='STATE' label='Wie.'>"
				 "<option><value>on</value></"
				 "option><option><value>off</value>"
				 "</option></field></x></command>");
	arena_fini(&a);
}

static void test_answer(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	check(adhocform_answer(&a, &to, &command, true, STR_LIT("done\n")),
	      BEGIN("completed") "<note type='info'>done</note></command>");
	check(adhocform_answer(&a, &to, NULL, false, STR_LIT("a\nb\n")),
	      BEGIN("completed") "<note type='error'>a\nb</note></command>");
	check(adhocform_answer(&a, &to, &command, true, STR_LIT("a\nb\n")),
	      BEGIN("completed") "<x xmlns='jabber:x:data' "
				 "type='result'><title>sample</title>"
				 "<field type='text-multi' "
				 "var='text' label='Answer'><value>a</value>"
				 "<value>b</value></field></x></command>");
	arena_fini(&a);
}

static void test_words(void **state)
{
	struct str words[ADMIN_ARGS_MAX + 1];
	struct xml *form;
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_int_equal(adhocform_words(&a, &command, NULL, words), 1);
	assert_true(str_eqz(words[0], "sample"));
	form = form_make(&a, "submit");
	form_value(&a, form_field(&a, form, "STATE", NULL, STR_NONE),
		   STR_LIT("on"));
	assert_int_equal(adhocform_words(&a, &command, form, words), 1);
	form_value(&a, form_field(&a, form, "WHO", NULL, STR_NONE),
		   STR_LIT(" a b "));
	assert_int_equal(adhocform_words(&a, &command, form, words), 3);
	assert_true(str_eqz(words[1], "a b"));
	assert_true(str_eqz(words[2], "on"));
	arena_fini(&a);
}

/* Nobody sees what he may not ask for. */
static void test_lists(void **state)
{
	const struct jid gateway = { .domain = STR("sip.example.com") };
	const struct xml *item;
	struct xml *user, *admin;
	struct arena a;
	unsigned n = 0, m = 0;

	(void)state;
	arena_init(&a, 4096);
	user = adhocform_items(&a, &gateway, ADMIN_USER, ADMIN_EN);
	for (item = user->child; item != NULL; item = item->next, n++)
		assert_non_null(admin_find(xml_attr(item, "node"), ADMIN_USER));
	admin = adhocform_items(&a, &gateway, ADMIN_ADMIN, ADMIN_EN);
	for (item = admin->child; item != NULL; item = item->next)
		m++;
	assert_true(n > 5 && m > n);
	/* A secret comes with it: at the socket only. */
	assert_true(admin_find(STR_LIT("account-add"), ADMIN_ADMIN)->is_local);
	assert_null(adhocform_info(&a, STR_LIT("account-add"), ADMIN_ADMIN,
				   ADMIN_EN));
	assert_null(
		adhocform_info(&a, STR_LIT("reload"), ADMIN_USER, ADMIN_EN));
	assert_non_null(
		adhocform_info(&a, STR_LIT("reload"), ADMIN_ADMIN, ADMIN_EN));
	assert_null(
		adhocform_info(&a, STR_LIT("nosuch"), ADMIN_ADMIN, ADMIN_EN));
	assert_non_null(
		adhocform_info(&a, STR_LIT(NS_COMMANDS), ADMIN_USER, ADMIN_EN));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
