/* room: sip_values */
/* What was deflated comes back; what comes from strangers stays within its
 * limit and its memory. */
#include <string.h>
#include <zlib.h>
#include "fuzz.h"
#include "sip/coding.h"

enum { CHUNK_BYTES = 4096, MAX_BYTES = 16384, PLAIN_MAX_BYTES = 4096 };

static void check_stranger(struct arena *a, struct str in)
{
	static const struct str names[] = { STR("deflate"), STR("gzip") };
	struct str out;

	for (size_t i = 0; i < 2; i++) {
		enum coding c = coding_decode(a, names[i], in, MAX_BYTES, &out);

		FUZZ_CHECK(c != CODING_UNKNOWN);
		if (c == CODING_DONE)
			FUZZ_CHECK(out.n <= MAX_BYTES);
	}
	FUZZ_CHECK(arena_used_bytes(a) <= 16 * MAX_BYTES);
}

static void check_round_trip(struct arena *a, struct str in)
{
	unsigned char coded[2 * PLAIN_MAX_BYTES];
	uLongf n = sizeof(coded);
	struct str out;

	in = str_head(in, PLAIN_MAX_BYTES);
	FUZZ_CHECK(compress(coded, &n, (const Bytef *)in.p, in.n) == Z_OK);
	FUZZ_CHECK(coding_decode(a, STR_LIT("deflate"),
				 (struct str){ (char *)coded, n }, in.n,
				 &out) == CODING_DONE);
	FUZZ_CHECK(str_eq(in, out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	struct arena a;

	if (size == 0)
		return 0;
	arena_init(&a, CHUNK_BYTES);
	check_stranger(&a, in);
	check_round_trip(&a, in);
	arena_fini(&a);
	return 0;
}
