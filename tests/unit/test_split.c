#include "gateway/messages/split.h"
#include "gateway/base/loop.h"
#include "sip/outgoing.h"
#include "uac_bench.h"

/* A text that is too long for UDP, in requests that each fit: all of it, in
 * order, and the rest of it only where some has gone through. Over the real
 * writer of requests; no network. */
static struct {
	struct bench bench;
	struct config cfg;
	struct config_component component;
	struct bridge bridge;
	struct link link;
	struct draft draft;
	char text[8000];
} T;

struct uac *agent_uac(struct agent *a)
{
	(void)a;
	return T.bench.uac;
}

static int set_up(void **state)
{
	(void)state;
	memset(&T, 0, sizeof(T));
	bench_open(&T.bench, &plain);
	T.cfg.mtu_bytes = MTU_BYTES;
	T.component.message.is_split = true;
	T.component.message.parts_max = 20;
	T.bridge.cfg = &T.cfg;
	T.link.bridge = &T.bridge;
	T.link.cfg = &T.component;
	T.draft = draft_to("sip:romeo@p1.test");
	for (size_t i = 0; i < sizeof(T.text); i++)
		T.text[i] = i % 10 == 9 ? ' ' : (char)('a' + i % 26);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bench_close(&T.bench);
	return 0;
}

static struct split *split_of(size_t bytes, size_t through)
{
	T.draft.body = (struct str){ T.text, bytes };
	return split_create(&T.link, &T.bench.arena, &T.draft, through);
}

/* Sends what there is; the text that has come, without its marks, and how many
 * parts. */
static struct str sent(struct split *s, size_t *parts)
{
	struct strbuf b;
	struct outgoing *o;
	struct str text;

	strbuf_init(&b, sizeof(T.text) + 1000);
	for (*parts = 0; (o = split_next(s)) != NULL; ++*parts) {
		struct str bytes, body;
		const char *p;

		assert_true(outgoing_bytes(o) <= MTU_BYTES);
		assert_true(
			uac_start(T.bench.uac, o, on_outcome, &T.bench.seen));
		memset(&T.bench.seen, 0, sizeof(T.bench.seen));
		run_until_sent(&T.bench, *parts + 1);
		bytes = last_bytes();
		assert_true(bytes.n <= MTU_BYTES);
		p = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);
		assert_non_null(p);
		body = str_from(bytes, (size_t)(p - bytes.p) + 4);
		assert_int_equal(body.p[0], '(');
		strbuf_add(&b, str_from(body, str_find(body, ')') + 2));
		respond_status(&T.bench, 200);
		run_to_end(&T.bench);
	}
	text = str_dup(&T.bench.arena, strbuf_str(&b));
	strbuf_fini(&b);
	return text;
}

static void test_whole(void **state)
{
	struct split *s = split_of(4000, 0);
	struct str text;
	size_t n;

	(void)state;
	assert_non_null(s);
	assert_false(split_has_begun(s));
	assert_int_equal(split_through(s), 0);
	text = sent(s, &n);
	assert_in_range(n, 4, 8);
	assert_true(split_has_begun(s));
	assert_int_equal(split_through(s), 4000);
	assert_true(str_eq(text, T.draft.body));
	split_destroy(&s);
	assert_null(s);
}

/* Each try cuts at the same places, and what is through is left out: whichever
 * part was the last one. */
static void test_rest(void **state)
{
	size_t ends[32], n = 0, parts;
	struct split *s = split_of(4000, 0);
	struct outgoing *o;

	(void)state;
	while ((o = split_next(s)) != NULL) {
		ends[n++] = split_through(s);
		outgoing_destroy(&o);
	}
	split_destroy(&s);
	for (size_t i = 0; i < n; i++) {
		struct str text;

		s = split_of(4000, ends[i]);
		assert_int_equal(split_through(s), ends[i]);
		net.count = 0;
		text = sent(s, &parts);
		assert_int_equal(parts, n - i - 1);
		assert_true(str_eq(text, str_from(T.draft.body, ends[i])));
		split_destroy(&s);
		for (size_t j = 0; j < net.count; j++)
			str_free(&net.sent[j].bytes);
		net.count = 0;
	}
}

/* The numbers of the parts are higher than those of the whole, and the same in
 * each try: a copy is known for one. */
static void test_numbers(void **state)
{
	uint32_t first[32] = { 0 }, n = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct split *s = split_of(3000, 0);
		struct outgoing *o;
		uint32_t last = T.draft.cseq + (1 << 20), k = 0;

		while ((o = split_next(s)) != NULL) {
			assert_true(uac_start(T.bench.uac, o, on_outcome,
					      &T.bench.seen));
			memset(&T.bench.seen, 0, sizeof(T.bench.seen));
			run_until_sent(&T.bench, net.count + 1);
			respond_status(&T.bench, 200);
			run_to_end(&T.bench);
			assert_true(T.bench.seen.cseq > last);
			last = T.bench.seen.cseq;
			if (i == 0)
				first[n++] = last;
			else
				assert_int_equal(first[k++], last);
		}
		split_destroy(&s);
	}
	assert_true(n > 1);
}

static void test_too_long(void **state)
{
	struct split *s;

	(void)state;
	T.component.message.parts_max = 3;
	s = split_of(2000, 0);
	assert_non_null(s);
	split_destroy(&s);
	assert_null(split_of(6000, 0));
	T.component.message.parts_max = 20;
	T.cfg.mtu_bytes = 200; /* less than the headers */
	assert_null(split_of(6000, 0));
	split_destroy(&s);
}

/* Only what does not fit, and only where that is wanted. */
static void test_is_wanted(void **state)
{
	struct outgoing *o;

	(void)state;
	T.draft.body = (struct str){ T.text, 400 };
	o = uac_prepare(T.bench.uac, &T.draft);
	assert_false(split_is_wanted(&T.link, o));
	T.cfg.mtu_bytes = (unsigned)outgoing_bytes(o) + 96;
	assert_false(split_is_wanted(&T.link, o));
	T.cfg.mtu_bytes--;
	assert_true(split_is_wanted(&T.link, o));
	T.component.message.is_split = false;
	assert_false(split_is_wanted(&T.link, o));
	outgoing_destroy(&o);
}

/* There is room left for the credentials that a challenge will ask for. */
static void test_credentials(void **state)
{
	struct split *s = split_of(4000, 0);
	size_t without, with;
	struct outgoing *o = split_next(s);

	(void)state;
	without = split_through(s);
	outgoing_destroy(&o);
	split_destroy(&s);
	T.cfg.account_username = STR_LIT("gw");
	s = split_of(4000, 0);
	o = split_next(s);
	with = split_through(s);
	assert_in_range(without - with, 400, 480);
	outgoing_destroy(&o);
	split_destroy(&s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_whole),     TEST(test_rest),
		TEST(test_numbers),   TEST(test_too_long),
		TEST(test_is_wanted), TEST(test_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
