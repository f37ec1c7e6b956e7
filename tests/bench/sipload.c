/* The SIP side of the load.
 *
 *   sipload uac udp|tcp PORT [PEOPLE [DOMAIN]]   sends MESSAGEs to
 *       127.0.0.1:PORT from people of DOMAIN (sip.test)
 *       "send RUN RATE SECONDS" -> one line of figures
 *   sipload uas udp|tcp                 answers what comes; "port=N" first
 *       "reset RUN", "count" -> one line
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include "answerer.h"
#include "caller.h"
#include "clock.h"
#include "console.h"
#include "datagrams.h"
#include "pipe.h"

enum { PEOPLE = 5000, CONNS_MAX = 64 };

struct sipload {
	bool is_uac, is_udp, is_running;
	struct sockaddr_in to;
	struct datagrams udp;
	int listener;
	struct pipe conn[CONNS_MAX]; /* the first one is the UAC's */
	unsigned conns;
	struct caller caller;
	struct answerer answerer;
	struct console console;
};

/* --- sending */

static bool send_udp(void *arg, const char *text, size_t n)
{
	struct sipload *l = arg;

	memcpy(datagrams_room(&l->udp, &l->to), text, n);
	datagrams_commit(&l->udp, n);
	return true;
}

static bool send_tcp(void *arg, const char *text, size_t n)
{
	struct sipload *l = arg;

	if (pipe_waiting(&l->conn[0]) > PIPE_BACKLOG_BYTES)
		return false;
	pipe_add(&l->conn[0], text, n);
	return true;
}

static void flush(struct sipload *l)
{
	if (l->is_udp)
		datagrams_flush(&l->udp);
	for (unsigned i = 0; i < l->conns; i++)
		pipe_write(&l->conn[i]);
}

/* --- receiving */

static void udp_message(struct sipload *l, unsigned i)
{
	struct sipview v;
	char *out;
	size_t n;

	if (sipview_read(l->udp.in_text[i], l->udp.in[i].msg_len, &v) != 1)
		return;
	if (l->is_uac) {
		caller_answered(&l->caller, &v);
		return;
	}
	out = datagrams_room(&l->udp, &l->udp.in_peer[i]);
	n = answerer_answer(&l->answerer, &v, out);
	if (n > 0)
		datagrams_commit(&l->udp, n);
}

static void receive_udp(struct sipload *l)
{
	unsigned n;

	do {
		n = datagrams_read(&l->udp);
		for (unsigned i = 0; i < n; i++)
			udp_message(l, i);
		datagrams_flush(&l->udp);
	} while (n == DATAGRAMS);
}

static void tcp_message(struct sipload *l, struct pipe *p,
			const struct sipview *v)
{
	char out[DATAGRAM_BYTES];

	if (l->is_uac)
		caller_answered(&l->caller, v);
	else
		pipe_add(p, out, answerer_answer(&l->answerer, v, out));
}

static void tcp_messages(struct sipload *l, struct pipe *p)
{
	struct sipview v;

	for (;;) {
		while (p->in_at < p->in_n &&
		       (p->in[p->in_at] == '\r' || p->in[p->in_at] == '\n'))
			p->in_at++;
		if (sipview_read(p->in + p->in_at, p->in_n - p->in_at, &v) != 1)
			break;
		p->in_at += v.bytes;
		tcp_message(l, p, &v);
	}
}

/* All that is there: who leaves answers is not read any more, and would hold
 * up the gateway. */
static void receive_tcp(struct sipload *l, struct pipe *p)
{
	if (p->fd < 0)
		return;
	do {
		if (!pipe_read(p)) {
			pipe_fini(p);
			pipe_init(p, -1);
			return;
		}
		tcp_messages(l, p);
	} while (p->is_full);
	pipe_write(p);
}

/* --- commands */

