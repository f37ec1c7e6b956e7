#ifndef STOX_BASE_LOOP_H
#define STOX_BASE_LOOP_H
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct loop;

/* The one loop: a facade on Sofia's su_root (its port is epoll). Time is
 * CLOCK_MONOTONIC throughout; nothing here follows the wall clock. A turn is:
 * wait, callbacks of what is ready, timers that are due, hooks, arena reset.
 * Callbacks must not block and must not call loop_run or loop_turn. */
struct loop *loop_create(const char **why); /* NULL and *why on failure */
void loop_destroy(struct loop **lp); /* all watches must be closed before */
void loop_run(struct loop *l); /* until loop_stop */
void loop_stop(struct loop *l);
/* One turn that waits at most max_wait_ms: for tests and drains. */
void loop_turn(struct loop *l, int max_wait_ms);

/* Milliseconds of CLOCK_MONOTONIC at the start of this turn. */
uint64_t loop_now_ms(const struct loop *l);
/* Milliseconds since the epoch, read now: for Date headers and logs only. */
int64_t loop_wall_ms(void);
/* Lives until the end of this turn. */
struct arena *loop_arena(struct loop *l);

/* --- descriptors: level-triggered; errors and hang-ups come as LOOP_IN. */
enum { LOOP_IN = 1, LOOP_OUT = 2 };
typedef void loop_watch_fn(void *arg, unsigned events);
struct loop_watch { /* embedded in its owner, who also owns fd */
	struct loop *loop;
	loop_watch_fn *fn;
	void *arg;
	int fd;
	int index; /* su_root's registration, 0 when closed */
	unsigned events;
};
/* false with errno when the kernel refuses. */
bool loop_watch_open(struct loop *l, struct loop_watch *w, int fd,
		     unsigned events, loop_watch_fn *fn, void *arg);
void loop_watch_set(struct loop_watch *w, unsigned events);
/* Idempotent; allowed in its own callback; after it no callback comes, also
 * not one that was already ready in this turn. Close it before the fd. */
void loop_watch_close(struct loop_watch *w);

/* --- timers: a hashed wheel of 10 ms ticks; start, restart and stop are O(1).
 * Never fires early; one fires in the turn's timer phase, never inside
 * loop_timer_start. A zeroed struct is a stopped timer. */
typedef void loop_timer_fn(void *arg);
struct loop_timer { /* embedded in its owner */
	struct loop *loop; /* NULL when stopped */
	struct loop_timer *prev, *next;
	loop_timer_fn *fn;
	void *arg;
	uint64_t due_ms;
};
void loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t delay_ms,
		      loop_timer_fn *fn, void *arg);
void loop_timer_stop(struct loop_timer *t); /* idempotent */
bool loop_timer_is_running(const struct loop_timer *t);
/* ms plus or minus up to percent of it, at random. */
uint64_t loop_jitter_ms(uint64_t ms, unsigned percent);

/* --- hooks at the end of each turn in which anything happened: first all of
 * LOOP_GATHER (what adds output: barriers), then LOOP_FLUSH (what writes). */
enum loop_phase { LOOP_GATHER, LOOP_FLUSH };
typedef void loop_hook_fn(void *arg);
struct loop_hook { /* embedded */
	struct loop *loop;
	struct loop_hook *prev, *next;
	loop_hook_fn *fn;
	void *arg;
	enum loop_phase phase;
};
void loop_hook_add(struct loop *l, struct loop_hook *h, enum loop_phase phase,
		   loop_hook_fn *fn, void *arg);
void loop_hook_remove(struct loop_hook *h); /* idempotent */

/* --- signals, through a signalfd: blocks signo and calls fn in the loop. At
 * most 8. SIGPIPE is ignored by loop_create. */
typedef void loop_signal_fn(void *arg, int signo);
bool loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *arg);

/* --- from other threads: queues fn(arg) to run in a coming turn. The only
 * call of this file that another thread may make. */
void loop_post(struct loop *l, loop_hook_fn *fn, void *arg);

#endif
