/* Presence in storms: both sides of many subscriptions in one program.
 *
 *   storm                  "port=N sip=N" first, "up=1" after each handshake
 *
 * It is the XMPP server and the SIP peer. Subscription number I is between
 * user uI and contact cI, eight hexadecimal digits. Commands, one line of
 * figures each:
 *   "gateway PORT"                 where the gateway takes SIP
 *   "in FROM COUNT WINDOW"         contacts watch users, until NOTIFY active
 *   "out FROM COUNT WINDOW"        users watch contacts, until "subscribed"
 *   "tell-in FROM COUNT WINDOW"    the users change, until the NOTIFY
 *   "tell-out FROM COUNT WINDOW"   the contacts change, until the presence
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "clock.h"
#include "console.h"
#include "pipe.h"
#include "storm.h"

enum { BATCH_MAX = 64, STALL_MS = 1000, STALLS_MAX = 20 };

static const struct {
	const char *name;
	enum storm_kind kind;
} names[] = { { "in", STORM_IN },
	      { "out", STORM_OUT },
	      { "tell-in", STORM_TELL_IN },
	      { "tell-out", STORM_TELL_OUT } };

/* --- XMPP */

static void say(struct storm *s, const char *text)
{
	pipe_add(&s->link, text, strlen(text));
}

static void say_presence(struct storm *s, uint32_t i, const char *type,
			 const char *inner)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "<presence from='u%08x@xmpp.test%s' to='c%08x@sip.xmpp.test'"
		 "%s>%s</presence>",
		 i, *type == '\0' ? "/phone" : "", i, type, inner);
	say(s, text);
}

void storm_user_changes(struct storm *s, uint32_t i)
{
	char inner[64];

	snprintf(inner, sizeof(inner), "<show>%s</show><status>%u</status>",
		 s->round & 1 ? "away" : "dnd", s->round);
	say_presence(s, i, "", inner);
}

void storm_user_asks(struct storm *s, uint32_t i)
{
	say_presence(s, i, " type='subscribe'", "");
}

static void on_presence(struct storm *s, struct span e)
{
	struct span tag = { e.p,
			    (size_t)((char *)memchr(e.p, '>', e.n) - e.p) };
	struct span type = span_between(tag, " type='", '\'');
	struct span to = span_between(tag, " to='u", '@');
	uint32_t i = (uint32_t)hex_read(to.p, to.n);

	if (to.n != 8)
		return;
	if (type.n == 0)
		storm_done(s, STORM_TELL_OUT, i);
	else if (type.n == 9 && memcmp(type.p, "subscribe", 9) == 0)
		say_presence(s, i, " type='subscribed'", "");
	else if (type.n == 10 && memcmp(type.p, "subscribed", 10) == 0)
		storm_done(s, STORM_OUT, i);
	else if (type.n == 5 && memcmp(type.p, "probe", 5) == 0)
		say_presence(s, i, "", "");
	else if (type.n == 5 && memcmp(type.p, "error", 5) == 0)
		s->refused++;
}

static void on_iq(struct storm *s, struct span e)
{
	struct span id = span_between(e, " id='", '\'');

	if (span_between(e, " type='get", '\'').p == NULL)
		return;
	say(s, "<iq type='result' from='xmpp.test' to='sip.xmpp.test' id='");
	pipe_add(&s->link, id.p, id.n);
	say(s, "'/>");
}

static void on_element(struct storm *s, struct span e)
{
	if (e.p[1] == 'p') {
		on_presence(s, e);
	} else if (e.p[1] == 'i') {
		on_iq(s, e);
	} else if (e.p[1] == 's') {
		say(s, "<?xml version='1.0'?><stream:stream xmlns:stream="
		       "'http://etherx.jabber.org/streams' xmlns="
		       "'jabber:component:accept' from='sip.xmpp.test' "
		       "id='bench'>");
	} else if (e.p[1] == 'h') {
		say(s, "<handshake/>");
		s->is_up = true;
		printf("up=1\n");
		fflush(stdout);
	}
}

/* Bytes of the first element; 0: not whole yet. */
static size_t element_find(const char *p, size_t n)
{
	static const char *const ends[] = { "</presence>", "</iq>",
					    "</handshake>", "</message>" };
	const char *tag = memchr(p, '>', n), *end;

	if (tag == NULL)
		return 0;
	if (tag[-1] == '/' || p[1] == '?' || p[1] == 's')
		return (size_t)(tag + 1 - p);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (p[1] != ends[i][2])
			continue;
		end = memmem(tag, n - (size_t)(tag - p), ends[i],
			     strlen(ends[i]));
		return end != NULL ? (size_t)(end - p) + strlen(ends[i]) : 0;
	}
	return (size_t)(tag + 1 - p);
}

