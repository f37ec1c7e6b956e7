#ifndef STOX_SIP_BACKLOG_H
#define STOX_SIP_BACKLOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the kernel is about to drop what comes to a UDP socket, and what is
 * refused then. Refusing costs two thirds of what serving costs, so to refuse
 * all that is too much would leave no time to serve: one in sixteen is refused,
 * to tell its sender to come later, and what the kernel drops is sent again. */
struct backlog { /* embedded; zeroed: nothing waits */
	bool is_behind;
	uint64_t said_ms; /* to the log */
};

enum { BACKLOG_SHED_EVERY = 16 };

/* A turn has taken all that it may, and more is there. */
void backlog_look(struct backlog *b, int fd, uint64_t now_ms);
/* A turn has taken all that was there. */
void backlog_over(struct backlog *b);
/* The i-th datagram of a batch should be refused. */
bool backlog_sheds(const struct backlog *b, size_t i);

#endif
