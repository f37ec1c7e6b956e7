#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "storm.h"

static const char pidf[] =
	"<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' "
	"entity='sip:c%08x@sip.test'><tuple id='ID-phone'><status><basic>open"
	"</basic></status><note>%u</note></tuple></presence>";

void storm_room(struct storm *s, uint32_t count)
{
	if (count <= s->room)
		return;
	s->sub = realloc(s->sub, count * sizeof(*s->sub));
	if (s->sub == NULL)
		abort();
	memset(s->sub + s->room, 0, (count - s->room) * sizeof(*s->sub));
	s->room = count;
}

static void send_text(struct storm *s, const char *text, int n)
{
	memcpy(datagrams_room(&s->udp, &s->gateway), text, (size_t)n);
	datagrams_commit(&s->udp, (size_t)n);
}

/* Call-ID and branch tell the round: another dialog, even if the last one goes
 * on. */
void storm_contact_asks(struct storm *s, uint32_t i)
{
	char text[DATAGRAM_BYTES];

	send_text(s, text,
		  snprintf(text, sizeof(text),
			   "SUBSCRIBE sip:u%08x@xmpp.test SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 127.0.0.1:%u;rport;"
			   "branch=z9hG4bKs%08x%x\r\n"
			   "Max-Forwards: 70\r\n"
			   "From: <sip:c%08x@sip.test>;tag=f%08x\r\n"
			   "To: <sip:u%08x@xmpp.test>\r\n"
			   "Call-ID: in-%08x%x@127.0.0.1\r\n"
			   "CSeq: 1 SUBSCRIBE\r\n"
			   "Contact: <sip:c%08x@127.0.0.1:%u>\r\n"
			   "Event: presence\r\n"
			   "Accept: application/pidf+xml\r\n"
			   "Expires: 3600\r\n"
			   "Content-Length: 0\r\n\r\n",
			   i, s->udp.port, i, s->round, i, i, i, i, s->round, i,
			   s->udp.port));
}

/* The branch tells the round, so that it is no retransmission. */
static void notify(struct storm *s, uint32_t i)
{
	struct subscription *d = &s->sub[i];
	char text[DATAGRAM_BYTES], body[512];
	int n = snprintf(body, sizeof(body), pidf, i, s->round);

	send_text(s, text,
		  snprintf(text, sizeof(text),
			   "NOTIFY %s SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 127.0.0.1:%u;rport;"
			   "branch=z9hG4bKn%08x%x\r\n"
			   "Max-Forwards: 70\r\n"
			   "From: <sip:c%08x@sip.test>;tag=n%08x\r\n"
			   "To: <sip:u%08x@xmpp.test>;tag=%s\r\n"
			   "Call-ID: %s\r\n"
			   "CSeq: %u NOTIFY\r\n"
			   "Contact: <sip:c%08x@127.0.0.1:%u>\r\n"
			   "Event: presence\r\n"
			   "Subscription-State: active;expires=3600\r\n"
			   "Content-Type: application/pidf+xml\r\n"
			   "Content-Length: %d\r\n\r\n%s",
			   d->contact, s->udp.port, i, d->cseq, i, i, i, d->tag,
			   d->call_id, d->cseq, i, s->udp.port, n, body));
}

void storm_contact_changes(struct storm *s, uint32_t i)
{
	s->sub[i].cseq++;
	notify(s, i);
}

void storm_repeat(struct storm *s, uint32_t i)
{
	if (s->kind == STORM_IN)
		storm_contact_asks(s, i);
	else if (s->sub[i].has_dialog)
		notify(s, i);
}

/* --- what comes */

static void copy(char *to, size_t room, struct span from)
{
	size_t n = from.n < room ? from.n : room - 1;

	memcpy(to, from.p, n);
	to[n] = '\0';
}

