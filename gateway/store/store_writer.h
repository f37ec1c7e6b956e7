#ifndef STOX_GATEWAY_STORE_STORE_WRITER_H
#define STOX_GATEWAY_STORE_STORE_WRITER_H
#include <pthread.h>
#include <stdatomic.h>
#include "gateway/base/mailbox.h"
#include "gateway/store/store_backend.h"

/* The thread beside the loop: takes what waits, writes it in transactions,
 * posts what became of it. Without a thread (memory) the same happens in a
 * letter to the loop. */

/* A letter to the loop: owned by who gets it. */
struct store_report {
	void *arg;	      /* of store_writer_open */
	struct store_op *ops; /* owned: in order, with is_kept set; or NULL */
	bool is_well;
	bool is_refused; /* one or more of them, for their own sake */
	struct store_trouble trouble; /* when not well, or refused */
};

struct store_writer {
	const struct store_engine *engine;
	void *base;		 /* owned: what engine->open gave */
	struct mailbox *reports; /* borrowed */
	loop_hook_fn *deliver;	 /* gets a struct store_report */
	void *arg;
	store_fault_fn *fault;
	void *fault_arg;
	uint64_t writes, probes; /* for fault */

	pthread_t thread;
	pthread_mutex_t base_lock; /* who holds it may use base */
	pthread_mutex_t lock;	   /* of what follows */
	pthread_cond_t wake;
	struct store_op *first, **last; /* owned: what waits */
	bool is_away; /* the database: operations fail at once */
	bool is_closing;
	uint64_t probe_at_ms, probe_every_ms;
	struct store_trouble trouble; /* why it is away */
	struct store_counters counters;

	atomic_bool is_well;
	atomic_uint_fast64_t busy_since_ms; /* 0: no write is under way */
};

/* Opens the backend and starts the thread; false and *t on failure. */
bool store_writer_open(struct store_writer *w, const struct store_engine *e,
		       const struct store_options *o, struct store_trouble *t);
/* Takes the chain from first to last: whole transactions. */
void store_writer_add(struct store_writer *w, struct store_op *first,
		      struct store_op *last);
bool store_writer_is_well(const struct store_writer *w);
/* Without a thread: tries whether it is well again. */
void store_writer_probe(struct store_writer *w);
/* Writes what waits, stops the thread, closes the backend. The last letters
 * are in the mailbox then; those that wait for store_writer_fini. */
void store_writer_close(struct store_writer *w);
void store_writer_fini(struct store_writer *w);

#endif
