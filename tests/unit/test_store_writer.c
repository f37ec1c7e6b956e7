#include "gateway/store/store_writer.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* An engine of the test's own. A key says what becomes of it: "bad" is
 * refused, anything else is written. */
struct fake {
	atomic_bool is_away, is_shut;
	atomic_uint writes, probes, inside, closed;
	size_t spans[64]; /* operations in each write, once it is over */
};

static struct fake fake;

static void *fake_open(const struct store_options *o, struct store_trouble *t)
{
	(void)o;
	(void)t;
	return &fake;
}

static enum store_outcome fake_write(void *arg, struct store_span span,
				     struct store_trouble *t)
{
	enum store_outcome o = STORE_WRITTEN;
	struct fake *f = arg;
	struct store_op *op;
	size_t n = 0;

	atomic_fetch_add(&f->inside, 1);
	while (atomic_load(&f->is_shut))
		usleep(500);
	STORE_SPAN_EACH (op, span) {
		n++;
		if (str_eqz(store_op_key(op), "bad"))
			o = STORE_REFUSED;
	}
	if (atomic_load(&f->is_away))
		o = STORE_FAILED;
	if (o != STORE_WRITTEN)
		store_trouble_set(t, "fake trouble", NULL);
	f->spans[atomic_fetch_add(&f->writes, 1) % 64] = n;
	return o;
}

static bool fake_probe(void *arg, struct store_trouble *t)
{
	struct fake *f = arg;

	atomic_fetch_add(&f->probes, 1);
	if (atomic_load(&f->is_away))
		store_trouble_set(t, "still away", NULL);
	return !atomic_load(&f->is_away);
}

static bool fake_load(void *arg, enum store_kind k, store_row_fn *fn,
		      void *fn_arg, struct store_trouble *t)
{
	(void)arg;
	(void)k;
	(void)fn;
	(void)fn_arg;
	(void)t;
	return true;
}

static void fake_close(void *arg)
{
	struct fake *f = arg;

	atomic_fetch_add(&f->closed, 1);
}

static const struct store_engine ENGINE = {
	.has_thread = true,
	.open = fake_open,
	.write = fake_write,
	.probe = fake_probe,
	.load = fake_load,
	.close = fake_close,
};

/* --- what it reports: a letter an operation, + kept or - not */

enum { TEXT_MAX = 16384, WAIT_MS = 20000 };

struct bench {
	struct store_writer writer;
	struct mailbox box;
	char fates[TEXT_MAX]; /* "a+b-": the first letters of keys */
	size_t done;
	bool was_well;
};

static void on_report(void *arg)
{
	struct store_report *r = arg;
	struct bench *b = r->arg;
	struct store_op *op, *next;

	for (op = r->ops; op != NULL; op = next) {
		next = op->next;
		if (2 * b->done + 2 < TEXT_MAX) {
			b->fates[2 * b->done] = op->bytes[1];
			b->fates[2 * b->done + 1] = op->is_kept ? '+' : '-';
		}
		b->done++;
		free(op);
	}
	b->was_well = r->is_well;
	assert_true(r->is_well || r->trouble.why != NULL);
	free(r);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct store_options o = { .backend = STORE_SQLITE };
	struct store_trouble t;

	memset(&fake, 0, sizeof(fake));
	assert_true(mailbox_init(&b->box));
	b->writer.reports = &b->box;
	b->writer.deliver = on_report;
	b->writer.arg = b;
	b->was_well = true;
	assert_true(store_writer_open(&b->writer, &ENGINE, &o, &t));
	*state = b;
	return 0;
}

static void bench_close(struct bench *b)
{
	store_writer_close(&b->writer);
	mailbox_run(&b->box);
	store_writer_fini(&b->writer);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	if (atomic_load(&fake.closed) == 0)
		bench_close(b);
	assert_int_equal(atomic_load(&fake.closed), 1);
	mailbox_fini(&b->box);
	free(b);
	return 0;
}

static struct store_op *op_of(const char *key)
{
	size_t n = strlen(key);
	struct store_op *op = calloc(1, sizeof(*op) + n + 1);

	op->key_bytes = n;
	memcpy(op->bytes + 1, key, n);
	return op;
}

