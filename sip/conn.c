#include "sip/conn.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "gateway/base/log.h"
#include "gateway/base/secure.h"
#include "sip/listener.h"
#include "sip/sources.h"

/* Of all connections, those that we open to one address. */
enum { CALLED_SHARE = 2 };

static struct conn *conn_get(const struct conn_set *s, uint64_t id)
{
	struct conn *c;

	HASH_FIND(hh, s->by_id, &id, sizeof(id), c);
	return c;
}

/* --- end of a connection */

static void conn_free(struct conn *c)
{
	fifo_fini(&c->in);
	fifo_fini(&c->out);
	free(c);
}

/* Takes it out of everything but memory. */
static void conn_detach(struct conn *c)
{
	struct conn_set *s = c->set;

	loop_timer_stop(&c->timer);
	loop_watch_close(&c->watch);
	secure_destroy(&c->secure);
	close(c->fd);
	c->fd = -1;
	connpeer_remove(c);
	HASH_DELETE(hh, s->by_id, c);
	if (c->source != NULL)
		sources_leave(c->is_outgoing ? &s->called : &s->sources,
			      c->source);
	if (c->is_dirty)
		DL_DELETE(s->dirty, c);
	if (c->is_again)
		DL_DELETE2(s->again, c, again_prev, again_next);
	c->is_dirty = c->is_again = false;
	c->state = CONN_CLOSED;
	s->count--;
}

static void bury(void *arg)
{
	struct conn_set *s = arg;
	struct conn *dead = s->dead, *c, *tmp;

	s->dead = NULL;
	DL_FOREACH_SAFE (dead, c, tmp) {
		DL_DELETE(dead, c);
		s->events.on_lost(s->arg, &c->hop, c->why);
		conn_free(c);
	}
}

void conn_close(struct conn *c, const char *why)
{
	struct conn_set *s = c->set;

	if (c->state == CONN_CLOSED)
		return;
	log_debug("conn_closed", F_NUM("conn", c->hop.conn), F_Z("why", why));
	c->why = why;
	conn_detach(c);
	fifo_fini(&c->in);
	fifo_fini(&c->out);
	DL_APPEND(s->dead, c);
	if (!loop_timer_is_running(&s->burial))
		loop_timer_start(s->loop, &s->burial, 0, bury, s);
}

/* --- birth */

static void set_option(int fd, int level, int name, int value)
{
	/* What the kernel does not grant is a loss of comfort only. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* A peer that is gone without a word is noticed within half a minute, with or
 * without bytes on the way. */
static void set_options(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, CONN_UNACKED_MS);
}

/* fd becomes the connection's, unless there is none: NULL. */
static struct conn *conn_new(struct conn_set *s, int fd, const struct hop *h,
			     enum conn_state state)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->set = s;
	c->fd = fd;
	c->state = state;
	c->hop = *h;
	c->hop.socket = 0;
	c->since_ms = c->active_ms = c->sent_ms = loop_now_ms(s->loop);
	if (!loop_watch_open(s->loop, &c->watch, fd, connio_wanted(c),
			     connio_ready, c)) {
		free(c);
		return NULL;
	}
	set_options(fd);
	c->hop.conn = ++s->last_id;
	HASH_ADD(hh, s->by_id, hop.conn, sizeof(c->hop.conn), c);
	s->count++;
	return c;
}

/* Whoever is connected and has said nothing, or nothing that is served, makes
 * room first, the oldest of them: strangers cannot keep us from our peers. */
static bool is_stranger(const struct conn *c)
{
	return !c->is_outgoing && c->flow_ms <= loop_now_ms(c->set->loop) &&
	       (!c->has_message || c->is_distrusted);
}

static bool make_room(struct conn_set *s)
{
	struct conn *c, *tmp, *oldest = NULL;

	if (s->count < s->limits.conns_max)
		return true;
	HASH_ITER (hh, s->by_id, c, tmp) {
		if (is_stranger(c) &&
		    (oldest == NULL || c->hop.conn < oldest->hop.conn))
			oldest = c;
	}
	log_warn("conns_full", F_NUM("limit", s->limits.conns_max),
		 F_Z("made_room", oldest != NULL ? "yes" : "no"));
	if (oldest == NULL)
		return false;
	conn_close(oldest, "too many connections");
	return true;
}

