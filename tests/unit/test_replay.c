#include "sip/replay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

enum { MANY = 1000000, START_MS = 5000000 };

/* The n-th request: another Call-ID for each; the branch apart. */
static struct replay_key key(unsigned n, unsigned branch)
{
	char call_id[24], branch_text[24];
	struct request r = { .method = METHOD_MESSAGE,
			     .cseq = 1,
			     .sent_by = STR("192.0.2.1:5060"),
			     .from = { .tag = STR("f") } };
	struct replay_key k;

	snprintf(call_id, sizeof(call_id), "c%u", n);
	snprintf(branch_text, sizeof(branch_text), "z9hG4bK%u", branch);
	r.call_id = str_z(call_id);
	r.branch = str_z(branch_text);
	replay_key(&r, &k);
	return k;
}

static void test_key(void **state)
{
	struct request r = { .method = METHOD_MESSAGE,
			     .cseq = 1,
			     .call_id = STR("c"),
			     .branch = STR("b"),
			     .sent_by = STR("h"),
			     .from = { .tag = STR("f") } };
	struct replay_key k, again, other;
	char tag[17], tag_again[17];

	(void)state;
	replay_key(&r, &k);
	replay_key(&r, &again);
	assert_memory_equal(&k, &again, sizeof(k));
	replay_tag(&k, tag);
	replay_tag(&again, tag_again);
	assert_int_equal(strlen(tag), 16);
	assert_string_equal(tag, tag_again);
	/* of the transaction, not of the request */
	r.branch = STR_LIT("b2");
	replay_key(&r, &other);
	assert_true(other.a != k.a && other.b != k.b && other.merge == k.merge);
	replay_tag(&other, tag_again);
	assert_string_not_equal(tag, tag_again);
	/* RFC 3261 §7.3.1: tokens and hosts compare without case. */
	r.branch = STR_LIT("B");
	r.sent_by = STR_LIT("H");
	replay_key(&r, &other);
	assert_memory_equal(&k, &other, sizeof(k));
	r.branch = STR_LIT("b");
	r.sent_by = STR_LIT("h2");
	replay_key(&r, &other);
	assert_true(other.a != k.a && other.merge == k.merge);
	r.sent_by = STR_LIT("h");
	r.cseq = 2;
	replay_key(&r, &other);
	assert_true(other.a != k.a && other.merge != k.merge);
	r.cseq = 1;
	r.from.tag = STR_LIT("g");
	replay_key(&r, &other);
	assert_true(other.a != k.a && other.merge != k.merge);
	r.from.tag = STR_LIT("f");
	r.method = METHOD_OTHER;
	r.method_name = STR_LIT("FOO");
	replay_key(&r, &other);
	assert_true(other.a != k.a && other.merge != k.merge);
}

/* Two requests are one only if each part is the same, however long it is and
 * wherever one part ends: the answer of one would be given to the other. */
static void test_key_parts(void **state)
{
	static const struct {
		const char *call_id, *tag, *branch, *sent_by;
	} cases[] = {
		{ "ab", "c", "de", "f" }, { "a", "bc", "de", "f" },
		{ "abc", "", "de", "f" }, { "", "abc", "de", "f" },
		{ "ab", "c", "d", "ef" }, { "ab", "c", "def", "" },
		{ "AB", "c", "de", "f" }, { "ab", "C", "de", "f" },
	};
	enum { CASES = sizeof(cases) / sizeof(cases[0]), LONG = 300 };
	struct replay_key keys[CASES];
	char text[LONG];

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct request r = { .method = METHOD_MESSAGE,
				     .cseq = 1,
				     .call_id = str_z(cases[i].call_id),
				     .branch = str_z(cases[i].branch),
				     .sent_by = str_z(cases[i].sent_by),
				     .from = { .tag = str_z(cases[i].tag) } };

		replay_key(&r, &keys[i]);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(&keys[i], &keys[k],
						sizeof(keys[i]));
	}
	memset(text, 'x', sizeof(text));
	for (size_t n = 1; n < LONG; n++) {
		struct str whole = { text, n };
		struct request r = { .method = METHOD_MESSAGE,
				     .call_id = whole,
				     .branch = whole,
				     .sent_by = whole,
				     .from = { .tag = whole } };
		struct replay_key one, other;

		replay_key(&r, &one);
		text[n - 1] = 'y';
		replay_key(&r, &other);
		assert_true(one.a != other.a && one.merge != other.merge);
		text[n - 1] = 'x';
		r.branch = (struct str){ text, n - 1 };
		replay_key(&r, &other);
		assert_true(one.a != other.a && one.merge == other.merge);
	}
}

