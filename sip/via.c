#include "sip/via.h"
#include <string.h>

enum { HOST_MAX_BYTES = 255, PORT_MAX_BYTES = 5, SIP_PORT = 5060 };

static const char version[] = "SIP/2.0/";

/* A text with an end of its own: the arena's copy is cut in place, once its
 * end has been looked at. */
static char *cut(struct str copy, size_t from, size_t end)
{
	char *z = (char *)(uintptr_t)copy.p;

	z[end] = '\0';
	return z + from;
}

/* Index behind the letters, digits, '.', '-' and '_' from i on. */
static size_t host_end(struct str s, size_t i)
{
	while (i < s.n && ((s.p[i] >= 'a' && s.p[i] <= 'z') ||
			   (s.p[i] >= '-' && s.p[i] <= '9' && s.p[i] != '/') ||
			   (s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '_'))
		i++;
	return i;
}

static bool is_host(struct str s)
{
	return s.n > 0 && s.n <= HOST_MAX_BYTES && host_end(s, 0) == s.n;
}

static bool is_port(struct str s)
{
	uint32_t port;

	return s.n <= PORT_MAX_BYTES && str_to_u32(s, &port) && port > 0 &&
	       port <= UINT16_MAX;
}

static size_t port_end(struct str s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i;
}

/* Brackets, and what addresses are made of: RFC 5118 §4.10 forgives more than
 * inet_pton does. */
static bool is_reference(struct str s)
{
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (str_hex_value(s.p[i]) > 15 && s.p[i] != ':' &&
		    s.p[i] != '.')
			return false;
	}
	return s.n > 2 && s.n <= HOST_MAX_BYTES && s.p[0] == '[' &&
	       s.p[s.n - 1] == ']';
}

bool via_is_sound(const struct via *v)
{
	struct str protocol = str_z(v->protocol), host = str_z(v->host);
	struct str name = str_cut(&protocol, '/');

	return is_token(name) && is_token(str_cut(&protocol, '/')) &&
	       is_token(protocol) && (is_host(host) || is_reference(host));
}

void via_way(const struct via *v, uint16_t *port, bool *wants_rport)
{
	uint32_t said;

	*wants_rport = v == NULL || v->wants_rport;
	*port = SIP_PORT;
	if (v != NULL && str_to_u32(str_z(v->port), &said) && said > 0 &&
	    said <= UINT16_MAX)
		*port = (uint16_t)said;
}

/* One parameter; what is said twice is left to Sofia. */
static bool param_read(struct str name, struct str value, struct via *v,
		       struct str *branch)
{
	bool has_value = value.p != NULL;

	if (name.n == 0 || (has_value && value.n == 0))
		return false;
	if (str_ieqz(name, "branch")) {
		if (branch->n > 0 || !has_value)
			return false;
		*branch = value;
	} else if (str_ieqz(name, "rport")) {
		if (v->wants_rport)
			return false;
		v->wants_rport = true;
	}
	return true;
}

/* s.p[i] is the first ';', or behind the end. */
static bool params_read(struct arena *a, struct str s, size_t i, struct via *v,
			struct str *branch)
{
	const char **params;
	size_t n = 0;

	if (i == s.n)
		return true;
	params = arena_alloc(a, (VIA_PARAMS_MAX + 1) * sizeof(*params));
	while (i < s.n) {
		size_t from = i + 1, end = token_end(s, from);
		struct str value = STR_NONE;

		i = end;
		if (i < s.n && s.p[i] == '=') {
			i = token_end(s, end + 1);
			value = (struct str){ s.p + end + 1, i - end - 1 };
		}
		if (n == VIA_PARAMS_MAX || (i < s.n && s.p[i] != ';') ||
		    !param_read((struct str){ s.p + from, end - from }, value,
				v, branch))
			return false;
		params[n++] = cut(s, from, i);
	}
	params[n] = NULL;
	v->params = params;
	return true;
}

bool via_read_plain(struct arena *a, struct str value, struct via *out,
		    struct str *branch)
{
	const struct str s = { str_dupz(a, value), value.n };
	struct via v = { .params = NULL };
	size_t blank, host, end;

	*branch = STR_NONE;
	if (!str_starts(s, version))
		return false;
	blank = token_end(s, sizeof(version) - 1);
	if (blank < sizeof(version) || blank == s.n || s.p[blank] != ' ')
		return false;
	host = host_end(s, blank + 1);
	if (host == blank + 1 || host - blank - 1 > HOST_MAX_BYTES)
		return false;
	end = host;
	if (end < s.n && s.p[end] == ':')
		end = port_end(s, host + 1);
	if ((end < s.n && s.p[end] != ';') ||
	    (end > host &&
	     !is_port(str_head(str_from(s, host + 1), end - host - 1))) ||
	    !params_read(a, s, end, &v, branch))
		return false;
	v.protocol = cut(s, 0, blank);
	v.host = cut(s, blank + 1, host);
	if (end > host)
		v.port = cut(s, host + 1, end);
	*out = v;
	return true;
}

bool via_event_plain(struct str value, struct str *type, struct str *id)
{
	static const struct str name = STR("id=");
	struct str rest = value;

	*id = STR_NONE;
	*type = str_cut(&rest, ';');
	if (rest.p == NULL)
		return value.n == 0 || is_token(*type);
	*id = str_from(rest, name.n);
	return is_token(*type) && str_eq(str_head(rest, name.n), name) &&
	       is_token(*id);
}

/* Letters, digits and !%'*+-.:;<=>@_~ and blank. */
/* clang-format off */
static const bool plain[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, /* blank to / */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, /* 0 to ? */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* @ to O */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, /* P to _ */
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* ` to o */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, /* p to DEL */
};
/* clang-format on */

bool via_is_plain_address(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (!plain[(unsigned char)value.p[i]])
			return false;
	}
	return true;
}
