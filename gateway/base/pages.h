#ifndef STOX_BASE_PAGES_H
#define STOX_BASE_PAGES_H
#include <stddef.h>

/* The kernel finds memory when it is first written to, a page at a time, and
 * whoever writes waits. What the first messages are sure to need is asked for
 * at the start instead: n bytes at p, which are zero and stay so. */
void pages_touch(void *p, size_t n);

#endif
