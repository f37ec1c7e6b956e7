#include "gateway/messages/note.h"
#include "talk_bed.h"

static struct note_facts facts_of(enum note_kind kind, const char *id)
{
	return (struct note_facts){
		.kind = kind,
		.wishes = 7,
		.done = 1,
		.since_s = loop_wall_ms() / 1000,
		.user = STR("juliet@xmpp.test/desk"),
		.contact = STR("romeo@sip.test"),
		.stanza_id = str_z(id),
		.message_id = str_z(id),
		.date_time = STR("then"),
	};
}

static struct note *find(struct notices *n, enum note_kind kind, const char *id)
{
	return note_find(n, kind, STR_LIT("juliet@xmpp.test"),
			 STR_LIT("romeo@sip.test"), str_z(id));
}

static void drop_all(struct notices *n)
{
	while (n->all != NULL)
		note_drop(n, n->all);
	assert_int_equal(n->count, 0);
	assert_null(n->by_key);
	assert_null(n->pairs);
}

static void finds(void **state)
{
	struct talk_bed *t = talk_bed_create(10, 1000);
	struct notices n = { .bridge = &t->bridge };
	struct note_facts owed = facts_of(NOTE_OWED, "1");
	struct note_facts awaited = facts_of(NOTE_AWAITED, "1");
	struct note *a = note_add(&n, &owed), *b = note_add(&n, &awaited);

	(void)state;
	assert_ptr_equal(find(&n, NOTE_OWED, "1"), a);
	assert_ptr_equal(find(&n, NOTE_AWAITED, "1"), b);
	assert_null(find(&n, NOTE_OWED, "2"));
	assert_null(note_find(&n, NOTE_OWED, STR_LIT("tybalt@xmpp.test"),
			      STR_LIT("romeo@sip.test"), STR_LIT("1")));
	drop_all(&n);
	talk_bed_destroy(&t);
}

/* Messages of one thread have one Call-ID: the oldest first, whichever goes. */
static void twins(void **state)
{
	for (int first = 0; first < 3; first++) {
		struct talk_bed *t = talk_bed_create(10, 1000);
		struct notices n = { .bridge = &t->bridge };
		struct note_facts f = facts_of(NOTE_AWAITED, "c");
		struct note *x[3];

		(void)state;
		for (int i = 0; i < 3; i++)
			x[i] = note_add(&n, &f);
		assert_ptr_equal(find(&n, NOTE_AWAITED, "c"), x[0]);
		note_drop(&n, x[first]);
		assert_ptr_equal(find(&n, NOTE_AWAITED, "c"),
				 x[first == 0 ? 1 : 0]);
		assert_int_equal(n.count, 2);
		drop_all(&n);
		talk_bed_destroy(&t);
	}
}

static void limits(void **state)
{
	struct talk_bed *t = talk_bed_create(2, 1000);
	struct notices n = { .bridge = &t->bridge };
	struct note_facts f = facts_of(NOTE_OWED, "old");

	(void)state;
	f.since_s -= 1001; /* too old once another comes */
	note_add(&n, &f);
	f = facts_of(NOTE_OWED, "1");
	note_add(&n, &f);
	assert_null(find(&n, NOTE_OWED, "old"));
	f = facts_of(NOTE_OWED, "2");
	note_add(&n, &f);
	f = facts_of(NOTE_OWED, "3");
	note_add(&n, &f);
	assert_int_equal(n.count, 2);
	assert_null(find(&n, NOTE_OWED, "1"));
	assert_non_null(find(&n, NOTE_OWED, "3"));
	drop_all(&n);
	talk_bed_destroy(&t);
}

static void limit_of_a_pair(void **state)
{
	struct talk_bed *t = talk_bed_create(5000, 1000);
	struct notices n = { .bridge = &t->bridge };
	struct note_facts f;
	char id[8];

	(void)state;
	for (int i = 0; i <= NOTE_PAIR_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		f = facts_of(NOTE_OWED, id);
		note_add(&n, &f);
	}
	assert_int_equal(n.count, NOTE_PAIR_MAX);
	assert_null(find(&n, NOTE_OWED, "0"));
	assert_non_null(find(&n, NOTE_OWED, "1"));
	f.user = STR_LIT("tybalt@xmpp.test");
	note_add(&n, &f);
	assert_int_equal(n.count, NOTE_PAIR_MAX + 1);
	drop_all(&n);
	talk_bed_destroy(&t);
}

static void survive_in_order(void **state)
{
	struct talk_bed *t = talk_bed_create(100, 1000);
	struct notices n = { .bridge = &t->bridge }, back = n;
	struct note_facts f;
	const char *why;
	struct note *x;
	char id[8];

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "%c%%\n%d", i + 1, i);
		f = facts_of(NOTE_OWED, id);
		x = note_add(&n, &f);
		note_keep(&n, x);
		if (i % 10 == 0)
			note_forget(&n, x);
	}
	talk_bed_settle(t);
	assert_true(note_load(&back, &why));
	assert_int_equal(back.count, 45);
	x = back.pairs->notes;
	for (int i = 0; i < 50; i++) {
		if (i % 10 == 0)
			continue;
		snprintf(id, sizeof(id), "%c%%\n%d", i + 1, i);
		assert_true(str_eqz(x->facts.stanza_id, id));
		assert_int_equal(x->facts.wishes, 7);
		assert_int_equal(x->facts.done, 1);
		assert_true(str_eqz(x->facts.user, "juliet@xmpp.test/desk"));
		assert_true(str_eqz(x->facts.date_time, "then"));
		x = x->pair_next;
	}
	assert_null(x);
	drop_all(&n);
	drop_all(&back);
	talk_bed_destroy(&t);
}

static void of_another_version(void **state)
{
	struct talk_bed *t = talk_bed_create(100, 1000);
	struct notices n = { .bridge = &t->bridge };
	const char *why;

	(void)state;
	store_put(t->bridge.store, STORE_NOTICE, STR_LIT("x"),
		  STR_LIT("1\to\t7\t1\t1\ta\tb\tc\td\te\tf"), INT64_MAX, NULL,
		  NULL);
	store_put(t->bridge.store, STORE_NOTICE, STR_LIT("0000000000000001"),
		  STR_LIT("2\to"), INT64_MAX, NULL, NULL);
	store_put(t->bridge.store, STORE_NOTICE, STR_LIT("0000000000000002"),
		  STR_LIT("1\to\t7\tx\t1"), INT64_MAX, NULL, NULL);
	talk_bed_settle(t);
	assert_true(note_load(&n, &why));
	assert_int_equal(n.count, 0);
	talk_bed_destroy(&t);
}

/* What became too old while nothing ran goes from the store, too. */
static void too_old(void **state)
{
	struct talk_bed *t = talk_bed_create(100, 1000);
	struct notices n = { .bridge = &t->bridge };
	struct note_facts f = facts_of(NOTE_OWED, "old");
	const char *why;

	(void)state;
	f.since_s -= 1100;
	note_keep(&n, note_add(&n, &f));
	drop_all(&n);
	talk_bed_settle(t);
	assert_true(note_load(&n, &why));
	assert_int_equal(n.count, 0);
	talk_bed_settle(t);
	assert_int_equal(talk_bed_rows(t, STORE_NOTICE), 0);
	talk_bed_destroy(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(twins),
		cmocka_unit_test(limits),
		cmocka_unit_test(limit_of_a_pair),
		cmocka_unit_test(survive_in_order),
		cmocka_unit_test(of_another_version),
		cmocka_unit_test(too_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
