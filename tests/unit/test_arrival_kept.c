#include "gateway/messages/arrival_inner.h"
#include "arrival_bench.h"

/* Messages to XMPP that are kept while its server is away: their answer is 202
 * when the store has them, they go out in order when the link is back, and
 * their row is gone when the server has taken them. */

static int set_up(void **state)
{
	arrival_set_up(state);
	L.component.outbox.to_xmpp = true;
	return 0;
}

static const struct link_kept *kept(void)
{
	return &L.link.kept;
}

/* --- which of them must wait */

static void test_must_wait(void **state)
{
	(void)state;
	assert_false(arrival_must_wait(&L.link));
	L.is_full = true;
	assert_true(arrival_must_wait(&L.link));
	L.is_full = L.is_up = false;
	assert_true(arrival_must_wait(&L.link));
	L.bridge.is_draining = true;
	assert_false(arrival_must_wait(&L.link));
	L.bridge.is_draining = false;
	L.component.outbox.to_xmpp = false;
	assert_false(arrival_must_wait(&L.link));
	L.component.outbox.to_xmpp = true;
	keep("A");
	L.is_up = true; /* but A is not written yet */
	assert_true(arrival_must_wait(&L.link));
	commit(true);
	link_back();
	assert_false(arrival_must_wait(&L.link));
	link_lost();
	L.is_up = true; /* and A, which has come back, is not written again */
	assert_true(arrival_must_wait(&L.link));
	link_back();
	assert_false(arrival_must_wait(&L.link));
	assert_said("A 202");
}

/* --- the way of one */

static void test_kept(void **state)
{
	char text[64];

	(void)state;
	L.is_up = false;
	keep("A");
	keep("B");
	assert_said("");
	assert_written(NULL);
	assert_true(arrival_is_busy(&L.link));
	commit(true);
	assert_said("A 202");
	commit(true);
	assert_said("B 202");
	assert_false(arrival_is_busy(&L.link));
	assert_int_equal(journal_count(STORE_OUTBOX), 2);
	assert_int_equal(kept()->taken, 2);
	assert_int_equal(kept()->waiting, 2);
	snprintf(text, sizeof(text), "x%016xnnnnnnnnn", 1);
	assert_non_null(strstr(journal_value(STORE_OUTBOX, text), "<body>A"));
	bench_turns(2 * TAKEN_MS); /* it has no time to run out of */
	link_back();
	assert_bodies("AB");
	assert_int_equal(L.bridge.counters.to_xmpp_resent, 0);
	assert_int_equal(journal_count(STORE_OUTBOX), 2);
	taken(true);
	assert_int_equal(kept()->delivered, 1);
	commit_all(true);
	assert_null(journal_value(STORE_OUTBOX, text));
	assert_int_equal(kept()->waiting, 1);
	taken(true);
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_int_equal(kept()->waiting, 0);
	assert_int_equal(kept()->bytes, 0);
	assert_int_equal(L.bridge.counters.to_xmpp_accepted, 2);
	assert_said("");
}

/* What has its 202 does not run out as what has no answer does. */
static void test_waits_long(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	bench_turns(60000);
	assert_said("A 202");
	assert_int_equal(kept()->waiting, 1);
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	link_back();
	assert_bodies("A");
	taken(true);
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_said("");
}

/* Those that have gone make room for as many of the same contact. */
static void test_room_again(void **state)
{
	(void)state;
	L.component.outbox.per_contact_max = 2;
	for (int i = 0; i < 3; i++) {
		L.is_up = false;
		keep("A");
		keep("B");
		keep("C");
		commit_all(true);
		assert_said("C 503 retry; A 202; B 202");
		link_back();
		assert_bodies("AB");
		taken_all();
		commit_all(true);
		assert_int_equal(kept()->waiting, 0);
	}
}

/* Another copy of one that has no answer yet has none either. */
static void test_copy_of_unanswered(void **state)
{
	struct stanza s;

	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	assert_said("A 202");
	keep("B");
	s = message_of('B', JULIET, "B");
	arrival_keep(&L.link, answer("C"), &s, NULL);
	assert_said("");
	commit_all(true);
	assert_said("B 202; C 202");
}

