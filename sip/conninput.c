#include "sip/conn.h"
#include <string.h>
#include "gateway/base/log.h"
#include "sip/reader.h"
#include "sip/refusal.h"

/* What comes in over a connection: keep-alives and messages, one behind the
 * other, cut by their Content-Length (RFC 3261 §18.3). */
enum {
	PARTIAL_ROOM_BYTES = 4096, /* read at least so much behind a part */
	MESSAGE_MAX_BYTES = SIP_HEADERS_MAX_BYTES + SIP_MESSAGE_MAX_BYTES,
	REFUSAL_MAX_BYTES = 16384
};

static uint64_t now_ms(const struct conn *c)
{
	return loop_now_ms(c->set->loop);
}

static void end_begins(struct conn *c)
{
	if (c->linger_ms == 0)
		c->linger_ms = now_ms(c);
	/* No new request goes over it. */
	connpeer_remove(c);
	conn_mark_dirty(c);
	conntimer_arm(c);
}

/* What follows cannot be told apart from what it is not meant to be. */
static void refuse(struct conn *c, struct str raw, const char *why)
{
	struct strbuf b;

	log_info("stream_not_sip", F_NUM("conn", c->hop.conn), F_Z("why", why));
	strbuf_init(&b, REFUSAL_MAX_BYTES);
	if (refusal_write(&b, why == frame_too_large ? 413 : 400, raw))
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
	c->is_distrusted = false;
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

unsigned char *conninput_room(struct conn *c, size_t *cap)
{
	unsigned char *p = c->set->scratch;

	*cap = sizeof(c->set->scratch);
	if (fifo_bytes(&c->in) > 0) {
		p = fifo_room(&c->in, PARTIAL_ROOM_BYTES);
		*cap = c->in.cap - c->in.end;
	}
	return p;
}

void conninput_take(struct conn *c, size_t n)
{
	if (c->is_refused)
		discard(c, n);
	else if (fifo_bytes(&c->in) == 0)
		take_fresh(c, n);
	else
		take_more(c, n);
}

void conninput_end(struct conn *c)
{
	c->is_eof = true;
	fifo_fini(&c->in); /* what was begun will not be finished */
	end_begins(c);
}
