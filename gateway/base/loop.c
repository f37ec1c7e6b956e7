#include "gateway/base/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "gateway/base/arena.h"
#include "gateway/base/keyed.h"
#include "gateway/base/mailbox.h"
#include "gateway/base/wheel.h"

#define SU_ROOT_MAGIC_T struct loop
#define SU_WAKEUP_ARG_T struct loop_watch
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>

enum {
	ARENA_CHUNK_BYTES = 65536,
	SIGNALS_MAX = 8,
	IDLE_WAIT_MS = 10000,
	/* su's port takes four events in a step; a turn takes more, so that
	 * the hooks' work is shared under load, but not without end. */
	STEP_EVENTS = 4,
	TURN_STEPS = 16,
};

struct loop {
	su_root_t *root;
	struct arena arena;
	struct wheel wheel;
	uint64_t now_ms;
	bool has_clock; /* now_ms is of this turn */
	bool is_busy;	/* something happened in this turn */
	bool is_stopping;
	bool is_cut; /* a registration ended this su_root_step's batch */
	unsigned step_events; /* callbacks of this su_root_step */
	unsigned watches;     /* open ones */
	struct loop_hook hooks[LOOP_FLUSH + 1]; /* list heads */
	struct {
		int signo;
		loop_signal_fn *fn;
		void *arg;
	} signals[SIGNALS_MAX];
	size_t signal_count;
	sigset_t signal_set;
	struct loop_watch signal_watch;
	int signal_fd; /* owned; -1 before the first loop_signal */
	struct mailbox mailbox;
	struct loop_watch mailbox_watch;
};

static uint64_t clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int64_t loop_wall_ms(void)
{
	return (int64_t)clock_ms(CLOCK_REALTIME);
}

uint64_t loop_now_ms(const struct loop *l)
{
	return l->now_ms;
}

struct arena *loop_arena(struct loop *l)
{
	return &l->arena;
}

/* The first that happens after the wait reads the clock for all. */
static void read_clock(struct loop *l)
{
	if (l->has_clock)
		return;
	l->now_ms = clock_ms(CLOCK_MONOTONIC);
	l->has_clock = true;
}

/* --- descriptors */

static int su_events(unsigned events)
{
	return (events & LOOP_IN ? SU_WAIT_IN : 0) |
	       (events & LOOP_OUT ? SU_WAIT_OUT : 0);
}

/* epoll reports errors and hang-ups whether asked for or not; they must reach
 * somebody, or the loop would spin on them. Another watch's callback may have
 * changed what this one asks for since epoll looked. */
static unsigned loop_events(int revents, unsigned wanted)
{
	unsigned events = 0;

	if (revents & SU_WAIT_IN)
		events |= wanted & LOOP_IN;
	if (revents & SU_WAIT_OUT)
		events |= wanted & LOOP_OUT;
	if (revents & (SU_WAIT_ERR | SU_WAIT_HUP))
		events |= LOOP_IN;
	return events;
}

/* w may be gone after its callback. */
static int on_ready(struct loop *l, su_wait_t *wait, struct loop_watch *w)
{
	unsigned events = loop_events(wait->revents, w->events);

	l->step_events++;
	if (events == 0)
		return 0;
	read_clock(l);
	l->is_busy = true;
	w->fn(w->arg, events);
	return 0;
}

bool loop_watch_open(struct loop *l, struct loop_watch *w, int fd,
		     unsigned events, loop_watch_fn *fn, void *arg)
{
	su_wait_t wait = SU_WAIT_INIT;
	int index;

	*w = (struct loop_watch){
		.loop = l, .fn = fn, .arg = arg, .fd = fd, .events = events
	};
	/* su refuses to create a wait for nothing; epoll does not mind. */
	if (su_wait_create(&wait, fd, SU_WAIT_IN) != 0)
		return false;
	wait.events = (short)su_events(events);
	index = su_root_register(l->root, &wait, on_ready, w, 0);
	if (index <= 0) {
		su_wait_destroy(&wait);
		return false;
	}
	w->index = index;
	l->watches++;
	l->is_cut = true;
	return true;
}

void loop_watch_set(struct loop_watch *w, unsigned events)
{
	if (w->index == 0 || w->events == events)
		return;
	w->events = events;
	su_root_eventmask(w->loop->root, w->index, w->fd, su_events(events));
}

