#include "gateway/admin/bans.h"
#include "gateway/services/nicks.h"
#include "gateway/services/wishes.h"
#include "gateway/trust/admission.h"
#include "gateway/trust/sender.h"
#include "link_bench.h"
#include "sip/agent.h"

/* What strangers must pass before anything of theirs is looked at. Two
 * components serve xmpp.test, each for a SIP domain of its own; the second one
 * has its users at another host. The door and the users' wishes are fakes. */
static const struct str domains[] = { STR("xmpp.test") };
static struct config_component components[2];
static struct link links[2];
static bool may_speak, may_number, may_assert, is_blocked;
static char spoken[64]; /* as whom the door was asked about */

bool door_may_speak(const struct door *d, const struct request *r,
		    const char *names, const struct uri *sender)
{
	(void)d;
	(void)r;
	assert_string_equal(names, "proxy.test");
	snprintf(spoken, sizeof(spoken), "%.*s", STR_ARG(sender->host));
	return sender->scheme == URI_TEL ? may_number : may_speak;
}

bool door_may_assert(const struct door *d, const struct request *r,
		     const char *names)
{
	(void)d;
	(void)r;
	assert_string_equal(names, "proxy.test");
	return may_assert;
}

struct transport_set *agent_transports(struct agent *a)
{
	return (struct transport_set *)a;
}

const char *transport_names(struct transport_set *t, const struct hop *from)
{
	(void)t;
	(void)from;
	return "proxy.test";
}

bool wishes_is_blocked(const struct wishes *w, const struct jid *user,
		       const struct jid *contact)
{
	(void)w;
	assert_true(str_eqz(user->domain, "xmpp.test"));
	assert_true(contact->local.n > 0);
	return is_blocked;
}

bool component_is_up(const struct component *c)
{
	(void)c;
	return L.is_up;
}

