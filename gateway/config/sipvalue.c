#include "gateway/config/value.h"
#include <string.h>
#include "gateway/config/config.h"
#include "sip/trust.h"

/* A host of a SIP URI and nothing else; *out in lower case. */
static bool read_host(struct arena *a, struct str text, struct str *out)
{
	struct str s = str_fmt(a, "sip:%.*s", STR_ARG(text));
	struct uri u;
	const char *why;

	if (!uri_read(s, &u, &why) || u.host.n == 0 || u.host.n != text.n)
		return false;
	*out = str_lower(a, u.host);
	return true;
}

enum value_result value_host(struct value *v)
{
	struct str host;

	if (!read_host(v->a, v->text, &host))
		return value_wrong_text(v, "a host of SIP");
	value_put(v, host);
	return VALUE_OK;
}

enum value_result value_pattern(struct value *v)
{
	struct str rest = v->text, host;

	if (str_eqz(v->text, "*")) {
		value_put(v, v->text);
		return VALUE_OK;
	}
	if (str_starts(v->text, "*."))
		rest = str_from(v->text, 2);
	if (!read_host(v->a, rest, &host))
		return value_wrong_text(v, "a SIP domain, '*.DOMAIN' or '*'");
	value_put(v, str_lower(v->a, v->text));
	return VALUE_OK;
}

enum value_result value_range(struct value *v)
{
	const struct trust_rule none = { .n = 0 };
	struct trust *t = trust_create();
	bool is_good = trust_add(t, v->text, &none);

	trust_destroy(&t);
	if (!is_good)
		return value_wrong_text(v, "an address or address/bits");
	value_put(v, v->text);
	return VALUE_OK;
}

static struct str without_brackets(struct str s)
{
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		return (struct str){ s.p + 1, s.n - 2 };
	return s;
}

enum value_result value_address(struct value *v)
{
	union endpoint e;

	if (!endpoint_read(v->text, 0, &e))
		return value_wrong_text(v, "an IPv4 or IPv6 address");
	value_put(v, without_brackets(v->text));
	return VALUE_OK;
}

/* "host", "host:port", "[v6]" or "[v6]:port"; *port stays where there is
 * none. */
static bool split_port(struct str s, struct str *host, uint16_t *port)
{
	size_t colon;
	uint32_t n;

	if (str_starts(s, "["))
		colon = str_find(s, ']') + 1;
	else
		colon = str_find(s, ':');
	*host = str_head(s, colon);
	if (colon >= s.n)
		return host->n > 0;
	if (s.p[colon] != ':' || !str_to_u32(str_from(s, colon + 1), &n))
		return false;
	if (n == 0 || n > 65535)
		return false;
	*port = (uint16_t)n;
	return host->n > 0;
}

enum value_result value_nameserver(struct value *v)
{
	struct str host;
	uint16_t port = 53;
	union endpoint e;

	if (!split_port(v->text, &host, &port) ||
	    !endpoint_read(host, port, &e))
		return value_wrong_text(v, "address or address:port");
	value_put(v, v->text);
	return VALUE_OK;
}

enum value_result value_advertise(struct value *v)
{
	struct str host;
	uint16_t port = 0;

	if (!split_port(v->text, &host, &port) || !read_host(v->a, host, &host))
		return value_wrong_text(v, "host or host:port");
	value_put(v, host);
	memcpy(v->base + v->o->second, &port, sizeof(port));
	return VALUE_OK;
}

/* transport:address[:port] */
enum value_result value_listen(struct value *v)
{
	struct str rest = v->text, host, name = str_cut(&rest, ':');
	struct config_listen l = { .port = 5060 };
	union endpoint e;

	if (str_ieqz(name, "tls"))
		l.port = 5061;
	if (!transport_read(name, &l.transport) ||
	    !split_port(rest, &host, &l.port) ||
	    !endpoint_read(host, l.port, &e))
		return value_wrong_text(v, "transport:address:port, like "
					   "udp:0.0.0.0:5060");
	l.host = without_brackets(host);
	memcpy(v->base + v->o->offset, &l, sizeof(l));
	return VALUE_OK;
}

/* What sips: means here: TLS to that hop. In Route it would ask for TLS all the
 * way, and in Contact too (RFC 3261 §8.1.1.8), which nobody keeps up behind
 * XMPP. */
static struct str over_tls(struct arena *a, const struct uri *sips)
{
	struct str rest = sips->params, one;
	struct uri u = *sips;

	u.scheme = URI_SIP;
	u.scheme_text = STR_LIT("sip");
	u.params = STR_LIT("transport=tls");
	while (rest.n > 0) {
		one = str_cut(&rest, ';');
		if (!str_istarts(one, "transport="))
			u.params = str_fmt(a, "%.*s;%.*s", STR_ARG(u.params),
					   STR_ARG(one));
	}
	return uri_text(a, &u);
}

enum value_result value_next_hop(struct value *v)
{
	enum transport any;
	struct uri u;
	struct str transport;
	const char *why;

	if (!uri_read(v->text, &u, &why) || u.host.n == 0 ||
	    (u.scheme != URI_SIP && u.scheme != URI_SIPS))
		return value_wrong(v, "must be a SIP URI, like "
				      "sip:proxy.example.net;lr");
	if (u.user.n > 0 || u.password.n > 0 || u.headers.n > 0)
		return value_wrong(v, "must be a host without a user part");
	transport = uri_param(&u, "transport", NULL);
	if (transport.n > 0 && !transport_read(transport, &any))
		return value_wrong(v, "transport must be udp, tcp or tls");
	if (u.scheme == URI_SIPS && str_ieqz(transport, "udp"))
		return value_wrong(v, "sips: cannot go over udp");
	value_put(v, u.scheme == URI_SIPS ? over_tls(v->a, &u) : v->text);
	return VALUE_OK;
}

enum value_result value_uri(struct value *v)
{
	struct uri u;
	const char *why;

	if (!uri_read(v->text, &u, &why) || u.scheme != URI_SIP ||
	    u.user.n == 0 || u.host.n == 0)
		return value_wrong_text(v, "sip:user@host");
	if (u.password.n > 0 || u.port != 0 || u.params.n > 0 ||
	    u.headers.n > 0)
		return value_wrong(v, "must be sip:user@host without port or "
				      "parameters");
	memcpy(v->base + v->o->offset, &u, sizeof(u));
	return VALUE_OK;
}

/* --- numbers of telephones */

enum value_result value_prefix(struct value *v)
{
	size_t i;

	for (i = 0; i < v->text.n; i++)
		if (strchr("0123456789+*.-", v->text.p[i]) == NULL)
			return value_wrong_text(v,
						"made of digits and + * . -");
	if (v->text.n > 32 ||
	    (v->text.n > 0 && memchr(v->text.p, 0, v->text.n)))
		return value_wrong(v, "must have 32 characters at most");
	value_put(v, v->text);
	return VALUE_OK;
}

enum value_result value_digits(struct value *v)
{
	struct str rest = v->text, first = str_cut(&rest, '-');
	uint32_t min, max;

	if (!str_to_u32(first, &min) ||
	    !str_to_u32(rest.p != NULL ? rest : first, &max) || min == 0 ||
	    min > max || max > 32)
		return value_wrong_text(
			v, "a count or range from 1 to 32, like 4-14");
	memcpy(v->base + v->o->offset, &(unsigned){ min }, sizeof(unsigned));
	memcpy(v->base + v->o->second, &(unsigned){ max }, sizeof(unsigned));
	return VALUE_OK;
}
