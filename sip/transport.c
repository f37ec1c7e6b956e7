#include "sip/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "gateway/base/loop.h"
#include "sip/conn.h"
#include "sip/ownaddr.h"
#include "sip/udp.h"

enum { POINTS_MAX = 16, WHY_MAX_BYTES = 192 };

struct point {
	enum transport transport;
	union endpoint bound;
	bool is_wildcard;
	uint32_t socket;       /* UDP */
	struct str advertised; /* owned; none: our address towards the peer */
	uint16_t advertised_port;
};

struct transport_set {
	struct loop *loop;    /* borrowed */
	struct udp *udp;      /* owned */
	struct conn_set *tcp; /* owned; TLS too */
	struct point points[POINTS_MAX];
	size_t count;
	struct ownaddr own;
	transport_tap_fn *tap; /* NULL: nobody looks on */
	void *tap_arg;
	char why[WHY_MAX_BYTES];
};

static const struct transport_limits defaults = {
	.conns_max = 256,
	.conns_per_source_max = 16,
	.first_message_ms = 30000,
	.idle_ms = 180000,
	.connect_ms = 4000,
	.message_ms = 10000,
	.conn_queue_bytes = 1 << 20,
	.keepalive_ms = 30000,
	.udp_buffer_bytes = 4 << 20,
};

static struct transport_limits or_defaults(const struct transport_limits *l)
{
	const struct transport_limits *d = &defaults;

	return (struct transport_limits){
		.conns_max = l->conns_max ? l->conns_max : d->conns_max,
		.conns_per_source_max = l->conns_per_source_max
						? l->conns_per_source_max
						: d->conns_per_source_max,
		.first_message_ms = l->first_message_ms ? l->first_message_ms
							: d->first_message_ms,
		.idle_ms = l->idle_ms ? l->idle_ms : d->idle_ms,
		.connect_ms = l->connect_ms ? l->connect_ms : d->connect_ms,
		.message_ms = l->message_ms ? l->message_ms : d->message_ms,
		.conn_queue_bytes = l->conn_queue_bytes ? l->conn_queue_bytes
							: d->conn_queue_bytes,
		.keepalive_ms =
			l->keepalive_ms ? l->keepalive_ms : d->keepalive_ms,
		.udp_buffer_bytes = l->udp_buffer_bytes ? l->udp_buffer_bytes
							: d->udp_buffer_bytes,
		.has_segments = l->has_segments,
	};
}

struct transport_set *transport_create(struct loop *l,
				       const struct transport_limits *limits,
				       const struct transport_events *e,
				       void *arg)
{
	struct transport_set *t = calloc(1, sizeof(*t));
	struct transport_limits filled = or_defaults(limits);

	if (t == NULL)
		abort();
	t->loop = l;
	t->udp = udp_create(l, &filled, e, arg);
	t->tcp = conn_set_create(l, &filled, e, arg);
	return t;
}

void transport_destroy(struct transport_set **tp)
{
	struct transport_set *t = *tp;

	if (t == NULL)
		return;
	*tp = NULL;
	udp_destroy(&t->udp);
	conn_set_destroy(&t->tcp);
	for (size_t i = 0; i < t->count; i++)
		str_free(&t->points[i].advertised);
	free(t);
}

void transport_set_secure(struct transport_set *t, struct secure_context *c)
{
	conn_set_secure(t->tcp, c);
}

const char transport_untrusted[] = "a certificate was refused";
const char transport_cut[] = "closed by the peer";

const char *transport_names(struct transport_set *t, const struct hop *from)
{
	return from->transport == TRANSPORT_TLS ? conn_names(t->tcp, from->conn)
						: "";
}

/* --- listen points */

