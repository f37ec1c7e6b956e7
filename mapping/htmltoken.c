#include "mapping/htmltoken.h"

/* Names of U+00A0..U+00FF, in order (HTML 4.01 §24.2.1). */
static const char *const latin1_names[96] = {
	"nbsp",	  "iexcl",  "cent",   "pound",	"curren", "yen",    "brvbar",
	"sect",	  "uml",    "copy",   "ordf",	"laquo",  "not",    "shy",
	"reg",	  "macr",   "deg",    "plusmn", "sup2",	  "sup3",   "acute",
	"micro",  "para",   "middot", "cedil",	"sup1",	  "ordm",   "raquo",
	"frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
	"Atilde", "Auml",   "Aring",  "AElig",	"Ccedil", "Egrave", "Eacute",
	"Ecirc",  "Euml",   "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",
	"Ntilde", "Ograve", "Oacute", "Ocirc",	"Otilde", "Ouml",   "times",
	"Oslash", "Ugrave", "Uacute", "Ucirc",	"Uuml",	  "Yacute", "THORN",
	"szlig",  "agrave", "aacute", "acirc",	"atilde", "auml",   "aring",
	"aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",   "igrave",
	"iacute", "icirc",  "iuml",   "eth",	"ntilde", "ograve", "oacute",
	"ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave", "uacute",
	"ucirc",  "uuml",   "yacute", "thorn",	"yuml",
};

static const struct {
	const char *name;
	uint32_t code;
} other_names[] = {
	{ "amp", '&' },	      { "lt", '<' },	   { "gt", '>' },
	{ "quot", '"' },      { "apos", '\'' },	   { "euro", 0x20AC },
	{ "hellip", 0x2026 }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
	{ "lsquo", 0x2018 },  { "rsquo", 0x2019 }, { "sbquo", 0x201A },
	{ "ldquo", 0x201C },  { "rdquo", 0x201D }, { "bdquo", 0x201E },
	{ "bull", 0x2022 },   { "trade", 0x2122 }, { "larr", 0x2190 },
	{ "rarr", 0x2192 },   { "lrm", 0x200E },   { "rlm", 0x200F },
	{ "zwj", 0x200D },    { "zwnj", 0x200C },  { "thinsp", 0x2009 },
};

enum {
	NAME_MAX_BYTES = 8, /* of a character reference */
	DIGITS_MAX = 8,	    /* of a numeric one */
	CODE_MAX = 0x10FFFF,
	REPLACEMENT = 0xFFFD
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* --- character references */

static uint32_t code_of_name(struct str name)
{
	for (uint32_t i = 0; i < 96; i++)
		if (str_eqz(name, latin1_names[i]))
			return 0xA0 + i;
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]);
	     i++)
		if (str_eqz(name, other_names[i].name))
			return other_names[i].code;
	return 0;
}

/* "#65;" or "#x41;" from s.p[*i] on; 0 when it is none. */
static uint32_t numeric(struct str s, size_t *i)
{
	size_t at = *i + 1, first;
	unsigned base = 10;
	uint32_t code = 0;

	if (at < s.n && (s.p[at] | 0x20) == 'x') {
		base = 16;
		at++;
	}
	for (first = at; at < s.n && str_hex_value(s.p[at]) < base; at++)
		if (at - first < DIGITS_MAX)
			code = code * base + str_hex_value(s.p[at]);
		else
			code = CODE_MAX + 1;
	if (at == first)
		return 0;
	*i = at < s.n && s.p[at] == ';' ? at + 1 : at;
	if (code < ' ' && code != '\t' && code != '\n')
		return REPLACEMENT;
	if (code > CODE_MAX || (code >= 0xD800 && code < 0xE000) ||
	    (code & 0xFFFE) == 0xFFFE)
		return REPLACEMENT;
	return code == 0x7F ? REPLACEMENT : code;
}

/* A reference behind '&' at *i; 0 when it is none, *i is behind it else. */
static uint32_t reference(struct str s, size_t *i)
{
	size_t end = *i;
	uint32_t code;

	if (*i < s.n && s.p[*i] == '#')
		return numeric(s, i);
	while (end < s.n && end - *i <= NAME_MAX_BYTES &&
	       (is_letter(s.p[end]) || is_digit(s.p[end])))
		end++;
	if (end == s.n || s.p[end] != ';')
		return 0;
	code = code_of_name((struct str){ s.p + *i, end - *i });
	if (code != 0)
		*i = end + 1;
	return code;
}

/* A reference is never shorter than its character: "&#9;" is the shortest, and
 * "&#9" still has three bytes for the three of U+FFFD. */
static struct str resolve(struct arena *a, struct str s)
{
	char *p;
	size_t n = 0, i = 0;
	uint32_t code;

