/* The floor: the same translation with no SIP stack, no XML parser, no policy
 * and no table of what was seen: what the system calls and the bytes cost.
 *
 *   floor XMPP-PORT PEER-PORT     "port=N" first: where MESSAGEs are taken
 *
 * SIP to XMPP: recvmmsg, a stanza into the buffer, one write and one ping a
 * turn; the answers leave with sendmmsg when the ping is answered.
 * XMPP to SIP: read, MESSAGEs to the peer with sendmmsg, one at a time for a
 * branch; the finals are matched and forgotten.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "datagrams.h"
#include "pipe.h"
#include "sipview.h"

enum { BRANCHES = 1 << 16, READS = 4 };

/* Answers that wait for a ping, one behind the other. */
struct answers {
	char *p; /* owned */
	size_t n, cap;
};
struct waiting {
	struct sockaddr_in to;
	size_t n;
};

struct floor_state {
	struct datagrams udp;
	struct pipe link;
	struct sockaddr_in peer;
	struct answers gathered, flying;
	bool is_pinging, has_gathered;
	uint32_t serial;
	unsigned char open[BRANCHES];
	uint64_t done;
};

static void say(struct floor_state *f, const char *text)
{
	pipe_add(&f->link, text, strlen(text));
}

static void say_span(struct floor_state *f, struct span s)
{
	pipe_add(&f->link, s.p, s.n);
}

static void say_escaped(struct floor_state *f, struct span s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '<' && s.p[i] != '&')
			continue;
		say_span(f, (struct span){ s.p + from, i - from });
		say(f, s.p[i] == '<' ? "&lt;" : "&amp;");
		from = i + 1;
	}
	say_span(f, (struct span){ s.p + from, s.n - from });
}

/* --- SIP to XMPP */

static void answer_keep(struct floor_state *f, const struct sipview *v,
			const struct sockaddr_in *from)
{
	struct answers *a = &f->gathered;
	struct waiting w = { .to = *from };
	static const struct span source = { ";received=127.0.0.1", 19 };

	if (a->cap - a->n < sizeof(w) + DATAGRAM_BYTES) {
		a->cap = a->cap * 2 + (1 << 16);
		a->p = realloc(a->p, a->cap);
		if (a->p == NULL)
			abort();
	}
	w.n = sipview_answer(v, "202 Accepted", "floor", source,
			     a->p + a->n + sizeof(w));
	memcpy(a->p + a->n, &w, sizeof(w));
	a->n += sizeof(w) + w.n;
}

static void to_xmpp(struct floor_state *f, const struct sipview *v,
		    const struct sockaddr_in *from)
{
	struct span sender = span_between(v->from, "sip:", '@');
	struct span target = span_between(v->to, "sip:", '>');
	struct span id = span_between(v->call_id, " ", '@');

	say(f, "<message from='");
	say_span(f, sender);
	say(f, "@sip.xmpp.test' to='");
	say_span(f, target);
	say(f, "' id='");
	say_span(f, id);
	say(f, "'><body>");
	say_escaped(f, v->body);
	say(f, "</body><thread>");
	say_span(f, id);
	say(f, "</thread></message>");
	answer_keep(f, v, from);
}

static void ping(struct floor_state *f)
{
	struct answers free_one = f->flying;

	if (f->is_pinging || f->gathered.n == 0)
		return;
	say(f, "<iq type='get' from='sip.xmpp.test' to='xmpp.test' "
	       "id='floor'><ping xmlns='urn:xmpp:ping'/></iq>");
	f->is_pinging = true;
	f->flying = f->gathered;
	f->gathered = free_one;
	f->gathered.n = 0;
}

static void on_pong(struct floor_state *f)
{
	struct waiting w;

	for (size_t at = 0; at < f->flying.n; at += sizeof(w) + w.n) {
		memcpy(&w, f->flying.p + at, sizeof(w));
		memcpy(datagrams_room(&f->udp, &w.to),
		       f->flying.p + at + sizeof(w), w.n);
		datagrams_commit(&f->udp, w.n);
	}
	f->flying.n = 0;
	f->is_pinging = false;
}

/* --- XMPP to SIP */

static size_t put(char *out, size_t at, const char *text)
{
	size_t n = strlen(text);

	memcpy(out + at, text, n);
	return at + n;
}

static size_t put_span(char *out, size_t at, struct span s)
{
	memcpy(out + at, s.p, s.n);
	return at + s.n;
}