static bool is_wildcard(const union endpoint *e)
{
	if (e->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&e->in6.sin6_addr);
	return e->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

static bool is_loopback(const union endpoint *e)
{
	if (e->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&e->in6.sin6_addr);
	return ntohl(e->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool refuse(struct transport_set *t, const struct listen_point *p,
		   const char *text, const char **why)
{
	static const char *const names[] = { "udp", "tcp", "tls" };

	snprintf(t->why, sizeof(t->why), "%s %.*s:%u: %s", names[p->transport],
		 STR_ARG(str_head(p->host, 64)), p->port,
		 text ? text : "cannot be opened");
	*why = t->why;
	return false;
}

static bool point_open(struct transport_set *t, const struct listen_point *p,
		       const union endpoint *at, struct point *out,
		       const char **why)
{
	if (p->transport != TRANSPORT_UDP)
		return conn_listen(t->tcp, p->transport, at, p->secure,
				   &out->bound, why);
	out->socket = udp_open(t->udp, at, why);
	if (out->socket == 0)
		return false;
	out->bound = *udp_local(t->udp, out->socket);
	return true;
}

bool transport_listen(struct transport_set *t, const struct listen_point *p,
		      const char **why)
{
	struct point new = { .transport = p->transport };
	union endpoint at;
	const char *text = NULL;

	if (t->count == POINTS_MAX)
		return refuse(t, p, "too many listen points", why);
	if (!endpoint_read(p->host, p->port, &at))
		return refuse(t, p, "not a numeric address", why);
	if (p->transport == TRANSPORT_TLS && p->secure == NULL)
		return refuse(t, p, "TLS without a certificate", why);
	if (!point_open(t, p, &at, &new, &text))
		return refuse(t, p, text, why);
	new.is_wildcard = is_wildcard(&new.bound);
	if (p->advertised_host.n > 0)
		new.advertised = str_heap(p->advertised_host);
	new.advertised_port = p->advertised_port ? p->advertised_port
						 : endpoint_port(&new.bound);
	t->points[t->count++] = new;
	return true;
}

uint16_t transport_port(const struct transport_set *t, size_t i)
{
	return i < t->count ? endpoint_port(&t->points[i].bound) : 0;
}

size_t transport_conn_count(const struct transport_set *t)
{
	return conn_count(t->tcp);
}

/* --- which way */

/* The listen point whose address speaks for us on the way to a peer: the one
 * that is bound to `own`, else a wildcard, else any. NULL: there is none. */
static const struct point *point_for(const struct transport_set *t,
				     enum transport tr, int family,
				     const union endpoint *own)
{
	const struct point *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct point *p = &t->points[i];
		union endpoint at = p->bound;
		int rank = 1;

		if (p->transport != tr || p->bound.sa.sa_family != family)
			continue;
		if (family == AF_INET6)
			at.in6.sin6_port = 0;
		else
			at.in.sin_port = 0;
		if (own != NULL && endpoint_eq(&at, own))
			rank = 3;
		else if (p->is_wildcard)
			rank = 2;
		if (rank > best_rank) {
			best = p;
			best_rank = rank;
		}
	}
	return best;
}

bool transport_is_shed(const struct transport_set *t)
{
	return udp_is_shed(t->udp);
}

bool transport_has(const struct transport_set *t, enum transport tr, int family)
{
	if (tr != TRANSPORT_TLS)
		return point_for(t, tr, family, NULL) != NULL;
	return conn_set_has_secure(t->tcp) &&
	       (point_for(t, TRANSPORT_TLS, family, NULL) != NULL ||
		point_for(t, TRANSPORT_TCP, family, NULL) != NULL ||
		point_for(t, TRANSPORT_UDP, family, NULL) != NULL);
}

static bool own_address(struct transport_set *t, const union endpoint *peer,
			union endpoint *own)
{
	return ownaddr_get(&t->own, loop_now_ms(t->loop), peer, own);
}

static const struct point *point_towards(struct transport_set *t,
					 const struct hop *to)
{
	union endpoint own;
	bool has_own = own_address(t, &to->peer, &own);

	return point_for(t, to->transport, to->peer.sa.sa_family,
			 has_own ? &own : NULL);
}

static bool prepare_udp(struct transport_set *t, struct hop *to,
			const char **why)
{
	const struct point *p;

	to->conn = 0;
	if (to->socket != 0) {
		*why = "no such socket";
		return udp_local(t->udp, to->socket) != NULL;
	}
	p = point_towards(t, to);
	if (p == NULL) {
		*why = "no such transport";
		return false;
	}
	to->socket = p->socket;
	return true;
}

/* A request leaves from the address that its peer knows us by. */
static bool prepare_conn(struct transport_set *t, struct hop *to,
			 const char **why)
{
	const struct point *p = point_towards(t, to);
	union endpoint from;
	bool is_bound = p != NULL && !p->is_wildcard &&
			is_loopback(&p->bound) == is_loopback(&to->peer);

	if (is_bound) {
		from = p->bound;
		if (from.sa.sa_family == AF_INET6)
			from.in6.sin6_port = 0;
		else
			from.in.sin_port = 0;
	}
	return conn_open(t->tcp, to, is_bound ? &from : NULL, why);
}

bool transport_prepare(struct transport_set *t, struct hop *to,
		       const char **why)
{
	if (to->transport == TRANSPORT_UDP)
		return prepare_udp(t, to, why);
	to->socket = 0;
	if (to->conn != 0) {
		*why = "the connection is gone";
		return conn_exists(t->tcp, to->conn);
	}
	if (!transport_has(t, to->transport, to->peer.sa.sa_family)) {
		*why = "no such transport";
		return false;
	}
	return prepare_conn(t, to, why);
}

void transport_tap(struct transport_set *t, transport_tap_fn *fn, void *arg)
{
	t->tap = fn;
	t->tap_arg = arg;
}

void transport_tell(const struct transport_set *t, const struct hop *from,
		    struct str bytes)
{
	if (t->tap != NULL)
		t->tap(t->tap_arg, false, from, bytes);
}

bool transport_is_there(struct transport_set *t, const struct hop *to)
{
	if (to->transport == TRANSPORT_UDP)
		return udp_local(t->udp, to->socket) != NULL;
	return to->conn != 0 && conn_exists(t->tcp, to->conn);
}

bool transport_keep(struct transport_set *t, const struct hop *from,
		    uint64_t ms)
{
	if (from->transport == TRANSPORT_UDP)
		return transport_is_there(t, from);
	return conn_keep(t->tcp, from->conn, ms);
}

void transport_distrust(struct transport_set *t, const struct hop *from)
{
	if (from->transport != TRANSPORT_UDP)
		conn_distrust(t->tcp, from->conn);
}

bool transport_send(struct transport_set *t, const struct hop *to,
		    struct str bytes)
{
	if (t->tap != NULL)
		t->tap(t->tap_arg, true, to, bytes);
	if (to->transport == TRANSPORT_UDP)
		return udp_send(t->udp, to->socket, &to->peer, bytes);
	return conn_send(t->tcp, to->conn, bytes);
}

/* --- what we are called */

struct self {
	const struct point *point; /* NULL: nothing listens for it */
	union endpoint local;	   /* of the socket; a wildcard at worst */
};

static const struct point *point_of_socket(const struct transport_set *t,
					   uint32_t socket)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->points[i].transport == TRANSPORT_UDP &&
		    t->points[i].socket == (socket & 0xff))
			return &t->points[i];
	}
	return NULL;
}

