#include "gateway/messages/notices.h"
#include "gateway/messages/arrival.h"
#include "gateway/messages/aside.h"
#include "gateway/messages/note.h"
#include "gateway/services/wishes.h"
#include "journal.h"
#include "stream_bench.h"

/* Who hears of which message what, and when: real notes on a journal that
 * writes when it is told to. What is said is a line of text: to romeo, who has
 * a telephone, "romeo: read mid", to juliet "juliet: <received/> id".
 * "A" is the answer to an IMDN of his. */
enum {
	MAX = 100,
	AGE_S = 1000,
	ALL = CPIM_POSITIVE | CPIM_NEGATIVE | CPIM_DISPLAY
};

static struct {
	bool is_full;	/* nothing can be sent to romeo */
	bool is_secret; /* juliet does not want him to know */
	char date_time[128], original_to[128];
} T;

/* --- fakes */

bool wishes_has(const struct wishes *w, const struct jid *user, enum wish wish)
{
	(void)w;
	(void)user;
	assert_int_equal(wish, WISH_RECEIPTS);
	return !T.is_secret;
}

void arrival_reply(struct bridge *b, struct answer *a, const struct reply *r)
{
	(void)b;
	agent_reply(a, r);
}

bool aside_to_contact(struct link *k, struct str user, struct str contact,
		      const struct aside *what)
{
	static const struct stream_limits limits = { 65536, 32, 64 };
	static const char *const kinds[] = { "delivered", "failed", "read" };
	struct arena *a = loop_arena(k->bridge->loop);
	const char *why = "";
	struct imdn i;

	assert_true(str_eqz(contact, "romeo@sip.test"));
	assert_true(str_eqz(user, "juliet@xmpp.test"));
	assert_true(what->is_cpim && !what->is_fleeting);
	assert_int_equal(what->skill, SKILL_NOTICES);
	assert_true(str_eqz(what->content_type, IMDN_TYPE));
	if (!imdn_read(a, stream_document(a, what->body, &limits, &why), &i,
		       &why))
		fail_msg("%s: %.*s", why, STR_ARG(what->body));
	snprintf(T.date_time, sizeof(T.date_time), "%.*s",
		 STR_ARG(i.date_time));
	snprintf(T.original_to, sizeof(T.original_to), "%.*s",
		 STR_ARG(i.original_recipient));
	line("romeo: %s %.*s%s", kinds[i.kind], STR_ARG(i.message_id),
	     T.is_full ? " (no room)" : "");
	return !T.is_full;
}

void aside_to_user(struct link *k, struct stanza *s, const struct xml *x)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct str to = jid_text(a, &s->to), id = xml_attr(x, "id");

	assert_true(str_eqz(jid_text(a, &s->from), "romeo@sip.test"));
	line("%.*s: <%.*s/> %.*s%s", STR_ARG(to), STR_ARG(x->name), STR_ARG(id),
	     s->u.message.type == MESSAGE_CHAT ? "" : " (not in a chat)");
}

/* --- the bench */

static void begin(void)
{
	const char *why = "";

	L.bridge.notices = notices_create(&L.bridge, &why);
	if (L.bridge.notices == NULL)
		fail_msg("%s", why);
}

static int set_up(void **state)
{
	(void)state;
	stream_bench_open();
	memset(&T, 0, sizeof(T));
	L.cfg.notices_max = MAX;
	L.cfg.notices_age_s = AGE_S;
	L.component.message.wants_receipts = true;
	L.bridge.store = JOURNAL;
	begin();
	return 0;
}

static void end(void)
{
	assert_null(L.bridge.notices->sayings);
	L.bridge.store = NULL;
	commit_all(false);
	notices_destroy(&L.bridge.notices);
	assert_null(L.bridge.notices);
	assert_null(S.tickets);
}

static int tear_down(void **state)
{
	(void)state;
	end();
	assert_int_equal(J.unknown, 0);
	journal_fini();
	assert_said("");
	stream_bench_close();
	return 0;
}

/* kill -9: what the journal does not have is gone, and nobody is told. */
static void killed(void)
{
	memset(S.answers, 0, sizeof(S.answers));
	for (size_t i = 0; i < J.op_count; i++) {
		str_free(&J.ops[i].key);
		str_free(&J.ops[i].value);
	}
	J.op_count = 0;
	L.bridge.store = NULL;
	notices_destroy(&L.bridge.notices);
	strbuf_reset(&SAID);
	L.bridge.store = JOURNAL;
	begin();
}

