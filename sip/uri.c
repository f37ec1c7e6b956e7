#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "sip/uri.h"

enum { HOST_MAX_BYTES = 255, PARAMS_MAX = 64 };

/* Which bytes may stand raw where (RFC 3261 §25.1, RFC 3966 §3, RFC 3986 §2).
 * Host names may carry '_' too: private networks have such names. */
enum class {
	IN_USER = 1,
	IN_PASSWORD = 2,
	IN_HOST = 4,
	IN_PARAMS = 8, /* paramchar and ";=" between them */
	IN_HEADERS = 16,
	IN_NUMBER = 32,
	IN_OPAQUE = 64,
	IN_PARAM_VALUE = 128
};

static const uint8_t classes[128] = {
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* NUL */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* BS */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* DLE */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* CAN */
	0x00, 0xdb, 0x00, 0x60, 0xdb, 0x00, 0xdb, 0xdb, /* blank !"#$%&' */
	0xfb, 0xfb, 0xfb, 0xfb, 0x43, 0xff, 0xff, 0xd9, /* ()*+,-./ */
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* 0-7 */
	0xff, 0xff, 0xd8, 0x49, 0x00, 0x5b, 0x00, 0x51, /* 89:;<=>? */
	0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xdf, /* @A-G */
	0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, /* H-O */
	0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, /* P-W */
	0xdf, 0xdf, 0xdf, 0xd8, 0x00, 0xd8, 0x00, 0xdf, /* XYZ[\]^_ */
	0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xdf, /* `a-g */
	0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, /* h-o */
	0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, /* p-w */
	0xdf, 0xdf, 0xdf, 0x00, 0x00, 0x00, 0xdb, 0x00, /* xyz{|}~ */
};

static const struct {
	struct str name;
	enum uri_scheme scheme;
} schemes[] = {
	{ STR("sip"), URI_SIP }, { STR("sips"), URI_SIPS },
	{ STR("im"), URI_IM },	 { STR("pres"), URI_PRES },
	{ STR("tel"), URI_TEL },
};

static bool fail(const char **why, const char *text)
{
	*why = text;
	return false;
}

static bool is_in(char c, enum class class)
{
	unsigned char u = (unsigned char)c;

	return u < 128 && (classes[u] & (unsigned)class) != 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The value of a hexadecimal digit; 16 if it is none. */
static unsigned hex_value(char c)
{
	if (is_digit(c))
		return (unsigned)(c - '0');
	c = lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

static bool is_escape(struct str s, size_t i)
{
	return s.n - i >= 3 && s.p[i] == '%' && hex_value(s.p[i + 1]) < 16 &&
	       hex_value(s.p[i + 2]) < 16;
}

static unsigned char escape_value(struct str s, size_t i)
{
	return (unsigned char)(hex_value(s.p[i + 1]) << 4 |
			       hex_value(s.p[i + 2]));
}

/* Only bytes of that class, and well-formed escapes. */
static bool all_in(struct str s, enum class class)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_in(s.p[i], class))
			continue;
		if (!is_escape(s, i))
			return false;
		i += 2;
	}
	return true;
}

static bool all_raw(struct str s, enum class class)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_in(s.p[i], class))
			return false;
	return true;
}

static bool ipv6_read(struct str host, struct in6_addr *out)
{
	char text[INET6_ADDRSTRLEN];

	if (host.n < 4 || host.n - 2 >= sizeof(text) ||
	    host.p[host.n - 1] != ']' || memchr(host.p, '\0', host.n) != NULL)
		return false;
	memcpy(text, host.p + 1, host.n - 2);
	text[host.n - 2] = '\0';
	return inet_pton(AF_INET6, text, out) == 1;
}

static bool is_ipv4(struct str host)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr addr;

	if (host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, &addr) == 1;
}

/* A name whose last label is a number must be an address: "1.2.3.400". */
static bool ends_in_number(struct str host)
{
	size_t i = host.n;

	while (i > 0 && is_digit(host.p[i - 1]))
		i--;
	return i < host.n && (i == 0 || host.p[i - 1] == '.');
}

static bool host_is_name(struct str host)
{
	bool label = false;

	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.' && !label)
			return false;
		label = host.p[i] != '.';
	}
	return host.n > 0 && host.n <= HOST_MAX_BYTES &&
	       all_raw(host, IN_HOST) && host.p[0] != '-';
}

