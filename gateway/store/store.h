#ifndef STOX_GATEWAY_STORE_STORE_H
#define STOX_GATEWAY_STORE_STORE_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"
#include "gateway/monitor/histogram.h"

struct loop;
struct store;

/* The journal of what must survive. The memory of a running node is the truth;
 * one writer thread drains a bounded queue in transactions (group commit) and
 * reports back into the loop. A record is a kind, a key, the owning node, an
 * expiry and a value (one line of text, versioned by its first word). The
 * store does not act on expiries: who loads a record looks at its own. */
enum store_kind {
	/* The numbers are in databases: add at the end only. */
	STORE_SUBSCRIPTION, /* authorisation rows */
	STORE_DIALOG,	    /* dialogs that we accepted */
	STORE_PUBLICATION,  /* etags of ours */
	STORE_SETTING,	    /* of users and contacts: what they chose, what
			       their side is known to understand */
	STORE_OUTBOX,	    /* messages that wait */
	STORE_NOTICE,	    /* messages that owe a delivery or read notice */
	STORE_BINDING,	    /* contacts of registered phones */
	STORE_EVENT_STATE,  /* publications of phones to us */
	STORE_ACCOUNT	    /* users of the registrar, by command */
};

enum store_backend { STORE_MEMORY, STORE_SQLITE, STORE_PGSQL };

enum {
	STORE_KEY_MAX_BYTES = 8192,
	STORE_VALUE_MAX_BYTES = 1048576,
	STORE_NODE_MAX_BYTES = 255,
	STORE_QUEUE_MAX = 100000,
	STORE_QUEUE_MAX_BYTES = 64 * 1048576,
	STORE_WELL_MS = 200 /* a slower commit is not well */
};

/* --- faults, for tests: asked at each call of a kind, nth counts from 1. At
 * STORE_AT_PUT it is called in the loop, else in the writer thread (memory has
 * none: in the loop), where it may also sleep or kill the process. */
enum store_moment {
	STORE_AT_PUT,	    /* ERROR: the queue is full */
	STORE_BEFORE_WRITE, /* ERROR: nothing is written, is_kept false */
	STORE_AFTER_WRITE,  /* ERROR: written, but is_kept false */
	STORE_AT_PROBE	    /* ERROR: still not well */
};
enum store_fault {
	STORE_FAULT_NONE,
	STORE_FAULT_ERROR,
	STORE_FAULT_SLOW /* is done, and counts as slower than STORE_WELL_MS */
};
typedef enum store_fault store_fault_fn(void *arg, enum store_moment m,
					uint64_t nth);

struct store_options {
	enum store_backend backend;
	struct str path;	/* SQLite file, or PostgreSQL conninfo */
	struct str node;	/* this node's name */
	size_t queue_max;	/* operations that wait; 0: STORE_QUEUE_MAX */
	size_t queue_max_bytes; /* of keys and values; 0: the default above */
	struct strbuf *detail;	/* borrowed; NULL, or takes the database's own
				   words when store_open or store_load fails */
	store_fault_fn *fault;	/* NULL outside of tests */
	void *fault_arg;
};

/* Opens, checks the schema version, migrates. NULL and *why in one sentence
 * (also for a database of a newer or foreign schema, and for one that another
 * stoxd uses). */
struct store *store_open(struct loop *l, const struct store_options *o,
			 const char **why);
/* Writes what waits, then closes: every fn that is outstanding is called
 * before it returns; puts in these calls are refused. Before loop_destroy. */
void store_close(struct store **sp);

/* is_kept false: the write failed (disk full, database gone); the record may
 * all the same be there, if the database died while it answered. In order of
 * the calls, in the loop, never inside the call. fn may be NULL. */
typedef void store_fn(void *arg, bool is_kept);
/* false when the queue is full, or key or value are over their limit: nothing
 * was taken. key and value are copied; any bytes. A record that belongs to
 * another node is never touched: is_kept false. */
bool store_put(struct store *s, enum store_kind k, struct str key,
	       struct str value, int64_t expires_at_s, store_fn *fn, void *arg);
/* What is not there is removed too: is_kept true. */
bool store_remove(struct store *s, enum store_kind k, struct str key,
		  store_fn *fn, void *arg);
/* The calls between begin and end go into one transaction; they may nest. If
 * one of them is refused, so are those after it, and nothing of it is written:
 * is_kept false for those before. */
void store_begin(struct store *s);
void store_end(struct store *s);

/* At start, before the loop runs: every record of this node and kind. fn
 * returns false for a record that it does not understand: it stays in the
 * store, is counted in one log line, and the load goes on. Slices are gone
 * after the call. false and *why when the database fails. */
typedef bool store_row_fn(void *arg, struct str key, struct str value,
			  int64_t expires_at_s);
bool store_load(struct store *s, enum store_kind k, store_row_fn *fn, void *arg,
		const char **why);

/* Well: the last commit worked and took less than 200 ms, and none has been
 * under way for longer. When not, what needs a row gets 503; the store tries
 * by itself, about once a second, whether it is well again. */
bool store_is_well(const struct store *s);
/* Operations whose fn has not been called yet. */
size_t store_waiting(const struct store *s);

/* For metrics; all but last_ms count since store_open. */
struct store_counters {
	uint64_t operations; /* that were reported, kept or not */
	uint64_t lost;	     /* reported with is_kept false */
	uint64_t collapsed;  /* a later one for the same key took their place */
	uint64_t commits;    /* transactions that worked */
	uint64_t failures;   /* that did not */
	uint64_t last_ms, slowest_ms; /* of a transaction */
	struct histogram took_ms;     /* of all of them */
};
struct store_counters store_count(struct store *s);

#endif
