#include "mapping/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "document.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *type, *body;
	const char *url; /* NULL: refused */
	const char *words;
} external[] = {
	/* RFC 4483 §5.1 */
	{ "message/external-body; ACCESS-TYPE=URL; EXPIRATION=\"x\"; "
	  "URL=\"http://www.example.com/the-indirect-content\"",
	  "Content-Type: image/png\r\nContent-Description: a cat \r\n\r\n",
	  "http://www.example.com/the-indirect-content", "a cat" },
	{ "message/external-body;access-type=url;url=\"ftp://h/f\"", "",
	  "ftp://h/f", "" },
	{ "message/external-body;access-type=URL;url=\"javascript:x\"", "",
	  NULL, "" },
	{ "message/external-body;access-type=URL;url=\"file:///x\"", "", NULL,
	  "" },
	{ "message/external-body;access-type=anon-ftp;site=x", "", NULL, "" },
	{ "message/external-body", "", NULL, "" },
};

static void reads_external_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(external); i++) {
		const struct part part = { .content_type =
						   str_z(external[i].type),
					   .body = str_z(external[i].body) };
		struct link_found l;
		bool found = links_external(&part, &l);

		if (found != (external[i].url != NULL))
			fail_msg("row %zu", i);
		if (!found)
			continue;
		assert_true(str_eqz(l.url, external[i].url));
		assert_true(str_eqz(l.words, external[i].words));
	}
}

#define RCS(inner)                                                             \
	"<file xmlns='urn:gsma:params:xml:ns:rcs:rcs:fthttp'>" inner "</file>"

static const struct {
	const char *doc, *url, *words;
} rcs[] = {
	{ RCS("<file-info type='thumbnail'><data url='https://h/t'/>"
	      "</file-info><file-info type='file'><file-size>9</file-size>"
	      "<file-name>cat.png</file-name><data url='https://h/f' "
	      "until='x'/></file-info>"),
	  "https://h/f", "cat.png" },
	{ RCS("<file-info type='file'><data url='https://h/f'/></file-info>"),
	  "https://h/f", "" },
	{ RCS("<file-info type='file'><data url='sip:x'/></file-info>"), NULL,
	  "" },
	{ RCS("<file-info type='thumbnail'><data url='https://h/t'/>"
	      "</file-info>"),
	  NULL, "" },
	{ RCS(""), NULL, "" },
	{ "<x xmlns='y'><file-info type='file'><data url='https://h/f'/>"
	  "</file-info></x>",
	  NULL, "" },
};

static void reads_rcs(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(rcs); i++) {
		struct link_found l;
		bool found =
			links_rcs(&a, document_of(&a, str_z(rcs[i].doc)), &l);

		if (found != (rcs[i].url != NULL))
			fail_msg("row %zu", i);
		if (!found)
			continue;
		assert_true(str_eqz(l.url, rcs[i].url));
		assert_true(str_eqz(l.words, rcs[i].words));
	}
	arena_fini(&a);
}

static void makes_oob(void **state)
{
	const struct link_found l = { STR("http://h/?a&b"), STR("cat") };
	struct arena a;
	struct strbuf b;

	(void)state;
	arena_init(&a, 1024);
	strbuf_init(&b, 1024);
	xml_write(&b, links_oob(&a, &l), STR_NONE);
	strbuf_addc(&b, '\0');
	assert_string_equal(b.p, "<x xmlns='jabber:x:oob'><url>http://h/?a&amp;"
				 "b</url><desc>cat</desc></x>");
	strbuf_fini(&b);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_external_bodies),
		cmocka_unit_test(reads_rcs),
		cmocka_unit_test(makes_oob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