static void command(void *arg, const char *line)
{
	struct sipload *l = arg;
	unsigned run, rate;
	double seconds;

	if (sscanf(line, "send %u %u %lf", &run, &rate, &seconds) == 3) {
		caller_start(&l->caller, run, rate, seconds);
		l->is_running = true;
	} else if (sscanf(line, "reset %u", &run) == 1) {
		answerer_reset(&l->answerer, run);
		printf("ok=1\n");
	} else if (strcmp(line, "count") == 0) {
		ledger_print(&l->answerer.ledger);
		printf(" bad=%lu copies=%lu\n", l->answerer.bad,
		       l->answerer.copies);
	}
	fflush(stdout);
}

/* --- life */

/* A UAC under way looks at its sockets once a tick: waking up for each answer
 * would cost more than the gateway does. Latencies are that much coarser. */
static void sleep_a_tick(void)
{
	const struct timespec tick = { .tv_nsec = PACE_TICK_NS };

	nanosleep(&tick, NULL);
}

static void turn(struct sipload *l)
{
	const struct timespec none = { 0 };
	struct pollfd fds[CONNS_MAX + 3] = { { .fd = 0, .events = POLLIN } };
	nfds_t n = 1;

	fds[n++] = (struct pollfd){ .fd = l->is_udp ? l->udp.fd : l->listener,
				    .events = POLLIN };
	for (unsigned i = 0; i < l->conns; i++)
		fds[n++] = (struct pollfd){
			.fd = l->conn[i].fd,
			.events = pipe_waiting(&l->conn[i]) ? POLLIN | POLLOUT
							    : POLLIN,
		};
	if (l->is_running)
		sleep_a_tick();
	ppoll(fds, n, l->is_running ? &none : NULL, NULL);
	if (fds[0].revents && !console_read(&l->console, command, l))
		exit(0);
	if (fds[1].revents && l->is_udp)
		receive_udp(l);
	for (unsigned i = 0; i < l->conns; i++)
		if (fds[2 + i].revents)
			receive_tcp(l, &l->conn[i]);
	if (fds[1].revents && !l->is_udp && l->conns < CONNS_MAX)
		pipe_init(&l->conn[l->conns++], pipe_accept(l->listener));
}

static void run(struct sipload *l)
{
	for (;;) {
		turn(l);
		if (!l->is_running)
			continue;
		l->is_running = caller_turn(&l->caller,
					    l->is_udp ? send_udp : send_tcp, l);
		flush(l);
		if (!l->is_running)
			caller_report(&l->caller);
	}
}

static int open_uac(struct sipload *l, uint16_t port, unsigned people,
		    const char *domain)
{
	uint16_t own = 9; /* of a connection, nothing listens */

	l->to = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (l->is_udp && datagrams_open(&l->udp, 0))
		return -1;
	if (l->is_udp) {
		own = l->udp.port;
	} else {
		l->listener = -1;
		pipe_init(&l->conn[l->conns++], pipe_connect(port));
		if (l->conn[0].fd < 0)
			return -1;
	}
	caller_init(&l->caller, l->is_udp, own, people, domain);
	return own;
}

static int open_uas(struct sipload *l)
{
	uint16_t port = 0;

	if (l->is_udp)
		return datagrams_open(&l->udp, 0) ? -1 : l->udp.port;
	l->listener = pipe_listen(&port);
	return l->listener < 0 ? -1 : port;
}

int main(int argc, char **argv)
{
	struct sipload *l = calloc(1, sizeof(*l));
	unsigned people =
		argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : PEOPLE;
	int port;

	if (l == NULL || argc < 3)
		return 64;
	prctl(PR_SET_TIMERSLACK, 1);
	l->is_uac = strcmp(argv[1], "uac") == 0;
	l->is_udp = strcmp(argv[2], "udp") == 0;
	if (l->is_uac && argc > 3)
		port = open_uac(l, (uint16_t)strtoul(argv[3], NULL, 10), people,
				argc > 5 ? argv[5] : "sip.test");
	else
		port = open_uas(l);
	if (port < 0) {
		perror("sipload");
		return 1;
	}
	printf("port=%d\n", port);
	fflush(stdout);
	run(l);
}
