#include "sip/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "gateway/base/log.h"
#include "gateway/base/secure.h"

enum move {
	MOVE_SOME,
	MOVE_BLOCKED, /* the loop will tell */
	MOVE_END,     /* the peer sends no more */
	MOVE_FAILED   /* the connection is closed by now */
};

static uint64_t now_ms(const struct conn *c)
{
	return loop_now_ms(c->set->loop);
}

/* A peer that leaves the answers is not asked for more of its requests. */
static bool is_reading(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->is_eof &&
	       fifo_bytes(&c->out) <= c->set->limits.conn_queue_bytes / 2;
}

unsigned connio_wanted(const struct conn *c)
{
	unsigned out = c->wants_out ? LOOP_OUT : 0;

	switch (c->state) {
	case CONN_CONNECTING:
		return LOOP_OUT;
	case CONN_HANDSHAKE:
		return c->wants_out ? LOOP_OUT : LOOP_IN;
	default:
		return is_reading(c) ? LOOP_IN | out : out;
	}
}

static void watch_update(struct conn *c)
{
	if (c->state != CONN_CLOSED)
		loop_watch_set(&c->watch, connio_wanted(c));
}

/* --- bytes, plain or TLS */

static enum move failed(struct conn *c, const char *why)
{
	if (c->state == CONN_OPEN && why != transport_untrusted)
		why = transport_cut;
	conn_close(c, why ? why : "the connection failed");
	return MOVE_FAILED;
}

/* Whom we call is in our own settings, so a failure there is for the
 * administrator; strangers fail all day. */
static enum move secure_failed(struct conn *c)
{
	char text[INET6_ADDRSTRLEN];

	LOG_AT(c->is_outgoing ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "tls_failed",
	       F_STR("address", endpoint_text(&c->hop.peer, text)),
	       F_NUM("port", endpoint_port(&c->hop.peer)),
	       F_Z("name", c->is_outgoing ? c->hop.name : "-"),
	       F_Z("why", secure_why(c->secure)));
	return failed(c, secure_is_refusal(c->secure) ? transport_untrusted
						      : "TLS failed");
}

static enum move secure_move(struct conn *c, enum secure_result r)
{
	switch (r) {
	case SECURE_OK:
		return MOVE_SOME;
	case SECURE_WANT_READ:
		return MOVE_BLOCKED;
	case SECURE_WANT_WRITE:
		c->wants_out = true;
		return MOVE_BLOCKED;
	case SECURE_CLOSED:
		return MOVE_END;
	default:
		return secure_failed(c);
	}
}

