#include "gateway/messages/arrival.h"
#include "arrival_bench.h"

/* A message from SIP has one answer: 202 when the server has taken its stanza,
 * or what came back for it, or 503. Nothing is in the store here. */

static const char MARK[] = "<delay xmlns='urn:xmpp:delay' from='sip.test' "
			   "stamp='";

static void test_taken(void **state)
{
	(void)state;
	arrive("A");
	arrive("B");
	assert_bodies("AB");
	assert_true(arrival_is_busy(&L.link));
	assert_int_equal(link_untaken(&L.link), 2);
	assert_said("");
	taken(true);
	assert_said("A 202");
	taken(true);
	assert_said("B 202");
	assert_false(arrival_is_busy(&L.link));
	assert_int_equal(link_untaken(&L.link), 0);
	assert_int_equal(L.bridge.counters.to_xmpp_accepted, 2);
	assert_int_equal(L.bridge.counters.to_xmpp_refused, 0);
	bench_turns(2 * TAKEN_MS);
	assert_said("");
}

/* What goes out is what was asked for, whole. */
static void test_stanza(void **state)
{
	const struct xml mark = { .name = STR("x"), .ns = STR("urn:x") };
	struct stanza s = message_of('A', JULIET, "hi");
	const char *text;

	(void)state;
	arrival_send(&L.link, answer("A"), &s, &mark);
	text = written();
	assert_non_null(strstr(text, " to='" JULIET "'"));
	assert_non_null(strstr(text, " from='romeo@sip.test'"));
	assert_non_null(strstr(text, "<body>hi</body><x xmlns='urn:x'/>"
				     "</message>"));
	taken(true);
	assert_said("A 202");
}

/* The link is lost under it: the same again over the next one, in its order,
 * under its id, saying once that it is late; and no answer till that is taken.
 */
static void test_link_lost(void **state)
{
	const char *text;

	(void)state;
	arrive("A");
	arrive("B");
	arrive("C");
	taken(true);
	(void)written();
	link_lost();
	assert_said("A 202");
	arrival_send_more(&L.link); /* not while it is down */
	assert_written(NULL);
	link_back();
	assert_int_equal(L.bridge.counters.to_xmpp_resent, 2);
	text = written();
	assert_non_null(strstr(text, MARK));
	assert_non_null(strstr(text, " id='bbbb"));
	assert_true(strstr(text, " id='bbbb") < strstr(text, " id='cccc"));
	assert_null(strstr(text, " id='aaaa"));
	link_back(); /* nothing is written twice on one stream */
	assert_written(NULL);
	link_lost();
	link_back();
	text = strstr(written(), MARK);
	assert_non_null(text);
	assert_null(strstr(strstr(text, "</message>"), "</message><delay"));
	assert_non_null(strstr(text + 1, MARK)); /* of C */
	assert_null(strstr(strstr(text + 1, MARK) + 1, MARK));
	assert_said("");
	taken_all();
	assert_said("B 202; C 202");
	assert_int_equal(L.bridge.counters.to_xmpp_resent, 4);
}

/* One that came just before those that had been returned is not written with
 * them again. */
static void test_new_before_returned(void **state)
{
	(void)state;
	arrive("A");
	assert_bodies("A");
	link_lost();
	L.is_up = true;
	arrive("B");
	assert_bodies("B");
	link_back();
	assert_bodies("A");
	taken_all();
	assert_said("B 202; A 202");
}

/* One that says already that it is late is not marked a second time. */
static void test_late_already(void **state)
{
	struct stanza s = message_of('A', JULIET, "A");

	(void)state;
	s.u.message.delay_stamp = STR_LIT("2026-01-02T03:04:05Z");
	arrival_send(&L.link, answer("A"), &s, NULL);
	assert_written("stamp='2026-01-02T03:04:05Z'");
	link_lost();
	link_back();
	assert_null(strstr(strstr(written(), "<delay") + 1, "<delay"));
	taken(true);
	assert_said("A 202");
}

/* The time runs from when the request came, whatever became of the link. */
static void test_deadline(void **state)
{
	(void)state;
	arrive("A");
	arrive("B");
	bench_turns(TAKEN_MS / 2);
	assert_said("");
	taken(true);
	arrive("C");
	bench_turns(TAKEN_MS * 3 / 4);
	assert_said("A 202; B 503 retry");
	bench_turns(TAKEN_MS);
	assert_said("C 503 retry");
	assert_int_equal(L.bridge.counters.to_xmpp_refused, 2);
	assert_int_equal(L.bridge.counters.to_xmpp_statuses[503 - 300], 2);
	assert_null(S.tickets); /* what is taken later changes nothing */
	(void)written();
	link_back();
	assert_written(NULL);
	arrive("D"); /* the next one has its own time */
	S.answers['D' - 'A'].since_ms -= TAKEN_MS;
	assert_said("");
	taken(true);
	assert_said("D 202");
}

