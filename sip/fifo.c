#include "sip/fifo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIFO_FIRST_BYTES = 4096 };

void fifo_fini(struct fifo *f)
{
	free(f->p);
	*f = (struct fifo){ 0 };
}

size_t fifo_bytes(const struct fifo *f)
{
	return f->end - f->at;
}

unsigned char *fifo_head(const struct fifo *f)
{
	return f->p + f->at;
}

static void grow(struct fifo *f, size_t need)
{
	size_t cap = f->cap > 0 ? f->cap : FIFO_FIRST_BYTES;

	while (cap < need)
		cap *= 2;
	f->p = realloc(f->p, cap);
	if (f->p == NULL)
		abort();
	f->cap = cap;
}

/* What waits moves only when at least as much was taken before it, so that
 * each byte is moved once on average. */
unsigned char *fifo_room(struct fifo *f, size_t n)
{
	size_t waiting = fifo_bytes(f);

	if (f->cap - f->end >= n && f->p != NULL)
		return f->p + f->end;
	if (f->p != NULL && f->at > 0 && f->at >= waiting) {
		memmove(f->p, f->p + f->at, waiting);
		f->at = 0;
		f->end = waiting;
	}
	if (f->cap - f->end < n || f->p == NULL)
		grow(f, f->end + n);
	return f->p + f->end;
}

void fifo_commit(struct fifo *f, size_t n)
{
	assert(n <= f->cap - f->end);
	f->end += n;
}

void fifo_add(struct fifo *f, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(fifo_room(f, n), p, n);
	fifo_commit(f, n);
}

void fifo_take(struct fifo *f, size_t n)
{
	assert(n <= fifo_bytes(f));
	f->at += n;
	if (f->at == f->end)
		f->at = f->end = 0;
}

void fifo_trim(struct fifo *f, size_t keep)
{
	if (f->at == f->end && f->cap > keep)
		fifo_fini(f);
}
