#ifndef STOX_GATEWAY_MESSAGES_QUEUE_H
#define STOX_GATEWAY_MESSAGES_QUEUE_H
#include "sip/uac.h"

/* One MESSAGE at a time to each target URI (RFC 3428 §8): the rest wait, in
 * order, in a bounded lane of that target. A lane exists while it has work.
 * Whoever has as many under way as one sender may waits in his lanes, and the
 * next sender of the lane goes before him. */
struct queue;

struct queue_limits {
	unsigned lane_max;
	size_t total_max;
	/* Whoever has waited that long behind one that found nobody there ends
	 * with it: nobody waits for the time-outs of others, one by one. So
	 * does whoever found no room in the uac, or no seat of his sender's,
	 * for that long. */
	unsigned wait_ms;
	unsigned sender_max; /* under way of one sender; 0: no such limit */
};

/* Where a message waits: the target's URI, and whose it is. is_end: that is one
 * device. When it does not answer in time those who wait for it have a short
 * try (outgoing_hurry), and who has waited for as long as that ends with it. */
struct queue_place {
	struct str target, sender;
	bool is_end;
};

struct queue *queue_create(struct loop *l, struct uac *u,
			   const struct queue_limits *limits);
/* Drops what waits, calling nobody; the uac must be gone before. */
void queue_destroy(struct queue **qp);
/* Takes o. fn is called exactly once, as by uac_start, never inside this call.
 * false when the lane or the whole is full: o is still the caller's. */
bool queue_push(struct queue *q, const struct queue_place *place,
		struct outgoing *o, uac_fn *fn, void *arg);
/* The same, but the outcome is first shown to again: the request that it gives
 * goes out in the same place, before what waits, and fn hears of that one. NULL
 * from it: the outcome stands. It is asked again for each. */
typedef struct outgoing *queue_again_fn(void *arg, const struct outcome *o);
bool queue_push_again(struct queue *q, const struct queue_place *place,
		      struct outgoing *o, uac_fn *fn, queue_again_fn *again,
		      void *arg);
/* Is anything under way or waiting for that target? */
bool queue_is_busy(const struct queue *q, struct str target);
/* Does anything wait because too much is under way in all? (Not of what waits
 * because its sender has too much.) */
bool queue_is_stuck(const struct queue *q);
/* When the SIP side last answered something, whatever it said, or began to be
 * given too much (loop time). */
uint64_t queue_progress_ms(const struct queue *q);
/* What waits and what is under way. */
size_t queue_count(const struct queue *q);

/* Each lane: its target, and how many messages it holds, the one under way
 * among them. At most max calls. */
typedef void queue_lane_fn(void *arg, struct str target, unsigned count);
void queue_each(const struct queue *q, size_t max, queue_lane_fn *fn,
		void *arg);
/* Gives up what waits for that target, but not what is under way: fn of each is
 * called as for a target that cannot be reached. Returns how many. */
size_t queue_flush(struct queue *q, struct str target);

#endif
