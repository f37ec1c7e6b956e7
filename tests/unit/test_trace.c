#include "gateway/monitor/trace.h"
#include "clock.h"
#include "gateway/monitor/tap.h"
#include "link_bench.h"
#include "said.h"
#include "sip/sipmsg.h"

/* A trace of one person: what is shown of both wires, and of whom. */
static struct {
	struct tap_listener *listeners[TRACES_MAX];
	size_t count;
} T;

void tap_listen(struct tap *t, struct tap_listener *l, tap_fn *fn, void *arg)
{
	(void)t;
	l->fn = fn;
	l->arg = arg;
	assert_true(T.count < TRACES_MAX);
	T.listeners[T.count++] = l;
}

void tap_leave(struct tap *t, struct tap_listener *l)
{
	size_t i;

	(void)t;
	for (i = 0; i < T.count && T.listeners[i] != l; i++)
		;
	assert_true(i < T.count);
	T.listeners[i] = T.listeners[--T.count];
}

static void on_line(void *arg, struct str text)
{
	(void)arg;
	/* not the time */
	if (str_starts(text, "--- "))
		text = str_from(text, 17);
	line("%.*s", STR_ARG(text));
}

static void on_end(void *arg)
{
	(void)arg;
	line("over");
}

static const struct trace_events events = { on_line, on_end };

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	said_open();
	memset(&T, 0, sizeof(T));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	trace_stop_all(&L.bridge);
	assert_null(L.bridge.traces);
	assert_int_equal(T.count, 0);
	said_close();
	link_bench_close();
	return 0;
}

static struct trace *of(const char *address)
{
	struct trace *t = trace_start(&L.bridge, str_z(address), 1);

	if (t != NULL)
		trace_listen(t, &events, NULL);
	return t;
}

static void sip(const char *text)
{
	struct hop hop = { .transport = TRANSPORT_UDP };
	const struct tap_message m = { .is_sip = true,
				       .is_out = true,
				       .hop = &hop,
				       .bytes = str_z(text) };

	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 5060, &hop.peer));
	for (size_t i = 0; i < T.count; i++)
		T.listeners[i]->fn(T.listeners[i]->arg, &m);
}

static void xmpp(const char *text)
{
	const struct tap_message m = { .link = &L.link, .bytes = str_z(text) };

	for (size_t i = 0; i < T.count; i++)
		T.listeners[i]->fn(T.listeners[i]->arg, &m);
}

/* One person has a name on each side. */
static void test_names(void **state)
{
	static const struct {
		const char *address, *names;
	} cases[] = {
		{ "juliet@xmpp.test", "juliet@xmpp.test" },
		{ "Juliet@xmpp.test/desk", "juliet@xmpp.test" },
		{ "sip:juliet@xmpp.test", "juliet@xmpp.test" },
		{ "romeo@sip.test", "romeo@sip.test, romeo@sip.example" },
		{ "sip:romeo@sip.example",
		  "romeo@sip.example, romeo@sip.test" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace *t = of(cases[i].address);

		trace_names(t, &SAID);
		assert_said(cases[i].names);
		trace_stop(&t);
		assert_null(t);
	}
}

/* He, and nobody whose name has his in it. */
static void test_about(void **state)
{
	static const struct {
		const char *text;
		bool is_shown;
	} cases[] = {
		{ "<message from='romeo@sip.test' to='x'/>", true },
		{ "<message from='ROMEO@SIP.test/a' to='x'/>", true },
		{ "<message from=\"romeo@sip.test\"/>", true },
		{ "To: <sip:romeo@sip.example>\r\n", true },
		{ "To: sip:romeo@sip.example;tag=x\r\n", true },
		{ "MESSAGE sip:romeo@sip.example:5060 SIP/2.0\r\n", true },
		{ "romeo@sip.test", true },
		{ "see romeo@sip.test.", true },
		{ "<message from='xromeo@sip.test'/>", false },
		{ "<message from='x.romeo@sip.test'/>", false },
		{ "<message from='x-romeo@sip.test'/>", false },
		{ "<message from='x_romeo@sip.test'/>", false },
		{ "<message from='romeo@sip.testing'/>", false },
		{ "<message from='romeo@sip.test.org'/>", false },
		{ "<message from='romeo@sip.test-x'/>", false },
		{ "<message from='romeo@sip.tes'/>", false },
		/* the first of these is another's, the second his */
		{ "<message from='xromeo@sip.test' to='romeo@sip.test'/>",
		  true },
		{ "", false },
	};
	struct trace *t = of("romeo@sip.test");

	(void)state;
	assert_non_null(t);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		xmpp(cases[i].text);
		if ((SAID.n > 0) != cases[i].is_shown)
			fail_msg("%s: %s", cases[i].text,
				 SAID.n > 0 ? "shown" : "not shown");
		strbuf_reset(&SAID);
	}
}

/* All of a message to a listener, without texts and what is secret. */
static void test_lines(void **state)
{
	(void)state;
	of("romeo@sip.test");
	sip("MESSAGE sip:romeo@sip.example SIP/2.0\r\n"
	    "Authorization: Digest username=\"r\", response=\"secret\"\r\n"
	    "Content-Type: text/plain\r\n"
	    "Content-Length: 5\r\n\r\nhello");
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "SIP to 192.0.2.1:5060; MESSAGE "
				       "sip:romeo@sip.example SIP/2.0; "));
	assert_non_null(strstr(SAID.p, "Content-Type: text/plain"));
	assert_null(strstr(SAID.p, "secret"));
	assert_null(strstr(SAID.p, "hello"));
	strbuf_reset(&SAID);
	xmpp("<message to='romeo@sip.test'><body>hello</body></message>");
	strbuf_addc(&SAID, '\0');
	assert_non_null(strstr(SAID.p, "XMPP from sip.test; <message to="));
	assert_null(strstr(SAID.p, "hello"));
	strbuf_reset(&SAID);
}

/* So many at once; each ends by itself. */
static void test_ends(void **state)
{
	struct trace *t[TRACES_MAX];

	(void)state;
	for (size_t i = 0; i < TRACES_MAX; i++)
		assert_non_null(t[i] = of("romeo@sip.test"));
	assert_null(of("juliet@xmpp.test"));
	for (size_t i = 1; i < TRACES_MAX; i++)
		trace_stop(&t[i]);
	assert_int_equal(T.count, 1);
	for (int i = 0; i < 59; i++)
		clock_turn(L.loop, 1000);
	assert_said("");
	for (int i = 0; i < 2; i++)
		clock_turn(L.loop, 1000);
	assert_said("over");
	assert_int_equal(T.count, 0);
	assert_null(L.bridge.traces);
	trace_stop(&L.bridge.traces);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_about),
		TEST(test_lines),
		TEST(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