static bool host_read(struct str s, struct uri *u, const char **why)
{
	struct in6_addr addr;

	u->host = s;
	if (s.n > 0 && s.p[0] == '[')
		return ipv6_read(s, &addr) || fail(why, "bad IPv6 reference");
	if (s.n == 0)
		return fail(why, "no host");
	if (!host_is_name(s) || (ends_in_number(s) && !is_ipv4(s)))
		return fail(why, "bad host");
	return true;
}

static bool hostport_read(struct str s, struct uri *u, const char **why)
{
	size_t end = 0;
	uint32_t port;

	if (s.n > 0 && s.p[0] == '[') {
		end = str_find(s, ']');
		end += end < s.n ? 1 : 0;
	} else {
		end = str_find(s, ':');
	}
	if (end < s.n) {
		if (s.p[end] != ':' ||
		    !str_to_u32(str_from(s, end + 1), &port) || port == 0 ||
		    port > UINT16_MAX)
			return fail(why, "bad port");
		u->port = (uint16_t)port;
	}
	return host_read(str_head(s, end), u, why);
}

static bool userinfo_read(struct str s, struct uri *u, const char **why)
{
	size_t colon = str_find(s, ':');

	u->user = str_head(s, colon);
	if (colon < s.n)
		u->password = str_from(s, colon + 1);
	if (u->user.n == 0)
		return fail(why, "no user before @");
	if (u->user.n > URI_USER_MAX_BYTES)
		return fail(why, "user part too long");
	if (!all_in(u->user, IN_USER) || !all_in(u->password, IN_PASSWORD))
		return fail(why, "illegal character in user part");
	return true;
}

static bool params_read(struct str s, struct uri *u, const char **why)
{
	unsigned count = 0;

	u->params = s;
	for (size_t i = 0; i < s.n; i++)
		count += s.p[i] == ';';
	if (count >= PARAMS_MAX)
		return fail(why, "too many parameters");
	return all_in(s, IN_PARAMS) ||
	       fail(why, "illegal character in parameters");
}

static bool headers_read(struct str s, struct uri *u, const char **why)
{
	unsigned count = 0;

	u->headers = s;
	for (size_t i = 0; i < s.n; i++)
		count += s.p[i] == '&';
	if (count >= PARAMS_MAX)
		return fail(why, "too many headers");
	return all_in(s, IN_HEADERS) ||
	       fail(why, "illegal character in headers");
}

/* sip, sips, im, pres: [user [":" password] "@"] host [":" port] params
 * headers. The user may hold ";" and "?", so "@" is looked for first. */
static bool hier_read(struct str s, struct uri *u, const char **why)
{
	size_t at = str_find(s, '@');
	size_t end;

	if (at < s.n) {
		if (!userinfo_read(str_head(s, at), u, why))
			return false;
		s = str_from(s, at + 1);
	}
	end = str_find(s, '?');
	if (end < s.n && !headers_read(str_from(s, end + 1), u, why))
		return false;
	s = str_head(s, end);
	end = str_find(s, ';');
	if (end < s.n && !params_read(str_from(s, end + 1), u, why))
		return false;
	return hostport_read(str_head(s, end), u, why);
}

/* RFC 3966 §3. A local number without phone-context is let through: phones
 * send it, and the numbering rules know what to do with it. */
static bool tel_read(struct str s, struct uri *u, const char **why)
{
	size_t end = str_find(s, ';');
	bool digit = false;

	if (end < s.n && !params_read(str_from(s, end + 1), u, why))
		return false;
	u->user = str_head(s, end);
	if (u->user.n > URI_USER_MAX_BYTES)
		return fail(why, "number too long");
	for (size_t i = 0; i < u->user.n; i++) {
		char c = u->user.p[i];

		if (!is_in(c, IN_NUMBER) || (c == '+' && i > 0) ||
		    (u->user.p[0] == '+' &&
		     (c == '*' || c == '#' || is_alpha(c))))
			return fail(why, "illegal character in number");
		digit |= hex_value(c) < 16 || c == '*' || c == '#';
	}
	return digit || fail(why, "no digit in number");
}

static bool opaque_read(struct str s, struct uri *u, const char **why)
{
	u->opaque = s;
	return all_in(s, IN_OPAQUE) || fail(why, "illegal character in URI");
}