static enum replay_verdict enter(struct replay *p, struct replay_key k,
				 uint64_t now_ms, int *status)
{
	unsigned retry_after_s = 0;

	*status = 0;
	return replay_enter(p, &k, false, now_ms, status, &retry_after_s);
}

static void test_life(void **state)
{
	struct replay *p = replay_create(100);
	struct replay_key k = key(1, 1);
	unsigned retry_after_s = 0;
	int status = 0;

	(void)state;
	assert_int_equal(enter(p, k, START_MS, &status), REPLAY_NEW);
	assert_int_equal(enter(p, k, START_MS, &status), REPLAY_PENDING);
	assert_int_equal(enter(p, key(1, 2), START_MS, &status), REPLAY_MERGED);
	assert_int_equal(replay_count(p), 1);
	replay_answer(p, &k, 202, 0, START_MS + 100);
	assert_int_equal(enter(p, k, START_MS + 200, &status), REPLAY_ANSWERED);
	assert_int_equal(status, 202);
	assert_int_equal(enter(p, key(1, 2), START_MS + 300, &status),
			 REPLAY_MERGED);
	/* 32 s at least, and not for ever */
	assert_int_equal(enter(p, k, START_MS + 32100, &status),
			 REPLAY_ANSWERED);
	assert_int_equal(enter(p, k, START_MS + 41000, &status), REPLAY_NEW);
	replay_answer(p, &k, 503, 30, START_MS + 41000);
	assert_int_equal(replay_enter(p, &k, false, START_MS + 41000, &status,
				      &retry_after_s),
			 REPLAY_ANSWERED);
	assert_int_equal(status, 503);
	assert_int_equal(retry_after_s, 30);
	replay_answer(p, &k, 503, 1000000, START_MS + 41000);
	(void)replay_enter(p, &k, false, START_MS + 41000, &status,
			   &retry_after_s);
	assert_int_equal(retry_after_s, UINT16_MAX);
	replay_destroy(&p);
	assert_null(p);
	replay_destroy(&p);
}

/* The 32 s begin with the answer. */
static void test_late_answer(void **state)
{
	struct replay *p = replay_create(100);
	struct replay_key k = key(1, 1);
	int status;

	(void)state;
	assert_int_equal(enter(p, k, START_MS, &status), REPLAY_NEW);
	assert_int_equal(enter(p, k, START_MS + 31000, &status),
			 REPLAY_PENDING);
	replay_answer(p, &k, 200, 0, START_MS + 31000);
	assert_int_equal(replay_count(p), 1);
	assert_int_equal(enter(p, k, START_MS + 63000, &status),
			 REPLAY_ANSWERED);
	assert_int_equal(enter(p, k, START_MS + 72000, &status), REPLAY_NEW);
	replay_destroy(&p);
}

/* Nobody forgets a request that is being worked on, but after 64 s. */
static void test_pending(void **state)
{
	struct replay *p = replay_create(100);
	struct replay_key k = key(1, 1);
	int status;

	(void)state;
	assert_int_equal(enter(p, k, START_MS, &status), REPLAY_NEW);
	for (uint64_t t = 0; t < 60000; t += 500)
		assert_int_equal(enter(p, k, START_MS + t, &status),
				 REPLAY_PENDING);
	assert_int_equal(replay_count(p), 1);
	replay_expire(p, START_MS + 120000);
	assert_int_equal(replay_count(p), 0);
	assert_int_equal(enter(p, k, START_MS + 120000, &status), REPLAY_NEW);
	replay_answer(p, &k, 200, 0, START_MS + 120000);
	assert_int_equal(replay_count(p), 1);
	/* an answer that nobody asked for */
	k = key(2, 2);
	replay_answer(p, &k, 200, 0, START_MS + 120000);
	assert_int_equal(replay_count(p), 1);
	replay_destroy(&p);
}

/* A request that was refused may come again by another way. */
static void test_other_way(void **state)
{
	struct replay *p = replay_create(100);
	struct replay_key first = key(1, 1);
	struct replay_key second = key(1, 2);
	int status;

	(void)state;
	assert_int_equal(enter(p, first, START_MS, &status), REPLAY_NEW);
	replay_answer(p, &first, 503, 0, START_MS);
	assert_int_equal(enter(p, second, START_MS, &status), REPLAY_NEW);
	assert_int_equal(replay_count(p), 1);
	assert_int_equal(enter(p, second, START_MS, &status), REPLAY_PENDING);
	assert_int_equal(enter(p, first, START_MS, &status), REPLAY_MERGED);
	replay_answer(p, &second, 202, 0, START_MS);
	assert_int_equal(enter(p, key(1, 3), START_MS, &status), REPLAY_MERGED);
	replay_destroy(&p);
}

