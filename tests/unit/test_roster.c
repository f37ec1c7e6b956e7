#include "no_lists.h"
#include "no_phones.h"
#include "roster_bench.h"

static const char JULIET[] = "juliet@xmpp.test/desk";
static const char BARE[] = "juliet@xmpp.test";
static const char ROMEO[] = "romeo@sip.test";

/* Rows of an earlier run: who watches whom, and a dialog of romeo's. */
static const char IN_ROW[] = "ijuliet@xmpp.test\nromeo@sip.test";
static const char OUT_ROW[] = "ojuliet@xmpp.test\nromeo@sip.test";
static const char DIALOG_ROW[] = "0123456789abcdef";
static const char DIALOG_VALUE[] =
	"1\t0\tjuliet@xmpp.test\tromeo@sip.test\t\td1\t41\t7\tcall\tus\t"
	"them\t<sip:j@x>\t<sip:r@y>\tsip:r@1.2.3.4\t\t";

static const char REFUSED_VALUE[] =
	"2\t0\tjuliet@xmpp.test\tromeo@sip.test\t\td1\t41\t7\tcall\tus\t"
	"them\t<sip:j@x>\t<sip:r@y>\tsip:r@1.2.3.4\t\t";

/* --- a user watches a contact */

static void follow(void)
{
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	strbuf_reset(&SAID);
}

static void test_journal_comes_first(void **state)
{
	(void)state;
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("put row ASKING");
	commit_now(true);
	assert_said("open presence 3600");
	notified(WATCH_PENDING, NULL, NULL);
	assert_said("put row PENDING");
	commit_now(true);
	assert_said("");
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	assert_said("put row ACTIVE");
	commit_now(true);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a");
}

static void test_only_changes_are_said(void **state)
{
	(void)state;
	follow();
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	assert_said("");
	notified(WATCH_ACTIVE, NULL, PIDF_TWO);
	/* In the store first, so that somebody can take it back. */
	assert_said("put row ACTIVE");
	commit_now(true);
	assert_said("xmpp available romeo@sip.test/b");
	/* No body: as it was; but he is asked whether that is so. */
	notified(WATCH_ACTIVE, NULL, NULL);
	assert_said("open presence 0");
	notified(WATCH_TERMINATED, "timeout", PIDF_TWO);
	assert_said("");
	T.watch_count--;
	notified(WATCH_ACTIVE, NULL,
		 PIDF_HEAD PIDF_TUPLE("b", "open") PIDF_TAIL);
	assert_said("xmpp unavailable romeo@sip.test/a");
	/* A note alone says nothing (RFC 3922 §5.2.11). */
	notified(WATCH_ACTIVE, NULL, PIDF_HEAD "<note>x</note>" PIDF_TAIL);
	assert_said("");
	notified(WATCH_ACTIVE, NULL, PIDF_HEAD PIDF_TAIL);
	assert_said("xmpp unavailable romeo@sip.test/b");
	notified(WATCH_ACTIVE, NULL, PIDF_HEAD PIDF_TAIL);
	assert_said("");
	notified(WATCH_ACTIVE, NULL, "<nonsense");
	assert_said("");
	/* The record names him already when he comes back. */
	for (int i = 0; i < 2; i++) {
		notified(WATCH_ACTIVE, NULL, PIDF_ONE);
		if (i == 0)
			assert_said("put row ACTIVE");
		commit_now(true);
		assert_said("xmpp available romeo@sip.test/a");
		notified(WATCH_ACTIVE, NULL, PIDF_HEAD PIDF_TAIL);
		assert_said("xmpp unavailable romeo@sip.test/a");
	}
}

/* Kamailio, when a publication has expired. */
static void test_nothing_is_published_any_more(void **state)
{
	(void)state;
	follow();
	notified(WATCH_ACTIVE, NULL, NULL);
	assert_said("open presence 0");
	notified(WATCH_TERMINATED, "timeout", NULL);
	assert_said("xmpp unavailable romeo@sip.test/a");
	T.watch_count--;
	notified(WATCH_ACTIVE, NULL, NULL); /* nobody is shown: not asked */
	assert_said("");
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	assert_said("xmpp available romeo@sip.test/a");
	/* No answer: what is known stays. */
	notified(WATCH_ACTIVE, NULL, NULL);
	assert_said("open presence 0");
	T.watch_count--;
	notified(WATCH_ACTIVE, NULL, NULL); /* one question at a time */
	T.watch_count++;
	failed(408);
	assert_said("");
}

#define PIDF_AT(basic, second)                                                 \
	PIDF_HEAD "<tuple id='ID-a'><status><basic>" basic                     \
		  "</basic></status><timestamp>2025-06-15T15:06:" second       \
		  "Z</timestamp></tuple>" PIDF_TAIL

static void test_older_documents(void **state)
{
	(void)state;
	follow();
	notified(WATCH_ACTIVE, NULL, PIDF_AT("closed", "20"));
	assert_said("xmpp unavailable romeo@sip.test/a");
	notified(WATCH_ACTIVE, NULL, PIDF_AT("open", "10"));
	assert_said("");
	notified(WATCH_ACTIVE, NULL, PIDF_AT("open", "30"));
	assert_said("xmpp available romeo@sip.test/a");
}

/* XEP-0012; -1: forbidden, -2: not there. */
static long last_of(const char *user, const char *contact)
{
	struct arena *a = loop_arena(T.loop);
	struct stanza s = { .kind = STANZA_IQ };
	struct fault f;
	const char *why;
	int64_t seconds;

	assert_true(jid_read(a, str_z(user), &s.from, &why));
	assert_true(jid_read(a, str_z(contact), &s.to, &why));
	if (roster_last(&T.link, &s, a, &seconds, &f))
		return (long)seconds;
	return f.cond == COND_FORBIDDEN ? -1 : -2;
}

static void test_last_activity(void **state)
{
	(void)state;
	assert_int_equal(last_of(JULIET, ROMEO), -1);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	assert_int_equal(last_of(JULIET, ROMEO), -1); /* not approved yet */
	notified(WATCH_ACTIVE, NULL, NULL);
	commit_now(true);
	assert_int_equal(last_of(JULIET, ROMEO), -2); /* never seen */
	notified(WATCH_ACTIVE, NULL,
		 PIDF_HEAD
		 "<tuple id='ID-a'><status><basic>open</basic></status>"
		 "<r:user-input xmlns:r='urn:ietf:params:xml:ns:pidf:rpid' "
		 "last-input='2020-01-01T00:00:00Z'>idle</r:user-input>"
		 "</tuple>" PIDF_TUPLE("b", "open") PIDF_TAIL);
	commit_now(true);
	assert_int_equal(last_of(JULIET, ROMEO), 0);
	assert_int_equal(last_of(JULIET, "romeo@sip.test/b"), 0);
	assert_int_equal(last_of(JULIET, "romeo@sip.test/c"), -2);
	assert_true(last_of(JULIET, "romeo@sip.test/a") > 86400 * 365);
	assert_int_equal(last_of("nurse@xmpp.test", ROMEO), -1);
	notified(WATCH_ACTIVE, NULL, PIDF_AT("closed", "20"));
	commit_now(true);
	assert_true(last_of(JULIET, ROMEO) > 86400);
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	notified(WATCH_ACTIVE, NULL, PIDF_HEAD PIDF_TAIL);
	assert_in_range(last_of(JULIET, ROMEO), 0, 2);
	assert_int_equal(last_of(JULIET, "romeo@sip.test/a"), -2);
	strbuf_reset(&SAID);
}