/* su ends its batch of events after a deregistration, so that nothing that
 * was ready can still come for w. */
void loop_watch_close(struct loop_watch *w)
{
	if (w->index == 0)
		return;
	su_root_deregister(w->loop->root, w->index);
	w->index = 0;
	w->loop->watches--;
	w->loop->is_cut = true;
}

/* --- timers */

/* Not from the turn's clock, which a long callback leaves behind; and one
 * millisecond more, for the part of one that was cut off. */
void loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t delay_ms,
		      loop_timer_fn *fn, void *arg)
{
	uint64_t now_ms = clock_ms(CLOCK_MONOTONIC);

	loop_timer_stop(t);
	*t = (struct loop_timer){ .loop = l, .fn = fn, .arg = arg };
	if (delay_ms > INT64_MAX)
		delay_ms = INT64_MAX;
	if (delay_ms > 0)
		t->due_ms = now_ms + delay_ms + 1;
	wheel_add(&l->wheel, t);
}

void loop_timer_stop(struct loop_timer *t)
{
	if (t->loop == NULL)
		return;
	wheel_remove(t);
	t->loop = NULL;
}

bool loop_timer_is_running(const struct loop_timer *t)
{
	return t->loop != NULL;
}

uint64_t loop_jitter_ms(uint64_t ms, unsigned percent)
{
	uint64_t span, random;

	if (percent > 100)
		percent = 100;
	span = ms / 100 * percent + ms % 100 * percent / 100;
	if (span == 0)
		return ms;
	keyed_random(&random, sizeof(random));
	return ms - span + random % (2 * span + 1);
}

static void run_timers(struct loop *l)
{
	struct loop_timer *t;

	wheel_advance(&l->wheel, l->now_ms);
	while ((t = wheel_take(&l->wheel)) != NULL) {
		t->loop = NULL;
		l->is_busy = true;
		t->fn(t->arg);
	}
}

/* --- hooks */

static void hook_append(struct loop_hook *head, struct loop_hook *h)
{
	h->prev = head->prev;
	h->next = head;
	head->prev->next = h;
	head->prev = h;
}

static void hook_unlink(struct loop_hook *h)
{
	h->prev->next = h->next;
	h->next->prev = h->prev;
}

void loop_hook_add(struct loop *l, struct loop_hook *h, enum loop_phase phase,
		   loop_hook_fn *fn, void *arg)
{
	*h = (struct loop_hook){
		.loop = l, .fn = fn, .arg = arg, .phase = phase
	};
	hook_append(&l->hooks[phase], h);
}

void loop_hook_remove(struct loop_hook *h)
{
	if (h->loop == NULL)
		return;
	hook_unlink(h);
	h->loop = NULL;
}

/* Each hook goes back to the list before it runs, and only what was there at
 * the start runs: hooks may add and remove any of them meanwhile. */
static void run_hooks(struct loop *l, enum loop_phase phase)
{
	struct loop_hook *head = &l->hooks[phase], running, *h;

	if (head->next == head)
		return;
	running = *head;
	running.next->prev = running.prev->next = &running;
	head->prev = head->next = head;
	while ((h = running.next) != &running) {
		hook_unlink(h);
		hook_append(head, h);
		h->fn(h->arg);
	}
}

/* --- signals */

static void signal_dispatch(struct loop *l, int signo)
{
	for (size_t i = 0; i < l->signal_count; i++) {
		if (l->signals[i].signo == signo)
			l->signals[i].fn(l->signals[i].arg, signo);
	}
}

static void on_signal(void *arg, unsigned events)
{
	struct loop *l = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(l->signal_fd, &info, sizeof(info)) == sizeof(info))
		signal_dispatch(l, (int)info.ssi_signo);
}

static bool signal_watch_open(struct loop *l)
{
	int fd = signalfd(l->signal_fd, &l->signal_set,
			  SFD_NONBLOCK | SFD_CLOEXEC);

	if (fd < 0)
		return false;
	l->signal_fd = fd;
	return l->signal_watch.index != 0 ||
	       loop_watch_open(l, &l->signal_watch, fd, LOOP_IN, on_signal, l);
}

bool loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *arg)
{
	if (l->signal_count == SIGNALS_MAX ||
	    sigaddset(&l->signal_set, signo) != 0)
		return false;
	if (pthread_sigmask(SIG_BLOCK, &l->signal_set, NULL) != 0 ||
	    !signal_watch_open(l))
		return false;
	l->signals[l->signal_count].signo = signo;
	l->signals[l->signal_count].fn = fn;
	l->signals[l->signal_count++].arg = arg;
	return true;
}

