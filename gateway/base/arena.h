#ifndef STOX_BASE_ARENA_H
#define STOX_BASE_ARENA_H
#include <stddef.h>

/* A bump allocator. What serves one stanza or one turn of the loop lives in
 * an arena and is never freed by hand. Embedded: init/fini. A request that
 * cannot be met aborts: sizes that a peer can choose are limited before. */
struct arena_chunk;
struct arena {
	struct arena_chunk *head;  /* owned; the newest chunk first */
	struct arena_chunk *spare; /* owned; to be used again */
	unsigned char *p, *end;	   /* free room of the newest chunk */
	size_t chunk_bytes, spare_count;
};

/* chunk_bytes: size of the first and of ordinary further chunks. Allocates
 * nothing before the first arena_alloc. */
void arena_init(struct arena *a, size_t chunk_bytes);
void arena_fini(struct arena *a);
/* Gives everything back but ARENA_KEEP ordinary chunks, which are used again:
 * memory that comes and goes with each turn is dear. */
enum { ARENA_KEEP = 16 };
void arena_reset(struct arena *a);
/* n bytes aligned for any type, not cleared; never NULL. */
void *arena_alloc(struct arena *a, size_t n);
/* The same, cleared. */
void *arena_zalloc(struct arena *a, size_t n);
/* Bytes handed out since the last reset. */
size_t arena_used_bytes(const struct arena *a);

#define arena_new(a, type) ((type *)arena_zalloc((a), sizeof(type)))

#endif
