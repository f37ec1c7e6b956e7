#include "gateway/messages/recent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void id_of(char id[STANZA_ID_BYTES + 1], unsigned n)
{
	snprintf(id, STANZA_ID_BYTES + 1, "%08x%024x", n * 2654435761U, n);
}

static void remembers_the_last(void **state)
{
	struct recent *r = recent_create();
	char id[STANZA_ID_BYTES + 1], call_id[32];
	unsigned known = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		id_of(id, i);
		snprintf(call_id, sizeof(call_id), "c%u", i);
		recent_put(r, id, str_z(call_id));
		assert_true(str_eqz(recent_call_id(r, str_z(id)), call_id));
	}
	for (unsigned i = 0; i < 100000; i++) {
		struct str got;

		id_of(id, i);
		snprintf(call_id, sizeof(call_id), "c%u", i);
		got = recent_call_id(r, str_z(id));
		/* Its own, or none: never another's. */
		assert_true(got.n == 0 || str_eqz(got, call_id));
		known += got.n > 0;
	}
	assert_in_range(known, 1, 2048);
	recent_destroy(&r);
}

static void what_is_no_id(void **state)
{
	static const char long_one[200] = { 'x' };
	struct recent *r = recent_create();
	char id[STANZA_ID_BYTES + 1];

	(void)state;
	id_of(id, 1);
	assert_int_equal(recent_call_id(r, str_z(id)).n, 0);
	assert_int_equal(recent_call_id(r, STR_NONE).n, 0);
	assert_int_equal(recent_call_id(r, STR_LIT("x")).n, 0);
	recent_put(r, id, (struct str){ long_one, sizeof(long_one) });
	recent_put(r, id, STR_NONE);
	assert_int_equal(recent_call_id(r, str_z(id)).n, 0);
	recent_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_the_last),
		cmocka_unit_test(what_is_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
