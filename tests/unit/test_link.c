#include "gateway/link.h"
#include "gateway/bridge.h"
#include "server.h"
#include "xmpp/component.h"

/* What the gateway owes an answer goes out once, in order, however long the
 * link is down: over a real stream to a server that is played by hand. */
static struct {
	struct loop *loop;
	struct server *server;
	struct bridge bridge;
	struct config cfg;
	struct config_component component;
	struct link link;
	bool is_up;
	void (*when_up)(void); /* NULL: nothing */
} T;

/* Its own tests are unit/brake. */
void brake_init(struct brake *b, struct link *k)
{
	b->link = k;
}

void brake_fini(struct brake *b)
{
	(void)b;
}

static void on_up(void *arg)
{
	assert_ptr_equal(arg, &T.link);
	T.is_up = true;
	if (T.when_up != NULL)
		T.when_up();
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	(void)why;
	T.is_up = false;
}

static void on_stanza(void *arg, const struct xml *el, struct arena *a)
{
	(void)arg;
	(void)el;
	(void)a;
}

static int set_up(void **state)
{
	static const struct component_events events = { on_up, on_down,
							on_stanza, NULL };
	static const struct str domains[] = { STR("xmpp.test"),
					      STR("other.test") };
	const char *why;

	(void)state;
	memset(&T, 0, sizeof(T));
	T.loop = loop_create(&why);
	T.server = server_create(T.loop);
	T.component = (struct config_component){
		.domain = STR("sip.example.com"),
		.server = STR("example.com"),
		.host = STR("127.0.0.1"),
		.port = T.server->port,
		.secret = STR("secret"),
		.plan = { .component = STR("sip.example.com"),
			  .xmpp_domains = domains,
			  .xmpp_domain_count = 2 },
	};
	T.cfg = (struct config){ .components = &T.component,
				 .component_count = 1,
				 .stanza_max_bytes = 4096,
				 .queue_max_bytes = 1 << 20,
				 .queue_max_stanzas = 2000,
				 .backoff_max_ms = 500,
				 .ping_idle_ms = 60000,
				 .ping_timeout_ms = 60000 };
	T.bridge.loop = T.loop;
	T.bridge.cfg = &T.cfg;
	T.bridge.links = &T.link;
	T.bridge.link_count = 1;
	assert_true(link_open(&T.link, &T.bridge, &T.component, &events, NULL));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	link_fini(&T.link);
	server_destroy(T.server);
	loop_destroy(&T.loop);
	return 0;
}

static void go_up(void)
{
	component_start(T.link.component);
	server_welcome(T.server);
	while (!T.is_up)
		loop_turn(T.loop, 10);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* What comes next is written in a turn of the loop in which something happens,
 * once. */
static void in_a_turn(void)
{
	loop_post(T.loop, nothing, NULL);
}

static void owe(const char *text)
{
	strbuf_addz(link_begin(&T.link), text);
	link_end(&T.link);
	in_a_turn();
}

static void owe_number(size_t i)
{
	char text[32];

	snprintf(text, sizeof(text), "<i n='%05zu'/>", i);
	owe(text);
}

static void test_up(void **state)
{
	(void)state;
	go_up();
	owe("<a/>");
	owe("<b/>");
	assert_null(T.link.owed);
	server_expect_exactly(T.server, "<a/><b/>");
}

static void answer_c(void)
{
	assert_int_equal(T.link.owed_count, 2);
	owe("<c/>");
}

/* Down: it waits; back: what waits goes before what comes. */
static void test_down(void **state)
{
	(void)state;
	owe("<a/>");
	owe("<b/>");
	assert_int_equal(T.link.owed_count, 2);
	T.when_up = answer_c;
	go_up();
	server_expect(T.server, "<a/><b/><c/>");
	assert_null(T.link.owed);
	assert_int_equal(T.link.owed_count, 0);
}

/* Too much is owed: nothing more is asked of us until all of it is gone. */
static void test_pause(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < 1000; i++)
		owe_number(i);
	assert_false(T.link.is_owing);
	owe_number(i);
	assert_true(T.link.is_owing);
	go_up();
	server_expect(T.server, "<i n='00001'/><i n='00002'/>");
	server_expect(T.server, "<i n='00999'/><i n='01000'/>");
	assert_false(T.link.is_owing);
	assert_int_equal(T.link.dropped_full, 0);
}

