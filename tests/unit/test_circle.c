#include "gateway/circle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "gateway/base/keyed.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static bool comes(struct circle *c, const char *from, const char *to,
		  struct str thread, const char *body, uint64_t now_ms)
{
	struct text text = { .s = str_z(body) };
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .u.message = { .thread = thread } };
	const char *why;

	if (body != NULL)
		s.u.message.body = &text;
	assert_true(jid_read(&arena, str_z(from), &s.from, &why));
	assert_true(jid_read(&arena, str_z(to), &s.to, &why));
	return circle_is(c, &arena, &s, now_ms);
}

/* Without a thread of his own: the Call-ID that we made says whose it was. */
static void test_call_id(void **state)
{
	struct circle *c = circle_create();
	char id[CIRCLE_CALL_ID_BYTES], other[CIRCLE_CALL_ID_BYTES];
	struct str thread = { id, sizeof(id) };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		keyed_token(id, sizeof(id));
		/* One that looks like ours is a thread as any other. */
		assert_false(comes(c, "paris@y", "r@s", thread, NULL, 1));
		circle_mark(id, STR_LIT("x"));
		assert_false(comes(c, "juliet@x", "r@s", thread, "hi", 1));
		assert_false(comes(c, "juliet@x", "n@s", thread, "yes", 2));
		assert_true(comes(c, "paris@y", "r@s", thread, "hi", 2));
		assert_true(comes(NULL, "juliet\\40x@g", "r@s", thread, "hi",
				  999999));
	}
	memcpy(other, id, sizeof(id));
	circle_mark(other, STR_LIT("x"));
	assert_memory_equal(other, id, sizeof(id));
	circle_mark(other, STR_LIT("y"));
	assert_memory_not_equal(other, id, sizeof(id));
	circle_destroy(&c);
	assert_null(c);
}

static void test_thread(void **state)
{
	const struct str t = STR_LIT("t1"), u = STR_LIT("t2");
	struct circle *c = circle_create();

	(void)state;
	assert_false(comes(c, "juliet@x", "r@s", STR_NONE, "hi", 1));
	assert_false(comes(c, "paris@y", "r@s", STR_NONE, "hi", 1));
	assert_false(comes(c, "juliet@x", "r@s", t, "hi", 1));
	assert_false(
		comes(c, "juliet@x", "r@s", t, "hi", 2)); /* says it again */
	assert_false(comes(c, "nurse@x", "r@s", t, "hi", 2)); /* so does she */
	assert_true(comes(c, "paris@y", "r@s", t, "hi", 60000));
	assert_true(comes(c, "tybalt@z", "r@s/phone", t, "hi", 60001));
	/* Another text, contact or thread; or long after. */
	assert_false(comes(c, "paris@y", "r@s", t, "ho", 3));
	assert_false(comes(c, "paris@y", "n@s", t, "hi", 3));
	assert_false(comes(c, "paris@y", "r@s", u, "hi", 3));
	assert_false(comes(c, "paris@y", "r@s", t, NULL, 3));
	assert_false(comes(c, "paris@y", "r@s", t, "hi", 60003));
	assert_true(comes(c, "juliet@x", "r@s", t, "hi", 60004));
	circle_destroy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_id),
		cmocka_unit_test(test_thread),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
