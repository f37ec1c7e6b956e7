#include "gateway/config/configdiff.h"
#include "checking.h"
#include "gateway/config/config.h"

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
		  "components[0].secret:  ->  (secret)\n" },
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

/* --- the whole table: each setting by itself */

enum { STRUCT_BYTES = sizeof(struct config) + sizeof(struct config_component) };

#define PUT(type, base, at, ...)                                               \
	do {                                                                   \
		type value_ = __VA_ARGS__;                                     \
		memcpy((base) + (at), &value_, sizeof(value_));                \
	} while (0)

/* The first or the second of two values that differ, at the option's place. */
static void put(const struct option *o, char *base, bool is_second)
{
	static const struct str items[2] = { STR("a"), STR("b") };
	const struct str text = is_second ? STR_LIT("two") : STR_LIT("one");

	switch (o->type) {
	case OPTION_FLAG:
	case OPTION_EITHER:
		PUT(bool, base, o->offset, is_second);
		break;
	case OPTION_CHOICE:
		PUT(int, base, o->offset, o->choices[is_second].value);
		break;
	case OPTION_NUMBER:
	case OPTION_DIGITS:
		PUT(unsigned, base, o->offset, is_second ? 7 : 5);
		break;
	case OPTION_BYTES:
		PUT(size_t, base, o->offset, is_second ? 7 : 5);
		break;
	case OPTION_PORT:
		PUT(uint16_t, base, o->offset, is_second ? 7 : 5);
		break;
	case OPTION_LIST:
		PUT(const struct str *, base, o->offset, &items[is_second]);
		PUT(size_t, base, o->second, 1);
		break;
	case OPTION_JID:
		PUT(struct jid, base, o->offset,
		    { .local = text, .domain = STR_LIT("d") });
		break;
	case OPTION_URI:
		PUT(struct uri, base, o->offset,
		    { .scheme = URI_SIP, .user = text, .host = STR("h") });
		break;
	default:
		PUT(struct str, base, o->offset, text);
		break;
	}
}

static struct seen {
	unsigned count;
	bool is_fixed, is_secret;
} seen;

static void see(void *arg, const struct configdiff_change *c)
{
	(void)arg;
	seen.count++;
	seen.is_fixed = c->is_fixed;
	seen.is_secret = c->is_secret;
	if (c->is_secret)
		assert_true(c->from.n == 0 && c->to.n == 0);
}

static unsigned differences(const struct option *row, char *old, char *new)
{
	struct arena keep, scratch;
	const struct configdiff d = {
		.keep = &keep, .scratch = &scratch, .table = row, .fn = see
	};
	unsigned first;

	arena_init(&keep, 4096);
	arena_init(&scratch, 4096);
	seen = (struct seen){ 0 };
	configdiff_run(&d, STR_NONE, old, new);
	first = seen.count;
	/* What is fixed is the old value now; the rest is as new as before. */
	configdiff_run(&d, STR_NONE, old, new);
	assert_int_equal(seen.count - first, seen.is_fixed ? 0 : first);
	arena_fini(&scratch);
	arena_fini(&keep);
	return first;
}

static void check_one(const struct option *o)
{
	const struct option row[] = { *o, { .key = NULL } };
	static char old[STRUCT_BYTES], new[STRUCT_BYTES];
	bool is_secret = o->type == OPTION_SECRET || o->is_secret;

	memset(old, 0, sizeof(old));
	memset(new, 0, sizeof(new));
	put(o, old, false);
	put(o, new, false);
	assert_int_equal(differences(row, old, new), 0);
	put(o, new, true);
	if (differences(row, old, new) != 1 || seen.is_fixed != o->is_fixed ||
	    seen.is_secret != is_secret)
		fail_msg("%s", o->key);
}

/* Fixed and not is all that there is: each says so, or is changed. */
static unsigned check_table(const struct option *table)
{
	const struct option *o;
	unsigned n = 0;

	for (o = table; o->key != NULL; o++) {
		if (o->type == OPTION_MAP || o->type == OPTION_MAPS) {
			n += check_table(o->table);
			continue;
		}
		if (o->type == OPTION_SECRET_FILE ||
		    o->type == OPTION_SECRET_ENV)
			continue; /* the same field as the secret itself */
		check_one(o);
		n++;
	}
	return n;
}

static void test_whole_table(void **state)
{
	(void)state;
	assert_in_range(check_table(options_table()), 100, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_fixed_stays),
		cmocka_unit_test(test_whole_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
