#include "gateway/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void assert_buf(const struct strbuf *b, const char *want)
{
	assert_false(b->overflow);
	assert_int_equal(b->n, strlen(want));
	if (b->n > 0)
		assert_memory_equal(b->p, want, b->n);
}

static void appends(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 1000);
	assert_buf(&b, "");
	strbuf_add(&b, STR_NONE);
	strbuf_add(&b, STR_LIT("ab"));
	strbuf_addz(&b, "cd");
	strbuf_addz(&b, NULL);
	strbuf_addc(&b, 'e');
	strbuf_addlit(&b, "f");
	strbuf_addu(&b, 0);
	strbuf_addu(&b, UINT64_MAX);
	strbuf_addhex(&b, "\x00\xAF\x10", 3);
	strbuf_addf(&b, "%s=%d", "k", -5);
	assert_buf(&b, "abcdef01844674407370955161500af10k=-5");
	strbuf_fini(&b);
	assert_null(b.p);
}

static void formats_beyond_its_room(void **state)
{
	char want[2001];
	struct strbuf b;

	(void)state;
	memset(want, 'x', 2000);
	want[2000] = '\0';
	strbuf_init(&b, 2000);
	strbuf_addf(&b, "%s", want);
	assert_buf(&b, want);
	strbuf_addf(&b, "%s", "");
	assert_buf(&b, want);
	strbuf_addf(&b, "%s", "y");
	assert_true(b.overflow);
	assert_int_equal(b.n, 2000);
	strbuf_fini(&b);
}

/* Every way of appending, at every distance from the limit. */
static void never_passes_the_limit(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 600; limit++) {
		struct strbuf b;
		size_t before;

		strbuf_init(&b, limit);
		while (!b.overflow) {
			strbuf_addf(&b, "%s", "abc");
			strbuf_addlit(&b, "defgh");
			strbuf_addu(&b, 12345);
			strbuf_addhex(&b, "\x01\x02", 2);
			strbuf_addc(&b, 'z');
			assert_true(b.n <= limit);
		}
		/* The first error sticks. */
		before = b.n;
		strbuf_addc(&b, 'q');
		strbuf_addf(&b, "%d", 1);
		strbuf_add(&b, STR_NONE);
		assert_true(b.overflow);
		assert_int_equal(b.n, before);
		assert_true(b.cap <= limit + 1 || b.cap == 0);
		strbuf_fini(&b);
	}
}

static void exactly_the_limit_fits(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 3);
	strbuf_addlit(&b, "abc");
	assert_buf(&b, "abc");
	strbuf_reset(&b);
	strbuf_addf(&b, "%d", 123);
	assert_buf(&b, "123");
	strbuf_addlit(&b, "");
	assert_buf(&b, "123");
	strbuf_addlit(&b, "x");
	assert_true(b.overflow);
	strbuf_fini(&b);
}

static void limit_may_change(void **state)
{
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 3);
	strbuf_addlit(&b, "abc");
	b.limit = 5;
	strbuf_addlit(&b, "de");
	assert_buf(&b, "abcde");
	b.limit = 2;
	strbuf_addc(&b, 'x');
	assert_true(b.overflow);
	assert_int_equal(b.n, 5);
	strbuf_fini(&b);
}

static void takes_back(void **state)
{
	struct strbuf b;
	char *memory;

	(void)state;
	strbuf_init(&b, 10);
	strbuf_addlit(&b, "hello");
	memory = b.p;
	strbuf_addlit(&b, " and much more");
	assert_true(b.overflow);
	strbuf_truncate(&b, 4);
	assert_buf(&b, "hell");
	strbuf_truncate(&b, 99);
	assert_buf(&b, "hell");
	strbuf_shift(&b, 0);
	strbuf_shift(&b, 1);
	assert_buf(&b, "ell");
	strbuf_shift(&b, 99);
	assert_buf(&b, "");
	strbuf_shift(&b, 1);
	strbuf_reset(&b);
	assert_ptr_equal(b.p, memory);
	strbuf_fini(&b);
	strbuf_shift(&b, 1);
	assert_buf(&b, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends),
		cmocka_unit_test(formats_beyond_its_room),
		cmocka_unit_test(never_passes_the_limit),
		cmocka_unit_test(exactly_the_limit_fits),
		cmocka_unit_test(limit_may_change),
		cmocka_unit_test(takes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
