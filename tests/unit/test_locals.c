#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "sip/locals.h"

static union endpoint at(const char *host, uint16_t port)
{
	union endpoint e;

	assert_true(endpoint_read(str_z(host), port, &e));
	return e;
}

static void each_has_its_number(void **state)
{
	struct locals l = { .count = 0 };
	union endpoint v4 = at("192.0.2.1", 5060), v6 = at("2001:db8::1", 5060);
	union endpoint other_port = at("192.0.2.1", 7000);

	(void)state;
	assert_int_equal(locals_number(&l, &v4), 1);
	assert_int_equal(locals_number(&l, &v6), 2);
	assert_int_equal(locals_number(&l, &other_port), 1);
	assert_int_equal(locals_number(&l, &v6), 2);
	assert_true(endpoint_eq(locals_get(&l, 1, AF_INET), &v4));
	assert_true(endpoint_eq(locals_get(&l, 2, AF_INET6), &v6));
}

static void none_for_what_is_not_there(void **state)
{
	struct locals l = { .count = 0 };
	union endpoint v4 = at("192.0.2.1", 5060);

	(void)state;
	assert_null(locals_get(&l, 1, AF_INET));
	locals_number(&l, &v4);
	assert_null(locals_get(&l, 0, AF_INET));
	assert_null(locals_get(&l, 2, AF_INET));
	assert_null(locals_get(&l, UINT32_MAX, AF_INET));
	assert_null(locals_get(&l, 1, AF_INET6));
}

static void there_is_an_end(void **state)
{
	struct locals l = { .count = 0 };
	union endpoint e;
	char host[32];

	(void)state;
	for (unsigned i = 0; i < LOCALS_MAX; i++) {
		snprintf(host, sizeof(host), "192.0.2.%u", i + 1);
		e = at(host, 5060);
		assert_int_equal(locals_number(&l, &e), i + 1);
	}
	e = at("198.51.100.1", 5060);
	assert_int_equal(locals_number(&l, &e), 0);
	assert_int_equal(locals_number(&l, &l.at[LOCALS_MAX - 1]), LOCALS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_number),
		cmocka_unit_test(none_for_what_is_not_there),
		cmocka_unit_test(there_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