/* The link is back for a moment only, again and again: nothing is lost, nothing
 * is answered twice. */
static void test_link_flaps(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	keep("B");
	commit_all(true);
	for (int i = 0; i < 3; i++) {
		link_back();
		assert_bodies("AB");
		link_lost();
	}
	link_back();
	taken(true);
	link_lost();
	link_back();
	assert_bodies("ABB");
	taken(true);
	commit_all(true);
	assert_said("A 202; B 202");
	assert_int_equal(kept()->delivered, 2);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
}

/* The link is back before the store has answered. */
static void test_taken_first(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	link_back();
	assert_bodies("A");
	taken(true);
	assert_said("A 202");
	assert_int_equal(kept()->waiting, 0);
	commit(true); /* the row ... */
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	commit(true); /* ... and its end */
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_int_equal(kept()->taken, 0);
	assert_int_equal(kept()->delivered, 0);
	assert_said("");
}

/* An error comes back for one: that is its end, and too late for an answer. */
static void test_bounced(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	keep("B");
	link_back();
	assert_false(bounce('A', JULIET, COND_ITEM_NOT_FOUND));
	assert_true(bounce('B', JULIET, COND_ITEM_NOT_FOUND));
	assert_said("A 202; B 604");
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_null(S.tickets);
	assert_int_equal(kept()->delivered, 0);
}

/* --- the store fails */

static void test_not_kept(void **state)
{
	(void)state;
	L.is_up = false;
	J.is_refusing = true;
	keep("A");
	assert_said("A 503 retry");
	J.is_refusing = false;
	assert_int_equal(J.op_count, 0);
	keep("B");
	keep("C");
	commit(false);
	assert_said("B 503 retry");
	commit(true);
	assert_said("C 202");
	commit_all(true); /* B may be there all the same: it goes */
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	link_back();
	assert_bodies("C");
	taken_all();
	assert_int_equal(kept()->taken, 1);
	assert_int_equal(L.bridge.counters.to_xmpp_statuses[503 - 300], 2);
}

/* What is over goes from the store, however often that fails: it would be sent
 * again after the next start. */