/* sent-by is where answers go when the connection breaks (RFC 3261 §18.2.2):
 * the port that listens, not that of the connection. */
static struct self self_of(struct transport_set *t, const struct hop *to)
{
	struct self s = { 0 };
	union endpoint own;

	s.local.sa.sa_family = to->peer.sa.sa_family;
	if (to->transport == TRANSPORT_UDP) {
		s.point = point_of_socket(t, to->socket);
		if (s.point != NULL)
			s.local = *udp_local(t->udp, to->socket);
	} else {
		s.point = point_towards(t, to);
		(void)conn_local(t->tcp, to->conn, &s.local);
		if (s.local.sa.sa_family == AF_UNSPEC && s.point != NULL)
			s.local = s.point->bound;
	}
	if (is_wildcard(&s.local) && own_address(t, &to->peer, &own)) {
		if (own.sa.sa_family == AF_INET6)
			own.in6.sin6_port = s.local.in6.sin6_port;
		else
			own.in.sin_port = s.local.in.sin_port;
		s.local = own;
	}
	return s;
}

static void write_host(struct strbuf *b, struct str host)
{
	bool is_bare_ipv6 =
		str_find(host, ':') < host.n && !str_starts(host, "[");

	if (is_bare_ipv6)
		strbuf_addc(b, '[');
	strbuf_add(b, host);
	if (is_bare_ipv6)
		strbuf_addc(b, ']');
}

static void write_self(struct transport_set *t, struct strbuf *b,
		       const struct hop *to)
{
	struct self s = self_of(t, to);

	if (s.point != NULL && s.point->advertised.n > 0)
		write_host(b, s.point->advertised);
	else
		endpoint_write_host(b, &s.local);
	strbuf_addc(b, ':');
	strbuf_addu(b, s.point != NULL ? s.point->advertised_port
				       : endpoint_port(&s.local));
}

void transport_write_via(struct transport_set *t, struct strbuf *b,
			 const struct hop *to)
{
	strbuf_addlit(b, "SIP/2.0/");
	strbuf_add(b, transport_name(to->transport));
	strbuf_addc(b, ' ');
	write_self(t, b, to);
}

void transport_write_contact(struct transport_set *t, struct strbuf *b,
			     const struct hop *to)
{
	static const char *const params[] = { [TRANSPORT_UDP] = "",
					      [TRANSPORT_TCP] =
						      ";transport=tcp",
					      [TRANSPORT_TLS] =
						      ";transport=tls" };

	write_self(t, b, to);
	strbuf_addz(b, params[to->transport]);
}