static enum move read_some(struct conn *c, unsigned char *p, size_t cap,
			   size_t *n)
{
	ssize_t got;

	if (c->secure != NULL)
		return secure_move(c, secure_read(c->secure, p, cap, n));
	do {
		got = recv(c->fd, p, cap, 0);
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		return MOVE_END;
	if (got < 0)
		return errno == EAGAIN ? MOVE_BLOCKED
				       : failed(c, strerrordesc_np(errno));
	*n = (size_t)got;
	return MOVE_SOME;
}

static enum move write_some(struct conn *c, size_t *n)
{
	const unsigned char *p = fifo_head(&c->out);
	size_t len = fifo_bytes(&c->out);
	ssize_t sent;

	if (c->secure != NULL)
		return secure_move(c, secure_write(c->secure, p, len, n));
	do {
		sent = send(c->fd, p, len, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN)
		return failed(c, strerrordesc_np(errno));
	c->wants_out = sent < 0;
	if (sent < 0)
		return MOVE_BLOCKED;
	*n = (size_t)sent;
	return MOVE_SOME;
}

/* --- in */

/* One read and what follows from it; *is_full: there may be more. */
static enum move step(struct conn *c, bool *is_full)
{
	size_t cap, n = 0;
	unsigned char *p = conninput_room(c, &cap);
	enum move m = read_some(c, p, cap, &n);

	*is_full = n == cap || c->secure != NULL;
	if (m == MOVE_END)
		conninput_end(c);
	else if (m == MOVE_SOME)
		conninput_take(c, n);
	return m;
}

/* TLS is read until it blocks: what OpenSSL holds, the loop does not see. */
void connio_read(struct conn *c)
{
	int limit = c->secure ? CONN_RECORDS_A_TURN : CONN_READS_A_TURN;
	bool is_full = true;

	while (is_reading(c) && is_full && limit-- > 0) {
		if (step(c, &is_full) != MOVE_SOME)
			break;
		if (limit == 0 && c->secure != NULL)
			conn_mark_again(c);
	}
	watch_update(c);
}

/* --- out */

bool connio_append(struct conn *c, struct str bytes)
{
	size_t waiting = fifo_bytes(&c->out);

	if (c->state == CONN_CLOSED || c->is_shut)
		return false;
	/* An answer always has room: a peer that leaves them is not read. */
	if (waiting + bytes.n > c->set->limits.conn_queue_bytes &&
	    !str_starts(bytes, "SIP/2.0 "))
		return false;
	if (waiting == 0)
		c->waiting_ms = now_ms(c);
	fifo_add(&c->out, bytes.p, bytes.n);
	conn_mark_dirty(c);
	return true;
}

/* Ends what has ended: when all answers are out, or nobody waits for any. */
static void settle(struct conn *c)
{
	if (fifo_bytes(&c->out) > 0 || c->owed > 0)
		return;
	if (c->is_eof) {
		conn_close(c, c->is_refused ? "not SIP" : transport_cut);
	} else if (c->is_refused && !c->is_shut) {
		c->is_shut = true;
		if (c->secure != NULL)
			secure_end(c->secure);
		shutdown(c->fd, SHUT_WR);
	}
}

void connio_flush(struct conn *c)
{
	bool was_reading = is_reading(c);
	size_t n = 0;

	if (c->state != CONN_OPEN)
		return;
	while (fifo_bytes(&c->out) > 0 && !c->is_blocked) {
		enum move m = write_some(c, &n);

		if (m == MOVE_FAILED)
			return;
		c->is_blocked = m != MOVE_SOME;
		if (c->is_blocked)
			break;
		fifo_take(&c->out, n);
		c->waiting_ms = c->sent_ms = now_ms(c);
	}
	fifo_trim(&c->out, CONN_QUEUE_KEEP_BYTES);
	if (fifo_bytes(&c->out) > 0)
		conntimer_arm(c);
	if (!was_reading && is_reading(c) && c->secure != NULL)
		conn_mark_again(c);
	settle(c);
	watch_update(c);
}

/* --- up to the first byte */

static void opened(struct conn *c)
{
	c->state = CONN_OPEN;
	c->wants_out = c->is_blocked = false;
	c->active_ms = c->sent_ms = c->waiting_ms = now_ms(c);
	conntimer_arm(c);
	if (fifo_bytes(&c->out) > 0)
		conn_mark_dirty(c);
	watch_update(c);
}

static void handshake(struct conn *c)
{
	c->wants_out = false;
	switch (secure_move(c, secure_handshake(c->secure))) {
	case MOVE_SOME:
		opened(c);
		/* The first message may have come with the last of it. */
		conn_mark_again(c);
		break;
	case MOVE_BLOCKED:
		watch_update(c);
		break;
	case MOVE_END:
		conn_close(c, "closed in the handshake");
		break;
	default:
		break;
	}
}

void connio_begin(struct conn *c)
{
	conntimer_arm(c);
	if (c->hop.transport != TRANSPORT_TLS) {
		opened(c);
		return;
	}
	if (c->secure == NULL)
		c->secure = secure_create(c->set->secure, c->fd, c->hop.name);
	c->state = CONN_HANDSHAKE;
	handshake(c);
}

static void connected(struct conn *c)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	if (error != 0)
		failed(c, strerrordesc_np(error));
	else
		connio_begin(c);
}

/* A hang-up comes as LOOP_IN though reading rests: then both sides are shut,
 * and nothing written could arrive any more. */
static void open_ready(struct conn *c, unsigned events)
{
	if ((events & LOOP_IN) && !(c->watch.events & LOOP_IN)) {
		conn_close(c, transport_cut);
		return;
	}
	if (c->secure != NULL || (events & LOOP_OUT))
		c->wants_out = c->is_blocked = false;
	if (fifo_bytes(&c->out) > 0 && !c->is_blocked)
		conn_mark_dirty(c);
	if (c->secure != NULL || (events & LOOP_IN))
		connio_read(c);
}

void connio_ready(void *arg, unsigned events)
{
	struct conn *c = arg;

	switch (c->state) {
	case CONN_CONNECTING:
		connected(c);
		break;
	case CONN_HANDSHAKE:
		handshake(c);
		break;
	case CONN_OPEN:
		open_ready(c, events);
		break;
	default:
		break;
	}
}
