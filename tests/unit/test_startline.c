#include "sip/startline.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_requests(void **state)
{
	static const struct {
		const char *in, *method, *target;
		bool is_version_ok;
	} cases[] = {
		{ "MESSAGE sip:a@b SIP/2.0", "MESSAGE", "sip:a@b", true },
		{ "MESSAGE  sip:a@b  SIP/2.0  ", "MESSAGE", "sip:a@b", true },
		{ "a-.!%*_+`'~ x: sip/2.0", "a-.!%*_+`'~", "x:", true },
		{ "MESSAGE sip:a@b; lr SIP/2.0", "MESSAGE", "sip:a@b; lr",
		  true },
		{ "MESSAGE SIP/2.0", "MESSAGE", "", true },
		{ "MESSAGE sip:a@b SIP/7.0", "MESSAGE", "sip:a@b", false },
		{ "MESSAGE sip:a@b SIP/2.00", "MESSAGE", "sip:a@b", false },
		{ "MESSAGE sip:a@b HTTP/1.1", NULL, NULL, false },
		{ "MESSAGE sip:a@b SIP/", NULL, NULL, false },
		{ "MESSAGE sip:a@b", NULL, NULL, false },
		{ "MES@AGE sip:a@b SIP/2.0", NULL, NULL, false },
		{ "MESSAGE", NULL, NULL, false },
		{ "", NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct startline s;
		const char *why = NULL;
		bool ok = startline_read(str_z(cases[i].in), &s, &why);

		if (ok != (cases[i].method != NULL))
			fail_msg("%s", cases[i].in);
		assert_int_equal(why == NULL, ok);
		if (!ok)
			continue;
		assert_false(s.is_response);
		assert_true(str_eqz(s.method, cases[i].method));
		assert_true(str_eqz(s.target, cases[i].target));
		assert_int_equal(s.is_version_ok, cases[i].is_version_ok);
	}
}

static void test_responses(void **state)
{
	static const struct {
		const char *in;
		int status; /* 0: refused */
		const char *reason;
	} cases[] = {
		{ "SIP/2.0 200 OK", 200, "OK" },
		{ "sip/2.0 699 a  b ", 699, "a  b" },
		{ "SIP/2.0 100 ", 100, "" },
		{ "SIP/2.0 100", 100, "" },
		{ "SIP/2.0 200 = 2**3 \xd0\xbd", 200, "= 2**3 \xd0\xbd" },
		{ "SIP/2.0 4294967301 x", 0, NULL },
		{ "SIP/2.0 099 x", 0, NULL },
		{ "SIP/2.0 700 x", 0, NULL },
		{ "SIP/2.0 +20 x", 0, NULL },
		{ "SIP/2.0 20 x", 0, NULL },
		{ "SIP/2.0", 0, NULL },
		{ "SIP/3.0 200 OK", 0, NULL },
		{ "SIP/2.0/UDP x", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct startline s;
		const char *why = NULL;
		bool ok = startline_read(str_z(cases[i].in), &s, &why);

		if (ok != (cases[i].status != 0))
			fail_msg("%s", cases[i].in);
		if (!ok)
			continue;
		assert_true(s.is_response && s.is_version_ok);
		assert_int_equal(s.status, cases[i].status);
		assert_true(str_eqz(s.reason, cases[i].reason));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
