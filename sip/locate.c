#include "sip/locate.h"

#include <string.h>

enum { PORT_PLAIN = 5060, PORT_TLS = 5061 };

/* A search in progress. */
struct search {
	const struct locate_env *env;
	const struct locate_target *target;
	struct hop *hops;
	int count;
	bool is_missing; /* something is not known yet */
};

/* --- the target */

static bool host_copy(char out[RR_NAME_BYTES], struct str host)
{
	if (host.n > 1 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n >= RR_NAME_BYTES)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		if (c <= ' ' || c >= 0x7f)
			return false;
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	out[host.n] = '\0';
	return true;
}

static bool refuse(const char **why, const char *text)
{
	*why = text;
	return false;
}

/* RFC 3263 §4: TARGET is the maddr parameter, else the host. */
static bool host_read(const struct uri *u, struct locate_target *t,
		      const char **why)
{
	bool has_maddr;
	struct str maddr = uri_param(u, "maddr", &has_maddr);
	struct str host = has_maddr && maddr.n > 0 ? maddr : u->host;

	if (!host_copy(t->host, host) || !host_copy(t->name, u->host))
		return refuse(why, "not a host name");
	t->is_numeric = endpoint_read(host, 0, &t->address);
	return true;
}

static bool transport_param(const struct uri *u, struct locate_target *t,
			    const char **why)
{
	struct str value = uri_param(u, "transport", &t->has_transport);

	if (t->has_transport && !transport_read(value, &t->transport))
		return refuse(why, "a transport that we do not have");
	if (!t->is_secure || !t->has_transport)
		return true;
	if (t->transport == TRANSPORT_UDP)
		return refuse(why, "sips over UDP");
	t->transport = TRANSPORT_TLS; /* RFC 3261 §26.2.2: tcp means on TLS */
	return true;
}

bool locate_target_read(const struct uri *u, bool wants_stream,
			struct locate_target *out, const char **why)
{
	struct locate_target t = { .scheme = u->scheme };

	if (u->scheme != URI_SIP && u->scheme != URI_SIPS &&
	    u->scheme != URI_IM && u->scheme != URI_PRES)
		return refuse(why, "not a SIP address");
	t.is_secure = u->scheme == URI_SIPS;
	t.wants_stream = wants_stream;
	t.port = u->port;
	t.has_port = u->port != 0;
	if (!host_read(u, &t, why) || !transport_param(u, &t, why))
		return false;
	/* RFC 3261 §18.1.1: a large request goes by stream whatever the
	 * address says. */
	if (wants_stream && t.has_transport && t.transport == TRANSPORT_UDP)
		t.transport = TRANSPORT_TCP;
	*out = t;
	return true;
}

/* --- what we have */

static bool has_transport(const struct search *s, enum transport tr)
{
	const struct resolve_options *o = s->env->options;

	if (tr == TRANSPORT_UDP)
		return o->has_udp && !s->target->wants_stream &&
		       !s->target->is_secure;
	if (tr == TRANSPORT_TCP)
		return o->has_tcp && !s->target->is_secure;
	return o->has_tls;
}

static bool has_family(const struct search *s, int family)
{
	return family == AF_INET6 ? s->env->options->has_ipv6
				  : s->env->options->has_ipv4;
}

static enum transport default_transport(const struct locate_target *t)
{
	if (t->has_transport)
		return t->transport;
	if (t->is_secure)
		return TRANSPORT_TLS;
	return t->wants_stream ? TRANSPORT_TCP : TRANSPORT_UDP;
}

static uint16_t default_port(enum transport tr)
{
	return tr == TRANSPORT_TLS ? PORT_TLS : PORT_PLAIN;
}

/* --- hops */

static const struct rr_set *look_up(struct search *s, enum rr_kind kind,
				    const char *name)
{
	static const struct rr_set none;
	const struct rr_set *set = s->env->lookup(s->env->arg, kind, name);

	if (set == NULL)
		s->is_missing = true;
	return set != NULL ? set : &none;
}

static bool is_known(const struct search *s, const struct hop *h)
{
	for (int i = 0; i < s->count; i++) {
		if (s->hops[i].transport == h->transport &&
		    endpoint_eq(&s->hops[i].peer, &h->peer))
			return true;
	}
	return false;
}