static void test_probes(void **state)
{
	(void)state;
	follow();
	notified(WATCH_ACTIVE, NULL, PIDF_TWO);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	assert_said("xmpp available romeo@sip.test/a; "
		    "xmpp available romeo@sip.test/b");
	/* Of a full JID: that resource only (RFC 6121 §4.3.2). */
	presence(JULIET, "romeo@sip.test/b", PRESENCE_PROBE);
	assert_said("xmpp available romeo@sip.test/b");
	presence(JULIET, "romeo@sip.test/c", PRESENCE_PROBE);
	assert_said("xmpp unavailable romeo@sip.test/c");
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a; "
		    "xmpp available romeo@sip.test/b");
}

static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *said;
	} cases[] = {
		{ 403, "xmpp unsubscribed romeo@sip.test" },
		{ 489, "xmpp unsubscribed romeo@sip.test" },
		{ 603, "xmpp unsubscribed romeo@sip.test" },
		{ 404, "xmpp error romeo@sip.test" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
		commit_now(true);
		strbuf_reset(&SAID);
		failed(cases[i].status);
		assert_said("remove row");
		commit_now(true);
		assert_said(cases[i].said);
		assert_int_equal(roster_count(T.bridge.roster), 0);
	}
}

/* Nothing but a refusal takes the authorisation away. */
static void test_failures_keep_it(void **state)
{
	static const int statuses[] = { 0, 408, 481, 480, 500, 503, 404, 410 };
	size_t i;

	(void)state;
	follow();
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		failed(statuses[i]);
		commit_now(true);
		assert_int_equal(roster_count(T.bridge.roster), 1);
		presence(JULIET, ROMEO, PRESENCE_PROBE);
		strbuf_reset(&SAID);
		notified(WATCH_ACTIVE, NULL, PIDF_ONE);
		commit_now(true);
		strbuf_reset(&SAID);
	}
}

/* A peer that ends each dialog at once is not hammered. */
static void test_ended_at_once(void **state)
{
	(void)state;
	follow();
	notified(WATCH_TERMINATED, "deactivated", NULL);
	commit_now(true);
	strbuf_reset(&SAID);
	turn(4000);
	assert_said("open presence 3600");
	notified(WATCH_TERMINATED, "deactivated", NULL);
	commit_now(true);
	strbuf_reset(&SAID);
	turn(4000);
	assert_said("");
}

/* Who says when he is back knows better than a back-off, once. */
static void test_told_when(void **state)
{
	const struct watch_notice later = { .state = WATCH_TERMINATED,
					    .reason = STR("probation"),
					    .retry_after_s = 1 };
	struct watch *w;

	(void)state;
	follow();
	for (int i = 0; i < 2; i++) {
		w = &T.watches[T.watch_count - 1];
		w->events->on_notice(w->arg, &later);
		commit_now(true);
		strbuf_reset(&SAID);
		turn(900);
		assert_said("");
		turn(3000);
		assert_said(i == 0 ? "xmpp probe sip.test"
				   : ""); /* is he there? */
	}
}

/* It says nothing with these reasons (RFC 6665 §4.1.3), and a contact must not
 * be shown as he was for so long; nor does it with 481. */
static void test_told_when_without_meaning(void **state)
{
	static const char *const reasons[] = { "deactivated", "timeout" };
	struct watch_notice n = { .state = WATCH_TERMINATED,
				  .retry_after_s = 3600 };
	struct watch *w;

	(void)state;
	follow();
	for (size_t i = 0; i < 2; i++) {
		n.reason = str_z(reasons[i]);
		w = &T.watches[T.watch_count - 1];
		w->events->on_notice(w->arg, &n);
		commit_now(true);
		strbuf_reset(&SAID);
		turn(4000);
		assert_said("open presence 3600");
		notified(WATCH_ACTIVE, NULL, PIDF_ONE);
		commit_now(true);
	}
	w = &T.watches[T.watch_count - 1];
	w->events->on_failed(w->arg, 481, 3600);
	commit_now(true);
	strbuf_reset(&SAID);
	turn(4000);
	assert_said("open presence 3600");
}

static void test_unsubscribe_and_back(void **state)
{
	(void)state;
	follow();
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("remove row; put row ASKING");
	commit_now(true);
	/* In that order, and without an unsubscribed that would end both. */
	assert_said("close presence; xmpp unavailable romeo@sip.test/a; "
		    "open presence 3600");
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	commit_now(true);
	assert_said("remove row; close presence");
	/* A moment later, and still before it is said: his server would take
	 * it for a refusal. */
	turn(50);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	assert_said("put row ASKING; open presence 3600");
	turn(700);
	assert_said("");
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	commit_now(true);
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	assert_said("remove row; close presence");
	turn(2000);
	assert_said("xmpp unsubscribed romeo@sip.test");
	assert_int_equal(roster_count(T.bridge.roster), 0);
}

static void test_poll(void **state)
{
	(void)state;
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	assert_said("open presence 0");
	notified(WATCH_TERMINATED, "timeout", PIDF_ONE);
	assert_said("xmpp available romeo@sip.test/a");
	assert_int_equal(roster_count(T.bridge.roster), 0);
	/* One that becomes a subscription while it is under way. */
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	assert_said("open presence 0; put row ASKING; open presence 3600");
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	assert_said("put row ACTIVE; xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a");
}