/* More than fits the queue of the stream at once; and more than is kept. */
static void test_full(void **state)
{
	(void)state;
	for (size_t i = 0; i < OWED_MAX + 2; i++)
		owe_number(i);
	assert_int_equal(T.link.owed_count, OWED_MAX);
	assert_int_equal(T.link.dropped_full, 2);
	go_up();
	server_expect(T.server, "<i n='09998'/><i n='09999'/>");
	assert_null(T.link.owed);
	assert_null(strstr(T.server->got, "<i n='10000'/>"));
	owe("<z/>");
	server_expect(T.server, "<i n='09999'/><z/>");
}

/* --- what is too long */

static struct stanza question(struct arena *a, size_t id_bytes)
{
	char *id = arena_alloc(a, id_bytes);

	memset(id, 'i', id_bytes);
	return (struct stanza){ .kind = STANZA_IQ,
				.from = { STR("juliet"), STR("xmpp.test"),
					  STR("d") },
				.to = { .domain = STR("sip.example.com") },
				.id = { id, id_bytes },
				.u.iq.type = IQ_GET };
}

static void long_words(struct fault *f, char *text, size_t n)
{
	memset(text, 'x', n);
	fault_set(f, 404, COND_ITEM_NOT_FOUND, "");
	f->text = (struct str){ text, n };
}

/* What the far side said is left out, rather than the answer; the same while
 * the link is down. */
static void test_refuse(void **state)
{
	static char text[4096 + 16384];
	struct arena *a = loop_arena(T.loop);
	struct stanza s = question(a, 10);
	struct fault f;

	(void)state;
	long_words(&f, text, sizeof(text));
	link_refuse(&T.link, &s, &f);
	assert_int_equal(T.link.owed_count, 1);
	f.text = STR_LIT("no such user");
	link_refuse(&T.link, &s, &f);
	go_up();
	server_expect(T.server, "no such user</text></error></iq>");
	assert_non_null(strstr(T.server->got, "/></error></iq><iq"));
	assert_null(strstr(T.server->got, "xxxx"));
	server_forget(T.server);
	s = question(loop_arena(T.loop), 10);
	long_words(&f, text, sizeof(text));
	link_refuse(&T.link, &s, &f);
	in_a_turn();
	server_expect(T.server, "<item-not-found");
	server_expect(T.server, "</error></iq>");
	assert_null(strstr(T.server->got, "xxxx"));
	assert_int_equal(T.link.dropped_long, 0);
}

static void test_result(void **state)
{
	static char words[4096 + 16384];
	struct xml body = { .name = STR("q"), .ns = STR("urn:q") };
	struct xml text = { .text = { words, sizeof(words) } };
	struct stanza s;

	(void)state;
	go_up();
	memset(words, 'x', sizeof(words));
	s = question(loop_arena(T.loop), 10);
	link_result(&T.link, &s, &body);
	in_a_turn();
	server_expect(T.server, "type='result'><q xmlns='urn:q'/></iq>");
	body.child = &text;
	s = question(loop_arena(T.loop), 10);
	link_result(&T.link, &s, &body);
	in_a_turn();
	server_expect(T.server, "<policy-violation");
	server_expect(T.server, "</error></iq>");
	assert_null(strstr(T.server->got, "xxxx"));
	assert_int_equal(T.link.dropped_long, 0);
}

/* Nothing can be said about it: counted, and the next one is not harmed. */
static void test_too_long(void **state)
{
	static char text[4096 + 16384 + 1];
	struct strbuf *b;

	(void)state;
	memset(text, 'x', sizeof(text));
	b = link_begin(&T.link);
	strbuf_add(b, (struct str){ text, sizeof(text) });
	link_end(&T.link);
	assert_int_equal(T.link.owed_count, 0);
	assert_int_equal(T.link.dropped_long, 1);
	go_up();
	b = link_begin(&T.link);
	strbuf_add(b, (struct str){ text, sizeof(text) });
	link_end(&T.link);
	assert_int_equal(T.link.dropped_long, 2);
	owe("<a/>");
	server_expect_exactly(T.server, "<a/>");
}

/* --- which link */

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(link_find(&T.bridge, STR_LIT("sip.example.com")),
			 &T.link);
	assert_null(link_find(&T.bridge, STR_LIT("sip.example.co")));
	assert_null(link_find(&T.bridge, STR_NONE));
	assert_true(link_serves(&T.link, STR_LIT("xmpp.test")));
	assert_true(link_serves(&T.link, STR_LIT("other.test")));
	assert_false(link_serves(&T.link, STR_LIT("example.com")));
	assert_false(link_serves(&T.link, STR_LIT("sip.example.com")));
	T.component.plan.has_phones = true;
	assert_true(link_serves(&T.link, STR_LIT("sip.example.com")));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_up),	     TEST(test_down),	TEST(test_pause),
		TEST(test_full),     TEST(test_refuse), TEST(test_result),
		TEST(test_too_long), TEST(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
