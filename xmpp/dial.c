#include "xmpp/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "gateway/base/loop.h"
#include "xmpp/lookup.h"

enum {
	DIAL_USER_TIMEOUT_MS = 15000, /* unacknowledged bytes, zero window */
	DIAL_WHY_BYTES = 160,
};

struct dial {
	struct loop *loop; /* borrowed */
	dial_fn *fn;
	void *arg;
	struct str host; /* owned, with a NUL */
	uint16_t port;
	struct lookup *lookup; /* owned; outlives an attempt that it was slow
				  for, so that there is never a second one */
	struct lookup_answer known; /* the last good answer */
	bool is_asking;		    /* the attempt waits for the lookup */
	bool is_answered;	    /* the lookup is done and can go */
	uint64_t end_ms;	    /* of the whole attempt */
	size_t next;		    /* address to try next */
	int fd;			    /* owned; connecting, or -1 */
	int reserve_fd;		    /* owned; -1 when it had to be used */
	struct loop_watch watch;
	struct loop_timer timer; /* this address's time, or a deferred step */
	char why[DIAL_WHY_BYTES];
};

static void try_next(void *arg);

/* --- the outcome */

static void finish(struct dial *d, int fd)
{
	dial_stop(d);
	d->fn(d->arg, fd, fd < 0 ? d->why : "");
}

static void note(struct dial *d, const char *text)
{
	snprintf(d->why, sizeof(d->why), "%s", text);
}

static const char *reason(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "connection refused";
	case ETIMEDOUT:
		return "connect timed out";
	case EHOSTUNREACH:
		return "no route to the host";
	case ENETUNREACH:
		return "no route to the network";
	case ECONNRESET:
		return "connection reset";
	case EMFILE:
	case ENFILE:
		return "no descriptors left";
	default:
		return strerror(error);
	}
}

/* --- one address */

void dial_restock(struct dial *d)
{
	if (d->reserve_fd < 0)
		d->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void hang_up(struct dial *d)
{
	loop_timer_stop(&d->timer);
	loop_watch_close(&d->watch);
	if (d->fd < 0)
		return;
	close(d->fd);
	d->fd = -1;
	dial_restock(d);
}

static int open_socket(struct dial *d, int family)
{
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(family, type, 0);

	if (fd >= 0 || (errno != EMFILE && errno != ENFILE) ||
	    d->reserve_fd < 0)
		return fd;
	close(d->reserve_fd);
	d->reserve_fd = -1;
	return socket(family, type, 0);
}

static void set_options(int fd)
{
	const int on = 1, user_timeout_ms = DIAL_USER_TIMEOUT_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
		   sizeof(user_timeout_ms));
}

/* A socket that looks for a port where nobody listens may find itself: TCP's
 * simultaneous open, likely enough on loopback with many attempts. */
static bool is_own_echo(int fd)
{
	struct sockaddr_storage here = { 0 }, there = { 0 };
	socklen_t here_n = sizeof(here), there_n = sizeof(there);

	return getsockname(fd, (struct sockaddr *)&here, &here_n) == 0 &&
	       getpeername(fd, (struct sockaddr *)&there, &there_n) == 0 &&
	       here_n == there_n && memcmp(&here, &there, here_n) == 0;
}

static int connect_error(int fd)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		return errno;
	if (error == 0 && is_own_echo(fd))
		return ECONNREFUSED;
	return error;
}

static void on_connected(void *arg, unsigned events)
{
	struct dial *d = arg;
	int error = connect_error(d->fd), fd;

	(void)events;
	if (error != 0) {
		hang_up(d);
		note(d, reason(error));
		try_next(d);
		return;
	}
	loop_watch_close(&d->watch);
	fd = d->fd;
	d->fd = -1;
	finish(d, fd);
}

static void on_silence(void *arg)
{
	struct dial *d = arg;

	hang_up(d);
	note(d, reason(ETIMEDOUT));
	try_next(d);
}

