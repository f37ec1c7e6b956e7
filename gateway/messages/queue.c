#include "gateway/messages/queue.h"
#include <assert.h>
#include "gateway/base/loop.h"
#include "gateway/base/pool.h"
#include "gateway/base/table.h"
#include "gateway/messages/share.h"

enum { ASK_MS = 200 }; /* for room, or a seat, that others have left */

struct item {
	struct item *prev, *next;
	struct outgoing *o; /* owned until it is started */
	struct lane *lane;
	struct share *share; /* of its sender */
	uac_fn *fn;
	queue_again_fn *again; /* or NULL */
	void *arg;
	uint64_t since_ms, started_ms;
};

struct lane {
	UT_hash_handle hh;
	struct queue *queue;
	struct lane *prev, *next; /* of the stuck ones, or of the held ones */
	struct lane *held_prev, *held_next; /* of the holder's */
	struct share
		*holder; /* no sender in it has a seat; this one is first */
	struct item *items;
	struct item *now; /* of these: under way, or stuck; it has a seat */
	unsigned count;
	bool is_stuck; /* the uac had no room for it */
	bool is_end;   /* one device */
	size_t n;
	char target[];
};

struct queue {
	struct loop *loop; /* borrowed, as the next */
	struct uac *uac;
	struct lane *lanes;
	struct lane *stuck, *held;
	struct share *shares;
	struct loop_timer ask; /* runs while there are stuck or held ones */
	struct queue_limits limits;
	size_t total;
	uint64_t progress_ms; /* when somebody answered, or it got stuck */
};

struct queue *queue_create(struct loop *l, struct uac *u,
			   const struct queue_limits *limits)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		abort();
	q->loop = l;
	q->uac = u;
	q->limits = *limits;
	return q;
}

static struct lane *lane_create(struct queue *q, struct str target,
				unsigned hash)
{
	struct lane *l = pool_zero(sizeof(*l) + target.n);

	l->queue = q;
	l->n = target.n;
	memcpy(l->target, target.p, target.n);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, q->lanes, l->target, l->n, hash, l);
	return l;
}

static void on_ask(void *arg);

static void ask_later(struct queue *q)
{
	if (!loop_timer_is_running(&q->ask))
		loop_timer_start(q->loop, &q->ask, ASK_MS, on_ask, q);
}

/* --- lanes whose senders have no seat */

static void lane_hold(struct lane *l)
{
	l->holder = l->items->share;
	DL_APPEND2(l->holder->held, l, held_prev, held_next);
	DL_APPEND(l->queue->held, l);
	ask_later(l->queue);
}

static void lane_unhold(struct lane *l)
{
	if (l->holder == NULL)
		return;
	DL_DELETE2(l->holder->held, l, held_prev, held_next);
	DL_DELETE(l->queue->held, l);
	l->holder = NULL;
}

static bool has_seat(const struct queue *q, const struct share *s)
{
	return q->limits.sender_max == 0 || s->seated < q->limits.sender_max;
}

/* The first whose sender has one: order is promised to a pair, not to all who
 * write to the same. */
static struct item *seat_first(struct lane *l)
{
	struct item *it;

	DL_FOREACH (l->items, it) {
		if (!has_seat(l->queue, it->share))
			continue;
		it->share->seated++;
		return it;
	}
	return NULL;
}

/* --- lanes that the uac has no room for */

static void lane_unstick(struct lane *l)
{
	if (!l->is_stuck)
		return;
	DL_DELETE(l->queue->stuck, l);
	l->is_stuck = false;
}

static void lane_destroy(struct lane *l)
{
	HASH_DEL(l->queue->lanes, l);
	pool_give(l, sizeof(*l) + l->n);
}

static void item_done(void *arg, const struct outcome *o);

static bool lane_try(struct lane *l)
{
	struct item *it = l->now;

	if (!uac_start(l->queue->uac, it->o, item_done, it))
		return false;
	it->o = NULL;
	it->started_ms = loop_now_ms(l->queue->loop);
	return true;
}

static void lane_go(struct lane *l)
{
	if (lane_try(l))
		return;
	if (l->queue->stuck == NULL)
		l->queue->progress_ms = loop_now_ms(l->queue->loop);
	l->is_stuck = true;
	DL_APPEND(l->queue->stuck, l);
	ask_later(l->queue);
}

/* The next of a lane that has none under way; it ends with its last. */
static void lane_start(struct lane *l)
{
	lane_unhold(l);
	if (l->items == NULL) {
		lane_destroy(l);
		return;
	}
	l->now = seat_first(l);
	if (l->now != NULL)
		lane_go(l);
	else
		lane_hold(l);
}

