#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "xmpp/ns.h"
#include "xmpp/plain.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { LOG_MAX_BYTES = 1 << 16, CHUNK_BYTES = 4096, LONG_BYTES = 4096 };

static const struct stream_limits usual = { .stanza_max_bytes = LONG_BYTES,
					    .depth_max = 32,
					    .attrs_max = 64 };

#define MORE "<more/>"

/* What is read without expat; MORE behind each is left alone. */
static const struct str taken[] = {
	STR("<message from='a@x/r' to='b@y' type='chat' id='1'><body>Hello, "
	    "world</body></message>"),
	STR("<message/>"),
	STR("<m></m>"),
	STR("<m to=\"a\"><body xml:lang='de'>x</body></m>"),
	STR("<m lang='a' xml:lang='b'/>"),
	STR("<m k=''/>"),
	STR("<m xmlns='jabber:client'><b/></m>"),
	STR("<m><b xmlns='jabber:server' k='v'/></m>"),
	STR("<m><x k='v' xmlns='urn:x:y'><y/>text</x>behind</m>"),
	STR("<m> <x/>\n\t<y/> </m>"),
	STR("<m>&lt;&gt;&amp;&apos;&quot;</m>"),
	STR("<m>a&lt;b&amp;</m>"),
	STR("<m>]] ' \" = /</m>"),
	STR("<m>\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd</m>"),
	STR("<m k='\xc3\xbc'/>"),
	STR("<m-.9_ k-.9_=';'/>"),
	STR("<a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a>"),
	STR("<m a='' b='' c='' d='' e='' f='' g='' h=''/>"),
	STR("<m>\x7f</m>"),
};

/* What expat shall have: it may be well-formed all the same. */
static const struct str left[] = {
	STR(""),
	STR("<"),
	STR(" <m/>"),
	STR("x"),
	STR("</m>"),
	STR("<m"),
	STR("<m/"),
	STR("<m>"),
	STR("<m><b></b>"),
	STR("<m></m"),
	STR("<m></n>"),
	STR("<m></ m>"),
	STR("<m ></m>"),
	STR("<m></m >"),
	STR("<m  k='v'/>"),
	STR("<m\nk='v'/>"),
	STR("<m k ='v'/>"),
	STR("<m k= 'v'/>"),
	STR("<m k=v/>"),
	STR("<m k/>"),
	STR("<m k='v'l='w'/>"),
	STR("<m k='v\"/>"),
	STR("<m k='<'/>"),
	STR("<m k='&amp;'/>"),
	STR("<m k='a\nb'/>"),
	STR("<m k='1' k='2'/>"),
	STR("<m xml:lang='1' xml:lang='2'/>"),
	STR("<m xml:langx='1'/>"),
	STR("<m xml:space='preserve'/>"),
	STR("<m xml:l"),
	STR("<p:m/>"),
	STR("<m p:k='v'/>"),
	STR("<m xmlns:p='u'/>"),
	STR("<m xmlns=''/>"),
	STR("<m xmlns='u' xmlns='u'/>"),
	STR("<m xmlns='" NS_XML "'/>"),
	STR("<m xmlns='http://www.w3.org/2000/xmlns/'/>"),
	STR("<_m/>"),
	STR("<9m/>"),
	STR("<m 9='v'/>"),
	STR("<\xc3\xbc/>"),
	STR("<m>]]></m>"),
	STR("<m>></m>"),
	STR("<m>&foo;</m>"),
	STR("<m>&#10;</m>"),
	STR("<m>&lt</m>"),
	STR("<m>&</m>"),
	STR("<m>a\rb</m>"),
	STR("<m>\x01</m>"),
	STR("<m>\0</m>"),
	STR("<m>\xff</m>"),
	STR("<m>\xc0\xaf</m>"),
	STR("<m>\xed\xa0\x80</m>"),
	STR("<m>\xef\xbf\xbe</m>"),
	STR("<m>\xef\xbf\xbf</m>"),
	STR("<m>\xe2\x82</m>"),
	STR("<m k='\xe2'/>"),
	STR("<m><!-- c --></m>"),
	STR("<m><![CDATA[x]]></m>"),
	STR("<m><?pi x?></m>"),
	STR("<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>"),
	STR("<m a='' b='' c='' d='' e='' f='' g='' h='' i=''/>"),
};

