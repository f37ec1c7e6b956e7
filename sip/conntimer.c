#include "sip/conn.h"

struct deadline {
	bool is_set;
	uint64_t at_ms;
	const char *why;
};

static uint64_t later(uint64_t x_ms, uint64_t y_ms)
{
	return x_ms > y_ms ? x_ms : y_ms;
}

static struct deadline nearest(const struct conn *c)
{
	const struct transport_limits *l = &c->set->limits;
	bool is_up = c->state == CONN_OPEN;
	bool is_late = !is_up && (c->is_outgoing || c->secure != NULL);
	bool is_stranger = !c->is_outgoing && !c->has_message;
	const struct deadline all[] = {
		{ is_late, c->since_ms + l->connect_ms,
		  "connecting took too long" },
		{ is_stranger, c->since_ms + l->first_message_ms,
		  "no message came" },
		{ fifo_bytes(&c->in) > 0, c->partial_ms + l->message_ms,
		  "a message was not finished" },
		{ is_up && fifo_bytes(&c->out) > 0,
		  c->waiting_ms + CONN_STALL_MS, "the peer does not read" },
		{ c->is_eof, c->linger_ms + CONN_LINGER_MS,
		  "closed by the peer" },
		{ c->is_refused, c->linger_ms + CONN_LINGER_MS, "not SIP" },
		{ is_up, later(c->active_ms + l->idle_ms, c->flow_ms), "idle" },
	};
	struct deadline best = { false, UINT64_MAX, NULL };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].is_set && all[i].at_ms < best.at_ms)
			best = all[i];
	}
	return best;
}

static bool is_kept_alive(const struct conn *c)
{
	return c->is_outgoing && c->state == CONN_OPEN && !c->is_eof &&
	       !c->is_refused;
}

static uint64_t keepalive_due_ms(const struct conn *c)
{
	return is_kept_alive(c) ? c->sent_ms + c->set->limits.keepalive_ms
				: UINT64_MAX;
}

/* RFC 5626 §4.4.1. What is queued already does as well. */
static void keep_alive(struct conn *c)
{
	c->sent_ms = loop_now_ms(c->set->loop);
	if (fifo_bytes(&c->out) > 0)
		return;
	if (connio_append(c, STR_LIT("\r\n\r\n")))
		c->has_pinged = true;
}

static void on_timer(void *arg)
{
	struct conn *c = arg;
	uint64_t now = loop_now_ms(c->set->loop);
	struct deadline d = nearest(c);

	c->armed_ms = 0;
	if (d.is_set && d.at_ms <= now) {
		conn_close(c, d.why);
		return;
	}
	if (keepalive_due_ms(c) <= now)
		keep_alive(c);
	fifo_trim(&c->out, 0);
	conntimer_arm(c);
}

/* Deadlines mostly move away while the timer runs; it finds out when it
 * fires. */
void conntimer_arm(struct conn *c)
{
	uint64_t now = loop_now_ms(c->set->loop);
	uint64_t due = nearest(c).at_ms, ping = keepalive_due_ms(c);

	if (ping < due)
		due = ping;
	if (c->state == CONN_CLOSED || due == UINT64_MAX ||
	    (c->armed_ms != 0 && c->armed_ms <= due))
		return;
	c->armed_ms = due;
	loop_timer_start(c->set->loop, &c->timer, due > now ? due - now : 0,
			 on_timer, c);
}
