#ifndef STOX_BASE_POOL_H
#define STOX_BASE_POOL_H
#include <stddef.h>

/* Blocks for what comes and goes with each message: what is given back is kept
 * for the next of about that size, as many as a busy turn of the loop has under
 * way (malloc keeps seven), and the rest goes to malloc. Each thread has its
 * own. Under ASan nothing is kept, so that errors are seen as those of malloc
 * are; there a size that differs from that of pool_take aborts. */
enum { POOL_KEEP = 256, POOL_MAX_BYTES = 1536 };

/* n bytes, not cleared; never NULL. */
void *pool_take(size_t n);
/* The same, cleared. */
void *pool_zero(size_t n);
/* n: as it was taken. p may be NULL. */
void pool_give(void *p, size_t n);

#define pool_new(type) ((type *)pool_zero(sizeof(type)))

#endif
