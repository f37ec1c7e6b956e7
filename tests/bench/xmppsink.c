/* The XMPP side of the load: an XEP-0114 server for one component.
 *
 *   xmppsink [PEOPLE [DOMAIN]]   "port=N" first, "up=1" after each handshake;
 *                                DOMAIN: the component, sip.xmpp.test
 *
 * Takes any secret. Answers the gateway's pings in order, counts the messages
 * it gets by their stamps, and sends messages of its own:
 *   "reset RUN" -> ok=1, "count" -> one line
 *   "send RUN RATE SECONDS" -> one line, when all is written
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "clock.h"
#include "console.h"
#include "ledger.h"
#include "pace.h"
#include "pipe.h"
#include "sipview.h"

enum { PEOPLE = 5000, STRIDE = 7919 };

struct sink {
	int listener;
	struct pipe link;
	bool is_open, is_up;
	struct ledger ledger;
	uint64_t pings, errors, busy, others;
	unsigned run, people;
	const char *domain;
	bool is_sending;
	struct pace pace;
	uint32_t sent;
	uint64_t held;
	struct template message;
	struct console console;
};

static const char source[] =
	"<message from='u" T_SENDER "@xmpp.test/phone' to='c" T_TARGET
	"@%s' type='chat' id='" T_RUN T_SERIAL "'><body>" T_BODY
	"</body></message>";

static void say(struct sink *k, const char *text)
{
	pipe_add(&k->link, text, strlen(text));
}

/* --- what the gateway sends */

static void on_iq(struct sink *k, struct span s)
{
	struct span id = span_between(s, " id='", '\'');
	char *p;

	if (span_between(s, " type='get", '\'').p == NULL)
		return;
	k->pings++;
	say(k, "<iq type='result' from='xmpp.test' to='");
	say(k, k->domain);
	say(k, "' id='");
	p = pipe_room(&k->link, id.n);
	memcpy(p, id.p, id.n);
	say(k, "'/>");
}

static void on_message(struct sink *k, struct span s)
{
	struct span body = span_between(s, "<body>", '<');
	struct stamp stamp;

	if (memmem(s.p, s.n, "type='error'", 12) != NULL) {
		k->errors++;
		k->busy += memmem(s.p, s.n, "<resource-constraint", 20) != NULL;
		return;
	}
	if (body.n < STAMP_BYTES) {
		k->others++;
		return;
	}
	stamp_read(body.p, &stamp);
	ledger_add(&k->ledger, &stamp, clock_ns());
}

static void on_header(struct sink *k)
{
	say(k, "<?xml version='1.0'?><stream:stream xmlns:stream="
	       "'http://etherx.jabber.org/streams' xmlns="
	       "'jabber:component:accept' from='");
	say(k, k->domain);
	say(k, "' id='bench'>");
	k->is_open = true;
}

static void on_handshake(struct sink *k)
{
	say(k, "<handshake/>");
	k->is_up = true;
	printf("up=1\n");
	fflush(stdout);
}

static const struct {
	const char *start, *end;
} kinds[] = {
	{ "<message", "</message>" },
	{ "<iq", "</iq>" },
	{ "<handshake", "</handshake>" },
	{ "<presence", ">" },
	{ "<?xml", ">" },
	{ "<stream:stream", ">" },
};

/* The kind of the first element, and its length; -1: not whole yet. */
static int element_find(const char *p, size_t n, size_t *bytes)
{
	for (int i = 0; i < (int)(sizeof(kinds) / sizeof(kinds[0])); i++) {
		size_t start = strlen(kinds[i].start);
		size_t end = strlen(kinds[i].end);
		const char *at;

		if (n < start || memcmp(p, kinds[i].start, start) != 0)
			continue;
		at = memmem(p, n, kinds[i].end, end);
		*bytes = at != NULL ? (size_t)(at + end - p) : 0;
		return at != NULL ? i : -1;
	}
	return -1;
}

static void take_elements(struct sink *k)
{
	struct pipe *p = &k->link;
	size_t n;
	int kind;

	while ((kind = element_find(p->in + p->in_at, p->in_n - p->in_at,
				    &n)) >= 0) {
		struct span s = { p->in + p->in_at, n };

		if (kind == 0)
			on_message(k, s);
		else if (kind == 1)
			on_iq(k, s);
		else if (kind == 2)
			on_handshake(k);
		else if (kind == 5)
			on_header(k);
		p->in_at += n;
	}
}

