#include "gateway/phones/registrar_inner.h"
#include "phone_bench.h"

/* Who is where: by which way a request goes to a phone, what ends a binding. */
static struct answer answers[2] = { { .name = "A" }, { .name = "B" } };
static const struct str BOB = STR("bob@sip.test");

static int set_up(void **state)
{
	const char *why;

	(void)state;
	phone_bench_open();
	T.bridge.registrar = registrar_create(&T.bridge, &why);
	assert_non_null(T.bridge.registrar);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	T.bridge.store = NULL;
	commit_all(false);
	registrar_destroy(&T.bridge.registrar);
	assert_null(T.flow); /* nobody asks one that has gone */
	phone_bench_close();
	return 0;
}

static void enrol(const char *contacts, uint64_t conn, bool is_udp)
{
	static uint32_t cseq;
	struct request r = bobs(METHOD_REGISTER);

	r.contacts = str_z(contacts);
	r.supported = STR_LIT("outbound, gruu");
	r.cseq = ++cseq;
	r.source.conn = conn;
	if (is_udp)
		r.source.transport = TRANSPORT_UDP;
	registrar_request(T.bridge.registrar, &r, &answers[0]);
	commit_all(true);
	strbuf_reset(&SAID);
}

/* The connection that a request to that target goes by; 0: the address that it
 * came from, by UDP; -1: its target says. */
static int way_to(const char *target)
{
	struct draft d = { .method = METHOD_MESSAGE };
	struct hop hop;

	d.target = uri_of(target);
	d.to.uri = uri_of("sip:bob@sip.example");
	if (!T.flow(T.flow_arg, &d, &hop))
		return -1;
	return hop.transport == TRANSPORT_UDP ? 0 : (int)hop.conn;
}

static void test_flow(void **state)
{
	(void)state;
	assert_int_equal(way_to("sip:bob@sip.example"), -1);
	enrol("<sip:b@one>", 7, false);
	enrol("<sip:b@two>;+sip.instance=\"<urn:x>\";reg-id=1", 8, false);
	enrol("<sip:b@three>", 0, true);
	assert_int_equal(way_to("sip:b@one"), 7);
	assert_int_equal(way_to("sip:b@two"), 8);
	assert_int_equal(way_to("sip:bob@sip.example;gr=urn:x"), 8);
	assert_int_equal(way_to("sip:b@three"), 0);
	/* For the person: the newest. Elsewhere: not ours to say. */
	assert_int_equal(way_to("sip:bob@sip.example"), 0);
	assert_int_equal(way_to("sip:b@four"), -1);
	enrol("<sip:b@two>;+sip.instance=\"<urn:x>\";reg-id=1;expires=0", 8,
	      false);
	enrol("<sip:b@three>;expires=0", 0, true);
	/* His only one, whatever it is called by now. */
	assert_int_equal(way_to("sip:b@four"), 7);
	T.cut_conn = 7;
	assert_int_equal(way_to("sip:b@one"), -1);
}

static bool is_any(const struct binding *x)
{
	(void)x;
	return true;
}

static bool is_none(const struct binding *x)
{
	return !is_any(x);
}

/* A flow whose connection has gone is none (RFC 5626); without a reg-id the
 * phone may be called at its contact. */
static void test_cut(void **state)
{
	struct registrar *g = T.bridge.registrar;

	(void)state;
	assert_null(registrar_drop_cut(g, BOB, is_any));
	enrol("<sip:b@one>", 7, false);
	enrol("<sip:b@two>;+sip.instance=\"<urn:x>\";reg-id=1", 8, false);
	assert_int_equal(registrar_drop_cut(g, BOB, is_any)->count, 2);
	T.cut_conn = 7;
	assert_int_equal(registrar_drop_cut(g, BOB, is_any)->count, 2);
	T.cut_conn = 8;
	assert_int_equal(registrar_drop_cut(g, BOB, is_none)->count, 2);
	assert_int_equal(J.op_count, 0);
	assert_int_equal(registrar_drop_cut(g, BOB, is_any)->count, 1);
	commit_all(true);
	assert_non_null(strstr(journal_value(STORE_BINDING, "bob@sip.test"),
			       "sip:b@one"));
	assert_null(strstr(journal_value(STORE_BINDING, "bob@sip.test"),
			   "sip:b@two"));
	enrol("<sip:b@one>;expires=0", 7, false);
	T.cut_conn = 0;
	enrol("<sip:b@two>;+sip.instance=\"<urn:x>\";reg-id=1", 8, false);
	enrol("<sip:b@two>;+sip.instance=\"<urn:x>\";reg-id=2", 8, false);
	T.cut_conn = 8;
	assert_null(registrar_drop_cut(g, BOB, is_any));
	commit_all(true);
	assert_null(registrar_find(g, BOB));
	assert_null(journal_value(STORE_BINDING, "bob@sip.test"));
}

static void test_forget(void **state)
{
	(void)state;
	registrar_forget(T.bridge.registrar, BOB); /* nobody there */
	assert_int_equal(J.op_count, 0);
	enrol("<sip:b@one>, <sip:b@two>", 7, false);
	registrar_forget(T.bridge.registrar, BOB);
	commit_all(true);
	assert_null(registrar_find(T.bridge.registrar, BOB));
	assert_null(journal_value(STORE_BINDING, "bob@sip.test"));
}

/* What is over is not there, whoever looks first. */
static void test_expiry(void **state)
{
	struct registrar *g = T.bridge.registrar;

	(void)state;
	enrol("<sip:b@one>, <sip:b@two>", 7, false);
	registrar_find(g, BOB)->bindings->expires_at_s = 1;
	assert_int_equal(registrar_find(g, BOB)->count, 1);
	registrar_find(g, BOB)->bindings->expires_at_s = 1;
	bench_turns(1100);
	commit_all(true);
	assert_null(journal_value(STORE_BINDING, "bob@sip.test"));
	assert_null(registrar_find(g, BOB));
}

static void test_link(void **state)
{
	(void)state;
	assert_ptr_equal(registrar_link(&T.bridge, STR_LIT("SIP.example")),
			 &T.link);
	assert_null(registrar_link(&T.bridge, STR_LIT("sip.test")));
	T.component.plan.has_phones = false;
	assert_null(registrar_link(&T.bridge, STR_LIT("sip.example")));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_flow),   TEST(test_cut),  TEST(test_forget),
		TEST(test_expiry), TEST(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
