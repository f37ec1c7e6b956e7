#include "gateway/base/wheel.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { FINE_BITS = 12 };
_Static_assert(1 << FINE_BITS == WHEEL_FINE, "the rows must fit together");

static void list_init(struct loop_timer *head)
{
	head->prev = head->next = head;
}

static bool list_is_empty(const struct loop_timer *head)
{
	return head->next == head;
}

static void list_append(struct loop_timer *head, struct loop_timer *t)
{
	t->prev = head->prev;
	t->next = head;
	head->prev->next = t;
	head->prev = t;
}

/* Moves all of from behind what to has. */
static void list_splice(struct loop_timer *to, struct loop_timer *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

static struct loop_timer *list_pop(struct loop_timer *head)
{
	struct loop_timer *t = head->next;

	if (t == head)
		return NULL;
	wheel_remove(t);
	return t;
}

void wheel_remove(struct loop_timer *t)
{
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->prev = t->next = NULL;
}

static void list_fini(struct loop_timer *head)
{
	struct loop_timer *t, *next;

	for (t = head->next; t != head; t = next) {
		next = t->next;
		t->prev = t->next = NULL;
		t->loop = NULL;
	}
	list_init(head);
}

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < WHEEL_FINE; i++)
		list_init(&w->fine[i]);
	for (size_t i = 0; i < WHEEL_COARSE; i++)
		list_init(&w->coarse[i]);
	list_init(&w->soon);
	list_init(&w->due);
	w->tick = now_ms / WHEEL_TICK_MS;
}

void wheel_fini(struct wheel *w)
{
	for (size_t i = 0; i < WHEEL_FINE; i++)
		list_fini(&w->fine[i]);
	for (size_t i = 0; i < WHEEL_COARSE; i++)
		list_fini(&w->coarse[i]);
	list_fini(&w->soon);
	list_fini(&w->due);
}

static void put(struct loop_timer *row, uint64_t *busy, uint64_t slot,
		struct loop_timer *t)
{
	list_append(&row[slot], t);
	busy[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Rounds up, so that nothing comes early. */
static uint64_t tick_of(uint64_t due_ms)
{
	return due_ms / WHEEL_TICK_MS + (due_ms % WHEEL_TICK_MS != 0);
}

void wheel_add(struct wheel *w, struct loop_timer *t)
{
	uint64_t tick = tick_of(t->due_ms), now_turn = w->tick >> FINE_BITS;
	uint64_t turn = tick >> FINE_BITS;

	if (tick <= w->tick) {
		list_append(&w->soon, t);
		return;
	}
	if (tick - w->tick < WHEEL_FINE) {
		put(w->fine, w->fine_busy, tick % WHEEL_FINE, t);
		return;
	}
	if (turn - now_turn >= WHEEL_COARSE)
		turn = now_turn + WHEEL_COARSE - 1;
	put(w->coarse, w->coarse_busy, turn % WHEEL_COARSE, t);
}

/* The distance, 1..slots-1, from slot `from` to the next that holds a timer;
 * 0 when there is none. Slots emptied by wheel_remove lose their bit here. */
static uint64_t next_busy(struct loop_timer *row, uint64_t *busy,
			  uint64_t slots, uint64_t from)
{
	uint64_t step = 1;

	while (step < slots) {
		uint64_t slot = (from + step) % slots;
		uint64_t word = busy[slot / 64] >> slot % 64;

		if (word == 0) {
			step += 64 - slot % 64;
			continue;
		}
		slot += (uint64_t)__builtin_ctzll(word);
		step += (uint64_t)__builtin_ctzll(word);
		if (step >= slots)
			break;
		if (!list_is_empty(&row[slot]))
			return step;
		busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
		step++;
	}
	return 0;
}

/* The next tick at which a fine slot is due or a coarse one is dealt out. */
static uint64_t next_tick(struct wheel *w)
{
	uint64_t turn = w->tick >> FINE_BITS, next = WHEEL_NEVER;
	uint64_t step = next_busy(w->fine, w->fine_busy, WHEEL_FINE,
				  w->tick % WHEEL_FINE);

	if (step > 0)
		next = w->tick + step;
	step = next_busy(w->coarse, w->coarse_busy, WHEEL_COARSE,
			 turn % WHEEL_COARSE);
	if (step > 0 && (turn + step) << FINE_BITS < next)
		next = (turn + step) << FINE_BITS;
	return next;
}

static void deal_out(struct wheel *w, struct loop_timer *slot)
{
	struct loop_timer all, *t;

	list_init(&all);
	list_splice(&all, slot);
	while ((t = list_pop(&all)) != NULL) {
		if (tick_of(t->due_ms) <= w->tick)
			list_append(&w->due, t);
		else
			wheel_add(w, t);
	}
}

void wheel_advance(struct wheel *w, uint64_t now_ms)
{
	uint64_t target = now_ms / WHEEL_TICK_MS, next;

	list_splice(&w->due, &w->soon);
	while (w->tick < target) {
		next = next_tick(w);
		if (next > target)
			break;
		w->tick = next;
		if (next % WHEEL_FINE == 0)
			deal_out(
				w,
				&w->coarse[(next >> FINE_BITS) % WHEEL_COARSE]);
		list_splice(&w->due, &w->fine[next % WHEEL_FINE]);
	}
	if (w->tick < target)
		w->tick = target;
}

struct loop_timer *wheel_take(struct wheel *w)
{
	return list_pop(&w->due);
}

uint64_t wheel_next_ms(struct wheel *w)
{
	uint64_t tick;

	if (!list_is_empty(&w->soon) || !list_is_empty(&w->due))
		return 0;
	tick = next_tick(w);
	return tick == WHEEL_NEVER ? WHEEL_NEVER : tick * WHEEL_TICK_MS;
}
