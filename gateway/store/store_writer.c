#include "gateway/store/store_writer.h"
#include <signal.h>
#include <time.h>
#include "gateway/base/loop.h"

enum { PROBE_SOON_MS = 250, PROBE_MAX_MS = 1000, JITTER_PERCENT = 20 };

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static enum store_fault ask(struct store_writer *w, enum store_moment m,
			    uint64_t nth)
{
	return w->fault == NULL ? STORE_FAULT_NONE
				: w->fault(w->fault_arg, m, nth);
}

/* --- letters to the loop */

static struct store_report *report_create(struct store_writer *w,
					  struct store_op *ops)
{
	struct store_report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->arg = w->arg;
	r->ops = ops;
	return r;
}

/* The loop's own thread needs no letter. */
static void report_send(struct store_writer *w, struct store_report *r)
{
	if (w->engine->has_thread)
		mailbox_put(w->reports, w->deliver, r);
	else
		w->deliver(r);
}

/* With the lock held, so that its place is right among the other letters; only
 * for writers with a thread. */
static void report_failed(struct store_writer *w, struct store_op *ops)
{
	struct store_report *r = report_create(w, ops);

	store_span_mark((struct store_span){ ops, NULL }, false);
	r->trouble = w->trouble;
	report_send(w, r);
}

/* --- one transaction */

static void count(struct store_writer *w, enum store_outcome o, uint64_t took)
{
	struct store_counters *c = &w->counters;

	pthread_mutex_lock(&w->lock);
	c->commits += o == STORE_WRITTEN;
	c->failures += o != STORE_WRITTEN;
	c->last_ms = took;
	histogram_add(&c->took_ms, took);
	if (took > c->slowest_ms)
		c->slowest_ms = took;
	pthread_mutex_unlock(&w->lock);
}

static uint64_t took_ms(uint64_t since_ms, bool is_slow)
{
	uint64_t took = now_ms() - since_ms;

	return is_slow && took < STORE_WELL_MS ? STORE_WELL_MS : took;
}

static enum store_outcome write_real(struct store_writer *w,
				     struct store_span span,
				     struct store_trouble *t)
{
	enum store_outcome o;
	size_t collapsed;

	pthread_mutex_lock(&w->base_lock);
	collapsed = store_span_collapse(span);
	o = w->engine->write(w->base, span, t);
	pthread_mutex_unlock(&w->base_lock);
	if (o == STORE_WRITTEN && collapsed > 0) {
		pthread_mutex_lock(&w->lock);
		w->counters.collapsed += collapsed;
		pthread_mutex_unlock(&w->lock);
	}
	return o;
}

static enum store_outcome write_once(struct store_writer *w,
				     struct store_span span,
				     struct store_trouble *t)
{
	uint64_t since_ms = now_ms(), took, nth = ++w->writes;
	enum store_outcome o = STORE_FAILED;
	enum store_fault before, after = STORE_FAULT_NONE;

	atomic_store(&w->busy_since_ms, since_ms);
	before = ask(w, STORE_BEFORE_WRITE, nth);
	if (before != STORE_FAULT_ERROR) {
		o = write_real(w, span, t);
		after = ask(w, STORE_AFTER_WRITE, nth);
	}
	if (before == STORE_FAULT_ERROR || after == STORE_FAULT_ERROR) {
		store_trouble_set(t, "a fault was asked for", NULL);
		o = STORE_FAILED;
	}
	took = took_ms(since_ms,
		       before == STORE_FAULT_SLOW || after == STORE_FAULT_SLOW);
	atomic_store(&w->is_well, o != STORE_FAILED && took < STORE_WELL_MS);
	atomic_store(&w->busy_since_ms, 0);
	count(w, o, took);
	return o;
}

/* --- batches */

/* One record that cannot be written must not take the others with it: what is
 * refused is written by halves. As deep as the logarithm of a batch. */
