#include "gateway/store/store.h"
#include "gateway/base/log.h"
#include "gateway/base/loop.h"
#include "gateway/store/store_writer.h"

enum { PROBE_MS = 500, JITTER_PERCENT = 20 };

struct store {
	struct loop *loop; /* borrowed */
	struct store_writer writer;
	struct mailbox reports; /* from the writer */
	struct loop_watch watch;
	struct loop_timer probe;	/* of a backend without a thread */
	struct strbuf *detail;		/* borrowed, or NULL */
	struct store_op *first, **last; /* owned: of the open transaction */
	struct store_op *newest;
	unsigned depth;	 /* of store_begin */
	bool is_refused; /* the open transaction */
	bool is_closing;
	bool was_well; /* as far as the log knows */
	size_t waiting, waiting_bytes, waiting_max, waiting_max_bytes;
	uint64_t puts; /* for fault */
	uint64_t operations, lost;
};

/* --- reports */

static void on_probe(void *arg)
{
	struct store *s = arg;

	store_writer_probe(&s->writer);
}

static void note_health(struct store *s, const struct store_report *r)
{
	if (r->is_refused)
		log_error("store_record_refused", F_Z("why", r->trouble.why),
			  F_Z("detail", r->trouble.detail));
	if (!r->is_well && s->was_well)
		log_error("store_not_well", F_Z("why", r->trouble.why),
			  F_Z("detail", r->trouble.detail));
	if (r->is_well && !s->was_well)
		log_info("store_well", F_NUM("waiting", s->waiting));
	s->was_well = r->is_well;
	if (!r->is_well && !s->writer.engine->has_thread && !s->is_closing)
		loop_timer_start(s->loop, &s->probe,
				 loop_jitter_ms(PROBE_MS, JITTER_PERCENT),
				 on_probe, s);
}

static void op_done(struct store *s, struct store_op *op)
{
	s->waiting--;
	s->waiting_bytes -= op->key_bytes + op->value_bytes;
	s->operations++;
	s->lost += !op->is_kept;
	if (op->fn != NULL)
		op->fn(op->arg, op->is_kept);
	free(op);
}

static void on_report(void *arg)
{
	struct store_report *r = arg;
	struct store *s = r->arg;
	struct store_op *op, *next;

	note_health(s, r);
	for (op = r->ops; op != NULL; op = next) {
		next = op->next;
		op_done(s, op);
	}
	free(r);
}

static void on_mail(void *arg, unsigned events)
{
	struct store *s = arg;

	(void)events;
	mailbox_run(&s->reports);
}

/* --- open and close */

static const struct store_engine *engine_of(enum store_backend b)
{
	static const struct store_engine *const engines[] = {
		[STORE_MEMORY] = &STORE_ENGINE_MEMORY,
		[STORE_SQLITE] = &STORE_ENGINE_SQLITE,
		[STORE_PGSQL] = &STORE_ENGINE_PGSQL,
	};

	return engines[b];
}

static const char *complain(const struct store *s,
			    const struct store_trouble *t)
{
	if (s->detail != NULL) {
		strbuf_reset(s->detail);
		strbuf_addz(s->detail, t->detail);
	}
	return t->why;
}

static bool mail_open(struct store *s, struct store_trouble *t)
{
	if (mailbox_init(&s->reports) &&
	    loop_watch_open(s->loop, &s->watch, s->reports.fd, LOOP_IN, on_mail,
			    s))
		return true;
	store_trouble_set(t, "no descriptor for the store", NULL);
	return false;
}

static void mail_close(struct store *s)
{
	loop_watch_close(&s->watch);
	mailbox_fini(&s->reports);
}

static bool node_is_good(struct str node, struct store_trouble *t)
{
	if (node.n > 0 && node.n <= STORE_NODE_MAX_BYTES &&
	    str_find(node, '\0') == node.n && str_is_utf8(node))
		return true;
	store_trouble_set(t, "the store's node needs a name of 1 to 255 bytes",
			  NULL);
	return false;
}

struct store *store_open(struct loop *l, const struct store_options *o,
			 const char **why)
{
	struct store *s = calloc(1, sizeof(*s));
	struct store_trouble t = { 0 };

	if (s == NULL)
		abort();
	s->loop = l;
	s->detail = o->detail;
	s->last = &s->first;
	s->was_well = true;
	s->waiting_max = o->queue_max > 0 ? o->queue_max : STORE_QUEUE_MAX;
	s->waiting_max_bytes = o->queue_max_bytes > 0 ? o->queue_max_bytes
						      : STORE_QUEUE_MAX_BYTES;
	s->writer.reports = &s->reports;
	s->writer.deliver = on_report;
	s->writer.arg = s;
	if (node_is_good(o->node, &t) && mail_open(s, &t)) {
		if (store_writer_open(&s->writer, engine_of(o->backend), o, &t))
			return s;
		mail_close(s);
	}
	*why = complain(s, &t);
	free(s);
	return NULL;
}

