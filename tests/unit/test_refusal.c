#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sip/refusal.h"

#define REST "f: <sip:a@b>;tag=1\r\nt: <sip:c@d>;tag=2\r\ni: x\r\nCSEQ: 1 M\r\n"
#define BACK                                                                   \
	"f: <sip:a@b>;tag=1\r\nt: <sip:c@d>;tag=2\r\ni: x\r\nCSEQ: 1 M\r\n"    \
	"Content-Length: 0\r\n\r\n"

static const struct {
	const char *raw;
	const char *want; /* NULL: nothing */
} cases[] = {
	{ "M sip:x SIP/2.0\r\nv: 1\r\n" REST "l: -1\r\n\r\n",
	  "SIP/2.0 400 Bad Request\r\nv: 1\r\n" BACK },
	/* Several Vias in order, folding, blanks; others left out. */
	{ "M sip:x SIP/2.0\r\nVIA : 1\r\nSubject: s\r\nVia: 2,\r\n\t3\r\n" REST
	  "l: x\r\n\r\nbody",
	  "SIP/2.0 400 Bad Request\r\nVIA : 1\r\nVia: 2,   3\r\n" BACK },
	/* Second copies of what is there once; control characters. */
	{ "M sip:x SIP/2.0\r\nv: \x01\x7f!\r\n" REST "Call-ID: y\r\n\r\n",
	  "SIP/2.0 400 Bad Request\r\nv:   !\r\n" BACK },
	/* What is missing or cut off. */
	{ "M sip:x SIP/2.0\r\n" REST "\r\n", NULL },
	{ "M sip:x SIP/2.0\r\nv: 1\r\nf: a\r\nt: b\r\ni: c\r\n\r\nCSeq: 1\r\n",
	  NULL },
	{ "M sip:x SIP/2.0\r\nv: 1\r\nf: a\r\nt: b\r\ni: c\r\nCSeq: 1 M\r\n",
	  NULL },
	{ "M sip:x SIP/2.0\r\nv: 1\r\nf: a\r\nt: b", NULL },
	/* No request, or none that gets answers. */
	{ "SIP/2.0 200 OK\r\nv: 1\r\n" REST "\r\n", NULL },
	{ "ACK sip:x SIP/2.0\r\nv: 1\r\n" REST "\r\n", NULL },
	{ "GET / HTTP/1.1\r\nv: 1\r\n" REST "\r\n", NULL },
	{ " SIP/2.0\r\nv: 1\r\n" REST "\r\n", NULL },
	{ "M SIP/2.0\r\nv: 1\r\n" REST "\r\n", NULL },
	{ "", NULL },
	{ "\r\n", NULL },
	{ "\n\n\n", NULL },
};

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf b;
		bool ok;

		strbuf_init(&b, 4096);
		strbuf_addlit(&b, "before");
		ok = refusal_write(&b, 400, str_z(cases[i].raw));
		assert_int_equal(ok, cases[i].want != NULL);
		strbuf_addc(&b, '\0');
		assert_string_equal(b.p + 6, ok ? cases[i].want : "");
		strbuf_fini(&b);
	}
}

static void adds_a_tag(void **state)
{
	struct str raw = STR("M sip:x SIP/2.0\r\nv: 1\r\nFrom: a;tag=1\r\n"
			     "To: <sip:c@d>\r\ni: x\r\nCSeq: 1 M\r\n\r\n");
	struct strbuf b;
	const char *tag;

	(void)state;
	strbuf_init(&b, 4096);
	assert_true(refusal_write(&b, 413, raw));
	assert_true(str_starts(strbuf_str(&b),
			       "SIP/2.0 413 Request Entity Too Large\r\n"));
	strbuf_addc(&b, '\0');
	tag = strstr(b.p, "To: <sip:c@d>;tag=");
	assert_non_null(tag);
	assert_int_equal(strcspn(tag + 18, "\r"), 16);
	strbuf_fini(&b);
	/* Too small a buffer: nothing rather than half of it. */
	strbuf_init(&b, 60);
	assert_false(refusal_write(&b, 400, raw));
	assert_int_equal(b.n, 0);
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(adds_a_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
