#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/services/nicks.h"

static const struct jid romeo = { STR("romeo"), STR("sip.example.com"),
				  STR("") };
static const struct jid tybalt = { STR("tybalt"), STR("sip.example.com"),
				   STR("") };
static const struct jid juliet = { STR("juliet"), STR("example.com"), STR("") };

static void test_names(void **state)
{
	struct nicks *n = nicks_create();

	(void)state;
	assert_int_equal(nicks_get(n, &romeo).n, 0);
	nicks_note(n, &romeo, STR_LIT("  Romeo M. "));
	nicks_note(n, &tybalt, STR_LIT("T"));
	assert_true(str_eqz(nicks_get(n, &romeo), "Romeo M."));
	nicks_note(n, &romeo, STR_NONE);
	nicks_note(n, &romeo, STR_LIT("\xff"));
	assert_true(str_eqz(nicks_get(n, &romeo), "Romeo M."));
	nicks_note(n, &romeo, STR_LIT("R"));
	assert_true(str_eqz(nicks_get(n, &romeo), "R"));
	assert_true(str_eqz(nicks_get(n, &tybalt), "T"));
	nicks_destroy(&n);
	assert_null(n);
}

/* Cut, but not within a character. */
static void test_long(void **state)
{
	struct nicks *n = nicks_create();
	char name[NICK_MAX_BYTES + 10];

	(void)state;
	memset(name, 'x', sizeof(name));
	memcpy(name + NICK_MAX_BYTES - 1, "\xc3\xa4", 2);
	nicks_note(n, &romeo, (struct str){ name, sizeof(name) });
	assert_int_equal(nicks_get(n, &romeo).n, NICK_MAX_BYTES - 1);
	nicks_destroy(&n);
}

static void test_told_once(void **state)
{
	struct nicks *n = nicks_create();

	(void)state;
	assert_true(nicks_tell(n, &romeo, &juliet));
	assert_false(nicks_tell(n, &romeo, &juliet));
	assert_true(nicks_tell(n, &tybalt, &juliet));
	assert_true(nicks_tell(n, &juliet, &romeo));
	assert_false(nicks_tell(n, &tybalt, &juliet));
	nicks_destroy(&n);
}

/* The oldest goes. */
static void test_bounded(void **state)
{
	struct nicks *n = nicks_create();
	char name[16];
	int i;

	(void)state;
	nicks_note(n, &romeo, STR_LIT("R"));
	for (i = 0; i < NICKS_MAX; i++) {
		struct jid j = romeo;

		snprintf(name, sizeof(name), "u%d", i);
		j.local = str_z(name);
		nicks_note(n, &j, STR_LIT("N"));
	}
	assert_int_equal(nicks_get(n, &romeo).n, 0);
	nicks_destroy(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
