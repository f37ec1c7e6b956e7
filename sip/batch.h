#ifndef STOX_SIP_BATCH_H
#define STOX_SIP_BATCH_H
#include "sip/fifo.h"
#include "sip/locals.h"
#include "sip/pktinfo.h"

/* Datagrams on their way out: how they wait in a queue, and the batch that one
 * sendmmsg takes. Neighbours of one length to one peer go as one message that
 * the kernel, or the network card, cuts again (UDP_SEGMENT, udp(7)): the way
 * through the kernel is paid once for all of them. Private to the transports.
 */
enum {
	BATCH_MESSAGES = 64,	  /* of a system call */
	BATCH_DATAGRAMS = 256,	  /* in all of them */
	SEGMENTS_MAX = 64,	  /* of a message; the kernel's limit */
	SEGMENT_MAX_BYTES = 1400, /* what must fit into each link on the way */
	SEGMENTED_MAX_BYTES = 60000
};

struct batch { /* embedded */
	struct mmsghdr message[BATCH_MESSAGES];
	unsigned datagrams[BATCH_MESSAGES]; /* how many are in it */
	unsigned count;
	struct iovec iov[BATCH_DATAGRAMS];
	_Alignas(struct cmsghdr) unsigned char control
		[BATCH_MESSAGES][PKTINFO_BYTES + CMSG_SPACE(sizeof(uint16_t))];
};

/* Where a datagram goes: the address of ours that it leaves from is named by
 * local (locals.h), 0 for that of the socket. */
bool batch_put(struct fifo *queue, size_t max_bytes, const union endpoint *peer,
	       uint32_t local, struct str bytes);
/* Takes the first datagram, and says whom it was for. */
union endpoint batch_drop(struct fifo *queue);

/* Fills b with the head of the queue, which must stay as it is until
 * batch_took. locals: of a socket that is bound to all addresses, else NULL. */
void batch_fill(struct batch *b, const struct fifo *queue,
		const struct locals *locals, bool may_segment);
/* Takes what the first n messages hold. */
void batch_took(const struct batch *b, struct fifo *queue, unsigned n);

#endif