static void answer(struct storm *s, const struct sipview *v, const char *tag,
		   const char *headers)
{
	char *out = datagrams_room(&s->udp, &s->gateway);
	struct span to = v->to;
	struct sipview shown = *v;
	size_t n;

	/* In a dialog To has its tag. */
	if (memmem(to.p, to.n, ";tag=", 5) != NULL) {
		to = span_between(to, "To:", ';');
		shown.to = (struct span){ v->to.p, to.n + 3 };
		to = span_between((struct span){ v->to.p, v->to.n + 1 },
				  ";tag=", '\r');
	} else {
		to = (struct span){ tag, strlen(tag) };
	}
	char text[TAG_BYTES * 4];

	copy(text, sizeof(text), to);
	n = sipview_answer(&shown, "200 OK", text, (struct span){ NULL, 0 },
			   out);
	/* Headers go before the last line and the empty one. */
	n -= strlen("Content-Length: 0\r\n\r\n");
	n += (size_t)sprintf(out + n, "%sContent-Length: 0\r\n\r\n", headers);
	datagrams_commit(&s->udp, n);
}

static void on_subscribe(struct storm *s, const struct sipview *v,
			 struct span whole)
{
	struct span user = span_between(v->to, "sip:c", '@');
	struct span from = { v->from.p, v->from.n + 1 };
	uint32_t i = (uint32_t)hex_read(user.p, user.n);
	struct span call = { v->call_id.p + 9, v->call_id.n - 9 };
	char headers[128], tag[TAG_BYTES];
	struct subscription *d;

	if (user.n != 8 || i >= s->room)
		return;
	d = &s->sub[i];
	copy(d->call_id, sizeof(d->call_id), call);
	copy(d->tag, sizeof(d->tag), span_between(from, ";tag=", '\r'));
	copy(d->contact, sizeof(d->contact),
	     span_between(whole, "\r\nContact: <", '>'));
	snprintf(tag, sizeof(tag), "n%08x", i);
	snprintf(headers, sizeof(headers),
		 "Expires: 3600\r\nContact: <sip:c%08x@127.0.0.1:%u>\r\n", i,
		 s->udp.port);
	answer(s, v, tag, headers);
	d->has_dialog = true;
	d->cseq++;
	notify(s, i);
}

static uint32_t number_of(const struct sipview *v)
{
	struct span id = span_between(v->call_id, "in-", '@');

	return id.n > 8 ? (uint32_t)hex_read(id.p, 8) : UINT32_MAX;
}

static void on_notify(struct storm *s, const struct sipview *v,
		      struct span whole)
{
	uint32_t i = number_of(v);

	answer(s, v, "", "");
	if (memmem(whole.p, whole.n, "\r\nSubscription-State: active", 28) ==
	    NULL)
		return;
	storm_done(s, s->kind == STORM_TELL_IN ? STORM_TELL_IN : STORM_IN, i);
}

static void on_response(struct storm *s, const struct sipview *v)
{
	uint32_t i = number_of(v);

	if (v->start.n < 12 || v->start.p[8] == '2' || v->start.p[8] == '1' ||
	    i >= s->room || s->sub[i].open != STORM_IN)
		return;
	s->sub[i].open = STORM_NONE;
	s->refused++;
}

static void on_datagram(struct storm *s, const char *p, size_t n)
{
	struct span whole = { p, n };
	struct sipview v;

	if (sipview_read(p, n, &v) != 1)
		return;
	if (memcmp(p, "NOTIFY", 6) == 0)
		on_notify(s, &v, whole);
	else if (memcmp(p, "SUBSCRIBE", 9) == 0)
		on_subscribe(s, &v, whole);
	else if (memcmp(p, "SIP/2.0", 7) == 0)
		on_response(s, &v);
}

void storm_receive_sip(struct storm *s)
{
	unsigned n, reads = 0;

	do {
		n = datagrams_read(&s->udp);
		for (unsigned i = 0; i < n; i++)
			on_datagram(s, s->udp.in_text[i], s->udp.in[i].msg_len);
		datagrams_flush(&s->udp);
	} while (n == DATAGRAMS && ++reads < 8);
}
