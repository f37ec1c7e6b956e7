#include "sip/batch.h"

#include <netinet/udp.h>
#include <string.h>

/* What waits in a queue: this, then the bytes, padded to 8. */
struct datagram {
	union endpoint peer;
	uint32_t local;
	uint32_t bytes;
};
_Static_assert(sizeof(struct datagram) % 4 == 0, "stays aligned");

static size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t datagram_bytes(const struct datagram *d)
{
	return padded(sizeof(*d)) + padded(d->bytes);
}

static struct datagram *datagram_at(unsigned char *p)
{
	return (struct datagram *)(void *)p;
}

bool batch_put(struct fifo *queue, size_t max_bytes, const union endpoint *peer,
	       uint32_t local, struct str bytes)
{
	struct datagram d = { .peer = *peer,
			      .local = local,
			      .bytes = (uint32_t)bytes.n };
	size_t n = datagram_bytes(&d);
	unsigned char *p;

	if (fifo_bytes(queue) + n > max_bytes)
		return false;
	p = fifo_room(queue, n);
	memcpy(p, &d, sizeof(d));
	if (bytes.n > 0)
		memcpy(p + padded(sizeof(d)), bytes.p, bytes.n);
	fifo_commit(queue, n);
	return true;
}

static void head_take(struct fifo *queue)
{
	fifo_take(queue, datagram_bytes(datagram_at(fifo_head(queue))));
}

union endpoint batch_drop(struct fifo *queue)
{
	union endpoint peer = datagram_at(fifo_head(queue))->peer;

	head_take(queue);
	return peer;
}

void batch_took(const struct batch *b, struct fifo *queue, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < b->datagrams[i]; k++)
			head_take(queue);
	}
}

/* The message that is being filled. */
struct filling {
	struct datagram *first; /* its length is that of all but the last */
	size_t bytes;
	bool is_open; /* another one may follow */
};

static bool goes_with(const struct filling *f, unsigned count,
		      const struct datagram *d)
{
	return f->is_open && count < SEGMENTS_MAX && d->bytes > 0 &&
	       d->bytes <= f->first->bytes &&
	       f->bytes + d->bytes <= SEGMENTED_MAX_BYTES &&
	       d->local == f->first->local &&
	       endpoint_eq(&d->peer, &f->first->peer);
}

static void message_begin(struct batch *b, struct iovec *iov,
			  struct datagram *d, const struct locals *locals)
{
	struct msghdr *m = &b->message[b->count].msg_hdr;
	const union endpoint *own =
		locals != NULL
			? locals_get(locals, d->local, d->peer.sa.sa_family)
			: NULL;

	*m = (struct msghdr){ .msg_name = &d->peer,
			      .msg_namelen = endpoint_bytes(&d->peer),
			      .msg_iov = iov,
			      .msg_iovlen = 1 };
	b->datagrams[b->count] = 1;
	if (own != NULL) {
		m->msg_control = b->control[b->count];
		m->msg_controllen = pktinfo_write(m->msg_control, own);
	}
	b->count++;
}

/* Says at which length the kernel has to cut. */
static void message_segment(struct batch *b, const struct datagram *first)
{
	unsigned char *control = b->control[b->count - 1];
	struct msghdr *m = &b->message[b->count - 1].msg_hdr;
	uint16_t bytes = (uint16_t)first->bytes;
	struct cmsghdr *c;

	m->msg_control = control;
	c = (struct cmsghdr *)(void *)(control + m->msg_controllen);
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(bytes));
	memcpy(CMSG_DATA(c), &bytes, sizeof(bytes));
	m->msg_controllen += CMSG_SPACE(sizeof(bytes));
}

static void message_join(struct batch *b, const struct datagram *first)
{
	if (b->datagrams[b->count - 1]++ == 1)
		message_segment(b, first);
	b->message[b->count - 1].msg_hdr.msg_iovlen++;
}

void batch_fill(struct batch *b, const struct fifo *queue,
		const struct locals *locals, bool may_segment)
{
	unsigned char *p = fifo_head(queue), *end = p + fifo_bytes(queue);
	struct filling f = { .first = NULL };

	b->count = 0;
	for (size_t i = 0; p < end && i < BATCH_DATAGRAMS; i++) {
		struct datagram *d = datagram_at(p);

		b->iov[i].iov_base = p + padded(sizeof(*d));
		b->iov[i].iov_len = d->bytes;
		if (f.is_open && goes_with(&f, b->datagrams[b->count - 1], d)) {
			message_join(b, f.first);
			f.is_open = d->bytes == f.first->bytes;
			f.bytes += d->bytes;
		} else {
			if (b->count == BATCH_MESSAGES)
				return;
			message_begin(b, &b->iov[i], d, locals);
			f = (struct filling){
				.first = d,
				.bytes = d->bytes,
				.is_open = may_segment && d->bytes > 0 &&
					   d->bytes <= SEGMENT_MAX_BYTES,
			};
		}
		p += datagram_bytes(d);
	}
}
