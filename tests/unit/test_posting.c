#include "gateway/phones/posting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What a change keeps, and what is new of it. */
static void changes(void **state)
{
	struct posting *a = posting_create(NULL, STR_LIT("one"), 100);
	struct posting *refreshed = posting_create(a, STR_NONE, 200);
	struct posting *modified = posting_create(a, STR_LIT("two"), 300);

	(void)state;
	assert_true(str_eq(posting_id(a), posting_id(refreshed)));
	assert_true(str_eq(posting_id(a), posting_id(modified)));
	assert_false(str_eq(posting_etag(a), posting_etag(refreshed)));
	assert_true(str_eqz(refreshed->body, "one"));
	assert_true(str_eqz(modified->body, "two"));
	assert_int_equal(refreshed->expires_at_s, 200);
	free(a);
	free(refreshed);
	free(modified);
}

static void as_text(void **state)
{
	static const char *const bodies[] = {
		"", "<a/>", "line\nline\r\n\ttab \\ \\n back", "\\", "\xc3\xa4",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct posting *x = posting_create(NULL, str_z(bodies[i]), 5);
		struct posting *y;
		struct strbuf b;
		struct str key;

		strbuf_init(&b, 10000);
		posting_write(&b, x, STR_LIT("bob@x"));
		assert_null(memchr(b.p, '\n', b.n));
		y = posting_read(posting_id(x), strbuf_str(&b), 7, &key);
		assert_non_null(y);
		assert_true(str_eqz(key, "bob@x"));
		assert_true(str_eq(y->body, x->body));
		assert_true(str_eq(posting_etag(x), posting_etag(y)));
		assert_int_equal(y->expires_at_s, 7);
		strbuf_fini(&b);
		free(x);
		free(y);
	}
}

static void spoilt(void **state)
{
	static const char *const lines[] = {
		"",
		"1",
		"2\tbob@x\t0123456789abcdef\tbody",
		"1\t\t0123456789abcdef\tbody",
		"1\tbob@x\tshort\tbody",
		"1\tbob@x\t0123456789abcdef\tbad \\x",
		"1\tbob@x\t0123456789abcdef\tbad \\",
	};
	struct str id = STR("0123456789abcdef"), key;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_null(posting_read(id, str_z(lines[i]), 1, &key));
	assert_null(posting_read(STR_LIT("no id"),
				 STR_LIT("1\tb@x\t0123456789abcdef\tbody"), 1,
				 &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes),
		cmocka_unit_test(as_text),
		cmocka_unit_test(spoilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
