#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "xmpp/sendq.h"

enum { MAX_BYTES = 1000, MAX_STANZAS = 20, STANZA_MAX = 100 };

static bool put(struct sendq *q, const char *text)
{
	struct strbuf *b = sendq_begin(q);

	if (b == NULL)
		return false;
	strbuf_addz(b, text);
	return sendq_end(q);
}

static void assert_front(const struct sendq *q, const char *text)
{
	assert_true(str_eqz(sendq_front(q), text));
}

static void test_order_and_counts(void **state)
{
	struct sendq q;

	(void)state;
	sendq_init(&q, MAX_BYTES, MAX_STANZAS, STANZA_MAX);
	sendq_add(&q, STR_LIT("head"));
	assert_int_equal(sendq_stanzas(&q), 0);
	assert_true(put(&q, "<one/>"));
	assert_true(put(&q, "<two/>"));
	assert_front(&q, "head<one/><two/>");
	assert_int_equal(sendq_stanzas(&q), 2);
	sendq_shift(&q, 9); /* not all of one */
	assert_int_equal(sendq_stanzas(&q), 2);
	assert_front(&q, ">"
			 "<two/>");
	assert_true(put(&q, "<three/>"));
	sendq_shift(&q, 1);
	assert_int_equal(sendq_stanzas(&q), 2);
	assert_front(&q, "<two/><three/>");
	sendq_shift(&q, 14);
	assert_int_equal(sendq_stanzas(&q), 0);
	assert_int_equal(sendq_bytes(&q), 0);
	sendq_fini(&q);
}

static void test_abort_and_too_large(void **state)
{
	struct sendq q;
	struct strbuf *b;

	(void)state;
	sendq_init(&q, MAX_BYTES, MAX_STANZAS, STANZA_MAX);
	assert_true(put(&q, "<one/>"));
	b = sendq_begin(&q);
	strbuf_addz(b, "<gone/>");
	sendq_abort(&q);
	b = sendq_begin(&q);
	for (int i = 0; i < STANZA_MAX + 1; i++)
		strbuf_addc(b, 'x');
	assert_false(sendq_end(&q));
	assert_false(put(&q, ""));
	b = sendq_begin(&q);
	for (int i = 0; i < STANZA_MAX; i++)
		strbuf_addc(b, 'x');
	assert_true(sendq_end(&q));
	assert_int_equal(sendq_bytes(&q), 6 + STANZA_MAX);
	sendq_clear(&q);
	/* An answer has room for its own words, and not more. */
	b = sendq_begin_answer(&q);
	for (int i = 0; i < STANZA_MAX + SENDQ_ANSWER_ROOM_BYTES; i++)
		strbuf_addc(b, 'x');
	assert_true(sendq_end(&q));
	sendq_clear(&q);
	b = sendq_begin_answer(&q);
	for (int i = 0; i < STANZA_MAX + SENDQ_ANSWER_ROOM_BYTES + 1; i++)
		strbuf_addc(b, 'x');
	assert_false(sendq_end(&q));
	assert_true(put(&q, "<one/>"));
	assert_true(put(&q, "<two/>"));
	assert_int_equal(sendq_stanzas(&q), 2);
	sendq_clear(&q);
	assert_int_equal(sendq_bytes(&q) + sendq_stanzas(&q), 0);
	sendq_fini(&q);
}

static void test_limits(void **state)
{
	char stanza[STANZA_MAX + 1];
	struct sendq q;
	int n = 0;

	(void)state;
	sendq_init(&q, MAX_BYTES, MAX_STANZAS, STANZA_MAX);
	while (sendq_has_room(&q))
		assert_true(put(&q, "<a/>")), n++;
	assert_int_equal(n, 18); /* nine tenths of the stanzas */
	while (put(&q, "<a/>"))
		n++;
	assert_int_equal(n, MAX_STANZAS);
	sendq_shift(&q, 4);
	assert_true(put(&q, "<a/>"));
	sendq_clear(&q);
	memset(stanza, 'x', STANZA_MAX);
	stanza[STANZA_MAX] = '\0';
	for (n = 0; sendq_has_room(&q); n++)
		assert_true(put(&q, stanza));
	assert_int_equal(n, 9); /* nine tenths of the bytes */
	while (put(&q, stanza))
		n++;
	assert_int_equal(n, MAX_BYTES / STANZA_MAX);
	sendq_fini(&q);
}

/* Whatever the sizes of stanzas and writes are: the same bytes in the same
 * order, a true count, bounded memory. */
static void test_random_traffic(void **state)
{
	struct sendq q;
	struct strbuf in, out;
	unsigned seed = 7;

	(void)state;
	sendq_init(&q, MAX_BYTES, MAX_STANZAS, STANZA_MAX);
	strbuf_init(&in, SIZE_MAX / 2);
	strbuf_init(&out, SIZE_MAX / 2);
	for (int i = 0; i < 20000; i++) {
		struct strbuf *b = sendq_begin(&q);
		size_t n, begin;

		if (b != NULL) {
			begin = b->n;
			for (int k = rand_r(&seed) % 40; k >= 0; k--)
				strbuf_addc(b, (char)('a' + k % 26));
			strbuf_add(&in, str_from(strbuf_str(b), begin));
			assert_true(sendq_end(&q));
		}
		n = (size_t)rand_r(&seed) % 60;
		if (n > sendq_bytes(&q))
			n = sendq_bytes(&q);
		strbuf_add(&out, str_head(sendq_front(&q), n));
		sendq_shift(&q, n);
		assert_int_equal(in.n - out.n, sendq_bytes(&q));
		assert_true(q.buf.cap <= 4 * (MAX_BYTES + STANZA_MAX));
		assert_true(sendq_stanzas(&q) <= sendq_bytes(&q));
	}
	assert_true(str_eq(strbuf_str(&out), str_head(strbuf_str(&in), out.n)));
	strbuf_fini(&in);
	strbuf_fini(&out);
	sendq_fini(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_counts),
		cmocka_unit_test(test_abort_and_too_large),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_random_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
