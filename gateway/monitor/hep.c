#include "gateway/monitor/hep.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "gateway/bridge.h"
#include "gateway/monitor/mask.h"
#include "gateway/monitor/tap.h"

/* Types of chunks of the vendor 0. */
enum {
	CHUNK_FAMILY = 1,
	CHUNK_PROTOCOL = 2,
	CHUNK_FROM4 = 3,
	CHUNK_TO4 = 4,
	CHUNK_FROM6 = 5,
	CHUNK_TO6 = 6,
	CHUNK_FROM_PORT = 7,
	CHUNK_TO_PORT = 8,
	CHUNK_S = 9,
	CHUNK_US = 10,
	CHUNK_KIND = 11,
	CHUNK_AGENT = 12,
	CHUNK_KEY = 14,
	CHUNK_PAYLOAD = 15,
	CHUNK_CORRELATION = 17,
	CHUNK_HEAD_BYTES = 6,
	KIND_SIP = 1,
	KIND_XMPP = 2,
	SELF_MAX_BYTES = 300
};

struct hep {
	struct bridge *bridge; /* borrowed */
	struct tap_listener listener;
	int fd; /* connected */
	uint32_t agent_id;
	struct str key; /* owned */
	struct strbuf packet, shown;
	uint64_t sent, dropped;
};

/* --- writing */

static void put16(struct strbuf *b, size_t v)
{
	strbuf_addc(b, (char)(v >> 8 & 0xff));
	strbuf_addc(b, (char)(v & 0xff));
}

static void put_chunk(struct strbuf *b, unsigned type, const void *p, size_t n)
{
	put16(b, 0);
	put16(b, type);
	put16(b, n + CHUNK_HEAD_BYTES);
	strbuf_add(b, (struct str){ p, n });
}

static void put_byte(struct strbuf *b, unsigned type, unsigned v)
{
	unsigned char c = (unsigned char)v;

	put_chunk(b, type, &c, 1);
}

static void put_port(struct strbuf *b, unsigned type, uint16_t port)
{
	uint16_t v = htons(port);

	put_chunk(b, type, &v, sizeof(v));
}

static void put_long(struct strbuf *b, unsigned type, uint32_t v)
{
	uint32_t n = htonl(v);

	put_chunk(b, type, &n, sizeof(n));
}

static void put_addresses(struct strbuf *b, const struct hep_packet *p)
{
	if (p->from.sa.sa_family == AF_INET6) {
		put_chunk(b, CHUNK_FROM6, &p->from.in6.sin6_addr, 16);
		put_chunk(b, CHUNK_TO6, &p->to.in6.sin6_addr, 16);
		return;
	}
	put_chunk(b, CHUNK_FROM4, &p->from.in.sin_addr, 4);
	put_chunk(b, CHUNK_TO4, &p->to.in.sin_addr, 4);
}

bool hep_write(struct strbuf *b, const struct hep_packet *p)
{
	size_t start = b->n;

	strbuf_addz(b, "HEP3");
	put16(b, 0);
	put_byte(b, CHUNK_FAMILY,
		 p->from.sa.sa_family == AF_INET6 ? AF_INET6 : AF_INET);
	put_byte(b, CHUNK_PROTOCOL, p->is_tcp ? IPPROTO_TCP : IPPROTO_UDP);
	put_addresses(b, p);
	put_port(b, CHUNK_FROM_PORT, endpoint_port(&p->from));
	put_port(b, CHUNK_TO_PORT, endpoint_port(&p->to));
	put_long(b, CHUNK_S, p->s);
	put_long(b, CHUNK_US, p->us);
	put_byte(b, CHUNK_KIND, p->is_sip ? KIND_SIP : KIND_XMPP);
	put_long(b, CHUNK_AGENT, p->agent_id);
	if (p->key.n > 0)
		put_chunk(b, CHUNK_KEY, p->key.p, p->key.n);
	if (p->correlation.n > 0)
		put_chunk(b, CHUNK_CORRELATION, p->correlation.p,
			  p->correlation.n);
	put_chunk(b, CHUNK_PAYLOAD, p->payload.p, p->payload.n);
	if (b->overflow || b->n - start > HEP_MAX_BYTES)
		return false;
	b->p[start + 4] = (char)((b->n - start) >> 8 & 0xff);
	b->p[start + 5] = (char)((b->n - start) & 0xff);
	return true;
}

/* --- who and where */

static union endpoint nowhere(int family)
{
	union endpoint e;

	endpoint_read(family == AF_INET6 ? STR_LIT("::") : STR_LIT("0.0.0.0"),
		      0, &e);
	return e;
}

