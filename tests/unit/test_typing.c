#include "gateway/messages/typing.h"
#include "clock.h"
#include "gateway/messages/aside.h"
#include "gateway/messages/skills.h"
#include "gateway/services/wishes.h"
#include "mapping/extras.h"
#include "stream_bench.h"

/* Who types to whom, as a script. juliet, a user, says one of
 *   c(omposing) p(aused) a(ctive) i(nactive) g(one), or a message: M with
 *   <active/>, m without a state;
 * romeo's phone says T, t: he types, he does not; X: he does, for 2 s; R: a
 * message; '+' is a second of silence, '.' a tenth. What they are told is a
 * line. */
enum { REFRESH_S = 10, MAX_S = 60 };

static struct {
	enum knows knows;
	bool is_busy;  /* something is under way to romeo */
	bool is_quiet; /* juliet wants none of it */
	const char *resource;
} T;

/* --- fakes */

bool wishes_has(const struct wishes *w, const struct jid *user, enum wish wish)
{
	(void)w;
	assert_true(str_eqz(user->local, "juliet"));
	assert_int_equal(wish, WISH_TYPING);
	return !T.is_quiet;
}

enum knows skills_get(struct skills *s, struct str contact, enum skill what)
{
	(void)s;
	assert_true(str_eqz(contact, "romeo@sip.test"));
	assert_int_equal(what, SKILL_TYPING);
	return T.knows;
}

bool aside_to_contact(struct link *k, struct str user, struct str contact,
		      const struct aside *what)
{
	static const char active[] = "<state>active</state>";

	(void)k;
	assert_true(str_eqz(user, "juliet@xmpp.test"));
	assert_true(str_eqz(contact, "romeo@sip.test"));
	assert_true(what->is_fleeting && !what->is_cpim);
	assert_int_equal(what->skill, SKILL_TYPING);
	if (T.is_busy)
		return false;
	line("romeo: %s", memmem(what->body.p, what->body.n, active,
				 sizeof(active) - 1) != NULL
				  ? "types"
				  : "stops");
	return true;
}

void aside_to_user(struct link *k, struct stanza *s, const struct xml *x)
{
	(void)k;
	assert_int_equal(s->u.message.type, MESSAGE_CHAT);
	assert_true(str_eqz(s->to.local, "juliet"));
	if (s->from.resource.n > 0)
		line("juliet: <%.*s/> from %.*s", STR_ARG(x->name),
		     STR_ARG(s->from.resource));
	else
		line("juliet: <%.*s/>", STR_ARG(x->name));
}

/* --- the bench */

static int set_up(void **state)
{
	(void)state;
	stream_bench_open();
	memset(&T, 0, sizeof(T));
	T.knows = KNOWS_YES;
	L.component.typing = KNOWING_KNOWN;
	L.component.typing_refresh_s = REFRESH_S;
	L.component.typing_max_s = MAX_S;
	L.cfg.typing_pairs_max = 2;
	L.bridge.typing = typing_create(&L.bridge);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	typing_destroy(&L.bridge.typing);
	assert_null(L.bridge.typing);
	typing_destroy(&L.bridge.typing);
	assert_said("");
	stream_bench_close();
	return 0;
}

static const struct jid *juliet(void)
{
	static const struct jid j = { STR("juliet"), STR("xmpp.test"),
				      STR("b") };

	return &j;
}

static struct jid romeo(void)
{
	return (struct jid){ STR("romeo"), STR("sip.test"),
			     T.resource != NULL ? str_z(T.resource)
						: STR_NONE };
}

static void pass(unsigned ms)
{
	for (; ms > 0; ms -= 10)
		clock_turn(L.loop, 10);
}

static void user_says(char what)
{
	const struct stanza s = { .kind = STANZA_MESSAGE,
				  .from = *juliet(),
				  .to = romeo() };
	enum chat_state state = what == 'c'   ? CHAT_COMPOSING
				: what == 'p' ? CHAT_PAUSED
				: what == 'i' ? CHAT_INACTIVE
				: what == 'g' ? CHAT_GONE
				: what == 'm' ? CHAT_NONE
					      : CHAT_ACTIVE;

	if (what == 'm' || what == 'M')
		typing_user_spoke(&L.link, &s, state);
	else
		typing_from_user(&L.link, &s, state);
}

