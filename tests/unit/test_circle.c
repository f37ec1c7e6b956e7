#include "gateway/messages/circle.h"
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

static bool passes(struct circle *c, enum circle_way way, const char *from,
		   const char *to, struct str thread, const char *body,
		   uint64_t now_ms)
{
	struct text text = { .s = str_z(body) };
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .u.message = { .thread = thread } };
	const struct circle_pass p = { &arena, way, &s, true };
	const char *why;

	if (body != NULL)
		s.u.message.body = &text;
	assert_true(jid_read(&arena, str_z(from), &s.from, &why));
	assert_true(jid_read(&arena, str_z(to), &s.to, &why));
	return circle_is(c, &p, now_ms);
}

static bool comes(struct circle *c, const char *from, const char *to,
		  struct str thread, const char *body, uint64_t now_ms)
{
	return passes(c, CIRCLE_TO_SIP, from, to, thread, body, now_ms);
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

/* From SIP all senders are of our domain; the plan tells whose they are. */
static void test_call_id_from_sip(void **state)
{
	const struct str t = STR_LIT("c1@phone");
	const char *first = "r\\40s.example@s", *back = "x\\40g.example@s";
	struct circle *c = circle_create();
	char id[CIRCLE_CALL_ID_BYTES];

	(void)state;
	assert_false(passes(c, CIRCLE_TO_XMPP, first, "n@g", t, "hi", 1));
	assert_false(passes(c, CIRCLE_TO_XMPP, "q\\40s.example@s", "n@g", t,
			    "hi", 1));
	assert_false(passes(c, CIRCLE_TO_XMPP, back, "m@g", t, "hi", 2));
	assert_true(passes(c, CIRCLE_TO_XMPP, back, "n@g", t, "hi", 2));
	/* Another way is another message. */
	assert_false(passes(c, CIRCLE_TO_SIP, back, "n@g", t, "hi", 2));
	/* A phone answers in the Call-ID that we made. */
	circle_mark(id, STR_LIT("x"));
	assert_false(passes(c, CIRCLE_TO_XMPP, first, "j@x",
			    (struct str){ id, sizeof(id) }, "hi", 3));
	circle_destroy(&c);
}

/* How often back may say it to r@s, t_ms apart, behind first. */
static int rounds(const char *first, const char *back, uint64_t t_ms)
{
	struct circle *c = circle_create();
	uint64_t now = 1000;
	int n = 0;

	assert_false(comes(c, first, "r@s", STR_NONE, "hi", now));
	while (n < 50 && !comes(c, back, "r@s", STR_NONE, "hi", now += t_ms))
		n++;
	circle_destroy(&c);
	return n;
}

/* The thread is dropped on the way: with the first, at most ten go out. */
static void test_names(void **state)
{
	static const char *const backs[] = {
		"juliet@y",
		"juliet\\40x.example@y",
		"juliet\\5c40x.example\\40y@y",
		"juliet%40x.example@y",
		"juliet%2540x.example@y",
		"juliet%x.example@y",
		"juliet*x.example@y",
		"juliet\\40x@x.example", /* in the same domain */
	};
	static const char *const others[] = {
		"juliet@x.example/other", /* himself */
		"julie@y",
		"juliette@y",
		"nurse@y",
		"juliet\\20b@y",
		"juliet*b@y",
		"y",
	};
	struct circle *c = circle_create();

	(void)state;
	for (size_t i = 0; i < sizeof(backs) / sizeof(*backs); i++) {
		assert_int_equal(rounds("juliet@x.example/a", backs[i], 0), 8);
		assert_int_equal(rounds("juliet@x.example", backs[i], 4999), 8);
		assert_int_equal(rounds("juliet@x.example", backs[i], 5000),
				 50);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(rounds("juliet@x.example", others[i], 1), 50);
	/* Each round has another name, as gateways escape it. */
	assert_false(comes(c, "juliet@x", "r@s", STR_NONE, "ok", 1));
	for (int i = 0; i < 8; i++) {
		assert_false(comes(c, i % 2 ? "juliet@y" : "juliet\\40x@y",
				   "r@s", STR_NONE, "ok", 1));
	}
	assert_true(comes(c, "juliet@y", "r@s", STR_NONE, "ok", 1));
	circle_destroy(&c);
}

/* Two of one name, in talk with one contact. */
static void test_people(void **state)
{
	struct circle *c = circle_create();

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		assert_false(comes(c, i % 8 ? "juliet@x" : "juliet@y", "r@s",
				   STR_NONE, "ok", i));
	for (uint64_t i = 0; i < 1000; i++)
		assert_false(comes(c, "juliet@x", "r@s", STR_NONE, "ping",
				   1000 + i));
	circle_destroy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_id),
		cmocka_unit_test(test_thread),
		cmocka_unit_test(test_call_id_from_sip),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_people),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
