#ifndef STOX_SIP_RECALL_H
#define STOX_SIP_RECALL_H
#include "gateway/base/str.h"
#include "sip/replay.h"

/* Answers that say more than a status (the Expires and Contact of a 200 to
 * SUBSCRIBE, a SIP-ETag), word for word, for as long as a retransmission can
 * come. The replay table knows the others by their status alone. Bounded in
 * bytes: the oldest makes room. */
struct recall;

struct recall *recall_create(size_t max_bytes, unsigned keep_ms);
void recall_destroy(struct recall **rp);
/* now_ms: monotonic, never less than before. */
void recall_put(struct recall *r, const struct replay_key *k, struct str answer,
		uint64_t now_ms);
/* none when it is not there (any more); borrowed until the next call. */
struct str recall_get(struct recall *r, const struct replay_key *k,
		      uint64_t now_ms);
/* Frees what has grown old. The two above do it as well; for who is idle. */
void recall_expire(struct recall *r, uint64_t now_ms);
size_t recall_bytes(const struct recall *r);

#endif
