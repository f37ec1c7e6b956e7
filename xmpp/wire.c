#include "xmpp/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "gateway/base/secure.h"

/* A turn's share of one connection when TLS cuts it into records. */
enum { WIRE_RECORDS_MAX = 64 };

bool wire_open(struct wire *w, struct loop *l, int fd,
	       struct secure_context *context, const char *tls_name,
	       loop_watch_fn *fn, void *arg)
{
	*w = (struct wire){ .is_open = true,
			    .fd = fd,
			    .read_event = LOOP_IN,
			    .write_event = LOOP_OUT };
	if (!loop_watch_open(l, &w->watch, fd, LOOP_IN, fn, arg)) {
		w->why = strerror(errno);
		wire_close(w);
		return false;
	}
	if (context != NULL)
		w->tls = secure_create(context, fd, tls_name);
	if (context != NULL && w->tls == NULL) {
		w->why = "TLS does not start";
		wire_close(w);
		return false;
	}
	return true;
}

void wire_close(struct wire *w)
{
	if (!w->is_open)
		return;
	w->is_open = false;
	secure_destroy(&w->tls);
	loop_watch_close(&w->watch);
	close(w->fd);
}

void wire_watch(struct wire *w, bool wants_read, bool wants_write)
{
	loop_watch_set(&w->watch, (wants_read ? w->read_event : 0) |
					  (wants_write ? w->write_event : 0));
}

/* own_event: what this kind of step waits for when TLS does not differ. */
static enum wire_result tls_result(struct wire *w, enum secure_result r,
				   unsigned *event, unsigned own_event)
{
	*event = own_event;
	switch (r) {
	case SECURE_OK:
		return WIRE_OK;
	case SECURE_WANT_READ:
		*event = LOOP_IN;
		return WIRE_AGAIN;
	case SECURE_WANT_WRITE:
		*event = LOOP_OUT;
		return WIRE_AGAIN;
	case SECURE_CLOSED:
		return WIRE_ENDED;
	case SECURE_FAILED:
		break;
	}
	w->why = secure_why(w->tls);
	return WIRE_BROKEN;
}

enum wire_result wire_handshake(struct wire *w)
{
	enum wire_result r;

	if (w->tls == NULL)
		return WIRE_OK;
	r = tls_result(w, secure_handshake(w->tls), &w->read_event, LOOP_IN);
	wire_watch(w, true, false);
	return r;
}

static enum wire_result socket_result(struct wire *w)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return WIRE_AGAIN;
	w->why = errno == ETIMEDOUT ? "the server takes nothing any more"
		 : errno == ECONNRESET || errno == EPIPE
			 ? "the server cut the connection"
			 : strerror(errno);
	return WIRE_BROKEN;
}

enum wire_result wire_read(struct wire *w, void *p, size_t cap, size_t *n)
{
	ssize_t got;

	*n = 0;
	if (w->tls != NULL)
		return tls_result(w, secure_read(w->tls, p, cap, n),
				  &w->read_event, LOOP_IN);
	got = recv(w->fd, p, cap, 0);
	if (got < 0)
		return socket_result(w);
	if (got == 0)
		return WIRE_ENDED;
	*n = (size_t)got;
	return WIRE_OK;
}

static enum wire_result write_records(struct wire *w, struct str s, size_t *n)
{
	enum wire_result r = WIRE_OK;
	size_t part;

	for (int i = 0; i < WIRE_RECORDS_MAX && *n < s.n; i++) {
		r = tls_result(w,
			       secure_write(w->tls, s.p + *n, s.n - *n, &part),
			       &w->write_event, LOOP_OUT);
		if (r != WIRE_OK)
			break;
		*n += part;
	}
	return *n > 0 ? WIRE_OK : r;
}

enum wire_result wire_write(struct wire *w, struct str s, size_t *n)
{
	ssize_t put;

	*n = 0;
	if (w->tls != NULL)
		return write_records(w, s, n);
	put = send(w->fd, s.p, s.n, MSG_NOSIGNAL);
	if (put <= 0)
		return socket_result(w);
	*n = (size_t)put;
	return WIRE_OK;
}
