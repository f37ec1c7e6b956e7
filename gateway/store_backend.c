#include "gateway/store_backend.h"
#include <stdio.h>

const char STORE_WHY_NEWER[] =
	"the store's database was written by a newer stoxd";
const char STORE_WHY_FOREIGN[] =
	"the store's database belongs to another program";
const char STORE_WHY_IN_USE[] = "the store is in use by another stoxd";
const char STORE_WHY_OTHER_NODE[] =
	"a record of this key belongs to another node";

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

void store_trouble_set(struct store_trouble *t, const char *why,
		       const char *detail)
{
	t->why = why;
	snprintf(t->detail, sizeof(t->detail), "%s",
		 detail != NULL ? detail : "");
}
