#ifndef STOX_GATEWAY_STORE_BACKEND_H
#define STOX_GATEWAY_STORE_BACKEND_H
#include "gateway/base/table.h"
#include "gateway/store.h"

/* What the store and its backends share. */

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

/* What went wrong, for the log: a sentence of ours, and the library's words. */
struct store_trouble {
	const char *why; /* static */
	char detail[256];
};
void store_trouble_set(struct store_trouble *t, const char *why,
		       const char *detail);

enum store_outcome {
	STORE_WRITTEN,
	STORE_REFUSED, /* one of these records; the database is well */
	STORE_FAILED   /* the database: none can be written now */
};

/* All calls in the writer thread or while it does not run. What open returns
 * goes into the others. */
struct store_engine {
	bool has_thread;
	void *(*open)(const struct store_options *o, struct store_trouble *t);
	/* The span as one transaction, durable when it returns. */
	enum store_outcome (*write)(void *arg, struct store_span span,
				    struct store_trouble *t);
	/* Gets it well again if that can be, and proves it by a write. */
	bool (*probe)(void *arg, struct store_trouble *t);
	bool (*load)(void *arg, enum store_kind k, store_row_fn *fn,
		     void *fn_arg, struct store_trouble *t);
	void (*close)(void *arg);
};

extern const struct store_engine STORE_ENGINE_MEMORY, STORE_ENGINE_SQLITE,
	STORE_ENGINE_PGSQL;

/* --- schemas: a step leads from the version before it to its own, which its
 * text records. Ends with version 0. conf/schema/ shows the same. */
struct store_migration {
	unsigned version;
	const char *sql;
};
extern const struct store_migration STORE_SCHEMA_SQLITE[];
extern const struct store_migration STORE_SCHEMA_PGSQL[];
unsigned store_schema_newest(const struct store_migration *m);
/* Sentences that both say. */
extern const char STORE_WHY_NEWER[], STORE_WHY_FOREIGN[], STORE_WHY_IN_USE[],
	STORE_WHY_OTHER_NODE[];

#endif
