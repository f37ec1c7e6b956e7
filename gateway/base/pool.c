#include "gateway/base/pool.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define POOL_ASAN 1
#endif

static void *block_alloc(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		abort();
	return p;
}

#ifdef POOL_ASAN
void *pool_take(size_t n)
{
	return block_alloc(n);
}

void pool_give(void *p, size_t n)
{
	assert(p == NULL || malloc_usable_size(p) == n);
	free(p);
}
#else
enum { STEP_BYTES = 128, CLASSES = POOL_MAX_BYTES / STEP_BYTES };

struct block {
	struct block *next;
};

/* By size; process-wide, as malloc itself is. */
static _Thread_local struct {
	struct block *first;
	unsigned kept;
} classes[CLASSES];

static size_t class_of(size_t n)
{
	return n / STEP_BYTES;
}

void *pool_take(size_t n)
{
	size_t class = class_of(n);
	struct block *b;

	if (class >= CLASSES)
		return block_alloc(n);
	b = classes[class].first;
	if (b == NULL)
		return block_alloc((class + 1) * STEP_BYTES);
	classes[class].first = b->next;
	classes[class].kept--;
	return b;
}

void pool_give(void *p, size_t n)
{
	size_t class = class_of(n);
	struct block *b = p;

	if (p == NULL || class >= CLASSES || classes[class].kept == POOL_KEEP) {
		free(p);
		return;
	}
	b->next = classes[class].first;
	classes[class].first = b;
	classes[class].kept++;
}
#endif

void *pool_zero(size_t n)
{
	return memset(pool_take(n), 0, n);
}
