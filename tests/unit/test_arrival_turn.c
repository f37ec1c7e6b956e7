#include "gateway/messages/arrival_inner.h"
#include "arrival_bench.h"

/* Messages from SIP for which the barrier has no room yet. */
static const char MARK[] = "<delay xmlns='urn:xmpp:delay'";

static void more(void)
{
	arrival_send_more(&L.link);
}

static void arrive_all(const char *names, char source)
{
	static char name[26][2];

	for (; *names != '\0'; names++) {
		name[*names - 'A'][0] = *names;
		arrive_from(name[*names - 'A'], source);
	}
}

/* They go as those before them are taken, in order, and say nothing of it. */
static void test_in_order(void **state)
{
	const char *text;

	(void)state;
	S.window = 2;
	arrive_all("ABCDE", '\0');
	assert_bodies("AB");
	assert_int_equal(link_untaken(&L.link), 5);
	assert_int_equal(L.link.turns.count, 3);
	taken(true);
	assert_said("A 202");
	arrive("F"); /* there is room, but not for who came last */
	assert_written(NULL);
	more();
	text = written();
	assert_non_null(strstr(text, "<body>C</body></message>"));
	assert_null(strstr(text, MARK));
	assert_null(strstr(text, "<body>D"));
	taken_all();
	more();
	assert_bodies("DE");
	taken_all();
	more();
	assert_bodies("F");
	taken_all();
	more();
	arrive("G"); /* nobody waits: at once */
	assert_bodies("G");
	taken_all();
	assert_said("B 202; C 202; D 202; E 202; F 202; G 202");
	assert_int_equal(L.bridge.counters.to_xmpp_resent, 0);
}

/* The link is lost: what had been written goes first and says that it is late,
 * what had not says nothing. */
static void test_link_lost(void **state)
{
	const char *text;

	(void)state;
	S.window = 2;
	arrive_all("ABCD", '\0');
	taken(true);
	more(); /* B and C are on their way */
	assert_bodies("ABC");
	link_lost();
	more();
	assert_written(NULL);
	link_back();
	text = written();
	assert_non_null(strstr(text, "<body>B</body><delay"));
	assert_non_null(strstr(text, "<body>C</body><delay"));
	assert_true(strstr(text, "<body>B") < strstr(text, "<body>C"));
	assert_null(strstr(text, "<body>D"));
	taken_all();
	more();
	text = written();
	assert_non_null(strstr(text, "<body>D</body></message>"));
	link_lost();
	link_back();
	assert_non_null(strstr(written(), "<body>D</body><delay"));
	taken_all();
	assert_said("A 202; B 202; C 202; D 202");
	assert_int_equal(L.bridge.counters.to_xmpp_resent, 3);
}

/* Waiting counts as well, and what was never written never is. */
static void test_deadline(void **state)
{
	(void)state;
	S.window = 1;
	arrive("A");
	arrive("B");
	bench_turns(TAKEN_MS / 2);
	arrive("C");
	bench_turns(TAKEN_MS * 3 / 4);
	assert_said("A 503 retry; B 503 retry");
	assert_bodies("AC"); /* the bench forgets A, the barrier does not */
	taken_all();
	more();
	assert_written(NULL);
	assert_said("C 202");
}

/* One that sends without end holds up nobody but itself. */
static void test_sources(void **state)
{
	(void)state;
	S.window = 1;
	arrive_all("ABCD", 'x');
	arrive_from("E", 'y');
	arrive_from("F", 'z');
	arrive_from("G", 'z');
	for (int i = 0; i < 7; i++) {
		taken(true);
		more();
	}
	assert_bodies("ABEFCGD");
	assert_said("A 202; B 202; E 202; F 202; C 202; G 202; D 202");
}

static bool has_room(const char *source)
{
	const struct answer a = { .source = { source[0] } };

	return arrival_has_room(&L.link, answer_source(&a));
}

static void test_room(void **state)
{
	static const char names[] = "ABCDEFGHIJKLMNOPQRS";

	(void)state;
	L.cfg.queue_max_stanzas = 18;
	L.cfg.queue_max_bytes = 1000000;
	S.window = 1;
	assert_true(has_room("x"));
	for (int i = 0; i <= 16; i++) {
		assert_true(has_room("x"));
		arrive_all((char[]){ names[i], '\0' }, 'x');
	}
	assert_int_equal(L.link.turns.count, 16); /* eight ninths */
	assert_false(has_room("x"));
	assert_true(has_room("y"));
	arrive_from("R", 'y');
	assert_true(has_room("y"));
	arrive_from("S", 'y');
	assert_false(has_room("y"));
	assert_false(has_room("z")); /* there is none at all */
	L.cfg.queue_max_stanzas = 100;
	assert_true(has_room("x"));
	/* what is before the socket counts, and what waits here */
	L.cfg.queue_max_bytes = L.out.n + L.link.turns.bytes;
	assert_false(has_room("z"));
	L.cfg.queue_max_bytes++;
	assert_true(has_room("z"));
	assert_false(has_room("x"));
	arrival_abandon_all(&L.link);
	strbuf_reset(&SAID);
	(void)written();
}

/* A message in the store has its answer: what comes behind it from anywhere may
 * not overtake it. */
static void test_outbox(void **state)
{
	(void)state;
	L.component.outbox.to_xmpp = true;
	S.window = 1;
	arrive_from("A", 'x');
	arrive_from("B", 'x');
	arrive_from("C", 'x');
	arrive_from("D", 'y');
	assert_false(arrival_must_wait(&L.link)); /* they may go soon */
	taken(true);
	more();
	bench_turns(TAKEN_MS * 3 / 2); /* to the store with the others */
	assert_true(arrival_must_wait(&L.link));
	commit_all(true);
	assert_said("A 202; B 202; C 202; D 202");
	keep("E");
	commit_all(true);
	assert_said("E 202");
	S.window = 0;
	more();
	assert_false(arrival_must_wait(&L.link));
	assert_bodies("ABCDE");
	taken_all();
	commit_all(true);
	assert_int_equal(journal_count(STORE_OUTBOX), 0);
}

static void test_too_long(void **state)
{
	(void)state;
	S.window = 1;
	arrive("A");
	L.cfg.stanza_max_bytes = 10;
	arrive("B");
	assert_said("B 413");
	L.cfg.stanza_max_bytes = 10000;
	arrive("C");
	arrive("D");
	S.stanza_max_bytes = 10; /* of the stream, and nobody is stuck */
	taken(true);
	more();
	S.stanza_max_bytes = 0;
	assert_said("A 202; C 413; D 413");
	assert_bodies("A");
}

int main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, arrival_set_up, arrival_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_in_order), TEST(test_link_lost), TEST(test_deadline),
		TEST(test_sources),  TEST(test_room),	   TEST(test_outbox),
		TEST(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
