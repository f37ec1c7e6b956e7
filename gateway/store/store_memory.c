#include "gateway/store/store_backend.h"

/* Nothing survives: for tests, and for gateways that carry messages only. */
struct record {
	UT_hash_handle hh;
	int64_t expires_at_s;
	size_t key_bytes, value_bytes;
	char bytes[]; /* as in struct store_op */
};

struct memory {
	struct record *records; /* owned */
};

static void *memory_open(const struct store_options *o, struct store_trouble *t)
{
	struct memory *m = calloc(1, sizeof(*m));

	(void)o;
	(void)t;
	if (m == NULL)
		abort();
	return m;
}

static void drop(struct memory *m, const struct store_op *op)
{
	struct record *r;

	HASH_FIND(hh, m->records, op->bytes, op->key_bytes + 1, r);
	if (r == NULL)
		return;
	HASH_DEL(m->records, r);
	free(r);
}

static void keep(struct memory *m, const struct store_op *op)
{
	size_t n = 1 + op->key_bytes + op->value_bytes;
	struct record *r = malloc(sizeof(*r) + n);

	if (r == NULL)
		abort();
	r->expires_at_s = op->expires_at_s;
	r->key_bytes = op->key_bytes;
	r->value_bytes = op->value_bytes;
	memcpy(r->bytes, op->bytes, n);
	HASH_ADD(hh, m->records, bytes, r->key_bytes + 1, r);
}

static enum store_outcome memory_write(void *arg, struct store_span span,
				       struct store_trouble *t)
{
	struct store_op *op;

	(void)t;
	STORE_SPAN_EACH (op, span) {
		drop(arg, op);
		if (!op->is_remove)
			keep(arg, op);
	}
	return STORE_WRITTEN;
}

static bool memory_probe(void *arg, struct store_trouble *t)
{
	(void)arg;
	(void)t;
	return true;
}

static bool memory_load(void *arg, enum store_kind k, store_row_fn *fn,
			void *fn_arg, struct store_trouble *t)
{
	struct memory *m = arg;
	struct record *r, *next;

	(void)t;
	HASH_ITER (hh, m->records, r, next) {
		struct str key = { r->bytes + 1, r->key_bytes };
		struct str value = { r->bytes + 1 + r->key_bytes,
				     r->value_bytes };

		if (r->bytes[0] == (char)k)
			fn(fn_arg, key, value, r->expires_at_s);
	}
	return true;
}

static void memory_close(void *arg)
{
	struct memory *m = arg;
	struct record *r, *next;

	HASH_ITER (hh, m->records, r, next) {
		HASH_DEL(m->records, r);
		free(r);
	}
	free(m);
}

const struct store_engine STORE_ENGINE_MEMORY = {
	.open = memory_open,
	.write = memory_write,
	.probe = memory_probe,
	.load = memory_load,
	.close = memory_close,
};
