#ifndef BENCH_ANSWERER_H
#define BENCH_ANSWERER_H
#include "ledger.h"
#include "sipview.h"

/* A UAS: answers every request with 200 and keeps the ledger; a copy of a
 * request is one by its Via, and no second message. */
struct answerer {
	struct ledger ledger;
	uint64_t bad, copies;
	uint32_t via[LEDGER_SERIALS]; /* a hash of it */
};

void answerer_reset(struct answerer *a, unsigned run);

/* The answer to out (at least DATAGRAM_BYTES); returns its length, 0: none. */
size_t answerer_answer(struct answerer *a, const struct sipview *v, char *out);

#endif