/* Keys apart by blanks; those joined by '&' are one transaction. */
static void add(struct bench *b, const char *text)
{
	struct str rest = str_z(text), word, key;
	char z[64];

	while (rest.n > 0) {
		struct store_op *first = NULL, *last = NULL, *op;

		word = str_cut(&rest, ' ');
		while (word.n > 0) {
			key = str_cut(&word, '&');
			snprintf(z, sizeof(z), "%.*s", STR_ARG(key));
			op = op_of(z);
			if (last != NULL) {
				last->next = op;
				last->is_joined = true;
			} else {
				first = op;
			}
			last = op;
		}
		store_writer_add(&b->writer, first, last);
	}
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void turn(struct bench *b)
{
	struct pollfd p = { .fd = b->box.fd, .events = POLLIN };

	if (poll(&p, 1, 20) > 0)
		mailbox_run(&b->box);
}

static void wait_done(struct bench *b, size_t n)
{
	uint64_t until = now_ms() + WAIT_MS;

	while (b->done < n && now_ms() < until)
		turn(b);
	assert_int_equal(b->done, n);
}

static void wait_well(struct bench *b, bool is_well)
{
	uint64_t until = now_ms() + WAIT_MS;

	while (b->was_well != is_well && now_ms() < until)
		turn(b);
	assert_int_equal(b->was_well, is_well);
}

/* Holds the thread inside of a write, so that what is added now waits. */
static void hold(struct bench *b)
{
	uint64_t until = now_ms() + WAIT_MS;

	atomic_store(&fake.is_shut, true);
	add(b, "0");
	while (atomic_load(&fake.inside) == 0 && now_ms() < until)
		usleep(500);
	assert_int_equal(atomic_load(&fake.inside), 1);
}

static void let_go(struct bench *b, size_t n)
{
	atomic_store(&fake.is_shut, false);
	wait_done(b, n);
}

/* --- tests */

static void only_the_refused_one_is_lost(void **state)
{
	static const struct {
		const char *text, *fates;
		size_t n;
	} cases[] = {
		{ "bad", "0+b-", 2 },
		{ "a bad c", "0+a+b-c+", 4 },
		{ "a c d e f g h bad", "0+a+c+d+e+f+g+h+b-", 9 },
		{ "bad a a a a a", "0+b-a+a+a+a+a+", 7 },
		{ "a x&bad&y c", "0+a+x-b-y-c+", 6 },
		{ "x&y&z bad", "0+x+y+z+b-", 5 },
		{ "x&y&z", "0+x+y+z+", 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *s = NULL;
		struct bench *b;

		setup(&s);
		b = s;
		hold(b);
		add(b, cases[i].text);
		let_go(b, cases[i].n);
		assert_string_equal(b->fates, cases[i].fates);
		teardown(&s);
	}
}

static void a_batch_has_a_bound(void **state)
{
	struct bench *b = *state;
	char key[16];

	hold(b);
	for (unsigned i = 0; i < 3 * STORE_BATCH_MAX; i++) {
		snprintf(key, sizeof(key), "%u", i);
		add(b, key);
	}
	let_go(b, 1 + 3 * STORE_BATCH_MAX);
	assert_int_equal(atomic_load(&fake.writes), 4);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(fake.spans[i], STORE_BATCH_MAX);
}

/* The bound does not cut a transaction. */
static void a_transaction_stays_whole(void **state)
{
	struct store_op *first = NULL, *last = NULL, *op;
	struct bench *b = *state;
	char key[16];
	enum { MANY = STORE_BATCH_MAX + 10 };

	hold(b);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "%u", i);
		op = op_of(key);
		if (last != NULL) {
			last->next = op;
			last->is_joined = true;
		} else {
			first = op;
		}
		last = op;
	}
	store_writer_add(&b->writer, first, last);
	add(b, "z");
	let_go(b, MANY + 2);
	assert_int_equal(atomic_load(&fake.writes), 3);
	assert_int_equal(fake.spans[1], MANY);
	assert_int_equal(fake.spans[2], 1);
}

/* The batch fails, and what waited behind it, and what comes, at once and in
 * order; a probe ends that. */
static void away_and_back(void **state)
{
	struct bench *b = *state;
	unsigned writes;

	atomic_store(&fake.is_away, true);
	add(b, "a");
	wait_well(b, false);
	assert_false(store_writer_is_well(&b->writer));
	writes = atomic_load(&fake.writes);
	add(b, "b c d");
	wait_done(b, 4);
	assert_int_equal(atomic_load(&fake.writes), writes);
	assert_string_equal(b->fates, "a-b-c-d-");
	atomic_store(&fake.is_away, false);
	wait_well(b, true);
	assert_true(store_writer_is_well(&b->writer));
	add(b, "e");
	wait_done(b, 5);
	assert_string_equal(b->fates, "a-b-c-d-e+");
	assert_true(atomic_load(&fake.probes) >= 1);
}

static void all_that_waits_fails_with_it(void **state)
{
	struct bench *b = *state;

	hold(b);
	atomic_store(&fake.is_away, true);
	add(b, "a b&c d");
	let_go(b, 5);
	assert_string_equal(b->fates, "0-a-b-c-d-");
	assert_int_equal(atomic_load(&fake.writes), 1);
}

/* About once a second, and the first time soon. */
static void probes_are_paced(void **state)
{
	struct bench *b = *state;
	uint64_t until = now_ms() + 1500;
	unsigned probes;

	atomic_store(&fake.is_away, true);
	add(b, "a");
	while (now_ms() < until)
		turn(b);
	probes = atomic_load(&fake.probes);
	assert_in_range(probes, 1, 4);
}

static void close_while_away(void **state)
{
	struct bench *b = *state;
	uint64_t since = now_ms();

	atomic_store(&fake.is_away, true);
	add(b, "a");
	wait_well(b, false);
	add(b, "b");
	bench_close(b);
	assert_string_equal(b->fates, "a-b-");
	assert_true(now_ms() - since < 5000);
}

static void close_with_work(void **state)
{
	struct bench *b = *state;

	hold(b);
	add(b, "a b c");
	atomic_store(&fake.is_shut, false);
	bench_close(b);
	assert_string_equal(b->fates, "0+a+b+c+");
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_refused_one_is_lost),
		WITH(a_batch_has_a_bound),
		WITH(a_transaction_stays_whole),
		WITH(away_and_back),
		WITH(all_that_waits_fails_with_it),
		WITH(probes_are_paced),
		WITH(close_while_away),
		WITH(close_with_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
