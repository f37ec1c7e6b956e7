#include "mapping/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define FAMILY                                                                 \
	"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91" \
	"\xa7"
#define DE     "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"
#define FR     "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7"
#define ACUTE  "\xcc\x81" /* combining */
#define X20    "xxxxxxxxxxxxxxxxxxxx"
#define X22    X20 "xx"
#define SHALOM "\xd7\xa9\xd6\xb8\xd7\x9c\xd7\x95\xd6\xb9\xd7\x9d"
#define MARKS4 ACUTE ACUTE ACUTE ACUTE

enum { CHUNK_BYTES = 1024, PART_BYTES = 32, TEXT_BYTES = 24 };

/* In parts of 32 bytes: 24 of text. "|" shows the cuts that are expected. */
static const char *const rows[] = {
	"x",
	X20 "1234",
	X20 "1234|5",
	X20 "1234|" X20 "1234|5",
	/* a blank that is near, and one that is not */
	X20 "1 |23456",
	"x " X22 "|xxxxx",
	X20 "\r\n|yyyyyy",
	/* what is one character for a reader stays whole */
	X22 "x|\r\nyyyy",
	X22 "x|e" ACUTE "y",
	X20 "xx|e" ACUTE ACUTE "y",
	X20 "|" FAMILY "!",
	X20 "|" DE FR DE,
	"x" DE DE "|" FR FR,
	/* right to left: vowel points stay with their letters */
	X20 "x|\xd7\xa9\xd6\xb8\xd7\x9c\xd7\x9d",
	SHALOM SHALOM "|" SHALOM,
	/* one that is too long for a part: between characters of Unicode */
	"e" MARKS4 ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE
	"|" MARKS4 ACUTE ACUTE,
	"e" MARKS4 MARKS4 ACUTE ACUTE ACUTE "|" MARKS4 MARKS4 MARKS4 "|" MARKS4
	"z",
};

static void cuts_between_characters(void **state)
{
	struct str out[PARTS_MAX];
	struct strbuf text, got;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	strbuf_init(&text, 4096);
	strbuf_init(&got, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str rest = str_z(rows[i]);
		size_t n;

		strbuf_reset(&text);
		strbuf_reset(&got);
		while (rest.p != NULL)
			strbuf_add(&text, str_cut(&rest, '|'));
		n = parts_cut(&a, strbuf_str(&text), PART_BYTES, PARTS_MAX,
			      out);
		for (size_t k = 0; k < n; k++) {
			assert_true(out[k].n <= TEXT_BYTES);
			if (k > 0)
				strbuf_addc(&got, '|');
			strbuf_add(&got, out[k]);
		}
		if (!str_eqz(strbuf_str(&got), rows[i]))
			fail_msg("row %zu: %.*s", i, STR_ARG(strbuf_str(&got)));
	}
	strbuf_fini(&text);
	strbuf_fini(&got);
	arena_fini(&a);
}

static void has_bounds(void **state)
{
	struct str out[PARTS_MAX];
	struct arena a;
	struct str three = str_z(X22 "xx" X22 "xx" X22 "xx");

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_int_equal(parts_cut(&a, three, PART_BYTES, 3, out), 3);
	assert_int_equal(parts_cut(&a, three, PART_BYTES, 2, out), 0);
	assert_int_equal(parts_cut(&a, three, PART_BYTES - 1, 9, out), 0);
	assert_int_equal(parts_cut(&a, STR_LIT(""), PART_BYTES, 9, out), 0);
	/* fits by its bytes, not by its characters */
	assert_int_equal(
		parts_cut(&a, str_z(X20 FAMILY X20), PART_BYTES, 2, out), 0);
	arena_fini(&a);
}

static void marks_fit(void **state)
{
	struct arena a;
	struct str s;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	s = part_body(&a, STR_LIT("hello"), 0, 3);
	assert_true(str_eqz(s, "(1/3) hello"));
	s = part_body(&a, STR_LIT(""), PARTS_MAX - 1, PARTS_MAX);
	assert_true(str_eqz(s, "(99/99) "));
	assert_int_equal(s.n, PART_MARK_MAX_BYTES);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(has_bounds),
		cmocka_unit_test(marks_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
