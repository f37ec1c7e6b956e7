#include "gateway/outbox/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { CHUNK_BYTES = 1024, LINE_MAX_BYTES = 4096 };

static const struct letter letters[] = {
	{ .kind = LETTER_TO_SIP,
	  .domain = STR("sip.example"),
	  .since_s = 1800000000,
	  .cseq = 3,
	  .token = STR("abc"),
	  .stanza = STR("<message>\n100 %\r\n</message>") },
	{ .kind = LETTER_TO_SIP,
	  .domain = STR("sip.example"),
	  .since_s = 1800000000,
	  .cseq = 1,
	  .token = STR("abc"),
	  .stanza = STR("<message/>"),
	  .through_bytes = 1234 },
	{ .kind = LETTER_ENDED,
	  .domain = STR("sip.example"),
	  .since_s = 0,
	  .cseq = 1,
	  .token = STR("x"),
	  .error = { .status = 480,
		     .cond = COND_RECIPIENT_UNAVAILABLE,
		     .type = ERROR_CANCEL,
		     .text = STR("not in 3 %\ndays") },
	  .stanza = STR("%") },
	{ .kind = LETTER_TO_XMPP,
	  .domain = STR("d"),
	  .since_s = 1,
	  .cseq = 0,
	  .token = STR("0123"),
	  .stanza = STR("<\xc3\xbc/>") },
};

static void come_back(void **state)
{
	struct strbuf b;
	struct arena a;
	struct letter l;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	strbuf_init(&b, LINE_MAX_BYTES);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		const struct letter *in = &letters[i];

		strbuf_reset(&b);
		letter_write(&b, in);
		assert_false(b.overflow);
		assert_int_equal(str_find(strbuf_str(&b), '\n'), b.n);
		assert_true(letter_read(&a, strbuf_str(&b), &l));
		assert_int_equal(l.kind, in->kind);
		assert_true(str_eq(l.domain, in->domain));
		assert_int_equal(l.since_s, in->since_s);
		assert_int_equal(l.cseq, in->cseq);
		assert_int_equal(l.through_bytes, in->through_bytes);
		assert_true(str_eq(l.token, in->token));
		assert_true(str_eq(l.stanza, in->stanza));
		assert_int_equal(l.error.status, in->error.status);
		if (in->kind != LETTER_ENDED)
			continue;
		assert_int_equal(l.error.cond, in->error.cond);
		assert_int_equal(l.error.type, in->error.type);
		assert_true(str_eq(l.error.text, in->error.text));
	}
	strbuf_fini(&b);
	arena_fini(&a);
}

static void others_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		"2 s d 1 1 t 0 % cancel % <m/>",
		"1 q d 1 1 t 0 % cancel % <m/>",
		"1 s d x 1 t 0 % cancel % <m/>",
		"1 s d 1 -1 t 0 % cancel % <m/>",
		"1 s d 1 1 t 700 % cancel % <m/>",
		"1 s d 1 1 t 0 % cancel % ",
		"1 s d 1 1 t 0 % cancel % %",
		"1 s d 1 1 t 0 % cancel % %2",
		"1 s d 1 1 t 0 % cancel % %zz",
		"1 s % 1 1 t 0 % cancel % <m/>",
		"1 s d 1 1 % 0 % cancel % <m/>",
		"1 s d 1 1 t 0 % cancel % <m/> more",
	};
	struct arena a;
	struct letter l;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (letter_read(&a, str_z(bad[i]), &l))
			fail_msg("%s", bad[i]);
	assert_true(
		letter_read(&a, STR_LIT("1 s d 1 1 t 0 % cancel % <m/>"), &l));
	arena_fini(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(come_back),
		cmocka_unit_test(others_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