static struct conn *welcome(struct conn_set *s, const struct source *src,
			    int fd, const struct hop *h)
{
	if (src->count > s->limits.conns_per_source_max) {
		char text[INET6_ADDRSTRLEN];

		log_warn("conns_of_source_full",
			 F_STR("address", endpoint_text(&h->peer, text)),
			 F_NUM("limit", s->limits.conns_per_source_max));
		return NULL;
	}
	if (!make_room(s))
		return NULL;
	return conn_new(s, fd, h,
			h->transport == TRANSPORT_TLS ? CONN_HANDSHAKE
						      : CONN_OPEN);
}

static void on_accept(void *arg, int fd, enum transport transport,
		      const union endpoint *peer, struct secure_context *secure)
{
	struct conn_set *s = arg;
	struct hop h = { .transport = transport, .peer = *peer };
	struct source *src = sources_enter(&s->sources, peer);
	struct conn *c;

	c = welcome(s, src, fd, &h);
	if (c == NULL) {
		close(fd);
		sources_leave(&s->sources, src);
		return;
	}
	c->source = src;
	if (transport == TRANSPORT_TLS)
		c->secure = secure_create(secure, fd, NULL);
	connpeer_add(c);
	connio_begin(c);
}

/* Where we call is often for others to say: a Contact, a Via, the DNS. Whoever
 * has many ports gets no more of us than leaves as many for all others: the one
 * that was quiet for longest goes. Behind one address may be many phones. */
static struct source *call_source(struct conn_set *s, const union endpoint *to)
{
	struct source *src = sources_enter(&s->called, to);
	struct conn *c, *tmp, *quiet = NULL;

	if (src->count <= (s->limits.conns_max + 1) / CALLED_SHARE)
		return src;
	HASH_ITER (hh, s->by_id, c, tmp) {
		if (c->source == src &&
		    (quiet == NULL || c->active_ms < quiet->active_ms))
			quiet = c;
	}
	if (quiet != NULL)
		conn_close(quiet, "too many connections to one address");
	return src;
}

