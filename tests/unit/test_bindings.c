#include "gateway/phones/bindings.h"
#include "phone_bench.h"

/* What a 200 to REGISTER says of a binding, and by which way it is reached. */
static struct binding binding(const char *contact)
{
	struct binding x = { .contact = str_z(contact),
			     .q = Q_MAX,
			     .expires_at_s = 1060,
			     .is_direct = true,
			     .transport = TRANSPORT_TCP,
			     .conn = 7 };

	assert_true(endpoint_read(STR_LIT("192.0.2.1"), 4711, &x.from));
	return x;
}

static const char *headers(struct binding *all, const struct bindings_said *s)
{
	static char text[TEXT_MAX];
	const struct header *h =
		bindings_headers(loop_arena(T.loop), &T.component.plan,
				 STR_LIT("bob@sip.test"), all, s);
	size_t n = 0;

	for (; h != NULL; h = h->next)
		if (!str_eqz(h->name, "Date"))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%.*s: %.*s\n", STR_ARG(h->name),
					      STR_ARG(h->value));
	return text;
}

#define SUPPORTED "Supported: path, gruu, outbound\n"

static void test_headers(void **state)
{
	struct bindings_said s = { .now_s = 1000 };
	struct binding x = binding("sip:b@one"), y = binding("sip:b@two");
	struct binding *all = NULL;

	(void)state;
	phone_bench_open();
	assert_string_equal(headers(NULL, &s), SUPPORTED);
	x.q = 50;
	y.instance = STR_LIT("urn:x");
	y.reg_id = 2;
	y.path = STR_LIT("<sip:p;lr>");
	DL_APPEND(all, &x);
	DL_APPEND(all, &y);
	assert_string_equal(headers(all, &s),
			    "Contact: <sip:b@one>;expires=60;q=0.050\n"
			    "Contact: <sip:b@two>;expires=60;+sip.instance="
			    "\"<urn:x>\";reg-id=2\n" SUPPORTED);
	s.has_path = s.knows_gruu = s.has_flow = true;
	assert_string_equal(
		headers(all, &s),
		"Contact: <sip:b@one>;expires=60;q=0.050\n"
		"Contact: <sip:b@two>;expires=60;+sip.instance=\"<urn:x>\""
		";reg-id=2;pub-gruu=\"sip:bob@sip.example;gr=urn:x\"\n"
		"Path: <sip:p;lr>\nRequire: outbound\nFlow-Timer: "
		"120\n" SUPPORTED);
	phone_bench_close();
}

/* RFC 5626 §5.3, and what NATs make of it. */
static void test_way(void **state)
{
	struct binding x = binding("sip:b@192.0.2.1:5080");
	struct hop hop;

	(void)state;
	assert_true(binding_way(NULL, &x, &hop));
	assert_int_equal(hop.conn, 7);
	T.cut_conn = 7;
	assert_false(binding_way(NULL, &x, &hop));
	x.transport = TRANSPORT_UDP; /* at its contact's address itself */
	x.conn = 0;
	assert_true(binding_way(NULL, &x, &hop));
	assert_int_equal(endpoint_port(&hop.peer), 5080);
	x.reg_id = 1; /* a flow is a flow */
	assert_true(binding_way(NULL, &x, &hop));
	assert_int_equal(endpoint_port(&hop.peer), 4711);
	x.reg_id = 0;
	x.contact = STR_LIT("sip:b@10.0.0.1:5080"); /* behind a NAT */
	assert_true(binding_way(NULL, &x, &hop));
	assert_int_equal(endpoint_port(&hop.peer), 4711);
	x.path = STR_LIT("<sip:p;lr>");
	assert_false(binding_way(NULL, &x, &hop));
	x.path = STR_NONE;
	x.is_direct = false;
	assert_false(binding_way(NULL, &x, &hop));
	T.cut_conn = 0;
}

/* Whether there is another way than the connection: a listener of the phone. */
static void test_tied(void **state)
{
	static const struct {
		const char *contact, *path;
		enum transport transport;
		unsigned reg_id;
		bool is_tied;
	} cases[] = {
		{ "sip:b@192.0.2.1:4711", "", TRANSPORT_TCP, 0, true },
		{ "sip:b@192.0.2.1:4711", "", TRANSPORT_TLS, 0, true },
		{ "sip:b@192.0.2.1:5060", "", TRANSPORT_TCP, 0, false },
		{ "sip:b@192.0.2.1", "", TRANSPORT_TCP, 0, false },
		{ "sip:b@192.0.2.1", "", TRANSPORT_TCP, 1, true },
		{ "sip:b@10.0.0.1:5060", "", TRANSPORT_TCP, 0, true },
		{ "sip:b@pc.sip.example", "", TRANSPORT_TCP, 0, false },
		{ "sip:b@192.0.2.1:4711", "", TRANSPORT_UDP, 0, false },
		{ "sip:b@192.0.2.1:4711", "<sip:p;lr>", TRANSPORT_TCP, 0,
		  false },
		{ "sip:b@192.0.2.1:4711", "<sip:p;lr>", TRANSPORT_TCP, 1,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct binding x = binding(cases[i].contact);

		x.path = str_z(cases[i].path);
		x.transport = cases[i].transport;
		x.reg_id = cases[i].reg_id;
		assert_int_equal(binding_is_tied(&x), cases[i].is_tied);
		x.is_direct = false; /* a proxy's connection is the proxy's */
		assert_false(binding_is_tied(&x));
	}
}

static void test_of_target(void **state)
{
	struct binding x = binding("sip:b@one"), y = binding("sip:b@two"),
		       z = binding("sip:b@three");
	struct person p = { .count = 3 };
	struct uri u;

	(void)state;
	x.instance = y.instance = STR_LIT("urn:x");
	DL_APPEND(p.bindings, &x);
	DL_APPEND(p.bindings, &y);
	DL_APPEND(p.bindings, &z);
	u = uri_of("sip:b@one");
	assert_ptr_equal(binding_of_target(&p, &u), &x);
	u = uri_of("sip:bob@sip.example;gr=urn:x"); /* its newest flow */
	assert_ptr_equal(binding_of_target(&p, &u), &y);
	u = uri_of("sip:bob@sip.example;gr=urn:z");
	assert_null(binding_of_target(&p, &u));
	u = uri_of("sip:b@four");
	assert_null(binding_of_target(&p, &u));
	p.count = 1;
	assert_ptr_equal(binding_of_target(&p, &u), &x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_tied),
		cmocka_unit_test(test_of_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
