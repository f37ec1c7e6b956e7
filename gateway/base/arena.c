#include "gateway/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Under ASan the free room is poisoned, so that a write past an allocation
 * and a use after the reset are found like those of malloc. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ARENA_ALIGN = alignof(max_align_t) };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	size_t used; /* of data; the head's is known by arena.p only */
	alignas(max_align_t) unsigned char data[];
};

static size_t round_up(size_t n)
{
	return (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

static struct arena_chunk *chunk_create(size_t size)
{
	struct arena_chunk *c = malloc(sizeof(*c) + size);

	if (c == NULL)
		abort();
	c->next = NULL;
	c->size = size;
	c->used = 0;
	POISON(c->data, size);
	return c;
}

static void chunk_destroy(struct arena_chunk *c)
{
	UNPOISON(c->data, c->size);
	free(c);
}

void arena_init(struct arena *a, size_t chunk_bytes)
{
	*a = (struct arena){ .chunk_bytes = round_up(chunk_bytes) };
}

static void chunks_destroy(struct arena_chunk *c)
{
	struct arena_chunk *next;

	for (; c != NULL; c = next) {
		next = c->next;
		chunk_destroy(c);
	}
}

void arena_fini(struct arena *a)
{
	chunks_destroy(a->head);
	chunks_destroy(a->spare);
	*a = (struct arena){ .chunk_bytes = a->chunk_bytes };
}

/* Makes it the head. */
static void chunk_open(struct arena *a, struct arena_chunk *c)
{
	c->next = a->head;
	c->used = 0;
	a->head = c;
	a->p = c->data;
	a->end = c->data + c->size;
}

static struct arena_chunk *spare_take(struct arena *a)
{
	struct arena_chunk *c = a->spare;

	if (c != NULL) {
		a->spare = c->next;
		a->spare_count--;
	}
	return c;
}

static void spare_put(struct arena *a, struct arena_chunk *c)
{
	if (c->size != a->chunk_bytes || a->spare_count == ARENA_KEEP) {
		chunk_destroy(c);
		return;
	}
	POISON(c->data, c->size);
	c->next = a->spare;
	a->spare = c;
	a->spare_count++;
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->head, *next;

	for (; c != NULL; c = next) {
		next = c->next;
		spare_put(a, c);
	}
	a->head = NULL;
	a->p = a->end = NULL;
	c = spare_take(a);
	if (c != NULL)
		chunk_open(a, c);
}

/* A large request gets a chunk of its own behind the head, so that the room
 * left in the head is not lost. */
static void *alloc_large(struct arena *a, size_t size)
{
	struct arena_chunk *c = chunk_create(size);

	c->used = size;
	if (a->head == NULL) {
		a->head = c;
		a->p = a->end = c->data + size;
		return c->data;
	}
	c->next = a->head->next;
	a->head->next = c;
	return c->data;
}

static void *alloc_slow(struct arena *a, size_t size)
{
	struct arena_chunk *c;

	if (size > a->chunk_bytes / 4)
		return alloc_large(a, size);
	c = spare_take(a);
	if (c == NULL)
		c = chunk_create(a->chunk_bytes);
	if (a->head != NULL)
		a->head->used = (size_t)(a->p - a->head->data);
	chunk_open(a, c);
	a->p += size;
	return c->data;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t size = round_up(n + (n == 0));
	void *p = a->p;

	if (n > PTRDIFF_MAX / 2)
		abort();
	if (size <= (size_t)(a->end - a->p))
		a->p += size;
	else
		p = alloc_slow(a, size);
	UNPOISON(p, n);
	return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

size_t arena_used_bytes(const struct arena *a)
{
	size_t sum;

	if (a->head == NULL)
		return 0;
	sum = (size_t)(a->p - a->head->data);
	for (const struct arena_chunk *c = a->head->next; c; c = c->next)
		sum += c->used;
	return sum;
}
