#include "gateway/queue.h"
#include <assert.h>
#include "gateway/base/loop.h"
#include "gateway/base/table.h"

enum { ASK_MS = 200 }; /* for room that others have left */

struct item {
	struct item *prev, *next;
	struct outgoing *o; /* owned until it is started */
	struct lane *lane;
	uac_fn *fn;
	queue_again_fn *again; /* or NULL */
	void *arg;
	uint64_t since_ms;
};

struct lane {
	UT_hash_handle hh;
	struct queue *queue;
	struct lane *prev, *next; /* of the stuck ones */
	struct item *items;	  /* the first one is under way, or stuck */
	unsigned count;
	bool is_stuck; /* the uac had no room for its first item */
	size_t n;
	char target[];
};

struct queue {
	struct loop *loop; /* borrowed, as the next */
	struct uac *uac;
	struct lane *lanes;
	struct lane *stuck;
	struct loop_timer ask; /* runs while there are stuck ones */
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
	struct lane *l = calloc(1, sizeof(*l) + target.n);

	if (l == NULL)
		abort();
	l->queue = q;
	l->n = target.n;
	memcpy(l->target, target.p, target.n);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, q->lanes, l->target, l->n, hash, l);
	return l;
}

static void lane_destroy(struct lane *l)
{
	if (l->is_stuck)
		DL_DELETE(l->queue->stuck, l);
	HASH_DEL(l->queue->lanes, l);
	free(l);
}

static void item_done(void *arg, const struct outcome *o);

static bool lane_try(struct lane *l)
{
	struct item *it = l->items;

	if (!uac_start(l->queue->uac, it->o, item_done, it))
		return false;
	it->o = NULL;
	return true;
}

static void on_ask(void *arg);

static void ask_later(struct queue *q)
{
	if (!loop_timer_is_running(&q->ask))
		loop_timer_start(q->loop, &q->ask, ASK_MS, on_ask, q);
}

static void lane_start(struct lane *l)
{
	if (lane_try(l))
		return;
	if (l->queue->stuck == NULL)
		l->queue->progress_ms = loop_now_ms(l->queue->loop);
	l->is_stuck = true;
	DL_APPEND(l->queue->stuck, l);
	ask_later(l->queue);
}

/* The one that is stuck longest, if there is room now. */
static bool stuck_start(struct queue *q)
{
	struct lane *l = q->stuck;

	if (l == NULL || !lane_try(l))
		return false;
	DL_DELETE(q->stuck, l);
	l->is_stuck = false;
	return true;
}

static void item_take(struct item *it)
{
	struct lane *l = it->lane;

	DL_DELETE(l->items, it);
	l->count--;
	l->queue->total--;
}

static void item_end(struct item *it, const struct outcome *o)
{
	outgoing_destroy(&it->o);
	it->fn(it->arg, o);
	free(it);
}

/* Nobody was there. An answer, whatever it says, is from somebody. */
static bool is_nobody(const struct outcome *o)
{
	return o->kind == OUTCOME_TIMEOUT || o->kind == OUTCOME_UNREACHABLE ||
	       o->kind == OUTCOME_NO_ROUTE;
}

/* Those of the lane that have waited long enough, oldest first. */
static void take_late(struct lane *l, struct item **late)
{
	struct queue *q = l->queue;
	uint64_t now_ms = loop_now_ms(q->loop);
	struct item *it;

	while ((it = l->items) != NULL &&
	       now_ms - it->since_ms >= q->limits.wait_ms) {
		item_take(it);
		DL_APPEND(*late, it);
	}
}

static void end_late(struct item *late, const struct outcome *o)
{
	struct item *it, *next;

	DL_FOREACH_SAFE (late, it, next)
		item_end(it, o);
}

/* Room is found here too: what holds it up may be no message. Nobody waits for
 * it longer than for an answer. */
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
	DL_FOREACH_SAFE (q->stuck, l, next) {
		take_late(l, &late);
		if (l->items == NULL)
			lane_destroy(l);
	}
	if (q->stuck != NULL)
		ask_later(q);
	end_late(late, &no_room);
}

static void item_done(void *arg, const struct outcome *o)
{
	struct item *it = arg, *late = NULL;
	struct lane *l = it->lane;
	struct queue *q = l->queue;

	assert(l->items == it);
	if (!is_nobody(o))
		q->progress_ms = loop_now_ms(q->loop);
	it->o = it->again != NULL ? it->again(it->arg, o) : NULL;
	if (it->o != NULL) {
		stuck_start(q);
		lane_start(l);
		return;
	}
	item_take(it);
	if (is_nobody(o))
		take_late(l, &late);
	stuck_start(q);
	if (l->items == NULL)
		lane_destroy(l);
	else
		lane_start(l);
	item_end(it, o);
	end_late(late, o);
}

bool queue_push(struct queue *q, struct str target, struct outgoing *o,
		uac_fn *fn, void *arg)
{
	return queue_push_again(q, target, o, fn, NULL, arg);
}

bool queue_is_busy(const struct queue *q, struct str target)
{
	struct lane *l;

	HASH_FIND(hh, q->lanes, target.p, target.n, l);
	return l != NULL;
}

bool queue_push_again(struct queue *q, struct str target, struct outgoing *o,
		      uac_fn *fn, queue_again_fn *again, void *arg)
{
	unsigned hash = (unsigned)keyed_hash(target.p, target.n);
	struct lane *l;
	struct item *it;

	HASH_FIND_BYHASHVALUE(hh, q->lanes, target.p, target.n, hash, l);
	if (q->total >= q->limits.total_max ||
	    (l != NULL && l->count >= q->limits.lane_max))
		return false;
	if (l == NULL)
		l = lane_create(q, target, hash);
	it = malloc(sizeof(*it));
	if (it == NULL)
		abort();
	*it = (struct item){ .o = o,
			     .lane = l,
			     .fn = fn,
			     .again = again,
			     .arg = arg,
			     .since_ms = loop_now_ms(q->loop) };
	DL_APPEND(l->items, it);
	l->count++;
	q->total++;
	if (l->count == 1)
		lane_start(l);
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
	struct item *it, *next;
	struct lane *l;
	size_t n = 0;

	HASH_FIND(hh, q->lanes, target.p, target.n, l);
	if (l == NULL)
		return 0;
	DL_FOREACH_SAFE (l->items->next, it, next) {
		DL_DELETE(l->items, it);
		l->count--;
		q->total--;
		outgoing_destroy(&it->o);
		it->fn(it->arg, &given_up);
		free(it);
		n++;
	}
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
			outgoing_destroy(&it->o);
			free(it);
		}
		lane_destroy(l);
	}
	free(q);
}
