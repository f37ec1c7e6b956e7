#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "sip/sipmsg.h"
#include "sip/urichar.h"

enum { HOST_MAX_BYTES = 255, PARAMS_MAX = 64 };

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

/* Index of the first byte that is neither of that class nor in a well-formed
 * escape, or s.n. */
static size_t run_end(struct str s, enum class class)
{
	size_t i = 0;

	while (i < s.n) {
		if (is_in(s.p[i], class))
			i++;
		else if (is_escape(s, i))
			i += 3;
		else
			break;
	}
	return i;
}

static bool all_in(struct str s, enum class class)
{
	return run_end(s, class) == s.n;
}

static bool is_ipv6(struct str host)
{
	union endpoint e;

	return host.n > 2 && host.p[host.n - 1] == ']' &&
	       endpoint_read(host, 0, &e) && e.sa.sa_family == AF_INET6;
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

/* Index behind the host name or reference that s begins with. *is_sound: of a
 * name, that no label is empty but the last. */
static size_t host_end(struct str s, bool *is_sound)
{
	size_t i = 0;
	bool label = false;

	*is_sound = true;
	if (s.n > 0 && s.p[0] == '[') {
		i = str_find(s, ']');
		return i + (i < s.n);
	}
	for (; i < s.n && is_in(s.p[i], IN_HOST); i++) {
		*is_sound &= label || s.p[i] != '.';
		label = s.p[i] != '.';
	}
	return i;
}

static bool host_read(struct str s, bool is_sound, struct uri *u,
		      const char **why)
{
	/* RFC 3261 §25.1 lets a name end in a dot; it is the same name. */
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	u->host = s;
	if (s.n == 0)
		return fail(why, "no host");
	if (s.p[0] == '[')
		return is_ipv6(s) || fail(why, "bad IPv6 reference");
	if (!is_sound || s.n > HOST_MAX_BYTES || s.p[0] == '-' ||
	    (ends_in_number(s) && !is_ipv4(s)))
		return fail(why, "bad host");
	return true;
}

/* *rest is moved behind host and port. */
static bool hostport_read(struct str *rest, struct uri *u, const char **why)
{
	bool is_sound;
	size_t end = host_end(*rest, &is_sound);
	struct str host = str_head(*rest, end), digits;
	uint32_t port;

	*rest = str_from(*rest, end);
	if (rest->n > 0 && rest->p[0] == ':') {
		for (end = 1; end < rest->n && is_digit(rest->p[end]);)
			end++;
		digits = str_from(str_head(*rest, end), 1);
		if (!str_to_u32(digits, &port) || port == 0 ||
		    port > UINT16_MAX)
			return fail(why, "bad port");
		u->port = (uint16_t)port;
		*rest = str_from(*rest, end);
	}
	if (rest->n > 0 && rest->p[0] != ';' && rest->p[0] != '?')
		return fail(why, u->port != 0 ? "bad port" : "bad host");
	return host_read(host, is_sound, u, why);
}

static bool userinfo_read(struct str s, struct uri *u, const char **why)
{
	size_t colon = run_end(s, IN_USER);

	u->user = str_head(s, colon);
	if (colon < s.n)
		u->password = str_from(s, colon + 1);
	if (s.n == 0 || s.p[0] == ':')
		return fail(why, "no user before @");
	if (u->user.n > URI_USER_MAX_BYTES)
		return fail(why, "user part too long");
	if ((colon < s.n && s.p[colon] != ':') ||
	    !all_in(u->password, IN_PASSWORD))
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
	size_t at = str_find(s, '@'), end;

	if (at < s.n) {
		if (!userinfo_read(str_head(s, at), u, why))
			return false;
		s = str_from(s, at + 1);
	}
	if (!hostport_read(&s, u, why))
		return false;
	if (s.n == 0) /* as a rule */
		return true;
	end = str_find(s, '?');
	if (end < s.n && !headers_read(str_from(s, end + 1), u, why))
		return false;
	return end == 0 ||
	       params_read(str_head(str_from(s, 1), end - 1), u, why);
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
	u->scheme = URI_SIP;
	if (str_eqz(s, "sip")) /* as a rule */
		return true;
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
	colon = str_starts(s, "sip:") ? 3 : str_find(s, ':');
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