bool component_has_room(const struct component *c)
{
	(void)c;
	return !L.is_full;
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	components[0] = components[1] = (struct config_component){
		.domain = STR("sip.test"),
		.plan = { .contacts = CONTACT_FIXED,
			  .users = USER_TRANSPARENT,
			  .component = STR("sip.test"),
			  .sip_domain = STR("sip.example"),
			  .xmpp_domains = domains,
			  .xmpp_domain_count = 1 },
	};
	components[1].domain = components[1].plan.component =
		STR_LIT("two.test");
	components[1].plan.sip_domain = STR_LIT("two.example");
	for (size_t i = 0; i < 2; i++)
		links[i] = (struct link){ .bridge = &L.bridge,
					  .cfg = &components[i] };
	L.bridge.links = links;
	L.bridge.link_count = 2;
	L.bridge.policy = policy_create((struct config_rate){ 0, 0 });
	L.bridge.bans = bans_create();
	L.bridge.nicks = nicks_create();
	may_speak = true;
	may_number = may_assert = is_blocked = false;
	spoken[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	policy_destroy(&L.bridge.policy);
	bans_destroy(&L.bridge.bans);
	nicks_destroy(&L.bridge.nicks);
	link_bench_close();
	return 0;
}

static struct uri uri_of(const char *text)
{
	struct uri u;
	const char *why;

	if (!uri_read(str_z(text), &u, &why))
		fail_msg("%s: %s", text, why);
	return u;
}

static struct request request(const char *from, const char *target)
{
	struct request r = { .method = METHOD_MESSAGE,
			     .target = uri_of(target) };

	r.from.uri = uri_of(from);
	return r;
}

/* 0, or the status of the refusal. */
static int ask(const struct request *r, struct admission *m)
{
	struct fault why = { 0 };

	if (admission_read(&L.bridge, r, loop_arena(L.loop), m, &why))
		return 0;
	assert_in_range(why.status, 400, 699);
	assert_int_equal(why.retry_after_s > 0, why.status == 503);
	return why.status;
}

static int from_to(const char *from, const char *target)
{
	struct request r = request(from, target);
	struct admission m;

	return ask(&r, &m);
}

#define JULIET "sip:juliet@xmpp.test"
#define ROMEO  "sip:romeo@sip.example"

static void test_let_in(void **state)
{
	struct request r = request(ROMEO, JULIET);
	struct admission m;

	(void)state;
	assert_int_equal(ask(&r, &m), 0);
	assert_ptr_equal(m.link, &links[0]);
	assert_true(str_eqz(m.from.local, "romeo"));
	assert_true(str_eqz(m.from.domain, "sip.test"));
	assert_true(str_eqz(m.to.local, "juliet"));
	assert_true(str_eqz(m.to.domain, "xmpp.test"));
	assert_string_equal(spoken, "sip.example");
	/* The component of his SIP domain, not the first one. */
	r = request("sip:nurse@two.example", JULIET);
	assert_int_equal(ask(&r, &m), 0);
	assert_ptr_equal(m.link, &links[1]);
	assert_true(str_eqz(m.from.domain, "two.test"));
}

/* Nobody outside is one of ours, in whatever spelling. */
static void test_own_names(void **state)
{
	static const char *const from[] = {
		"sip:juliet@xmpp.test",	 "sip:juliet@XMPP.Test",
		"sips:juliet@xmpp.test", "sip:romeo@sip.test",
		"sip:romeo@SIP.test",	 "sip:nurse@two.test",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		assert_int_equal(from_to(from[i], JULIET), 403);
	assert_string_equal(spoken, ""); /* whatever the door would say */
	/* Users who have another host in SIP: that one is ours. */
	components[0].plan.users = components[1].plan.users = USER_FIXED;
	components[0].plan.user_host = components[1].plan.user_host =
		STR_LIT("users.test");
	assert_int_equal(
		from_to("sip:juliet@users.test", "sip:juliet@users.test"), 403);
	assert_int_equal(
		from_to("sip:juliet@xmpp.test", "sip:juliet@users.test"), 403);
	assert_int_equal(from_to(ROMEO, "sip:juliet@users.test"), 0);
}

/* Whose name an XMPP domain is where it is a SIP domain as well, or where any
 * SIP domain may come. */
static void test_shared_names(void **state)
{
	static const struct {
		enum contact_plan contacts;
		enum user_plan users;
		const char *sip_domain, *component, *from, *to;
		int status;
	} cases[] = {
		/* Users have another host in SIP: the name is the contacts'. */
		{ CONTACT_FIXED, USER_FIXED, "xmpp.test", "sip.test",
		  "sip:romeo@xmpp.test", "sip:juliet@users.test", 0 },
		{ CONTACT_FIXED, USER_FIXED, "xmpp.test", "sip.test",
		  "sip:juliet@users.test", "sip:juliet@users.test", 403 },
		{ CONTACT_FIXED, USER_FIXED, "sip.example", "sip.test",
		  "sip:juliet@xmpp.test", "sip:juliet@users.test", 403 },
		/* They have not: nobody outside is one of them. */
		{ CONTACT_FIXED, USER_TRANSPARENT, "xmpp.test", "sip.test",
		  "sip:juliet@xmpp.test", JULIET, 403 },
		{ CONTACT_ESCAPED, USER_FIXED, "", "sip.test",
		  "sip:juliet@xmpp.test", "sip:juliet@users.test", 403 },
		{ CONTACT_ESCAPED, USER_TRANSPARENT, "", "sip.test",
		  "sip:juliet@xmpp.test", JULIET, 403 },
		{ CONTACT_ESCAPED, USER_TRANSPARENT, "", "sip.test",
		  "sip:romeo@sip.test", JULIET, 403 },
		{ CONTACT_ESCAPED, USER_TRANSPARENT, "", "sip.test",
		  "sip:romeo@anywhere.example", JULIET, 0 },
		/* The component has the SIP domain's own name. */
		{ CONTACT_TRANSPARENT, USER_TRANSPARENT, "sip.example",
		  "sip.example", ROMEO, JULIET, 0 },
		{ CONTACT_TRANSPARENT, USER_TRANSPARENT, "sip.example",
		  "sip.example", "sip:juliet@xmpp.test", JULIET, 403 },
	};

	(void)state;
	L.bridge.link_count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address_plan *p = &components[0].plan;
		int status;

		p->contacts = cases[i].contacts;
		p->users = cases[i].users;
		p->sip_domain = str_z(cases[i].sip_domain);
		p->component = str_z(cases[i].component);
		p->user_host = STR_LIT("users.test");
		spoken[0] = '\0';
		status = from_to(cases[i].from, cases[i].to);
		/* Not even asked about. */
		if (status != cases[i].status ||
		    (status == 0) != (spoken[0] != '\0'))
			fail_msg("case %zu: %d %s", i, status, spoken);
	}
}

static void test_not_for_that_domain(void **state)
{
	(void)state;
	may_speak = false;
	assert_int_equal(from_to(ROMEO, JULIET), 403);
	assert_string_equal(spoken, "sip.example");
}

/* No relaying, and no guessing. */
static void test_targets(void **state)
{
	static const struct {
		const char *from, *to;
		int status;
	} cases[] = {
		{ ROMEO, "sip:juliet@elsewhere.test", 404 },
		{ ROMEO, "sip:nurse@sip.example", 404 },
		{ ROMEO, "sip:juliet@xmpp.test.evil.test", 404 },
		{ ROMEO, "sip:juliet@XMPP.TEST", 0 },
		{ "sip:romeo@third.example", JULIET, 403 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = from_to(cases[i].from, cases[i].to);

		if (status != cases[i].status)
			fail_msg("%s %s: %d", cases[i].from, cases[i].to,
				 status);
	}
}

/* P-Asserted-Identity, only where it may come from; and what it says is asked
 * about, not From. */
static void test_asserted(void **state)
{
	struct request r = request("sip:anything@pbx.example", JULIET);
	struct admission m;

	(void)state;
	r.asserted = STR_LIT("<sip:romeo@sip.example>");
	assert_int_equal(ask(&r, &m), 403); /* From is of no domain here */
	assert_string_equal(spoken, "pbx.example");
	may_assert = true;
	assert_int_equal(ask(&r, &m), 0);
	assert_string_equal(spoken, "sip.example");
	assert_true(str_eqz(m.from.local, "romeo"));
	r.asserted = STR_LIT("<sip:juliet@xmpp.test>");
	assert_int_equal(ask(&r, &m), 403);
	/* A number that this peer may not speak for: then it is From. */
	r = request(ROMEO, JULIET);
	r.asserted = STR_LIT("<tel:+4912345>");
	assert_int_equal(ask(&r, &m), 0);
	assert_true(str_eqz(m.from.local, "romeo"));
	may_number = true;
	assert_int_equal(ask(&r, &m), 0);
	assert_true(str_eqz(m.from.local, "+4912345"));
}

/* The bucket is a person's, and exact; who is refused otherwise takes nothing
 * from it. */
static void test_paced(void **state)
{
	(void)state;
	policy_set_rate(L.bridge.policy, (struct config_rate){ 1, 2 });
	may_speak = false;
	assert_int_equal(from_to(ROMEO, JULIET), 403);
	may_speak = true;
	assert_int_equal(from_to(ROMEO, "sip:x@elsewhere.test"), 404);
	assert_int_equal(from_to(ROMEO, JULIET), 0);
	assert_int_equal(from_to("sip:romeo@sip.example;gr=a", JULIET), 0);
	assert_int_equal(from_to(ROMEO, JULIET), 503);
	assert_int_equal(from_to("sip:nurse@sip.example", JULIET), 0);
}

static void test_shut_out(void **state)
{
	uint64_t now_ms = loop_now_ms(L.loop);

	(void)state;
	assert_true(bans_add(L.bridge.bans, STR_LIT("romeo@sip.test"),
			     now_ms + 60000));
	assert_int_equal(from_to(ROMEO, JULIET), 403);
	assert_int_equal(from_to("sip:romeo@sip.example;gr=a", JULIET), 403);
	assert_int_equal(from_to("sip:nurse@sip.example", JULIET), 0);
	assert_true(bans_remove(L.bridge.bans, STR_LIT("romeo@sip.test")));
	assert_int_equal(from_to(ROMEO, JULIET), 0);
	is_blocked = true; /* by the user */
	assert_int_equal(from_to(ROMEO, JULIET), 403);
}

/* His name is what he says with his own address, not with another's. */
static void test_name(void **state)
{
	struct request r = request(ROMEO, JULIET);
	struct admission m;

	(void)state;
	r.from.display = STR_LIT("Romeo M.");
	is_blocked = true;
	assert_int_equal(ask(&r, &m), 403);
	assert_int_equal(nicks_get(L.bridge.nicks, &m.from).n, 0);
	is_blocked = false;
	assert_int_equal(ask(&r, &m), 0);
	assert_true(str_eqz(nicks_get(L.bridge.nicks, &m.from), "Romeo M."));
	may_assert = true;
	r.from.display = STR_LIT("Nurse");
	r.asserted = STR_LIT("<sip:friar@sip.example>");
	assert_int_equal(ask(&r, &m), 0);
	assert_true(str_eqz(m.from.local, "friar"));
	assert_int_equal(nicks_get(L.bridge.nicks, &m.from).n, 0);
}

static void test_room(void **state)
{
	static const struct {
		bool is_up, is_full, is_draining, has_room;
	} cases[] = {
		{ true, false, false, true },
		{ false, false, false, false },
		{ true, true, false, false },
		{ true, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault why = { 0 };

		L.is_up = cases[i].is_up;
		L.is_full = cases[i].is_full;
		L.bridge.is_draining = cases[i].is_draining;
		assert_int_equal(admission_has_room(&links[0], &why),
				 cases[i].has_room);
		assert_int_equal(why.status, cases[i].has_room ? 0 : 503);
		assert_int_equal(why.retry_after_s, cases[i].has_room ? 0 : 5);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_let_in),
		TEST(test_own_names),
		TEST(test_shared_names),
		TEST(test_targets),
		TEST(test_not_for_that_domain),
		TEST(test_asserted),
		TEST(test_paced),
		TEST(test_shut_out),
		TEST(test_name),
		TEST(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