	if (str_find(s, '&') == s.n)
		return s;
	p = arena_alloc(a, s.n);
	while (i < s.n) {
		if (s.p[i] != '&') {
			p[n++] = s.p[i++];
			continue;
		}
		i++;
		code = reference(s, &i);
		if (code == 0)
			p[n++] = '&';
		else
			n += str_utf8_put(p + n, code);
	}
	return (struct str){ p, n };
}

/* --- tags */

static struct str cut_name(struct str *rest)
{
	size_t i = 0;
	struct str name;

	while (i < rest->n && !is_space(rest->p[i]) && rest->p[i] != '>' &&
	       rest->p[i] != '/' && rest->p[i] != '=')
		i++;
	name = str_head(*rest, i);
	*rest = str_from(*rest, i);
	return name;
}

static void skip_space(struct str *rest)
{
	while (rest->n > 0 && is_space(rest->p[0]))
		*rest = str_from(*rest, 1);
}

static struct str cut_value(struct str *rest)
{
	struct str value;
	size_t i = 0;
	char quote = rest->n > 0 ? rest->p[0] : '\0';

	if (quote == '"' || quote == '\'') {
		*rest = str_from(*rest, 1);
		i = str_find(*rest, quote);
		value = str_head(*rest, i);
		*rest = str_from(*rest, i + 1);
		return value;
	}
	while (i < rest->n && !is_space(rest->p[i]) && rest->p[i] != '>')
		i++;
	value = str_head(*rest, i);
	*rest = str_from(*rest, i);
	return value;
}

/* From behind the name up to behind '>'. */
static void cut_attrs(struct arena *a, struct str *rest, struct html_token *t)
{
	struct html_attr at;

	for (;;) {
		skip_space(rest);
		if (rest->n == 0)
			return;
		if (rest->p[0] == '>') {
			*rest = str_from(*rest, 1);
			return;
		}
		if (rest->p[0] == '/' || rest->p[0] == '=') {
			t->is_empty = str_starts(*rest, "/>");
			*rest = str_from(*rest, 1);
			continue;
		}
		at = (struct html_attr){ .name = cut_name(rest) };
		skip_space(rest);
		if (rest->n > 0 && rest->p[0] == '=') {
			*rest = str_from(*rest, 1);
			skip_space(rest);
			at.value = resolve(a, cut_value(rest));
		}
		if (t->attr_count < HTML_ATTRS_MAX)
			t->attrs[t->attr_count++] = at;
	}
}

/* The index of needle in s, or s.n. */
static size_t find_text(struct str s, const char *needle)
{
	for (size_t i = 0; i < s.n; i++)
		if (str_starts(str_from(s, i), needle))
			return i;
	return s.n;
}

/* "<!--", "<!", "<?": what is passed over. */
static bool skip_markup(struct str *rest)
{
	if (str_starts(*rest, "<!--"))
		*rest = str_from(*rest, find_text(*rest, "-->") + 3);
	else if (str_starts(*rest, "<!") || str_starts(*rest, "<?"))
		*rest = str_from(*rest, str_find(*rest, '>') + 1);
	else
		return false;
	return true;
}

static bool is_tag(struct str s)
{
	size_t i = s.n > 1 && s.p[1] == '/' ? 2 : 1;

	return s.n > i && s.p[0] == '<' && is_letter(s.p[i]);
}

static bool is_markup(struct str s)
{
	return is_tag(s) || str_starts(s, "<!") || str_starts(s, "<?");
}

bool html_token(struct arena *a, struct str *rest, struct html_token *out)
{
	size_t i = 0;

	while (skip_markup(rest))
		;
	out->attr_count = 0;
	out->is_empty = false;
	if (rest->n == 0)
		return false;
	if (is_tag(*rest)) {
		out->kind = rest->p[1] == '/' ? HTML_CLOSE : HTML_OPEN;
		*rest = str_from(*rest, out->kind == HTML_CLOSE ? 2 : 1);
		out->name = cut_name(rest);
		cut_attrs(a, rest, out);
		return true;
	}
	do {
		i++;
		i += str_find(str_from(*rest, i), '<');
	} while (i < rest->n && !is_markup(str_from(*rest, i)));
	out->kind = HTML_TEXT;
	out->text = resolve(a, str_head(*rest, i));
	*rest = str_from(*rest, i);
	return true;
}

void html_skip_raw(struct str *rest, struct str name)
{
	while (rest->n > 0) {
		struct str tag;

		*rest = str_from(*rest, find_text(*rest, "</"));
		tag = str_from(*rest, 2);
		if (str_ieq(str_head(tag, name.n), name)) {
			*rest = str_from(tag, str_find(tag, '>') + 1);
			return;
		}
		*rest = tag;
	}
}