/* false with errno. */
static bool try_address(struct dial *d, size_t i)
{
	const struct sockaddr *to =
		(const struct sockaddr *)&d->known.address[i];

	d->fd = open_socket(d, to->sa_family);
	if (d->fd < 0)
		return false;
	set_options(d->fd);
	if (connect(d->fd, to, d->known.length[i]) != 0 && errno != EINPROGRESS)
		return false;
	return loop_watch_open(d->loop, &d->watch, d->fd, LOOP_OUT,
			       on_connected, d);
}

/* What is left of the time is shared by the addresses that are left: one that
 * swallows packets must not starve the others. */
static void try_next(void *arg)
{
	struct dial *d = arg;
	uint64_t now = loop_now_ms(d->loop);

	while (d->next < d->known.n && now < d->end_ms) {
		size_t left = d->known.n - d->next;

		if (try_address(d, d->next++)) {
			loop_timer_start(d->loop, &d->timer,
					 (d->end_ms - now) / left, on_silence,
					 d);
			return;
		}
		note(d, reason(errno));
		hang_up(d);
	}
	finish(d, -1);
}

/* --- from the host to addresses */

static void after_lookup(void *arg)
{
	struct dial *d = arg;

	lookup_destroy(&d->lookup);
	try_next(d);
}

static void on_lookup(void *arg, const struct lookup_answer *a)
{
	struct dial *d = arg;

	d->is_answered = true;
	if (a->error == 0 && a->n > 0)
		d->known = *a;
	if (!d->is_asking)
		return;
	d->is_asking = false;
	if (d->known.n == 0)
		snprintf(d->why, sizeof(d->why),
			 "the host's name does not resolve: %s",
			 gai_strerror(a->error));
	loop_timer_start(d->loop, &d->timer, 0, after_lookup, d);
}

static void on_lookup_silence(void *arg)
{
	struct dial *d = arg;

	note(d, "the host's name does not resolve: no answer");
	finish(d, -1);
}

/* A lookup that is still under way from the last attempt is not waited for
 * when an older answer is there. */
static void resolve(struct dial *d, uint64_t timeout_ms)
{
	if (d->is_answered)
		lookup_destroy(&d->lookup);
	if (d->lookup != NULL && d->known.n > 0) {
		loop_timer_start(d->loop, &d->timer, 0, try_next, d);
		return;
	}
	if (d->lookup == NULL)
		d->lookup = lookup_create(d->loop, d->host.p, d->port,
					  on_lookup, d);
	d->is_answered = false;
	d->is_asking = d->lookup != NULL;
	if (d->is_asking) {
		loop_timer_start(d->loop, &d->timer, timeout_ms,
				 on_lookup_silence, d);
		return;
	}
	note(d, "the host's name was not looked up: no descriptors left");
	loop_timer_start(d->loop, &d->timer, 0, try_next, d);
}

void dial_start(struct dial *d, uint64_t timeout_ms)
{
	struct lookup_answer digits;

	dial_stop(d);
	dial_restock(d);
	d->next = 0;
	d->end_ms = loop_now_ms(d->loop) + timeout_ms;
	note(d, reason(ETIMEDOUT));
	lookup_digits(d->host.p, d->port, &digits);
	if (digits.error != 0) {
		resolve(d, timeout_ms);
		return;
	}
	d->known = digits;
	loop_timer_start(d->loop, &d->timer, 0, try_next, d);
}

void dial_stop(struct dial *d)
{
	hang_up(d);
	d->is_asking = false;
}

struct dial *dial_create(struct loop *l, struct str host, uint16_t port,
			 dial_fn *fn, void *arg)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	d->loop = l;
	d->fn = fn;
	d->arg = arg;
	d->host = str_heap(host);
	d->port = port;
	d->fd = d->reserve_fd = -1;
	dial_restock(d);
	return d;
}

void dial_destroy(struct dial **dp)
{
	struct dial *d = *dp;

	if (d == NULL)
		return;
	*dp = NULL;
	dial_stop(d);
	lookup_destroy(&d->lookup);
	if (d->reserve_fd >= 0)
		close(d->reserve_fd);
	str_free(&d->host);
	free(d);
}
