#include "gateway/base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { CHUNK = 1024 };

static void allocates_aligned_room(void **state)
{
	static const size_t sizes[] = { 0,  1,	 3,	8,	   16,
					17, 255, CHUNK, CHUNK + 1, 10 * CHUNK };
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned char *p = arena_alloc(&a, sizes[i]);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % alignof(max_align_t),
					 0);
			memset(p, 0xAA, sizes[i]);
		}
	}
	arena_fini(&a);
}

static void pieces_do_not_overlap(void **state)
{
	unsigned char *piece[200];
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	for (unsigned i = 0; i < 200; i++) {
		size_t n = 1 + i * 7 % 600;

		piece[i] = arena_alloc(&a, n);
		memset(piece[i], (int)i, n);
	}
	for (unsigned i = 0; i < 200; i++) {
		size_t n = 1 + i * 7 % 600;

		assert_int_equal(piece[i][0], i);
		assert_int_equal(piece[i][n - 1], i);
	}
	arena_fini(&a);
}

static void nothing_is_allocated_before_use(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	assert_null(a.head);
	assert_int_equal(arena_used_bytes(&a), 0);
	arena_reset(&a);
	assert_null(a.head);
	arena_fini(&a);
}

static void zalloc_clears_used_room(void **state)
{
	unsigned char *p;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	memset(arena_alloc(&a, 200), 0xFF, 200);
	arena_reset(&a);
	p = arena_zalloc(&a, 200);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(p[i], 0);
	arena_fini(&a);
}

static void reset_keeps_one_chunk(void **state)
{
	struct arena a;
	void *first;

	(void)state;
	arena_init(&a, CHUNK);
	first = arena_alloc(&a, 10 * CHUNK); /* not the one that is kept */
	memset(first, 1, 10 * CHUNK);
	for (int i = 0; i < 50; i++)
		arena_alloc(&a, 100);
	arena_reset(&a);
	assert_int_equal(arena_used_bytes(&a), 0);
	assert_non_null(a.head);
	first = arena_alloc(&a, 100);
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 100), first);
	arena_fini(&a);
	assert_null(a.head);
}

/* A busy turn's memory is there for the next one, but not without end. */
static void reset_keeps_some_chunks(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3 * ARENA_KEEP * CHUNK / 64; i++)
			memset(arena_alloc(&a, 64), i, 64);
		arena_reset(&a);
		assert_int_equal(a.spare_count, ARENA_KEEP - 1);
		assert_int_equal(arena_used_bytes(&a), 0);
	}
	for (int i = 0; i < 2 * CHUNK / 64; i++)
		arena_alloc(&a, 64);
	assert_int_equal(a.spare_count, ARENA_KEEP - 2);
	arena_fini(&a);
	assert_null(a.spare);
}

static void used_bytes_are_counted(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	arena_alloc(&a, 64);
	assert_int_equal(arena_used_bytes(&a), 64);
	arena_alloc(&a, 5 * CHUNK);
	assert_int_equal(arena_used_bytes(&a), 64 + 5 * CHUNK);
	for (int i = 0; i < 32; i++)
		arena_alloc(&a, 64);
	assert_int_equal(arena_used_bytes(&a), 33 * 64 + 5 * CHUNK);
	arena_fini(&a);
}

/* A large piece must not waste what the ordinary chunk still has. */
static void large_piece_leaves_the_chunk_alone(void **state)
{
	unsigned char *before, *after;
	struct arena a;

	(void)state;
	arena_init(&a, CHUNK);
	before = arena_alloc(&a, 64);
	arena_alloc(&a, 3 * CHUNK);
	after = arena_alloc(&a, 64);
	assert_ptr_equal(after, before + 64);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocates_aligned_room),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(nothing_is_allocated_before_use),
		cmocka_unit_test(zalloc_clears_used_room),
		cmocka_unit_test(reset_keeps_one_chunk),
		cmocka_unit_test(reset_keeps_some_chunks),
		cmocka_unit_test(used_bytes_are_counted),
		cmocka_unit_test(large_piece_leaves_the_chunk_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
