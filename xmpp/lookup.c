#include "xmpp/lookup.h"

#include <assert.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "gateway/base/loop.h"

enum { LOOKUP_STACK_BYTES = 256 * 1024 };

/* What the thread and the loop share; the last of the two frees it. The
 * thread knows neither the loop nor the lookup, so that both may go first. */
struct errand {
	atomic_int holders;
	int event_fd; /* owned; rises when answer is there */
	char *host;   /* owned */
	uint16_t port;
	struct lookup_answer answer;
};

struct lookup {
	struct errand *errand; /* shared */
	struct loop_watch watch;
	lookup_fn *fn;
	void *arg;
};

static void errand_release(struct errand *e)
{
	if (atomic_fetch_sub(&e->holders, 1) > 1)
		return;
	close(e->event_fd);
	free(e->host);
	free(e);
}

static void ask(const char *host, uint16_t port, int flags,
		struct lookup_answer *out)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV | flags };
	struct addrinfo *all = NULL;
	char service[6];

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	out->n = 0;
	out->error = getaddrinfo(host, service, &hints, &all);
	if (out->error != 0)
		return;
	for (struct addrinfo *i = all; i != NULL; i = i->ai_next) {
		if (out->n == LOOKUP_ADDRESSES_MAX)
			break;
		memcpy(&out->address[out->n], i->ai_addr, i->ai_addrlen);
		out->length[out->n++] = i->ai_addrlen;
	}
	freeaddrinfo(all);
}

void lookup_digits(const char *host, uint16_t port, struct lookup_answer *out)
{
	ask(host, port, AI_NUMERICHOST, out);
}

static void *run(void *arg)
{
	struct errand *e = arg;
	const uint64_t one = 1;
	ssize_t n;

	ask(e->host, e->port, 0, &e->answer);
	n = write(e->event_fd, &one, sizeof(one));
	assert(n == (ssize_t)sizeof(one));
	errand_release(e);
	return NULL;
}

static struct errand *errand_create(const char *host, uint16_t port)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (e == NULL || (e->host = strdup(host)) == NULL)
		abort();
	e->port = port;
	atomic_init(&e->holders, 1);
	e->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return e;
}

static void on_answer(void *arg, unsigned events)
{
	struct lookup *l = arg;

	(void)events;
	loop_watch_close(&l->watch);
	l->fn(l->arg, &l->errand->answer);
}

/* Signals are the loop's: the thread takes none. */
static bool thread_start(struct errand *e)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	atomic_fetch_add(&e->holders, 1);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, LOOKUP_STACK_BYTES);
	error = pthread_create(&thread, &attr, run, e);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		errand_release(e);
	return error == 0;
}

struct lookup *lookup_create(struct loop *l, const char *host, uint16_t port,
			     lookup_fn *fn, void *arg)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL)
		abort();
	lookup->fn = fn;
	lookup->arg = arg;
	lookup->errand = errand_create(host, port);
	if (lookup->errand->event_fd < 0 ||
	    !loop_watch_open(l, &lookup->watch, lookup->errand->event_fd,
			     LOOP_IN, on_answer, lookup) ||
	    !thread_start(lookup->errand))
		lookup_destroy(&lookup);
	return lookup;
}

void lookup_destroy(struct lookup **lp)
{
	struct lookup *l = *lp;

	if (l == NULL)
		return;
	*lp = NULL;
	loop_watch_close(&l->watch);
	errand_release(l->errand);
	free(l);
}
