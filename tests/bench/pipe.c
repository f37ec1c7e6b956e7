#include "pipe.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_BYTES = 1 << 18, READ_BYTES = 1 << 17 };

void pipe_init(struct pipe *p, int fd)
{
	*p = (struct pipe){ .fd = fd,
			    .in_cap = FIRST_BYTES,
			    .out_cap = FIRST_BYTES };
	p->in = malloc(p->in_cap);
	p->out = malloc(p->out_cap);
	if (p->in == NULL || p->out == NULL)
		abort();
}

void pipe_fini(struct pipe *p)
{
	if (p->fd >= 0)
		close(p->fd);
	free(p->in);
	free(p->out);
	*p = (struct pipe){ .fd = -1 };
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

int pipe_listen(uint16_t *port)
{
	struct sockaddr_in me = loopback(*port);
	socklen_t n = sizeof(me);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&me, sizeof(me)) || listen(fd, 64) ||
	    getsockname(fd, (void *)&me, &n))
		return -1;
	*port = ntohs(me.sin_port);
	return fd;
}

static int prepare(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

int pipe_accept(int listener)
{
	return prepare(
		accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int pipe_connect(uint16_t port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (void *)&to, sizeof(to)))
		return -1;
	return prepare(fd);
}

bool pipe_read(struct pipe *p)
{
	ssize_t got;

	memmove(p->in, p->in + p->in_at, p->in_n - p->in_at);
	p->in_n -= p->in_at;
	p->in_at = 0;
	if (p->in_cap - p->in_n < READ_BYTES) {
		p->in_cap *= 2;
		p->in = realloc(p->in, p->in_cap);
		if (p->in == NULL)
			abort();
	}
	got = recv(p->fd, p->in + p->in_n, READ_BYTES, MSG_DONTWAIT);
	p->is_full = got == READ_BYTES;
	if (got > 0)
		p->in_n += (size_t)got;
	return got > 0 || (got < 0 && errno == EAGAIN);
}

size_t pipe_waiting(const struct pipe *p)
{
	return p->out_n - p->out_at;
}

char *pipe_room(struct pipe *p, size_t n)
{
	if (p->out_at >= pipe_waiting(p)) {
		memmove(p->out, p->out + p->out_at, pipe_waiting(p));
		p->out_n -= p->out_at;
		p->out_at = 0;
	}
	while (p->out_cap - p->out_n < n) {
		p->out_cap *= 2;
		p->out = realloc(p->out, p->out_cap);
		if (p->out == NULL)
			abort();
	}
	p->out_n += n;
	return p->out + p->out_n - n;
}

void pipe_add(struct pipe *p, const char *text, size_t n)
{
	memcpy(pipe_room(p, n), text, n);
}

bool pipe_write(struct pipe *p)
{
	ssize_t put;

	if (pipe_waiting(p) == 0)
		return true;
	put = send(p->fd, p->out + p->out_at, pipe_waiting(p),
		   MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put > 0)
		p->out_at += (size_t)put;
	return put > 0 || errno == EAGAIN;
}
