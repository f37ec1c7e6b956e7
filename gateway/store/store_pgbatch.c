#include "gateway/store/store_pgbatch.h"
#include <arpa/inet.h>
#include <string.h>

/* PostgreSQL's binary form of an array: dimensions, whether there are NULLs,
 * type, then the length and lower bound of the one dimension, then each element
 * behind its length. */
enum {
	ARRAY_MAX_BYTES = 256 * 1048576,
	ARRAY_COUNT_AT = 12,
	ARRAY_HEAD_BYTES = 20,
	INT2_OID = 21,
	INT8_OID = 20,
	BYTEA_OID = 17
};

static void add_u32(struct strbuf *b, uint32_t v)
{
	uint32_t net = htonl(v);

	strbuf_add(b, (struct str){ (const char *)&net, sizeof(net) });
}

static void array_begin(struct strbuf *b, uint32_t type)
{
	const uint32_t head[] = { 1, 0, type, 0, 1 };
	size_t i;

	strbuf_reset(b);
	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		add_u32(b, head[i]);
}

static void array_end(struct strbuf *b, unsigned count)
{
	uint32_t net = htonl(count);

	if (b->n >= ARRAY_HEAD_BYTES)
		memcpy(b->p + ARRAY_COUNT_AT, &net, sizeof(net));
}

static void add_bytes(struct strbuf *b, struct str s)
{
	add_u32(b, (uint32_t)s.n);
	strbuf_add(b, s);
}

static void add_int2(struct strbuf *b, unsigned v)
{
	uint16_t net = htons((uint16_t)v);

	add_bytes(b, (struct str){ (const char *)&net, sizeof(net) });
}

static void add_int8(struct strbuf *b, int64_t v)
{
	add_u32(b, sizeof(v));
	add_u32(b, (uint32_t)((uint64_t)v >> 32));
	add_u32(b, (uint32_t)v);
}

void store_pgbatch_init(struct store_pgbatch *b)
{
	strbuf_init(&b->kinds, ARRAY_MAX_BYTES);
	strbuf_init(&b->keys, ARRAY_MAX_BYTES);
	strbuf_init(&b->expiries, ARRAY_MAX_BYTES);
	strbuf_init(&b->values, ARRAY_MAX_BYTES);
	strbuf_init(&b->gone_kinds, ARRAY_MAX_BYTES);
	strbuf_init(&b->gone_keys, ARRAY_MAX_BYTES);
}

void store_pgbatch_fini(struct store_pgbatch *b)
{
	strbuf_fini(&b->kinds);
	strbuf_fini(&b->keys);
	strbuf_fini(&b->expiries);
	strbuf_fini(&b->values);
	strbuf_fini(&b->gone_kinds);
	strbuf_fini(&b->gone_keys);
}

bool store_pgbatch_fill(struct store_pgbatch *b, struct store_span span)
{
	struct store_op *op;

	b->puts = b->removes = 0;
	array_begin(&b->kinds, INT2_OID);
	array_begin(&b->keys, BYTEA_OID);
	array_begin(&b->expiries, INT8_OID);
	array_begin(&b->values, BYTEA_OID);
	array_begin(&b->gone_kinds, INT2_OID);
	array_begin(&b->gone_keys, BYTEA_OID);
	STORE_SPAN_EACH (op, span) {
		if (op->is_remove) {
			b->removes++;
			add_int2(&b->gone_kinds, store_op_kind(op));
			add_bytes(&b->gone_keys, store_op_key(op));
			continue;
		}
		b->puts++;
		add_int2(&b->kinds, store_op_kind(op));
		add_bytes(&b->keys, store_op_key(op));
		add_int8(&b->expiries, op->expires_at_s);
		add_bytes(&b->values, store_op_value(op));
	}
	array_end(&b->kinds, b->puts);
	array_end(&b->keys, b->puts);
	array_end(&b->expiries, b->puts);
	array_end(&b->values, b->puts);
	array_end(&b->gone_kinds, b->removes);
	array_end(&b->gone_keys, b->removes);
	return !b->keys.overflow && !b->values.overflow &&
	       !b->gone_keys.overflow;
}