static bool scheme_read(struct str s, struct uri *u)
{
	u->scheme_text = s;
	u->scheme = URI_OTHER;
	if (s.n == 0 || !is_alpha(s.p[0]))
		return false;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (str_ieq(s, schemes[i].name)) {
			u->scheme = schemes[i].scheme;
			return true;
		}
	}
	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];

		if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' &&
		    c != '.')
			return false;
	}
	return true;
}

static bool rest_read(struct str s, struct uri *u, const char **why)
{
	if (u->scheme == URI_OTHER)
		return opaque_read(s, u, why);
	if (u->scheme == URI_TEL)
		return tel_read(s, u, why);
	return hier_read(s, u, why);
}

bool uri_read(struct str s, struct uri *out, const char **why)
{
	struct uri u = { .scheme = URI_OTHER };
	size_t colon;

	if (s.n > URI_MAX_BYTES)
		return fail(why, "URI too long");
	colon = str_find(s, ':');
	if (colon == s.n || !scheme_read(str_head(s, colon), &u))
		return fail(why, "no URI scheme");
	if (!rest_read(str_from(s, colon + 1), &u, why))
		return false;
	*out = u;
	return true;
}

/* The written form in pieces, for buffer and arena alike. */
enum { PIECES_MAX = 13, PORT_DIGITS = 5 };
struct pieces {
	struct str piece[PIECES_MAX];
	size_t n;
	char port[PORT_DIGITS];
};

static void piece_add(struct pieces *ps, struct str s)
{
	ps->piece[ps->n++] = s;
}

static void piece_port(struct pieces *ps, uint16_t port)
{
	size_t i = PORT_DIGITS;

	for (; port > 0; port = (uint16_t)(port / 10))
		ps->port[--i] = (char)('0' + port % 10);
	piece_add(ps, STR_LIT(":"));
	piece_add(ps, (struct str){ ps->port + i, PORT_DIGITS - i });
}

static struct str scheme_name(const struct uri *u)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (schemes[i].scheme == u->scheme)
			return schemes[i].name;
	return u->scheme_text;
}

static void piece_userinfo(struct pieces *ps, const struct uri *u)
{
	if (u->user.p == NULL)
		return;
	piece_add(ps, u->user);
	if (u->scheme == URI_TEL)
		return;
	if (u->password.p != NULL) {
		piece_add(ps, STR_LIT(":"));
		piece_add(ps, u->password);
	}
	piece_add(ps, STR_LIT("@"));
}

static void pieces_of(struct pieces *ps, const struct uri *u)
{
	ps->n = 0;
	piece_add(ps, scheme_name(u));
	piece_add(ps, STR_LIT(":"));
	if (u->scheme == URI_OTHER) {
		piece_add(ps, u->opaque);
		return;
	}
	piece_userinfo(ps, u);
	piece_add(ps, u->host);
	if (u->port != 0)
		piece_port(ps, u->port);
	if (u->params.n > 0) {
		piece_add(ps, STR_LIT(";"));
		piece_add(ps, u->params);
	}
	if (u->headers.n > 0) {
		piece_add(ps, STR_LIT("?"));
		piece_add(ps, u->headers);
	}
}

void uri_write(struct strbuf *b, const struct uri *u)
{
	struct pieces ps;

	pieces_of(&ps, u);
	for (size_t i = 0; i < ps.n; i++)
		strbuf_add(b, ps.piece[i]);
}

struct str uri_text(struct arena *a, const struct uri *u)
{
	struct pieces ps;
	size_t n = 0;
	char *p, *end;

	pieces_of(&ps, u);
	for (size_t i = 0; i < ps.n; i++)
		n += ps.piece[i].n;
	p = end = arena_alloc(a, n + 1);
	for (size_t i = 0; i < ps.n; i++) {
		if (ps.piece[i].n > 0)
			memcpy(end, ps.piece[i].p, ps.piece[i].n);
		end += ps.piece[i].n;
	}
	*end = '\0';
	return (struct str){ p, n };
}

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
	bool found = field_find(u->params, ';', str_z(name), &f);

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
	struct in6_addr x, y;

	if (str_ieq(a, b))
		return true;
	return a.n > 0 && b.n > 0 && a.p[0] == '[' && b.p[0] == '[' &&
	       ipv6_read(a, &x) && ipv6_read(b, &y) &&
	       memcmp(&x, &y, sizeof(x)) == 0;
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
