#include "sip/outgoing.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/keyed.h"
#include "gateway/base/pool.h"
#include "sip/party.h"
#include "sip/reader.h"
#include "sip/writer.h"

enum {
	LINE_TAIL_BYTES = 10, /* " SIP/2.0CRLF" */
	/* "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=<28>CRLF", about. */
	VIA_TYPICAL_BYTES = 80,
	CSEQ_TYPICAL_BYTES = 20,
	UDP_BYTES_MAX = 16384 /* in a dozen fragments, if there is no TCP */
};

/* The first element of a route set, as RFC 3261 §12.2.1.1 wants it. */
struct first_route {
	struct uri uri;
	struct str text;    /* of uri */
	struct str further; /* the elements behind it */
	bool is_there, is_loose;
};

static struct first_route first_route_of(struct str route)
{
	struct first_route f = { .further = route };
	const char *why;

	f.text = redirect_uri(value_cut(&f.further));
	f.text = str_head(f.text, str_find(f.text, '?'));
	f.is_there = f.text.n > 0 && uri_read(f.text, &f.uri, &why);
	if (f.is_there)
		(void)uri_param(&f.uri, "lr", &f.is_loose);
	return f;
}

static void write_strict_route(struct strbuf *b, const struct first_route *f,
			       const struct uri *target)
{
	struct str further = str_trim(f->further);

	strbuf_addlit(b, "Route: ");
	strbuf_add(b, further);
	if (further.n > 0)
		strbuf_addlit(b, ", ");
	strbuf_addlit(b, "<");
	uri_write(b, target);
	strbuf_addlit(b, ">\r\n");
}

/* A next hop of the draft's own is preloaded like the proxy, if it is loose. */
static void write_next_hop_route(struct strbuf *b, struct str next_hop)
{
	struct uri u;
	const char *why;
	bool is_loose = false;

	if (uri_read(next_hop, &u, &why))
		(void)uri_param(&u, "lr", &is_loose);
	if (!is_loose)
		return;
	strbuf_addlit(b, "Route: <");
	strbuf_add(b, next_hop);
	strbuf_addlit(b, ">\r\n");
}

static void write_route(struct outgoing_style *s, const struct draft *d,
			const struct first_route *f)
{
	struct str name = STR("Route");

	if (f->is_there && !f->is_loose)
		write_strict_route(&s->scratch, f, &d->target);
	else if (f->is_there)
		writer_header(&s->scratch, name, d->route);
	else if (d->next_hop.n > 0)
		write_next_hop_route(&s->scratch, d->next_hop);
	else if (s->proxy_route.n > 0) /* a preloaded one, §8.1.2 */
		writer_header(&s->scratch, name, s->proxy_route);
}

static void set_line(struct outgoing *o, struct str line)
{
	size_t method_bytes = str_find(line, ' ') + 1;

	o->line = line;
	o->target = str_head(str_from(line, method_bytes),
			     line.n - method_bytes - LINE_TAIL_BYTES);
}

struct str outgoing_host(const struct outgoing *o)
{
	struct uri u;
	const char *why;

	return uri_read(o->target, &u, &why) ? u.host : STR_NONE;
}

/* RFC 3261 §8.1.2: the route set first, then the proxy that the administrator
 * gave, then the Request-URI itself. */
static void set_next_hop(struct outgoing *o, const struct outgoing_style *s,
			 struct str route)
{
	const char *why;

	o->is_routed = true;
	if (route.n > 0 && uri_read(route, &o->next_hop, &why))
		return;
	o->next_hop = s->proxy;
	if (s->proxy.host.n > 0)
		return;
	o->is_routed = false;
	if (!uri_read(o->target, &o->next_hop, &why))
		o->next_hop = (struct uri){ .scheme = URI_OTHER };
}

static struct hop *flow_find(struct outgoing_style *s, const struct draft *d)
{
	struct hop hop = { .socket = 0 }, *kept;

	if (s->flow == NULL || d->route.n > 0 || !s->flow(s->flow_arg, d, &hop))
		return NULL;
	kept = pool_take(sizeof(*kept));
	*kept = hop;
	return kept;
}

