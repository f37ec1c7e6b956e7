#include "datagrams.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 4 << 20 };

static void slots_init(struct datagrams *d)
{
	for (unsigned i = 0; i < DATAGRAMS; i++) {
		d->in_iov[i] = (struct iovec){ d->in_text[i], DATAGRAM_BYTES };
		d->out_iov[i].iov_base = d->out_text[i];
		d->in[i].msg_hdr.msg_iov = &d->in_iov[i];
		d->out[i].msg_hdr.msg_iov = &d->out_iov[i];
		d->in[i].msg_hdr.msg_iovlen = d->out[i].msg_hdr.msg_iovlen = 1;
		d->in[i].msg_hdr.msg_name = &d->in_peer[i];
		d->out[i].msg_hdr.msg_name = &d->out_peer[i];
		d->out[i].msg_hdr.msg_namelen = sizeof(d->out_peer[i]);
	}
}

int datagrams_open(struct datagrams *d, uint16_t port)
{
	struct sockaddr_in me = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(me);
	int bytes = BUFFER_BYTES;

	memset(d, 0, sizeof(*d));
	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd < 0 || bind(d->fd, (void *)&me, sizeof(me)) ||
	    getsockname(d->fd, (void *)&me, &n))
		return -1;
	setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(d->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	d->port = ntohs(me.sin_port);
	slots_init(d);
	return 0;
}

void datagrams_close(struct datagrams *d)
{
	close(d->fd);
}

unsigned datagrams_read(struct datagrams *d)
{
	int n;

	for (unsigned i = 0; i < DATAGRAMS; i++)
		d->in[i].msg_hdr.msg_namelen = sizeof(d->in_peer[i]);
	n = recvmmsg(d->fd, d->in, DATAGRAMS, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		d->in_text[i][d->in[i].msg_len] = '\0';
	return n > 0 ? (unsigned)n : 0;
}

char *datagrams_room(struct datagrams *d, const struct sockaddr_in *to)
{
	if (d->out_n == DATAGRAMS)
		datagrams_flush(d);
	d->out_peer[d->out_n] = *to;
	return d->out_text[d->out_n];
}

void datagrams_commit(struct datagrams *d, size_t n)
{
	d->out_iov[d->out_n++].iov_len = n;
}

void datagrams_flush(struct datagrams *d)
{
	struct pollfd full = { .fd = d->fd, .events = POLLOUT };
	unsigned done = 0;

	while (done < d->out_n) {
		int sent = sendmmsg(d->fd, d->out + done, d->out_n - done, 0);

		if (sent > 0)
			done += (unsigned)sent;
		else if (errno == EAGAIN || errno == ENOBUFS)
			poll(&full, 1, 1);
		else if (errno != ECONNREFUSED)
			break;
	}
	d->out_n = 0;
}