/* The one that is stuck longest, if there is room now. */
static bool stuck_start(struct queue *q)
{
	struct lane *l = q->stuck;

	if (l == NULL || !lane_try(l))
		return false;
	lane_unstick(l);
	return true;
}

static void item_take(struct item *it)
{
	struct lane *l = it->lane;

	if (l->now == it) {
		l->now = NULL;
		it->share->seated--;
	}
	DL_DELETE(l->items, it);
	l->count--;
	l->queue->total--;
}

/* A seat of that sender's is free: for whoever of his waits longest. */
static void share_go_on(struct queue *q, struct share *s)
{
	if (s->held != NULL && has_seat(q, s))
		lane_start(s->held);
}

static void item_end(struct item *it, const struct outcome *o)
{
	outgoing_destroy(&it->o);
	it->fn(it->arg, o);
	pool_give(it, sizeof(*it));
}

/* Nobody was there. An answer, whatever it says, is from somebody. */
static bool is_nobody(const struct outcome *o)
{
	return o->kind == OUTCOME_TIMEOUT || o->kind == OUTCOME_UNREACHABLE ||
	       o->kind == OUTCOME_NO_ROUTE || o->kind == OUTCOME_NO_DNS;
}

/* Those of the lane that have waited long enough, oldest first; but what is
 * under way has its own end. */
static void take_late(struct lane *l, uint64_t enough_ms, struct item **late)
{
	struct queue *q = l->queue;
	uint64_t now_ms = loop_now_ms(q->loop);
	struct item *it;

	while ((it = l->items) != NULL && now_ms - it->since_ms >= enough_ms) {
		item_take(it);
		share_leave(&q->shares, it->share);
		DL_APPEND(*late, it);
	}
}

/* Behind it, to whom nobody answered. */
static void take_hopeless(struct lane *l, const struct item *it,
			  const struct outcome *o, struct item **late)
{
	uint64_t wait_ms = l->queue->limits.wait_ms, tried_ms;
	struct item *next;

	if (!l->is_end || o->kind != OUTCOME_TIMEOUT) {
		take_late(l, wait_ms, late);
		return;
	}
	tried_ms = loop_now_ms(l->queue->loop) - it->started_ms;
	take_late(l, tried_ms < wait_ms ? tried_ms : wait_ms, late);
	DL_FOREACH (l->items, next)
		outgoing_hurry(next->o);
}

static void end_late(struct item *late, const struct outcome *o)
{
	struct item *it, *next;

	DL_FOREACH_SAFE (late, it, next)
		item_end(it, o);
}

/* Keeps its place among the stuck ones as long as it has one to start. */
static void shed_stuck(struct lane *l, struct item **late)
{
	take_late(l, l->queue->limits.wait_ms, late);
	if (l->now == NULL)
		l->now = seat_first(l);
	if (l->now != NULL)
		return;
	lane_unstick(l);
	lane_start(l);
}

static bool has_any_seat(const struct lane *l)
{
	const struct item *it;

	DL_FOREACH (l->items, it)
		if (has_seat(l->queue, it->share))
			return true;
	return false;
}

/* Another sender than the holder may have a seat by now. Whoever is held again
 * comes behind the others, and is not late then. */
static void shed_held(struct lane *l, struct item **late)
{
	uint64_t now_ms = loop_now_ms(l->queue->loop);

	if (now_ms - l->items->since_ms >= l->queue->limits.wait_ms) {
		lane_unhold(l);
		take_late(l, l->queue->limits.wait_ms, late);
		lane_start(l);
	} else if (has_any_seat(l)) {
		lane_start(l);
	}
}

/* Room is found here too: what holds it up may be no message. Nobody waits for
 * it, or for a seat, longer than for an answer. */
static void on_ask(void *arg)
{
	static const struct outcome no_room = { .kind = OUTCOME_NO_ROOM,
						.status = 503,
						.reason = STR("no room") };
	struct queue *q = arg;
	struct item *late = NULL;
	struct lane *l, *next;

	while (stuck_start(q))
		;
	DL_FOREACH_SAFE (q->stuck, l, next)
		shed_stuck(l, &late);
	DL_FOREACH_SAFE (q->held, l, next)
		shed_held(l, &late);
	if (q->stuck != NULL || q->held != NULL)
		ask_later(q);
	end_late(late, &no_room);
}

