#ifndef STOX_GATEWAY_STORE_STORE_PGBATCH_H
#define STOX_GATEWAY_STORE_STORE_PGBATCH_H
#include "gateway/store/store_span.h"

/* A batch of operations as arrays in PostgreSQL's binary form, one for each
 * column: parameters of one statement. Pure. */
struct store_pgbatch {
	/* smallint[], bytea[], bigint[], bytea[]; what is removed: smallint[],
	 * bytea[] */
	struct strbuf kinds, keys, expiries, values, gone_kinds, gone_keys;
	unsigned puts, removes; /* in them */
};

void store_pgbatch_init(struct store_pgbatch *b);
void store_pgbatch_fini(struct store_pgbatch *b);
/* All of the span that is not skipped, in the place of what was there. false
 * when it is larger than any batch that the writer makes. */
bool store_pgbatch_fill(struct store_pgbatch *b, struct store_span span);

#endif
