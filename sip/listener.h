#ifndef STOX_SIP_LISTENER_H
#define STOX_SIP_LISTENER_H
#include "sip/sipmsg.h"

struct loop;
struct secure_context;
struct listeners;

/* The listening stream sockets, and what to do when descriptors run out: one
 * is kept in reserve to turn callers away with, then accepting rests for
 * LISTENER_PAUSE_MS, so that nothing spins. Private to the transports. */
enum {
	LISTENERS_MAX = 16,
	LISTENER_ACCEPTS_A_TURN = 64,
	LISTENER_PAUSE_MS = 100
};

/* fd becomes the callee's: non-blocking, close-on-exec. */
typedef void listener_fn(void *arg, int fd, enum transport transport,
			 const union endpoint *peer,
			 struct secure_context *secure);

struct listeners *listeners_create(struct loop *l, listener_fn *fn, void *arg);
void listeners_destroy(struct listeners **lp);
/* *bound: with the port that the kernel chose for port 0. false and a static
 * *why when it cannot be opened. secure is borrowed. */
bool listeners_open(struct listeners *ls, enum transport transport,
		    const union endpoint *at, struct secure_context *secure,
		    union endpoint *bound, const char **why);

#endif
