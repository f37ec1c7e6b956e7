#include "sip/substate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_read(void **state)
{
	static const struct {
		const char *in;
		enum substate_kind kind;
		const char *reason;
		int64_t expires_s, retry_after_s;
	} cases[] = {
		{ "active", SUBSTATE_ACTIVE, "", -1, -1 },
		{ "active;expires=600", SUBSTATE_ACTIVE, "", 600, -1 },
		{ " Active ; Expires = 600 ", SUBSTATE_ACTIVE, "", 600, -1 },
		{ "pending;expires=0", SUBSTATE_PENDING, "", 0, -1 },
		{ "terminated;reason=timeout", SUBSTATE_TERMINATED, "timeout",
		  -1, -1 },
		{ "terminated;retry-after=7;reason=\"probation\"",
		  SUBSTATE_TERMINATED, "probation", -1, 7 },
		{ "active;expires=-1", SUBSTATE_ACTIVE, "", -1, -1 },
		{ "active;expires=99999999999", SUBSTATE_ACTIVE, "", -1, -1 },
		{ "active;expires=", SUBSTATE_ACTIVE, "", -1, -1 },
		{ "active;;expires=5;x", SUBSTATE_ACTIVE, "", 5, -1 },
		/* an extension promises nothing */
		{ "waiting;expires=5", SUBSTATE_PENDING, "", 5, -1 },
		{ "activex", SUBSTATE_PENDING, "", -1, -1 },
	};
	struct substate s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(substate_read(str_z(cases[i].in), &s));
		assert_int_equal(s.kind, cases[i].kind);
		if (!str_eqz(s.reason, cases[i].reason))
			fail_msg("%s: %.*s", cases[i].in, STR_ARG(s.reason));
		assert_int_equal(s.expires_s, cases[i].expires_s);
		assert_int_equal(s.retry_after_s, cases[i].retry_after_s);
	}
	assert_false(substate_read(STR_NONE, &s));
	assert_false(substate_read(STR_LIT("  ;expires=5"), &s));
}

static void test_write(void **state)
{
	static const struct {
		struct substate in;
		const char *expected;
	} cases[] = {
		{ { .kind = SUBSTATE_ACTIVE, .expires_s = 600 },
		  "active;expires=600" },
		{ { .kind = SUBSTATE_PENDING, .expires_s = -1 },
		  "pending;expires=0" },
		{ { .kind = SUBSTATE_ACTIVE,
		    .expires_s = 1,
		    .reason = STR("x"),
		    .retry_after_s = 3 },
		  "active;expires=1" },
		{ { .kind = SUBSTATE_TERMINATED, .expires_s = 600 },
		  "terminated" },
		{ { .kind = SUBSTATE_TERMINATED,
		    .reason = STR("probation"),
		    .retry_after_s = 30 },
		  "terminated;reason=probation;retry-after=30" },
	};
	struct strbuf b;

	(void)state;
	strbuf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&b);
		substate_write(&b, &cases[i].in);
		if (!str_eqz(strbuf_str(&b), cases[i].expected))
			fail_msg("%.*s", STR_ARG(strbuf_str(&b)));
	}
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