static void add_hop(struct search *s, enum transport tr,
		    const union endpoint *address, uint16_t port)
{
	struct hop h = { .transport = tr, .peer = *address };

	if (!has_family(s, address->sa.sa_family) || port == 0)
		return;
	if (address->sa.sa_family == AF_INET6)
		h.peer.in6.sin6_port = htons(port);
	else
		h.peer.in.sin_port = htons(port);
	if (tr == TRANSPORT_TLS)
		memcpy(h.name, s->target->name, sizeof(s->target->name));
	if (s->count < RESOLVE_HOPS_MAX && !is_known(s, &h))
		s->hops[s->count++] = h;
}

static void add_addresses(struct search *s, enum transport tr, uint16_t port,
			  const struct rr_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		add_hop(s, tr, &set->rr[i].address, port);
}

/* Both families are asked for before either is used. */
static void add_host(struct search *s, enum transport tr, const char *host,
		     uint16_t port)
{
	union endpoint literal;

	if (endpoint_read(str_z(host), 0, &literal)) {
		add_hop(s, tr, &literal, port);
		return;
	}
	if (has_family(s, AF_INET6))
		add_addresses(s, tr, port, look_up(s, RR_AAAA, host));
	if (has_family(s, AF_INET))
		add_addresses(s, tr, port, look_up(s, RR_A, host));
}

/* true: the name has SRV records (RFC 2782: a single target "." means that
 * the service is decidedly not there), so that nothing else is to be tried. */
static bool add_srv(struct search *s, enum transport tr, const char *name)
{
	const struct rr_set *set = look_up(s, RR_SRV, name);
	struct rr all[RR_MAX];
	size_t n = set->n;

	if (n == 0)
		return false;
	/* A copy: the set may not outlive the next lookup, and its order is
	 * drawn each time. */
	memcpy(all, set->rr, n * sizeof(*all));
	rr_sort_srv(all, n, s->env->random, s->env->arg);
	for (size_t i = 0; i < n; i++) {
		if (all[i].srv.target[0] != '\0')
			add_host(s, tr, all[i].srv.target, all[i].srv.port);
	}
	return true;
}

/* prefix + host; false when that is no name. */
static bool add_service(struct search *s, enum transport tr, const char *prefix)
{
	char name[RR_NAME_BYTES];
	size_t at = strlen(prefix), n = strlen(s->target->host) + 1;

	if (at + n > sizeof(name) || !s->env->options->wants_srv)
		return false;
	memcpy(name, prefix, at);
	memcpy(name + at, s->target->host, n);
	return add_srv(s, tr, name);
}

/* --- §4.1: NAPTR */

static const struct {
	const char *service;
	enum transport transport;
	bool is_secure;
} services[] = {
	{ "sip+d2u", TRANSPORT_UDP, false },
	{ "sip+d2t", TRANSPORT_TCP, false },
	{ "sips+d2t", TRANSPORT_TLS, true },
};
enum { SERVICE_COUNT = sizeof(services) / sizeof(services[0]) };

/* The row of services, or -1 for what we cannot use. For a sip URI the secure
 * service is as good as another, when we have TLS. */
static int service_of(const struct search *s, const struct rr *rr)
{
	if (rr->naptr.flag != 's' && rr->naptr.flag != 'a')
		return -1;
	for (int i = 0; i < SERVICE_COUNT; i++) {
		if (strcmp(rr->naptr.service, services[i].service) == 0 &&
		    has_transport(s, services[i].transport))
			return i;
	}
	return -1;
}

/* true: it led somewhere, or to the plain word that there is nothing. */
static bool add_naptr(struct search *s, const struct rr *rr, int service)
{
	enum transport tr = services[service].transport;
	int before = s->count;

	if (rr->naptr.flag == 's')
		return add_srv(s, tr, rr->naptr.replacement);
	add_host(s, tr, rr->naptr.replacement, default_port(tr));
	return s->count > before;
}

/* RFC 3403 §4.1: the lowest order that we can use is the only one, unless it
 * leads nowhere. */
