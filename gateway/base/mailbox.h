#ifndef STOX_BASE_MAILBOX_H
#define STOX_BASE_MAILBOX_H
#include <pthread.h>
#include <stdbool.h>
#include "gateway/base/loop.h"

/* The loop's letter box for other threads: calls to make, in order, and a
 * descriptor that is readable while there are any. Embedded: init/fini. */
struct letter;
struct mailbox {
	pthread_mutex_t lock; /* of first and last */
	struct letter *first; /* owned */
	struct letter **last;
	int fd; /* owned */
};

/* false with errno when the kernel has no descriptor for us; fini all the
 * same. */
bool mailbox_init(struct mailbox *m);
/* Drops what is still inside. No thread may put any more. */
void mailbox_fini(struct mailbox *m);
/* Any thread. */
void mailbox_put(struct mailbox *m, loop_hook_fn *fn, void *arg);
/* Makes the calls that were there when it began. */
void mailbox_run(struct mailbox *m);

#endif