void store_close(struct store **sp)
{
	struct store *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	if (s->depth > 0) {
		s->depth = 1;
		store_end(s);
	}
	s->is_closing = true;
	store_writer_close(&s->writer);
	mailbox_run(&s->reports);
	store_writer_fini(&s->writer);
	loop_timer_stop(&s->probe);
	mail_close(s);
	free(s);
}

/* --- operations */

static bool has_room(struct store *s, size_t bytes)
{
	enum store_fault f = STORE_FAULT_NONE;

	if (s->is_closing)
		return false;
	s->puts++;
	if (s->writer.fault != NULL)
		f = s->writer.fault(s->writer.fault_arg, STORE_AT_PUT, s->puts);
	return f != STORE_FAULT_ERROR && s->waiting < s->waiting_max &&
	       bytes <= s->waiting_max_bytes - s->waiting_bytes;
}

static struct store_op *op_create(enum store_kind k, struct str key,
				  struct str value)
{
	struct store_op *op = calloc(1, sizeof(*op) + 1 + key.n + value.n);

	if (op == NULL)
		abort();
	op->bytes[0] = (char)k;
	op->key_bytes = key.n;
	op->value_bytes = value.n;
	if (key.n > 0)
		memcpy(op->bytes + 1, key.p, key.n);
	if (value.n > 0)
		memcpy(op->bytes + 1 + key.n, value.p, value.n);
	return op;
}

/* Into the open transaction, or as one of its own. */
static void op_add(struct store *s, struct store_op *op)
{
	s->waiting++;
	s->waiting_bytes += op->key_bytes + op->value_bytes;
	if (s->depth == 0) {
		store_writer_add(&s->writer, op, op);
		return;
	}
	if (s->newest != NULL)
		s->newest->is_joined = true;
	s->newest = op;
	*s->last = op;
	s->last = &op->next;
}

static bool take(struct store *s, enum store_kind k, struct str key,
		 struct str value)
{
	bool is_good = key.n <= STORE_KEY_MAX_BYTES &&
		       value.n <= STORE_VALUE_MAX_BYTES && (unsigned)k <= 127 &&
		       !s->is_refused && has_room(s, key.n + value.n);

	if (!is_good && s->depth > 0)
		s->is_refused = true;
	return is_good;
}

bool store_put(struct store *s, enum store_kind k, struct str key,
	       struct str value, int64_t expires_at_s, store_fn *fn, void *arg)
{
	struct store_op *op;

	if (!take(s, k, key, value))
		return false;
	op = op_create(k, key, value);
	op->expires_at_s = expires_at_s;
	op->fn = fn;
	op->arg = arg;
	op_add(s, op);
	return true;
}

bool store_remove(struct store *s, enum store_kind k, struct str key,
		  store_fn *fn, void *arg)
{
	struct store_op *op;

	if (!take(s, k, key, STR_NONE))
		return false;
	op = op_create(k, key, STR_NONE);
	op->is_remove = true;
	op->fn = fn;
	op->arg = arg;
	op_add(s, op);
	return true;
}

void store_begin(struct store *s)
{
	s->depth++;
}

void store_end(struct store *s)
{
	struct store_op *first = s->first, *op;

	if (s->depth == 0 || --s->depth > 0)
		return;
	for (op = first; op != NULL; op = op->next)
		op->is_void = s->is_refused;
	s->is_refused = false;
	s->first = NULL;
	s->last = &s->first;
	op = s->newest;
	s->newest = NULL;
	if (first != NULL)
		store_writer_add(&s->writer, first, op);
}

/* --- loading */

struct loading {
	store_row_fn *fn;
	void *arg;
	size_t not_understood;
};

static bool on_row(void *arg, struct str key, struct str value,
		   int64_t expires_at_s)
{
	struct loading *load = arg;

	if (!load->fn(load->arg, key, value, expires_at_s))
		load->not_understood++;
	return true;
}

bool store_load(struct store *s, enum store_kind k, store_row_fn *fn, void *arg,
		const char **why)
{
	struct loading load = { .fn = fn, .arg = arg };
	struct store_writer *w = &s->writer;
	struct store_trouble t = { 0 };
	bool is_loaded;

	pthread_mutex_lock(&w->base_lock);
	is_loaded = w->engine->load(w->base, k, on_row, &load, &t);
	pthread_mutex_unlock(&w->base_lock);
	if (load.not_understood > 0)
		log_error("store_records_not_understood", F_NUM("kind", k),
			  F_NUM("count", load.not_understood));
	if (!is_loaded)
		*why = complain(s, &t);
	return is_loaded;
}

/* --- health */

bool store_is_well(const struct store *s)
{
	return store_writer_is_well(&s->writer);
}

size_t store_waiting(const struct store *s)
{
	return s->waiting;
}

struct store_counters store_count(struct store *s)
{
	struct store_counters c;

	pthread_mutex_lock(&s->writer.lock);
	c = s->writer.counters;
	pthread_mutex_unlock(&s->writer.lock);
	c.operations = s->operations;
	c.lost = s->lost;
	return c;
}
