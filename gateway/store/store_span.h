#ifndef STOX_GATEWAY_STORE_STORE_SPAN_H
#define STOX_GATEWAY_STORE_STORE_SPAN_H
#include "gateway/base/table.h"
#include "gateway/store/store.h"

/* Operations on their way to a backend, in chains. Some are joined to the next
 * one: what is joined is one transaction. No lock and no clock. */

/* One operation on its way. bytes: the kind, the key, the value. */
struct store_op {
	struct store_op *next;
	UT_hash_handle hh; /* of store_span_collapse */
	store_fn *fn;
	void *arg;
	int64_t expires_at_s;
	size_t key_bytes, value_bytes;
	bool is_remove;
	bool is_joined;	 /* the next one is of the same transaction */
	bool is_void;	 /* of a transaction that was refused halfway */
	bool is_skipped; /* void, or a later one takes its place */
	bool is_kept;
	char bytes[];
};

enum store_kind store_op_kind(const struct store_op *op);
struct str store_op_key(const struct store_op *op);
struct str store_op_value(const struct store_op *op);

/* Operations from first up to, not including, end (NULL: to the last one). */
struct store_span {
	struct store_op *first, *end;
};
#define STORE_SPAN_EACH(op, span)                                              \
	for ((op) = (span).first; (op) != (span).end; (op) = (op)->next)       \
		if (!(op)->is_skipped)

/* Sets is_skipped of all in the span, so that each key is left once, with what
 * came last. Returns how many had to make room for a later one. */
size_t store_span_collapse(struct store_span span);

/* What became of all of them: none of a void one is kept. */
void store_span_mark(struct store_span span, bool is_kept);
/* Where the second half begins, between two transactions; NULL when all is
 * one. */
struct store_op *store_span_middle(struct store_span span);
/* false: all of it was refused before it came here. */
bool store_span_has_work(struct store_span span);

enum { STORE_BATCH_MAX = 1024, STORE_BATCH_MAX_BYTES = 8 * 1048576 };
/* Cuts whole transactions off the front of *rest, which is not empty: about as
 * many operations as that, or as many bytes. Their chain. */
struct store_op *store_batch_take(struct store_op **rest);

#endif
