#include "sip/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "gateway/base/loop.h"
#include "gateway/base/pages.h"
#include "sip/backlog.h"
#include "sip/batch.h"
#include "sip/icmp.h"
#include "sip/pktinfo.h"

enum {
	BATCH = 64,	    /* datagrams a system call */
	BATCHES_A_TURN = 4, /* so that one socket does not starve the rest */
	/* One more than can come; and not 65536, lest all first lines of
	 * datagrams share the same few sets of the cache. */
	SLOT_BYTES = 65536 + 192,
	DATAGRAM_BYTES = 1500,	    /* as a rule no more */
	QUEUE_KEEP_BYTES = 1 << 20, /* memory kept by an empty queue */
	NO_BUFFERS_PAUSE_MS = 10,
	/* What is in the way of segments (a tunnel, a small link) stays there
	 * for a while. */
	WHOLE_MS = 60000
};

struct udp_socket {
	struct udp *udp; /* borrowed: owns us */
	struct loop_watch watch;
	struct loop_timer pause; /* the kernel is out of buffers */
	int fd;			 /* owned */
	uint32_t index;		 /* counted from 1 */
	union endpoint bound;
	bool is_wildcard;
	bool is_blocked;	 /* waits for LOOP_OUT or the pause */
	bool is_retry;		 /* the head of the queue failed once already */
	uint64_t whole_until_ms; /* no segments before that */
	struct backlog backlog;
	struct fifo out;
};

struct udp {
	struct loop *loop; /* borrowed */
	bool is_closing;   /* nobody wants to hear of losses any more */
	struct transport_events events;
	void *arg;
	int buffer_bytes;
	bool has_segments;
	struct loop_hook flush;
	struct loop_timer wake; /* when something was queued outside a turn */
	struct udp_socket *sockets[UDP_SOCKETS_MAX]; /* owned */
	size_t count;
	struct locals locals;
	unsigned char *slab; /* owned; BATCH slots, mostly untouched */
	struct hop from;     /* of the datagram in hand */
	bool is_shed;	     /* likewise */
	struct batch out;
	struct mmsghdr in[BATCH];
	struct iovec in_iov[BATCH];
	union endpoint in_peer[BATCH];
	_Alignas(struct cmsghdr) unsigned char in_control[BATCH][PKTINFO_BYTES];
};

static void flush_all(void *arg);
static void wake(void *arg);

/* --- life */

