#ifndef BENCH_DATAGRAMS_H
#define BENCH_DATAGRAMS_H
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* UDP in batches: one set of slots for what comes, one for what has to go. */
enum { DATAGRAMS = 64, DATAGRAM_BYTES = 2048 };
struct datagrams {
	int fd; /* owned */
	uint16_t port;
	struct mmsghdr in[DATAGRAMS], out[DATAGRAMS];
	struct iovec in_iov[DATAGRAMS], out_iov[DATAGRAMS];
	struct sockaddr_in in_peer[DATAGRAMS], out_peer[DATAGRAMS];
	char in_text[DATAGRAMS][DATAGRAM_BYTES + 1];
	char out_text[DATAGRAMS][DATAGRAM_BYTES];
	unsigned out_n;
};

/* On 127.0.0.1 (port 0: any); -1 on failure. */
int datagrams_open(struct datagrams *d, uint16_t port);
void datagrams_close(struct datagrams *d);
/* How many came; their texts end with a NUL. */
unsigned datagrams_read(struct datagrams *d);
/* Room for a datagram to that peer, which takes its length later on; flushes
 * when all slots are taken. */
char *datagrams_room(struct datagrams *d, const struct sockaddr_in *to);
void datagrams_commit(struct datagrams *d, size_t n);
void datagrams_flush(struct datagrams *d);

#endif
