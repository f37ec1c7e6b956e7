#include "xmpp/uplink.h"

#include <stdio.h>
#include <string.h>
#include "gateway/base/log.h"
#include "xmpp/ns.h"

enum {
	/* So that a turn takes no more messages in than answers of the SIP
	 * side: else the queue fills, and what could be carried is refused. */
	READS_PER_EVENT = 2,
	READS_AT_END = 256, /* what a dead connection may still hold */
	CLOSE_WAIT_MS = 1000,
	DOUBT_WAIT_MS = 1000,
};

static void uplink_step(void *arg);

/* --- failing and ending */

bool uplink_is_open(const struct component *c)
{
	return c->state >= UPLINK_OPENING && c->state <= UPLINK_CLOSING;
}

static void set_why(struct component *c, struct str why)
{
	why = str_head(why, sizeof(c->why) - 1);
	memmove(c->why, why.p != NULL ? why.p : "", why.n);
	c->why[why.n] = '\0';
}

void uplink_fail(struct component *c, enum retry_cause cause,
		 const char *condition, struct str why)
{
	if (c->state == UPLINK_FAILED || c->state == UPLINK_CLOSED)
		return;
	c->state = UPLINK_FAILED;
	c->cause = cause;
	c->condition = condition;
	set_why(c, why);
	dial_stop(c->dial);
	loop_timer_stop(&c->alive);
	if (c->wire.is_open)
		wire_watch(&c->wire, false, false);
	loop_timer_start(c->loop, &c->step, 0, uplink_step, c);
}

static void uplink_trouble(struct component *c, const char *why)
{
	uplink_fail(c, RETRY_TROUBLE, NULL, str_z(why));
}

/* Our last words, as far as the socket takes them at once. */
static void say_goodbye(struct component *c)
{
	size_t n;

	if (!c->wire.is_open || !c->has_header || c->is_mute)
		return;
	if (c->condition != NULL) {
		sendq_add(&c->queue, STR_LIT("<stream:error><"));
		sendq_add(&c->queue, str_z(c->condition));
		sendq_add(&c->queue, STR_LIT(" xmlns='" NS_STREAM_ERRORS
					     "'/></stream:error>"));
	}
	sendq_add(&c->queue, STR_LIT("</stream:stream>"));
	wire_write(&c->wire, sendq_front(&c->queue), &n);
}

void uplink_hang_up(struct component *c)
{
	say_goodbye(c);
	wire_close(&c->wire);
	dial_restock(c->dial);
	sendq_clear(&c->queue);
	c->has_header = c->is_stuck = c->is_mute = c->ping.is_open = false;
}

/* One line for a cause, until it changes or the link was up in between. */
static void log_end(struct component *c)
{
	const char *event = c->was_up ? "component_lost" : "component_refused";
	enum log_level level = LOG_LEVEL_WARN;

	if (c->wants_end) {
		event = "component_closed";
		level = LOG_LEVEL_INFO;
	} else if (strcmp(c->why, c->said_why) == 0) {
		level = LOG_LEVEL_DEBUG;
	} else if (c->cause != RETRY_TROUBLE) {
		level = LOG_LEVEL_ERROR;
	}
	memcpy(c->said_why, c->why, sizeof(c->why));
	LOG_AT(level, event, F_STR("host", c->o.host), F_NUM("port", c->o.port),
	       F_STR("domain", c->o.domain), F_Z("why", c->why));
}

static void uplink_end(struct component *c)
{
	uint64_t now = loop_now_ms(c->loop);
	bool was_up = c->was_up;

	uplink_hang_up(c);
	if (c->wants_end)
		set_why(c, STR_LIT("closed"));
	log_end(c);
	if (was_up) {
		c->counters.losses++;
		retry_was_up(&c->retry, c->up_ms, now);
	}
	c->was_up = false;
	c->state = c->wants_end ? UPLINK_CLOSED : UPLINK_WAITING;
	if (!c->wants_end)
		loop_timer_start(c->loop, &c->step,
				 retry_next_ms(&c->retry, c->cause, now),
				 uplink_step, c);
	if (was_up)
		c->events.on_down(c->arg, c->why);
}

/* --- writing */

void uplink_watch(struct component *c)
{
	if (c->wire.is_open && uplink_is_open(c))
		wire_watch(&c->wire, !c->is_paused || c->state != UPLINK_UP,
			   c->is_stuck);
}

/* What the server has sent before it cut us, a stream error as a rule, is
 * worth more than the write's errno: it is read first. */
static void uplink_mute(struct component *c)
{
	c->is_mute = true;
	set_why(c, str_z(c->wire.why));
	loop_timer_start(c->loop, &c->step, 0, uplink_step, c);
}

