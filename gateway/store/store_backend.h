#ifndef STOX_GATEWAY_STORE_STORE_BACKEND_H
#define STOX_GATEWAY_STORE_STORE_BACKEND_H
#include "gateway/store/store_span.h"

/* What the store and its backends share. */

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