/* RFC 6121 §4.3.2; whatever else goes wrong says nothing of it. */
static void test_poll_refused(void **state)
{
	static const struct {
		int status; /* 0: a NOTIFY with that reason */
		const char *reason;
		bool is_refused;
	} cases[] = { { 403, NULL, true },	 { 603, NULL, true },
		      { 489, NULL, true },	 { 404, NULL, false },
		      { 408, NULL, false },	 { 503, NULL, false },
		      { 0, "rejected", true },	 { 0, "timeout", false },
		      { 0, "noresource", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct watch *w;

		presence(JULIET, ROMEO, PRESENCE_PROBE);
		assert_said("open presence 0");
		w = &T.watches[T.watch_count - 1];
		if (cases[i].status > 0)
			w->events->on_failed(w->arg, cases[i].status, -1);
		else
			notified(WATCH_TERMINATED, cases[i].reason, NULL);
		assert_said(cases[i].is_refused
				    ? "xmpp unavailable romeo@sip.test; "
				      "xmpp unsubscribed romeo@sip.test"
				    : "xmpp unavailable romeo@sip.test");
		assert_int_equal(roster_count(T.bridge.roster), 0);
	}
	/* Who asks for more meanwhile would take it for the answer. */
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	assert_said("open presence 0; put row ASKING; open presence 3600");
}

static void test_limits(void **state)
{
	(void)state;
	follow();
	presence(BARE, "paris@sip.test", PRESENCE_SUBSCRIBE);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(BARE, "mercutio@sip.test", PRESENCE_SUBSCRIBE);
	assert_said("xmpp error mercutio@sip.test");
	presence("x@elsewhere.test", ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("xmpp error romeo@sip.test");
	presence("x@elsewhere.test", ROMEO, PRESENCE_UNSUBSCRIBE);
	assert_said("");
	T.cfg.subscriptions_max = 2;
	presence("nurse@xmpp.test", ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("xmpp error romeo@sip.test");
	T.cfg.subscriptions_max = 100;
	T.bridge.is_draining = true;
	presence("nurse@xmpp.test", ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("xmpp error romeo@sip.test");
}

/* So many wait for the user's word, and no more; those who have it count no
 * more. */
static void test_undecided(void **state)
{
	(void)state;
	T.cfg.undecided_per_user_max = 1;
	subscribe();
	commit_now(true);
	commit_now(true);
	strbuf_reset(&SAID);
	T.watcher = STR_LIT("paris");
	subscribe();
	assert_said("403");
	T.watcher = STR_LIT("romeo");
	subscribe(); /* his second telephone */
	commit_now(true);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	strbuf_reset(&SAID);
	T.watcher = STR_LIT("paris");
	subscribe();
	assert_said("put dialog");
	commit_now(true);
	commit_now(true);
}

/* Who has as many as he may have gives one up and takes another at once: the
 * first counts no more, though it is not out of the journal yet. */
static void test_swap_at_the_limit(void **state)
{
	(void)state;
	follow();
	presence(BARE, "paris@sip.test", PRESENCE_SUBSCRIBE);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(BARE, "paris@sip.test", PRESENCE_UNSUBSCRIBE);
	presence(BARE, "nurse@sip.test", PRESENCE_SUBSCRIBE);
	assert_said("remove row; put row ASKING");
	presence(BARE, "mercutio@sip.test", PRESENCE_SUBSCRIBE);
	presence(BARE, "paris@sip.test", PRESENCE_SUBSCRIBE);
	assert_said("xmpp error mercutio@sip.test; xmpp error paris@sip.test");
	commit_now(true);
	turn(2000);
	strbuf_reset(&SAID);
	/* What was given up and is asked for again counts again, once. */
	presence(BARE, "nurse@sip.test", PRESENCE_UNSUBSCRIBE);
	presence(BARE, "nurse@sip.test", PRESENCE_SUBSCRIBE);
	presence(BARE, "mercutio@sip.test", PRESENCE_SUBSCRIBE);
	assert_said("remove row; put row ASKING; xmpp error mercutio@sip.test");
	commit_now(true);
	/* Nor does one count that never was. */
	presence(BARE, "nurse@sip.test", PRESENCE_UNSUBSCRIBE);
	presence(BARE, "tybalt@sip.test", PRESENCE_UNSUBSCRIBE);
	strbuf_reset(&SAID);
	presence(BARE, "mercutio@sip.test", PRESENCE_SUBSCRIBE);
	assert_said("put row ASKING");
}

/* The link is down or full: nothing piles up, and all is said afterwards. */
static void test_link_has_no_room(void **state)
{
	(void)state;
	follow();
	T.is_up = false;
	notified(WATCH_ACTIVE, NULL, PIDF_TWO);
	commit_now(true);
	assert_said("put row ACTIVE");
	T.is_up = true;
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a; "
		    "xmpp available romeo@sip.test/b");
	T.is_full = true;
	notified(WATCH_ACTIVE, NULL, PIDF_HEAD PIDF_TAIL);
	assert_said("");
	T.is_full = false;
	turn(1000);
	assert_said("xmpp unavailable romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
}

/* So is what the SIP side's failure takes away, before it is tried again. */
static void test_gone_without_room(void **state)
{
	(void)state;
	follow();
	T.is_full = true;
	failed(503);
	commit_now(true);
	assert_said("put row DORMANT");
	T.is_full = false;
	turn(1000);
	assert_said("xmpp unavailable romeo@sip.test/a");
	turn(1000);
	assert_said("");
}

static void test_gone_without_link(void **state)
{
	(void)state;
	follow();
	T.is_up = false;
	failed(503);
	commit_now(true);
	assert_said("put row DORMANT");
	T.is_up = true;
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp unavailable romeo@sip.test/a");
}

static void test_store_is_full(void **state)
{
	(void)state;
	J.is_refusing = true;
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	assert_said("open presence 3600");
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	assert_said("close presence");
	turn(2000);
	assert_said("xmpp unsubscribed romeo@sip.test");
	T.expires_s = 3600;
	subscribe();
	assert_said("503");
	assert_int_equal(roster_count(T.bridge.roster), 0);
}

/* --- is the user there? (RFC 8048 §8.1) */

static const char GATEWAY[] = "sip.test";

/* A refresh of it is due: may it go? */
static bool is_due(bool is_last)
{
	struct watch *w = &T.watches[T.watch_count - 1];

	assert_true(w->is_open);
	return w->events->on_due(w->arg, is_last);
}

static void test_probe_before_a_refresh(void **state)
{
	(void)state;
	follow();
	assert_false(is_due(false));
	assert_said("xmpp probe sip.test"); /* in the gateway's own name */
	presence(JULIET, GATEWAY, PRESENCE_AVAILABLE);
	assert_true(is_due(true));
	assert_true(is_due(false)); /* for a minute */
	assert_said("");
}

/* Who says nothing of the user may not know: it goes on. */
static void test_refresh_when_nothing_is_known(void **state)
{
	(void)state;
	follow();
	assert_false(is_due(false));
	assert_true(is_due(true)); /* no answer at all */
	presence(BARE, GATEWAY, PRESENCE_UNSUBSCRIBED);
	assert_true(is_due(false));
	assert_said("xmpp probe sip.test");
	assert_int_equal(roster_count(T.bridge.roster), 1);
}

/* He is offline: the dialog ends, the authorisation stays, and his return
 * opens it anew. */
static void test_no_refresh_for_nobody(void **state)
{
	(void)state;
	follow();
	assert_false(is_due(false));
	strbuf_reset(&SAID);
	presence(BARE, GATEWAY, PRESENCE_UNAVAILABLE);
	assert_false(is_due(true));
	assert_said("put row DORMANT");
	commit_now(true);
	assert_said("close presence");
	assert_int_equal(roster_count(T.bridge.roster), 1);
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	assert_said("open presence 3600");
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	assert_said("put row ACTIVE; xmpp available romeo@sip.test/a");
}

/* Not for one who waits for consent: he is told of it whenever it comes. */
static void test_refresh_while_pending(void **state)
{
	(void)state;
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	notified(WATCH_PENDING, NULL, NULL);
	commit_now(true);
	strbuf_reset(&SAID);
	assert_true(is_due(false));
	assert_said("");
}

/* --- a contact watches a user */

static void watched(void)
{
	subscribe();
	commit_now(true);
	commit_now(true);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	strbuf_reset(&SAID);
}

static void test_watch(void **state)
{
	(void)state;
	subscribe();
	assert_said("put dialog");
	commit_now(true);
	assert_said("200 3600; put row ASKING");
	commit_now(true);
	assert_said("xmpp subscribe romeo@sip.test; notify 0 pending 0+0");
	presence(BARE, ROMEO, PRESENCE_UNAVAILABLE); /* no decision */
	assert_said("");
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	assert_said("put row ACTIVE; notify 0 active 0+1");
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 1+0");
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE); /* the same */
	assert_said("");
	presence("juliet@xmpp.test/hall", ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 2+0");
	presence("juliet@xmpp.test/hall", ROMEO, PRESENCE_UNAVAILABLE);
	assert_said("notify 0 active 1+1");
	presence(JULIET, ROMEO, PRESENCE_UNAVAILABLE);
	assert_said("notify 0 active 0+1");
}

/* ejabberd says "subscribed" by itself for whom she had let in before, and
 * nothing of how she is: she is asked for it. */
static void test_let_in_before(void **state)
{
	(void)state;
	subscribe();
	commit_now(true);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	assert_said("put row ACTIVE; notify 0 active 0+0");
	turn(3000);
	assert_said("xmpp probe romeo@sip.test");
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 1+0");
	turn(6000);
	assert_said("");
}

/* A server that says so gets no probe, and is not kept waiting. */
static void test_let_in_now(void **state)
{
	(void)state;
	subscribe();
	commit_now(true);
	commit_now(true);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 1+0");
	presence("juliet@xmpp.test/hall", ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 2+0");
	turn(3000);
	assert_said("");
}

static void test_nobody_else_is_told(void **state)
{
	(void)state;
	watched();
	presence(JULIET, "paris@sip.test", PRESENCE_AVAILABLE);
	presence("nurse@xmpp.test/x", ROMEO, PRESENCE_AVAILABLE);
	assert_said("");
}

static void test_two_phones(void **state)
{
	(void)state;
	watched();
	subscribe();
	commit_now(true);
	/* Nobody is asked again, and the first one knows all that there is. */
	assert_said("put dialog; 200 3600; xmpp probe romeo@sip.test; "
		    "notify 1 active 1+0");
	T.notices[0].expires_s = 3600;
	T.notifier_events->on_refresh(T.bridge.roster, &T.notices[0],
				      &T.answer);
	commit_now(true);
	assert_said("put dialog; 200 refresh; notify 0 active 1+0");
	presence("juliet@xmpp.test/hall", ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 2+0; notify 1 active 2+0");
	T.notices[0].expires_s = 0;
	T.notifier_events->on_refresh(T.bridge.roster, &T.notices[0],
				      &T.answer);
	assert_said("200 refresh; remove dialog; "
		    "notify 0 terminated timeout 0+1");
	T.notifier_events->on_expired(T.bridge.roster, &T.notices[1]);
	commit_now(true);
	assert_said("remove dialog; notify 1 terminated timeout 0+1; "
		    "put row DORMANT; xmpp unavailable romeo@sip.test");
	assert_int_equal(roster_count(T.bridge.roster), 1);
}

static void test_refused_by_the_user(void **state)
{
	(void)state;
	watched();
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBED);
	/* One transaction: no dialog may come back without its row. What stays
	 * is that the telephone must hear it. */
	assert_said("put dialog; remove row");
	commit_now(true);
	assert_said("notify 0 terminated rejected 0+0");
	assert_int_equal(roster_count(T.bridge.roster), 0);
}

/* An event of his server, to romeo. */
static void happens(const char *from, const char *payload)
{
	static const struct stream_limits limits = { 65536, 32, 64 };
	struct arena *a = loop_arena(T.loop);
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .to = { STR("romeo"), STR("sip.test"), STR("") } };
	struct str text =
		str_fmt(a,
			"<message xmlns='jabber:component:accept'><event xmlns="
			"'http://jabber.org/protocol/pubsub#event'>%s</event>"
			"</message>",
			payload);
	const char *why;

	assert_true(jid_read(a, str_z(from), &s.from, &why));
	s.el = stream_document(a, text, &limits, &why);
	assert_true(roster_event(&T.link, &s, a));
}

#define IS_HAPPY                                                               \
	"<items node='http://jabber.org/protocol/mood'><item><mood xmlns="     \
	"'http://jabber.org/protocol/mood'><happy/></mood></item></items>"

static void test_moods(void **state)
{
	(void)state;
	happens(BARE, IS_HAPPY); /* nobody watches her */
	watched();
	assert_null(strstr(T.body, "rpid:happy"));
	happens(BARE, IS_HAPPY);
	assert_said("notify 0 active 1+0");
	assert_non_null(strstr(T.body, "<rpid:mood><rpid:happy/></rpid:mood>"));
	happens("nurse@xmpp.test", IS_HAPPY); /* not hers to say */
	assert_said("");
	/* Kept while she comes and goes, said when she is there. */
	presence(JULIET, ROMEO, PRESENCE_UNAVAILABLE);
	assert_null(strstr(T.body, "rpid:happy"));
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	assert_non_null(strstr(T.body, "rpid:happy"));
	strbuf_reset(&SAID);
	happens(BARE, "<items node='http://jabber.org/protocol/mood'>"
		      "<retract id='1'/></items>");
	assert_said("notify 0 active 1+0");
	assert_null(strstr(T.body, "rpid:mood"));
}

/* He is not asked again, and the telephone is told so at once. */
static void test_denial_is_remembered(void **state)
{
	(void)state;
	subscribe();
	commit_now(true);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBED);
	assert_said("put row DENIED");
	commit_now(true);
	assert_said("put dialog; notify 0 terminated rejected 0+0");
	subscribe();
	assert_said("403");
	T.expires_s = 0; /* a poll */
	subscribe();
	assert_said("403");
	T.expires_s = 3600;
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	assert_said("");
	/* By his own wish: then the next SUBSCRIBE is let in. */
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	assert_said("put row DORMANT");
	subscribe();
	commit_now(true);
	commit_now(true);
	assert_said("put dialog; 200 3600; put row ACTIVE; "
		    "xmpp probe romeo@sip.test; notify 1 active 1+0");
}

static void deny(void)
{
	subscribe();
	commit_now(true);
	commit_now(true);
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBED);
	commit_now(true);
	strbuf_reset(&SAID);
}

/* Whom he has turned away is remembered, and watches nothing. */
static void test_denied_is_no_watcher(void **state)
{
	struct roster *r;

	(void)state;
	deny();
	r = T.bridge.roster;
	assert_int_equal(roster_watchers(r, str_z(BARE), NULL, NULL), 1);
	assert_false(roster_withdraw(r, str_z(BARE), str_z(ROMEO)));
	assert_said("");
	T.cfg.denied_for_s = 0;
	assert_int_equal(roster_watchers(r, str_z(BARE), NULL, NULL), 0);
	subscribe();
	commit_now(true);
	assert_int_equal(roster_watchers(r, str_z(BARE), NULL, NULL), 1);
}

/* His server keeps `subscribed` to itself where nobody asks: by command. */
static void test_pardon(void **state)
{
	struct roster *r;

	(void)state;
	deny();
	r = T.bridge.roster;
	assert_false(roster_pardon(r, str_z(ROMEO), str_z(BARE)));
	assert_true(roster_pardon(r, str_z(BARE), str_z(ROMEO)));
	commit_now(true);
	assert_said("remove row");
	assert_false(roster_pardon(r, str_z(BARE), str_z(ROMEO)));
	subscribe();
	commit_now(true);
	assert_false(roster_pardon(r, str_z(BARE), str_z(ROMEO)));
	assert_int_equal(roster_watchers(r, str_z(BARE), NULL, NULL), 1);
}

/* Who wants to see him has changed his mind; what his server repeats at each
 * login is no wish. */
static void test_denial_is_taken_back(void **state)
{
	(void)state;
	follow();
	deny();
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	strbuf_reset(&SAID);
	subscribe();
	assert_said("403");
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	assert_said("remove row; put row ASKING; open presence 3600");
	subscribe();
	commit_now(true);
	commit_now(true);
	assert_said("put dialog; 200 3600; put row ASKING; "
		    "xmpp subscribe romeo@sip.test; notify 1 pending 0+0");
}

static void test_denial_ends(void **state)
{
	(void)state;
	T.cfg.denied_for_s = 0;
	deny();
	subscribe();
	commit_now(true);
	commit_now(true);
	assert_said("remove row; put dialog; 200 3600; put row ASKING; "
		    "xmpp subscribe romeo@sip.test; notify 1 pending 0+0");
}

/* The telephone is away when it is to hear it: after kill -9 meanwhile it is
 * said again, until it has been heard or given up. */
static void test_refusal_is_said_again(void **state)
{
	(void)state;
	deny();
	assert_said("");
	notice_settle(&T.notices[0], true);
	assert_said("remove dialog");
	commit_now(true);
	journal_has(STORE_DIALOG, DIALOG_ROW, REFUSED_VALUE);
	for (int i = 0; i < 2; i++) {
		bench_restart();
		strbuf_reset(&SAID);
		roster_link_up(&T.link);
		turn(300);
		assert_said("");
		T.notifier_events->on_expired(T.bridge.roster, &T.notices[0]);
		assert_said("notify 0 terminated rejected 0+0");
	}
	notice_settle(&T.notices[0], true);
	assert_said("remove dialog");
}

/* He had let the watcher in: of the row nothing is left. */
static void test_taken_back_is_said_again(void **state)
{
	struct answer answer = { 0 };

	(void)state;
	watched();
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBED);
	commit_now(true);
	notice_settle(&T.notices[0], true);
	commit_now(true);
	journal_has(STORE_DIALOG, DIALOG_ROW, REFUSED_VALUE);
	bench_restart();
	assert_int_equal(roster_count(T.bridge.roster), 0);
	strbuf_reset(&SAID);
	/* The telephone comes first. */
	T.notifier_events->on_refresh(T.bridge.roster, &T.notices[0], &answer);
	assert_said("notify 0 terminated rejected 0+0; 403");
	notice_settle(&T.notices[0], true);
	assert_said("remove dialog");
}

static void test_denial_outlives_a_restart(void **state)
{
	char row[64];

	(void)state;
	(void)snprintf(row, sizeof(row), "1\tDENIED\t%lld",
		       (long long)(loop_wall_ms() / 1000 - 60));
	journal_has(STORE_SUBSCRIPTION, IN_ROW, row);
	bench_restart();
	roster_link_up(&T.link);
	turn(300);
	assert_said("");
	subscribe();
	assert_said("403");
	/* Long ago. */
	journal_has(STORE_SUBSCRIPTION, IN_ROW, "1\tDENIED\t5");
	bench_restart();
	roster_link_up(&T.link);
	turn(300);
	assert_said("remove row");
}

/* A server's answer to the probe of a poll decides nothing about the request
 * that came after it. */
static void test_poll_then_request(void **state)
{
	(void)state;
	T.expires_s = 0;
	subscribe();
	T.expires_s = 3600;
	subscribe();
	commit_now(true);
	commit_now(true);
	strbuf_reset(&SAID);
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBED);
	assert_said("");
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBED);
	commit_now(true);
	/* The poll has its own answer, once. */
	assert_said("put row ACTIVE; notify 1 active 0+0");
	turn(3000);
	assert_said("remove dialog; notify 0 terminated timeout 0+0");
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 1 active 1+0");
}

