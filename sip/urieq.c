#include <assert.h>
#include <string.h>
#include "sip/sipmsg.h"
#include "sip/urichar.h"

/* RFC 3261 §19.1.4: a character outside the reserved set equals its escape;
 * an escaped reserved one stays different from the raw one. */
static int unit_next(struct str s, size_t *i)
{
	static const char reserved[] = ";/?:@&=+$,";
	int c;

	if (!is_escape(s, *i))
		return (unsigned char)s.p[(*i)++];
	c = escape_value(s, *i);
	*i += 3;
	if (c != 0 && strchr(reserved, c) != NULL)
		c += 256;
	return c;
}

static int unit_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool units_eq(struct str a, struct str b, int (*fold)(int))
{
	size_t i = 0;
	size_t j = 0;

	assert((a.p != NULL || a.n == 0) && (b.p != NULL || b.n == 0));
	while (i < a.n && j < b.n)
		if (fold(unit_next(a, &i)) != fold(unit_next(b, &j)))
			return false;
	return i == a.n && j == b.n;
}

static int unit_same(int c)
{
	return c;
}

static bool text_eq(struct str a, struct str b)
{
	return units_eq(a, b, unit_same);
}

static bool text_ieq(struct str a, struct str b)
{
	return units_eq(a, b, unit_lower);
}

struct field {
	struct str name, value;
	bool has_value;
};

static bool field_next(struct str *rest, char sep, struct field *f)
{
	struct str item = STR_NONE;
	size_t equals;

	while (item.n == 0 && rest->n > 0)
		item = str_cut(rest, sep);
	if (item.n == 0)
		return false;
	equals = str_find(item, '=');
	f->name = str_head(item, equals);
	f->has_value = equals < item.n;
	f->value = f->has_value ? str_from(item, equals + 1) : STR_NONE;
	return true;
}

static bool field_find(struct str list, char sep, struct str name,
		       struct field *f)
{
	while (field_next(&list, sep, f))
		if (text_ieq(f->name, name))
			return true;
	return false;
}

struct str uri_param(const struct uri *u, const char *name, bool *has)
{
	struct field f;
	bool found =
		u->params.n > 0 && field_find(u->params, ';', str_z(name), &f);

	if (has != NULL)
		*has = found;
	return found ? f.value : STR_NONE;
}

/* These never match when only one URI has them. */
static bool is_always_compared(struct str name)
{
	static const struct str names[] = { STR("user"), STR("ttl"),
					    STR("method"), STR("maddr"),
					    STR("transport") };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_ieq(name, names[i]))
			return true;
	return false;
}

/* The first of a name counts, in both: there should not be a second. */
static bool params_match(struct str a, struct str b, bool (*must)(struct str))
{
	struct str rest = a;
	struct field f, other;

	while (field_next(&rest, ';', &f)) {
		if (!field_find(b, ';', f.name, &other)) {
			if (must(f.name))
				return false;
			continue;
		}
		if (field_find(a, ';', f.name, &f) &&
		    !text_ieq(f.value, other.value))
			return false;
	}
	return true;
}

static bool headers_match(struct str a, struct str b)
{
	struct str rest = a;
	struct field f, other;

	while (field_next(&rest, '&', &f))
		if (!field_find(b, '&', f.name, &other) ||
		    !field_find(a, '&', f.name, &f) ||
		    !text_eq(f.value, other.value))
			return false;
	return true;
}

static bool hosts_eq(struct str a, struct str b)
{
	union endpoint x, y;

	if (str_ieq(a, b))
		return true;
	return str_starts(a, "[") && str_starts(b, "[") &&
	       endpoint_read(a, 0, &x) && endpoint_read(b, 0, &y) &&
	       endpoint_eq(&x, &y);
}

/* The next character of a number that is no visual separator; 0 at its end. */
static char digit_next(struct str s, size_t *i)
{
	while (*i < s.n && strchr("-.()", s.p[*i]) != NULL)
		(*i)++;
	return *i < s.n ? lower(s.p[(*i)++]) : '\0';
}

static bool numbers_eq(struct str a, struct str b)
{
	size_t i = 0;
	size_t j = 0;
	char c;

	do {
		c = digit_next(a, &i);
		if (c != digit_next(b, &j))
			return false;
	} while (c != '\0');
	return true;
}

static bool is_any(struct str name)
{
	(void)name;
	return true;
}

/* RFC 3966 §4: a parameter that only one has makes them different. */
static bool tel_eq(const struct uri *a, const struct uri *b)
{
	return numbers_eq(a->user, b->user) &&
	       params_match(a->params, b->params, is_any) &&
	       params_match(b->params, a->params, is_any);
}

static bool hier_eq(const struct uri *a, const struct uri *b)
{
	return (a->user.p == NULL) == (b->user.p == NULL) &&
	       (a->password.p == NULL) == (b->password.p == NULL) &&
	       a->port == b->port && text_eq(a->user, b->user) &&
	       text_eq(a->password, b->password) &&
	       hosts_eq(a->host, b->host) &&
	       params_match(a->params, b->params, is_always_compared) &&
	       params_match(b->params, a->params, is_always_compared) &&
	       headers_match(a->headers, b->headers) &&
	       headers_match(b->headers, a->headers);
}

bool uri_eq(const struct uri *a, const struct uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	if (a->scheme == URI_OTHER)
		return str_ieq(a->scheme_text, b->scheme_text) &&
		       str_eq(a->opaque, b->opaque);
	return a->scheme == URI_TEL ? tel_eq(a, b) : hier_eq(a, b);
}

bool uri_unescape(struct arena *a, struct str in, struct str *out)
{
	char *p;
	size_t n = 0;

	if (str_find(in, '%') == in.n) {
		*out = in;
		return true;
	}
	p = arena_alloc(a, in.n);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '%') {
			p[n++] = in.p[i];
			continue;
		}
		if (!is_escape(in, i))
			return false;
		p[n++] = (char)escape_value(in, i);
		i += 2;
	}
	*out = (struct str){ p, n };
	return true;
}

static void escape(struct strbuf *b, struct str raw, enum class class)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t from = 0;

	for (size_t i = 0; i < raw.n; i++) {
		unsigned char c = (unsigned char)raw.p[i];

		if (is_in(raw.p[i], class))
			continue;
		strbuf_add(b, str_head(str_from(raw, from), i - from));
		strbuf_addc(b, '%');
		strbuf_addc(b, hex[c >> 4]);
		strbuf_addc(b, hex[c & 15]);
		from = i + 1;
	}
	strbuf_add(b, str_from(raw, from));
}

void uri_escape_user(struct strbuf *b, struct str raw)
{
	escape(b, raw, IN_USER);
}

void uri_escape_param(struct strbuf *b, struct str raw)
{
	escape(b, raw, IN_PARAM_VALUE);
}
