#include "link_bench.h"
#include "admin_bench.h"
#include "gateway/base/log.h"
#include "gateway/messages/queue.h"
#include "gateway/presence/roster.h"
#include "gateway/store/store.h"
#include "clock.h"
#include "xmpp/component.h"

/* How the gateway is, in figures that stand beside their own names. */
static struct bench {
	struct link links[2];
	struct config_component components[2];
	bool is_up[2], is_ill, is_reloaded;
	unsigned drained;
} T;

static const struct component_counters counters[2] = {
	{ .stanzas_in = 11,
	  .stanzas_out = 12,
	  .bytes_in = 13,
	  .bytes_out = 14,
	  .connects = 15,
	  .losses = 16 },
	{ .stanzas_in = 21,
	  .stanzas_out = 22,
	  .bytes_in = 23,
	  .bytes_out = 24,
	  .connects = 25,
	  .losses = 26 },
};

/* The component of links[i] is &T.is_up[i]. */
static size_t index_of(const struct component *c)
{
	return (size_t)((const bool *)c - T.is_up);
}

bool component_is_up(const struct component *c)
{
	return T.is_up[index_of(c)];
}

const char *component_why(const struct component *c)
{
	return component_is_up(c) ? "" : "connection refused";
}

size_t component_queued_bytes(const struct component *c)
{
	return 100 + index_of(c);
}

const struct component_counters *component_counters(const struct component *c)
{
	return &counters[index_of(c)];
}

size_t queue_count(const struct queue *q)
{
	(void)q;
	return 31;
}

size_t roster_count(const struct roster *r)
{
	(void)r;
	return 32;
}

bool store_is_well(const struct store *s)
{
	(void)s;
	return !T.is_ill;
}

static bool on_reload(void *arg, struct strbuf *out)
{
	assert_ptr_equal(arg, &T);
	assert_ptr_equal(out, &L.out);
	line("reload");
	return T.is_reloaded;
}

static void on_drain(void *arg)
{
	assert_ptr_equal(arg, &T);
	T.drained++;
}

static int set_up(void **state)
{
	static const char *const domains[2] = { "sip.test", "fax.test" };

	(void)state;
	T = (struct bench){ .is_up = { true, true } };
	link_bench_open();
	said_open();
	for (size_t i = 0; i < 2; i++) {
		T.components[i] =
			(struct config_component){ .domain = str_z(domains[i]),
						   .host = STR("::1"),
						   .port = 5347 };
		T.links[i].cfg = &T.components[i];
		T.links[i].component = (struct component *)&T.is_up[i];
	}
	L.bridge.links = T.links;
	L.bridge.link_count = 2;
	L.bridge.since_ms = loop_now_ms(L.loop);
	L.bridge.counters = (struct bridge_counters){ .to_sip_accepted = 1,
						      .to_sip_refused = 2,
						      .to_xmpp_accepted = 3,
						      .to_xmpp_refused = 4,
						      .to_xmpp_resent = 5,
						      .bounced_late = 6 };
	L.bridge.hooks = (struct admin_hooks){ on_reload, on_drain, &T };
	admin_bench_open(&L.bridge, loop_arena(L.loop), &L.out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	said_close();
	link_bench_close();
	return 0;
}

static void test_status(void **state)
{
	(void)state;
	T.is_up[1] = false;
	clock_turn(L.loop, 61999);
	assert_true(command(admin_status_show, NULL, NULL));
	assert_said("version: " STOX_VERSION "; up for: 61 s; "
		    "links up: 1 of 2; draining: no; "
		    "to SIP: 1 delivered, 2 refused; to XMPP: 3 delivered, "
		    "4 refused, 5 sent again, 6 returned late; "
		    "waiting for SIP: 31; subscriptions: 32; "
		    "store well: yes");
	A.lang = ADMIN_DE;
	L.bridge.is_draining = true;
	T.is_up[0] = false;
	T.is_ill = true;
	assert_true(command(admin_status_show, NULL, NULL));
	assert_said("version: " STOX_VERSION "; seit: 61 s; "
		    "Verbindungen: 0 von 2; endet gerade: ja; "
		    "an SIP: 1 zugestellt, 2 abgelehnt; an XMPP: 3 zugestellt, "
		    "4 abgelehnt, 5 nochmals gesendet, 6 spät zurückgekommen; "
		    "wartet auf SIP: 31; Abonnements: 32; "
		    "Speicher in Ordnung: nein");
}

static void test_links(void **state)
{
	(void)state;
	T.is_up[1] = false;
	assert_true(command(admin_links, NULL, NULL));
	assert_said("sip.test at ::1:5347: up; stanzas 11 in, 12 out; "
		    "100 bytes wait; 15 connects, 16 losses; "
		    "fax.test at ::1:5347: connection refused; "
		    "stanzas 21 in, 22 out; 101 bytes wait; 25 connects, "
		    "26 losses");
	A.lang = ADMIN_DE;
	L.bridge.link_count = 1;
	assert_true(command(admin_links, NULL, NULL));
	assert_said("sip.test bei ::1:5347: steht; Stanzas 11 herein, "
		    "12 hinaus; 100 Bytes warten; 15 mal verbunden, 16 mal "
		    "verloren");
}

static void test_log_level(void **state)
{
	static const struct {
		const char *word, *said;
	} cases[] = {
		{ "debug", "log-level: debug" }, { NULL, "log-level: debug" },
		{ "error", "log-level: error" }, { "", "log-level: error" },
		{ "warn", "log-level: warn" },	 { "info", "log-level: info" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(command(admin_log_level, cases[i].word, NULL));
		assert_said(cases[i].said);
	}
	assert_int_equal(log_level_get(), LOG_LEVEL_INFO);
}

/* The hook says what it has done, and whether. */
static void test_reload(void **state)
{
	(void)state;
	T.is_reloaded = true;
	assert_true(command(admin_reload, NULL, NULL));
	T.is_reloaded = false;
	assert_false(command(admin_reload, NULL, NULL));
	assert_said("reload; reload");
}

static void test_drain(void **state)
{
	(void)state;
	assert_true(command(admin_drain, NULL, NULL));
	assert_int_equal(T.drained, 1);
	assert_said("stopping");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_status), TEST(test_links), TEST(test_log_level),
		TEST(test_reload), TEST(test_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
