#include "sip/via.h"
#include <string.h>

enum { HOST_MAX_BYTES = 255, PORT_MAX_BYTES = 5, SIP_PORT = 5060 };

static const struct str version = STR("SIP/2.0/");

/* A text with an end of its own: the arena's copy is cut in place. */
static char *token_end(char *z, struct str s)
{
	z[s.n] = '\0';
	return z;
}

static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
		      c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= HOST_MAX_BYTES;
}

static bool is_port(struct str s)
{
	uint32_t port;

	return s.n <= PORT_MAX_BYTES && str_to_u32(s, &port) && port > 0 &&
	       port <= UINT16_MAX;
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
static bool param_read(struct str param, struct via *v, struct str *branch)
{
	struct str value = param;
	struct str name = str_cut(&value, '=');
	bool has_value = name.n < param.n;

	if (!is_token(name) || (has_value && !is_token(value)))
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

static bool params_read(struct arena *a, struct str rest, struct via *v,
			struct str *branch)
{
	const char **params;
	size_t n = 0;

	params = arena_alloc(a, (VIA_PARAMS_MAX + 1) * sizeof(*params));
	while (rest.p != NULL) {
		struct str param = str_cut(&rest, ';');

		if (n == VIA_PARAMS_MAX || !param_read(param, v, branch))
			return false;
		params[n++] = token_end((char *)(uintptr_t)param.p, param);
	}
	params[n] = NULL;
	v->params = params;
	return true;
}

bool via_read_plain(struct arena *a, struct str value, struct via *out,
		    struct str *branch)
{
	struct via v = { .params = NULL };
	char *text = str_dupz(a, value);
	struct str rest = { text, value.n };
	struct str protocol = str_cut(&rest, ' ');
	struct str hostport = str_cut(&rest, ';');
	struct str port = hostport, host = str_cut(&port, ':');

	*branch = STR_NONE;
	if (!str_eq(str_head(protocol, version.n), version) ||
	    !is_token(str_from(protocol, version.n)) || !is_host(host) ||
	    (port.p != NULL && !is_port(port)))
		return false;
	if (rest.p != NULL && !params_read(a, rest, &v, branch))
		return false;
	v.protocol = token_end(text, protocol);
	v.host = token_end((char *)(uintptr_t)host.p, host);
	if (port.p != NULL)
		v.port = token_end((char *)(uintptr_t)port.p, port);
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
