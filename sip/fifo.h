#ifndef STOX_SIP_FIFO_H
#define STOX_SIP_FIFO_H
#include <stdbool.h>
#include <stddef.h>

/* Bytes that wait, in one piece of memory: put in at the end, taken from the
 * front without moving the rest. The owner sees to the limit; a fifo that
 * cannot grow aborts. A zeroed struct is an empty one. */
struct fifo {
	unsigned char *p; /* owned; aligned for any type at the start */
	size_t at, end, cap;
};

void fifo_fini(struct fifo *f);
size_t fifo_bytes(const struct fifo *f);
/* The first byte that waits; valid until the next fifo_room. */
unsigned char *fifo_head(const struct fifo *f);
/* Room for n bytes behind the end: fill it, then fifo_commit. May move what
 * waits, by all that was taken: records whose sizes are multiples of 8 stay
 * aligned. */
unsigned char *fifo_room(struct fifo *f, size_t n);
void fifo_commit(struct fifo *f, size_t n);
void fifo_add(struct fifo *f, const void *p, size_t n);
void fifo_take(struct fifo *f, size_t n);
/* Gives the memory back when nothing waits and there is more than keep. */
void fifo_trim(struct fifo *f, size_t keep);

#endif
