#include "mapping/htmlstyle.h"

enum { URL_MAX_BYTES = 2048, STYLE_MAX_BYTES = 512, SIZE_DIGITS_MAX = 5 };

static bool is_text(struct str s);
static bool is_size(struct str s);

static const struct {
	const char *element, *attribute;
	bool (*is_allowed)(struct str value);
	bool is_needed; /* without it the element is only its text */
} attributes[] = {
	{ "a", "href", htmlstyle_is_url, true },
	{ "img", "src", htmlstyle_is_image, true },
	{ "img", "alt", is_text, false },
	{ "img", "height", is_size, false },
	{ "img", "width", is_size, false },
};

static const char *const properties[] = {
	"background-color", "color",	       "font-family", "font-size",
	"font-style",	    "font-weight",     "margin-left", "margin-right",
	"text-align",	    "text-decoration",
};

/* Elements that may have a style: not br, em, strong. */
static const char *const styled[] = { "a",  "blockquote", "cite", "img", "li",
				      "ol", "p",	  "span", "ul" };

static const char *const url_schemes[] = {
	"http:", "https:", "ftp:", "mailto:", "xmpp:",
	"sip:",	 "sips:",  "tel:", "im:",     "geo:"
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_text(struct str s)
{
	return s.n <= URL_MAX_BYTES;
}

static bool is_size(struct str s)
{
	uint32_t v;

	return s.n <= SIZE_DIGITS_MAX && str_to_u32(s, &v);
}

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F)
			return false;
	return s.n > 0 && s.n <= URL_MAX_BYTES;
}

bool htmlstyle_is_url(struct str url)
{
	for (size_t i = 0; i < COUNT(url_schemes); i++)
		if (str_istarts(url, url_schemes[i]))
			return is_clean(url);
	return false;
}

bool htmlstyle_is_image(struct str url)
{
	return (str_istarts(url, "http://") || str_istarts(url, "https://")) &&
	       is_clean(url);
}

/* No url(), no expression(), no escapes, nothing of another rule. */
static bool is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_word = (c >= 'a' && c <= 'z') ||
			       (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!is_word && c != ' ' && c != '#' && c != '%' && c != '.' &&
		    c != ',' && c != '-' && c != '\'')
			return false;
	}
	return s.n > 0;
}

static bool is_property(struct str name)
{
	for (size_t i = 0; i < COUNT(properties); i++)
		if (str_ieqz(name, properties[i]))
			return true;
	return false;
}

static void put_style(struct strbuf *b, struct str style)
{
	while (style.n > 0) {
		struct str value = str_cut(&style, ';');
		struct str name = str_trim(str_cut(&value, ':'));

		value = str_trim(value);
		if (!is_property(name) || !is_value(value))
			continue;
		if (b->n > 0)
			strbuf_addlit(b, "; ");
		strbuf_add(b, name);
		strbuf_addlit(b, ": ");
		strbuf_add(b, value);
	}
}

static struct str attr_of(const struct html_token *t, const char *name)
{
	for (unsigned i = 0; i < t->attr_count; i++)
		if (str_ieqz(t->attrs[i].name, name))
			return str_trim(t->attrs[i].value);
	return STR_NONE;
}

static void copy_style(struct arena *a, struct xml *x,
		       const struct html_token *t, const char *style)
{
	struct str color = attr_of(t, "color"); /* of <font> */
	struct strbuf b;
	size_t i = 0;

	while (i < COUNT(styled) && !str_eqz(x->name, styled[i]))
		i++;
	if (i == COUNT(styled))
		return;
	strbuf_init(&b, STYLE_MAX_BYTES);
	put_style(&b, str_z(style));
	if (str_ieqz(t->name, "font") && is_value(color))
		strbuf_addf(&b, "color: %.*s", STR_ARG(color));
	put_style(&b, attr_of(t, "style"));
	if (b.n > 0 && !b.overflow)
		xml_set(a, x, "style", str_dup(a, strbuf_str(&b)));
	strbuf_fini(&b);
}

void htmlstyle_copy(struct arena *a, struct xml *x, const struct html_token *t,
		    const char *style)
{
	for (size_t i = 0; i < COUNT(attributes); i++) {
		struct str value;

		if (!str_eqz(x->name, attributes[i].element))
			continue;
		value = attr_of(t, attributes[i].attribute);
		if (value.n > 0 && attributes[i].is_allowed(value))
			xml_set(a, x, attributes[i].attribute, value);
		else if (attributes[i].is_needed)
			x->name = STR_LIT("span");
	}
	copy_style(a, x, t, style);
}