static void to_sip(struct floor_state *f, struct span s)
{
	struct span from = span_between(s, " from='", '/');
	struct span to = span_between(s, " to='", '@');
	struct span body = span_between(s, "<body>", '<');
	char *out = datagrams_room(&f->udp, &f->peer);
	size_t n = put(out, 0, "MESSAGE sip:");

	n = put_span(out, n, to);
	n = put(out, n, "@sip.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:");
	n += (size_t)sprintf(out + n, "%u;rport;branch=z9hG4bK-floor-%08x",
			     f->udp.port, f->serial);
	n = put(out, n, "\r\nMax-Forwards: 70\r\nFrom: <sip:");
	n = put_span(out, n, from);
	n = put(out, n, ">;tag=floor\r\nTo: <sip:");
	n = put_span(out, n, to);
	n = put(out, n, "@sip.test>\r\nCall-ID: ");
	n += (size_t)sprintf(out + n,
			     "floor-%08x\r\nCSeq: 1 MESSAGE\r\n"
			     "User-Agent: floor\r\nContent-Type: text/plain"
			     ";charset=UTF-8\r\nContent-Length: %zu\r\n\r\n",
			     f->serial, body.n);
	n = put_span(out, n, body);
	f->open[f->serial++ % BRANCHES] = 1;
	datagrams_commit(&f->udp, n);
}

static void on_final(struct floor_state *f, const struct sipview *v)
{
	struct span id = span_between(v->via, "-floor-", ';');
	char text[9] = "";
	unsigned long serial;

	if (id.p == NULL)
		id = (struct span){ v->via.p + v->via.n - 8, 8 };
	memcpy(text, id.p, 8);
	serial = strtoul(text, NULL, 16);
	f->done += f->open[serial % BRANCHES];
	f->open[serial % BRANCHES] = 0;
}

/* --- the loop */

static void receive_sip(struct floor_state *f)
{
	struct sipview v;
	unsigned n, reads = 0;

	do {
		n = datagrams_read(&f->udp);
		for (unsigned i = 0; i < n; i++) {
			if (sipview_read(f->udp.in_text[i],
					 f->udp.in[i].msg_len, &v) != 1)
				continue;
			if (v.start.p[0] == 'S')
				on_final(f, &v);
			else
				to_xmpp(f, &v, &f->udp.in_peer[i]);
		}
	} while (n == DATAGRAMS && ++reads < READS);
}

static void receive_xmpp(struct floor_state *f)
{
	struct pipe *p = &f->link;
	const char *at, *end;

	if (!pipe_read(p))
		exit(0);
	for (;;) {
		size_t n = p->in_n - p->in_at;

		at = p->in + p->in_at;
		if (n > 3 && memcmp(at, "<iq", 3) == 0) {
			end = memchr(at, '>', n);
			if (end == NULL)
				return;
			on_pong(f);
		} else {
			end = memmem(at, n, "</message>", 10);
			if (end == NULL)
				return;
			end += 9;
			to_sip(f, (struct span){ at, (size_t)(end - at) });
		}
		p->in_at += (size_t)(end + 1 - at);
	}
}

static void shake_hands(struct floor_state *f)
{
	say(f, "<?xml version='1.0'?><stream:stream to='sip.xmpp.test'>"
	       "<handshake></handshake>");
	pipe_write(&f->link);
	while (memmem(f->link.in, f->link.in_n, "<handshake/>", 12) == NULL)
		if (!pipe_read(&f->link))
			exit(1);
	f->link.in_n = 0;
}

int main(int argc, char **argv)
{
	struct floor_state *f = calloc(1, sizeof(*f));

	if (f == NULL || argc < 3 || datagrams_open(&f->udp, 0))
		return 1;
	pipe_init(&f->link, pipe_connect((uint16_t)atoi(argv[1])));
	f->peer = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(argv[2])),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	shake_hands(f);
	printf("port=%u\n", f->udp.port);
	fflush(stdout);
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = f->udp.fd, .events = POLLIN },
			{ .fd = f->link.fd, .events = POLLIN },
		};

		poll(fds, 2, -1);
		if (fds[0].revents)
			receive_sip(f);
		if (fds[1].revents)
			receive_xmpp(f);
		ping(f);
		pipe_write(&f->link);
		datagrams_flush(&f->udp);
	}
}
