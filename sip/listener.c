#include "sip/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "gateway/base/log.h"
#include "gateway/base/loop.h"

enum { BACKLOG = 512, TURNED_AWAY_MAX = 16 };

struct listener {
	struct listeners *all; /* borrowed: owns us */
	struct loop_watch watch;
	struct loop_timer pause;
	int fd; /* owned */
	enum transport transport;
	struct secure_context *secure; /* borrowed */
};

struct listeners {
	struct loop *loop; /* borrowed */
	listener_fn *fn;
	void *arg;
	int reserve; /* owned; -1 when it could not be had back yet */
	struct listener *list[LISTENERS_MAX]; /* owned */
	size_t count;
};

static void reserve_take(struct listeners *ls)
{
	if (ls->reserve < 0)
		ls->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

struct listeners *listeners_create(struct loop *l, listener_fn *fn, void *arg)
{
	struct listeners *ls = calloc(1, sizeof(*ls));

	if (ls == NULL)
		abort();
	ls->loop = l;
	ls->fn = fn;
	ls->arg = arg;
	ls->reserve = -1;
	reserve_take(ls);
	return ls;
}

static void listener_destroy(struct listener *l)
{
	loop_timer_stop(&l->pause);
	loop_watch_close(&l->watch);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

void listeners_destroy(struct listeners **lp)
{
	struct listeners *ls = *lp;

	if (ls == NULL)
		return;
	*lp = NULL;
	for (size_t i = 0; i < ls->count; i++)
		listener_destroy(ls->list[i]);
	if (ls->reserve >= 0)
		close(ls->reserve);
	free(ls);
}

static void pause_over(void *arg)
{
	struct listener *l = arg;

	reserve_take(l->all);
	loop_watch_set(&l->watch, LOOP_IN);
}

static void rest(struct listener *l)
{
	loop_watch_set(&l->watch, 0);
	loop_timer_start(l->all->loop, &l->pause, LISTENER_PAUSE_MS, pause_over,
			 l);
}

/* Those who wait get an end at once instead of silence. */
static void turn_away(struct listener *l)
{
	int turned = 0;

	if (l->all->reserve >= 0) {
		close(l->all->reserve);
		l->all->reserve = -1;
	}
	while (turned < TURNED_AWAY_MAX) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			break;
		close(fd);
		turned++;
	}
	reserve_take(l->all);
	log_warn("descriptors_exhausted", F_Z("where", "accept"),
		 F_NUM("turned_away", turned));
}

/* true: another call may give more. */
static bool failed(struct listener *l, int error)
{
	switch (error) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
		turn_away(l);
		rest(l);
		return false;
	case ENOBUFS:
	case ENOMEM:
		rest(l);
		return false;
	default: /* accept(2): errors of that connection are to be passed over
		  */
		return true;
	}
}

static void on_ready(void *arg, unsigned events)
{
	struct listener *l = arg;

	(void)events;
	if (loop_timer_is_running(&l->pause))
		return;
	for (int i = 0; i < LISTENER_ACCEPTS_A_TURN; i++) {
		union endpoint peer = { 0 };
		socklen_t n = sizeof(peer);
		int fd = accept4(l->fd, &peer.sa, &n,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			l->all->fn(l->all->arg, fd, l->transport, &peer,
				   l->secure);
		else if (!failed(l, errno))
			return;
	}
}

/* errno says what went wrong. */
static bool start(struct listener *l, const union endpoint *at,
		  union endpoint *bound)
{
	socklen_t n = sizeof(*bound);
	int on = 1;

	memset(bound, 0, sizeof(*bound));
	if (l->fd < 0)
		return false;
	if (at->sa.sa_family == AF_INET6 &&
	    setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
		return false;
	return setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
		       0 &&
	       bind(l->fd, &at->sa, endpoint_bytes(at)) == 0 &&
	       listen(l->fd, BACKLOG) == 0 &&
	       getsockname(l->fd, &bound->sa, &n) == 0 &&
	       loop_watch_open(l->all->loop, &l->watch, l->fd, LOOP_IN,
			       on_ready, l);
}

bool listeners_open(struct listeners *ls, enum transport transport,
		    const union endpoint *at, struct secure_context *secure,
		    union endpoint *bound, const char **why)
{
	struct listener *l;

	if (ls->count == LISTENERS_MAX) {
		*why = "too many listen points";
		return false;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->all = ls;
	l->transport = transport;
	l->secure = secure;
	l->fd = socket(at->sa.sa_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (!start(l, at, bound)) {
		*why = strerrordesc_np(errno);
		listener_destroy(l);
		return false;
	}
	ls->list[ls->count++] = l;
	return true;
}
