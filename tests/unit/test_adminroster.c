#include "link_bench.h"
#include "admin_bench.h"
#include "gateway/services/privilege.h"
#include "gateway/presence/roster.h"

/* A contact on a user's roster, and off it: by the server where it lets us, and
 * else by what the contact says. */
static struct bench {
	bool has_roster;
	privilege_fn *fn; /* who waits for the server */
	void *arg;
	struct strbuf out;
} T;

bool privilege_has_roster(const struct link *k, struct str domain)
{
	assert_ptr_equal(k, &L.link);
	assert_true(str_eqz(domain, "xmpp.test"));
	return T.has_roster;
}

static void ask(const char *what, const struct jid *user,
		const struct jid *contact, privilege_fn *fn, void *arg)
{
	struct arena *a = loop_arena(L.loop);

	assert_null(T.fn);
	T.fn = fn;
	T.arg = arg;
	line("%s %.*s of %.*s", what, STR_ARG(jid_text(a, contact)),
	     STR_ARG(jid_text(a, user)));
}

void privilege_put(struct link *k, const struct jid *user,
		   const struct jid *contact, struct str name, privilege_fn *fn,
		   void *arg)
{
	assert_ptr_equal(k, &L.link);
	ask("put", user, contact, fn, arg);
	if (name.n > 0)
		line("as %.*s", STR_ARG(name));
}

void privilege_remove(struct link *k, const struct jid *user,
		      const struct jid *contact, privilege_fn *fn, void *arg)
{
	assert_ptr_equal(k, &L.link);
	ask("remove", user, contact, fn, arg);
}

bool roster_part(struct roster *r, struct str user, struct str contact)
{
	assert_ptr_equal(r, &T);
	line("part %.*s %.*s", STR_ARG(user), STR_ARG(contact));
	return true;
}

static int set_up(void **state)
{
	(void)state;
	T = (struct bench){ .fn = NULL };
	link_bench_open();
	said_open();
	L.bridge.roster = (struct roster *)&T;
	strbuf_init(&T.out, 4096);
	admin_bench_open(&L.bridge, loop_arena(L.loop), &T.out);
	A.role = ADMIN_USER;
	A.link = &L.link;
	A.jid = STR_LIT("juliet@xmpp.test");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_null(T.fn);
	assert_int_equal(promised, 0);
	strbuf_fini(&T.out);
	said_close();
	link_bench_close();
	return 0;
}

/* The server's answer, in another turn of the loop. */
static void answer(bool is_done)
{
	privilege_fn *fn = T.fn;

	T.fn = NULL;
	A.args[0] = A.args[1] = STR_NONE;
	loop_turn(L.loop, 0);
	fn(T.arg, is_done, "");
}

#define SAYS(type)                                                             \
	"<presence from='romeo@sip.test' to='juliet@xmpp.test' type='" type    \
	"'></presence>"
#define ASKS "romeo@sip.test asks to be your contact: accept it in your client"
#define PARTED                                                                 \
	"part juliet@xmpp.test romeo@sip.test; you do not see each other any " \
	"more; take the entry off your roster in your client"

static void test_plainly(void **state)
{
	(void)state;
	assert_true(command(admin_add, "romeo@sip.example", "My love"));
	assert_string_equal(written(), SAYS("subscribe"));
	assert_said(ASKS);
	assert_true(command(admin_remove, "sip:romeo@sip.example", NULL));
	assert_string_equal(written(),
			    SAYS("unsubscribe") SAYS("unsubscribed"));
	assert_said(PARTED);
	assert_false(A.is_deferred);
}

static void test_by_server(void **state)
{
	(void)state;
	T.has_roster = true;
	assert_true(command(admin_add, "romeo@sip.test/phone", "My love"));
	assert_true(A.is_deferred);
	assert_said("put romeo@sip.test of juliet@xmpp.test; as My love");
	answer(true);
	assert_said("done; (done)");
	assert_true(command(admin_add, "+49 30 12", NULL));
	assert_said("put +493012@sip.test of juliet@xmpp.test");
	answer(true);
	assert_said("done; (done)");
	/* What is not on the roster any more may be alive here. */
	assert_true(command(admin_remove, "romeo", NULL));
	assert_said("remove romeo@sip.test of juliet@xmpp.test");
	answer(true);
	assert_said("part juliet@xmpp.test romeo@sip.test; done; (done)");
	assert_written(NULL);
}

/* What the server does not do is done plainly. */
static void test_refused(void **state)
{
	(void)state;
	T.has_roster = true;
	assert_true(command(admin_add, "romeo", "My love"));
	strbuf_reset(&SAID);
	answer(false);
	assert_string_equal(written(), SAYS("subscribe"));
	assert_said(ASKS "; (done)");
	assert_true(command(admin_remove, "romeo", NULL));
	strbuf_reset(&SAID);
	answer(false);
	assert_string_equal(written(),
			    SAYS("unsubscribe") SAYS("unsubscribed"));
	assert_said(PARTED "; (done)");
}

/* All is ending: there is no memory of subscriptions any more. */
static void test_ending(void **state)
{
	(void)state;
	T.has_roster = true;
	for (size_t i = 0; i < 2; i++) {
		L.bridge.roster = (struct roster *)&T;
		A.lang = ADMIN_DE;
		assert_true(command(admin_remove, "romeo", NULL));
		L.bridge.roster = NULL;
		strbuf_reset(&SAID);
		answer(i == 0);
		assert_said(i == 0 ? "Erledigt; (done)"
				   : "Sie sehen einander nicht mehr; nehmen "
				     "Sie den Eintrag im Client von der "
				     "Kontaktliste; (done)");
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *word, *said;
	} cases[] = {
		{ "", "no: type a SIP address or a number" },
		{ "juliet@xmpp.test", "no: a user, not a contact" },
		{ "romeo@elsewhere.example",
		  "no: not of the SIP domain that is served here" },
		{ "mailto:romeo@sip.example", "no: this is no address" },
		{ "\xff", "no: this is no address" },
	};

	(void)state;
	T.has_roster = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(command(admin_add, cases[i].word, NULL));
		assert_said(cases[i].said);
		assert_false(command(admin_remove, cases[i].word, NULL));
		assert_said(cases[i].said);
	}
	assert_written(NULL);
	assert_false(A.is_deferred);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_plainly), TEST(test_by_server), TEST(test_refused),
		TEST(test_ending),  TEST(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
