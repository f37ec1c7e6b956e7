#include "gateway/store/store_pgbatch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct store_op *op(bool is_remove, char kind, const char *key,
			   const char *value, int64_t expires_at_s)
{
	size_t n = strlen(key), m = strlen(value);
	struct store_op *x = calloc(1, sizeof(*x) + 1 + n + m);

	x->is_remove = is_remove;
	x->expires_at_s = expires_at_s;
	x->key_bytes = n;
	x->value_bytes = m;
	x->bytes[0] = kind;
	memcpy(x->bytes + 1, key, n);
	memcpy(x->bytes + 1 + n, value, m);
	return x;
}

static void assert_bytes(const struct strbuf *b, const char *expected, size_t n)
{
	assert_int_equal(b->n, n);
	assert_memory_equal(b->p, expected, n);
}

#define ASSERT_BYTES(b, text) assert_bytes(b, text, sizeof(text) - 1)

/* One dimension, no NULLs, type, count, lower bound 1. */
#define HEAD(type, count)                                                      \
	"\0\0\0\x01\0\0\0\0\0\0\0" type "\0\0\0" count "\0\0\0\x01"
#define INT2	  "\x15"
#define INT8	  "\x14"
#define BYTEA	  "\x11"
#define LENGTH(n) "\0\0\0" n

static void arrays(void **state)
{
	struct store_op *put = op(false, 2, "key", "v", 0x0102030405060708);
	struct store_op *skipped = op(false, 9, "x", "y", 1);
	struct store_op *gone = op(true, 3, "old", "", 0);
	struct store_span all = { put, NULL };
	struct store_pgbatch b;

	(void)state;
	put->next = skipped;
	skipped->next = gone;
	skipped->is_skipped = true;
	store_pgbatch_init(&b);
	for (int i = 0; i < 2; i++) { /* and nothing is left of the first */
		assert_true(store_pgbatch_fill(&b, all));
		assert_int_equal(b.puts, 1);
		assert_int_equal(b.removes, 1);
		ASSERT_BYTES(&b.kinds,
			     HEAD(INT2, "\x01") LENGTH("\x02") "\0\x02");
		ASSERT_BYTES(&b.keys, HEAD(BYTEA, "\x01") LENGTH("\x03") "key");
		ASSERT_BYTES(
			&b.expiries,
			HEAD(INT8, "\x01") LENGTH(
				"\x08") "\x01\x02\x03\x04\x05\x06\x07\x08");
		ASSERT_BYTES(&b.values, HEAD(BYTEA, "\x01") LENGTH("\x01") "v");
		ASSERT_BYTES(&b.gone_kinds,
			     HEAD(INT2, "\x01") LENGTH("\x02") "\0\x03");
		ASSERT_BYTES(&b.gone_keys,
			     HEAD(BYTEA, "\x01") LENGTH("\x03") "old");
	}
	all.first = gone;
	assert_true(store_pgbatch_fill(&b, all));
	assert_int_equal(b.puts, 0);
	ASSERT_BYTES(&b.kinds, HEAD(INT2, "\0"));
	store_pgbatch_fini(&b);
	free(put);
	free(skipped);
	free(gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
