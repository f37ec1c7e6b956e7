#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "xmpp/ping.h"

static void test_ping(void **state)
{
	struct ping p = { .is_open = false };
	struct strbuf b;
	struct str id, old;
	char expected[400], first[PING_ID_BYTES];

	(void)state;
	assert_false(ping_is(&p, STR_LIT("")));
	strbuf_init(&b, 1000);
	ping_write(&p, &b, STR_LIT("sip.example.com"), STR_LIT("o'example"));
	id = (struct str){ p.id, PING_ID_BYTES };
	snprintf(expected, sizeof(expected),
		 "<iq type='get' from='sip.example.com' to='o&apos;example' "
		 "id='%.*s'><ping xmlns='urn:xmpp:ping'/></iq>",
		 STR_ARG(id));
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	strbuf_reset(&b);
	ping_repeat(&p, &b, STR_LIT("sip.example.com"), STR_LIT("o'example"));
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	assert_true(ping_is(&p, id));
	assert_false(ping_is(&p, str_head(id, PING_ID_BYTES - 1)));

	/* The answer to an older one counts for nothing. */
	memcpy(first, p.id, sizeof(first));
	old = (struct str){ first, sizeof(first) };
	ping_write(&p, &b, STR_LIT("a"), STR_LIT("b"));
	assert_false(ping_is(&p, old));
	assert_true(ping_is(&p, id));
	p.is_open = false;
	assert_false(ping_is(&p, id));
	strbuf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ping) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
