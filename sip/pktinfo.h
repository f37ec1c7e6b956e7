#ifndef STOX_SIP_PKTINFO_H
#define STOX_SIP_PKTINFO_H
#include <stddef.h>
#include <sys/socket.h>
#include "sip/sipmsg.h"

/* Which address of ours a datagram came to, and which one it leaves from, for
 * a socket that is bound to all of them (IP_PKTINFO, RFC 3542 §6). Private to
 * the transports. */
enum { PKTINFO_BYTES = 64 }; /* room for one, with its header */

void pktinfo_want(int fd, int family);
/* From a received message: *own is bound with the address filled in. */
bool pktinfo_read(struct msghdr *m, const union endpoint *bound,
		  union endpoint *own);
/* Into a control buffer; returns its length. */
size_t pktinfo_write(struct cmsghdr *c, const union endpoint *own);

#endif
