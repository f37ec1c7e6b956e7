#include "link_bench.h"
#include "admin_bench.h"
#include "gateway/presence/roster.h"
#include "gateway/services/wishes.h"
#include "journal.h"

/* Whom users block, who sees them, and what is told of them: with real wishes,
 * and a journal that answers when it is told to. */
static struct bench {
	bool is_withdrawn, is_pardoned;
	const char *watchers[8]; /* JID, state; NULL ends */
} T;

bool roster_withdraw(struct roster *r, struct str user, struct str contact)
{
	assert_ptr_equal(r, &T);
	line("withdraw %.*s %.*s", STR_ARG(user), STR_ARG(contact));
	return T.is_withdrawn;
}

bool roster_pardon(struct roster *r, struct str user, struct str contact)
{
	assert_ptr_equal(r, &T);
	line("pardon %.*s %.*s", STR_ARG(user), STR_ARG(contact));
	return T.is_pardoned;
}

size_t roster_watchers(struct roster *r, struct str user, roster_watcher_fn *fn,
		       void *arg)
{
	static const enum sub_state states[] = { SUB_ACTIVE, SUB_DORMANT,
						 SUB_PENDING, SUB_DENIED };
	size_t i;

	assert_ptr_equal(r, &T);
	assert_true(str_eqz(user, "juliet@xmpp.test"));
	for (i = 0; T.watchers[i] != NULL; i++)
		fn(arg, str_z(T.watchers[i]), states[i]);
	return i;
}

static int set_up(void **state)
{
	const char *why = "";

	(void)state;
	T = (struct bench){ .is_withdrawn = false };
	link_bench_open();
	said_open();
	L.bridge.store = JOURNAL;
	L.bridge.wishes = wishes_create(&L.bridge, &why);
	assert_non_null(L.bridge.wishes);
	L.bridge.roster = (struct roster *)&T;
	admin_bench_open(&L.bridge, loop_arena(L.loop), &L.out);
	A.role = ADMIN_USER;
	A.link = &L.link;
	A.jid = STR_LIT("juliet@xmpp.test");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	journal_fini();
	assert_int_equal(promised, 0);
	wishes_destroy(&L.bridge.wishes);
	said_close();
	link_bench_close();
	return 0;
}

static bool is_blocked(const char *user, const char *contact)
{
	const struct jid u = { str_z(user), STR("xmpp.test"), STR_NONE };
	const struct jid c = { str_z(contact), STR("sip.test"), STR_NONE };

	return wishes_is_blocked(L.bridge.wishes, &u, &c);
}

/* It counts at once, and is told when it is written. */
static void test_block(void **state)
{
	(void)state;
	assert_true(command(admin_block, "romeo@sip.example", NULL));
	assert_said("withdraw juliet@xmpp.test romeo@sip.test");
	assert_true(is_blocked("juliet", "romeo"));
	assert_false(is_blocked("nurse", "romeo"));
	assert_false(is_blocked("juliet", "paris"));
	commit(true);
	assert_said("done; (done)");
	/* Twice is no mistake. */
	assert_true(command(admin_block, "romeo@sip.test/phone", NULL));
	assert_said("withdraw juliet@xmpp.test romeo@sip.test");
	commit(true);
	assert_said("done; (done)");
	assert_true(command(admin_blocked, NULL, NULL));
	assert_said("romeo@sip.test");
	A.jid = STR_LIT("nurse@xmpp.test");
	assert_true(command(admin_blocked, NULL, NULL));
	assert_said("nobody is blocked");
	assert_false(command(admin_unblock, "romeo", NULL));
	assert_said("pardon nurse@xmpp.test romeo@sip.test; "
		    "nobody of that address is blocked");
	assert_true(is_blocked("juliet", "romeo"));
	A.jid = STR_LIT("juliet@xmpp.test");
	assert_true(command(admin_unblock, "romeo", NULL));
	assert_said("pardon juliet@xmpp.test romeo@sip.test");
	assert_false(is_blocked("juliet", "romeo"));
	commit(true);
	assert_said("done; (done)");
	A.lang = ADMIN_DE;
	assert_true(command(admin_blocked, NULL, NULL));
	assert_said("Niemand ist gesperrt");
}

/* Who was turned away without being blocked may ask again. */
static void test_pardon(void **state)
{
	(void)state;
	T.is_pardoned = true;
	assert_true(command(admin_unblock, "romeo", NULL));
	assert_said("pardon juliet@xmpp.test romeo@sip.test; done");
	assert_false(A.is_deferred);
	assert_int_equal(J.op_count, 0);
	assert_true(command(admin_block, "romeo", NULL));
	commit(true);
	strbuf_reset(&SAID);
	assert_true(command(admin_unblock, "romeo", NULL));
	assert_said("pardon juliet@xmpp.test romeo@sip.test");
	commit(true);
	assert_said("done; (done)");
}

