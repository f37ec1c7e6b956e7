#include <arpa/inet.h>
#include <string.h>
#include "sip/sipmsg.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct str methods[] = {
	[METHOD_OTHER] = { NULL, 0 },
	[METHOD_INVITE] = STR("INVITE"),
	[METHOD_ACK] = STR("ACK"),
	[METHOD_BYE] = STR("BYE"),
	[METHOD_CANCEL] = STR("CANCEL"),
	[METHOD_OPTIONS] = STR("OPTIONS"),
	[METHOD_REGISTER] = STR("REGISTER"),
	[METHOD_PRACK] = STR("PRACK"),
	[METHOD_UPDATE] = STR("UPDATE"),
	[METHOD_INFO] = STR("INFO"),
	[METHOD_REFER] = STR("REFER"),
	[METHOD_MESSAGE] = STR("MESSAGE"),
	[METHOD_SUBSCRIBE] = STR("SUBSCRIBE"),
	[METHOD_NOTIFY] = STR("NOTIFY"),
	[METHOD_PUBLISH] = STR("PUBLISH"),
};

static const struct str transports[] = {
	[TRANSPORT_UDP] = STR("UDP"),
	[TRANSPORT_TCP] = STR("TCP"),
	[TRANSPORT_TLS] = STR("TLS"),
};

/* In rising order. RFC 3261 §21 and the IANA registry of response codes. */
static const struct {
	int status;
	struct str text;
} phrases[] = {
	{ 100, STR("Trying") },
	{ 180, STR("Ringing") },
	{ 181, STR("Call Is Being Forwarded") },
	{ 182, STR("Queued") },
	{ 183, STR("Session Progress") },
	{ 199, STR("Early Dialog Terminated") },
	{ 200, STR("OK") },
	{ 202, STR("Accepted") },
	{ 204, STR("No Notification") },
	{ 300, STR("Multiple Choices") },
	{ 301, STR("Moved Permanently") },
	{ 302, STR("Moved Temporarily") },
	{ 305, STR("Use Proxy") },
	{ 380, STR("Alternative Service") },
	{ 400, STR("Bad Request") },
	{ 401, STR("Unauthorized") },
	{ 402, STR("Payment Required") },
	{ 403, STR("Forbidden") },
	{ 404, STR("Not Found") },
	{ 405, STR("Method Not Allowed") },
	{ 406, STR("Not Acceptable") },
	{ 407, STR("Proxy Authentication Required") },
	{ 408, STR("Request Timeout") },
	{ 410, STR("Gone") },
	{ 412, STR("Conditional Request Failed") },
	{ 413, STR("Request Entity Too Large") },
	{ 414, STR("Request-URI Too Long") },
	{ 415, STR("Unsupported Media Type") },
	{ 416, STR("Unsupported URI Scheme") },
	{ 417, STR("Unknown Resource-Priority") },
	{ 420, STR("Bad Extension") },
	{ 421, STR("Extension Required") },
	{ 422, STR("Session Interval Too Small") },
	{ 423, STR("Interval Too Brief") },
	{ 424, STR("Bad Location Information") },
	{ 425, STR("Bad Alert Message") },
	{ 428, STR("Use Identity Header") },
	{ 429, STR("Provide Referrer Identity") },
	{ 430, STR("Flow Failed") },
	{ 433, STR("Anonymity Disallowed") },
	{ 436, STR("Bad Identity Info") },
	{ 437, STR("Unsupported Credential") },
	{ 438, STR("Invalid Identity Header") },
	{ 439, STR("First Hop Lacks Outbound Support") },
	{ 440, STR("Max-Breadth Exceeded") },
	{ 469, STR("Bad Info Package") },
	{ 470, STR("Consent Needed") },
	{ 480, STR("Temporarily Unavailable") },
	{ 481, STR("Call/Transaction Does Not Exist") },
	{ 482, STR("Loop Detected") },
	{ 483, STR("Too Many Hops") },
	{ 484, STR("Address Incomplete") },
	{ 485, STR("Ambiguous") },
	{ 486, STR("Busy Here") },
	{ 487, STR("Request Terminated") },
	{ 488, STR("Not Acceptable Here") },
	{ 489, STR("Bad Event") },
	{ 491, STR("Request Pending") },
	{ 493, STR("Undecipherable") },
	{ 494, STR("Security Agreement Required") },
	{ 500, STR("Server Internal Error") },
	{ 501, STR("Not Implemented") },
	{ 502, STR("Bad Gateway") },
	{ 503, STR("Service Unavailable") },
	{ 504, STR("Server Time-out") },
	{ 505, STR("Version Not Supported") },
	{ 513, STR("Message Too Large") },
	{ 555, STR("Push Notification Service Not Supported") },
	{ 580, STR("Precondition Failure") },
	{ 600, STR("Busy Everywhere") },
	{ 603, STR("Decline") },
	{ 604, STR("Does Not Exist Anywhere") },
	{ 606, STR("Not Acceptable") },
	{ 607, STR("Unwanted") },
	{ 608, STR("Rejected") },
};