/* --- other threads */

void loop_post(struct loop *l, loop_hook_fn *fn, void *arg)
{
	mailbox_put(&l->mailbox, fn, arg);
}

static void on_post(void *arg, unsigned events)
{
	struct loop *l = arg;

	(void)events;
	mailbox_run(&l->mailbox);
}

/* --- the loop */

static struct loop *refuse(struct loop *l, const char **why, const char *text)
{
	*why = text;
	loop_destroy(&l);
	return NULL;
}

struct loop *loop_create(const char **why)
{
	struct loop *l = calloc(1, sizeof(*l));
	bool has_mailbox;

	if (l == NULL)
		abort();
	signal(SIGPIPE, SIG_IGN);
	/* A full disk is an error of write(), not a death. */
	(void)signal(SIGXFSZ, SIG_IGN);
	l->now_ms = clock_ms(CLOCK_MONOTONIC);
	l->signal_fd = -1;
	sigemptyset(&l->signal_set);
	has_mailbox = mailbox_init(&l->mailbox);
	arena_init(&l->arena, ARENA_CHUNK_BYTES);
	wheel_init(&l->wheel, l->now_ms);
	for (int i = 0; i <= LOOP_FLUSH; i++)
		l->hooks[i].prev = l->hooks[i].next = &l->hooks[i];
	/* What Sofia would say, peers can make it say. */
	su_log_set_level(NULL, 0);
	if (su_init() != 0)
		return refuse(l, why, "the event loop does not start");
	l->root = su_root_create(l);
	if (l->root == NULL)
		return refuse(l, why, "no descriptors for the event loop");
	su_root_threading(l->root, 0);
	su_root_multishot(l->root, 1);
	if (!has_mailbox ||
	    !loop_watch_open(l, &l->mailbox_watch, l->mailbox.fd, LOOP_IN,
			     on_post, l))
		return refuse(l, why, "no event descriptor for the loop");
	return l;
}

void loop_destroy(struct loop **lp)
{
	struct loop *l = *lp;

	if (l == NULL)
		return;
	*lp = NULL;
	loop_watch_close(&l->signal_watch);
	loop_watch_close(&l->mailbox_watch);
	assert(l->watches == 0);
	if (l->root != NULL) {
		su_root_destroy(l->root);
		su_deinit();
	}
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	mailbox_fini(&l->mailbox);
	for (int i = 0; i <= LOOP_FLUSH; i++) {
		while (l->hooks[i].next != &l->hooks[i])
			loop_hook_remove(l->hooks[i].next);
	}
	wheel_fini(&l->wheel);
	arena_fini(&l->arena);
	free(l);
}

static int wait_ms(struct loop *l, int max_wait_ms)
{
	uint64_t next = wheel_next_ms(&l->wheel), now;

	if (next == 0)
		return 0;
	if (next == WHEEL_NEVER)
		return max_wait_ms;
	now = clock_ms(CLOCK_MONOTONIC);
	if (next <= now)
		return 0;
	return next - now < (uint64_t)max_wait_ms ? (int)(next - now)
						  : max_wait_ms;
}

/* The wait, and the callbacks of what is ready after it: step by step until
 * one of them leaves nothing behind. */
static void run_watches(struct loop *l, int wait)
{
	for (int i = 0; i < TURN_STEPS; i++) {
		l->step_events = 0;
		l->is_cut = false;
		su_root_step(l->root, wait);
		if (l->step_events < STEP_EVENTS && !l->is_cut)
			break;
		wait = 0;
	}
}

void loop_turn(struct loop *l, int max_wait_ms)
{
	l->has_clock = l->is_busy = false;
	run_watches(l, wait_ms(l, max_wait_ms > 0 ? max_wait_ms : 0));
	read_clock(l);
	run_timers(l);
	if (l->is_busy) {
		run_hooks(l, LOOP_GATHER);
		run_hooks(l, LOOP_FLUSH);
	}
	arena_reset(&l->arena);
}

void loop_run(struct loop *l)
{
	while (!l->is_stopping)
		loop_turn(l, IDLE_WAIT_MS);
	l->is_stopping = false;
}

void loop_stop(struct loop *l)
{
	l->is_stopping = true;
}
