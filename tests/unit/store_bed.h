#ifndef STOX_TESTS_STORE_BED_H
#define STOX_TESTS_STORE_BED_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "gateway/base/log.h"
#include "gateway/base/loop.h"
#include "gateway/store/store.h"

/* A store under test: a folder of its own, a loop, and what it reported. */
enum { BED_DONE_MAX = 4096, BED_WAIT_MS = 20000 };

struct bed {
	char dir[64], path[96];
	struct loop *loop;
	struct store *store;
	struct store_options options;
	struct strbuf detail;
	FILE *log; /* owned: writes log_text */
	char *log_text;
	size_t log_bytes;
	const char *why;
	struct {
		long number;
		bool is_kept;
	} done[BED_DONE_MAX];
	size_t done_count, kept_count;
};

struct bed_op {
	struct bed *bed;
	long number;
};

static inline uint64_t bed_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline void bed_init(struct bed *b, enum store_backend backend)
{
	*b = (struct bed){ .why = NULL };
	strcpy(b->dir, "/tmp/stox-store-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/store.db", b->dir);
	strbuf_init(&b->detail, 4096);
	b->options = (struct store_options){
		.backend = backend,
		.path = str_z(b->path),
		.node = STR_LIT("here"),
		.detail = &b->detail,
	};
	b->log = open_memstream(&b->log_text, &b->log_bytes);
	log_setup(b->log, LOG_LEVEL_INFO, false);
	b->loop = loop_create(&b->why);
	assert_non_null(b->loop);
}

static inline bool bed_try(struct bed *b)
{
	b->store = store_open(b->loop, &b->options, &b->why);
	return b->store != NULL;
}

static inline void bed_open(struct bed *b)
{
	if (!bed_try(b))
		fail_msg("%s (%.*s)", b->why, STR_ARG(strbuf_str(&b->detail)));
}

static inline void bed_again(struct bed *b)
{
	store_close(&b->store);
	bed_open(b);
}

static inline void bed_remove(const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static inline void bed_fini(struct bed *b)
{
	store_close(&b->store);
	loop_destroy(&b->loop);
	strbuf_fini(&b->detail);
	log_setup(stderr, LOG_LEVEL_ERROR, false);
	fclose(b->log);
	free(b->log_text);
	bed_remove(b->dir);
}

/* How many log lines have this event. */
static inline size_t bed_logged(struct bed *b, const char *event)
{
	const char *at;
	size_t n = 0;

	fflush(b->log);
	for (at = b->log_text; (at = strstr(at, event)) != NULL; at++)
		n++;
	return n;
}

/* --- operations */

static inline void bed_on_done(void *arg, bool is_kept)
{
	struct bed_op *op = arg;
	struct bed *b = op->bed;

	if (b->done_count < BED_DONE_MAX) {
		b->done[b->done_count].number = op->number;
		b->done[b->done_count].is_kept = is_kept;
	}
	b->done_count++;
	b->kept_count += is_kept;
	free(op);
}

static inline struct bed_op *bed_op(struct bed *b, long number)
{
	struct bed_op *op = malloc(sizeof(*op));

	*op = (struct bed_op){ b, number };
	return op;
}

static inline bool bed_put(struct bed *b, const char *key, long number)
{
	struct bed_op *op = bed_op(b, number);
	char value[32];

	snprintf(value, sizeof(value), "1 %ld", number);
	if (store_put(b->store, STORE_SETTING, str_z(key), str_z(value), number,
		      bed_on_done, op))
		return true;
	free(op);
	return false;
}

static inline bool bed_del(struct bed *b, const char *key, long number)
{
	struct bed_op *op = bed_op(b, number);

	if (store_remove(b->store, STORE_SETTING, str_z(key), bed_on_done, op))
		return true;
	free(op);
	return false;
}

/* A key of its own for each number. */
static inline bool bed_put_number(struct bed *b, long number)
{
	char key[32];

	snprintf(key, sizeof(key), "key%ld", number);
	return bed_put(b, key, number);
}

static inline void bed_wait(struct bed *b, size_t done)
{
	uint64_t until = bed_now_ms() + BED_WAIT_MS;

	while (b->done_count < done && bed_now_ms() < until)
		loop_turn(b->loop, 50);
	assert_int_equal(b->done_count, done);
}

static inline void bed_wait_well(struct bed *b, bool is_well)
{
	uint64_t until = bed_now_ms() + BED_WAIT_MS;

	while (store_is_well(b->store) != is_well && bed_now_ms() < until)
		loop_turn(b->loop, 10);
	assert_int_equal(store_is_well(b->store), is_well);
}

/* In order, all with the same fate. */
static inline void bed_check_order(const struct bed *b, size_t from, size_t n,
				   bool is_kept)
{
	size_t i;

	for (i = from; i < from + n; i++) {
		assert_int_equal(b->done[i].number, i);
		assert_int_equal(b->done[i].is_kept, is_kept);
	}
}

/* --- loading */

struct bed_rows {
	size_t count;
	const char *key; /* whose value is looked for */
	char value[64];	 /* empty: not found */
	int64_t expires_at_s;
};

static inline bool bed_on_row(void *arg, struct str key, struct str value,
			      int64_t expires_at_s)
{
	struct bed_rows *r = arg;

	r->count++;
	if (r->key == NULL || !str_eqz(key, r->key))
		return true;
	snprintf(r->value, sizeof(r->value), "%.*s", STR_ARG(value));
	r->expires_at_s = expires_at_s;
	return true;
}

static inline struct bed_rows bed_load(struct bed *b, const char *key)
{
	struct bed_rows r = { .key = key };

	assert_true(
		store_load(b->store, STORE_SETTING, bed_on_row, &r, &b->why));
	return r;
}

#endif