static void item_done(void *arg, const struct outcome *o)
{
	struct item *it = arg, *late = NULL;
	struct lane *l = it->lane;
	struct queue *q = l->queue;

	assert(l->now == it);
	if (!is_nobody(o))
		q->progress_ms = loop_now_ms(q->loop);
	it->o = it->again != NULL ? it->again(it->arg, o) : NULL;
	if (it->o != NULL) {
		stuck_start(q);
		lane_go(l);
		return;
	}
	item_take(it);
	if (is_nobody(o))
		take_hopeless(l, it, o, &late);
	stuck_start(q);
	share_go_on(q, it->share);
	lane_start(l);
	share_leave(&q->shares, it->share);
	item_end(it, o);
	end_late(late, o);
}

bool queue_push(struct queue *q, const struct queue_place *place,
		struct outgoing *o, uac_fn *fn, void *arg)
{
	return queue_push_again(q, place, o, fn, NULL, arg);
}

bool queue_is_busy(const struct queue *q, struct str target)
{
	struct lane *l;

	HASH_FIND(hh, q->lanes, target.p, target.n, l);
	return l != NULL;
}

/* What has no seat waits in one half of each place, so that it never fills one
 * for those who have. */
static bool has_place(const struct queue *q, const struct lane *l,
		      const struct share *s)
{
	unsigned part = has_seat(q, s) ? 1 : 2;

	return q->total < q->limits.total_max / part &&
	       (l == NULL || l->count < q->limits.lane_max / part);
}

static void lane_add(struct lane *l, struct item *it)
{
	it->lane = l;
	DL_APPEND(l->items, it);
	l->count++;
	l->queue->total++;
	if (l->now == NULL &&
	    (l->holder == NULL || has_seat(l->queue, it->share)))
		lane_start(l);
}

bool queue_push_again(struct queue *q, const struct queue_place *place,
		      struct outgoing *o, uac_fn *fn, queue_again_fn *again,
		      void *arg)
{
	struct str to = place->target;
	unsigned hash = (unsigned)keyed_hash(to.p, to.n);
	struct share *s = share_join(&q->shares, place->sender);
	struct lane *l;
	struct item *it;

	HASH_FIND_BYHASHVALUE(hh, q->lanes, to.p, to.n, hash, l);
	if (!has_place(q, l, s)) {
		share_leave(&q->shares, s);
		return false;
	}
	if (l == NULL)
		l = lane_create(q, to, hash);
	l->is_end = place->is_end;
	it = pool_take(sizeof(*it));
	*it = (struct item){ .o = o,
			     .share = s,
			     .fn = fn,
			     .again = again,
			     .arg = arg,
			     .since_ms = loop_now_ms(q->loop) };
	lane_add(l, it);
	return true;
}

bool queue_is_stuck(const struct queue *q)
{
	return q->stuck != NULL;
}

uint64_t queue_progress_ms(const struct queue *q)
{
	return q->progress_ms;
}

size_t queue_count(const struct queue *q)
{
	return q->total;
}

void queue_each(const struct queue *q, size_t max, queue_lane_fn *fn, void *arg)
{
	struct lane *l, *next;

	HASH_ITER (hh, q->lanes, l, next) {
		if (max-- == 0)
			return;
		fn(arg, (struct str){ l->target, l->n }, l->count);
	}
}

size_t queue_flush(struct queue *q, struct str target)
{
	const struct outcome given_up = { .kind = OUTCOME_UNREACHABLE,
					  .status = 503,
					  .reason = STR("given up by an "
							"admin") };
	struct item *it, *next, *all = NULL;
	struct lane *l;
	size_t n = 0;

	HASH_FIND(hh, q->lanes, target.p, target.n, l);
	if (l == NULL)
		return 0;
	lane_unhold(l);
	DL_FOREACH_SAFE (l->items, it, next) {
		if (it == l->now && !l->is_stuck)
			continue;
		item_take(it);
		share_leave(&q->shares, it->share);
		DL_APPEND(all, it);
		n++;
	}
	lane_unstick(l);
	if (l->now == NULL)
		lane_start(l);
	end_late(all, &given_up);
	return n;
}

void queue_destroy(struct queue **qp)
{
	struct queue *q = *qp;
	struct lane *l, *tmp;
	struct item *it, *next;

	if (q == NULL)
		return;
	*qp = NULL;
	loop_timer_stop(&q->ask);
	HASH_ITER (hh, q->lanes, l, tmp) {
		DL_FOREACH_SAFE (l->items, it, next) {
			share_leave(&q->shares, it->share);
			outgoing_destroy(&it->o);
			pool_give(it, sizeof(*it));
		}
		lane_destroy(l);
	}
	free(q);
}
