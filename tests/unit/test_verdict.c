#include "gateway/messages/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static bool is_uncertain;

bool outbox_is_uncertain(const struct outbox_item *it)
{
	(void)it;
	return is_uncertain;
}

/* What each outcome means: the error, and whether a later try may do. */
static void test_outcomes(void **state)
{
	static const struct {
		enum outcome_kind kind;
		int status, retry_after_s;
		enum cond cond;
		enum error_type type;
		enum fate fate, fate_escaped;
	} cases[] = {
		{ OUTCOME_ANSWERED, 404, -1, COND_ITEM_NOT_FOUND, ERROR_CANCEL,
		  FATE_REFUSED, FATE_REFUSED },
		/* For now, if it says so; and whose new address is known. */
		{ OUTCOME_ANSWERED, 404, 0, COND_ITEM_NOT_FOUND, ERROR_CANCEL,
		  FATE_REFUSED, FATE_REFUSED },
		{ OUTCOME_ANSWERED, 404, 1, COND_ITEM_NOT_FOUND, ERROR_WAIT,
		  FATE_REFUSED, FATE_REFUSED },
		{ OUTCOME_ANSWERED, 300, -1, COND_REDIRECT, ERROR_MODIFY,
		  FATE_REFUSED, FATE_REFUSED },
		{ OUTCOME_ANSWERED, 480, -1, COND_RECIPIENT_UNAVAILABLE,
		  ERROR_WAIT, FATE_AWAY, FATE_AWAY },
		{ OUTCOME_ANSWERED, 603, -1, COND_RECIPIENT_UNAVAILABLE,
		  ERROR_WAIT, FATE_REFUSED, FATE_REFUSED },
		{ OUTCOME_ANSWERED, 603, 9, COND_RECIPIENT_UNAVAILABLE,
		  ERROR_WAIT, FATE_AWAY, FATE_AWAY },
		{ OUTCOME_TIMEOUT, 408, -1, COND_REMOTE_SERVER_TIMEOUT,
		  ERROR_WAIT, FATE_AWAY, FATE_AWAY },
		/* A user may have mistyped any domain. */
		{ OUTCOME_NO_ROUTE, 404, -1, COND_REMOTE_SERVER_NOT_FOUND,
		  ERROR_CANCEL, FATE_AWAY, FATE_REFUSED },
		/* That it is not there is not known. */
		{ OUTCOME_NO_DNS, 503, -1, COND_REMOTE_SERVER_NOT_FOUND,
		  ERROR_CANCEL, FATE_AWAY, FATE_AWAY },
		{ OUTCOME_UNREACHABLE, 503, -1, COND_REMOTE_SERVER_NOT_FOUND,
		  ERROR_CANCEL, FATE_AWAY, FATE_AWAY },
		{ OUTCOME_NO_ROOM, 503, -1, COND_RESOURCE_CONSTRAINT,
		  ERROR_WAIT, FATE_AWAY, FATE_AWAY },
		{ OUTCOME_TOO_LARGE, 513, -1, COND_POLICY_VIOLATION,
		  ERROR_MODIFY, FATE_REFUSED, FATE_REFUSED },
	};
	struct config_component c = { .plan = { .contacts = CONTACT_FIXED } };
	struct link k = { .cfg = &c };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct response r = { .status = cases[i].status,
					    .retry_after_s =
						    cases[i].retry_after_s };
		const struct outcome o = {
			.kind = cases[i].kind,
			.status = cases[i].status,
			.redirect = STR("sip:new@sip.example"),
			.response =
				cases[i].kind == OUTCOME_ANSWERED ? &r : NULL
		};
		struct outbox_verdict v;

		c.plan.contacts = CONTACT_FIXED;
		verdict_of_try(&k, NULL, &o, &v);
		if (v.why.cond != cases[i].cond ||
		    v.why.type != cases[i].type || v.fate != cases[i].fate)
			fail_msg("case %zu: %s, type %d, fate %d", i,
				 cond_name(v.why.cond).p, v.why.type, v.fate);
		assert_int_equal(v.why.status, cases[i].status);
		assert_int_equal(v.is_answered,
				 cases[i].kind == OUTCOME_ANSWERED);
		assert_int_equal(v.retry_after_s,
				 cases[i].retry_after_s > 0
					 ? cases[i].retry_after_s
					 : 0);
		assert_int_equal(str_eqz(v.why.uri, "sip:new@sip.example"),
				 cases[i].status == 300);
		c.plan.contacts = CONTACT_ESCAPED;
		verdict_of_try(&k, NULL, &o, &v);
		assert_int_equal(v.fate, cases[i].fate_escaped);
	}
}

/* Who is there, but with each connection broken, is no unknown name. */
static void test_cut(void **state)
{
	struct outcome o = { .kind = OUTCOME_UNREACHABLE,
			     .status = 503,
			     .is_cut = true };
	struct fault f;

	(void)state;
	verdict_fault(&f, &o);
	assert_int_equal(f.status, 503);
	assert_int_equal(f.cond, COND_REMOTE_SERVER_TIMEOUT);
	assert_int_equal(f.type, ERROR_WAIT);
	assert_non_null(strstr(f.text.p, "broke"));
}

/* 482 behind a try that nobody answered: the other side has it already. */
static void test_taken(void **state)
{
	struct config_component c = { .plan = { .contacts = CONTACT_FIXED } };
	struct link k = { .cfg = &c };
	const struct outbox_item *it = (const struct outbox_item *)&k;
	struct outcome o = { .kind = OUTCOME_ANSWERED, .status = 482 };
	struct outbox_verdict v;

	(void)state;
	is_uncertain = true;
	assert_true(verdict_is_taken(it, &o));
	assert_false(verdict_is_taken(NULL, &o));
	verdict_of_try(&k, it, &o, &v);
	assert_int_equal(v.fate, FATE_TAKEN);
	for (o.status = 300; o.status < 700; o.status++)
		assert_int_equal(verdict_is_taken(it, &o), o.status == 482);
	o.status = 482;
	is_uncertain = false;
	assert_false(verdict_is_taken(it, &o));
	verdict_of_try(&k, it, &o, &v);
	assert_int_equal(v.fate, FATE_REFUSED);
	for (o.status = 200; o.status < 300; o.status++)
		assert_true(verdict_is_taken(NULL, &o));
	o.status = 200;
	o.kind = OUTCOME_TIMEOUT;
	assert_false(verdict_is_taken(NULL, &o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
