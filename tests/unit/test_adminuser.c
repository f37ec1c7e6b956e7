#include "link_bench.h"
#include "admin_bench.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/services/wishes.h"

/* Who somebody is on the other side, and whether that side answers. */
static struct bench {
	siphealth_fn *fn; /* who asked for a result */
	void *arg;
	bool is_off[WISH_COUNT];
} T;

bool wishes_has(const struct wishes *w, const struct jid *user, enum wish wish)
{
	(void)w;
	assert_true(str_eqz(user->local, "juliet"));
	return !T.is_off[wish];
}

void siphealth_ask(struct siphealth *h, siphealth_fn *fn, void *arg)
{
	assert_ptr_equal(h, &T);
	assert_null(T.fn);
	T.fn = fn;
	T.arg = arg;
}

static int set_up(void **state)
{
	(void)state;
	T = (struct bench){ .fn = NULL };
	link_bench_open();
	said_open();
	L.link.health = (struct siphealth *)&T;
	admin_bench_open(&L.bridge, loop_arena(L.loop), &L.out);
	A.role = ADMIN_USER;
	A.link = &L.link;
	A.jid = STR_LIT("juliet@xmpp.test");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(promised, 0);
	said_close();
	link_bench_close();
	return 0;
}

static void test_whoami(void **state)
{
	(void)state;
	T.is_off[WISH_TYPING] = true;
	assert_true(command(admin_whoami, NULL, NULL));
	assert_said("XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test; "
		    "contacts: name@sip.test is sip:name@sip.example; "
		    "typing: off; receipts: on");
	T.is_off[WISH_TYPING] = false;
	T.is_off[WISH_RECEIPTS] = true;
	A.lang = ADMIN_DE;
	L.component.plan.contacts = CONTACT_ESCAPED;
	assert_true(command(admin_whoami, NULL, NULL));
	assert_said("XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test; "
		    "Tippen: an; Quittungen: aus");
}

/* He hears why he is nobody on the SIP side, and nothing else is claimed. */
static void test_whoami_nobody(void **state)
{
	(void)state;
	A.jid = STR_LIT("juliet@elsewhere.test");
	assert_false(command(admin_whoami, NULL, NULL));
	assert_said("XMPP: juliet@elsewhere.test; no: your domain is not "
		    "served here");
}

static const struct {
	enum contact_plan contacts;
	const char *word;
	bool is_found;
	const char *said;
} words[] = {
	{ CONTACT_FIXED, "romeo@sip.example", true,
	  "XMPP: romeo@sip.test; SIP: sip:romeo@sip.example" },
	{ CONTACT_FIXED, "sip:Romeo@sip.example", true,
	  "XMPP: romeo@sip.test; SIP: sip:romeo@sip.example" },
	{ CONTACT_FIXED, "romeo@sip.test/phone", true,
	  "XMPP: romeo@sip.test; SIP: sip:romeo@sip.example" },
	{ CONTACT_FIXED, "romeo", true,
	  "XMPP: romeo@sip.test; SIP: sip:romeo@sip.example" },
	{ CONTACT_FIXED, " +49 (30) 12-34 ", true,
	  "XMPP: +49301234@sip.test; SIP: sip:+49301234@sip.example" },
	{ CONTACT_FIXED, "romeo@elsewhere.example", false,
	  "no: not of the SIP domain that is served here" },
	/* A user of the XMPP side, in whatever form. */
	{ CONTACT_FIXED, "Juliet@XMPP.test/balcony", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_FIXED, " juliet@xmpp.test", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_FIXED, "<juliet@xmpp.test>", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_FIXED, "xmpp:juliet@xmpp.test", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_FIXED, "sip:juliet@xmpp.test", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_ESCAPED, "juliet@xmpp.test", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_ESCAPED, "sip:juliet@xmpp.test", true,
	  "XMPP: juliet@xmpp.test; SIP: sip:juliet@xmpp.test" },
	{ CONTACT_ESCAPED, "romeo@elsewhere.example", true,
	  "XMPP: romeo\\40elsewhere.example@sip.test; "
	  "SIP: sip:romeo@elsewhere.example" },
	{ CONTACT_FIXED, "", false, "no: type a SIP address or a number" },
	{ CONTACT_FIXED, "@xmpp.test", false, "no: no user before @" },
	{ CONTACT_FIXED, "sip:juliet@elsewhere.test", false,
	  "no: not of the SIP domain that is served here" },
	{ CONTACT_FIXED, "J\xc3\xb6rg", true,
	  "XMPP: j\xc3\xb6rg@sip.test; SIP: sip:j%C3%B6rg@sip.example" },
	{ CONTACT_FIXED, "\xff@sip.example", false, "no: this is no address" },
	{ CONTACT_FIXED, "a b", false,
	  "no: an address has no blanks: name@example.net" },
};

static void test_lookup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		L.component.plan.contacts = words[i].contacts;
		assert_int_equal(command(admin_lookup, words[i].word, NULL),
				 words[i].is_found);
		assert_said(words[i].said);
	}
}

/* The answer comes when there is one, and says what there was. */
static void test_test(void **state)
{
	static const struct {
		struct siphealth_result r;
		enum admin_lang lang;
		const char *said;
	} cases[] = {
		{ { .is_answered = true,
		    .status = 200,
		    .ms = 12,
		    .hop = STR("sip:h"),
		    .reason = "no answer in time" },
		  ADMIN_EN,
		  "XMPP: the link is up; SIP: sip:h answers: 200, after 12 ms; "
		  "(done)" },
		{ { .is_answered = true,
		    .status = 503,
		    .ms = 1,
		    .hop = STR("sip:h"),
		    .reason = "" },
		  ADMIN_DE,
		  "XMPP: die Verbindung steht; SIP: sip:h antwortet: 503, nach "
		  "1 ms; (done)" },
		{ { .ms = 5000,
		    .hop = STR("sip:h"),
		    .reason = "no answer in time" },
		  ADMIN_EN,
		  "XMPP: the link is up; SIP: sip:h: no answer in time; "
		  "(not done)" },
		{ { .reason = "there is nobody to ask" },
		  ADMIN_EN,
		  "XMPP: the link is up; SIP: each domain has a server of its "
		  "own; (done)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		siphealth_fn *fn;

		A.lang = cases[i].lang;
		A.is_deferred = false;
		assert_true(command(admin_test, NULL, NULL));
		assert_true(A.is_deferred);
		assert_said("");
		fn = T.fn;
		T.fn = NULL;
		fn(T.arg, &cases[i].r);
		assert_said(cases[i].said);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_whoami),
		TEST(test_whoami_nobody),
		TEST(test_lookup),
		TEST(test_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
