#ifndef STOX_XMPP_WIRE_H
#define STOX_XMPP_WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include "gateway/base/loop.h"
#include "gateway/base/str.h"

struct secure;
struct secure_context;

/* The bytes of one connection, plain or through TLS, over a watched
 * non-blocking socket. Embedded; a zeroed struct is a closed one. */
struct wire {
	bool is_open;
	int fd;		    /* owned */
	struct secure *tls; /* owned; NULL: plain */
	struct loop_watch watch;
	/* Which event the next step of each kind waits for: TLS may have to
	 * write before it reads on, and the other way round. */
	unsigned read_event, write_event;
	const char *why; /* of the last WIRE_BROKEN */
};

enum wire_result {
	WIRE_OK,
	WIRE_AGAIN,  /* not now */
	WIRE_ENDED,  /* the peer has closed */
	WIRE_BROKEN, /* see why */
};

/* Takes fd, also on failure. context NULL: plain; else tls_name is sent and
 * checked. false with w->why. Begins with watching for LOOP_IN. */
bool wire_open(struct wire *w, struct loop *l, int fd,
	       struct secure_context *context, const char *tls_name,
	       loop_watch_fn *fn, void *arg);
void wire_close(struct wire *w); /* idempotent */
/* TLS only: WIRE_OK when done. */
enum wire_result wire_handshake(struct wire *w);
/* Once; *n > 0 with WIRE_OK only. */
enum wire_result wire_read(struct wire *w, void *p, size_t cap, size_t *n);
/* As much as goes; *n > 0 with WIRE_OK only, and less than s.n when the rest
 * has to wait for write_event. */
enum wire_result wire_write(struct wire *w, struct str s, size_t *n);
/* Watches for the next read, for the next write, both, or neither. */
void wire_watch(struct wire *w, bool wants_read, bool wants_write);

#endif
