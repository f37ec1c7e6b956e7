#ifndef STOX_SIP_ICMP_H
#define STOX_SIP_ICMP_H
#include "sip/sipmsg.h"

/* The error queue of a UDP socket (IP_RECVERR, ip(7)): who has refused what we
 * sent. Private to the transports. */
enum { ICMP_READS_MAX = 256 }; /* a call */

/* peer: where the datagram was sent to; error: an errno. */
typedef void icmp_fn(void *arg, const union endpoint *peer, int error);

void icmp_want(int fd, int family);
/* Empties the queue and calls fn for each refusal. */
void icmp_read(int fd, icmp_fn *fn, void *arg);

#endif
