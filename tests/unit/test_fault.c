#include "gateway/base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* RFC 6120 §8.3.3, written a second time. */
static const struct {
	enum cond cond;
	const char *name, *type;
} cases[] = {
	{ COND_BAD_REQUEST, "bad-request", "modify" },
	{ COND_CONFLICT, "conflict", "cancel" },
	{ COND_FEATURE_NOT_IMPLEMENTED, "feature-not-implemented", "cancel" },
	{ COND_FORBIDDEN, "forbidden", "auth" },
	{ COND_GONE, "gone", "cancel" },
	{ COND_INTERNAL_SERVER_ERROR, "internal-server-error", "cancel" },
	{ COND_ITEM_NOT_FOUND, "item-not-found", "cancel" },
	{ COND_JID_MALFORMED, "jid-malformed", "modify" },
	{ COND_NOT_ACCEPTABLE, "not-acceptable", "modify" },
	{ COND_NOT_ALLOWED, "not-allowed", "cancel" },
	{ COND_NOT_AUTHORIZED, "not-authorized", "auth" },
	{ COND_POLICY_VIOLATION, "policy-violation", "modify" },
	{ COND_RECIPIENT_UNAVAILABLE, "recipient-unavailable", "wait" },
	{ COND_REDIRECT, "redirect", "modify" },
	{ COND_REGISTRATION_REQUIRED, "registration-required", "auth" },
	{ COND_REMOTE_SERVER_NOT_FOUND, "remote-server-not-found", "cancel" },
	{ COND_REMOTE_SERVER_TIMEOUT, "remote-server-timeout", "wait" },
	{ COND_RESOURCE_CONSTRAINT, "resource-constraint", "wait" },
	{ COND_SERVICE_UNAVAILABLE, "service-unavailable", "cancel" },
	{ COND_SUBSCRIPTION_REQUIRED, "subscription-required", "auth" },
	{ COND_UNDEFINED_CONDITION, "undefined-condition", "cancel" },
	{ COND_UNEXPECTED_REQUEST, "unexpected-request", "wait" },
};
enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };

static void names_and_types(void **state)
{
	(void)state;
	assert_int_equal(CASE_COUNT, COND_COUNT - 1);
	for (size_t i = 0; i < CASE_COUNT; i++) {
		enum error_type t = cond_type(cases[i].cond);

		assert_true(str_eqz(cond_name(cases[i].cond), cases[i].name));
		assert_int_equal(cond_read(str_z(cases[i].name)),
				 cases[i].cond);
		assert_true(str_eqz(error_type_name(t), cases[i].type));
		assert_int_equal(error_type_read(str_z(cases[i].type)), t);
	}
}

static void strangers_have_a_default(void **state)
{
	(void)state;
	assert_int_equal(cond_read(STR_LIT("no-such-thing")),
			 COND_UNDEFINED_CONDITION);
	assert_int_equal(cond_read(STR_LIT("Gone")), COND_UNDEFINED_CONDITION);
	assert_int_equal(cond_read(STR_NONE), COND_UNDEFINED_CONDITION);
	assert_int_equal(cond_name(COND_NONE).n, 0);
	assert_int_equal(cond_name(COND_COUNT).n, 0);
	assert_int_equal(error_type_read(STR_LIT("nonsense")), ERROR_CANCEL);
	assert_int_equal(error_type_read(STR_LIT("continue")), ERROR_CONTINUE);
	assert_int_equal(error_type_read(STR_NONE), ERROR_CANCEL);
}

static void set_fills_everything(void **state)
{
	struct fault f = { .retry_after_s = 7, .uri = STR("old") };

	(void)state;
	assert_false(fault_set(&f, 404, COND_JID_MALFORMED, "no user part"));
	assert_int_equal(f.status, 404);
	assert_int_equal(f.cond, COND_JID_MALFORMED);
	assert_int_equal(f.type, ERROR_MODIFY);
	assert_true(str_eqz(f.text, "no user part"));
	assert_int_equal(f.uri.n, 0);
	assert_int_equal(f.retry_after_s, 0);
	fault_set(&f, 500, COND_INTERNAL_SERVER_ERROR, NULL);
	assert_int_equal(f.text.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_types),
		cmocka_unit_test(strangers_have_a_default),
		cmocka_unit_test(set_fills_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
