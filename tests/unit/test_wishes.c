#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "gateway/services/wishes.h"

static const struct jid juliet = { STR("juliet"), STR("example.com"),
				   STR("desk") };
static const struct jid nurse = { STR("nurse"), STR("example.com"), STR("") };
static const struct jid romeo = { STR("romeo"), STR("sip.example.com"),
				  STR("phone") };

static struct {
	struct bridge bridge;
	struct wishes *wishes;
	int kept;
} T;

static void on_kept(void *arg, bool is_kept)
{
	(void)arg;
	T.kept += is_kept;
}

static void open_wishes(void)
{
	const char *why = NULL;

	T.wishes = wishes_create(&T.bridge, &why);
	if (T.wishes == NULL)
		fail_msg("%s", why);
}

static int setup(void **state)
{
	const struct store_options o = { .backend = STORE_MEMORY,
					 .node = STR("n") };
	const char *why = NULL;

	(void)state;
	T.bridge = (struct bridge){ .loop = loop_create(&why) };
	T.bridge.store = store_open(T.bridge.loop, &o, &why);
	T.kept = 0;
	open_wishes();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	wishes_destroy(&T.wishes);
	store_close(&T.bridge.store);
	loop_destroy(&T.bridge.loop);
	return 0;
}

static void turns(void)
{
	int i;

	for (i = 0; i < 20; i++)
		loop_turn(T.bridge.loop, 10);
}

static void count(void *arg, struct str contact)
{
	assert_true(str_eqz(contact, "romeo@sip.example.com"));
	++*(int *)arg;
}

static void test_block(void **state)
{
	int n = 0;

	(void)state;
	assert_false(wishes_is_blocked(T.wishes, &juliet, &romeo));
	assert_false(wishes_is_blocked(NULL, &juliet, &romeo));
	assert_true(wishes_block(T.wishes, &juliet, &romeo, on_kept, NULL));
	assert_true(wishes_block(T.wishes, &juliet, &romeo, on_kept, NULL));
	assert_true(wishes_is_blocked(T.wishes, &juliet, &romeo));
	assert_false(wishes_is_blocked(T.wishes, &nurse, &romeo));
	assert_false(wishes_is_blocked(T.wishes, &romeo, &juliet));
	assert_int_equal(wishes_blocked(T.wishes, &juliet, count, &n), 1);
	assert_int_equal(n, 1);
	turns();
	assert_int_equal(T.kept, 2);
	assert_true(wishes_unblock(T.wishes, &juliet, &romeo, NULL, NULL));
	assert_false(wishes_is_blocked(T.wishes, &juliet, &romeo));
	assert_int_equal(wishes_blocked(T.wishes, &juliet, count, &n), 0);
}

static void test_wish(void **state)
{
	(void)state;
	assert_true(wishes_has(T.wishes, &juliet, WISH_TYPING));
	assert_true(wishes_has(NULL, &juliet, WISH_TYPING));
	assert_true(
		wishes_set(T.wishes, &juliet, WISH_TYPING, false, NULL, NULL));
	assert_false(wishes_has(T.wishes, &juliet, WISH_TYPING));
	assert_true(wishes_has(T.wishes, &juliet, WISH_RECEIPTS));
	assert_true(wishes_has(T.wishes, &nurse, WISH_TYPING));
}

/* What was said before a restart counts after it. */
static void test_loaded(void **state)
{
	(void)state;
	wishes_block(T.wishes, &juliet, &romeo, NULL, NULL);
	wishes_set(T.wishes, &juliet, WISH_RECEIPTS, false, NULL, NULL);
	store_put(T.bridge.store, STORE_SETTING, STR_LIT("other"), STR_LIT("x"),
		  0, NULL, NULL);
	turns();
	wishes_destroy(&T.wishes);
	open_wishes();
	assert_true(wishes_is_blocked(T.wishes, &juliet, &romeo));
	assert_false(wishes_has(T.wishes, &juliet, WISH_RECEIPTS));
	assert_true(wishes_has(T.wishes, &juliet, WISH_TYPING));
}

static void test_limit(void **state)
{
	struct jid contact = romeo;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < BLOCKS_PER_USER_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		contact.local = str_z(name);
		assert_true(
			wishes_block(T.wishes, &juliet, &contact, NULL, NULL));
	}
	assert_false(wishes_block(T.wishes, &juliet, &romeo, NULL, NULL));
	assert_false(wishes_is_blocked(T.wishes, &juliet, &romeo));
	assert_true(wishes_block(T.wishes, &nurse, &romeo, NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_block, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wish, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
