#ifndef STOX_GATEWAY_STORE_H
#define STOX_GATEWAY_STORE_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

struct loop;
struct store;

/* The journal of what must survive. The memory of a running node is the truth;
 * one writer thread drains a bounded queue in transactions (group commit) and
 * reports back into the loop. A record is a kind, a key, the owning node, an
 * expiry and a value (one line of text, versioned by its first word). */
enum store_kind {
	STORE_SUBSCRIPTION, /* authorisation rows */
	STORE_DIALOG,       /* dialogs that we accepted */
	STORE_PUBLICATION,  /* etags of ours */
	STORE_SETTING,
	STORE_OUTBOX
};

enum store_backend { STORE_MEMORY, STORE_SQLITE, STORE_PGSQL };

struct store_options {
	enum store_backend backend;
	struct str path; /* SQLite file, or PostgreSQL conninfo */
	struct str node; /* this node's name */
	size_t queue_max; /* operations that wait: 100,000 */
};

/* Opens, checks the schema version, migrates. NULL and *why in one sentence
 * (also for a database of a newer or foreign schema). */
struct store *store_open(struct loop *l, const struct store_options *o,
			 const char **why);
/* Writes what waits, then closes. */
void store_close(struct store **sp);

/* is_kept false: the write failed (disk full, database gone). In order of the
 * calls, in the loop, never inside the call. fn may be NULL. */
typedef void store_fn(void *arg, bool is_kept);
/* false when the queue is full: nothing was taken. key and value are copied. */
bool store_put(struct store *s, enum store_kind k, struct str key,
	       struct str value, int64_t expires_at_s, store_fn *fn, void *arg);
bool store_remove(struct store *s, enum store_kind k, struct str key,
		  store_fn *fn, void *arg);
/* The calls between begin and end go into one transaction. */
void store_begin(struct store *s);
void store_end(struct store *s);

/* At start, before the loop runs: every record of this node and kind. */
typedef bool store_row_fn(void *arg, struct str key, struct str value,
			  int64_t expires_at_s);
bool store_load(struct store *s, enum store_kind k, store_row_fn *fn,
		void *arg, const char **why);

/* Well: the last commit worked and took less than 200 ms. When not, what needs
 * a row gets 503. */
bool store_is_well(const struct store *s);
size_t store_waiting(const struct store *s);

#endif