static void test_not_removed(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	keep("B");
	commit_all(true);
	link_back();
	taken(true);
	J.is_refusing = true;
	taken(true);
	J.is_refusing = false;
	commit_all(false);
	assert_int_equal(journal_count(STORE_OUTBOX), 2);
	assert_int_equal(L.link.leaving_count, 2);
	J.is_ill = true; /* not while it is ill */
	bench_turns(1100);
	assert_int_equal(J.op_count, 0);
	J.is_ill = false;
	bench_turns(1100);
	assert_int_equal(J.op_count, 2);
	commit(false);
	bench_turns(1100); /* that one again; the other is under way */
	assert_int_equal(J.op_count, 2);
	commit(true);
	commit(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_int_equal(L.link.leaving_count, 0);
	bench_turns(1100);
	assert_int_equal(J.op_count, 0);
}

static void test_not_removed_at_all(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	link_back();
	J.is_refusing = true;
	taken(true);
	J.is_refusing = false;
	bench_turns(1100);
	commit(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_said("A 202");
}

/* Rows that may be there or not are not remembered without end while the store
 * fails; those that are there are. */
static void test_many_not_removed(void **state)
{
	(void)state;
	L.component.outbox.count_max = 2;
	L.is_up = false;
	keep("A");
	commit(true);
	link_back();
	taken(true);
	commit(false); /* to remove A */
	L.is_up = false;
	for (int i = 0; i < 5; i++) {
		keep("B");
		commit_all(false);
	}
	assert_int_equal(L.link.leaving_count, 2);
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	L.component.outbox.count_max = 0;
	bench_turns(1100);
	commit_all(false);
	assert_int_equal(L.link.leaving_count, 1);
	bench_turns(1100);
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	strbuf_reset(&SAID);
}

/* The shutdown closes the store first: what it has stays for the next start. */
static void test_shutdown(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	keep("B");
	commit(true);
	links_end();
	assert_said("A 202; B 503 retry");
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	L.bridge.store = JOURNAL;
}

/* --- a server that takes none */

/* It was sent, but not taken in time: the store has it instead. */
static void test_not_taken(void **state)
{
	(void)state;
	arrive("A");
	bench_turns(TAKEN_MS + 150);
	assert_said("");
	assert_int_equal(J.op_count, 1);
	assert_bodies("A");
	bench_turns(TAKEN_MS); /* asked once */
	assert_int_equal(J.op_count, 1);
	commit(true);
	assert_said("A 202");
	link_lost();
	link_back();
	assert_bodies("A");
	taken(true);
	commit_all(true);
	assert_int_equal(kept()->delivered, 1);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
}

/* The store takes too long as well. */
static void test_store_hangs(void **state)
{
	struct answer *a = answer("A");
	struct stanza s = message_of('A', JULIET, "A");

	(void)state;
	a->since_ms -= TAKEN_MS;
	arrival_send(&L.link, a, &s, NULL);
	bench_turns(150);
	assert_int_equal(J.op_count, 1);
	L.link.arrivals->since_ms -= 7500;
	bench_turns(150);
	assert_said("");
	L.link.arrivals->since_ms -= 500;
	bench_turns(150);
	assert_said("A 503 retry");
	commit_all(true); /* what is written then goes again */
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_said("");
}

/* At the drain nothing is put off any more. */
static void test_draining(void **state)
{
	(void)state;
	arrive("A");
	L.bridge.is_draining = true;
	bench_turns(TAKEN_MS + 150);
	assert_said("A 503 retry");
	assert_int_equal(J.op_count, 0);
}

/* --- limits */

static void test_count(void **state)
{
	(void)state;
	L.component.outbox.count_max = 2;
	L.is_up = false;
	keep("A");
	keep("B");
	keep("C");
	assert_said("C 503 retry");
	commit_all(true);
	assert_int_equal(kept()->full, 1);
	link_back();
	taken(true);
	L.is_up = false;
	keep("D"); /* there is room again */
	commit_all(true);
	assert_said("A 202; B 202; D 202");
}

static void test_bytes(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	L.component.outbox.bytes_max = 2 * kept()->bytes;
	keep("B");
	assert_said("");
	L.component.outbox.bytes_max = 3 * kept()->bytes / 2 - 1;
	keep("C");
	assert_said("C 503 retry");
	assert_int_equal(kept()->full, 1);
	commit_all(true);
	assert_said("A 202; B 202");
}

static void test_per_contact(void **state)
{
	struct stanza s;

	(void)state;
	L.component.outbox.per_contact_max = 1;
	L.is_up = false;
	keep("A");
	keep("B");
	assert_said("B 503 retry");
	s = message_of('C', JULIET, "C");
	s.from = jid_of("nurse@sip.test");
	arrival_keep(&L.link, answer("C"), &s, NULL);
	commit_all(true);
	assert_said("A 202; C 202");
}

/* Larger than a stanza may be: refused for good. */
static void test_too_long(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	L.cfg.stanza_max_bytes =
		arrival_stanza(L.link.arrivals).n + strlen("</message>");
	keep("B");
	L.cfg.stanza_max_bytes--;
	keep("C");
	assert_said("C 413");
	commit_all(true);
	assert_said("A 202; B 202");
}

/* --- copies */

/* A telephone did not hear our 202, and asks again: it has that answer. */
static void test_copy(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	assert_said("A 202");
	keep("A");
	assert_said("A 202");
	link_back();
	arrive("A");
	assert_said("A 202");
	assert_bodies("A"); /* once */
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	assert_int_equal(kept()->taken, 1);
	taken(true);
	assert_null(S.tickets);
}

/* --- age */

static void test_too_old(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	keep("B");
	commit(true);
	L.link.arrivals->due_ms = loop_now_ms(L.loop) + 150;
	L.link.arrivals->next->due_ms = 0; /* but the store has no word yet */
	bench_turns(100);
	assert_said("A 202");
	bench_turns(200);
	assert_said("lost A " JULIET " romeo@sip.test");
	assert_int_equal(kept()->expired, 1);
	commit_all(true);
	assert_said("B 202");
	bench_turns(150);
	assert_said("lost B " JULIET " romeo@sip.test");
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	link_back();
	assert_written(NULL);
}

/* One that is with the server is not too old. */
static void test_old_but_written(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	link_back();
	L.link.arrivals->due_ms = 0;
	bench_turns(250);
	assert_said("A 202");
	taken(true);
	assert_int_equal(kept()->delivered, 1);
	assert_int_equal(kept()->expired, 0);
}

/* --- the next start */

static bool restore(const char *key, const char *value)
{
	struct arena *a = loop_arena(L.loop);
	struct letter l;

	assert_true(letter_read(a, str_z(value), &l));
	return arrival_restore(&L.link, a, str_z(key), &l);
}

/* As after kill -9: all but the journal is gone. */
static void restart(void)
{
	size_t i;

	links_end();
	memset(&L.link.kept, 0, sizeof(L.link.kept));
	L.bridge.store = JOURNAL;
	for (i = 0; i < J.row_count; i++)
		assert_true(restore(J.rows[i].key.p, J.rows[i].value.p));
	arrival_start(&L.link);
}

/* In their order, under their ids, marked as late, and answered long ago. */
static void test_restart(void **state)
{
	const char *text;

	(void)state;
	L.is_up = false;
	keep("A");
	keep("B");
	keep("C");
	commit_all(true);
	assert_said("A 202; B 202; C 202");
	while (strstr(J.rows[0].value.p, "<body>A") != NULL) {
		struct journal_row first = J.rows[0]; /* they come unordered */

		memmove(J.rows, J.rows + 1, 2 * sizeof(first));
		J.rows[2] = first;
	}
	restart();
	assert_int_equal(kept()->waiting, 3);
	assert_false(arrival_is_busy(&L.link));
	keep("D");
	keep("B"); /* again, since its 202 was lost with the process */
	assert_said("B 202");
	link_back();
	text = written();
	assert_non_null(strstr(text, "<delay xmlns='urn:xmpp:delay'"));
	assert_true(strstr(text, "<body>A") < strstr(text, "<body>B"));
	assert_true(strstr(text, "<body>B") < strstr(text, "<body>C"));
	assert_true(strstr(text, "<body>C") < strstr(text, "<body>D"));
	taken_all();
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	assert_int_equal(kept()->delivered, 3);
	assert_said("D 202");
}

/* One that was on its way when the link broke is kept later than one that came
 * behind it: they go out as they came, also after kill -9. */
static void test_restart_as_they_came(void **state)
{
	const char *text;

	(void)state;
	arrive("A");
	link_lost();
	keep("B");
	bench_turns(TAKEN_MS + 150);
	commit_all(true);
	assert_said("B 202; A 202");
	restart();
	link_back();
	text = strstr(written(), "<delay");
	assert_non_null(text);
	assert_non_null(strstr(text, "<body>B"));
	assert_int_equal(L.link.arrivals->id[0], 'a');
	assert_int_equal(L.link.arrivals->next->id[0], 'b');
	taken_all();
	commit_all(true);
}

/* A restart makes none of them younger. */
static void test_age_over_restart(void **state)
{
	(void)state;
	L.component.outbox.age_max_s = 10;
	L.is_up = false;
	keep("A");
	commit(true);
	assert_said("A 202");
	bench_turns(8000);
	restart();
	bench_turns(1000);
	assert_said("");
	bench_turns(2500);
	assert_said("lost A " JULIET " romeo@sip.test");
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
}

/* Its age runs on while nobody is there; a clock that was set back does not
 * make it young. */
static void test_restart_too_late(void **state)
{
	(void)state;
	L.is_up = false;
	keep("A");
	commit(true);
	L.component.outbox.age_max_s = 0;
	restart();
	assert_said("A 202");
	bench_turns(150);
	assert_said("lost A " JULIET " romeo@sip.test");
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	L.component.outbox.age_max_s = 1;
	L.is_up = true;
	assert_true(restore("x0000000000000001nnnnnnnnn",
			    "1 x sip.test 9999999999 0 "
			    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb 0 undefined-"
			    "condition cancel % <message%20from='romeo@sip."
			    "test'%20to='juliet@xmpp.test'><body>B</body>"));
	assert_in_range(L.link.arrivals->since_s, 0, loop_wall_ms() / 1000);
	assert_in_range(L.link.arrivals->due_ms, loop_now_ms(L.loop) + 500,
			loop_now_ms(L.loop) + 1000);
}

/* What cannot be read stays in the store, for whoever can. */
static void test_restore_refuses(void **state)
{
#define HEAD  "1 x sip.test 1 0 "
#define TOKEN "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define REST  " 0 undefined-condition cancel % "
	static const char key[] = "x0000000000000001nnnnnnnnn";
	static const char good[] = HEAD TOKEN REST
		"<message%20from='romeo@sip.test'%20to='juliet@xmpp.test'>";
	static const struct {
		const char *key, *value;
	} cases[] = {
		{ "x0000000000000001nnnnnnnn", good },
		{ "x0000000000000001nnnnnnnnnn", good },
		{ key, HEAD TOKEN
		  "b" REST
		  "<message%20from='romeo@sip.test'%20to='a@xmpp.test'>" },
		{ key, HEAD TOKEN REST "<message%20from='romeo@sip.test'" },
		{ key, HEAD TOKEN REST "<message%20from='@'%20to='a@b.c'>" },
		{ key, HEAD TOKEN REST "<iq%20from='a@b.c'%20to='a@b.c'>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_false(restore(cases[i].key, cases[i].value));
	assert_int_equal(kept()->waiting, 0);
	assert_true(restore(key, good));
	assert_int_equal(kept()->waiting, 1);
}

/* --- for the admin */

static void on_entry(void *arg, const struct arrival_entry *e)
{
	(void)arg;
	line("%.*s -> %.*s %zu", STR_ARG(e->contact), STR_ARG(e->user),
	     e->count);
	assert_true(e->bytes >= e->count * 50);
	assert_true(e->oldest_s <= loop_wall_ms() / 1000);
}

static void list(const char *who)
{
	arrival_list(&L.link, loop_arena(L.loop), str_z(who), on_entry, NULL);
}

static void test_admin(void **state)
{
	struct stanza s = message_of('C', "nurse@xmpp.test/ward", "C");

	(void)state;
	arrive("Z"); /* under way, but not kept */
	L.is_up = false;
	keep("A");
	keep("B");
	commit_all(true);
	arrival_keep(&L.link, answer("C"), &s, NULL);
	strbuf_reset(&SAID);
	list(JULIET);
	assert_said("romeo@sip.test -> " JULIET " 2");
	list("nurse@xmpp.test");
	assert_said("romeo@sip.test -> nurse@xmpp.test 1");
	list("juliet@xmpp.tes");
	assert_said("");
	list("");
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, JULIET " 2"));
	assert_non_null(strstr(SAID.p, "nurse@xmpp.test 1"));
	strbuf_reset(&SAID);
	/* C has no answer yet: it is not for the admin to give. */
	assert_int_equal(arrival_flush(&L.link, STR_LIT("romeo@sip.test")), 2);
	assert_said("lost A " JULIET " romeo@sip.test; "
		    "lost B " JULIET " romeo@sip.test");
	assert_int_equal(kept()->flushed, 2);
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 1);
	assert_said("C 202");
	assert_int_equal(arrival_flush(&L.link, STR_LIT("eve@sip.test")), 0);
	assert_int_equal(arrival_flush(&L.link, STR_NONE), 1);
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
	strbuf_reset(&SAID);
	link_back();
	taken(true);
	assert_said("Z 202");
	assert_null(S.tickets);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, arrival_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_must_wait),
		TEST(test_waits_long),
		TEST(test_room_again),
		TEST(test_copy_of_unanswered),
		TEST(test_age_over_restart),
		TEST(test_kept),
		TEST(test_link_flaps),
		TEST(test_taken_first),
		TEST(test_bounced),
		TEST(test_not_kept),
		TEST(test_not_removed),
		TEST(test_not_removed_at_all),
		TEST(test_many_not_removed),
		TEST(test_shutdown),
		TEST(test_not_taken),
		TEST(test_store_hangs),
		TEST(test_draining),
		TEST(test_count),
		TEST(test_bytes),
		TEST(test_per_contact),
		TEST(test_too_long),
		TEST(test_copy),
		TEST(test_too_old),
		TEST(test_old_but_written),
		TEST(test_restart),
		TEST(test_restart_as_they_came),
		TEST(test_restart_too_late),
		TEST(test_restore_refuses),
		TEST(test_admin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