/* -1, and errno says what went wrong. */
static int start_connect(const union endpoint *to, const union endpoint *from,
			 bool *is_done)
{
	int fd =
		socket(to->sa.sa_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int error;

	if (fd < 0)
		return -1;
	if (from != NULL) {
		set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
		if (bind(fd, &from->sa, endpoint_bytes(from)) != 0)
			goto fail;
	}
	*is_done = connect(fd, &to->sa, endpoint_bytes(to)) == 0;
	if (*is_done || errno == EINPROGRESS)
		return fd;
fail:
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static struct conn *connect_to(struct conn_set *s, const struct hop *to,
			       const union endpoint *from, const char **why)
{
	bool is_done = false;
	struct conn *c;
	int fd = start_connect(&to->peer, from, &is_done);

	if (fd < 0) {
		*why = strerrordesc_np(errno);
		return NULL;
	}
	c = conn_new(s, fd, to, CONN_CONNECTING);
	if (c == NULL) {
		close(fd);
		*why = "the loop takes no more connections";
		return NULL;
	}
	c->is_outgoing = true;
	c->source = call_source(s, &to->peer);
	connpeer_add(c);
	if (is_done)
		connio_begin(c);
	conntimer_arm(c);
	return c;
}

bool conn_open(struct conn_set *s, struct hop *to, const union endpoint *from,
	       const char **why)
{
	struct conn *c;

	if (endpoint_port(&to->peer) == 0) {
		*why = "no port to connect to";
		return false;
	}
	c = connpeer_find(s, to);
	if (c == NULL) {
		if (!make_room(s)) {
			*why = "too many connections";
			return false;
		}
		c = connect_to(s, to, from, why);
	}
	if (c == NULL)
		return false;
	to->conn = c->hop.conn;
	return true;
}

/* --- the set */

static void flush_dirty(void *arg)
{
	struct conn_set *s = arg;
	struct conn *c;

	while ((c = s->dirty) != NULL) {
		DL_DELETE(s->dirty, c);
		c->is_dirty = false;
		connio_flush(c);
	}
	loop_timer_stop(&s->wake);
}

/* Its work is that the loop turns: the hook does the rest. */
static void wake(void *arg)
{
	(void)arg;
}

void conn_mark_dirty(struct conn *c)
{
	struct conn_set *s = c->set;

	if (c->is_dirty || c->state == CONN_CLOSED)
		return;
	DL_APPEND(s->dirty, c);
	c->is_dirty = true;
	if (!loop_timer_is_running(&s->wake))
		loop_timer_start(s->loop, &s->wake, 0, wake, s);
}

/* Each once: who has still more comes in the next turn. What one brings may end
 * others of them. */
static void read_again(void *arg)
{
	struct conn_set *s = arg;
	struct conn *c;
	size_t n;

	DL_COUNT2(s->again, c, n, again_next);
	while (n-- > 0 && (c = s->again) != NULL) {
		DL_DELETE2(s->again, c, again_prev, again_next);
		c->is_again = false;
		connio_read(c);
	}
}

void conn_mark_again(struct conn *c)
{
	struct conn_set *s = c->set;

	if (c->is_again || c->state == CONN_CLOSED)
		return;
	DL_APPEND2(s->again, c, again_prev, again_next);
	c->is_again = true;
	if (!loop_timer_is_running(&s->again_timer))
		loop_timer_start(s->loop, &s->again_timer, 0, read_again, s);
}

struct conn_set *conn_set_create(struct loop *l,
				 const struct transport_limits *limits,
				 const struct transport_events *e, void *arg)
{
	struct conn_set *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->loop = l;
	s->limits = *limits;
	s->events = *e;
	s->arg = arg;
	s->listeners = listeners_create(l, on_accept, s);
	loop_hook_add(l, &s->flush, LOOP_FLUSH, flush_dirty, s);
	return s;
}

void conn_set_destroy(struct conn_set **sp)
{
	struct conn_set *s = *sp;
	struct conn *c, *tmp;

	if (s == NULL)
		return;
	*sp = NULL;
	/* What is queued may be the last answers of a drain. */
	flush_dirty(s);
	loop_hook_remove(&s->flush);
	HASH_ITER (hh, s->by_id, c, tmp) {
		conn_detach(c);
		conn_free(c);
	}
	DL_FOREACH_SAFE (s->dead, c, tmp) {
		DL_DELETE(s->dead, c);
		conn_free(c);
	}
	loop_timer_stop(&s->wake);
	loop_timer_stop(&s->again_timer);
	loop_timer_stop(&s->burial);
	listeners_destroy(&s->listeners);
	free(s);
}

void conn_set_secure(struct conn_set *s, struct secure_context *c)
{
	s->secure = c;
}

bool conn_set_has_secure(const struct conn_set *s)
{
	return s->secure != NULL;
}

bool conn_listen(struct conn_set *s, enum transport transport,
		 const union endpoint *at, struct secure_context *secure,
		 union endpoint *bound, const char **why)
{
	return listeners_open(s->listeners, transport, at, secure, bound, why);
}

bool conn_exists(struct conn_set *s, uint64_t id)
{
	return conn_get(s, id) != NULL;
}

bool conn_keep(struct conn_set *s, uint64_t id, uint64_t ms)
{
	struct conn *c = conn_get(s, id);
	uint64_t until_ms = loop_now_ms(s->loop) + ms;

	if (c == NULL)
		return false;
	if (c->flow_ms < until_ms)
		c->flow_ms = until_ms;
	return true;
}

void conn_distrust(struct conn_set *s, uint64_t id)
{
	struct conn *c = conn_get(s, id);

	if (c != NULL)
		c->is_distrusted = true;
}

bool conn_local(struct conn_set *s, uint64_t id, union endpoint *out)
{
	struct conn *c = conn_get(s, id);
	socklen_t n = sizeof(c->local);

	memset(out, 0, sizeof(*out));
	if (c == NULL || (c->local.sa.sa_family == AF_UNSPEC &&
			  getsockname(c->fd, &c->local.sa, &n) != 0))
		return false;
	*out = c->local;
	return out->sa.sa_family != AF_UNSPEC;
}

const char *conn_names(struct conn_set *s, uint64_t id)
{
	const struct conn *c = conn_get(s, id);

	return c != NULL && c->secure != NULL ? secure_names(c->secure) : "";
}

bool conn_send(struct conn_set *s, uint64_t id, struct str bytes)
{
	struct conn *c = conn_get(s, id);

	if (c == NULL || !connio_append(c, bytes))
		return false;
	c->active_ms = loop_now_ms(s->loop);
	if (c->owed > 0 && str_starts(bytes, "SIP/2.0 ") && bytes.n > 8 &&
	    bytes.p[8] != '1')
		c->owed--;
	return true;
}

size_t conn_count(const struct conn_set *s)
{
	return s->count;
}
