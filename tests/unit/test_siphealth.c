#include "gateway/monitor/siphealth.h"
#include "gateway/presence/reception.h"
#include "link_bench.h"
#include "sip/agent.h"
#include "sip/outgoing.h"

/* One OPTIONS at a time; the test is the SIP side. */
static struct bench {
	bool is_full; /* nothing can be sent */
	char target[64];
	uac_fn *fn;
	void *arg;
	unsigned sent, changes;
	unsigned told;
	bool is_answered;
	int status;
	char hop[64], reason[64];
} T;

struct uac *agent_uac(struct agent *a)
{
	return (struct uac *)a;
}

struct outgoing *uac_prepare(struct uac *u, const struct draft *d)
{
	struct arena *a = loop_arena(L.loop);

	(void)u;
	snprintf(T.target, sizeof(T.target), "%.*s",
		 STR_ARG(uri_text(a, &d->target)));
	return (struct outgoing *)(uintptr_t)1;
}

void outgoing_destroy(struct outgoing **op)
{
	*op = NULL;
}

bool uac_start(struct uac *u, struct outgoing *o, uac_fn *fn, void *arg)
{
	(void)u;
	(void)o;
	if (T.is_full)
		return false;
	T.sent++;
	T.fn = fn;
	T.arg = arg;
	return true;
}

void reception_changed(struct link *k)
{
	assert_ptr_equal(k, &L.link);
	T.changes++;
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	T = (struct bench){ 0 };
	L.cfg.check_s = 3600;
	L.link.health = siphealth_create(&L.link);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	siphealth_destroy(&L.link.health);
	link_bench_close();
	return 0;
}

static void on_told(void *arg, const struct siphealth_result *r)
{
	(void)arg;
	T.told++;
	T.is_answered = r->is_answered;
	T.status = r->status;
	snprintf(T.hop, sizeof(T.hop), "%.*s", STR_ARG(r->hop));
	snprintf(T.reason, sizeof(T.reason), "%s",
		 r->reason != NULL ? r->reason : "");
}

static void outcome(enum outcome_kind kind, int status)
{
	const struct outcome o = { .kind = kind, .status = status };
	uac_fn *fn = T.fn;

	T.fn = NULL;
	assert_non_null(fn);
	fn(T.arg, &o);
}

