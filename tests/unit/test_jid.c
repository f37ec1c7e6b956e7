#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "xmpp/jid.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEN	     "0123456789"
#define SIXTY	     TEN TEN TEN TEN TEN TEN

static void assert_str(struct str got, const char *want)
{
	if (!str_eqz(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

/* want NULL: refused. */
static const struct {
	struct str in;
	const char *want;
} read_cases[] = {
	/* RFC 7622 §3.5, table 1 */
	{ STR("juliet@example.com"), "juliet@example.com" },
	{ STR("juliet@example.com/foo"), "juliet@example.com/foo" },
	{ STR("juliet@example.com/foo bar"), "juliet@example.com/foo bar" },
	{ STR("juliet@example.com/foo@bar"), "juliet@example.com/foo@bar" },
	{ STR("foo\\20bar@example.com"), "foo\\20bar@example.com" },
	{ STR("fussball@example.com"), "fussball@example.com" },
	{ STR("\xcf\x80@example.com"), "\xcf\x80@example.com" },
	{ STR("king@example.com/\xe2\x99\x9a"),
	  "king@example.com/\xe2\x99\x9a" },
	{ STR("example.com"), "example.com" },
	{ STR("example.com/foobar"), "example.com/foobar" },
	{ STR("a.example.com/b@example.net"), "a.example.com/b@example.net" },
	/* table 2: what is no JID */
	{ STR("\"juliet\"@example.com"), NULL },
	{ STR("foo bar@example.com"), NULL },
	{ STR("juliet@example.com/"), NULL },
	{ STR("@example.com/"), NULL },
	{ STR("@example.com"), NULL },
	{ STR("juliet@"), NULL },
	{ STR("/foobar"), NULL },
	{ STR(""), NULL },
	/* preparation */
	{ STR("Juliet@EXAMPLE.com/Balcony"), "juliet@example.com/Balcony" },
	{ STR("F\xc3\x9cx@example.com"), "f\xc3\xbcx@example.com" },
	{ STR("\xef\xbd\x8a\xef\xbd\x95@example.com"), "ju@example.com" },
	{ STR("a@B\xc3\x9c"
	      "cher.example"),
	  "a@b\xc3\xbc"
	  "cher.example" },
	{ STR("a@example\xe3\x80\x82"
	      "com"),
	  "a@example.com" },
	{ STR("a@\xc3\xbc\xef\xbd\xa1"
	      "com\xe3\x80\x82"),
	  "a@\xc3\xbc.com" },
	{ STR("a@example.com/f\xc3\xbc\x42"), "a@example.com/f\xc3\xbc\x42" },
	/* right to left labels beside left to right ones */
	{ STR("\xd7\x90\xd7\x91.example.com"), "\xd7\x90\xd7\x91.example.com" },
	/* emoji came after the tables of stringprep */
	{ STR("a@b/\xf0\x9f\x98\x80\xf0\x9f\xa5\xb3"),
	  "a@b/\xf0\x9f\x98\x80\xf0\x9f\xa5\xb3" },
	/* domains */
	{ STR("localhost"), "localhost" },
	{ STR("example.com."), "example.com" },
	{ STR("my_server"), "my_server" },
	{ STR("a@192.0.2.1"), "a@192.0.2.1" },
	{ STR("a@[2001:DB8::1]/r"), "a@[2001:db8::1]/r" },
	{ STR("[::1]"), "[::1]" },
	{ STR("a@[::g]"), NULL },
	{ STR("a@[]"), NULL },
	{ STR("a@[::1"), NULL },
	{ STR("a@[::1%25eth0]"), NULL },
	{ STR("a@[::1\0]"), NULL },
	{ STR("a@b..c"), NULL },
	{ STR("a@.b"), NULL },
	{ STR("."), NULL },
	{ STR("a@b.."), NULL },
	{ STR("a@-b.example"), NULL },
	{ STR("a@b-.example"), NULL },
	{ STR("a@b c"), NULL },
	{ STR("a@b:5222"), NULL },
	{ STR("a@b@c"), NULL },
	{ STR("a@" SIXTY "123.example"), "a@" SIXTY "123.example" },
	{ STR("a@" SIXTY "1234.example"), NULL },
	{ STR("a@\xc3\xbc..c"), NULL },
	{ STR("a@\xef\xbc\xa0.c"), NULL }, /* becomes '@' */
	{ STR("a@b\xef\xbc\x8f"
	      "c"),
	  NULL }, /* becomes '/' */
	{ STR("a@b\xe2\x80\xa4"
	      "c\xc3\xbc"),
	  NULL },		       /* becomes '.' */
	{ STR("a@\xc2\xad.c"), NULL }, /* becomes nothing */
	/* localparts */
	{ STR("a.b-c_d!#$%()*+,;=?[\\]^`{|}~@h"),
	  "a.b-c_d!#$%()*+,;=?[\\]^`{|}~@h" },
	{ STR("a&b@h"), NULL },
	{ STR("a'b@h"), NULL },
	{ STR("a:b@h"), NULL },
	{ STR("a<b@h"), NULL },
	{ STR("a>b@h"), NULL },
	{ STR("a\x7f@h"), NULL },
	{ STR("a\n@h"), NULL },
	{ STR("a\0b@h"), NULL },
	{ STR("\xc3\xbc\0b@h"), NULL },
	{ STR("\xc2\xad@h"), NULL }, /* a soft hyphen: nothing */
	{ STR("a\xc2\xa0"
	      "b@h"),
	  NULL }, /* no-break space */
	{ STR("a\xef\xbc\xa0"
	      "b@h"),
	  NULL },			  /* becomes '@' */
	{ STR("a\xef\xbc\x86@h"), NULL }, /* becomes '&' */
	{ STR("a\xff@h"), NULL },
	{ STR("a\xc3@h"), NULL },
	{ STR("\xed\xa0\x80@h"), NULL },
	{ STR("a\xd7\x90@h"), NULL }, /* mixed directions */
	/* resources */
	{ STR("h/ a b "), "h/ a b " },
	{ STR("h/a/b"), "h/a/b" },
	{ STR("h/<&'\">"), "h/<&'\">" },
	{ STR("h/a\x01"), NULL },
	{ STR("h/a\0"), NULL },
	{ STR("h/\xff"), NULL },
	{ STR("h/a\xe2\x80\xa8"), NULL }, /* line separator */
};

static void test_read(void **state)
{
	struct arena a;
	struct jid j, again;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i < COUNT(read_cases); i++) {
		bool ok = jid_read(&a, read_cases[i].in, &j, &why);

		if (ok != (read_cases[i].want != NULL))
			fail_msg("\"%.*s\" (%zu) is %s",
				 STR_ARG(read_cases[i].in), i,
				 ok ? "taken" : why);
		if (!ok)
			continue;
		assert_str(jid_text(&a, &j), read_cases[i].want);
		assert_true(jid_read(&a, jid_text(&a, &j), &again, &why));
		assert_true(jid_eq(&j, &again));
	}
	arena_fini(&a);
}

static void test_parts(void **state)
{
	struct arena a;
	struct strbuf b;
	struct jid j, bare;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 1024);
	assert_true(jid_read(&a, STR_LIT("U@d.x/r@/s"), &j, &why));
	assert_str(j.local, "u");
	assert_str(j.domain, "d.x");
	assert_str(j.resource, "r@/s");
	jid_write(&b, &j);
	assert_str(strbuf_str(&b), "u@d.x/r@/s");
	assert_str(jid_bare_text(&a, &j), "u@d.x");
	bare = jid_bare(&j);
	assert_int_equal(bare.resource.n, 0);
	assert_true(jid_bare_eq(&bare, &j));
	assert_false(jid_eq(&bare, &j));
	strbuf_fini(&b);
	arena_fini(&a);
}

static void test_unchanged_parts_are_borrowed(void **state)
{
	struct str s = STR("user.name@example.com/Home");
	struct arena a;
	struct jid j;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_true(jid_read(&a, s, &j, &why));
	assert_ptr_equal(j.local.p, s.p);
	assert_ptr_equal(j.domain.p, s.p + 10);
	assert_ptr_equal(j.resource.p, s.p + 22);
	assert_int_equal(arena_used_bytes(&a), 0);
	arena_fini(&a);
}

static void test_make(void **state)
{
	struct arena a;
	struct jid j;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_true(jid_make(&a, STR_NONE, STR_LIT("H"), STR_NONE, &j, &why));
	assert_str(jid_text(&a, &j), "h");
	assert_true(jid_make(&a, STR_LIT("A"), STR_LIT("h"), STR_LIT("R/@"), &j,
			     &why));
	assert_str(jid_text(&a, &j), "a@h/R/@");
	assert_false(
		jid_make(&a, STR_LIT("a@b"), STR_LIT("h"), STR_NONE, &j, &why));
	assert_false(
		jid_make(&a, STR_LIT("a"), STR_LIT("h/r"), STR_NONE, &j, &why));
	assert_false(jid_make(&a, STR_LIT("a"), STR_NONE, STR_NONE, &j, &why));
	assert_str(jid_text(&a, &j), "a@h/R/@"); /* untouched */
	arena_fini(&a);
}

/* The domain is taken as it is, the others are prepared. */
static void test_make_at(void **state)
{
	struct str h = STR_LIT("h");
	struct arena a;
	struct jid j;
	const char *why;

	(void)state;
	arena_init(&a, 1024);
	assert_true(jid_make_at(&a, STR_LIT("A"), h, STR_LIT("R"), &j, &why));
	assert_str(jid_text(&a, &j), "a@h/R");
	assert_ptr_equal(j.domain.p, h.p);
	assert_false(jid_make_at(&a, STR_LIT("a@b"), h, STR_NONE, &j, &why));
	assert_false(jid_make_at(&a, STR_NONE, h, STR_LIT("\1"), &j, &why));
	assert_str(jid_text(&a, &j), "a@h/R"); /* untouched */
	arena_fini(&a);
}

/* Each part may have JID_PART_MAX_BYTES, and not one more. */
static void test_lengths(void **state)
{
	static char part[JID_PART_MAX_BYTES + 1];
	struct str most = { part, JID_PART_MAX_BYTES };
	struct str more = { part, JID_PART_MAX_BYTES + 1 };
	struct str h = STR("h");
	struct arena a;
	struct jid j;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i < sizeof(part); i++)
		part[i] = i % 50 == 49 ? '.' : 'a';
	assert_true(jid_make(&a, most, most, most, &j, &why));
	assert_int_equal(jid_text(&a, &j).n, 3 * JID_PART_MAX_BYTES + 2);
	assert_false(jid_make(&a, more, h, h, &j, &why));
	assert_false(jid_make(&a, h, more, h, &j, &why));
	assert_false(jid_make(&a, h, h, more, &j, &why));
	arena_fini(&a);
}

/* U+FDFA grows to 18 characters: refused, and fast. */
static void test_growth(void **state)
{
	static char part[JID_PART_MAX_BYTES];
	struct arena a;
	struct jid j;
	const char *why;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i + 3 <= sizeof(part); i += 3)
		memcpy(part + i, "\xef\xb7\xba", 3);
	assert_false(jid_make(&a, (struct str){ part, sizeof(part) },
			      STR_LIT("h"), STR_NONE, &j, &why));
	assert_false(jid_make(&a, STR_NONE, STR_LIT("h"),
			      (struct str){ part, sizeof(part) }, &j, &why));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_unchanged_parts_are_borrowed),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_make_at),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