static struct jid jid_of(const char *text)
{
	struct jid j;
	const char *why;

	assert_true(jid_read(loop_arena(L.loop), str_z(text), &j, &why));
	return j;
}

static size_t known(void)
{
	return L.bridge.notices->count;
}

/* --- from SIP: what romeo asked for, and what juliet's devices say */

static void owe(const char *id, const char *mid, unsigned wishes)
{
	const struct cpim c = {
		.wishes = wishes,
		.message_id = str_z(mid),
		.date_time = STR("2026-01-01T00:00:00Z"),
		.original_to = STR("im:juliet@sip.test"),
	};
	const struct stanza s = { .kind = STANZA_MESSAGE,
				  .id = str_z(id),
				  .from = jid_of("romeo@sip.test/x"),
				  .to = jid_of("juliet@xmpp.test/b") };

	notices_owe(&L.link, &c, &s);
}

static void says(const char *received, const char *displayed)
{
	const struct stanza s = { .kind = STANZA_MESSAGE,
				  .from = jid_of("juliet@xmpp.test/c"),
				  .to = jid_of("romeo@sip.test") };

	notices_from_user(&L.link, &s, str_z(received), str_z(displayed));
}

static bool bounces(const char *id)
{
	const struct stanza s = { .kind = STANZA_MESSAGE,
				  .id = str_z(id),
				  .from = jid_of("juliet@xmpp.test/b"),
				  .to = jid_of("romeo@sip.test"),
				  .u.message.type = MESSAGE_ERROR };

	return notices_bounced(&L.link, &s);
}

/* One message: r is a receipt, d a marker, b a bounce, B one that nobody knows.
 * All that is said is committed at once. */