/* The last telephone goes while a poll of his waits: that is seen. */
static void test_poll_is_no_telephone(void **state)
{
	(void)state;
	watched();
	T.notifier_events->on_expired(T.bridge.roster, &T.notices[0]);
	commit_now(true);
	strbuf_reset(&SAID);
	T.expires_s = 0;
	subscribe(); /* DORMANT: he is probed */
	T.expires_s = 3600;
	subscribe();
	commit_now(true);
	commit_now(true);
	T.notifier_events->on_expired(T.bridge.roster, &T.notices[2]);
	strbuf_reset(&SAID);
	turn(3000);
	assert_said("remove dialog; notify 1 terminated timeout 1+0; "
		    "put row DORMANT");
}

/* And while he is asked nothing is probed. */
static void test_poll_while_asked(void **state)
{
	(void)state;
	subscribe();
	commit_now(true);
	commit_now(true);
	strbuf_reset(&SAID);
	T.expires_s = 0;
	subscribe();
	assert_said("200 0; remove dialog; notify 1 terminated timeout 0+0");
}

static void test_errors_of_the_user(void **state)
{
	static const struct {
		enum cond cond;
		const char *said;
	} cases[] = {
		{ COND_ITEM_NOT_FOUND, "notify 0 terminated noresource 0+0" },
		{ COND_FORBIDDEN, "notify 0 terminated rejected 0+0" },
		{ COND_REMOTE_SERVER_TIMEOUT,
		  "notify 0 terminated probation 0+0" },
	};
	struct arena *a = loop_arena(T.loop);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stanza s = {
			.kind = STANZA_PRESENCE,
			.from = { STR("juliet"), STR("xmpp.test"), STR("") },
			.to = { STR("romeo"), STR("sip.test"), STR("") },
			.u.presence.type = PRESENCE_ERROR,
			.error.cond = cases[i].cond,
		};

		journal_forget();
		bench_restart();
		subscribe();
		commit_now(true);
		commit_now(true);
		strbuf_reset(&SAID);
		roster_presence(&T.link, &s, a);
		strbuf_reset(&SAID);
		commit_now(true);
		strbuf_addc(&SAID, '\0');
		assert_non_null(strstr(SAID.p, cases[i].said));
		strbuf_reset(&SAID);
	}
}

