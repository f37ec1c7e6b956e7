#include "sip/recall.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { KEEP_MS = 100, MAX_BYTES = 10000 };

static void put(struct recall *r, uint64_t id, const char *text, uint64_t now)
{
	struct replay_key k = { .a = id, .b = ~id };

	recall_put(r, &k, str_z(text), now);
}

static bool has(struct recall *r, uint64_t id, const char *text, uint64_t now)
{
	struct replay_key k = { .a = id, .b = ~id };

	return str_eq(recall_get(r, &k, now), str_z(text));
}

static void test_times(void **state)
{
	struct recall *r = recall_create(MAX_BYTES, KEEP_MS);

	(void)state;
	assert_true(has(r, 1, NULL, 0));
	put(r, 1, "one", 0);
	put(r, 2, "two", 50);
	assert_true(has(r, 1, "one", 99));
	assert_true(has(r, 1, NULL, 100));
	assert_true(has(r, 2, "two", 149));
	put(r, 2, "again", 149); /* replaced, and younger */
	assert_true(has(r, 2, "again", 248));
	assert_true(has(r, 2, NULL, 249));
	assert_int_equal(recall_bytes(r), 0);
	put(r, 3, "left", 300);
	recall_destroy(&r);
	assert_null(r);
}

static void test_bound(void **state)
{
	struct recall *r = recall_create(MAX_BYTES, KEEP_MS);
	char big[MAX_BYTES + 1];

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		put(r, i, "some answer", 1);
		assert_true(recall_bytes(r) <= MAX_BYTES);
	}
	assert_true(has(r, 999, "some answer", 1));
	assert_true(has(r, 0, NULL, 1)); /* the oldest made room */
	memset(big, 'x', MAX_BYTES);
	big[MAX_BYTES] = '\0';
	put(r, 5000, big, 1);
	assert_true(has(r, 5000, NULL, 1));
	recall_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