static void receive(struct sink *k)
{
	if (!pipe_read(&k->link)) {
		pipe_fini(&k->link);
		pipe_init(&k->link, -1);
		k->is_up = k->is_open = false;
		return;
	}
	take_elements(k);
	pipe_write(&k->link);
}

/* --- what we send */

static void write_message(struct sink *k)
{
	const uint64_t value[FIELDS] = {
		[FIELD_SENDER] = k->sent % k->people,
		[FIELD_TARGET] = (uint64_t)k->sent * STRIDE % k->people,
		[FIELD_RUN] = k->run,
		[FIELD_SERIAL] = k->sent,
		[FIELD_TIME] = clock_ns(),
	};

	template_write(&k->message, value, pipe_room(&k->link, k->message.n));
	k->sent++;
}

static void send_due(struct sink *k)
{
	uint64_t now = clock_ns();
	unsigned due = pace_due(&k->pace, now);

	for (; due > 0; due--) {
		if (pipe_waiting(&k->link) > PIPE_BACKLOG_BYTES)
			k->held++;
		else
			write_message(k);
	}
	pipe_write(&k->link);
	if (!pace_is_over(&k->pace, now) || pipe_waiting(&k->link) > 0)
		return;
	k->is_sending = false;
	printf("sent=%u held=%lu skipped=%lu bytes=%zu\n", k->sent, k->held,
	       k->pace.skipped, k->message.n);
	fflush(stdout);
}

/* --- commands */

static void command(void *arg, const char *line)
{
	struct sink *k = arg;
	unsigned run, rate;
	double seconds;

	if (sscanf(line, "send %u %u %lf", &run, &rate, &seconds) == 3) {
		k->run = run;
		k->sent = 0;
		k->held = 0;
		k->is_sending = true;
		pace_start(&k->pace, rate, seconds);
	} else if (sscanf(line, "reset %u", &run) == 1) {
		ledger_reset(&k->ledger, run);
		k->pings = k->errors = k->busy = k->others = 0;
		printf("ok=1\n");
	} else if (strcmp(line, "count") == 0) {
		ledger_print(&k->ledger);
		printf(" pings=%lu errors=%lu busy=%lu others=%lu up=%d\n",
		       k->pings, k->errors, k->busy, k->others, k->is_up);
	}
	fflush(stdout);
}

/* --- life */

static void turn(struct sink *k)
{
	const struct timespec tick = { .tv_nsec = PACE_TICK_NS };
	bool is_full = k->link.fd >= 0 && pipe_waiting(&k->link) > 0;
	struct pollfd fds[] = {
		{ .fd = 0, .events = POLLIN },
		{ .fd = k->link.fd < 0 ? k->listener : -1, .events = POLLIN },
		{ .fd = k->link.fd,
		  .events = is_full ? POLLIN | POLLOUT : POLLIN },
	};

	ppoll(fds, 3, k->is_sending ? &tick : NULL, NULL);
	if (fds[0].revents && !console_read(&k->console, command, k))
		exit(0);
	if (fds[1].revents) {
		pipe_fini(&k->link);
		pipe_init(&k->link, pipe_accept(k->listener));
	}
	if (fds[2].revents)
		receive(k);
	if (k->is_sending)
		send_due(k);
}

int main(int argc, char **argv)
{
	struct sink *k = calloc(1, sizeof(*k));
	char text[TEMPLATE_BYTES];
	uint16_t port = 0;

	if (k == NULL)
		return 1;
	prctl(PR_SET_TIMERSLACK, 1);
	k->people = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : PEOPLE;
	k->domain = argc > 2 ? argv[2] : "sip.xmpp.test";
	k->listener = pipe_listen(&port);
	if (k->listener < 0) {
		perror("xmppsink");
		return 1;
	}
	pipe_init(&k->link, -1);
	snprintf(text, sizeof(text), source, k->domain);
	template_init(&k->message, text);
	printf("port=%u\n", port);
	fflush(stdout);
	for (;;)
		turn(k);
}
