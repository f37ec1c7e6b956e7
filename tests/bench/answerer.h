#ifndef BENCH_ANSWERER_H
#define BENCH_ANSWERER_H
#include "ledger.h"
#include "sipview.h"

/* A UAS: answers every request with 200 and keeps the ledger. */
struct answerer {
	struct ledger ledger;
	uint64_t bad;
};

/* The answer to out (at least DATAGRAM_BYTES); returns its length, 0: none. */
size_t answerer_answer(struct answerer *a, const struct sipview *v, char *out);

#endif