static void contact_says(char what)
{
	const struct iscomposing i = { what != 't', what == 'X' ? 2 : 120 };
	const struct xml other = { .name = STR("other") };
	struct message m = { .type = MESSAGE_CHAT, .extra = &other };
	struct jid r = romeo();

	if (what != 'R') {
		typing_from_contact(&L.link, &r, juliet(), &i);
		return;
	}
	typing_contact_spoke(&L.link, loop_arena(L.loop), &r, juliet(), &m);
	if (m.extra == &other) {
		line("text");
		return;
	}
	line("text <%.*s/>", STR_ARG(m.extra->name));
	assert_ptr_equal(m.extra->next, &other);
}

static void play(const char *script)
{
	for (; *script != '\0'; script++)
		if (*script == '+')
			pass(1000);
		else if (*script == '.')
			pass(100);
		else if (strchr("TtXR", *script) != NULL)
			contact_says(*script);
		else
			user_says(*script);
}

struct script {
	const char *script, *said;
};

static void play_all(const struct script *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		play(s[i].script);
		strbuf_addc(&SAID, '\0');
		if (strcmp(SAID.p, s[i].said) != 0)
			fail_msg("%s: %s, not %s", s[i].script, SAID.p,
				 s[i].said);
		strbuf_reset(&SAID);
		typing_destroy(&L.bridge.typing);
		L.bridge.typing = typing_create(&L.bridge);
	}
}

#define PLAY_ALL(cases) play_all(cases, sizeof(cases) / sizeof((cases)[0]))
#define TYPES		"romeo: types"
#define STOPS		"romeo: stops"
#define TEN		"++++++++++"
#define COMPOSE		"juliet: <composing/>"
#define ACTIVE		"juliet: <active/>"

/* --- the tests */

static void test_to_contact(void **state)
{
	static const struct script cases[] = {
		{ "c", TYPES },
		{ "ccc", TYPES },
		{ "cp", TYPES "; " STOPS },
		{ "cpp", TYPES "; " STOPS },
		{ "ca", TYPES "; " STOPS },
		{ "ci", TYPES "; " STOPS },
		{ "cg", TYPES "; " STOPS },
		{ "cpc", TYPES "; " STOPS "; " TYPES },
		{ "p", "" },
		{ "aig", "" },
		/* Said again before his phone forgets it, and no sooner. */
		{ "c+++++++", TYPES },
		{ "c++++++++.", TYPES "; " TYPES },
		{ "c" TEN TEN, TYPES "; " TYPES "; " TYPES },
		{ "c+++++++c+.", TYPES "; " TYPES },
		{ "c++++p" TEN, TYPES "; " STOPS },
		/* But not for ever, without a word of hers. */
		{ "c" TEN TEN TEN TEN TEN TEN TEN TEN,
		  TYPES "; " TYPES "; " TYPES "; " TYPES "; " TYPES "; " TYPES
			"; " TYPES "; " TYPES "; " STOPS },
		/* A message says that she has stopped. */
		{ "cM" TEN, TYPES },
		{ "cm" TEN, TYPES },
		{ "cMc", TYPES "; " TYPES },
		{ "cMp", TYPES },
	};

	(void)state;
	PLAY_ALL(cases);
}

/* Who does not understand it is not told. */
static void test_not_understood(void **state)
{
	static const struct {
		enum config_knowing knowing;
		enum knows knows;
		const char *said;
	} cases[] = {
		{ KNOWING_KNOWN, KNOWS_YES, TYPES "; " STOPS },
		{ KNOWING_KNOWN, KNOWS_UNKNOWN, "" },
		{ KNOWING_KNOWN, KNOWS_NO, "" },
		{ KNOWING_ALWAYS, KNOWS_YES, TYPES "; " STOPS },
		{ KNOWING_ALWAYS, KNOWS_UNKNOWN, TYPES "; " STOPS },
		{ KNOWING_ALWAYS, KNOWS_NO, "" },
		{ KNOWING_NEVER, KNOWS_YES, "" },
	};
	const struct script learnt = { "+++++++++p", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct script s = { "cp", cases[i].said };

		L.component.typing = cases[i].knowing;
		T.knows = cases[i].knows;
		play_all(&s, 1);
	}
	/* His phone has refused it meanwhile. */
	L.component.typing = KNOWING_KNOWN;
	T.knows = KNOWS_YES;
	play("c");
	T.knows = KNOWS_NO;
	strbuf_reset(&SAID);
	play_all(&learnt, 1);
}

