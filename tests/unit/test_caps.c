#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "xmpp/caps.h"
#include "xmpp/stream.h"

static const struct stream_limits limits = { .stanza_max_bytes = 65536,
					     .depth_max = 32,
					     .attrs_max = 64 };

#define QUERY	    "<query xmlns='http://jabber.org/protocol/disco#info'>"
#define FEATURE(v)  "<feature var='" v "'/>"
#define FIELD(v, x) "<field var='" v "'>" x "</field>"
#define VALUE(v)    "<value>" v "</value>"

static const struct {
	const char *info, *ver;
} cases[] = {
	/* XEP-0115 §5.2 */
	{ QUERY
	  "<identity category='client' name='Exodus 0.9.1' type='pc'/>" FEATURE(
		  "http://jabber.org/protocol/caps")
		  FEATURE("http://jabber.org/protocol/disco#info") FEATURE(
			  "http://jabber.org/protocol/disco#items")
			  FEATURE("http://jabber.org/protocol/muc") "</query>",
	  "QgayPKawpkPSDYmwT/WM94uAlu0=" },
	/* the same in another order */
	{ QUERY FEATURE("http://jabber.org/protocol/muc")
		  FEATURE("http://jabber.org/protocol/"
			  "disco#items")
			  FEATURE("http://jabber.org/protocol/"
				  "disco#info") "<identity "
						"category='"
						"client' "
						"name='Exodus "
						"0.9.1' "
						"type='pc'/"
						">" FEATURE("http://"
							    "jabber."
							    "org/"
							    "protocol"
							    "/caps") "</query>",
	  "QgayPKawpkPSDYmwT/WM94uAlu0=" },
	/* §5.3: two languages and a form */
	{ QUERY "<identity xml:lang='en' category='client' name='Psi 0.11' "
		"type='pc'/>"
		"<identity xml:lang='el' category='client' name='\xce\xa8 "
		"0.11' "
		"type='pc'/>" FEATURE("http://jabber.org/protocol/caps") FEATURE(
			"http://jabber.org/protocol/disco#info") FEATURE("http:"
									 "//"
									 "jabbe"
									 "r."
									 "org/"
									 "proto"
									 "col/"
									 "disco"
									 "#item"
									 "s")
			FEATURE("http://jabber.org/protocol/"
				"muc") "<x "
				       "xmlns='jabber:x:data' "
				       "type='result'>"
				       "<field var='FORM_TYPE' "
				       "type='hidden'>" VALUE("urn:xmpp:"
							      "dataforms:"
							      "softwareinfo") "</field>" FIELD(
					       "ip_version",
					       VALUE("ipv4") VALUE(
						       "i"
						       "p"
						       "v"
						       "6")) FIELD("os",
								   VALUE("Mac"))
					       FIELD("os_"
						     "versio"
						     "n",
						     VALUE("1"
							   "0"
							   "."
							   "5"
							   "."
							   "1")) FIELD("s"
								       "o"
								       "f"
								       "t"
								       "w"
								       "a"
								       "r"
								       "e",
								       VALUE("P"
									     "s"
									     "i"))
						       FIELD("software_version",
							     VALUE("0.11")) "</"
									    "x>"
									    "</"
									    "qu"
									    "er"
									    "y"
									    ">",
	  "q07IKJEyjvHSyhy//CH0CxmKi8w=" },
};

static struct str ver_of(struct arena *a, const char *doc)
{
	const char *why = NULL;
	struct xml *el = stream_document(a, str_z(doc), &limits, &why);

	if (el == NULL)
		fail_msg("%s: %s", doc, why);
	return caps_ver(a, el);
}

static void test_examples(void **state)
{
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, 4096);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str ver = ver_of(&a, cases[i].info);

		if (!str_eqz(ver, cases[i].ver))
			fail_msg("case %zu: %.*s", i, STR_ARG(ver));
		arena_reset(&a);
	}
	arena_fini(&a);
}

/* A name with the separator is not another entity's list; a form without a
 * FORM_TYPE does not count (§5.4). */
static void test_odd(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_false(str_eq(ver_of(&a, QUERY "<identity category='c' type='t' "
					     "name='a&lt;b'/></query>"),
			    ver_of(&a, QUERY
				   "<identity category='c' type='t' name='a'/>"
				   "<feature var='b'/></query>")));
	assert_true(str_eq(ver_of(&a, QUERY "<feature var='b'/></query>"),
			   ver_of(&a, QUERY
				  "<feature var='b'/><x xmlns='jabber:x:data'>"
				  "<field var='q'><value>1</value></field></x>"
				  "</query>")));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
