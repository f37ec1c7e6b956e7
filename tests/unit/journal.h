#ifndef STOX_TESTS_JOURNAL_H
#define STOX_TESTS_JOURNAL_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/store/store.h"

/* A journal that writes when it is told to: what it was asked for waits in J,
 * in order, until commit says how that ended. It takes the place of the store
 * (gateway/store/store.h) wherever this file is included. */
enum { JOURNAL_MAX = 256 };

struct journal_op {
	enum store_kind kind;
	bool is_removal;
	struct str key, value; /* owned; each with a NUL behind it */
	int64_t expires_at_s;
	store_fn *fn;
	void *arg;
};
struct journal_row {
	enum store_kind kind;
	struct str key, value; /* owned; each with a NUL behind it */
	int64_t expires_at_s;
};

static struct journal {
	struct journal_op ops[JOURNAL_MAX];
	size_t op_count;
	struct journal_row rows[JOURNAL_MAX];
	size_t row_count;
	bool is_refusing; /* it takes nothing */
	bool is_ill;
	bool is_unreadable; /* nothing can be loaded */
	size_t refused;	    /* calls that it did not take */
	size_t unknown;	    /* rows that nobody understood */
	void (*on_op)(const struct journal_op *o); /* taken; or NULL */
} J;

/* Any pointer that is not NULL will do as the store. */
#define JOURNAL ((struct store *)&J)

static inline struct str journal_dup(struct str s)
{
	char *p = malloc(s.n + 1);

	assert_non_null(p);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

static inline bool journal_take(struct journal_op o)
{
	if (J.is_refusing) {
		J.refused++;
		return false;
	}
	assert_in_range(J.op_count, 0, JOURNAL_MAX - 1);
	assert_in_range(o.key.n, 1, STORE_KEY_MAX_BYTES);
	o.key = journal_dup(o.key);
	o.value = journal_dup(o.value);
	J.ops[J.op_count++] = o;
	if (J.on_op != NULL)
		J.on_op(&o);
	return true;
}

bool store_put(struct store *s, enum store_kind k, struct str key,
	       struct str value, int64_t expires_at_s, store_fn *fn, void *arg)
{
	assert_ptr_equal(s, JOURNAL);
	assert_in_range(value.n, 1, STORE_VALUE_MAX_BYTES);
	return journal_take((struct journal_op){ k, false, key, value,
						 expires_at_s, fn, arg });
}

bool store_remove(struct store *s, enum store_kind k, struct str key,
		  store_fn *fn, void *arg)
{
	assert_ptr_equal(s, JOURNAL);
	return journal_take(
		(struct journal_op){ k, true, key, STR_NONE, 0, fn, arg });
}

void store_begin(struct store *s)
{
	assert_ptr_equal(s, JOURNAL);
}

void store_end(struct store *s)
{
	assert_ptr_equal(s, JOURNAL);
}

bool store_is_well(const struct store *s)
{
	assert_ptr_equal(s, JOURNAL);
	return !J.is_ill;
}

bool store_load(struct store *s, enum store_kind k, store_row_fn *fn, void *arg,
		const char **why)
{
	assert_ptr_equal(s, JOURNAL);
	*why = J.is_unreadable ? "the journal cannot be read" : NULL;
	for (size_t i = 0; i < J.row_count && !J.is_unreadable; i++)
		if (J.rows[i].kind == k &&
		    !fn(arg, J.rows[i].key, J.rows[i].value,
			J.rows[i].expires_at_s))
			J.unknown++;
	return !J.is_unreadable;
}

/* --- what is written */

static inline struct journal_row *journal_find(enum store_kind k,
					       struct str key)
{
	for (size_t i = 0; i < J.row_count; i++)
		if (J.rows[i].kind == k && str_eq(J.rows[i].key, key))
			return &J.rows[i];
	return NULL;
}

/* The value of that row, NUL-terminated; NULL: there is none. */
static inline const char *journal_value(enum store_kind k, const char *key)
{
	const struct journal_row *r = journal_find(k, str_z(key));

	return r != NULL ? r->value.p : NULL;
}

static inline size_t journal_count(enum store_kind k)
{
	size_t n = 0;

	for (size_t i = 0; i < J.row_count; i++)
		n += J.rows[i].kind == k;
	return n;
}

static inline void journal_delete(struct journal_row *r)
{
	str_free(&r->key);
	str_free(&r->value);
	*r = J.rows[--J.row_count];
}

static inline void journal_write(enum store_kind k, struct str key,
				 struct str value, int64_t expires_at_s)
{
	struct journal_row *r = journal_find(k, key);

	if (r != NULL)
		journal_delete(r);
	assert_in_range(J.row_count, 0, JOURNAL_MAX - 1);
	J.rows[J.row_count++] =
		(struct journal_row){ k, journal_dup(key), journal_dup(value),
				      expires_at_s };
}

/* A row of an earlier run. */
static inline void journal_has(enum store_kind k, const char *key,
			       const char *value)
{
	journal_write(k, str_z(key), str_z(value), 0);
}

/* All rows are gone; what waits still does. */
static inline void journal_forget(void)
{
	while (J.row_count > 0)
		journal_delete(&J.rows[0]);
}

/* --- time to write */

/* The oldest operation that waits is written, or is not. */
static inline void commit(bool is_kept)
{
	struct journal_op o;
	struct journal_row *r;

	assert_in_range(J.op_count, 1, JOURNAL_MAX);
	o = J.ops[0];
	J.op_count--;
	memmove(J.ops, J.ops + 1, J.op_count * sizeof(o));
	r = journal_find(o.kind, o.key);
	if (is_kept && !o.is_removal)
		journal_write(o.kind, o.key, o.value, o.expires_at_s);
	else if (is_kept && r != NULL)
		journal_delete(r);
	str_free(&o.key);
	str_free(&o.value);
	if (o.fn != NULL)
		o.fn(o.arg, is_kept);
}

/* What it has been given so far, but not what follows from that. */
static inline void commit_now(bool is_kept)
{
	for (size_t n = J.op_count; n > 0; n--)
		commit(is_kept);
}

static inline void commit_all(bool is_kept)
{
	while (J.op_count > 0)
		commit(is_kept);
}

/* At the end of a test: nothing is owed any more. */
static inline void journal_fini(void)
{
	commit_all(false);
	journal_forget();
	memset(&J, 0, sizeof(J));
}

#endif