static void uplink_write(struct component *c)
{
	struct str front = sendq_front(&c->queue);
	uint64_t now = loop_now_ms(c->loop);
	size_t n = 0;

	if (front.n == 0 || c->is_mute)
		return;
	if (wire_write(&c->wire, front, &n) == WIRE_BROKEN) {
		uplink_mute(c);
		return;
	}
	sendq_shift(&c->queue, n);
	c->counters.bytes_out += n;
	if (n > 0 || !c->is_stuck)
		pulse_wrote(&c->pulse, now);
	c->is_stuck = n < front.n;
	uplink_watch(c);
}

/* A stuck socket waits for LOOP_OUT instead. */
static void on_flush(void *arg)
{
	struct component *c = arg;

	if (uplink_is_open(c) && !c->is_stuck)
		uplink_write(c);
}

/* --- liveness */

static void send_ping(struct component *c)
{
	struct strbuf *b = sendq_begin(&c->queue);

	/* A full queue says as much as a ping would: nothing is taken. */
	if (b == NULL)
		return;
	ping_write(&c->ping, b, c->o.domain, c->o.server);
	sendq_end(&c->queue);
}

static void on_alive(void *arg)
{
	struct component *c = arg;
	uint64_t now = loop_now_ms(c->loop), next = c->o.ping_idle_ms;

	if (c->is_paused) {
		pulse_heard(&c->pulse, now);
		pulse_wrote(&c->pulse, now);
	}
	switch (pulse_check(&c->pulse, c->is_stuck, now, &next)) {
	case PULSE_SILENT:
		uplink_trouble(c, "no answer to ping");
		return;
	case PULSE_STANDING:
		uplink_trouble(c, "the server does not read");
		return;
	case PULSE_PING:
		send_ping(c);
		break;
	case PULSE_GOOD:
		break;
	}
	loop_timer_start(c->loop, &c->alive, next, on_alive, c);
}

void uplink_doubt(struct component *c)
{
	c->state = UPLINK_DOUBTING;
	loop_timer_start(c->loop, &c->step, DOUBT_WAIT_MS, uplink_step, c);
}

void uplink_up(struct component *c)
{
	uint64_t now = loop_now_ms(c->loop);

	c->state = UPLINK_UP;
	c->was_up = true;
	c->up_ms = now;
	c->counters.connects++;
	c->why[0] = c->said_why[0] = '\0';
	loop_timer_stop(&c->step);
	pulse_start(&c->pulse, c->o.ping_idle_ms, c->o.ping_timeout_ms, now);
	loop_timer_start(c->loop, &c->alive, c->o.ping_idle_ms, on_alive, c);
	log_info("component_up", F_STR("host", c->o.host),
		 F_NUM("port", c->o.port), F_STR("domain", c->o.domain));
	c->events.on_up(c->arg);
	uplink_watch(c);
}

/* --- reading */

/* What is no XMPP by its first bytes: a TLS alert or handshake, or HTTP; NULL.
 */
static const char *foreign_tongue(struct str first)
{
	if (first.n >= 3 && (first.p[0] == 0x15 || first.p[0] == 0x16) &&
	    first.p[1] == 0x03)
		return "the port speaks TLS: set tls: true";
	if (str_starts(first, "HTTP/"))
		return "the port speaks HTTP: it is not one for components "
		       "(XEP-0114)";
	return NULL;
}

static void uplink_feed(struct component *c, size_t n)
{
	const char *foreign = NULL, *condition = NULL, *why = NULL;
	char text[UPLINK_WHY_BYTES];

	if (c->state == UPLINK_OPENING)
		foreign = foreign_tongue((struct str){ c->in, n });
	if (foreign != NULL) {
		uplink_trouble(c, foreign);
		return;
	}
	if (stream_feed(c->stream, c->in, n, &condition, &why))
		return;
	snprintf(text, sizeof(text), "the server sent what XMPP forbids: %s",
		 why);
	uplink_fail(c, RETRY_TROUBLE, condition, str_z(text));
}

/* The write that failed before knows better why. A server of TLS that is
 * spoken to in XML says nothing at all, if it is OpenSSL's. */
static void uplink_cut(struct component *c, const char *why)
{
	char text[UPLINK_WHY_BYTES];
	bool is_speechless = c->state == UPLINK_OPENING && c->wire.tls == NULL;

	snprintf(text, sizeof(text), "%.400s%s", c->is_mute ? c->why : why,
		 is_speechless ? " before it said a word: is this its port for "
				 "components? If it wants TLS, set tls: true"
			       : "");
	uplink_trouble(c, text);
}