/* Our own end, as we name it to that peer. */
static union endpoint self_of(struct hep *h, const struct hop *hop)
{
	union endpoint e = nowhere(hop->peer.sa.sa_family), read;
	const char *why;
	struct strbuf b;
	struct uri uri;

	strbuf_init(&b, SELF_MAX_BYTES);
	strbuf_addz(&b, "sip:");
	transport_write_contact(agent_transports(h->bridge->agent), &b, hop);
	if (uri_read(strbuf_str(&b), &uri, &why) &&
	    endpoint_read(uri.host, (uint16_t)(uri.port ? uri.port : 5060),
			  &read) &&
	    read.sa.sa_family == e.sa.sa_family)
		e = read;
	strbuf_fini(&b);
	return e;
}

static void ends_of_sip(struct hep *h, const struct tap_message *m,
			struct hep_packet *p)
{
	union endpoint self = self_of(h, m->hop);

	p->is_tcp = m->hop->transport != TRANSPORT_UDP;
	p->from = m->is_out ? self : m->hop->peer;
	p->to = m->is_out ? m->hop->peer : self;
}

/* The server by its address, where the settings have one. */
static void ends_of_xmpp(const struct tap_message *m, struct hep_packet *p)
{
	const struct config_component *c = m->link->cfg;
	union endpoint server, self;

	if (!endpoint_read(c->host, c->port, &server)) {
		server = nowhere(AF_INET);
		server.in.sin_port = htons(c->port);
	}
	self = nowhere(server.sa.sa_family);
	p->is_tcp = true;
	p->from = m->is_out ? self : server;
	p->to = m->is_out ? server : self;
}

/* The value behind a mark, up to end. */
static struct str value_after(struct str s, const char *mark, char end)
{
	size_t i, n = strlen(mark);

	for (i = 0; i + n < s.n; i++)
		if (str_istarts(str_from(s, i), mark)) {
			s = str_from(s, i + n);
			return str_trim(str_head(s, str_find(s, end)));
		}
	return STR_NONE;
}

static struct str correlation_of(const struct tap_message *m)
{
	struct str id;

	if (!m->is_sip)
		return value_after(str_head(m->bytes, str_find(m->bytes, '>')),
				   " id='", '\'');
	id = value_after(m->bytes, "\nCall-ID:", '\r');
	return id.n > 0 ? id : value_after(m->bytes, "\ni:", '\r');
}

static void on_message(void *arg, const struct tap_message *m)
{
	struct hep *h = arg;
	struct timespec now;
	struct hep_packet p = { .is_sip = m->is_sip,
				.agent_id = h->agent_id,
				.key = h->key,
				.correlation = correlation_of(m) };

	clock_gettime(CLOCK_REALTIME, &now);
	p.s = (uint32_t)now.tv_sec;
	p.us = (uint32_t)(now.tv_nsec / 1000);
	if (m->is_sip)
		ends_of_sip(h, m, &p);
	else
		ends_of_xmpp(m, &p);
	strbuf_reset(&h->shown);
	mask_write(&h->shown, m->is_sip, m->bytes, true);
	p.payload = strbuf_str(&h->shown);
	strbuf_reset(&h->packet);
	if (!h->shown.overflow && hep_write(&h->packet, &p) &&
	    send(h->fd, h->packet.p, h->packet.n,
		 MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)h->packet.n)
		h->sent++;
	else
		h->dropped++;
}

/* --- life */

struct hep *hep_open(struct bridge *b, const char **why)
{
	const struct config *c = b->cfg;
	union endpoint to;
	struct hep *h;
	int fd;

	if (!endpoint_read(c->hep.host, c->hep.port, &to)) {
		*why = "no address";
		return NULL;
	}
	fd = socket(to.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0 || connect(fd, &to.sa, endpoint_bytes(&to)) != 0) {
		*why = strerror(errno);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		abort();
	h->bridge = b;
	h->fd = fd;
	h->agent_id = c->hep_agent_id;
	h->key = str_heap(c->hep_key);
	strbuf_init(&h->packet, HEP_MAX_BYTES);
	strbuf_init(&h->shown, HEP_MAX_BYTES);
	tap_listen(b->tap, &h->listener, on_message, h);
	return h;
}

void hep_close(struct hep **hp)
{
	struct hep *h = *hp;

	if (h == NULL)
		return;
	*hp = NULL;
	tap_leave(h->bridge->tap, &h->listener);
	close(h->fd);
	str_free(&h->key);
	strbuf_fini(&h->packet);
	strbuf_fini(&h->shown);
	free(h);
}

uint64_t hep_sent(const struct hep *h)
{
	return h->sent;
}

uint64_t hep_dropped(const struct hep *h)
{
	return h->dropped;
}