/* A store that fails later, and one that takes nothing. */
static void test_store(void **state)
{
	(void)state;
	assert_true(command(admin_block, "romeo", NULL));
	strbuf_reset(&SAID);
	commit(false);
	assert_said("done, but until the next restart only: the store takes "
		    "nothing; (not done)");
	assert_true(is_blocked("juliet", "romeo"));
	J.is_refusing = true;
	assert_false(command(admin_block, "paris", NULL));
	assert_said("not now: too many, or no room to keep it; (not done)");
	assert_false(is_blocked("juliet", "paris"));
	assert_false(command(admin_unblock, "romeo", NULL));
	assert_said("pardon juliet@xmpp.test romeo@sip.test; "
		    "not now: too many, or no room to keep it; (not done)");
	assert_true(is_blocked("juliet", "romeo"));
	A.lang = ADMIN_DE;
	assert_false(command(admin_typing, "off", NULL));
	assert_said("Jetzt nicht: zu viele, oder kein Platz; (not done)");
	assert_true(command(admin_typing, NULL, NULL));
	assert_said("Tippen: an");
	J.is_refusing = false;
	assert_true(command(admin_typing, "off", NULL));
	commit(false);
	assert_said("Gilt, aber nur bis zum nächsten Neustart: der Speicher "
		    "nimmt nichts an; (not done)");
}

/* "on" and "off" are each one's own; nothing is said before it is written. */
static void test_wishes(void **state)
{
	(void)state;
	assert_true(command(admin_typing, "off", NULL));
	assert_said("");
	commit(true);
	assert_said("done; (done)");
	A.is_deferred = false;
	assert_true(command(admin_typing, NULL, NULL));
	assert_true(command(admin_receipts, "", NULL));
	assert_said("typing: off; receipts: on");
	assert_false(A.is_deferred);
	assert_true(command(admin_receipts, "off", NULL));
	assert_true(command(admin_typing, "on", NULL));
	commit_all(true);
	strbuf_reset(&SAID);
	A.lang = ADMIN_DE;
	assert_true(command(admin_typing, NULL, NULL));
	assert_true(command(admin_receipts, NULL, NULL));
	assert_said("Tippen: an; Quittungen: aus");
	A.jid = STR_LIT("nurse@xmpp.test");
	assert_true(command(admin_receipts, NULL, NULL));
	assert_said("Quittungen: an");
}

/* Those of this component, with the words for where each stands. */
static void test_watchers(void **state)
{
	(void)state;
	assert_true(command(admin_watchers, NULL, NULL));
	assert_said("nobody watches you");
	T.watchers[0] = "a@fax.test";
	assert_true(command(admin_watchers, NULL, NULL));
	assert_said("nobody watches you");
	T.watchers[0] = "a@sip.test";
	T.watchers[1] = "b@sip.test";
	T.watchers[2] = "c@sip.test";
	T.watchers[3] = "d@sip.test";
	assert_true(command(admin_watchers, NULL, NULL));
	assert_said("a@sip.test (sip:a@sip.example): watches you; "
		    "b@sip.test (sip:b@sip.example): may watch you; "
		    "c@sip.test (sip:c@sip.example): waits for your answer; "
		    "d@sip.test (sip:d@sip.example): turned away; unblock "
		    "lets him ask again");
}

static void test_withdraw(void **state)
{
	(void)state;
	assert_false(command(admin_withdraw, "romeo", NULL));
	assert_said("withdraw juliet@xmpp.test romeo@sip.test; "
		    "he does not watch you");
	T.is_withdrawn = true;
	assert_true(command(admin_withdraw, "sip:romeo@sip.example", NULL));
	assert_said("withdraw juliet@xmpp.test romeo@sip.test; "
		    "he does not see you any more");
	assert_false(is_blocked("juliet", "romeo"));
}

/* What names nobody here changes nothing. */
static void test_words(void **state)
{
	static admin_fn *const fns[] = { admin_block, admin_unblock,
					 admin_withdraw };
	static const struct {
		const char *word, *said;
	} cases[] = {
		{ "", "no: type a SIP address or a number" },
		{ "juliet@xmpp.test", "no: a user, not a contact" },
		{ "romeo@elsewhere.example",
		  "no: not of the SIP domain that is served here" },
		{ "@sip.test", "no: empty localpart" },
		{ "\xff", "no: this is no address" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t k = 0; k < 3; k++) {
			assert_false(command(fns[k], cases[i].word, NULL));
			assert_said(cases[i].said);
		}
	assert_int_equal(J.op_count, 0);
	assert_false(A.is_deferred);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_block),  TEST(test_pardon),	TEST(test_store),
		TEST(test_wishes), TEST(test_watchers), TEST(test_withdraw),
		TEST(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
