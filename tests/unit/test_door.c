#include "gateway/trust/door.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "sip/digest.h"

#define HEAD                                                                   \
	"components:\n"                                                        \
	"  - domain: sip.example.com\n"                                        \
	"    secret: hunter2\n"                                                \
	"    sip_domain: example.net\n"

static struct arena arena;

static struct door *open_door(const char *sip, struct config **c)
{
	struct strbuf errors;
	struct str yaml = str_fmt(&arena, "%s%s", HEAD, sip);

	strbuf_init(&errors, 10000);
	*c = config_parse(yaml, "t.yml", &errors);
	strbuf_addc(&errors, '\0');
	if (*c == NULL)
		fail_msg("%s", errors.p);
	strbuf_fini(&errors);
	return door_create(*c);
}

static void close_door(struct door **d, struct config **c)
{
	door_destroy(d);
	assert_null(*d);
	door_destroy(d);
	config_destroy(c);
}

static struct uri uri(const char *text)
{
	struct uri u;
	const char *why;

	assert_true(uri_read(str_z(text), &u, &why));
	return u;
}

static struct request request_of(const char *host, const char *from)
{
	struct request r = { .method = METHOD_MESSAGE,
			     .method_name = STR("MESSAGE"),
			     .target_text = STR("sip:u@example.com"),
			     .call_id = STR("c1") };

	r.target = uri("sip:u@example.com");
	r.from.uri = uri(from);
	assert_true(endpoint_read(str_z(host), 5060, &r.source.peer));
	return r;
}

static void test_peers(void **state)
{
	static const struct {
		const char *host, *names, *from;
		int trust;
		bool may_speak, may_assert;
	} cases[] = {
		{ "192.0.2.1", "", "sip:a@example.net", TRUST_SERVE, true,
		  true },
		{ "192.0.2.1", "", "sip:a@other.example", TRUST_SERVE, false,
		  true },
		{ "192.0.2.1", "", "tel:+1", TRUST_SERVE, true, true },
		{ "203.0.113.1", "", "sip:a@example.net", TRUST_REFUSE, false,
		  false },
		{ "203.0.113.1", "trunk.example\0", "sip:a@trunk.example",
		  TRUST_SERVE, true, false },
		{ "203.0.113.1", "x.example\0", "sip:a@trunk.example",
		  TRUST_REFUSE, false, false },
	};
	struct config *c;
	struct door *d =
		open_door("sip:\n  peers:\n    - addresses: [192.0.2.0/24]\n"
			  "    - { tls_names: [trunk.example], domains: "
			  "[trunk.example], asserts: false }\n",
			  &c);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = request_of(cases[i].host, cases[i].from);
		const char *names = cases[i].names;

		if (door_ask(d, &r, names, 1000) != cases[i].trust ||
		    door_may_assert(d, &r, names) != cases[i].may_assert ||
		    (cases[i].trust == TRUST_SERVE &&
		     door_may_speak(d, &r, names, &r.from.uri) !=
			     cases[i].may_speak))
			fail_msg("case %zu", i);
	}
	close_door(&d, &c);
}

static void test_silence(void **state)
{
	struct config *c;
	struct door *d = open_door("sip: { strangers: silent }\n", &c);
	struct request r = request_of("203.0.113.1", "sip:a@example.net");

	(void)state;
	assert_int_equal(door_ask(d, &r, "", 1000), TRUST_SILENT);
	assert_null(door_challenge(d, &r, &arena, 1000));
	close_door(&d, &c);
}

/* Answers the challenge to r. */
static void authorize(struct door *d, struct request *r, const char *password)
{
	const struct header *h = door_challenge(d, r, &arena, 1000);
	struct digest_account acc = { .username = STR("romeo"),
				      .password = str_z(password) };
	struct digest_state s = { 0 };
	struct strbuf b;

	assert_non_null(h);
	assert_true(digest_take(&s, &h->value, 1, false, &acc));
	strbuf_init(&b, 2000);
	digest_write(&b, &s, &acc, r->method, r->target_text);
	r->authorization = str_trim(str_dup(
		&arena, str_from(strbuf_str(&b), strlen("Authorization: "))));
	strbuf_fini(&b);
	digest_fini(&s);
}

static void test_users(void **state)
{
	struct config *c;
	struct door *d = open_door("sip:\n  users:\n    - { uri: "
				   "'sip:romeo@example.net', password: x }\n",
				   &c);
	struct request r = request_of("203.0.113.1", "sip:romeo@example.net");
	struct request peer = request_of("127.0.0.1", "sip:a@else.example");
	struct request bad = r;

	(void)state;
	/* Peers are never asked. */
	assert_int_equal(door_ask(d, &peer, "", 1000), TRUST_SERVE);
	assert_int_equal(door_ask(d, &r, "", 1000), TRUST_CHALLENGE);
	assert_false(door_may_speak(d, &r, "", &peer.from.uri));
	authorize(d, &r, "x");
	assert_int_equal(door_ask(d, &r, "", 1000), TRUST_SERVE);
	assert_true(door_may_speak(d, &r, "", &r.from.uri));
	assert_false(door_may_assert(d, &r, ""));
	/* It holds for that request, until another comes. */
	assert_false(door_may_speak(d, &peer, "", &peer.from.uri));
	assert_int_equal(door_ask(d, &bad, "", 1000), TRUST_CHALLENGE);
	assert_false(door_may_speak(d, &r, "", &peer.from.uri));
	authorize(d, &bad, "wrong");
	assert_int_equal(door_ask(d, &bad, "", 1000), TRUST_REFUSE);
	bad.authorization = STR_NONE;
	bad.method = METHOD_CANCEL;
	assert_int_equal(door_ask(d, &bad, "", 1000), TRUST_SILENT);
	close_door(&d, &c);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_peers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_users, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