static void uplink_read(struct component *c, int reads)
{
	size_t n;

	while (reads-- > 0 && uplink_is_open(c)) {
		switch (wire_read(&c->wire, c->in, sizeof(c->in), &n)) {
		case WIRE_OK:
			break;
		case WIRE_AGAIN:
			return;
		case WIRE_ENDED:
			uplink_cut(c, "the server cut the connection");
			return;
		case WIRE_BROKEN:
			uplink_cut(c, c->wire.why);
			return;
		}
		c->counters.bytes_in += n;
		pulse_heard(&c->pulse, loop_now_ms(c->loop));
		uplink_feed(c, n);
		if (c->is_mute)
			continue;
		if (c->is_paused || (c->wire.tls == NULL && n < sizeof(c->in)))
			return;
	}
}

static void uplink_drain(struct component *c)
{
	char why[UPLINK_WHY_BYTES];

	memcpy(why, c->why, sizeof(why));
	uplink_read(c, READS_AT_END);
	uplink_trouble(c, why);
}

/* --- connecting */

static void uplink_open(struct component *c)
{
	c->state = UPLINK_OPENING;
	c->has_header = true;
	stream_restart(c->stream);
	sendq_add(&c->queue, c->header);
}

static void uplink_secure(struct component *c)
{
	char text[UPLINK_WHY_BYTES];
	const char *why;
	bool is_plain;

	switch (wire_handshake(&c->wire)) {
	case WIRE_OK:
		uplink_open(c);
		return;
	case WIRE_AGAIN:
		return;
	case WIRE_ENDED:
	case WIRE_BROKEN:
		break;
	}
	why = c->wire.why != NULL ? c->wire.why : "cut";
	/* OpenSSL's words for what is no record of TLS. */
	is_plain = strstr(why, "wrong version number") != NULL;
	snprintf(text, sizeof(text), "TLS failed: %s%s", why,
		 is_plain ? ": the port does not speak TLS from the first "
			    "byte: leave tls: true out, or correct the port"
			  : "");
	uplink_trouble(c, text);
}

static void on_wire(void *arg, unsigned events)
{
	struct component *c = arg;

	if (c->state == UPLINK_SECURING)
		uplink_secure(c);
	else if (uplink_is_open(c) && c->is_stuck &&
		 (events & c->wire.write_event) != 0)
		uplink_write(c);
	/* Hang-ups come as LOOP_IN, asked for or not. */
	if (uplink_is_open(c) && (events & (c->wire.read_event | LOOP_IN)) != 0)
		uplink_read(c, READS_PER_EVENT);
	uplink_watch(c);
}

static void on_dialed(void *arg, int fd, const char *why)
{
	struct component *c = arg;
	struct str name = c->o.tls_name;

	if (fd < 0) {
		uplink_trouble(c, why);
		return;
	}
	if (!wire_open(&c->wire, c->loop, fd, c->o.secure, name.p, on_wire,
		       c)) {
		uplink_trouble(c, c->wire.why);
		return;
	}
	c->state = UPLINK_SECURING;
	uplink_secure(c);
}

void uplink_init(struct component *c)
{
	c->dial = dial_create(c->loop, c->o.host, c->o.port, on_dialed, c);
	loop_hook_add(c->loop, &c->flush, LOOP_FLUSH, on_flush, c);
}

static void uplink_dial(struct component *c)
{
	c->state = UPLINK_DIALING;
	c->condition = NULL;
	dial_start(c->dial, c->o.connect_timeout_ms);
	loop_timer_start(c->loop, &c->step, c->o.connect_timeout_ms,
			 uplink_step, c);
}

void uplink_start(struct component *c)
{
	c->state = UPLINK_WAITING;
	loop_timer_start(c->loop, &c->step, 0, uplink_step, c);
}

void uplink_finish(struct component *c)
{
	c->state = UPLINK_CLOSING;
	c->has_header = false;
	sendq_add(&c->queue, STR_LIT("</stream:stream>"));
	loop_timer_stop(&c->alive);
	loop_timer_start(c->loop, &c->step, CLOSE_WAIT_MS, uplink_step, c);
	uplink_watch(c);
}

/* The state's timer. */
static void uplink_step(void *arg)
{
	struct component *c = arg;

	if (c->is_mute && uplink_is_open(c)) {
		uplink_drain(c);
		return;
	}
	switch (c->state) {
	case UPLINK_WAITING:
		uplink_dial(c);
		break;
	case UPLINK_DIALING:
		uplink_trouble(c, "connect timed out");
		break;
	case UPLINK_SECURING:
	case UPLINK_OPENING:
	case UPLINK_SHAKING:
		uplink_trouble(c, "the server does not finish the handshake");
		break;
	case UPLINK_DOUBTING:
		uplink_trouble(c, "the server's stream has no id");
		break;
	case UPLINK_CLOSING:
		uplink_trouble(c, "closed");
		break;
	case UPLINK_FAILED:
		uplink_end(c);
		break;
	case UPLINK_IDLE:
	case UPLINK_UP:
	case UPLINK_CLOSED:
		break;
	}
}