static const struct str classes[] = {
	[1] = STR("Session Progress"), [2] = STR("OK"),
	[3] = STR("Redirection"),      [4] = STR("Request Failure"),
	[5] = STR("Server Failure"),   [6] = STR("Global Failure"),
};

struct str method_name(enum method m)
{
	return (size_t)m < COUNT(methods) ? methods[m] : STR_NONE;
}

enum method method_read(struct str s)
{
	for (size_t i = METHOD_OTHER + 1; i < COUNT(methods); i++)
		if (str_eq(s, methods[i]))
			return (enum method)i;
	return METHOD_OTHER;
}

struct str transport_name(enum transport t)
{
	return (size_t)t < COUNT(transports) ? transports[t] : STR_NONE;
}

bool transport_read(struct str s, enum transport *out)
{
	for (size_t i = 0; i < COUNT(transports); i++) {
		if (str_ieq(s, transports[i])) {
			*out = (enum transport)i;
			return true;
		}
	}
	return false;
}

struct str reason_phrase(int status)
{
	size_t low = 0;
	size_t high = COUNT(phrases);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (phrases[mid].status == status)
			return phrases[mid].text;
		if (phrases[mid].status < status)
			low = mid + 1;
		else
			high = mid;
	}
	if (status < 100 || status > 699)
		return STR_LIT("Unknown");
	return classes[status / 100];
}

/* RFC 3261 let "[2001:db8:::192.0.2.1]" through, with a colon too many before
 * the IPv4 address; it is read and never written (RFC 5118 §4.10). */
static bool ipv6_read(char *text, struct in6_addr *out)
{
	char *extra = strstr(text, ":::");

	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	if (extra == NULL || strchr(extra, '.') == NULL ||
	    strchr(extra + 3, ':') != NULL)
		return false;
	memmove(extra, extra + 1, strlen(extra));
	return inet_pton(AF_INET6, text, out) == 1;
}

bool endpoint_read(struct str host, uint16_t port, union endpoint *out)
{
	char text[INET6_ADDRSTRLEN];
	union endpoint e;

	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_head(str_from(host, 1), host.n - 2);
	if (host.n == 0 || host.n >= sizeof(text) ||
	    memchr(host.p, '\0', host.n) != NULL)
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	memset(&e, 0, sizeof(e));
	if (inet_pton(AF_INET, text, &e.in.sin_addr) == 1) {
		e.in.sin_family = AF_INET;
		e.in.sin_port = htons(port);
	} else if (ipv6_read(text, &e.in6.sin6_addr)) {
		e.in6.sin6_family = AF_INET6;
		e.in6.sin6_port = htons(port);
	} else {
		return false;
	}
	*out = e;
	return true;
}

/* inet_ntop takes a printf for each IPv4 address, and every request that is
 * answered needs one. */
static struct str ipv4_text(const struct in_addr *addr, char *text)
{
	unsigned char octets[4];
	char *p = text;