static bool locate_naptr(struct search *s)
{
	const struct rr_set *set;
	struct rr all[RR_MAX];
	size_t n;
	bool found = false;

	if (!s->env->options->wants_naptr)
		return false;
	set = look_up(s, RR_NAPTR, s->target->host);
	n = set->n;
	if (n > 0)
		memcpy(all, set->rr, n * sizeof(*all));
	rr_sort_naptr(all, n);
	for (size_t i = 0; i < n; i++) {
		int service = service_of(s, &all[i]);

		if (i > 0 && all[i].naptr.order != all[i - 1].naptr.order &&
		    (found || s->is_missing))
			break;
		if (service >= 0)
			found |= add_naptr(s, &all[i], service);
	}
	return found;
}

/* --- the rules in their order */

static void locate_host(struct search *s)
{
	const struct locate_target *t = s->target;
	enum transport tr = default_transport(t);
	uint16_t port = t->has_port ? t->port : default_port(tr);

	if (!has_transport(s, tr))
		return;
	if (t->is_numeric)
		add_hop(s, tr, &t->address, port);
	else
		add_host(s, tr, t->host, port);
}

/* RFC 3861 §3: the domain may say which SIP service its im or pres users
 * have. */
static bool locate_service_scheme(struct search *s)
{
	enum transport tr = default_transport(s->target);

	if (!has_transport(s, tr))
		return false;
	if (s->target->scheme == URI_IM)
		return add_service(s, tr, "_im._sip.");
	if (s->target->scheme == URI_PRES)
		return add_service(s, tr, "_pres._sip.");
	return false;
}

/* §4.2: the transport is given, the port is not. */
static bool locate_given_transport(struct search *s)
{
	static const char *const prefixes[] = {
		[TRANSPORT_UDP] = "_sip._udp.",
		[TRANSPORT_TCP] = "_sip._tcp.",
		[TRANSPORT_TLS] = "_sips._tcp.",
	};
	enum transport tr = s->target->transport;

	return has_transport(s, tr) && add_service(s, tr, prefixes[tr]);
}

/* §4.1, without NAPTR: whichever of our transports has SRV records is there.
 * UDP first; all are asked for at once. */
static bool locate_any_transport(struct search *s)
{
	bool found = false;

	if (has_transport(s, TRANSPORT_UDP))
		found |= add_service(s, TRANSPORT_UDP, "_sip._udp.");
	if (has_transport(s, TRANSPORT_TCP))
		found |= add_service(s, TRANSPORT_TCP, "_sip._tcp.");
	if (s->target->is_secure && has_transport(s, TRANSPORT_TLS))
		found |= add_service(s, TRANSPORT_TLS, "_sips._tcp.");
	return found;
}

/* Each step is taken only when the one before it has found nothing, and
 * waits when that is not known yet. */
static void locate_name(struct search *s)
{
	static bool (*const by_dns[])(struct search *) = {
		locate_service_scheme, locate_naptr, locate_any_transport
	};
	static bool (*const by_transport[])(struct search *) = {
		locate_service_scheme, locate_given_transport
	};
	bool is_given = s->target->has_transport;
	size_t n = is_given ? 2 : 3;

	for (size_t i = 0; i < n; i++) {
		bool found = is_given ? by_transport[i](s) : by_dns[i](s);

		if (found || s->is_missing)
			return;
	}
	locate_host(s);
}

/* A name of the hosts file is as the administrator wants it: its addresses,
 * with no question to anybody. */
static bool is_local_name(struct search *s)
{
	return look_up(s, RR_HOSTS, s->target->host)->n > 0;
}

int locate(const struct locate_env *e, const struct locate_target *t,
	   struct hop hops[RESOLVE_HOPS_MAX], const char **why)
{
	struct search s = { .env = e, .target = t, .hops = hops };

	if (t->is_numeric || t->has_port || is_local_name(&s))
		locate_host(&s);
	else
		locate_name(&s);
	if (s.is_missing)
		return LOCATE_MISSING;
	if (s.count == 0)
		*why = has_transport(&s, default_transport(t))
			       ? "no address for this host"
			       : "no transport for this address";
	return s.count;
}
