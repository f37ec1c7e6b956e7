#include "gateway/base/mailbox.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct tally {
	struct mailbox box;
	unsigned calls;
	bool puts_more;
};

static bool is_readable(const struct mailbox *m)
{
	struct pollfd p = { .fd = m->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void count(void *arg)
{
	struct tally *t = arg;

	t->calls++;
	if (t->puts_more)
		mailbox_put(&t->box, count, t);
}

static void calls_what_was_put(void **state)
{
	struct tally t = { 0 };

	(void)state;
	assert_true(mailbox_init(&t.box));
	assert_false(is_readable(&t.box));
	mailbox_run(&t.box);
	mailbox_put(&t.box, count, &t);
	mailbox_put(&t.box, count, &t);
	assert_int_equal(t.calls, 0);
	assert_true(is_readable(&t.box));
	mailbox_run(&t.box);
	assert_int_equal(t.calls, 2);
	assert_false(is_readable(&t.box));
	mailbox_fini(&t.box);
}

/* A call that puts another never makes a run endless. */
static void later_ones_wait(void **state)
{
	struct tally t = { .puts_more = true };

	(void)state;
	assert_true(mailbox_init(&t.box));
	mailbox_put(&t.box, count, &t);
	mailbox_run(&t.box);
	assert_int_equal(t.calls, 1);
	assert_true(is_readable(&t.box));
	mailbox_run(&t.box);
	assert_int_equal(t.calls, 2);
	mailbox_fini(&t.box); /* with one inside */
	assert_int_equal(t.calls, 2);
}

enum { THREADS = 4, LETTERS = 5000 };

static void *put_many(void *arg)
{
	for (int i = 0; i < LETTERS; i++)
		mailbox_put(arg, count, arg);
	return NULL;
}

static void threads_lose_nothing(void **state)
{
	struct tally t = { 0 };
	pthread_t threads[THREADS];

	(void)state;
	assert_true(mailbox_init(&t.box));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, put_many, &t), 0);
	while (t.calls < THREADS * LETTERS) {
		struct pollfd p = { .fd = t.box.fd, .events = POLLIN };

		assert_int_equal(poll(&p, 1, 10000), 1);
		mailbox_run(&t.box);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(t.calls, THREADS * LETTERS);
	mailbox_fini(&t.box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_what_was_put),
		cmocka_unit_test(later_ones_wait),
		cmocka_unit_test(threads_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
