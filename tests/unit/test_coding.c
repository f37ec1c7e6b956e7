#include "sip/coding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

enum {
	CHUNK_BYTES = 1024,
	MAX_BYTES = 100000,
	GZIP_BITS = 15 + 16,
	ZLIB_BITS = 15,
	BARE_BITS = -15,
	MEMORY_LEVEL = 8
};

static char plain[MAX_BYTES + 1], coded[2 * MAX_BYTES];

static struct arena arena;

static void fill(void)
{
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (char)(i * i % 251);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, CHUNK_BYTES);
	fill();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct str deflated(int bits, size_t n)
{
	z_stream z = { .next_in = (Bytef *)plain, .avail_in = (uInt)n };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, MEMORY_LEVEL,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_out = (Bytef *)coded;
	z.avail_out = sizeof(coded);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return (struct str){ coded, sizeof(coded) - z.avail_out };
}

static const struct {
	const char *name;
	int bits;
} known[] = {
	{ "deflate", ZLIB_BITS }, { " DEFLATE ", ZLIB_BITS },
	{ "deflate", BARE_BITS }, { "gzip", GZIP_BITS },
	{ "x-gzip", GZIP_BITS },  { "Gzip", GZIP_BITS },
};

static void decodes(void **state)
{
	static const size_t sizes[] = { 0, 1, 300, 1024, 1025, MAX_BYTES };
	struct str in, out;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			in = deflated(known[i].bits, sizes[j]);
			assert_int_equal(coding_decode(&arena,
						       str_z(known[i].name), in,
						       MAX_BYTES, &out),
					 CODING_DONE);
			assert_int_equal(out.n, sizes[j]);
			assert_memory_equal(out.p == NULL ? "" : out.p, plain,
					    out.n);
		}
}

/* RFC 3261 §20.12: in the order in which they were applied. */
static void decodes_two(void **state)
{
	static const char *const names[] = { "gzip, deflate",
					     "identity,gzip ,, DEFLATE," };
	struct str in, out;
	char *once;

	(void)state;
	in = deflated(GZIP_BITS, 300);
	once = arena_alloc(&arena, in.n);
	memcpy(once, in.p, in.n);
	memcpy(plain, once, in.n);
	in = deflated(ZLIB_BITS, in.n);
	fill();
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			coding_decode(&arena, str_z(names[i]), in, 400, &out),
			CODING_DONE);
		assert_int_equal(out.n, 300);
		assert_memory_equal(out.p, plain, out.n);
	}
}

static void plain_is_itself(void **state)
{
	struct str in = STR_LIT("hi"), out;

	(void)state;
	assert_int_equal(coding_decode(&arena, STR_NONE, in, 2, &out),
			 CODING_DONE);
	assert_ptr_equal(out.p, in.p);
	assert_int_equal(
		coding_decode(&arena, STR_LIT(" Identity"), in, 2, &out),
		CODING_DONE);
	assert_int_equal(coding_decode(&arena, STR_NONE, in, 1, &out),
			 CODING_TOO_LARGE);
}

static void refuses(void **state)
{
	struct str in = deflated(ZLIB_BITS, 300), out;

	(void)state;
	assert_int_equal(coding_decode(&arena, STR_LIT("br"), in, 300, &out),
			 CODING_UNKNOWN);
	assert_int_equal(
		coding_decode(&arena, STR_LIT("br, deflate"), in, 300, &out),
		CODING_UNKNOWN);
	assert_int_equal(coding_decode(&arena, STR_LIT("gzip,gzip,deflate"), in,
				       300, &out),
			 CODING_UNKNOWN);
	assert_int_equal(/* it was coded once */
			 coding_decode(&arena, STR_LIT("gzip, deflate"), in,
				       300, &out),
			 CODING_BROKEN);
	assert_int_equal(
		coding_decode(&arena, STR_LIT("deflate"), in, 299, &out),
		CODING_TOO_LARGE);
	/* Cut off anywhere; nothing at all; plain text that claims to be. */
	for (size_t n = 0; n < in.n; n++)
		assert_int_equal(coding_decode(&arena, STR_LIT("deflate"),
					       str_head(in, n), 300, &out),
				 CODING_BROKEN);
	assert_int_equal(coding_decode(&arena, STR_LIT("deflate"),
				       STR_LIT("hello, world"), 300, &out),
			 CODING_BROKEN);
	assert_int_equal(coding_status(CODING_UNKNOWN), 415);
	assert_int_equal(coding_status(CODING_BROKEN), 400);
	assert_int_equal(coding_status(CODING_TOO_LARGE), 413);
	assert_non_null(strstr(coding_text(CODING_UNKNOWN), CODING_ACCEPT));
}

/* A thousand to one: the limit holds before the memory is taken. */
static void a_bomb_is_stopped(void **state)
{
	size_t used;
	struct str in, out;

	(void)state;
	memset(plain, 0, sizeof(plain));
	in = deflated(ZLIB_BITS, MAX_BYTES);
	assert_true(in.n < MAX_BYTES / 500);
	used = arena_used_bytes(&arena);
	assert_int_equal(
		coding_decode(&arena, STR_LIT("deflate"), in, 4000, &out),
		CODING_TOO_LARGE);
	assert_true(arena_used_bytes(&arena) - used <= 3 * 4000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(decodes, setup, teardown),
		cmocka_unit_test_setup_teardown(decodes_two, setup, teardown),
		cmocka_unit_test_setup_teardown(plain_is_itself, setup,
						teardown),
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bomb_is_stopped, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
