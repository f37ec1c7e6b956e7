#ifndef STOX_SIP_UDP_H
#define STOX_SIP_UDP_H
#include "sip/transport.h"

/* UDP sockets, one a listen point, with batched reads and writes. Private to
 * the transports: transport.h is what others see.
 *
 * A socket is named by the number that hop.socket carries: its index, counted
 * from 1, in the low byte; above it, for a socket bound to the wildcard, which
 * of our addresses the datagram came to (0: none known), so that an answer
 * leaves from there. */
struct udp;

enum {
	UDP_SOCKETS_MAX = 16,
	UDP_DATAGRAM_MAX_BYTES = 65507, /* over IPv4 */
	UDP_QUEUE_MAX_BYTES = 8 << 20	/* waiting on one socket */
};

struct udp *udp_create(struct loop *l, const struct transport_limits *limits,
		       const struct transport_events *e, void *arg);
void udp_destroy(struct udp **up);
/* Binds a socket to at. Returns its number, or 0 and a static *why. */
uint32_t udp_open(struct udp *u, const union endpoint *at, const char **why);
/* Where socket `number` is bound, or the address of ours that number names;
 * NULL when there is no such socket. */
const union endpoint *udp_local(const struct udp *u, uint32_t number);
/* In on_message: more comes than can be served, and this datagram is one of
 * those to refuse (backlog.h). */
bool udp_is_shed(const struct udp *u);
/* Copies bytes; they leave at the end of the turn. false: no such socket, the
 * peer is of another family, too large, or the queue is full. */
bool udp_send(struct udp *u, uint32_t number, const union endpoint *peer,
	      struct str bytes);

#endif