static void receive_xmpp(struct storm *s)
{
	struct pipe *p = &s->link;
	size_t n;

	if (!pipe_read(p)) {
		pipe_fini(p);
		pipe_init(p, -1);
		s->is_up = false;
		return;
	}
	while ((n = element_find(p->in + p->in_at, p->in_n - p->in_at)) > 0) {
		on_element(s, (struct span){ p->in + p->in_at, n });
		p->in_at += n;
	}
}

/* --- one storm */

static void act(struct storm *s, uint32_t i)
{
	switch (s->kind) {
	case STORM_IN:
		storm_contact_asks(s, i);
		break;
	case STORM_OUT:
		storm_user_asks(s, i);
		break;
	case STORM_TELL_IN:
		storm_user_changes(s, i);
		break;
	case STORM_TELL_OUT:
		storm_contact_changes(s, i);
		break;
	case STORM_NONE:
		break;
	}
}

static void begin(struct storm *s, enum storm_kind kind, uint32_t from,
		  uint32_t count, uint32_t window)
{
	storm_room(s, from + count);
	s->kind = kind;
	s->next = s->from = from;
	s->until = from + count;
	s->window = window;
	s->round++;
	s->done = 0;
	s->again = s->refused = 0;
	s->stalls = 0;
	s->start_ns = s->moved_ns = clock_ns();
}

static void finish(struct storm *s)
{
	printf("sent=%u done=%u refused=%lu again=%lu ms=%lu\n",
	       s->next - s->from, s->done, s->refused, s->again,
	       (clock_ns() - s->start_ns) / 1000000);
	fflush(stdout);
	s->kind = STORM_NONE;
}

/* What got lost is sent again: all of UDP, and only that. */
static void repeat(struct storm *s)
{
	s->moved_ns = clock_ns();
	s->stalls++;
	for (uint32_t i = s->from; i < s->next; i++) {
		if (s->sub[i].open != s->kind)
			continue;
		s->again++;
		storm_repeat(s, i);
	}
}

static void go_on(struct storm *s)
{
	if (s->kind == STORM_NONE)
		return;
	for (unsigned n = 0;
	     n < BATCH_MAX && s->next < s->until &&
	     s->next - s->from - s->done - s->refused < s->window;
	     n++) {
		s->sub[s->next].open = (unsigned char)s->kind;
		act(s, s->next++);
	}
	if (s->done + s->refused >= s->until - s->from ||
	    s->stalls >= STALLS_MAX)
		finish(s);
	else if (clock_ns() - s->moved_ns > STALL_MS * UINT64_C(1000000))
		repeat(s);
}

void storm_done(struct storm *s, enum storm_kind kind, uint32_t i)
{
	if (i >= s->room || s->sub[i].open != kind)
		return;
	s->sub[i].open = STORM_NONE;
	s->done++;
	s->stalls = 0;
	s->moved_ns = clock_ns();
}

/* --- life */

static void command(void *arg, const char *line)
{
	struct storm *s = arg;
	unsigned from, count, window;
	char name[16];

	if (sscanf(line, "gateway %u", &from) == 1) {
		s->gateway.sin_port = htons((uint16_t)from);
		printf("ok=1\n");
		fflush(stdout);
	}
	if (sscanf(line, "%15s %u %u %u", name, &from, &count, &window) != 4)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, name) == 0)
			begin(s, names[i].kind, from, count, window);
	}
}

static void turn(struct storm *s)
{
	bool is_full = s->link.fd >= 0 && pipe_waiting(&s->link) > 0;
	struct pollfd fds[] = {
		{ .fd = 0, .events = POLLIN },
		{ .fd = s->link.fd < 0 ? s->listener : -1, .events = POLLIN },
		{ .fd = s->link.fd,
		  .events = is_full ? POLLIN | POLLOUT : POLLIN },
		{ .fd = s->udp.fd, .events = POLLIN },
	};

	poll(fds, 4, s->kind == STORM_NONE ? -1 : 1);
	if (fds[0].revents && !console_read(&s->console, command, s))
		exit(0);
	if (fds[1].revents) {
		pipe_fini(&s->link);
		pipe_init(&s->link, pipe_accept(s->listener));
	}
	if (fds[2].revents)
		receive_xmpp(s);
	if (fds[3].revents)
		storm_receive_sip(s);
	go_on(s);
	datagrams_flush(&s->udp);
	if (s->link.fd >= 0)
		pipe_write(&s->link);
}

int main(void)
{
	struct storm *s = calloc(1, sizeof(*s));
	uint16_t port = 0;

	if (s == NULL)
		return 1;
	prctl(PR_SET_TIMERSLACK, 1);
	s->listener = pipe_listen(&port);
	if (s->listener < 0 || datagrams_open(&s->udp, 0)) {
		perror("storm");
		return 1;
	}
	s->gateway = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	pipe_init(&s->link, -1);
	printf("port=%u sip=%u\n", port, s->udp.port);
	fflush(stdout);
	for (;;)
		turn(s);
}
