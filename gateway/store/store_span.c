#include "gateway/store/store_span.h"

enum store_kind store_op_kind(const struct store_op *op)
{
	return (enum store_kind)(unsigned char)op->bytes[0];
}

struct str store_op_key(const struct store_op *op)
{
	return (struct str){ op->bytes + 1, op->key_bytes };
}

struct str store_op_value(const struct store_op *op)
{
	return (struct str){ op->bytes + 1 + op->key_bytes, op->value_bytes };
}

size_t store_span_collapse(struct store_span span)
{
	struct store_op *table = NULL, *op, *older;
	size_t n = 0;

	for (op = span.first; op != span.end; op = op->next) {
		op->is_skipped = op->is_void;
		if (op->is_void)
			continue;
		HASH_REPLACE(hh, table, bytes, op->key_bytes + 1, op, older);
		if (older == NULL)
			continue;
		older->is_skipped = true;
		n++;
	}
	HASH_CLEAR(hh, table);
	return n;
}

void store_span_mark(struct store_span span, bool is_kept)
{
	struct store_op *op;

	for (op = span.first; op != span.end; op = op->next)
		op->is_kept = is_kept && !op->is_void;
}

/* --- transactions */

static struct store_op *group_end(struct store_op *op)
{
	while (op->is_joined)
		op = op->next;
	return op->next;
}

struct store_op *store_span_middle(struct store_span span)
{
	size_t groups = 0, i;
	struct store_op *op;

	for (op = span.first; op != span.end; op = group_end(op))
		groups++;
	if (groups < 2)
		return NULL;
	for (op = span.first, i = 0; i < groups / 2; i++)
		op = group_end(op);
	return op;
}

bool store_span_has_work(struct store_span span)
{
	struct store_op *op;

	for (op = span.first; op != span.end; op = op->next) {
		if (!op->is_void)
			return true;
	}
	return false;
}

struct store_op *store_batch_take(struct store_op **rest)
{
	struct store_op *first = *rest, *op = first;
	size_t n = 0, bytes = 0;

	for (;; op = op->next) {
		n++;
		bytes += op->key_bytes + op->value_bytes;
		if (op->next == NULL)
			break;
		if (!op->is_joined &&
		    (n >= STORE_BATCH_MAX || bytes >= STORE_BATCH_MAX_BYTES))
			break;
	}
	*rest = op->next;
	op->next = NULL;
	return first;
}