static enum store_outcome write_span(struct store_writer *w,
				     struct store_span span,
				     struct store_report *r)
{
	enum store_outcome o = write_once(w, span, &r->trouble);
	struct store_span rest = span;
	struct store_op *half;

	half = o == STORE_REFUSED ? store_span_middle(span) : NULL;
	if (half == NULL) {
		store_span_mark(span, o == STORE_WRITTEN);
		r->is_refused |= o == STORE_REFUSED;
		return o;
	}
	span.end = rest.first = half;
	o = write_span(w, span, r);
	if (o == STORE_FAILED)
		store_span_mark(rest, false);
	else
		o = write_span(w, rest, r);
	return o;
}

static void probe_later(struct store_writer *w, uint64_t every_ms)
{
	w->probe_every_ms = every_ms;
	w->probe_at_ms = now_ms() + loop_jitter_ms(every_ms, JITTER_PERCENT);
}

static bool write_batch(struct store_writer *w, struct store_op *ops)
{
	struct store_report *r = report_create(w, ops);
	struct store_span span = { ops, NULL };
	enum store_outcome o = STORE_WRITTEN;

	if (store_span_has_work(span))
		o = write_span(w, span, r);
	else
		store_span_mark(span, false);
	r->is_well = atomic_load(&w->is_well);
	if (r->trouble.why == NULL)
		store_trouble_set(&r->trouble, "a commit took too long", NULL);
	if (!r->is_well) {
		pthread_mutex_lock(&w->lock);
		w->trouble = r->trouble;
		probe_later(w, PROBE_SOON_MS);
		pthread_mutex_unlock(&w->lock);
	}
	report_send(w, r);
	return o != STORE_FAILED;
}

/* --- what waits */

static struct store_op *take_all(struct store_writer *w)
{
	struct store_op *first = w->first;

	w->first = NULL;
	w->last = &w->first;
	return first;
}

static void append(struct store_writer *w, struct store_op *first,
		   struct store_op *last)
{
	last->next = NULL;
	*w->last = first;
	w->last = &last->next;
}

/* The database is away: what waits behind the batch that has just failed fails
 * too, and all that comes until a probe works. */
static void go_away(struct store_writer *w, struct store_op *rest)
{
	pthread_mutex_lock(&w->lock);
	w->is_away = true;
	if (rest != NULL)
		report_failed(w, rest);
	if (w->first != NULL)
		report_failed(w, take_all(w));
	pthread_mutex_unlock(&w->lock);
}

static void write_all(struct store_writer *w, struct store_op *rest)
{
	while (rest != NULL) {
		bool is_written = write_batch(w, store_batch_take(&rest));

		if (is_written || !w->engine->has_thread)
			continue;
		go_away(w, rest);
		return;
	}
}

void store_writer_probe(struct store_writer *w)
{
	struct store_report *r = report_create(w, NULL);
	uint64_t since_ms = now_ms();
	enum store_fault f;
	bool is_back = false, is_well;

	atomic_store(&w->busy_since_ms, since_ms);
	f = ask(w, STORE_AT_PROBE, ++w->probes);
	if (f != STORE_FAULT_ERROR) {
		pthread_mutex_lock(&w->base_lock);
		is_back = w->engine->probe(w->base, &r->trouble);
		pthread_mutex_unlock(&w->base_lock);
	}
	is_well = is_back &&
		  took_ms(since_ms, f == STORE_FAULT_SLOW) < STORE_WELL_MS;
	if (r->trouble.why == NULL)
		store_trouble_set(&r->trouble, "a commit took too long", NULL);
	r->is_well = is_well;
	pthread_mutex_lock(&w->lock);
	w->trouble = r->trouble;
	w->is_away = w->is_away && !is_back;
	atomic_store(&w->is_well, is_well);
	atomic_store(&w->busy_since_ms, 0);
	probe_later(w, w->probe_every_ms * 2 < PROBE_MAX_MS
			       ? w->probe_every_ms * 2
			       : PROBE_MAX_MS);
	pthread_mutex_unlock(&w->lock);
	report_send(w, r);
}