/* Whom it asks, by the settings. */
static void test_hops(void **state)
{
	static const struct {
		const char *next_hop, *proxy;
		enum contact_plan contacts;
		const char *target; /* NULL: nobody */
	} cases[] = {
		{ "", "", CONTACT_FIXED, "sip:sip.example" },
		{ "", "", CONTACT_ESCAPED, NULL },
		{ "", "sip:192.0.2.1:5070;lr", CONTACT_ESCAPED,
		  "sip:192.0.2.1:5070" },
		{ "sip:192.0.2.2;transport=tcp;lr", "sip:192.0.2.1",
		  CONTACT_FIXED, "sip:192.0.2.2;transport=tcp" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T = (struct bench){ 0 };
		L.component.next_hop = str_z(cases[i].next_hop);
		L.component.plan.contacts = cases[i].contacts;
		L.cfg.outbound_proxy = str_z(cases[i].proxy);
		siphealth_ask(L.link.health, on_told, NULL);
		assert_int_equal(T.told, 0); /* never inside the call */
		if (cases[i].target != NULL) {
			assert_string_equal(T.target, cases[i].target);
			outcome(OUTCOME_ANSWERED, 405);
			assert_true(T.is_answered);
			assert_int_equal(T.status, 405);
		} else {
			bench_turns(50);
			assert_string_equal(T.hop, "");
			assert_int_equal(T.sent, 0);
		}
		assert_int_equal(T.told, 1);
	}
	assert_true(siphealth_is_up(L.link.health));
}

/* Any answer is a sign of life; silence is told once. */
static void test_down_and_up(void **state)
{
	static const struct {
		enum outcome_kind kind;
		const char *reason;
	} silent[] = {
		{ OUTCOME_TIMEOUT, "no answer in time" },
		{ OUTCOME_NO_ROUTE, "no such name in DNS" },
		{ OUTCOME_NO_DNS, "no answer from DNS" },
		{ OUTCOME_UNREACHABLE, "cannot be reached" },
	};
	struct siphealth *h = L.link.health;
	const struct outcome answered = { .kind = OUTCOME_ANSWERED,
					  .status = 500 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		T.changes = 0;
		siphealth_ask(h, on_told, NULL);
		outcome(silent[i].kind, 0);
		assert_string_equal(T.reason, silent[i].reason);
		assert_false(siphealth_is_up(h));
		siphealth_ask(h, on_told, NULL);
		outcome(silent[i].kind, 0);
		assert_int_equal(T.changes, 1);
		siphealth_note(h, &answered);
		assert_true(siphealth_is_up(h));
		siphealth_note(h, &answered);
		assert_int_equal(T.changes, 2);
	}
}

/* One message that failed proves little: the next hop itself is asked, if
 * somebody wants to know; one that was too long says nothing. */
static void test_notes(void **state)
{
	struct siphealth *h = L.link.health;
	struct outcome o = { .kind = OUTCOME_TIMEOUT };

	(void)state;
	siphealth_note(h, &o); /* a line in the log */
	assert_int_equal(T.sent, 0);
	siphealth_watch(h);
	assert_int_equal(T.sent, 1);
	siphealth_watch(h);
	assert_int_equal(T.sent, 1);
	outcome(OUTCOME_ANSWERED, 200);
	o.kind = OUTCOME_TOO_LARGE;
	siphealth_note(h, &o);
	assert_int_equal(T.sent, 1);
	o.kind = OUTCOME_UNREACHABLE;
	siphealth_note(h, &o);
	siphealth_note(h, &o); /* under way already */
	assert_int_equal(T.sent, 2);
	assert_true(siphealth_is_up(h));
	outcome(OUTCOME_TIMEOUT, 0);
	assert_false(siphealth_is_up(h));
}

/* What a reload changes counts at once: whether it is asked, and whom. */
static void test_reloaded(void **state)
{
	struct siphealth *h = L.link.health;

	(void)state;
	L.cfg.check_s = 0;
	siphealth_watch(h);
	assert_int_equal(T.sent, 0);
	L.cfg.check_s = 3600;
	siphealth_reloaded(h);
	assert_int_equal(T.sent, 1);
	siphealth_reloaded(h); /* under way already */
	assert_int_equal(T.sent, 1);
	outcome(OUTCOME_TIMEOUT, 0);
	L.component.next_hop = STR_LIT("sip:192.0.2.2;lr");
	siphealth_reloaded(h);
	assert_string_equal(T.target, "sip:192.0.2.2");
	outcome(OUTCOME_ANSWERED, 200);
	assert_true(siphealth_is_up(h));
}

/* Nobody wants to know. */
static void test_reloaded_unwatched(void **state)
{
	(void)state;
	siphealth_reloaded(L.link.health);
	assert_int_equal(T.sent, 0);
}

/* Nothing can be sent: that is said, and proves nothing. */
static void test_full(void **state)
{
	(void)state;
	T.is_full = true;
	siphealth_ask(L.link.health, on_told, NULL);
	bench_turns(50);
	assert_int_equal(T.told, 1);
	assert_string_equal(T.reason, "there is nobody to ask");
	assert_true(siphealth_is_up(L.link.health));
}

/* Who waits at the end is told. */
static void test_end(void **state)
{
	(void)state;
	siphealth_ask(L.link.health, on_told, NULL);
	siphealth_destroy(&L.link.health);
	assert_int_equal(T.told, 1);
	assert_string_equal(T.reason, "the gateway is shutting down");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hops, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_down_and_up, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_notes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reloaded, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_reloaded_unwatched, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
