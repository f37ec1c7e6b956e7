#ifndef STOX_BASE_WHEEL_H
#define STOX_BASE_WHEEL_H
#include <stdint.h>
#include "gateway/base/loop.h"

/* The loop's timer wheel, without a clock: 10 ms ticks, one fine row of slots
 * for the next 41 s and one coarse row of 41 s slots behind it (2.9 h; what is
 * due later waits in the last one and is looked at again). Add and remove are
 * O(1), and an idle time of any length is skipped by two bitmaps. */
enum {
	WHEEL_TICK_MS = 10,
	WHEEL_FINE = 4096,
	WHEEL_COARSE = 256,
};
#define WHEEL_NEVER UINT64_MAX

struct wheel {
	struct loop_timer fine[WHEEL_FINE], coarse[WHEEL_COARSE]; /* heads */
	struct loop_timer soon; /* head: at the next advance, whenever */
	struct loop_timer due;	/* head: what wheel_take hands out */
	uint64_t fine_busy[WHEEL_FINE / 64], coarse_busy[WHEEL_COARSE / 64];
	uint64_t tick; /* all of it and before was moved to due */
};

/* Large: the caller allocates it and never moves it. */
void wheel_init(struct wheel *w, uint64_t now_ms);
/* Takes every timer out, whose loop becomes NULL. */
void wheel_fini(struct wheel *w);
/* Adds t, which must not be in a wheel, by its due_ms; 0 is at once. It comes
 * out in the first advance to due_ms or up to a tick more, never before. */
void wheel_add(struct wheel *w, struct loop_timer *t);
/* Takes t out, also when it is already due. */
void wheel_remove(struct loop_timer *t);
/* Moves on to now_ms; what was waiting until then becomes due. */
void wheel_advance(struct wheel *w, uint64_t now_ms);
/* The next due timer, taken out; NULL when there is none. Timers added after
 * the last advance never come out here. */
struct loop_timer *wheel_take(struct wheel *w);
/* When wheel_advance has something to do: 0 at once, WHEEL_NEVER without
 * timers. May be early for timers of the coarse row. */
uint64_t wheel_next_ms(struct wheel *w);

#endif