/* --- the thread */

/* With the lock held; the caller looks again what there is to do. */
static void rest_a_while(struct store_writer *w)
{
	struct timespec at = {
		.tv_sec = (time_t)(w->probe_at_ms / 1000),
		.tv_nsec = (long)(w->probe_at_ms % 1000) * 1000000,
	};

	if (atomic_load(&w->is_well)) {
		pthread_cond_wait(&w->wake, &w->lock);
		return;
	}
	if (now_ms() < w->probe_at_ms) {
		pthread_cond_timedwait(&w->wake, &w->lock, &at);
		return;
	}
	pthread_mutex_unlock(&w->lock);
	store_writer_probe(w);
	pthread_mutex_lock(&w->lock);
}

static void *run(void *arg)
{
	struct store_writer *w = arg;
	struct store_op *ops;

	pthread_mutex_lock(&w->lock);
	while (w->first != NULL || !w->is_closing) {
		if (w->first == NULL) {
			rest_a_while(w);
			continue;
		}
		ops = take_all(w);
		pthread_mutex_unlock(&w->lock);
		write_all(w, ops);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	w->engine->close(w->base);
	return NULL;
}

/* Signals are the loop's. SIGXFSZ too: blocked, a write beyond the limit is an
 * error like a full disk. Not those that say that we are wrong. */
static bool thread_start(struct store_writer *w)
{
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	sigset_t blocked, before;
	size_t i;
	int error;

	sigfillset(&blocked);
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigdelset(&blocked, ours[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	error = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

/* --- for the store */

static void locks_init(struct store_writer *w)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&w->base_lock, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
}

static void locks_fini(struct store_writer *w)
{
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	pthread_mutex_destroy(&w->base_lock);
}

bool store_writer_open(struct store_writer *w, const struct store_engine *e,
		       const struct store_options *o, struct store_trouble *t)
{
	w->engine = e;
	w->fault = o->fault;
	w->fault_arg = o->fault_arg;
	w->last = &w->first;
	w->probe_every_ms = PROBE_SOON_MS;
	atomic_init(&w->is_well, true);
	atomic_init(&w->busy_since_ms, 0);
	w->base = e->open(o, t);
	if (w->base == NULL)
		return false;
	locks_init(w);
	if (!e->has_thread || thread_start(w))
		return true;
	store_trouble_set(t, "no thread for the store", NULL);
	e->close(w->base);
	locks_fini(w);
	return false;
}

/* The letter of a writer without a thread to itself. */
static void run_here(void *arg)
{
	struct store_writer *w = arg;
	struct store_op *ops;

	pthread_mutex_lock(&w->lock);
	ops = take_all(w);
	pthread_mutex_unlock(&w->lock);
	write_all(w, ops);
}

void store_writer_add(struct store_writer *w, struct store_op *first,
		      struct store_op *last)
{
	bool is_first;

	pthread_mutex_lock(&w->lock);
	is_first = w->first == NULL;
	if (w->is_away) {
		last->next = NULL;
		report_failed(w, first);
		is_first = false;
	} else {
		append(w, first, last);
	}
	pthread_mutex_unlock(&w->lock);
	if (!is_first)
		return;
	if (w->engine->has_thread)
		pthread_cond_signal(&w->wake);
	else
		mailbox_put(w->reports, run_here, w);
}

bool store_writer_is_well(const struct store_writer *w)
{
	uint64_t since_ms = atomic_load(&w->busy_since_ms);

	return atomic_load(&w->is_well) &&
	       (since_ms == 0 || now_ms() < since_ms + STORE_WELL_MS);
}

void store_writer_close(struct store_writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->is_closing = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (w->engine->has_thread)
		pthread_join(w->thread, NULL);
}

void store_writer_fini(struct store_writer *w)
{
	if (!w->engine->has_thread)
		w->engine->close(w->base);
	locks_fini(w);
}