struct outgoing *outgoing_create(struct outgoing_style *s,
				 const struct draft *d)
{
	struct hop *flow = flow_find(s, d);
	struct first_route f = { .is_there = false };
	struct strbuf *b = &s->scratch;
	size_t line, route, rest;
	struct outgoing *o;
	bool is_strict;

	if (d->route.n > 0)
		f = first_route_of(d->route);
	is_strict = f.is_there && !f.is_loose;
	strbuf_reset(b);
	writer_line(b, d->method, is_strict ? &f.uri : &d->target);
	line = b->n;
	if (flow == NULL)
		write_route(s, d, &f);
	route = b->n;
	writer_rest(b, d, s->user_agent);
	rest = b->n;
	strbuf_add(b, f.is_there ? f.text : d->next_hop);
	if (b->overflow) {
		pool_give(flow, sizeof(*flow));
		return NULL;
	}
	o = pool_take(sizeof(*o) + b->n);
	memset(o, 0, sizeof(*o));
	o->bytes = b->n;
	memcpy(o->block, b->p, b->n);
	o->flow = flow;
	o->is_once = flow != NULL || d->is_once;
	o->is_brief = d->is_brief;
	o->method = d->method;
	o->cseq = d->cseq;
	o->why = "";
	o->route = (struct str){ o->block + line, route - line };
	o->rest = (struct str){ o->block + route, rest - route };
	set_line(o, (struct str){ o->block, line });
	set_next_hop(o, s, (struct str){ o->block + rest, b->n - rest });
	return o;
}

void outgoing_hurry(struct outgoing *o)
{
	o->is_brief = true;
}

void outgoing_destroy(struct outgoing **op)
{
	struct outgoing *o = *op;

	if (o == NULL)
		return;
	*op = NULL;
	for (size_t i = 0; i < o->pending_count; i++)
		str_free(&o->pending[i]);
	str_free(&o->redirected);
	pool_give(o->hops, o->hop_count * sizeof(*o->hops));
	pool_give(o->flow, sizeof(*o->flow));
	pool_give(o, sizeof(*o) + o->bytes);
}

size_t outgoing_bytes(const struct outgoing *o)
{
	return o->line.n + VIA_TYPICAL_BYTES + o->route.n + CSEQ_TYPICAL_BYTES +
	       o->rest.n;
}

static bool is_seen(const struct outgoing *o, uint64_t hash)
{
	for (size_t i = 0; i <= o->pending_count; i++) {
		if (o->seen[i] == hash)
			return true;
	}
	return false;
}

static bool leads_back(const struct outgoing_style *s, struct str target)
{
	struct uri u;
	const char *why;

	return s->leads_back != NULL && uri_read(target, &u, &why) &&
	       s->leads_back(s->leads_back_arg, &u);
}

void outgoing_add_targets(struct outgoing *o, const struct outgoing_style *s,
			  struct str contacts)
{
	struct str targets[REDIRECT_TARGETS_MAX];
	size_t n = redirect_read(contacts, targets);

	if (o->pending_count == 0)
		o->seen[0] = keyed_hash(o->target.p, o->target.n);
	for (size_t i = 0; i < n; i++) {
		uint64_t hash = keyed_hash(targets[i].p, targets[i].n);

		if (o->pending_count == REDIRECT_TARGETS_MAX)
			return;
		if (is_seen(o, hash) || leads_back(s, targets[i]))
			continue;
		o->pending[o->pending_count++] = str_heap(targets[i]);
		o->seen[o->pending_count] = hash;
	}
}

bool outgoing_has_targets(const struct outgoing *o)
{
	return o->pending_next < o->pending_count;
}

bool outgoing_redirect(struct outgoing *o, struct outgoing_style *s)
{
	struct uri u;
	const char *why;

	if (!outgoing_has_targets(o) ||
	    !uri_read(o->pending[o->pending_next++], &u, &why))
		return false;
	strbuf_reset(&s->scratch);
	writer_line(&s->scratch, o->method, &u);
	str_free(&o->redirected);
	o->redirected = str_heap(strbuf_str(&s->scratch));
	set_line(o, o->redirected);
	if (!o->is_routed)
		(void)uri_read(o->target, &o->next_hop, &why);
	o->cseq++; /* a new request, RFC 3261 §8.1.3.4 */
	o->challenges = (struct credentials_try){ 0 };
	o->is_over_udp = false;
	return true;
}

bool outgoing_falls_back(struct outgoing *o)
{
	if (!o->wants_stream || o->method == METHOD_MESSAGE ||
	    outgoing_bytes(o) > UDP_BYTES_MAX)
		return false;
	o->wants_stream = false;
	o->is_over_udp = true;
	o->round = 0;
	return true;
}
