#include "gateway/config/optionvalue.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "xmpp/jid.h"

/* The field that a value is read into. */
union field {
	bool flag;
	int choice;
	unsigned number;
	size_t bytes;
	uint16_t port;
	struct str text;
	struct jid jid;
};

static enum value_result read_into(struct arena *a, const struct option *o,
				   const char *text, union field *f,
				   const char **why)
{
	memset(f, 0x5a, sizeof(*f));
	return optionvalue_read(a, o, str_z(text), f, why);
}

static void test_numbers(void **state)
{
	const struct option o = {
		.type = OPTION_NUMBER, .min = 10, .max = 300, .unit = "ms"
	};
	static const struct {
		const char *text;
		unsigned expected; /* 0: refused */
	} cases[] = {
		{ "10", 10 },  { "300", 300 }, { "0010", 10 },
		{ "9", 0 },    { "301", 0 },   { "-20", 0 },
		{ "20ms", 0 }, { "0x20", 0 },  { "1e2", 0 },
		{ " 20", 0 },  { "20.0", 0 },  { "99999999999999999999", 0 },
		{ "four", 0 }, { "", 0 },      { "4294967306", 0 },
	};
	union field f;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum value_result r =
			read_into(&a, &o, cases[i].text, &f, &why);

		assert_int_equal(r == VALUE_OK, cases[i].expected != 0);
		if (r == VALUE_OK)
			assert_int_equal(f.number, cases[i].expected);
		else
			assert_non_null(
				strstr(why, "a number from 10 to 300, in ms"));
	}
	arena_fini(&a);
}

static void test_sizes(void **state)
{
	const struct option bytes = { .type = OPTION_BYTES,
				      .min = 1,
				      .max = 1UL << 40 };
	const struct option port = { .type = OPTION_PORT,
				     .min = 1,
				     .max = 65535 };
	union field f;
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_int_equal(read_into(&a, &bytes, "8589934592", &f, &why),
			 VALUE_OK);
	assert_int_equal(f.bytes, 8589934592);
	assert_int_equal(read_into(&a, &port, "65535", &f, &why), VALUE_OK);
	assert_int_equal(f.port, 65535);
	assert_int_equal(read_into(&a, &port, "65536", &f, &why), VALUE_WRONG);
	assert_int_equal(read_into(&a, &port, "0", &f, &why), VALUE_WRONG);
	arena_fini(&a);
}

static void test_names(void **state)
{
	static const struct option_choice choices[] = {
		{ "red", 7 }, { "green", 8 }, { "blue", 9 }, { NULL, 0 }
	};
	static const struct option_choice two[] = { { "off", 0 },
						    { "on", 1 },
						    { NULL, 0 } };
	const struct option choice = { .type = OPTION_CHOICE,
				       .choices = choices };
	const struct option either = { .type = OPTION_EITHER, .choices = two };
	const struct option flag = { .type = OPTION_FLAG };
	union field f;
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_int_equal(read_into(&a, &choice, "blue", &f, &why), VALUE_OK);
	assert_int_equal(f.choice, 9);
	assert_int_equal(read_into(&a, &choice, "Blue", &f, &why), VALUE_WRONG);
	assert_string_equal(why, "'Blue' is not red, green or blue");
	assert_int_equal(read_into(&a, &either, "on", &f, &why), VALUE_OK);
	assert_true(f.flag);
	assert_int_equal(read_into(&a, &either, "off", &f, &why), VALUE_OK);
	assert_false(f.flag);
	assert_int_equal(read_into(&a, &flag, "true", &f, &why), VALUE_OK);
	assert_true(f.flag);
	assert_int_equal(read_into(&a, &flag, "yes", &f, &why), VALUE_WRONG);
	assert_string_equal(why, "'yes' is not true or false");
	arena_fini(&a);
}

