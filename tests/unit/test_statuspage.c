#include "gateway/monitor/statuspage.h"
#include "gateway/admin/admin.h"
#include "gateway/base/log.h"
#include "gateway/messages/departure.h"
#include "gateway/monitor/rates.h"
#include "gateway/presence/roster.h"
#include "journal.h"
#include "link_bench.h"
#include "sip/agent.h"
#include "sip/transport.h"
#include "xmpp/component.h"

/* The page: what is on it, and that nothing that others said is taken for a
 * part of it. */
static struct {
	const char *why;
	struct component_counters counters;
	struct str page; /* heap */
} T;

bool component_is_up(const struct component *c)
{
	(void)c;
	return L.is_up;
}

const char *component_why(const struct component *c)
{
	(void)c;
	return T.why;
}

const struct component_counters *component_counters(const struct component *c)
{
	(void)c;
	return &T.counters;
}

size_t component_queued_bytes(const struct component *c)
{
	(void)c;
	return 77;
}

size_t link_untaken(const struct link *k)
{
	(void)k;
	return 5;
}

uint64_t rates_milli(const struct rates *r, enum rate k, unsigned seconds)
{
	(void)r;
	return k == RATE_TO_SIP ? seconds * 1050 : 0;
}

unsigned rates_history(const struct rates *r, enum rate k,
		       uint64_t out_milli[RATES_SAMPLES])
{
	(void)r;
	out_milli[0] = 0;
	out_milli[1] = k == RATE_TO_SIP ? UINT64_C(4000000000000) : 0;
	return 2;
}

uint64_t departures_oldest_ms(const struct bridge *b)
{
	(void)b;
	return 42;
}

size_t roster_count(const struct roster *r)
{
	(void)r;
	return 6;
}

size_t queue_count(const struct queue *q)
{
	(void)q;
	return 4;
}

struct uac *agent_uac(struct agent *a)
{
	return (struct uac *)a;
}

size_t uac_running(const struct uac *u)
{
	(void)u;
	return 3;
}

struct transport_set *agent_transports(struct agent *a)
{
	return (struct transport_set *)a;
}

size_t transport_conn_count(const struct transport_set *t)
{
	(void)t;
	return 2;
}

struct store_counters store_count(struct store *s)
{
	(void)s;
	return (struct store_counters){ .failures = 9, .last_ms = 8 };
}

size_t store_waiting(const struct store *s)
{
	(void)s;
	return 1;
}

struct str admin_duration(struct arena *a, unsigned long long seconds)
{
	return str_fmt(a, "%llu s", seconds);
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	memset(&T, 0, sizeof(T));
	T.why = "connection refused";
	L.component.host = STR_LIT("xmpp.example");
	L.component.port = 5347;
	L.bridge.store = JOURNAL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	str_free(&T.page);
	journal_fini();
	link_bench_close();
	return 0;
}

static void draw(void)
{
	struct strbuf b;

	strbuf_init(&b, 1 << 20);
	statuspage_write(&b, &L.bridge, NULL);
	assert_false(b.overflow);
	strbuf_addc(&b, '\0');
	str_free(&T.page);
	T.page = str_heap(strbuf_str(&b));
	strbuf_fini(&b);
}

static void has(const char *part)
{
	if (strstr(T.page.p, part) == NULL)
		fail_msg("no %s in %s", part, T.page.p);
}

static void has_not(const char *part)
{
	if (strstr(T.page.p, part) != NULL)
		fail_msg("%s in %s", part, T.page.p);
}

static void test_state(void **state)
{
	(void)state;
	draw();
	has("<span class=\"state good\">all is well</span>");
	has("<td class=good>up");
	J.is_ill = true;
	draw();
	has("<span class=\"state bad\">the store is not well</span>");
	has("<td class=\"n bad\">not well");
	L.is_up = false;
	draw();
	has("<span class=\"state bad\">a link is down</span>");
	has("<td class=bad>connection refused");
	L.bridge.is_draining = true;
	draw();
	has("<span class=\"state bad\">stopping</span>");
}

static void test_numbers(void **state)
{
	static const char *const rows[] = {
		"messages to SIP<td class=n>4\n",
		"the oldest of them for<td class=n>42 ms\n",
		"messages not yet taken by XMPP<td class=n>5\n",
		"answers that wait for a link<td class=n>12\n",
		"SIP requests under way<td class=n>3\n",
		"SIP connections<td class=n>2\n",
		"subscriptions<td class=n>6\n",
		"records waiting<td class=n>1\n",
		"last commit took<td class=n>8 ms\n",
		"failed commits<td class=n>9\n",
		"delivered to SIP<td class=n>100\n",
		"refused to XMPP users<td class=n>101\n",
		"delivered to XMPP<td class=n>102\n",
		"refused to SIP users<td class=n>103\n",
		"returned late by XMPP<td class=n>104\n",
		"to SIP, delivered</b><td class=n>10.5<td class=n>63.0"
		"<td class=n>315.0\n",
		"<td class=n>10<td class=n>11<td class=n>77<td class=n>13\n",
		"xmpp.example:5347",
	};

	(void)state;
	L.link.owed_count = 12;
	L.bridge.counters = (struct bridge_counters){
		.to_sip_accepted = 100,
		.to_sip_refused = 101,
		.to_xmpp_accepted = 102,
		.to_xmpp_refused = 103,
		.bounced_late = 104,
	};
	T.counters = (struct component_counters){ .stanzas_in = 10,
						  .stanzas_out = 11,
						  .losses = 13 };
	draw();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		has(rows[i]);
	/* The curves stay in their picture, whatever the numbers are. */
	has("<polyline class=a points=\"590,58 600,2 \"/>");
	has("<polyline class=b points=\"590,58 600,58 \"/>");
}

/* What servers and the log say is text. */
static void test_escapes(void **state)
{
	(void)state;
	L.is_up = false;
	T.why = "<script>a&b</script>\"'\xff\x01\xc3\xa4";
	L.component.domain = STR_LIT("<i>.test");
	L.component.host = STR_LIT("\"><b>");
	log_warn("odd_thing", F_Z("who", "</pre><img src=x>"));
	draw();
	has("&lt;script&gt;a&amp;b&lt;/script&gt;&quot;&#39;"
	    "\xef\xbf\xbd\xef\xbf\xbd\xc3\xa4");
	has("&lt;i&gt;.test");
	has("&quot;&gt;&lt;b&gt;");
	has("&lt;/pre&gt;&lt;img src=x&gt;");
	has_not("<script>");
	has_not("<i>");
	has_not("<img");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_state),
		TEST(test_numbers),
		TEST(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
