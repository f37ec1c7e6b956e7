#include "no_lists.h"
#include "roster_bench.h"
#include "gateway/phones/phones.h"
#include "gateway/phones/presentity.h"

/* A contact whose phones attach to us: no dialog is opened, and what is known
 * of him is told at once. */
struct watching {
	bool is_there;
};

static struct {
	bool is_served, is_known, has_phone;
	struct watching watching;
	watching_fn *fn;
	void *arg;
} P;

bool phones_serve(struct bridge *b, const struct uri *uri)
{
	(void)b;
	assert_true(str_eqz(uri->host, "sip.example"));
	return P.is_served;
}

bool door_knows(const struct door *d, const struct uri *uri)
{
	(void)d;
	assert_true(str_eqz(uri->user, "romeo"));
	return P.is_known;
}

struct presence_item *presentities_items(struct presentities *p, struct str key,
					 struct arena *a)
{
	struct presence_item *v;

	(void)p;
	assert_true(str_eqz(key, "romeo@sip.test"));
	if (!P.has_phone)
		return NULL;
	v = arena_new(a, struct presence_item);
	*v = (struct presence_item){ .resource = STR("desk"),
				     .is_available = true };
	return v;
}

struct watching *watching_create(struct presentities *p, struct str key,
				 watching_fn *fn, void *arg)
{
	(void)p;
	assert_true(str_eqz(key, "romeo@sip.test"));
	assert_false(P.watching.is_there);
	P.watching.is_there = true;
	P.fn = fn;
	P.arg = arg;
	return &P.watching;
}

void watching_destroy(struct watching **wp)
{
	if (*wp != NULL)
		(*wp)->is_there = false;
	*wp = NULL;
}

static int set_up(void **state)
{
	bench_setup(state);
	memset(&P, 0, sizeof(P));
	P.is_served = P.is_known = P.has_phone = true;
	T.component.plan.has_phones = true;
	return 0;
}

static int tear_down(void **state)
{
	int result = bench_teardown(state);

	assert_false(P.watching.is_there);
	return result;
}

static void settle(void)
{
	for (int i = 0; i < 100; i++) {
		commit_all(true);
		clock_turn(T.loop, 10);
	}
}

static void from_juliet(enum presence_type type)
{
	presence("juliet@xmpp.test", "romeo@sip.test", type);
	settle();
}

static void changed(bool has_phone)
{
	P.has_phone = has_phone;
	assert_true(P.watching.is_there);
	P.fn(P.arg);
	settle();
}

static void test_watches(void **state)
{
	(void)state;
	from_juliet(PRESENCE_SUBSCRIBE);
	assert_said("put row ASKING; put row ACTIVE; "
		    "xmpp subscribed romeo@sip.test; "
		    "xmpp available romeo@sip.test/desk");
	changed(true); /* nothing new */
	assert_said("");
	changed(false);
	assert_said("xmpp unavailable romeo@sip.test/desk");
	changed(true);
	assert_said("xmpp available romeo@sip.test/desk");
	from_juliet(PRESENCE_UNSUBSCRIBE);
	assert_said("remove row; xmpp unavailable romeo@sip.test/desk; "
		    "xmpp unsubscribed romeo@sip.test");
	assert_false(P.watching.is_there);
	assert_int_equal(roster_count(T.bridge.roster), 0);
}

/* Nobody of that name is here. */
static void test_unknown(void **state)
{
	(void)state;
	P.is_known = false;
	from_juliet(PRESENCE_SUBSCRIBE);
	assert_false(P.watching.is_there);
	assert_int_equal(roster_count(T.bridge.roster), 0);
	strbuf_addc(&SAID, '\0');
	assert_null(strstr(SAID.p, "xmpp subscribed"));
	assert_null(strstr(SAID.p, "open"));
	strbuf_reset(&SAID);
}

/* Somebody else's phone: the SIP side is asked, as ever. */
static void test_elsewhere(void **state)
{
	(void)state;
	P.is_served = false;
	from_juliet(PRESENCE_SUBSCRIBE);
	assert_said("put row ASKING; open presence 3600");
	assert_false(P.watching.is_there);
}

/* A probe of one whom the user does not watch: told once, nothing stays. */
static void test_poll(void **state)
{
	(void)state;
	from_juliet(PRESENCE_PROBE);
	assert_false(P.watching.is_there);
	assert_int_equal(roster_count(T.bridge.roster), 0);
	strbuf_addc(&SAID, '\0');
	assert_null(strstr(SAID.p, "subscribed romeo"));
	assert_null(strstr(SAID.p, "open"));
	strbuf_reset(&SAID);
}

/* After a restart it is as before. */
static void test_comes_back(void **state)
{
	(void)state;
	from_juliet(PRESENCE_SUBSCRIBE);
	bench_restart();
	roster_link_up(&T.link);
	settle();
	assert_true(P.watching.is_there);
	changed(false);
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "xmpp available romeo@sip.test/desk"));
	assert_non_null(strstr(SAID.p, "xmpp unavailable romeo@sip.test/desk"));
	strbuf_reset(&SAID);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_watches), TEST(test_unknown),	   TEST(test_elsewhere),
		TEST(test_poll),    TEST(test_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
