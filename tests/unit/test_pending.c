#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "xmpp/pending.h"

struct waiter {
	struct pending *p;
	char id[17];
	unsigned answers, losses;
	bool asks_again;
};

static void on_answer(void *arg, const struct stanza *answer)
{
	struct waiter *w = arg;

	if (answer != NULL)
		w->answers++;
	else
		w->losses++;
	if (!w->asks_again)
		return;
	w->asks_again = false;
	assert_true(pending_add(w->p, STR_LIT("example.com"), 10000, on_answer,
				w, w->id));
}

static struct loop *new_loop(void)
{
	const char *why;
	struct loop *l = loop_create(&why);

	assert_non_null(l);
	return l;
}

static struct stanza answer_from(enum iq_type type, struct jid from,
				 const char *id)
{
	return (struct stanza){ .kind = STANZA_IQ,
				.from = from,
				.to = { .domain = STR("sip.example.com") },
				.id = str_z(id),
				.u.iq.type = type };
}

static void test_offers(void **state)
{
	static const struct {
		const char *to;
		enum iq_type type;
		struct jid from;
		const char *id; /* NULL: the right one */
		bool is_taken;
	} cases[] = {
		{ "example.com",
		  IQ_RESULT,
		  { .domain = STR("example.com") },
		  NULL,
		  true },
		{ "example.com",
		  IQ_ERROR,
		  { .domain = STR("example.com") },
		  NULL,
		  true },
		{ "Example.COM",
		  IQ_RESULT,
		  { .domain = STR("example.com") },
		  NULL,
		  true },
		{ "a@example.com/r",
		  IQ_RESULT,
		  { STR("a"), STR("example.com"), STR("r") },
		  NULL,
		  true },
		/* from somebody else */
		{ "example.com",
		  IQ_RESULT,
		  { .domain = STR("evil.com") },
		  NULL,
		  false },
		{ "a@example.com",
		  IQ_RESULT,
		  { .domain = STR("example.com") },
		  NULL,
		  false },
		{ "a@example.com",
		  IQ_RESULT,
		  { STR("a"), STR("example.com"), STR("r") },
		  NULL,
		  false },
		/* not ours */
		{ "example.com",
		  IQ_RESULT,
		  { .domain = STR("example.com") },
		  "0123456789abcdef",
		  false },
		{ "example.com",
		  IQ_RESULT,
		  { .domain = STR("example.com") },
		  "",
		  false },
		/* requests */
		{ "example.com",
		  IQ_GET,
		  { .domain = STR("example.com") },
		  NULL,
		  false },
		{ "example.com",
		  IQ_SET,
		  { .domain = STR("example.com") },
		  NULL,
		  false },
	};
	struct loop *l = new_loop();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct waiter w = { .p = pending_create(l, 10) };
		struct stanza s;

		assert_true(pending_add(w.p, str_z(cases[i].to), 10000,
					on_answer, &w, w.id));
		assert_int_equal(strlen(w.id), 16);
		s = answer_from(cases[i].type, cases[i].from,
				cases[i].id != NULL ? cases[i].id : w.id);
		assert_int_equal(pending_offer(w.p, &s), cases[i].is_taken);
		assert_int_equal(w.answers, cases[i].is_taken);
		/* only once */
		assert_false(pending_offer(w.p, &s));
		pending_destroy(&w.p);
		assert_int_equal(w.losses, 0);
	}
	loop_destroy(&l);
}

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void test_deadlines(void **state)
{
	struct loop *l = new_loop();
	struct pending *p = pending_create(l, 10);
	struct waiter late = { .p = p }, early = { .p = p };
	struct stanza s;
	uint64_t begin = clock_ms();

	(void)state;
	pending_add(p, STR_LIT("example.com"), 5000, on_answer, &late, late.id);
	pending_add(p, STR_LIT("example.com"), 50, on_answer, &early, early.id);
	assert_string_not_equal(late.id, early.id);
	while (early.losses == 0 && clock_ms() - begin < 3000)
		loop_turn(l, 10);
	assert_true(clock_ms() - begin >= 50);
	assert_int_equal(early.losses, 1);
	assert_int_equal(late.losses, 0);
	/* too late */
	s = answer_from(IQ_RESULT, (struct jid){ .domain = STR("example.com") },
			early.id);
	assert_false(pending_offer(p, &s));
	pending_destroy(&p);
	loop_destroy(&l);
}

static void test_limit_and_loss(void **state)
{
	enum { MAX = 5 };
	struct loop *l = new_loop();
	struct pending *p = pending_create(l, MAX);
	struct waiter w[MAX + 1];

	(void)state;
	for (int i = 0; i <= MAX; i++) {
		w[i] = (struct waiter){ .p = p, .asks_again = i == 2 };
		assert_int_equal(pending_add(p, STR_LIT("example.com"), 5000,
					     on_answer, &w[i], w[i].id),
				 i < MAX);
	}
	pending_lost(p);
	for (int i = 0; i <= MAX; i++)
		assert_int_equal(w[i].losses, i < MAX);
	/* The one who asked again is waiting still. */
	pending_lost(p);
	assert_int_equal(w[2].losses, 2);
	assert_int_equal(w[3].losses, 1);
	pending_destroy(&p);
	loop_destroy(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_limit_and_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