	memcpy(octets, addr, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++) {
		if (i > 0)
			*p++ = '.';
		if (octets[i] >= 100)
			*p++ = (char)('0' + octets[i] / 100);
		if (octets[i] >= 10)
			*p++ = (char)('0' + octets[i] / 10 % 10);
		*p++ = (char)('0' + octets[i] % 10);
	}
	return (struct str){ text, (size_t)(p - text) };
}

struct str endpoint_text(const union endpoint *e, char text[INET6_ADDRSTRLEN])
{
	if (e->sa.sa_family != AF_INET6)
		return ipv4_text(&e->in.sin_addr, text);
	inet_ntop(AF_INET6, &e->in6.sin6_addr, text, INET6_ADDRSTRLEN);
	return str_z(text);
}

void endpoint_write_host(struct strbuf *b, const union endpoint *e)
{
	char text[INET6_ADDRSTRLEN];

	if (e->sa.sa_family == AF_INET6)
		strbuf_addc(b, '[');
	strbuf_add(b, endpoint_text(e, text));
	if (e->sa.sa_family == AF_INET6)
		strbuf_addc(b, ']');
}

void endpoint_write(struct strbuf *b, const union endpoint *e)
{
	endpoint_write_host(b, e);
	strbuf_addc(b, ':');
	strbuf_addu(b, endpoint_port(e));
}

uint16_t endpoint_port(const union endpoint *e)
{
	return ntohs(e->sa.sa_family == AF_INET6 ? e->in6.sin6_port
						 : e->in.sin_port);
}

bool endpoint_eq(const union endpoint *a, const union endpoint *b)
{
	if (a->sa.sa_family != b->sa.sa_family ||
	    endpoint_port(a) != endpoint_port(b))
		return false;
	if (a->sa.sa_family == AF_INET6)
		return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
			      sizeof(a->in6.sin6_addr)) == 0 &&
		       a->in6.sin6_scope_id == b->in6.sin6_scope_id;
	return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

socklen_t endpoint_bytes(const union endpoint *e)
{
	return e->sa.sa_family == AF_INET6 ? sizeof(e->in6) : sizeof(e->in);
}

struct str endpoint_address(const union endpoint *e)
{
	if (e->sa.sa_family == AF_INET6)
		return (struct str){ (const char *)&e->in6.sin6_addr,
				     sizeof(e->in6.sin6_addr) };
	return (struct str){ (const char *)&e->in.sin_addr,
			     sizeof(e->in.sin_addr) };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* SLASH may have blanks on both sides (RFC 3261 §25.1), so they are passed
 * over. */
bool media_is(struct str content_type, const char *type)
{
	for (size_t i = 0; i < content_type.n; i++) {
		char c = content_type.p[i];

		if (c == ';')
			break;
		if (is_blank(c))
			continue;
		if (*type == '\0' || lower(c) != lower(*type))
			return false;
		type++;
	}
	return *type == '\0';
}

/* Index behind a quoted string that starts at i. */
static size_t quoted_end(struct str s, size_t i)
{
	for (i++; i < s.n && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return i < s.n ? i + 1 : s.n;
}

/* Cuts one parameter, up to a ';' outside quotes. */
static struct str param_cut(struct str *rest)
{
	size_t i = str_find(*rest, ';');
	struct str param = str_head(*rest, i);

	if (str_find(param, '"') < param.n) /* not as a rule */
		for (i = 0; i < rest->n && rest->p[i] != ';';)
			i = rest->p[i] == '"' ? quoted_end(*rest, i) : i + 1;
	param = str_trim(str_head(*rest, i));
	*rest = str_from(*rest, i + 1);
	return param;
}

static struct str unquote(struct str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return str_head(str_from(s, 1), s.n - 2);
	return s;
}

struct str media_param(struct str content_type, const char *name)
{
	param_cut(&content_type);
	while (content_type.n > 0) {
		struct str param = param_cut(&content_type);
		size_t equals = str_find(param, '=');

		if (equals < param.n &&
		    str_ieqz(str_trim(str_head(param, equals)), name))
			return unquote(str_trim(str_from(param, equals + 1)));
	}
	return STR_NONE;
}