static void test_poll_of_a_contact(void **state)
{
	(void)state;
	T.expires_s = 0;
	subscribe();
	assert_said("200 0; xmpp probe romeo@sip.test");
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	presence("juliet@xmpp.test/hall", ROMEO, PRESENCE_AVAILABLE);
	turn(1000);
	assert_said("remove dialog; notify 0 terminated timeout 2+0");
	assert_int_equal(roster_count(T.bridge.roster), 0);
	subscribe();
	strbuf_reset(&SAID);
	turn(3000);
	assert_said("remove dialog; notify 1 terminated timeout 0+0");
}

/* Whoever polls and subscribes at the same moment: each dialog is told in its
 * own way. A NOTIFY to the poll would end it behind our back. */
static void test_poll_beside_a_subscription(void **state)
{
	(void)state;
	T.expires_s = 0;
	subscribe();
	T.expires_s = 3600;
	subscribe();
	commit_now(true);
	commit_now(true);
	assert_said("200 0; xmpp probe romeo@sip.test; put dialog; 200 3600; "
		    "put row ASKING; xmpp subscribe romeo@sip.test; "
		    "notify 1 pending 0+0");
	turn(3000);
	assert_said("remove dialog; notify 0 terminated timeout 0+0");
}

static void test_mutual(void **state)
{
	(void)state;
	watched();
	follow();
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	commit_now(true);
	assert_said("remove row; close presence; "
		    "xmpp unavailable romeo@sip.test/a");
	turn(2000);
	assert_said("xmpp unsubscribed romeo@sip.test");
	presence("juliet@xmpp.test/hall", ROMEO, PRESENCE_AVAILABLE);
	assert_said("notify 0 active 2+0");
	follow();
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBED);
	commit_now(true);
	strbuf_reset(&SAID);
	notified(WATCH_ACTIVE, NULL, PIDF_TWO);
	assert_said("put row ACTIVE");
	commit_now(true);
	assert_said("xmpp available romeo@sip.test/b");
}