/* Accepted text and what becomes of it; expected NULL: refused. */
static void test_texts(void **state)
{
	static const struct {
		enum option_type type;
		const char *text, *expected;
	} cases[] = {
		{ OPTION_TEXT, "Stox", "Stox" },
		{ OPTION_TEXT, "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ OPTION_TEXT, "", NULL },
		{ OPTION_TEXT, "a\r\nb", NULL },
		{ OPTION_TEXT, "a\x7f", NULL },
		{ OPTION_TEXT, "a\xff", NULL },
		{ OPTION_TEXT, "01234567890", NULL },
		{ OPTION_PATH, "/etc/x", "/etc/x" },
		{ OPTION_PATH, "etc/x", NULL },
		{ OPTION_PATH, "", NULL },
		{ OPTION_DOMAIN, "Example.COM", "example.com" },
		{ OPTION_DOMAIN, "a@example.com", NULL },
		{ OPTION_DOMAIN, "example.com/r", NULL },
		{ OPTION_DOMAIN, "", NULL },
		{ OPTION_SECRET, "hunter2", "hunter2" },
		{ OPTION_SECRET, "two words", "two words" },
		{ OPTION_SECRET, "", NULL },
		{ OPTION_SECRET, "a\nb", NULL },
		{ OPTION_SECRET_ENV, "STOX_TEST_SECRET", "hunter2" },
		{ OPTION_SECRET_ENV, "STOX_TEST_NONE", NULL },
		{ OPTION_SECRET_ENV, "STOX_TEST_EMPTY", NULL },
		{ OPTION_SECRET_FILE, "relative", NULL },
		{ OPTION_SECRET_FILE, "/nonexistent/file", NULL },
	};
	union field f;
	struct arena a;
	const char *why;
	size_t i;

	(void)state;
	setenv("STOX_TEST_SECRET", "hunter2", 1);
	setenv("STOX_TEST_EMPTY", "", 1);
	unsetenv("STOX_TEST_NONE");
	arena_init(&a, 1024);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct option o = { .type = cases[i].type,
					  .min = 1,
					  .max = 10 };
		enum value_result r =
			read_into(&a, &o, cases[i].text, &f, &why);

		assert_int_equal(r == VALUE_OK, cases[i].expected != NULL);
		if (r == VALUE_OK)
			assert_true(str_eqz(f.text, cases[i].expected));
	}
	arena_fini(&a);
}

static void test_jid(void **state)
{
	const struct option o = { .type = OPTION_JID };
	union field f;
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_int_equal(read_into(&a, &o, "Desk@Example.com", &f, &why),
			 VALUE_OK);
	assert_true(str_eqz(f.jid.local, "desk"));
	assert_true(str_eqz(f.jid.domain, "example.com"));
	assert_int_equal(read_into(&a, &o, "example.com", &f, &why),
			 VALUE_WRONG);
	assert_int_equal(read_into(&a, &o, "a@example.com/r", &f, &why),
			 VALUE_WRONG);
	arena_fini(&a);
}

/* What a person wrote comes back cut, and without what a terminal obeys; what
 * could be a secret never does. */
static void test_echo(void **state)
{
	const struct option flag = { .type = OPTION_FLAG };
	const struct option secret = { .type = OPTION_SECRET };
	union field f;
	struct arena a;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	read_into(&a, &flag, "\033[31m\xc3\xa9", &f, &why);
	assert_string_equal(why, "'?[31m?" "?' is not true or false");
	read_into(&a, &flag, "0123456789012345678901234567890123456789x", &f,
		  &why);
	assert_string_equal(why, "'0123456789012345678901234567890123456789..."
				 "' is not true or false");
	assert_int_equal(read_into(&a, &secret, "hunter2\n", &f, &why),
			 VALUE_WRONG);
	assert_null(strstr(why, "hunter2"));
	arena_fini(&a);
}

static void test_describe(void **state)
{
	static const struct option_choice two[] = { { "off", 0 },
						    { "on", 1 },
						    { NULL, 0 } };
	const struct option cases[] = {
		{ .type = OPTION_NUMBER, .min = 1, .max = 9, .unit = "s" },
		{ .type = OPTION_EITHER, .choices = two },
		{ .type = OPTION_FLAG },
	};
	static const char *const expected[] = { "number 1..9 s", "off or on",
						"true or false" };
	struct strbuf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_init(&b, 1000);
		optionvalue_describe(&b, &cases[i]);
		assert_true(str_eqz(strbuf_str(&b), expected[i]));
		strbuf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	 cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_texts),
		cmocka_unit_test(test_jid),	 cmocka_unit_test(test_echo),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
