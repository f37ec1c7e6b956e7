#include "gateway/reception.h"
#include "gateway/face.h"
#include "gateway/siphealth.h"
#include "gateway/store.h"
#include "link_bench.h"
#include "xmpp/component.h"

/* The store is a list of what was put, and does not answer by itself. */
static struct bench {
	bool is_sip_up;
	unsigned watches; /* that the SIP side's health was asked for */
	char puts[8][64];
	unsigned put_count, remove_count;
	store_fn *fn;
	void *arg;
	const char *rows[3];
} T;

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

bool siphealth_is_up(const struct siphealth *h)
{
	(void)h;
	return T.is_sip_up;
}

void siphealth_watch(struct siphealth *h)
{
	(void)h;
	T.watches++;
}

bool store_put(struct store *s, enum store_kind k, struct str key,
	       struct str value, int64_t expires_at_s, store_fn *fn, void *arg)
{
	(void)s;
	(void)k;
	(void)value;
	(void)expires_at_s;
	snprintf(T.puts[T.put_count++ % 8], 64, "%.*s", STR_ARG(key));
	T.fn = fn;
	T.arg = arg;
	return true;
}

bool store_remove(struct store *s, enum store_kind k, struct str key,
		  store_fn *fn, void *arg)
{
	(void)s;
	(void)k;
	(void)key;
	(void)fn;
	(void)arg;
	T.remove_count++;
	return true;
}

bool store_load(struct store *s, enum store_kind k, store_row_fn *fn, void *arg,
		const char **why)
{
	size_t i;

	(void)s;
	(void)k;
	(void)why;
	for (i = 0; i < 3 && T.rows[i] != NULL; i++)
		fn(arg, str_z(T.rows[i]), STR_LIT("1"), 0);
	return true;
}

static void open_it(void)
{
	const char *why = "";

	L.bridge.reception = reception_create(&L.bridge, &why);
	assert_non_null(L.bridge.reception);
}

static int set_up(void **state)
{
	(void)state;
	link_bench_open();
	T = (struct bench){ .is_sip_up = true };
	L.bridge.store = (struct store *)&T;
	L.bridge.face = face_create(&L.cfg.about, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	reception_destroy(&L.bridge.reception);
	face_destroy(&L.bridge.face);
	link_bench_close();
	return 0;
}

static void hear(const char *from, const char *type)
{
	char text[500];
	struct stanza s;

	snprintf(text, sizeof(text),
		 "<presence xmlns='jabber:component:accept' from='%s' "
		 "to='sip.test' id='p' type='%s'>%s</presence>",
		 from, type,
		 strcmp(type, "error") == 0
			 ? "<error type='cancel'><gone xmlns='urn:ietf:params:"
			   "xml:ns:xmpp-stanzas'/></error>"
			 : "");
	s = stanza_of(text);
	reception_presence(&L.link, &s, loop_arena(L.loop));
}

/* How many are told that something has changed. */
static unsigned listeners(void)
{
	const char *at;
	unsigned n = 0;

	(void)written();
	reception_changed(&L.link);
	bench_turns(250);
	for (at = written(); (at = strstr(at, "<presence ")) != NULL; at++)
		n++;
	return n;
}

static void commit(void)
{
	store_fn *fn = T.fn;

	T.fn = NULL;
	assert_non_null(fn);
	fn(T.arg, true);
}

/* He is told when his row is kept, not before. */
static void test_subscribe(void **state)
{
	const char *text;

	(void)state;
	open_it();
	hear("juliet@xmpp.test", "subscribe");
	assert_written(NULL);
	assert_string_equal(T.puts[0], "gateway\nsip.test\njuliet@xmpp.test");
	commit();
	text = written();
	assert_non_null(strstr(text, "type='subscribed'"));
	assert_non_null(strstr(text, "<status>Ready</status>"));
	assert_non_null(strstr(text, "<status xml:lang='de'>Bereit</status>"));
	assert_int_equal(listeners(), 1);
	hear("juliet@xmpp.test", "subscribe");
	commit();
	assert_int_equal(listeners(), 1);
	hear("juliet@xmpp.test", "unsubscribe");
	assert_written("type='unavailable'");
	assert_int_equal(T.remove_count, 1);
	assert_int_equal(listeners(), 0);
}

static void test_others(void **state)
{
	(void)state;
	open_it();
	hear("eve@evil.test", "subscribe");
	assert_written("<forbidden ");
	hear("eve@evil.test", "probe");
	hear("eve@evil.test", "unsubscribe");
	hear("juliet@xmpp.test/d", "unavailable");
	hear("juliet@xmpp.test", "subscribed");
	hear("juliet@xmpp.test", "error");
	assert_written(NULL);
	assert_int_equal(listeners(), 0);
	assert_int_equal(T.put_count, 0);
	/* A probe is from who had subscribed before a store was lost. */
	hear("juliet@xmpp.test", "probe");
	assert_written("<status>Ready</status>");
	assert_int_equal(T.put_count, 1);
	/* Who is gone is told nothing more. */
	hear("juliet@xmpp.test", "error");
	assert_int_equal(listeners(), 0);
	assert_int_equal(T.remove_count, 1);
}

/* Those of the store are told of news, when there is room for it. */
static void test_news(void **state)
{
	(void)state;
	T.rows[0] = "gateway\nsip.test\njuliet@xmpp.test";
	T.rows[1] = "gateway\nother.test\nromeo@xmpp.test";
	T.rows[2] = "wish\nsip.test\njuliet@xmpp.test";
	open_it();
	assert_int_equal(listeners(), 1);
	T.watches = 0;
	T.is_sip_up = false;
	L.is_full = true;
	reception_changed(&L.link);
	assert_int_equal(T.watches, 1);
	bench_turns(250);
	assert_written(NULL);
	L.is_full = false;
	bench_turns(250);
	assert_written("<show>xa</show>");
	bench_turns(250);
	assert_written(NULL);
	L.is_full = true;
	reception_close(L.bridge.reception);
	assert_false(reception_close_more(L.bridge.reception));
	bench_turns(250);
	assert_written(NULL);
	L.is_full = false;
	assert_true(reception_close_more(L.bridge.reception));
	assert_written("type='unavailable'");
	assert_true(reception_close_more(L.bridge.reception));
	reception_changed(&L.link);
	bench_turns(250);
	assert_written(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_subscribe, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_news, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
