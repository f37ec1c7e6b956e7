#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H
#include "histogram.h"
#include "template.h"

/* What one side has received of a run: everything once? */
enum { LEDGER_SERIALS = 1 << 23 };
struct ledger {
	unsigned run; /* others are not counted */
	uint64_t received, distinct, duplicates, strays;
	struct histogram latency;
	uint64_t seen[LEDGER_SERIALS / 64];
};

void ledger_reset(struct ledger *l, unsigned run);
/* False for what was there before. */
int ledger_add(struct ledger *l, const struct stamp *s, uint64_t now_ns);
/* "received=.. distinct=.. duplicates=.. strays=.. p50_us=.." */
void ledger_print(const struct ledger *l);

#endif
