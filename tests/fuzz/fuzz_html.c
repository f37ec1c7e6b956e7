/* room: mapping */
/* HTML: whatever comes out holds only what the whitelist has, is well-formed
 * text, and its own text, read again, gives the same. */
#include <string.h>
#include "fuzz.h"
#include "mapping/html.h"
#include "xmpp/ns.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

static const char *const names[] = { "a",  "blockquote", "br",	   "cite",
				     "em", "img",	 "li",	   "ol",
				     "p",  "span",	 "strong", "ul" };
static const char *const attrs[] = { "href",  "src",	"alt",
				     "width", "height", "style" };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_one_of(struct str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eqz(s, list[i]))
			return true;
	return false;
}

static void check_attr(const struct xml_attr *at)
{
	FUZZ_CHECK(is_one_of(at->name, attrs, COUNT(attrs)));
	if (str_eqz(at->name, "href") || str_eqz(at->name, "src"))
		FUZZ_CHECK(!str_istarts(at->value, "javascript") &&
			   !str_istarts(at->value, "data"));
	if (str_eqz(at->name, "style"))
		FUZZ_CHECK(str_find(at->value, '(') == at->value.n);
}

static void check(const struct xml *x, unsigned depth)
{
	const struct xml_attr *at;

	FUZZ_CHECK(depth <= HTML_DEPTH_MAX + 3);
	for (; x != NULL; x = x->next) {
		if (x->name.n == 0)
			continue;
		FUZZ_CHECK(is_one_of(x->name, names, COUNT(names)));
		for (at = x->attrs; at != NULL; at = at->next)
			check_attr(at);
		check(x->child, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct str in, plain;
	struct xml *html;

	arena_init(&a, 4096);
	/* As the caller has it: UTF-8 that XML can carry. */
	in = xml_clean(&a, (struct str){ (const char *)data, size });
	html = html_read(&a, in);
	check(html->child->child, 0);
	plain = html_plain(&a, html, TEXT_MAX_BYTES);
	FUZZ_CHECK(str_is_utf8(plain));
	FUZZ_CHECK(xml_clean(&a, plain).p == plain.p);
	FUZZ_CHECK(str_trim(plain).n == plain.n);
	(void)html_write(&a, html, TEXT_MAX_BYTES);
	arena_fini(&a);
	return 0;
}