struct udp *udp_create(struct loop *l, const struct transport_limits *limits,
		       const struct transport_events *e, void *arg)
{
	struct udp *u = calloc(1, sizeof(*u));

	if (u == NULL)
		abort();
	u->loop = l;
	u->events = *e;
	u->arg = arg;
	u->buffer_bytes = limits->udp_buffer_bytes;
	u->has_segments = limits->has_segments;
	u->slab = mmap(NULL, (size_t)BATCH * SLOT_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (u->slab == MAP_FAILED)
		abort();
	for (size_t i = 0; i < BATCH; i++) {
		pages_touch(u->slab + i * SLOT_BYTES, DATAGRAM_BYTES);
		u->in_iov[i].iov_base = u->slab + i * SLOT_BYTES;
		u->in_iov[i].iov_len = SLOT_BYTES;
		u->in[i].msg_hdr.msg_iov = &u->in_iov[i];
		u->in[i].msg_hdr.msg_iovlen = 1;
		u->in[i].msg_hdr.msg_name = &u->in_peer[i];
	}
	u->from.transport = TRANSPORT_UDP;
	loop_hook_add(l, &u->flush, LOOP_FLUSH, flush_all, u);
	return u;
}

static void socket_destroy(struct udp_socket *s)
{
	loop_timer_stop(&s->pause);
	loop_watch_close(&s->watch);
	close(s->fd);
	fifo_fini(&s->out);
	free(s);
}

void udp_destroy(struct udp **up)
{
	struct udp *u = *up;

	if (u == NULL)
		return;
	*up = NULL;
	/* What is queued may be the last answers of a drain. */
	u->is_closing = true;
	flush_all(u);
	loop_timer_stop(&u->wake);
	loop_hook_remove(&u->flush);
	for (size_t i = 0; i < u->count; i++)
		socket_destroy(u->sockets[i]);
	munmap(u->slab, (size_t)BATCH * SLOT_BYTES);
	free(u);
}

static struct udp_socket *socket_get(const struct udp *u, uint32_t number)
{
	uint32_t index = number & 0xff;

	return index >= 1 && index <= u->count ? u->sockets[index - 1] : NULL;
}

const union endpoint *udp_local(const struct udp *u, uint32_t number)
{
	const struct udp_socket *s = socket_get(u, number);
	const union endpoint *own;

	if (s == NULL)
		return NULL;
	own = locals_get(&u->locals, number >> 8, s->bound.sa.sa_family);
	return own != NULL ? own : &s->bound;
}

/* --- what was lost */

static void lost(struct udp_socket *s, const union endpoint *peer, int error)
{
	struct hop to = { .transport = TRANSPORT_UDP,
			  .peer = *peer,
			  .socket = s->index };
	const char *why = strerrordesc_np(error);

	if (s->udp->is_closing)
		return;
	s->udp->events.on_lost(s->udp->arg, &to, why ? why : "not sent");
}

static void on_refused(void *arg, const union endpoint *peer, int error)
{
	lost(arg, peer, error);
}

static void errors_read(struct udp_socket *s)
{
	icmp_read(s->fd, on_refused, s);
}

/* --- in */

/* Nothing but line ends keeps a NAT binding open; it is no message. */
static bool is_keepalive(struct str bytes)
{
	size_t i = 0;

	while (i < bytes.n && (bytes.p[i] == '\r' || bytes.p[i] == '\n'))
		i++;
	return i == bytes.n;
}

static void deliver(struct udp_socket *s, size_t i)
{
	struct udp *u = s->udp;
	struct msghdr *m = &u->in[i].msg_hdr;
	struct str bytes = { u->in_iov[i].iov_base, u->in[i].msg_len };
	union endpoint own;

	/* To port 0 nothing can be answered: it can only be forged. */
	if ((m->msg_flags & MSG_TRUNC) || is_keepalive(bytes) ||
	    endpoint_port(&u->in_peer[i]) == 0)
		return;
	u->from.peer = u->in_peer[i];
	u->from.socket = s->index;
	if (s->is_wildcard && pktinfo_read(m, &s->bound, &own))
		u->from.socket |= locals_number(&u->locals, &own) << 8;
	u->is_shed = backlog_sheds(&s->backlog, i);
	u->events.on_message(u->arg, bytes, &u->from);
	u->is_shed = false;
}

static void slots_prepare(struct udp_socket *s)
{
	struct udp *u = s->udp;

	for (size_t i = 0; i < BATCH; i++) {
		struct msghdr *m = &u->in[i].msg_hdr;

		m->msg_namelen = sizeof(u->in_peer[i]);
		m->msg_control = s->is_wildcard ? u->in_control[i] : NULL;
		m->msg_controllen = s->is_wildcard ? PKTINFO_BYTES : 0;
	}
}

bool udp_is_shed(const struct udp *u)
{
	return u->is_shed;
}

/* A batch that is not full was the last: what comes meanwhile is seen in the
 * next turn. Errors that the kernel holds for us come before data. */
static void receive(struct udp_socket *s)
{
	for (int batch = 0; batch < BATCHES_A_TURN; batch++) {
		int n;

		slots_prepare(s);
		n = recvmmsg(s->fd, s->udp->in, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0) {
			if (errno != EAGAIN || batch == 0)
				errors_read(s);
			continue;
		}
		for (int i = 0; i < n; i++)
			deliver(s, (size_t)i);
		if (s->udp->events.on_read != NULL)
			s->udp->events.on_read(s->udp->arg);
		if (n < BATCH) {
			backlog_over(&s->backlog);
			return;
		}
	}
	backlog_look(&s->backlog, s->fd, loop_now_ms(s->udp->loop));
}

/* --- out */

bool udp_send(struct udp *u, uint32_t number, const union endpoint *peer,
	      struct str bytes)
{
	struct udp_socket *s = socket_get(u, number);

	if (s == NULL || bytes.n > UDP_DATAGRAM_MAX_BYTES ||
	    peer->sa.sa_family != s->bound.sa.sa_family ||
	    endpoint_port(peer) == 0 ||
	    !batch_put(&s->out, UDP_QUEUE_MAX_BYTES, peer, number >> 8, bytes))
		return false;
	if (!s->is_blocked && !loop_timer_is_running(&u->wake))
		loop_timer_start(u->loop, &u->wake, 0, wake, u);
	return true;
}

static void pause_over(void *arg)
{
	struct udp_socket *s = arg;

	s->is_blocked = false;
}

/* What the kernel says when it, a tunnel or a small link is in the way of
 * segments (udp(7)). */
static bool is_of_segments(int error)
{
	return error == EINVAL || error == EIO || error == EMSGSIZE ||
	       error == EOPNOTSUPP;
}

/* The error may be that of an earlier datagram, which the kernel reports at
 * the next call: so the head is tried once more before it is dropped, or what
 * went as one message goes one by one. */
static void head_failed(struct udp_socket *s, int error)
{
	union endpoint peer;

	if (error == EINTR)
		return;
	if (error == EAGAIN) {
		s->is_blocked = true;
		loop_watch_set(&s->watch, LOOP_IN | LOOP_OUT);
		return;
	}
	if (error == ENOBUFS || error == ENOMEM) {
		s->is_blocked = true;
		loop_timer_start(s->udp->loop, &s->pause, NO_BUFFERS_PAUSE_MS,
				 pause_over, s);
		return;
	}
	errors_read(s);
	if (!s->is_retry) {
		s->is_retry = true;
		return;
	}
	if (s->udp->out.datagrams[0] > 1 && is_of_segments(error)) {
		s->whole_until_ms = loop_now_ms(s->udp->loop) + WHOLE_MS;
		s->is_retry = false;
		return;
	}
	peer = batch_drop(&s->out);
	s->is_retry = false;
	lost(s, &peer, error);
}

static bool may_segment(const struct udp_socket *s)
{
	return s->udp->has_segments &&
	       loop_now_ms(s->udp->loop) >= s->whole_until_ms;
}

static void flush(struct udp_socket *s)
{
	struct udp *u = s->udp;
	struct batch *b = &u->out;

	while (fifo_bytes(&s->out) > 0 && !s->is_blocked) {
		int sent;

		batch_fill(b, &s->out, s->is_wildcard ? &u->locals : NULL,
			   may_segment(s));
		sent = sendmmsg(s->fd, b->message, b->count,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			batch_took(b, &s->out, (unsigned)sent);
			s->is_retry = false;
		} else {
			head_failed(s, sent < 0 ? errno : EAGAIN);
		}
	}
	fifo_trim(&s->out, QUEUE_KEEP_BYTES);
}

static void flush_all(void *arg)
{
	struct udp *u = arg;

	/* First: who hears here that a datagram was lost may send another, over
	 * a socket that has had its turn. */
	loop_timer_stop(&u->wake);
	for (size_t i = 0; i < u->count; i++)
		flush(u->sockets[i]);
}

/* Its work is that the loop turns: the hook does the rest. */
static void wake(void *arg)
{
	(void)arg;
}

static void on_ready(void *arg, unsigned events)
{
	struct udp_socket *s = arg;

	if ((events & LOOP_OUT) && !loop_timer_is_running(&s->pause)) {
		s->is_blocked = false;
		loop_watch_set(&s->watch, LOOP_IN);
	}
	if (events & LOOP_IN)
		receive(s);
}

/* --- opening */

static bool is_wildcard(const union endpoint *at)
{
	if (at->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&at->in6.sin6_addr);
	return at->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

static void set_option(int fd, int name, int value)
{
	/* What the kernel does not grant is a loss of comfort only. */
	(void)setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

static void set_options(const struct udp_socket *s)
{
	int bytes = s->udp->buffer_bytes;

	set_option(s->fd, SO_RCVBUF, bytes);
	set_option(s->fd, SO_RCVBUFFORCE, bytes);
	set_option(s->fd, SO_SNDBUF, bytes);
	set_option(s->fd, SO_SNDBUFFORCE, bytes);
	icmp_want(s->fd, s->bound.sa.sa_family);
	if (s->is_wildcard)
		pktinfo_want(s->fd, s->bound.sa.sa_family);
}

/* errno says what went wrong. */
static bool socket_bind(struct udp_socket *s, const union endpoint *at)
{
	socklen_t n = sizeof(s->bound);
	int only = 1;

	if (at->sa.sa_family == AF_INET6 &&
	    setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)))
		return false;
	if (bind(s->fd, &at->sa, endpoint_bytes(at)) != 0 ||
	    getsockname(s->fd, &s->bound.sa, &n) != 0)
		return false;
	s->is_wildcard = is_wildcard(&s->bound);
	set_options(s);
	return loop_watch_open(s->udp->loop, &s->watch, s->fd, LOOP_IN,
			       on_ready, s);
}

uint32_t udp_open(struct udp *u, const union endpoint *at, const char **why)
{
	struct udp_socket *s;

	if (u->count == UDP_SOCKETS_MAX) {
		*why = "too many UDP sockets";
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	s->udp = u;
	s->index = (uint32_t)u->count + 1;
	s->fd = socket(at->sa.sa_family,
		       SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	if (s->fd < 0 || !socket_bind(s, at)) {
		*why = strerrordesc_np(errno);
		if (s->fd >= 0)
			close(s->fd);
		free(s);
		return 0;
	}
	u->sockets[u->count++] = s;
	return s->index;
}
