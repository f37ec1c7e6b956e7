#include <string.h>
#include "sip/lines.h"
#include "sip/party.h"

static bool fail(const char **why, const char *text)
{
	*why = text;
	return false;
}

/* Index behind the quoted string that starts at i; s.n + 1 if it is open. */
static size_t quoted_end(struct str s, size_t i)
{
	for (i++; i < s.n && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return i < s.n ? i + 1 : s.n + 1;
}

static size_t bracket_end(struct str s, size_t i)
{
	while (i < s.n && s.p[i] != '>')
		i++;
	return i < s.n ? i + 1 : s.n + 1;
}

/* Index behind the quoted string, brackets or character at i. */
static size_t unit_end(struct str s, size_t i)
{
	return s.p[i] == '"'   ? quoted_end(s, i)
	       : s.p[i] == '<' ? bracket_end(s, i)
			       : i + 1;
}

/* Index of the first sep outside quotes and angle brackets, or s.n. */
static size_t find_outside(struct str s, char sep)
{
	size_t i = 0;

	if (str_find(s, sep) == s.n) /* as a rule */
		return s.n;
	while (i < s.n && s.p[i] != sep)
		i = unit_end(s, i);
	return i < s.n ? i : s.n;
}

struct str value_cut(struct str *rest)
{
	while (rest->n > 0) {
		size_t end = find_outside(*rest, ',');
		struct str value = str_trim(str_head(*rest, end));

		*rest = str_from(*rest, end + 1);
		if (value.n > 0)
			return value;
	}
	return STR_NONE;
}

bool list_has(struct str list, struct str token)
{
	struct str one;

	while ((one = value_cut(&list)).n > 0) {
		if (str_ieq(one, token))
			return true;
	}
	return false;
}

struct str param_cut(struct str *rest)
{
	size_t end = find_outside(*rest, ';');
	struct str param = str_trim(str_head(*rest, end));

	*rest = str_from(*rest, end + 1);
	return param;
}

static struct str unquote(struct str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return str_head(str_from(s, 1), s.n - 2);
	return s;
}

struct str param_find(struct str params, const char *name, bool *has)
{
	while (params.n > 0) {
		struct str param = param_cut(&params);
		size_t equals = str_find(param, '=');

		if (!str_ieqz(str_trim(str_head(param, equals)), name))
			continue;
		if (has != NULL)
			*has = true;
		return unquote(str_trim(str_from(param, equals + 1)));
	}
	if (has != NULL)
		*has = false;
	return STR_NONE;
}

/* A quote or a bracket that stays open would swallow what is put behind it: our
 * tag in the To of an answer. */
static bool is_closed(struct str s)
{
	size_t i = 0;

	if (str_find(s, '"') == s.n && str_find(s, '<') == s.n)
		return true;
	while (i < s.n)
		i = unit_end(s, i);
	return i == s.n;
}

/* Parameters are ";" name ["=" value], and nothing but that: RFC 4475
 * §3.1.2.1 has values with ";;;;" that are to be refused. The first tag is the
 * one that counts. */
static bool params_read(struct str params, struct str *tag, bool *has_tag)
{
	params = str_trim(params);
	*has_tag = false;
	if (params.n == 0)
		return true;
	if (params.p[0] != ';' || !is_closed(params))
		return false;
	params = str_from(params, 1);
	do {
		struct str param = param_cut(&params);
		size_t equals = str_find(param, '=');
		struct str name = str_trim(str_head(param, equals));

		if (name.n == 0)
			return false;
		if (!*has_tag && str_ieqz(name, "tag")) {
			*has_tag = true;
			*tag = unquote(str_trim(str_from(param, equals + 1)));
		}
	} while (params.n > 0);
	return true;
}

/* Wider than token: '/' and '=' of base64 are seen in tags. What would end
 * the parameter or the line is out. */
static bool is_tag(struct str s)
{
	for (size_t i = token_end(s, 0); i < s.n; i++) {
		char c = s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' ||
		    c == '<' || c == '>' || c == '\\')
			return false;
	}
	return true;
}

static struct str unescape(struct arena *a, struct str s)
{
	char *p;
	size_t n = 0;

	if (str_find(s, '\\') == s.n)
		return s;
	p = arena_alloc(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	return (struct str){ p, n };
}

/* An unquoted display name should be tokens. Phones send more than that and
 * are understood, but for what could be a second value or a lost quote. */
static bool is_bare_display(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ',' || s.p[i] == ';' || s.p[i] == '"' ||
		    s.p[i] == '>')
			return false;
	return true;
}

/* Cuts the display name and "<"; *rest begins with the URI then. */
static bool display_cut(struct arena *a, struct str *rest, struct str *out,
			const char **why)
{
	size_t end;

	if (rest->p[0] == '"') {
		end = quoted_end(*rest, 0);
		if (end > rest->n)
			return fail(why, "open quote in a display name");
		*out = unescape(a, unquote(str_head(*rest, end)));
		*rest = str_trim(str_from(*rest, end));
		if (rest->n == 0 || rest->p[0] != '<')
			return fail(why, "no < behind a display name");
	} else {
		end = str_find(*rest, '<');
		*out = str_trim(str_head(*rest, end));
		*rest = str_from(*rest, end);
		if (!is_bare_display(*out))
			return fail(why, "display name needs quotes");
	}
	*rest = str_from(*rest, 1);
	return true;
}

/* addr-spec without brackets: RFC 3261 §20.10 forbids "?" and "," there, and
 * what is behind ";" belongs to the header. */
static bool bare_cut(struct str *rest, struct str *uri, const char **why)
{
	size_t end = str_find(*rest, ';');

	*uri = str_trim(str_head(*rest, end));
	*rest = str_from(*rest, end);
	if (str_find(*uri, '?') < uri->n || str_find(*uri, ',') < uri->n)
		return fail(why, "address needs angle brackets");
	return true;
}

static bool address_cut(struct arena *a, struct str *rest, struct party *p,
			struct str *uri, const char **why)
{
	size_t end;

	if (rest->p[0] == '<') { /* as a rule */
		*rest = str_from(*rest, 1);
	} else if (rest->p[0] != '"' && find_outside(*rest, '<') == rest->n) {
		return bare_cut(rest, uri, why);
	} else if (!display_cut(a, rest, &p->display, why)) {
		return false;
	}
	end = str_find(*rest, '>');
	if (end == rest->n)
		return fail(why, "no > behind an address");
	*uri = str_head(*rest, end);
	*rest = str_from(*rest, end + 1);
	return true;
}

bool party_read(struct arena *a, struct str s, struct party *out,
		struct str *params, const char **why)
{
	struct party p = { .tag = STR_NONE };
	struct str uri;
	bool has_tag;

	s = str_trim(s);
	if (s.n == 0)
		return fail(why, "no address");
	if (!address_cut(a, &s, &p, &uri, why) || !uri_read(uri, &p.uri, why))
		return false;
	if (!params_read(s, &p.tag, &has_tag))
		return fail(why, "malformed parameters");
	if (!is_tag(p.tag) || (has_tag && p.tag.n == 0))
		return fail(why, "malformed tag");
	if (params != NULL)
		*params = s;
	*out = p;
	return true;
}