static struct str dup(struct arena *a, struct str s, const char *more)
{
	return str_fmt(a, "%.*s%s", STR_ARG(s), more);
}

/* As the tree that expat makes of it. */
static struct str by_expat(struct arena *a, struct str s)
{
	static const struct stream_limits wide = { .stanza_max_bytes =
							   2 * LONG_BYTES,
						   .depth_max = 32,
						   .attrs_max = 64 };
	const char *why;
	struct xml *x = stream_document(
		a,
		str_fmt(a, "<s xmlns='" NS_COMPONENT "'>%.*s</s>", STR_ARG(s)),
		&wide, &why);
	struct strbuf b;
	struct str text;

	assert_non_null(x);
	strbuf_init(&b, LOG_MAX_BYTES);
	xml_write(&b, x->child, STR_NONE);
	text = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

static void assert_same(struct arena *a, const struct xml *x, struct str s)
{
	struct strbuf b;

	strbuf_init(&b, LOG_MAX_BYTES);
	xml_write(&b, x, STR_NONE);
	if (!str_eq(strbuf_str(&b), by_expat(a, s)))
		fail_msg("%.*s: %.*s", STR_ARG(s), STR_ARG(b));
	strbuf_fini(&b);
}

static void test_taken(void **state)
{
	struct xml *x = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(taken); i++) {
		struct str s = dup(&a, taken[i], MORE);

		if (plain_read(&a, s, &usual, &x) != taken[i].n)
			fail_msg("%.*s", STR_ARG(taken[i]));
		assert_same(&a, x, taken[i]);
	}
	arena_fini(&a);
}

/* What expat refuses is among it, so the same is read by neither. */
static void test_left(void **state)
{
	struct xml *x = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(left); i++)
		if (plain_read(&a, left[i], &usual, &x) != 0)
			fail_msg("%.*s", STR_ARG(left[i]));
	arena_fini(&a);
}

/* Of a stanza that is not whole nothing is taken, wherever it ends; nor is a
 * byte behind its end looked at. */
static void test_not_whole(void **state)
{
	struct xml *x = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	for (size_t i = 0; i < COUNT(taken); i++) {
		for (size_t n = 0; n < taken[i].n; n++) {
			/* For the sanitizer: not a byte more. */
			char *exact = malloc(n > 0 ? n : 1);

			memcpy(exact, taken[i].p, n);
			assert_int_equal(plain_read(&a,
						    (struct str){ exact, n },
						    &usual, &x),
					 0);
			free(exact);
		}
	}
	arena_fini(&a);
}

static void test_limits(void **state)
{
	static const struct str s = STR("<m a='' b=''><c><d/></c></m>");
	struct stream_limits l = { .stanza_max_bytes = s.n,
				   .depth_max = 3,
				   .attrs_max = 2 };
	struct xml *x = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK_BYTES);
	assert_int_equal(plain_read(&a, s, &l, &x), s.n);
	l.stanza_max_bytes--;
	assert_int_equal(plain_read(&a, s, &l, &x), 0);
	l.stanza_max_bytes++;
	l.depth_max--;
	assert_int_equal(plain_read(&a, s, &l, &x), 0);
	l.depth_max++;
	l.attrs_max--;
	assert_int_equal(plain_read(&a, s, &l, &x), 0);
	/* xmlns is one of them */
	assert_int_equal(plain_read(&a, STR_LIT("<m xmlns='u' b=''/>"), &l, &x),
			 0);
	arena_fini(&a);
}

static void test_guess_end(void **state)
{
	static const struct {
		struct str s;
		size_t from, end;
	} cases[] = {
		{ STR(""), 0, 0 },
		{ STR("<a></a>"), 0, 7 },
		{ STR("<message></message><iq></iq>"), 0, 19 },
		{ STR("<message></message><iq></iq>"), 9, 19 },
		{ STR("<message></message><iq></iq>"), 10, 28 },
		{ STR("<message></message><iq></iq>"), 100, 28 },
		{ STR("x></presence><a"), 0, 13 },
		{ STR("<message></message"), 0, 18 },
		{ STR("<<</messages></message>"), 0, 23 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(plain_guess_end(cases[i].s, cases[i].from),
				 cases[i].end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),	  cmocka_unit_test(test_left),
		cmocka_unit_test(test_not_whole), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_guess_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
