#include "caller.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"

enum { SPARE = 4096, GIVE_UP_S = 4, STRIDE = 7919 };
#define T1_NS (SECOND_NS / 2)

static const char source[] =
	"MESSAGE sip:u" T_TARGET "@xmpp.test SIP/2.0\r\n"
	"Via: SIP/2.0/%s 127.0.0.1:%u;branch=z9hG4bK-" T_RUN "-" T_SERIAL
	";rport\r\n"
	"Max-Forwards: 70\r\n"
	"From: <sip:c" T_SENDER "@%s>;tag=" T_RUN T_SERIAL "\r\n"
	"To: <sip:u" T_TARGET "@xmpp.test>\r\n"
	"Call-ID: " T_RUN "-" T_SERIAL "@127.0.0.1\r\n"
	"CSeq: 1 MESSAGE\r\n"
	"User-Agent: bench (loopback)\r\n"
	"Content-Type: text/plain;charset=UTF-8\r\n"
	"Content-Length: 98\r\n\r\n" T_BODY;

void caller_init(struct caller *c, bool is_udp, uint16_t port, unsigned people,
		 const char *domain)
{
	char text[TEMPLATE_BYTES];

	memset(c, 0, sizeof(*c));
	c->is_udp = is_udp;
	c->people = people;
	snprintf(text, sizeof(text), source, is_udp ? "UDP" : "TCP", port,
		 domain);
	template_init(&c->request, text);
}

void caller_start(struct caller *c, unsigned run, unsigned rate, double seconds)
{
	c->run = run;
	c->cap = (uint32_t)((double)rate * seconds) + SPARE;
	free(c->flights);
	c->flights = calloc(c->cap, sizeof(*c->flights));
	if (c->flights == NULL)
		abort();
	c->sent = c->oldest = c->open = 0;
	c->ok = c->refused = c->failed = c->copies = c->late = 0;
	c->window_ok = c->held = 0;
	histogram_reset(&c->latency);
	pace_start(&c->pace, rate, seconds);
}

/* The time of the first copy goes into each. */
static bool write_request(struct caller *c, uint32_t serial,
			  caller_send_fn *send, void *arg)
{
	const uint64_t value[FIELDS] = {
		[FIELD_SENDER] = serial % c->people,
		[FIELD_TARGET] = (uint64_t)serial * STRIDE % c->people,
		[FIELD_RUN] = c->run,
		[FIELD_SERIAL] = serial,
		[FIELD_TIME] = c->flights[serial].sent_ns,
	};
	char text[TEMPLATE_BYTES];

	template_write(&c->request, value, text);
	return send(arg, text, c->request.n);
}

static void send_due(struct caller *c, uint64_t now, caller_send_fn *send,
		     void *arg)
{
	unsigned due = pace_due(&c->pace, now);

	for (; due > 0 && c->sent < c->cap; due--) {
		struct flight *f = &c->flights[c->sent];

		f->sent_ns = now;
		f->again_ns = now + T1_NS;
		if (!write_request(c, c->sent, send, arg)) {
			c->held++;
			continue;
		}
		c->sent++;
		c->open++;
	}
}

static void send_again(struct caller *c, uint64_t now, caller_send_fn *send,
		       void *arg)
{
	while (c->oldest < c->sent && c->flights[c->oldest].again_ns == 0)
		c->oldest++;
	for (uint32_t i = c->oldest; i < c->sent; i++) {
		struct flight *f = &c->flights[i];

		if (now - f->sent_ns < T1_NS)
			break;
		if (f->again_ns == 0 || now < f->again_ns)
			continue;
		f->copies++;
		f->again_ns = now + (T1_NS << f->copies);
		c->copies++;
		(void)write_request(c, i, send, arg);
	}
}

bool caller_turn(struct caller *c, caller_send_fn *send, void *arg)
{
	uint64_t now = clock_ns();

	send_due(c, now, send, arg);
	if (c->is_udp)
		send_again(c, now, send, arg);
	if (!pace_is_over(&c->pace, now))
		return true;
	return c->open > 0 && now < c->pace.end_ns + GIVE_UP_S * SECOND_NS;
}

void caller_answered(struct caller *c, const struct sipview *v)
{
	struct span id = span_between(v->via, "branch=z9hG4bK-", ';');
	uint64_t now = clock_ns();
	struct flight *f;
	uint64_t serial;

	if (id.n < 13 || hex_read(id.p, 4) != c->run || v->start.n < 12)
		return;
	serial = hex_read(id.p + 5, 8);
	if (serial >= c->sent || v->start.p[8] == '1')
		return;
	f = &c->flights[serial];
	if (f->again_ns == 0) {
		c->late++; /* an answer to a copy */
		return;
	}
	f->again_ns = 0;
	c->open--;
	histogram_add(&c->latency, now - f->sent_ns);
	c->window_ok += v->start.p[8] == '2' && now <= c->pace.end_ns;
	c->ok += v->start.p[8] == '2';
	c->refused += memcmp(v->start.p + 8, "503", 3) == 0;
	c->failed +=
		v->start.p[8] != '2' && memcmp(v->start.p + 8, "503", 3) != 0;
}

void caller_report(const struct caller *c)
{
	printf("sent=%u ok=%lu window_ok=%lu refused=%lu failed=%lu "
	       "unanswered=%u held=%lu retransmitted=%lu again=%lu "
	       "skipped=%lu bytes=%zu",
	       c->sent, c->ok, c->window_ok, c->refused, c->failed, c->open,
	       c->held, c->copies, c->late, c->pace.skipped, c->request.n);
	histogram_print(&c->latency);
	printf("\n");
	fflush(stdout);
}
