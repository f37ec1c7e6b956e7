#ifndef STOX_SIP_RESPONDER_H
#define STOX_SIP_RESPONDER_H
#include "gateway/base/loop.h"
#include "sip/agent.h"
#include "sip/recall.h"
#include "sip/replay.h"

/* The answering half of agent: from a request's values to a response on the
 * way back. Embedded in the agent. */
struct responder {
	struct loop *loop;		 /* borrowed */
	struct transport_set *transport; /* borrowed */
	struct replay *replay;		 /* owned */
	struct recall *recall;		 /* owned */
	struct answer *answers;		 /* owned: not yet replied to */
	size_t answer_count;
	struct loop_timer idle;
	unsigned idle_ms; /* what has grown old is given back when nothing has
			     come for so long */
	uint64_t full_said_ms, came_ms;
	struct strbuf scratch;
};

void responder_init(struct responder *s, struct loop *l,
		    struct transport_set *t, size_t replay_max);
void responder_fini(struct responder *s);

/* An answer to come, with all it needs of the request. */
struct answer *responder_open(struct responder *s, const struct request *r,
			      const struct replay_key *k);
/* Answers at once and keeps nothing: a retransmission gets the same again,
 * because the To tag comes from the request (RFC 3261 §8.2.7). false, and
 * nothing sent, when it would be more than most_bytes. */
bool responder_reply(struct responder *s, const struct request *r,
		     const struct reply *reply, size_t most_bytes);
/* Nothing more can be remembered, so nothing is taken: says so, once a minute.
 */
void responder_say_full(struct responder *s);
/* The answer that a retransmission's first copy got. */
void responder_repeat(struct responder *s, const struct request *r,
		      const struct replay_key *k, int status,
		      unsigned retry_after_s);

#endif
