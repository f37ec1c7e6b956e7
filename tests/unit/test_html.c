#include "mapping/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include "xmpp/ns.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *in, *xhtml, *plain;
} rows[] = {
	{ "<p>hi</p>", "<p>hi</p>", "hi" },
	{ "hi <b>you</b> &amp; &eacute;&#x1F600;",
	  "<p>hi <strong>you</strong> &amp; \xc3\xa9\xf0\x9f\x98\x80</p>",
	  "hi you & \xc3\xa9\xf0\x9f\x98\x80" },
	{ "<HTML><HEAD><title>t<b></title><meta x></HEAD><BODY>a<BR>b</BODY>",
	  "<p>a<br/>b</p>", "a\nb" },
	{ "<p>a<p>b", "<p>a</p><p>b</p>", "a\nb" },
	{ "<div>a</div><div>b</div>", "<p>a</p><p>b</p>", "a\nb" },
	{ "<ul><li>a<li>b <i>c</i></ul>",
	  "<ul><li>a</li><li>b <em>c</em></li></ul>", "* a\n* b c" },
	{ "<ol><li><p>a</p></li><li>b</li></ol>",
	  "<ol><li><p>a</p></li><li>b</li></ol>", "1. a\n2. b" },
	{ "<blockquote>a<br>b</blockquote>c",
	  "<blockquote>a<br/>b</blockquote><p>c</p>", "> a\n> b\nc" },
	{ "<a href='http://h/?a=1&amp;b'>x</a>",
	  "<p><a href='http://h/?a=1&amp;b'>x</a></p>", "x <http://h/?a=1&b>" },
	{ "<a href=http://h/>http://h/</a>.",
	  "<p><a href='http://h/'>http://h/</a>.</p>", "http://h/." },
	{ "<img src='https://h/i.png' alt='cat' onload='x'>",
	  "<p><img src='https://h/i.png' alt='cat'/></p>", "cat" },
	{ "<span style='color: red; position:fixed;font-weight:bold'>x</span>",
	  "<p><span style='color: red; font-weight: bold'>x</span></p>", "x" },
	{ "<h1>T</h1>x", "<p style='font-weight: bold'>T</p><p>x</p>", "T\nx" },
	{ "<pre>a\n  b</pre>",
	  "<p style='font-family: monospace'>a<br/>  b</p>", "a\nb" },
	{ "<table><tr><td>a</td><td>b</td></tr></table>", "<p> a b</p>",
	  "a b" },
	{ "<font color='#ff0000'>x</font>",
	  "<p><span style='color: #ff0000'>x</span></p>", "x" },
	/* what does harm */
	{ "<script>alert('<b>')</script>ok<style>p{}</style>", "<p>ok</p>",
	  "ok" },
	{ "<a href='javascript:alert(1)'>x</a>", "<p><span>x</span></p>", "x" },
	{ "<a href=' JaVa\tscript:x'>x</a>", "<p><span>x</span></p>", "x" },
	{ "<img src='data:image/png;base64,AA' alt='a'>", "<p><span/></p>",
	  "" },
	{ "<p onclick='x' style='background:url(http://h/)'>x</p>", "<p>x</p>",
	  "x" },
	{ "<span style='color: expression(alert(1))'>x</span>",
	  "<p><span>x</span></p>", "x" },
	{ "<iframe src='http://h/'><p>x</iframe><object><p>y</object>z",
	  "<p>z</p>", "z" },
	{ "<svg:script>x</svg:script><o:p>y</o:p>", "<p>xy</p>", "xy" },
	/* what is no HTML */
	{ "a < b & c &bogus; &#0; &#xD800;",
	  "<p>a &lt; b &amp; c &amp;bogus; \xef\xbf\xbd \xef\xbf\xbd</p>",
	  "a < b & c &bogus; \xef\xbf\xbd \xef\xbf\xbd" },
	{ "<!DOCTYPE x><!-- <b> --><?x?>a<![CDATA[b]]>c", "<p>ac</p>", "ac" },
	{ "</b></p>a</i>", "<p>a</p>", "a" },
	{ "<b>a", "<p><strong>a</strong></p>", "a" },
	{ "<a href='http://h/", "<p><a href='http://h/'/></p>", "<http://h/>" },
	{ "", "", "" },
	{ "  \n ", "", "" },
};

static struct str inner(struct arena *a, const struct xml *html)
{
	struct strbuf b;
	struct str out;
	const struct xml *x;

	strbuf_init(&b, 65536);
	for (x = html->child->child; x != NULL; x = x->next)
		xml_write(&b, x, STR_LIT(NS_XHTML));
	out = str_dup(a, strbuf_str(&b));
	strbuf_fini(&b);
	return out;
}

static void reads(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct xml *html = html_read(&a, str_z(rows[i].in));
		struct str got = inner(&a, html);

		if (!str_eqz(got, rows[i].xhtml))
			fail_msg("row %zu: %.*s", i, STR_ARG(got));
		got = html_plain(&a, html, 65536);
		if (!str_eqz(got, rows[i].plain))
			fail_msg("row %zu: '%.*s'", i, STR_ARG(got));
	}
	arena_fini(&a);
}

static void limits(void **state)
{
	struct strbuf b;
	struct arena a;
	struct xml *html;
	const struct xml *x;
	unsigned depth = 0;

	(void)state;
	arena_init(&a, 65536);
	strbuf_init(&b, 1 << 20);
	for (unsigned i = 0; i < 10000; i++)
		strbuf_addlit(&b, "<b>x");
	html = html_read(&a, strbuf_str(&b));
	for (x = html; x != NULL && x->name.n > 0; x = x->last)
		depth++;
	assert_true(depth <= HTML_DEPTH_MAX + 3);
	/* The text of all of them is there. */
	assert_int_equal(html_plain(&a, html, 1 << 20).n, 10000);
	/* Nothing is cut in silence: over the limit it is none. */
	assert_int_equal(html_plain(&a, html, 9999).n, 0);
	strbuf_fini(&b);
	arena_fini(&a);
}

static void writes_through_the_same_whitelist(void **state)
{
	struct arena a;
	struct xml *html, *x;

	(void)state;
	arena_init(&a, 4096);
	html = xml_element(&a, "html", NS_XHTML_IM);
	x = xml_add(&a, html, "body", NS_XHTML);
	assert_int_equal(html_write(&a, html, 4096).n, 0);
	x = xml_add(&a, x, "p", NULL);
	xml_set(&a, x, "onclick", STR_LIT("x"));
	xml_add_text(&a, xml_add(&a, x, "script", NULL), STR_LIT("evil"));
	xml_add_text(&a, xml_add(&a, x, "em", NULL), STR_LIT("a<b"));
	assert_true(str_eqz(html_write(&a, html, 4096),
			    "<html><body><p><em>a&lt;b</em></p></body>"
			    "</html>"));
	assert_int_equal(html_write(&a, html, 20).n, 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(limits),
		cmocka_unit_test(writes_through_the_same_whitelist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