/* It had waited before it came here. */
static void test_deadline_of_the_request(void **state)
{
	struct stanza s = message_of('A', JULIET, "A");
	struct answer *a = answer("A");

	(void)state;
	a->since_ms -= TAKEN_MS;
	arrival_send(&L.link, a, &s, NULL);
	bench_turns(TAKEN_MS / 2);
	assert_said("A 503 retry");
}

/* While the link is down it waits for it, as long as it may; one tick is
 * enough to find it back. */
static void test_back_in_time(void **state)
{
	(void)state;
	arrive("A");
	(void)written();
	link_lost();
	bench_turns(TAKEN_MS / 2);
	L.is_up = true;
	bench_turns(TAKEN_MS / 2 - 20);
	assert_bodies("A");
	taken(true);
	assert_said("A 202");
}

static void test_no_way(void **state)
{
	(void)state;
	L.is_up = false;
	arrive("A");
	assert_said("A 503 retry");
	L.is_up = S.is_choked = true;
	arrive("B");
	assert_said("B 503 retry");
	assert_written(NULL);
	assert_false(arrival_is_busy(&L.link));
	assert_int_equal(L.bridge.counters.to_xmpp_statuses[503 - 300], 2);
}

/* The limit is exact, and what is over it leaves no byte behind. */
static void test_too_long(void **state)
{
	struct stanza s = message_of('A', JULIET, "A");
	struct strbuf b;
	size_t n;

	(void)state;
	strbuf_init(&b, 4096);
	message_write(&b, &s, NULL);
	n = b.n;
	strbuf_fini(&b);
	arrive("B");
	L.cfg.stanza_max_bytes = n;
	arrive("C");
	L.cfg.stanza_max_bytes = n - 1;
	arrive("D");
	assert_said("D 413");
	assert_bodies("BC");
	assert_int_equal(S.aborted, 1);
	L.out.limit = n / 2;
	L.cfg.stanza_max_bytes = n;
	arrive("E");
	assert_said("E 413");
	L.out.overflow = false;
	assert_written(NULL);
	taken_all();
	assert_said("B 202; C 202");
}

/* --- what comes back */

static void test_bounces(void **state)
{
	static const struct {
		const char *to, *from;
		enum cond cond;
		const char *said;
	} cases[] = {
		{ JULIET, JULIET, COND_SERVICE_UNAVAILABLE, "A 404" },
		{ JULIET "/d", JULIET "/d", COND_SERVICE_UNAVAILABLE, "A 480" },
		{ JULIET "/d", JULIET, COND_SERVICE_UNAVAILABLE, "A 480" },
		{ JULIET, JULIET "/e", COND_NOT_ACCEPTABLE, "A 606" },
		{ JULIET "/d", "xmpp.test", COND_NOT_ACCEPTABLE, "A 406" },
		{ JULIET "/d", "xmpp.test", COND_ITEM_NOT_FOUND, "A 404" },
		{ "nurse@far.test", "far.test", COND_FORBIDDEN, "A 603" },
		{ "nurse@far.test", "xmpp.test", COND_FORBIDDEN, "A 603" },
		{ JULIET, JULIET, COND_GONE, "A 410" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stanza s = message_of('A', cases[i].to, "A");

		arrival_send(&L.link, answer("A"), &s, NULL);
		assert_true(bounce('A', cases[i].from, cases[i].cond));
		assert_said(cases[i].said);
		assert_true(str_eqz(S.reason, "said so"));
		assert_null(S.tickets);
		assert_false(bounce('A', cases[i].from, cases[i].cond));
	}
	assert_int_equal(L.bridge.counters.to_xmpp_refused, 9);
	assert_int_equal(L.bridge.counters.to_xmpp_accepted, 0);
}

/* Where he has moved to (RFC 3261 §8.1.3.4). */
static void test_moved(void **state)
{
	struct stanza e = { .kind = STANZA_MESSAGE, .id = id_of('A') };

	(void)state;
	arrive("A");
	e.from = jid_of(JULIET);
	fault_set(&e.error, 0, COND_GONE, "");
	e.error.uri = STR_LIT("sip:juliet@new.example");
	assert_true(arrival_bounced(&L.link, &e));
	assert_said("A 301 Contact: <sip:juliet@new.example>");
}

/* Anybody can send an error. Who has no business with it is not heard. */
static void test_strangers(void **state)
{
	static const char *const others[] = {
		"eve@xmpp.test",   "romeo@sip.test", "far.test",
		"juliet@far.test", "eve@far.test",   "sip.test",
	};

	(void)state;
	arrive("A");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_true(bounce('A', others[i], COND_FORBIDDEN));
		assert_said("");
		assert_true(arrival_is_busy(&L.link));
	}
	taken(true);
	assert_said("A 202");
}