/* Who watches too and is seen to be online is not told that he has gone. */
static void test_watcher_goes_and_is_online(void **state)
{
	(void)state;
	watched();
	follow();
	T.notifier_events->on_expired(T.bridge.roster, &T.notices[0]);
	commit_now(true);
	assert_said("remove dialog; notify 0 terminated timeout 0+1; "
		    "put row DORMANT");
}

/* --- after a restart */

/* Whose publication was kept, and whom the settings have no more. */
static void test_restart_unlisted(void **state)
{
	(void)state;
	journal_has(STORE_PUBLICATION, JULIET, "1\te7");
	bench_restart();
	commit_all(true);
	strbuf_reset(&SAID);
	assert_null(journal_value(STORE_PUBLICATION, JULIET));
}

static void test_restart(void **state)
{
	(void)state;
	journal_has(STORE_SUBSCRIPTION, IN_ROW, "1\tACTIVE\t5");
	journal_has(STORE_SUBSCRIPTION, OUT_ROW, "1\tACTIVE\t0");
	journal_has(STORE_DIALOG, DIALOG_ROW, DIALOG_VALUE);
	bench_restart();
	assert_int_equal(roster_count(T.bridge.roster), 2);
	/* Above all that this run and the one before it may have used. */
	assert_int_equal(T.notices[0].dialog->local_cseq, 41 + 4 * CSEQ_STRIDE);
	roster_link_up(&T.link);
	turn(1000);
	/* Rows wake in no order. */
	strbuf_addc(&SAID, '\0');
	if (SAID.p[0] == 'x')
		assert_string_equal(SAID.p, "xmpp probe romeo@sip.test; "
					    "open presence 3600");
	else
		assert_string_equal(SAID.p, "open presence 3600; "
					    "xmpp probe romeo@sip.test");
	strbuf_reset(&SAID);
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	turn(6000);
	assert_said("notify 0 active 1+0");
}

/* Killed behind the journal: whether the user has heard that he was let in is
 * not known, and no server asks again. Only what is of the last moments is said
 * again, and however late the link is. */
static void test_restart_says_subscribed(void **state)
{
	(void)state;
	follow();
	bench_restart();
	turn(200000);
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; open presence 3600");
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	assert_said("put row ACTIVE; xmpp available romeo@sip.test/a");

	journal_forget();
	journal_has(STORE_SUBSCRIPTION, OUT_ROW, "2\tDORMANT\t0\t5000\ta");
	journal_has(STORE_SUBSCRIPTION, "ojuliet@xmpp.test\nparis@sip.test",
		    "2\tACTIVE\t0\t4909");
	bench_restart();
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; open presence 3600; "
		    "open presence 3600");
	assert_int_equal(J.unknown, 0);
}

/* What the user was told before: whoever is not there any more is taken back,
 * resource by resource, for his client shows each. */
