#include "mapping/htmlstyle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *url;
	bool is_url, is_image;
} urls[] = {
	{ "http://h/x?a&b", true, true },
	{ "HTTPS://h", true, true },
	{ "mailto:a@b", true, false },
	{ "xmpp:a@b?message", true, false },
	{ "sip:a@b", true, false },
	{ "tel:+49", true, false },
	{ "ftp://h/f", true, false },
	{ "javascript:x", false, false },
	{ "data:image/png,x", false, false },
	{ "vbscript:x", false, false },
	{ "file:///etc", false, false },
	{ "//h/x", false, false },
	{ "x.html", false, false },
	{ "", false, false },
	{ "http://h/ x", false, false },
	{ "http://h/\nx", false, false },
	{ " http://h/", false, false },
};

static void schemes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct str url = str_z(urls[i].url);

		if (htmlstyle_is_url(url) != urls[i].is_url ||
		    htmlstyle_is_image(url) != urls[i].is_image)
			fail_msg("%s", urls[i].url);
	}
}

static const struct {
	const char *element, *style, *extra;
	const char *left; /* "": none */
} styles[] = {
	{ "span", "COLOR: Red ; font-weight:bold;", NULL,
	  "COLOR: Red; font-weight: bold" },
	{ "p", "", "text-align: center", "text-align: center" },
	{ "p", "color:red", "font-family: monospace",
	  "font-family: monospace; color: red" },
	{ "span", "background:url(x);position:fixed", NULL, "" },
	{ "span", "color:expression(x);color:r\\65 d;color:/**/red", NULL, "" },
	{ "span", "behavior:url(x);color;:;color:", NULL, "" },
	{ "em", "color:red", NULL, "" },
	{ "br", "color:red", NULL, "" },
};

static void properties(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(styles); i++) {
		struct html_token t = { .kind = HTML_OPEN, .attr_count = 2 };
		struct xml *x = xml_element(&a, styles[i].element, "x");

		t.attrs[0].name = STR_LIT("onclick");
		t.attrs[0].value = STR_LIT("x()");
		t.attrs[1].name = STR_LIT("STYLE");
		t.attrs[1].value = str_z(styles[i].style);
		htmlstyle_copy(&a, x, &t, styles[i].extra);
		if (!str_eqz(xml_attr(x, "style"), styles[i].left))
			fail_msg("row %zu: %.*s", i,
				 STR_ARG(xml_attr(x, "style")));
		assert_false(xml_has_attr(x, "onclick"));
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schemes),
		cmocka_unit_test(properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