static void test_owed(void **state)
{
	static const struct {
		unsigned wishes;
		const char *steps, *said;
		size_t known;
	} cases[] = {
		{ ALL, "", "", 1 },
		{ ALL, "r", "romeo: delivered M", 1 },
		{ ALL, "d", "romeo: read M", 1 },
		{ ALL, "rd", "romeo: delivered M; romeo: read M", 0 },
		{ ALL, "dr", "romeo: read M; romeo: delivered M", 0 },
		{ ALL, "rrdd", "romeo: delivered M; romeo: read M", 0 },
		{ ALL, "ddrr", "romeo: read M; romeo: delivered M", 0 },
		{ ALL, "b", "romeo: failed M", 0 },
		{ ALL, "bBrd", "romeo: failed M", 0 },
		/* What was received or read did not fail. */
		{ ALL, "rb", "romeo: delivered M", 0 },
		{ ALL, "db", "romeo: read M", 0 },
		{ ALL, "rbB", "romeo: delivered M", 0 },
		{ CPIM_POSITIVE, "dr", "romeo: delivered M", 0 },
		{ CPIM_POSITIVE, "b", "", 0 },
		{ CPIM_DISPLAY, "rrd", "romeo: read M", 0 },
		{ CPIM_DISPLAY, "rb", "", 0 },
		/* ... whether that was to be told or not. */
		{ CPIM_NEGATIVE, "b", "romeo: failed M", 0 },
		{ CPIM_NEGATIVE, "rB", "", 0 },
		{ CPIM_NEGATIVE, "dB", "", 0 },
		{ CPIM_NEGATIVE | CPIM_POSITIVE, "db", "", 0 },
		{ CPIM_NEGATIVE | CPIM_POSITIVE, "dr", "romeo: delivered M",
		  0 },
		{ CPIM_NEGATIVE | CPIM_DISPLAY, "rb", "", 0 },
		{ CPIM_NEGATIVE | CPIM_DISPLAY, "rd", "romeo: read M", 0 },
		{ 0, "rdB", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		owe("s", "M", cases[i].wishes);
		commit_all(true);
		for (const char *p = cases[i].steps; *p != '\0'; p++) {
			if (*p == 'b' || *p == 'B')
				assert_int_equal(bounces("s"), *p == 'b');
			else
				says(*p == 'r' ? "s" : "",
				     *p == 'd' ? "s" : "");
			commit_all(true);
		}
		assert_said(cases[i].said);
		assert_int_equal(known(), cases[i].known);
		assert_int_equal(journal_count(STORE_NOTICE), cases[i].known);
		end();
		journal_forget();
		L.bridge.store = JOURNAL;
		begin();
	}
}

/* Nothing is owed where nobody asked, cannot be told, or is not to be. */
static void test_not_owed(void **state)
{
	(void)state;
	owe("s", "", ALL);
	owe("s", "M", 0);
	L.component.message.wants_receipts = false;
	owe("s", "M", ALL);
	assert_int_equal(known(), 0);
	L.component.message.wants_receipts = true;
	/* The same request once more is the same message. */
	owe("s", "M", ALL);
	owe("s", "M", ALL);
	assert_int_equal(known(), 1);
	/* Of others nothing is known, nor of what she keeps to herself. */
	says("t", "u");
	assert_false(bounces("t"));
	T.is_secret = true;
	says("s", "s");
	assert_said("");
	T.is_secret = false;
	says("s", "");
	assert_said("");
	commit_all(true);
	assert_said("romeo: delivered M");
}

/* A marker means all before it, and nobody else's. */
static void test_up_to(void **state)
{
	static const char *const ids[] = { "1", "2", "3", "4" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		owe(ids[i], ids[i], i == 1 ? CPIM_POSITIVE : ALL);
	says("", "3");
	commit_all(true);
	assert_said("romeo: read 1; romeo: read 3");
	assert_int_equal(known(), 4);
	says("2", "2"); /* older than what is read */
	says("3", "");
	commit_all(true);
	assert_said("romeo: delivered 2; romeo: delivered 3");
	assert_int_equal(known(), 2);
	says("", "4");
	commit_all(true);
	assert_said("romeo: read 4");
	assert_int_equal(known(), 2); /* 1 and 4 may still be received */
}

/* What is too old goes when another comes, but not under our feet, when one
 * that could not be said is remembered again. */
static void test_up_to_old_ones(void **state)
{
	struct note *x;

	(void)state;
	owe("1", "1", CPIM_DISPLAY);
	owe("2", "2", CPIM_DISPLAY);
	owe("3", "3", CPIM_DISPLAY);
	commit_all(true);
	DL_FOREACH (L.bridge.notices->all, x)
		x->facts.since_s -= AGE_S + 10;
	J.is_ill = T.is_full = true; /* each is said at once, and is not */
	says("", "3");
	assert_said("romeo: read 1 (no room); romeo: read 2 (no room); "
		    "romeo: read 3 (no room)");
	J.is_ill = T.is_full = false;
	owe("4", "4", CPIM_DISPLAY);
	assert_int_equal(known(), 1);
}

/* What was refused at once is no notice: its answer has said so. */
static void test_refused(void **state)
{
	struct jid juliet = jid_of("juliet@xmpp.test/b"),
		   romeo = jid_of("romeo@sip.test/x");

	(void)state;
	owe("s", "M", ALL);
	commit_all(true);
	notices_refused(&L.link, &juliet, &romeo, str_z("t"));
	notices_refused(&L.link, &juliet, &romeo, STR_NONE);
	assert_int_equal(known(), 1);
	notices_refused(&L.link, &juliet, &romeo, str_z("s"));
	assert_int_equal(known(), 0);
	commit_all(true);
	assert_int_equal(journal_count(STORE_NOTICE), 0);
	assert_false(bounces("s"));
}

/* What romeo's telephone said of itself goes back to it, but not at length. */
static void test_words_of_theirs(void **state)
{
	const struct cpim c = {
		.wishes = ALL,
		.message_id = STR("M"),
		.date_time = STR("2026-01-01T00:00:00.0000000000000000000000000"
				 "00000000000000Z...................."),
		.original_to = STR("im:juliet@sip.test"),
	};
	const struct stanza s = { .kind = STANZA_MESSAGE,
				  .id = STR("s"),
				  .from = jid_of("romeo@sip.test/x"),
				  .to = jid_of("juliet@xmpp.test/b") };

	(void)state;
	notices_owe(&L.link, &c, &s);
	says("s", "");
	commit_all(true);
	assert_said("romeo: delivered M");
	assert_string_equal(T.original_to, "im:juliet@sip.test");
	assert_int_equal(strlen(T.date_time), 64);
}

/* A place that is full is not for ever: when she says it again, so do we. */
static void test_no_room(void **state)
{
	(void)state;
	owe("s", "M", CPIM_DISPLAY);
	commit_all(true);
	T.is_full = true;
	says("", "s");
	commit_all(true);
	assert_said("romeo: read M (no room)");
	assert_int_equal(known(), 1);
	assert_int_equal(journal_count(STORE_NOTICE), 1);
	killed();
	says("", "s");
	commit_all(true);
	T.is_full = false;
	assert_said("romeo: read M (no room)");
	says("", "s");
	says("", "s");
	commit_all(true);
	assert_said("romeo: read M");
	assert_int_equal(known(), 0);
	assert_int_equal(journal_count(STORE_NOTICE), 0);
}

/* --- to SIP: what juliet asked for, and what romeo's telephone says */

static void await_of(const char *from, const char *id, const char *mid,
		     unsigned wishes)
{
	const struct stanza s = { .kind = STANZA_MESSAGE,
				  .id = str_z(id),
				  .from = jid_of(from),
				  .to = jid_of("romeo@sip.test/x"),
				  .u.message.type = MESSAGE_CHAT };

	notices_await(&L.link, &s, wishes, str_z(mid));
}

static void await(const char *id, const char *mid, unsigned wishes)
{
	await_of("juliet@xmpp.test/b", id, mid, wishes);
}

/* An IMDN of that kind: r(eceived), d(isplayed), f(ailed), o(ther). Whether it
 * is news. */
static bool hears(const char *name, char kind, const char *mid)
{
	struct jid romeo = jid_of("romeo@sip.test/phone"),
		   juliet = jid_of("juliet@xmpp.test");
	const struct imdn n = { .kind = kind == 'r'   ? IMDN_DELIVERED
					: kind == 'd' ? IMDN_DISPLAYED
					: kind == 'f' ? IMDN_FAILED
						      : IMDN_OTHER,
				.message_id = str_z(mid) };
	struct answer *a = answer(name);
	bool is_news = notices_from_contact(&L.link, &romeo, &juliet, &n, a);

	if (!is_news)
		a->name = NULL; /* the caller answers */
	return is_news;
}

/* A small letter is news, a capital none. */
static void hears_at_once(char kind, const char *mid)
{
	bool is_news = kind >= 'a';

	assert_int_equal(
		hears("A", is_news ? kind : (char)(kind - 'A' + 'a'), mid),
		is_news);
	commit_all(true);
	taken_all();
}

#define JULIET "juliet@xmpp.test: "
#define GOT    "juliet@xmpp.test/b: <received/> s; A 202"
#define READ   "juliet@xmpp.test/b: <displayed/> s; A 202"
#define BOTH                                                                   \
	"juliet@xmpp.test/b: <received/> s; "                                  \
	"juliet@xmpp.test/b: <displayed/> s; A 202"

/* One message. */
static void test_awaited(void **state)
{
	enum {
		GET = CPIM_POSITIVE | CPIM_NEGATIVE,
		SEE = CPIM_DISPLAY | CPIM_NEGATIVE
	};
	static const struct {
		unsigned wishes;
		const char *steps, *said;
		size_t errors, known;
	} cases[] = {
		{ ALL, "r", GOT, 0, 1 },
		{ ALL, "rR", GOT, 0, 1 },
		{ ALL, "rdD", GOT "; " READ, 0, 0 },
		/* A phone may say only the second. */
		{ ALL, "dRD", BOTH, 0, 0 },
		{ ALL, "O", "", 0, 1 },
		{ ALL, "f", "A 202", 1, 0 },
		{ ALL, "fFRD", "A 202", 1, 0 },
		/* One device has shown it: it did not fail, on any. */
		{ ALL, "rF", GOT, 0, 1 },
		{ ALL, "rFd", GOT "; " READ, 0, 0 },
		{ GET, "rRFD", GOT, 0, 0 },
		{ GET, "dF", GOT, 0, 0 },
		{ SEE, "Rd", READ, 0, 0 },
		{ SEE, "RF", "", 0, 1 },
		{ SEE, "RFd", READ, 0, 0 },
		{ SEE, "f", "A 202", 1, 0 },
		{ 0, "RDF", "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		await("s", "M", cases[i].wishes);
		commit_all(true);
		for (const char *p = cases[i].steps; *p != '\0'; p++) {
			hears_at_once(*p, "M");
		}
		assert_said(cases[i].said);
		assert_int_equal(known(), cases[i].known);
		assert_int_equal(journal_count(STORE_NOTICE), cases[i].known);
		assert_written(cases[i].errors > 0 ? "to='juliet@xmpp.test/b' "
						     "id='s'"
						   : NULL);
		end();
		journal_forget();
		L.bridge.store = JOURNAL;
		begin();
	}
}

static void test_not_awaited(void **state)
{
	char *longest = malloc(1026);

	(void)state;
	memset(longest, 'x', 1025);
	longest[1025] = '\0';
	await("", "M", ALL); /* XEP-0184 §5.1 */
	await("s", "M", 0);
	await(longest, "M", ALL);
	await("s", longest, ALL);
	L.component.message.wants_receipts = false;
	await("s", "M", ALL);
	assert_int_equal(known(), 0);
	L.component.message.wants_receipts = true;
	await("s", longest + 1, ALL);
	await(longest + 1, "M", ALL);
	await(longest + 1, "M", ALL); /* tried again */
	assert_int_equal(known(), 2);
	free(longest);
}

/* Messages of one thread have one Call-ID: a notice is of the oldest of which
 * it is news. */
static void test_twins(void **state)
{
	static const struct {
		unsigned wishes[2]; /* of s and t */
		const char *kinds;
		const char *said;
		const char *errors; /* of whom */
	} cases[] = {
		{ { ALL, ALL }, "r", JULIET "<received/> s; A 202", "" },
		{ { ALL, ALL },
		  "rr",
		  JULIET "<received/> s; A 202; " JULIET "<received/> t; A 202",
		  "" },
		{ { CPIM_DISPLAY, CPIM_POSITIVE },
		  "r",
		  JULIET "<received/> t; A 202",
		  "" },
		{ { ALL, ALL }, "ff", "A 202; A 202", "st" },
		/* s has arrived: t is what failed. */
		{ { ALL, ALL },
		  "rf",
		  JULIET "<received/> s; A 202; A 202",
		  "t" },
		{ { ALL, CPIM_POSITIVE },
		  "rF",
		  JULIET "<received/> s; A 202",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text;

		await_of("juliet@xmpp.test", "s", "C", cases[i].wishes[0]);
		await_of("juliet@xmpp.test", "t", "C", cases[i].wishes[1]);
		assert_int_equal(known(), 2);
		for (const char *p = cases[i].kinds; *p != '\0'; p++) {
			hears_at_once(*p, "C");
		}
		assert_said(cases[i].said);
		text = written();
		assert_int_equal(strstr(text, "id='s'") != NULL,
				 strchr(cases[i].errors, 's') != NULL);
		assert_int_equal(strstr(text, "id='t'") != NULL,
				 strchr(cases[i].errors, 't') != NULL);
		end();
		journal_forget();
		L.bridge.store = JOURNAL;
		begin();
	}
}

/* What can be said is said behind the commit, and what is answered 202 the XMPP
 * server has. */
static void test_order(void **state)
{
	(void)state;
	await("s", "M", ALL);
	assert_true(hears("A", 'r', "M"));
	assert_true(hears("B", 'd', "M"));
	assert_said("");
	commit(true); /* the wish */
	assert_said("");
	commit(true);
	assert_said("juliet@xmpp.test/b: <received/> s");
	commit(true);
	assert_said("juliet@xmpp.test/b: <displayed/> s");
	taken(true);
	assert_said("A 202");
	taken(true);
	assert_said("B 202");
	assert_int_equal(journal_count(STORE_NOTICE), 0);
}

/* The link goes before the server has it: the phone hears so, and when it comes
 * again it is news again. */
static void test_link_lost(void **state)
{
	(void)state;
	await("s", "M", ALL);
	hears("A", 'r', "M");
	hears("B", 'd', "M");
	commit_all(true);
	assert_said("juliet@xmpp.test/b: <received/> s; "
		    "juliet@xmpp.test/b: <displayed/> s");
	link_lost();
	commit_all(true);
	assert_said("A 503 retry; B 503 retry");
	assert_int_equal(known(), 1);
	assert_int_equal(journal_count(STORE_NOTICE), 1);
	/* While it is down it waits with the answers that are owed. */
	assert_true(hears("A", 'r', "M"));
	commit_all(true);
	assert_said("juliet@xmpp.test/b: <received/> s; A 202");
	L.is_up = true;
	killed();
	assert_true(hears("A", 'd', "M"));
	commit_all(true);
	taken_all();
	assert_said("juliet@xmpp.test/b: <displayed/> s; A 202");
}

/* kill -9 between a row and what follows from it makes nothing come twice; one
 * before the row makes it come when it is said again. */
static void test_killed(void **state)
{
	(void)state;
	owe("o", "O", ALL);
	await("s", "M", ALL);
	commit_all(true);
	says("o", "");
	hears("A", 'r', "M");
	killed(); /* nothing was written */
	says("o", "");
	assert_true(hears("A", 'r', "M"));
	assert_said("");
	commit_all(true);
	assert_said("romeo: delivered O; juliet@xmpp.test/b: <received/> s");
	killed();
	says("o", "");
	assert_false(hears("A", 'r', "M"));
	commit_all(true);
	assert_said("");
	says("", "o");
	assert_true(hears("A", 'd', "M"));
	commit_all(true);
	taken_all();
	assert_said("romeo: read O; juliet@xmpp.test/b: <displayed/> s; A 202");
	killed();
	assert_int_equal(known(), 0);
}

/* Nobody waits for a store that is away, or that takes nothing. */
static void test_store_away(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		J.is_ill = i == 0;
		J.is_refusing = i == 1;
		L.bridge.store = i == 2 ? NULL : JOURNAL;
		owe("o", "O", ALL);
		await("s", "M", ALL);
		says("o", "");
		hears("A", 'r', "M");
		taken_all();
		assert_said("romeo: delivered O; "
			    "juliet@xmpp.test/b: <received/> s; A 202");
		says("o", "o");
		hears("A", 'd', "M");
		taken_all();
		assert_said("romeo: read O; "
			    "juliet@xmpp.test/b: <displayed/> s; A 202");
		assert_int_equal(known(), 0);
		commit_all(true);
		assert_said(""); /* not once more */
	}
	/* What could not be written is known as long as we live. */
	J.is_ill = J.is_refusing = false;
	L.bridge.store = JOURNAL;
	owe("o", "O", ALL);
	says("o", "");
	commit_all(false);
	says("o", "o");
	commit_all(false);
	assert_said("romeo: delivered O; romeo: read O");
}

/* The end while something is said: it is forgotten, whichever step it was at.
 */
static void test_end(void **state)
{
	(void)state;
	owe("o", "O", ALL);
	await("s", "M", ALL);
	await("t", "N", ALL);
	commit_all(true);
	hears("A", 'r', "N");
	commit_all(true);
	says("o", "");
	hears("B", 'r', "M");
	killed();
	assert_int_equal(known(), 3);
}

static void test_unreadable(void **state)
{
	const char *why = NULL;
	struct notices *n;

	(void)state;
	J.is_unreadable = true;
	n = notices_create(&L.bridge, &why);
	assert_null(n);
	assert_string_equal(why, "the journal cannot be read");
	J.is_unreadable = false;
}

/* The stanza of which a phone speaks. */
static void test_stanza(void **state)
{
	struct jid romeo = jid_of("romeo@sip.test/phone"),
		   juliet = jid_of("juliet@xmpp.test/c"),
		   other = jid_of("tybalt@xmpp.test");

	(void)state;
	await("s", "M", ALL);
	owe("o", "O", ALL);
	assert_true(str_eqz(
		notices_stanza(&L.link, &romeo, &juliet, STR_LIT("M")), "s"));
	assert_int_equal(
		notices_stanza(&L.link, &romeo, &other, STR_LIT("M")).n, 0);
	assert_int_equal(
		notices_stanza(&L.link, &romeo, &juliet, STR_LIT("O")).n, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_owed),	   TEST(test_not_owed),
		TEST(test_up_to),	   TEST(test_refused),
		TEST(test_up_to_old_ones), TEST(test_refused),
		TEST(test_no_room),	   TEST(test_words_of_theirs),
		TEST(test_awaited),	   TEST(test_not_awaited),
		TEST(test_twins),	   TEST(test_order),
		TEST(test_link_lost),	   TEST(test_killed),
		TEST(test_store_away),	   TEST(test_end),
		TEST(test_unreadable),	   TEST(test_stanza),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