static void test_restart_takes_back(void **state)
{
	static const struct {
		const char *doc; /* NULL: no answer */
		const char *said;
	} cases[] = {
		{ PIDF_TWO, "xmpp available romeo@sip.test/a; "
			    "xmpp available romeo@sip.test/b" },
		{ PIDF_ONE, "xmpp available romeo@sip.test/a; "
			    "xmpp unavailable romeo@sip.test/b" },
		{ PIDF_HEAD PIDF_TAIL, "xmpp unavailable romeo@sip.test/a; "
				       "xmpp unavailable romeo@sip.test/b" },
		{ PIDF_HEAD PIDF_TUPLE("b", "closed") PIDF_TAIL,
		  "xmpp unavailable romeo@sip.test/a; "
		  "xmpp unavailable romeo@sip.test/b" },
		{ "", "xmpp unavailable romeo@sip.test/a; "
		      "xmpp unavailable romeo@sip.test/b" },
		{ NULL, "xmpp unavailable romeo@sip.test/a; "
			"xmpp unavailable romeo@sip.test/b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct watch *w;

		journal_has(STORE_SUBSCRIPTION, OUT_ROW, "1\tACTIVE\t0\ta\tb");
		bench_restart();
		roster_link_up(&T.link);
		turn(1000);
		assert_said("open presence 3600");
		presence(JULIET, ROMEO, PRESENCE_PROBE);
		assert_said("");
		w = &T.watches[T.watch_count - 1];
		if (cases[i].doc != NULL)
			notified(WATCH_ACTIVE, NULL, cases[i].doc);
		else
			w->events->on_failed(w->arg, 408, -1);
		commit_now(true);
		strbuf_addc(&SAID, '\0');
		if (strstr(SAID.p, cases[i].said) == NULL)
			fail_msg("%zu: %s", i, SAID.p);
		strbuf_reset(&SAID);
	}
}

static void leave(void)
{
	roster_leave(T.bridge.roster);
	assert_true(roster_leave_more(T.bridge.roster));
}

/* The end: what the user sees he sees no more, and nothing else changes. */
static void test_leave(void **state)
{
	struct row *w;

	(void)state;
	follow();
	notified(WATCH_ACTIVE, NULL, PIDF_TWO);
	commit_now(true);
	watched(); /* who watches the user hears nothing */
	strbuf_reset(&SAID);
	T.is_full = true;
	roster_leave(T.bridge.roster);
	assert_false(roster_leave_more(T.bridge.roster));
	assert_int_equal(roster_left(T.bridge.roster), 1);
	assert_said("");
	T.is_full = false;
	assert_true(roster_leave_more(T.bridge.roster));
	assert_int_equal(roster_left(T.bridge.roster), 0);
	assert_said("xmpp unavailable romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
	w = row_find(T.bridge.roster, SUB_OUT, STR_LIT("juliet@xmpp.test"),
		     STR_LIT(ROMEO));
	assert_non_null(w);
	assert_int_equal(w->state, SUB_ACTIVE);
	assert_non_null(item_find(w->items, STR_LIT("b")));
	/* Nothing comes to be there behind it. */
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	presence(JULIET, ROMEO, PRESENCE_PROBE);
	presence(JULIET, "romeo@sip.test/a", PRESENCE_PROBE);
	roster_link_up(&T.link);
	turn(300);
	assert_said("");
	/* A word of the user is still heard. */
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	commit_now(true);
	assert_said("remove row; close presence; "
		    "xmpp unavailable romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
}

/* Whom nothing was told of, who is not there, and who cannot be told. */
static void test_leave_in_silence(void **state)
{
	(void)state;
	leave();
	assert_said("");
	T.bridge.roster->is_leaving = false;
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	assert_said("put row ASKING; open presence 3600");
	leave();
	assert_said("");
	T.bridge.roster->is_leaving = false;
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	strbuf_reset(&SAID);
	T.is_up = false;
	leave();
	assert_int_equal(roster_left(T.bridge.roster), 0);
	T.is_up = true;
	roster_leave(T.bridge.roster);
	T.is_up = false; /* and the link breaks */
	assert_true(roster_leave_more(T.bridge.roster));
	assert_int_equal(roster_left(T.bridge.roster), 1);
	assert_said("");
	T.is_up = true; /* and is back in time */
	roster_link_up(&T.link);
	assert_int_equal(roster_left(T.bridge.roster), 1);
	assert_true(roster_leave_more(T.bridge.roster));
	assert_int_equal(roster_left(T.bridge.roster), 0);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp unavailable romeo@sip.test/a");
	/* The user has gone himself. */
	T.bridge.roster->is_leaving = false;
	watched();
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	presence(JULIET, ROMEO, PRESENCE_UNAVAILABLE);
	strbuf_reset(&SAID);
	leave();
	assert_said("");
}

/* What another run told, and this one has not heard of. */
static void test_leave_remembered(void **state)
{
	(void)state;
	journal_has(STORE_SUBSCRIPTION, OUT_ROW, "1\tACTIVE\t0\ta\tb");
	bench_restart();
	leave();
	assert_said("xmpp unavailable romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
	/* The next start tells what is there, and takes the rest back. */
	bench_restart();
	roster_link_up(&T.link);
	turn(1000);
	assert_said("open presence 3600");
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	assert_said("put row ACTIVE; xmpp available romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
}

/* What was told over the old link may be lost with it. */
static void test_new_link_takes_back(void **state)
{
	(void)state;
	follow();
	notified(WATCH_ACTIVE, NULL, PIDF_TWO);
	commit_now(true);
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	strbuf_reset(&SAID);
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
	notified(WATCH_ACTIVE, NULL, PIDF_HEAD PIDF_TAIL);
	strbuf_reset(&SAID);
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp unavailable romeo@sip.test/b; "
		    "xmpp unavailable romeo@sip.test/a");
	/* Not of one that is back. */
	notified(WATCH_ACTIVE, NULL, PIDF_ONE);
	commit_now(true);
	strbuf_reset(&SAID);
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a; "
		    "xmpp unavailable romeo@sip.test/b");
	/* Nor of what has been left meanwhile. */
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	commit_now(true);
	strbuf_reset(&SAID);
	turn(1000);
	assert_said("xmpp unsubscribed romeo@sip.test");
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp unsubscribed romeo@sip.test");
}

static void new_link(void)
{
	roster_link_up(&T.link);
	turn(1000);
}

/* What is said once may be lost with the link that it was said over. */
static void test_new_link_repeats_words(void **state)
{
	(void)state;
	follow(); /* subscribed */
	new_link();
	assert_said("xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/a");
	notified(WATCH_TERMINATED, "rejected", NULL);
	commit_now(true);
	assert_said("remove row; xmpp unavailable romeo@sip.test/a; "
		    "xmpp unsubscribed romeo@sip.test");
	new_link(); /* subscribed holds no more */
	assert_said("xmpp unsubscribed romeo@sip.test");
	new_link(); /* that one may have broken, too */
	assert_said("xmpp unsubscribed romeo@sip.test");
	/* Who asks again must not take it for the answer. */
	presence(BARE, ROMEO, PRESENCE_SUBSCRIBE);
	commit_now(true);
	strbuf_reset(&SAID);
	new_link();
	assert_said("");
	failed(404);
	commit_now(true);
	assert_said("remove row; xmpp error romeo@sip.test");
	new_link();
	assert_said("xmpp unsubscribed romeo@sip.test; "
		    "xmpp error romeo@sip.test");
	/* It goes over the next link anyway. */
	T.is_up = false;
	presence(BARE, ROMEO, PRESENCE_UNSUBSCRIBE);
	turn(1000);
	strbuf_reset(&SAID);
	T.is_up = true;
	new_link();
	assert_said("xmpp unsubscribed romeo@sip.test; "
		    "xmpp error romeo@sip.test");
}

/* So is that a watcher's phone is off. */
static void test_new_link_repeats_watcher_gone(void **state)
{
	(void)state;
	watched();
	T.notifier_events->on_lost(NULL, &T.notices[0], 408);
	commit_now(true);
	strbuf_reset(&SAID);
	new_link();
	assert_said("xmpp unavailable romeo@sip.test");
}

static void appear(int from, int to, enum presence_type type)
{
	char who[64];

	for (int i = from; i < to; i++) {
		snprintf(who, sizeof(who), "%s/r%d", BARE, i);
		presence(who, ROMEO, type);
	}
}

/* More resources than are kept: when those that are have gone, the others are
 * heard of again, and he is not shown as offline. */
static void test_more_resources_than_fit(void **state)
{
	(void)state;
	watched();
	T.cfg.notify_every_ms = 300;
	appear(0, 40, PRESENCE_AVAILABLE);
	turn(6000);
	assert_said("notify 0 active 32+0");
	appear(20, 40, PRESENCE_UNAVAILABLE);
	/* Asked once, however many there are. */
	assert_said("xmpp probe romeo@sip.test");
	appear(0, 20, PRESENCE_AVAILABLE);
	turn(6000);
	assert_said("notify 0 active 20+20");
	appear(0, 20, PRESENCE_UNAVAILABLE);
	turn(6000);
	assert_said("notify 0 active 0+20");
}

/* The user may have answered while nobody listened. */
static void test_new_link_asks_again(void **state)
{
	struct row *w;

	(void)state;
	subscribe();
	commit_now(true); /* the dialog */
	commit_now(true); /* the row */
	w = row_find(T.bridge.roster, SUB_IN, STR_LIT("juliet@xmpp.test"),
		     STR_LIT(ROMEO));
	assert_non_null(w);
	assert_int_equal(w->state, SUB_ASKING);
	w->asked_at_s -= 3600;
	strbuf_reset(&SAID);
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp subscribe romeo@sip.test");
}

/* The user is not heard of again: his watcher hears that. */
static void test_restart_and_silence(void **state)
{
	(void)state;
	watched();
	T.is_up = false;
	T.is_up = true;
	roster_link_up(&T.link);
	turn(1000);
	assert_said("xmpp probe romeo@sip.test");
	turn(6000);
	assert_said("notify 0 active 0+1");
}

/* A watcher who was let in comes back, and the user is not heard of: she took
 * him off her roster while the link was down, of which nobody told us. */
static void test_watch_and_silence(void **state)
{
	(void)state;
	watched();
	T.notifier_events->on_expired(T.bridge.roster, &T.notices[0]);
	commit_now(true);
	strbuf_reset(&SAID);
	roster_link_up(&T.link);
	turn(1000);
	strbuf_reset(&SAID); /* once more that he has gone */
	turn(500);
	assert_said("");
	subscribe();
	commit_now(true);
	commit_now(true);
	assert_said("put dialog; 200 3600; put row ACTIVE; "
		    "xmpp probe romeo@sip.test; notify 1 active 0+0");
	turn(6000);
	assert_said("notify 1 active 0+1");
	presence(JULIET, ROMEO, PRESENCE_AVAILABLE);
	turn(6000);
	assert_said("notify 1 active 1+0");
}

/* A crash came between a dialog and its row. */
static void test_restart_settles(void **state)
{
	static const struct {
		const char *row, *said;
		bool has_dialog;
	} cases[] = {
		{ NULL, "xmpp subscribe romeo@sip.test", true },
		{ "1\tPENDING\t5", "xmpp subscribe romeo@sip.test", true },
		{ "1\tDORMANT\t5", "xmpp probe romeo@sip.test", true },
		{ "1\tACTIVE\t5", "put row DORMANT", false },
		{ "1\tASKING\t5",
		  "xmpp subscribe romeo@sip.test; put row PENDING", false },
		{ "1\tPENDING\t5", "", false },
		{ "1\tDORMANT\t5", "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		journal_forget();
		if (cases[i].row != NULL)
			journal_has(STORE_SUBSCRIPTION, IN_ROW, cases[i].row);
		if (cases[i].has_dialog)
			journal_has(STORE_DIALOG, DIALOG_ROW, DIALOG_VALUE);
		bench_restart();
		roster_link_up(&T.link);
		turn(300);
		assert_said(cases[i].said);
	}
}

int main(void)
{
#define BENCH(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		BENCH(test_journal_comes_first),
		BENCH(test_only_changes_are_said),
		BENCH(test_older_documents),
		BENCH(test_nothing_is_published_any_more),
		BENCH(test_last_activity),
		BENCH(test_probes),
		BENCH(test_refusals),
		BENCH(test_failures_keep_it),
		BENCH(test_ended_at_once),
		BENCH(test_told_when),
		BENCH(test_told_when_without_meaning),
		BENCH(test_unsubscribe_and_back),
		BENCH(test_poll),
		BENCH(test_poll_refused),
		BENCH(test_limits),
		BENCH(test_undecided),
		BENCH(test_swap_at_the_limit),
		BENCH(test_link_has_no_room),
		BENCH(test_gone_without_room),
		BENCH(test_gone_without_link),
		BENCH(test_store_is_full),
		BENCH(test_probe_before_a_refresh),
		BENCH(test_refresh_when_nothing_is_known),
		BENCH(test_no_refresh_for_nobody),
		BENCH(test_refresh_while_pending),
		BENCH(test_watch),
		BENCH(test_let_in_before),
		BENCH(test_let_in_now),
		BENCH(test_nobody_else_is_told),
		BENCH(test_two_phones),
		BENCH(test_refused_by_the_user),
		BENCH(test_moods),
		BENCH(test_denial_is_remembered),
		BENCH(test_denied_is_no_watcher),
		BENCH(test_pardon),
		BENCH(test_denial_is_taken_back),
		BENCH(test_denial_ends),
		BENCH(test_refusal_is_said_again),
		BENCH(test_taken_back_is_said_again),
		BENCH(test_denial_outlives_a_restart),
		BENCH(test_poll_then_request),
		BENCH(test_poll_is_no_telephone),
		BENCH(test_poll_while_asked),
		BENCH(test_errors_of_the_user),
		BENCH(test_poll_of_a_contact),
		BENCH(test_poll_beside_a_subscription),
		BENCH(test_mutual),
		BENCH(test_watcher_goes_and_is_online),
		BENCH(test_restart_unlisted),
		BENCH(test_restart),
		BENCH(test_restart_says_subscribed),
		BENCH(test_restart_takes_back),
		BENCH(test_leave),
		BENCH(test_leave_in_silence),
		BENCH(test_leave_remembered),
		BENCH(test_new_link_takes_back),
		BENCH(test_new_link_repeats_words),
		BENCH(test_new_link_repeats_watcher_gone),
		BENCH(test_more_resources_than_fit),
		BENCH(test_new_link_asks_again),
		BENCH(test_restart_and_silence),
		BENCH(test_watch_and_silence),
		BENCH(test_restart_settles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