/* An error for something else. */
static void test_unknown(void **state)
{
	struct stanza e = { .kind = STANZA_MESSAGE };

	(void)state;
	arrive("A");
	assert_false(bounce('B', JULIET, COND_GONE));
	e.from = jid_of(JULIET);
	assert_false(arrival_bounced(&L.link, &e));
	e.id = str_head(id_of('A'), STANZA_ID_BYTES - 1);
	assert_false(arrival_bounced(&L.link, &e));
	e.id = STR_LIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); /* 33 */
	assert_false(arrival_bounced(&L.link, &e));
	assert_said("");
	taken(true);
	assert_false(bounce('A', JULIET, COND_GONE)); /* too late */
	assert_said("A 202");
}

/* What a user says goes into a status line, but not all of it, nor half of a
 * character. */
static void test_long_reason(void **state)
{
	struct stanza e = { .kind = STANZA_MESSAGE, .id = id_of('A') };
	char text[401];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + 199, "\xc3\xa4", 2);
	arrive("A");
	e.from = jid_of(JULIET);
	fault_set(&e.error, 0, COND_FORBIDDEN, "");
	e.error.text = (struct str){ text, sizeof(text) };
	assert_true(arrival_bounced(&L.link, &e));
	assert_said("A 603");
	assert_int_equal(S.reason.n, 199);
}

/* Between its loss and the next link an error cannot come; on the next link it
 * can, for the stanza as it was written again. */
static void test_bounced_again(void **state)
{
	(void)state;
	arrive("A");
	link_lost();
	link_back();
	assert_true(bounce('A', JULIET, COND_ITEM_NOT_FOUND));
	assert_said("A 604");
	assert_null(S.tickets);
}

/* The same message twice, the first one still under way: each has its answer,
 * and an error ends one of them. */
static void test_twice(void **state)
{
	struct stanza s = message_of('A', JULIET, "A");

	(void)state;
	arrival_send(&L.link, answer("A"), &s, NULL);
	arrival_send(&L.link, answer("B"), &s, NULL);
	taken_all();
	assert_said("A 202; B 202");
	arrival_send(&L.link, answer("A"), &s, NULL);
	arrival_send(&L.link, answer("B"), &s, NULL);
	assert_true(bounce('A', JULIET, COND_ITEM_NOT_FOUND));
	assert_true(bounce('A', JULIET, COND_ITEM_NOT_FOUND));
	assert_false(bounce('A', JULIET, COND_ITEM_NOT_FOUND));
	assert_int_equal(link_untaken(&L.link), 0);
	assert_int_equal(L.bridge.counters.to_xmpp_statuses[604 - 300], 2);
	strbuf_reset(&SAID);
}

/* --- sending again needs room */

static void test_room(void **state)
{
	(void)state;
	L.cfg.taken_timeout_ms = 10 * TAKEN_MS;
	arrive("A");
	arrive("B");
	(void)written();
	link_lost();
	L.is_full = true;
	link_back();
	assert_written(NULL);
	L.is_full = false;
	L.link.owed = (struct owed *)&S; /* may not be overtaken */
	arrival_send_more(&L.link);
	assert_written(NULL);
	L.link.owed = NULL;
	S.room = 1;
	bench_turns(150); /* the next tick */
	assert_bodies("A");
	assert_false(arrival_must_wait(&L.link)); /* no outbox */
	S.room = -1;
	bench_turns(150);
	assert_bodies("B");
	taken_all();
	assert_said("A 202; B 202");
}

/* The mark that it is late is too much: it goes without. What cannot go at all
 * does not hold up those behind it. */
static void test_too_long_again(void **state)
{
	struct stanza s;
	const char *text;

	(void)state;
	s = message_of('A', JULIET, "Axxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	arrival_send(&L.link, answer("A"), &s, NULL);
	S.stanza_max_bytes = strlen(written()) - 1;
	arrive("B");
	arrive("C");
	(void)written();
	link_lost();
	link_back();
	text = written();
	assert_said("A 413");
	assert_null(strstr(text, "<body>A"));
	assert_non_null(strstr(text, "<body>B</body></message>"));
	assert_non_null(strstr(text, "<body>C</body></message>"));
	taken_all();
	assert_said("B 202; C 202");
}

/* --- the end */

static void test_abandoned(void **state)
{
	(void)state;
	arrive("A");
	arrive("B");
	taken(true);
	link_lost();
	arrive("D");
	assert_said("A 202; D 503 retry");
	arrival_abandon_all(&L.link);
	assert_said("B 503 retry");
	assert_false(arrival_is_busy(&L.link));
	bench_turns(2 * TAKEN_MS);
	assert_said("");
}

int main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, arrival_set_up, arrival_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_new_before_returned),
		TEST(test_taken),
		TEST(test_stanza),
		TEST(test_link_lost),
		TEST(test_late_already),
		TEST(test_deadline),
		TEST(test_deadline_of_the_request),
		TEST(test_back_in_time),
		TEST(test_no_way),
		TEST(test_too_long),
		TEST(test_bounces),
		TEST(test_moved),
		TEST(test_strangers),
		TEST(test_unknown),
		TEST(test_long_reason),
		TEST(test_bounced_again),
		TEST(test_twice),
		TEST(test_room),
		TEST(test_too_long_again),
		TEST(test_abandoned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
