#include "sip/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "gateway/base/log.h"
#include "gateway/base/secure.h"
#include "sip/reader.h"
#include "sip/refusal.h"

enum {
	PARTIAL_ROOM_BYTES = 4096, /* read at least so much behind a part */
	MESSAGE_MAX_BYTES = SIP_HEADERS_MAX_BYTES + SIP_MESSAGE_MAX_BYTES,
	REFUSAL_MAX_BYTES = 16384
};

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

static void end_begins(struct conn *c)
{
	if (c->linger_ms == 0)
		c->linger_ms = now_ms(c);
	/* No new request goes over it. */
	conn_hide(c);
	conn_mark_dirty(c);
	conntimer_arm(c);
}

/* What follows cannot be told apart from what it is not meant to be. */
static void refuse(struct conn *c, struct str raw, const char *why)
{
	struct strbuf b;

	log_info("stream_not_sip", F_NUM("conn", c->hop.conn), F_Z("why", why));
	strbuf_init(&b, REFUSAL_MAX_BYTES);
	if (refusal_write(&b, raw))
		connio_append(c, strbuf_str(&b));
	strbuf_fini(&b);
	c->is_refused = true;
	end_begins(c);
}

/* RFC 5626 §3.5.1: CRLF CRLF is a ping, a CRLF is its pong. They come before a
 * message, never inside one. Returns how many bytes were line ends. */
static size_t keepalives_take(struct conn *c, struct str s)
{
	bool has_ping = false;
	size_t i;

	for (i = 0; i < s.n && (s.p[i] == '\r' || s.p[i] == '\n'); i++) {
		if (s.p[i] != '\n')
			continue;
		if (c->has_pinged)
			c->has_pinged = false;
		else
			c->line_ends++;
		has_ping |= c->line_ends == 2;
		c->line_ends %= 2;
	}
	if (has_ping)
		connio_append(c, STR_LIT("\r\n"));
	return i;
}

/* A part that cannot be whole yet is not looked through again: a peer that
 * sends single bytes shall not make us read all of them each time. Within the
 * header section it takes a line end, within the body the known length. */
static bool is_worth_a_look(const struct conn *c, struct str part)
{
	struct str fresh = str_from(part, c->in_seen);

	if (c->in_wanted > 0)
		return part.n >= c->in_wanted;
	return c->in_seen == 0 || part.n > SIP_HEADERS_MAX_BYTES ||
	       memmem(part.p, part.n, "\n\r\n", 3) != NULL ||
	       memmem(part.p, part.n, "\n\n", 2) != NULL ||
	       str_find(fresh, '\n') < fresh.n;
}

static void look_is_over(struct conn *c)
{
	c->in_seen = c->in_wanted = c->in_scanned = 0;
}

/* false: so many looks that it must be meant to cost us. */
static bool look_again_later(struct conn *c, struct str part, size_t wanted)
{
	c->in_seen = part.n;
	c->in_wanted = wanted;
	c->in_scanned += part.n;
	return part.n <= MESSAGE_MAX_BYTES && c->in_scanned <= CONN_SCAN_BYTES;
}

static void message(struct conn *c, struct str bytes)
{
	c->has_message = true;
	c->has_pinged = false;
	c->line_ends = 0;
	c->active_ms = now_ms(c);
	if (!str_starts(bytes, "SIP/2.0") && !str_starts(bytes, "ACK "))
		c->owed++;
	c->set->events.on_message(c->set->arg, bytes, &c->hop);
}

/* Delivers each whole message of s; returns how many bytes are done with. */
static size_t deliver(struct conn *c, struct str s)
{
	const char *why = "";
	size_t at = 0, skip = 0, n = 0;
	struct str rest;

	while (c->state == CONN_OPEN && !c->is_refused) {
		at += keepalives_take(c, str_from(s, at));
		rest = str_from(s, at);
		if (rest.n == 0 || !is_worth_a_look(c, rest))
			return at;
		switch (frame_find(rest, &skip, &n, &why)) {
		case FRAME_WHOLE:
			look_is_over(c);
			message(c, str_head(str_from(rest, skip), n));
			at += skip + n;
			break;
		case FRAME_MORE:
			if (look_again_later(c, rest, n))
				return at;
			why = "sent too slowly";
			/* fall through */
		default:
			refuse(c, rest, why);
		}
	}
	return s.n;
}

/* Behind what is no SIP everything is read, so that our end reaches the peer
 * (a close with unread bytes would reset the connection), but not for ever. */
static void discard(struct conn *c, size_t n)
{
	c->discarded_bytes += n;
	if (c->discarded_bytes > CONN_DISCARD_BYTES)
		conn_close(c, "not SIP");
}

static void partial_keep(struct conn *c, bool is_new)
{
	if (fifo_bytes(&c->in) == 0) {
		fifo_trim(&c->in, 0);
		return;
	}
	if (is_new)
		c->partial_ms = now_ms(c);
	conntimer_arm(c);
}

/* Straight from the common buffer; only a part of a message is kept. */
static void take_fresh(struct conn *c, size_t n)
{
	struct str s = { (const char *)c->set->scratch, n };
	size_t done = deliver(c, s);

	if (c->state == CONN_CLOSED)
		return;
	fifo_add(&c->in, s.p + done, s.n - done);
	partial_keep(c, true);
}

static void take_more(struct conn *c, size_t n)
{
	size_t done;

	fifo_commit(&c->in, n);
	done = deliver(c, (struct str){ (const char *)fifo_head(&c->in),
					fifo_bytes(&c->in) });
	if (c->state == CONN_CLOSED)
		return;
	fifo_take(&c->in, done);
	partial_keep(c, done > 0);
}

static void took_end(struct conn *c)
{
	c->is_eof = true;
	fifo_fini(&c->in); /* what was begun will not be finished */
	end_begins(c);
}

/* One read and what follows from it; *is_full: there may be more. */
static enum move step(struct conn *c, bool *is_full)
{
	bool is_fresh = fifo_bytes(&c->in) == 0;
	unsigned char *p = c->set->scratch;
	size_t cap = sizeof(c->set->scratch), n = 0;
	enum move m;

	if (!is_fresh) {
		p = fifo_room(&c->in, PARTIAL_ROOM_BYTES);
		cap = c->in.cap - c->in.end;
	}
	m = read_some(c, p, cap, &n);
	*is_full = n == cap || c->secure != NULL;
	if (m == MOVE_END)
		took_end(c);
	if (m != MOVE_SOME)
		return m;
	if (c->is_refused)
		discard(c, n);
	else if (is_fresh)
		take_fresh(c, n);
	else
		take_more(c, n);
	return MOVE_SOME;
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
		conn_close(c, c->is_refused ? "not SIP" : "closed by the peer");
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
		conn_close(c, "closed by the peer");
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
		conn_close(c, "closed by the peer");
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
