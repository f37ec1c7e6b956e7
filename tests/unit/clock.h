#ifndef STOX_TESTS_CLOCK_H
#define STOX_TESTS_CLOCK_H
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "gateway/base/loop.h"

/* The clocks of the whole program stand still from their first reading on and
 * go on when the test turns them: what takes minutes is over at once, and is
 * the same on a busy machine. */
enum {
	CLOCK_STEP_MS = 10, /* a tick of the loop's timers */
	CLOCK_IDS = 16
};

static struct {
	struct timespec first[CLOCK_IDS];
	uint64_t turned_ms;
} C;

int clock_gettime(clockid_t id, struct timespec *t)
{
	uint64_t ns;

	if (id < 0 || id >= CLOCK_IDS)
		return (int)syscall(SYS_clock_gettime, id, t);
	if (C.first[id].tv_sec == 0)
		syscall(SYS_clock_gettime, id, &C.first[id]);
	*t = C.first[id];
	ns = (uint64_t)t->tv_nsec + C.turned_ms % 1000 * 1000000;
	t->tv_sec += (time_t)(C.turned_ms / 1000 + ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

/* One turn of the loop, so much later. */
static inline void clock_turn(struct loop *l, unsigned ms)
{
	C.turned_ms += ms;
	loop_turn(l, 0);
}

#endif