/* However often: what was refused makes no chain of dead ones behind it. */
static void test_other_ways(void **state)
{
	struct replay *p = replay_create(1000);
	int status;

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		struct replay_key k = key(1, i);
		uint64_t now_ms = START_MS + i / 5;

		assert_int_equal(enter(p, k, now_ms, &status), REPLAY_NEW);
		assert_int_equal(enter(p, k, now_ms, &status), REPLAY_PENDING);
		replay_answer(p, &k, 403, 0, now_ms);
		assert_int_equal(enter(p, k, now_ms, &status), REPLAY_ANSWERED);
		assert_int_equal(status, 403);
	}
	assert_int_equal(replay_count(p), 1);
	replay_destroy(&p);
}

static void test_to_tag(void **state)
{
	struct replay *p = replay_create(10000);
	unsigned retry_after_s;
	int status;

	(void)state;
	/* one Call-ID and CSeq, however many branches: no 482, no long chain */
	for (unsigned i = 0; i < 5000; i++) {
		struct replay_key k = key(1, i);

		assert_int_equal(replay_enter(p, &k, true, START_MS, &status,
					      &retry_after_s),
				 REPLAY_NEW);
		replay_answer(p, &k, 481, 0, START_MS);
		assert_int_equal(replay_enter(p, &k, true, START_MS, &status,
					      &retry_after_s),
				 REPLAY_ANSWERED);
		assert_int_equal(status, 481);
	}
	assert_int_equal(replay_count(p), 5000);
	replay_destroy(&p);
}

static void test_full(void **state)
{
	struct replay *p = replay_create(10);
	struct replay_key k;
	int status;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(enter(p, key(i, i), START_MS, &status),
				 REPLAY_NEW);
	assert_int_equal(enter(p, key(10, 10), START_MS, &status), REPLAY_FULL);
	/* what is known is still known */
	assert_int_equal(enter(p, key(9, 9), START_MS, &status),
			 REPLAY_PENDING);
	for (unsigned i = 0; i < 10; i++) {
		k = key(i, i);
		replay_answer(p, &k, 200, 0, START_MS);
	}
	assert_int_equal(enter(p, key(10, 10), START_MS, &status), REPLAY_FULL);
	assert_int_equal(enter(p, key(10, 10), START_MS + 41000, &status),
			 REPLAY_NEW);
	replay_destroy(&p);
}

static void test_none(void **state)
{
	struct replay *p = replay_create(0);
	int status;

	(void)state;
	assert_int_equal(enter(p, key(1, 1), START_MS, &status), REPLAY_FULL);
	assert_int_equal(replay_count(p), 0);
	replay_destroy(&p);
}

static uint64_t random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static uint64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A million over 32 s: all known, in the memory that was promised, and what
 * is over is given back. */
static void test_many(void **state)
{
	struct replay *p = replay_create(MANY + MANY / 2);
	uint64_t x = 88172645463325252U, began = cpu_ms();
	struct replay_key k;
	unsigned retry_after_s, wrong = 0;
	size_t bytes;
	int status;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t now_ms = START_MS + i * 31ULL / 1000;

		k = (struct replay_key){ random_next(&x), random_next(&x),
					 random_next(&x) };
		wrong += replay_enter(p, &k, false, now_ms, &status,
				      &retry_after_s) != REPLAY_NEW;
		replay_answer(p, &k, 202, 0, now_ms);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(replay_count(p), MANY);
	bytes = replay_bytes(p);
	x = 88172645463325252U;
	for (unsigned i = 0; i < MANY; i++) {
		k = (struct replay_key){ random_next(&x), random_next(&x),
					 random_next(&x) };
		wrong += replay_enter(p, &k, false, START_MS + 31000, &status,
				      &retry_after_s) != REPLAY_ANSWERED;
	}
	assert_int_equal(wrong, 0);
	print_message("%d entries: %zu bytes each, %llu ms in all\n", MANY,
		      bytes / MANY, (unsigned long long)(cpu_ms() - began));
	assert_in_range(bytes / MANY, 20, 26);
	replay_expire(p, START_MS + 31000 + 41000);
	assert_int_equal(replay_count(p), 0);
	assert_int_equal(replay_bytes(p), 0);
	replay_destroy(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_key_parts),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_other_way),
		cmocka_unit_test(test_other_ways),
		cmocka_unit_test(test_to_tag),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