/* It never waits behind a message; its end is tried again. */
static void test_busy(void **state)
{
	(void)state;
	T.is_busy = true;
	play("c");
	assert_said("");
	T.is_busy = false;
	play("....");
	assert_said("");
	play("..");
	assert_said(TYPES);
	T.is_busy = true;
	play("p++");
	assert_said("");
	T.is_busy = false;
	play("......");
	assert_said(STOPS);
	play(TEN);
	assert_said("");
	/* She goes on before he could be told: he still believes it. */
	play("c");
	T.is_busy = true;
	play("p+c");
	T.is_busy = false;
	assert_said(TYPES);
	play("+++++++");
	assert_said("");
	play("+.");
	assert_said(TYPES);
	/* But not for ever. */
	T.is_busy = true;
	play("p" TEN TEN TEN TEN);
	T.is_busy = false;
	play(TEN);
	assert_said("");
	/* At the end nothing is tried again. */
	play("c");
	assert_said(TYPES);
	T.is_busy = L.bridge.is_draining = true;
	play("p");
	T.is_busy = L.bridge.is_draining = false;
	play(TEN);
	assert_said("");
}

static void test_to_user(void **state)
{
	static const struct script cases[] = {
		{ "T", COMPOSE },
		{ "TTT", COMPOSE },
		{ "Tt", COMPOSE "; " ACTIVE },
		{ "Ttt", COMPOSE "; " ACTIVE },
		{ "t", "" },
		/* It ends by itself when he says no more. */
		{ "X+....", COMPOSE },
		{ "X++.", COMPOSE "; " ACTIVE },
		{ "X+X+X+..", COMPOSE },
		{ "X++.X", COMPOSE "; " ACTIVE "; " COMPOSE },
		/* A message ends it; <active/> goes with it for a side that
		 * understands it. */
		{ "XR++++", COMPOSE "; text" },
		{ "pTR", COMPOSE "; text <active/>" },
		{ "MR", "text <active/>" },
		{ "R", "text" },
		{ "TRT", COMPOSE "; text; " COMPOSE },
		/* XEP-0085 §5.1: who answers one without one wants no more. */
		{ "TmT", COMPOSE },
		{ "Tmt", COMPOSE },
		{ "X..m++++", COMPOSE },
		{ "pRmTR", "text <active/>; text" },
		{ "mT", COMPOSE },
		{ "TmMtT", COMPOSE "; " ACTIVE "; " COMPOSE },
		{ "TmptT", COMPOSE "; " ACTIVE "; " COMPOSE },
	};

	(void)state;
	PLAY_ALL(cases);
}

/* A state that comes late is worth nothing. */
static void test_link(void **state)
{
	(void)state;
	L.is_up = false;
	play("T");
	assert_said("");
	L.is_up = true;
	play("Tt");
	assert_said(ACTIVE);
	L.is_full = true;
	play("T");
	assert_said("");
	L.is_full = false;
	play("t");
	assert_said(ACTIVE);
}

/* It is the phone that types which is named. */
static void test_resource(void **state)
{
	(void)state;
	T.resource = "desk";
	play("T");
	assert_said(COMPOSE " from desk");
	T.resource = "cell";
	play("t");
	assert_said(ACTIVE " from cell");
	T.resource = NULL;
	play("T");
	assert_said(COMPOSE);
	T.resource = "desk";
	play("t");
	assert_said(ACTIVE " from desk");
}

static void test_unwanted(void **state)
{
	static const struct script cases[] = { { "cp", "" }, { "Tt", "" } };

	(void)state;
	T.is_quiet = true;
	PLAY_ALL(cases);
	T.is_quiet = false;
	L.component.typing = KNOWING_NEVER;
	PLAY_ALL(cases);
	play("MmR");
	assert_said("text");
}

/* So many pairs are remembered: who is forgotten is not shown as typing. */
static void test_many(void **state)
{
	static const char *const contacts[] = { "paris", "nurse", "tybalt" };

	(void)state;
	play("T");
	for (size_t i = 0; i < 3; i++) {
		const struct iscomposing on = { true, 120 };
		struct jid from = { str_z(contacts[i]), STR("sip.test"),
				    STR("") };

		typing_from_contact(&L.link, &from, juliet(), &on);
		if (i == 0) {
			assert_said(COMPOSE "; " COMPOSE);
			play("T"); /* romeo is not the oldest any more */
		} else {
			assert_said(ACTIVE "; " COMPOSE);
		}
	}
	play("T"); /* tybalt's coming has ended romeo's */
	assert_said(ACTIVE "; " COMPOSE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_to_contact), TEST(test_not_understood),
		TEST(test_busy),       TEST(test_to_user),
		TEST(test_link),       TEST(test_resource),
		TEST(test_unwanted),   TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
