#include "gateway/configdiff.h"
#include "checking.h"
#include "gateway/config.h"

/* What is told when one file becomes another. */
static struct bench {
	struct arena scratch;
	struct strbuf said;
} T;

static void told(void *arg, const struct configdiff_change *c)
{
	(void)arg;
	strbuf_addf(&T.said, "%.*s: %.*s -> %.*s%s%s%s\n", STR_ARG(c->key),
		    STR_ARG(c->from), STR_ARG(c->to),
		    c->is_secret ? " (secret)" : "",
		    c->is_personal ? " (personal)" : "",
		    c->is_fixed ? " (fixed)" : "");
}

static struct config *parse(const char *more, const char *sip)
{
	char yaml[3000];
	struct strbuf errors;
	struct config *c;

	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - { domain: sip.example.com, sip_domain: example.net,\n"
		 "      %s }\n"
		 "%s\n",
		 more, sip);
	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	if (c == NULL)
		fail_msg("%.*s", STR_ARG(strbuf_str(&errors)));
	strbuf_fini(&errors);
	return c;
}

/* Tells the difference; new is left as it is then. */
static void diff(const struct config *old, struct config *new,
		 const char *expected)
{
	const struct configdiff d = { .keep = &new->arena,
				      .scratch = &T.scratch,
				      .table = options_table(),
				      .fn = told };

	arena_init(&T.scratch, 4096);
	strbuf_init(&T.said, 100000);
	configdiff_run(&d, STR_NONE, old, new);
	strbuf_addc(&T.said, '\0');
	assert_string_equal(T.said.p, expected);
	strbuf_fini(&T.said);
	arena_fini(&T.scratch);
}

static void test_told(void **state)
{
	static const struct {
		const char *more[2], *sip[2], *said;
	} cases[] = {
		{ { "secret: a", "secret: a" }, { "", "" }, "" },
		{ { "secret: hunter2", "secret: hunter3" },
		  { "", "" },
		  "components[0].secret:  ->  (secret) (fixed)\n" },
		{ { "secret: a", "secret: a" },
		  { "log: { level: info }",
		    "log: { level: debug, format: json }" },
		  "log.level: info -> debug\nlog.format: text -> json\n" },
		{ { "secret: a", "secret: a" },
		  { "limits: { sender_per_s: 50 }",
		    "limits: { sender_per_s: 7 }" },
		  "limits.sender_per_s: 50 -> 7\n" },
		{ { "secret: a, aliases: [{ jid: a@sip.example.com, "
		    "uri: 'sip:1@example.net' }]",
		    "secret: a, aliases: [{ jid: a@sip.example.com, "
		    "uri: 'sip:2@example.net' }]" },
		  { "", "" },
		  "components[0].aliases[0].uri: sip:1@example.net -> "
		  "sip:2@example.net (personal)\n" },
		{ { "secret: a", "secret: a, publish: [example.com]" },
		  { "", "" },
		  "components[0].publish: [] -> [example.com]\n" },
		{ { "secret: a", "secret: a, numbers: [{ sip: '0', jid: '+49', "
				 "digits: 3-5 }]" },
		  { "", "" },
		  "components[0].numbers: 0 entries -> 1 entries\n" },
		{ { "secret: a", "secret: a" },
		  { "sip: { peers: [{ addresses: [192.0.2.1] }] }",
		    "sip: { peers: [{ addresses: [192.0.2.2] }] }" },
		  "sip.peers[0].addresses: [192.0.2.1] -> [192.0.2.2]\n" },
		{ { "secret: a", "secret: a" },
		  { "sip: { users: [{ uri: 'sip:a@example.net', password: x }]"
		    " }",
		    "sip: { users: [{ uri: 'sip:a@example.net', password: y }]"
		    " }" },
		  "sip.users[0].password:  ->  (secret)\n" },
		{ { "secret: a", "secret: a" },
		  { "store: { backend: memory }",
		    "store: { backend: sqlite, path: /a/b }" },
		  "store.backend: memory -> sqlite (fixed)\n"
		  "store.path:  -> /a/b (fixed)\n" },
		{ { "secret: a", "secret: a" },
		  { "store: { connection: 'password=hunter2' }",
		    "store: { connection: 'password=hunter3' }" },
		  "store.connection:  ->  (secret) (fixed)\n" },
		{ { "secret: a", "secret: a" },
		  { "sip: { listen: ['udp:127.0.0.1:5060'] }",
		    "sip: { listen: ['udp:127.0.0.1:5070'] }" },
		  "sip.listen[0].port: 5060 -> 5070 (fixed)\n" },
	};
	struct config *old, *new;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		old = parse(cases[i].more[0], cases[i].sip[0]);
		new = parse(cases[i].more[1], cases[i].sip[1]);
		diff(old, new, cases[i].said);
		config_destroy(&old);
		config_destroy(&new);
	}
}

/* What needs a restart is the old value again, in memory of its own. */
static void test_fixed_stays(void **state)
{
	struct config *old =
		parse("secret: a", "sip: { listen: ['udp:127.0.0.1:5060', "
				   "'tcp:127.0.0.1:5060'], mtu_bytes: 1000, "
				   "outbound_proxy: 'sip:192.0.2.1' }\n"
				   "store: { node: one }");
	struct config *new =
		parse("secret: a", "sip: { listen: ['udp:127.0.0.9:5070'], "
				   "mtu_bytes: 1200, t1_ms: 400 }\n"
				   "store: { node: two }");

	(void)state;
	diff(old, new,
	     "sip.listen: 2 entries -> 1 entries (fixed)\n"
	     "sip.outbound_proxy: sip:192.0.2.1 -> \n"
	     "sip.peers[0].addresses: [127.0.0.0/8, ::1, 192.0.2.1] -> "
	     "[127.0.0.0/8, ::1]\n"
	     "sip.t1_ms: 500 -> 400 (fixed)\n"
	     "sip.mtu_bytes: 1000 -> 1200 (fixed)\n"
	     "store.node: one -> two (fixed)\n");
	config_destroy(&old);
	assert_int_equal(new->listen_count, 2);
	assert_true(str_eqz(new->listens[1].host, "127.0.0.1"));
	assert_int_equal(new->listens[1].port, 5060);
	assert_int_equal(new->outbound_proxy.n, 0);
	assert_true(str_eqz(new->store_node, "one"));
	assert_int_equal(new->mtu_bytes, 1000);
	assert_int_equal(new->t1_ms, 500);
	config_destroy(&new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_fixed_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
