#ifndef STOX_SIP_REPLAY_H
#define STOX_SIP_REPLAY_H
#include <stdbool.h>
#include <stdint.h>
#include "sip/sipmsg.h"

/* The requests that we have seen in the last 32 s (Timer J, RFC 3261 §17.2.2)
 * and what we answered: a retransmission gets the same answer and never runs
 * twice. An entry is small and of fixed size; keys are keyed hashes. The same
 * To tag is made again from the key, so it need not be kept. */
struct replay;

enum replay_verdict {
	REPLAY_NEW,     /* remembered now, without an answer */
	REPLAY_PENDING, /* being worked on: say nothing */
	REPLAY_ANSWERED, /* *status, *retry_after_s: answer again */
	REPLAY_MERGED,  /* RFC 3261 §8.2.2.2: another branch of one request: 482 */
	REPLAY_FULL     /* too many unanswered or kept: 503 */
};

struct replay_key {
	uint64_t a, b; /* transaction: branch, sent-by, method, Call-ID, CSeq,
			  From tag */
	uint64_t merge; /* Call-ID, CSeq, method, From tag */
};

struct replay *replay_create(size_t max_entries);
void replay_destroy(struct replay **rp);
void replay_key(const struct request *r, struct replay_key *k);
/* now_ms: monotonic. */
enum replay_verdict replay_enter(struct replay *p, const struct replay_key *k,
				 bool has_to_tag, uint64_t now_ms, int *status,
				 unsigned *retry_after_s);
void replay_answer(struct replay *p, const struct replay_key *k, int status,
		   unsigned retry_after_s, uint64_t now_ms);
/* Gives back what is older than its 32 s. The two above do it as well; idle
 * owners call it now and then. */
void replay_expire(struct replay *p, uint64_t now_ms);
size_t replay_count(const struct replay *p);
/* What the entries take, with room for more. */
size_t replay_bytes(const struct replay *p);
/* The To tag for a request: 16 characters, NUL-terminated. */
void replay_tag(const struct replay_key *k, char out[17]);

#endif
