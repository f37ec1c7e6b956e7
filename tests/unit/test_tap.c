#include "gateway/monitor/tap.h"
#include "link_bench.h"
#include "said.h"
#include "sip/agent.h"
#include "sip/transport.h"
#include "xmpp/component.h"

/* Who looks on sees both wires; while nobody does, nothing is looked at. */
static struct {
	transport_tap_fn *on_sip;
	void *sip_arg;
	component_tap_fn *on_stanza[2];
} T;

struct transport_set *agent_transports(struct agent *a)
{
	return (struct transport_set *)a;
}

void transport_tap(struct transport_set *t, transport_tap_fn *fn, void *arg)
{
	(void)t;
	T.on_sip = fn;
	T.sip_arg = arg;
}

void component_tap(struct component *c, component_tap_fn *fn)
{
	T.on_stanza[c == (struct component *)&T ? 0 : 1] = fn;
}

static void on_message(void *arg, const struct tap_message *m)
{
	line("%s: %s %s %.*s", (const char *)arg, m->is_sip ? "sip" : "xmpp",
	     m->is_out ? "out" : "in", STR_ARG(m->bytes));
	assert_int_equal(m->hop != NULL, m->is_sip);
	assert_int_equal(m->link != NULL, !m->is_sip);
}

static struct tap_listener first, second;

static void leaves(void *arg, const struct tap_message *m)
{
	on_message(arg, m);
	tap_leave(L.bridge.tap, &first);
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	said_open();
	memset(&T, 0, sizeof(T));
	L.link.component = (struct component *)&T;
	L.bridge.tap = tap_create(&L.bridge);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tap_destroy(&L.bridge.tap);
	assert_null(L.bridge.tap);
	tap_destroy(&L.bridge.tap);
	said_close();
	link_bench_close();
	return 0;
}

static void happens(void)
{
	const struct hop hop = { .transport = TRANSPORT_UDP };

	if (T.on_sip != NULL)
		T.on_sip(T.sip_arg, true, &hop, STR_LIT("MESSAGE"));
	if (T.on_stanza[0] != NULL)
		T.on_stanza[0](&L.link, false, STR_LIT("<message/>"));
}

static void test_opens_and_closes(void **state)
{
	struct link links[2] = { L.link, L.link };

	(void)state;
	links[1].component = NULL;
	L.bridge.links = links;
	L.bridge.link_count = 2;
	happens();
	assert_said("");
	tap_listen(L.bridge.tap, &first, on_message, "1");
	assert_non_null(T.on_stanza[1]);
	happens();
	assert_said("1: sip out MESSAGE; 1: xmpp in <message/>");
	tap_listen(L.bridge.tap, &second, on_message, "2");
	happens();
	assert_said("1: sip out MESSAGE; 2: sip out MESSAGE; "
		    "1: xmpp in <message/>; 2: xmpp in <message/>");
	tap_leave(L.bridge.tap, &first);
	happens();
	assert_said("2: sip out MESSAGE; 2: xmpp in <message/>");
	tap_leave(L.bridge.tap, &second);
	assert_null(T.on_sip);
	assert_null(T.on_stanza[0]);
	assert_null(T.on_stanza[1]);
	L.bridge.links = &L.link;
}

/* One that has seen enough goes in its own call. */
static void test_leaves_in_its_call(void **state)
{
	(void)state;
	tap_listen(L.bridge.tap, &first, leaves, "1");
	tap_listen(L.bridge.tap, &second, on_message, "2");
	happens();
	assert_said("1: sip out MESSAGE; 2: sip out MESSAGE; "
		    "2: xmpp in <message/>");
	tap_leave(L.bridge.tap, &second);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_opens_and_closes),
		TEST(test_leaves_in_its_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
