#include "gateway/config/config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define FIXED                           \
	"components:\n"                 \
	"  - domain: sip.example.com\n" \
	"    secret: hunter2\n"         \
	"    sip_domain: example.net\n"

enum { FILE_BYTES = 64 * 1024 };

static struct config *parse(const char *yaml)
{
	struct strbuf errors;
	struct config *c;

	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	if (c == NULL)
		fail_msg("%.*s", STR_ARG(strbuf_str(&errors)));
	assert_int_equal(errors.n, 0);
	strbuf_fini(&errors);
	return c;
}

/* The defaults that config.h and the rooms' headers promise. */
static void test_defaults(void **state)
{
	const struct config_component *cc;
	struct config *c = parse(FIXED);

	(void)state;
	assert_true(str_eqz(c->path, "t.yml"));
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_false(c->is_log_json);
	assert_int_equal(c->component_count, 1);
	cc = &c->components[0];
	assert_true(str_eqz(cc->host, "127.0.0.1"));
	assert_int_equal(cc->port, 5347);
	assert_true(str_eqz(cc->secret, "hunter2"));
	assert_false(cc->has_tls);
	assert_int_equal(cc->plan.contacts, CONTACT_FIXED);
	assert_int_equal(cc->plan.users, USER_TRANSPARENT);
	assert_int_equal(cc->message.type, MESSAGE_NORMAL);
	assert_int_equal(cc->message.thread, THREAD_CALL_ID);
	assert_int_equal(cc->message.delay_after_s, 60);
	assert_int_equal(cc->message.body_max_bytes, 65536);
	assert_true(cc->message.wants_headline);
	assert_int_equal(cc->next_hop.n, 0);
	assert_int_equal(c->listen_count, 2);
	assert_int_equal(c->listens[0].transport, TRANSPORT_UDP);
	assert_int_equal(c->listens[1].transport, TRANSPORT_TCP);
	assert_int_equal(c->listens[1].port, 5060);
	assert_false(c->is_stranger_silent);
	assert_int_equal(c->outbound_proxy.n, 0);
	assert_int_equal(c->account_username.n, 0);
	assert_true(c->wants_naptr && c->wants_srv);
	assert_int_equal(c->t1_ms, 500);
	assert_int_equal(c->t2_ms, 4000);
	assert_int_equal(c->timeout_ms, 32000);
	assert_int_equal(c->mtu_bytes, 1300);
	assert_int_equal(c->transport.conns_max, 256);
	assert_int_equal(c->transport.conns_per_source_max, 16);
	assert_int_equal(c->transport.first_message_ms, 30000);
	assert_int_equal(c->transport.idle_ms, 180000);
	assert_int_equal(c->transport.connect_ms, 4000);
	assert_int_equal(c->transport.message_ms, 10000);
	assert_int_equal(c->transport.conn_queue_bytes, 1048576);
	assert_int_equal(c->transport.keepalive_ms, 30000);
	assert_int_equal(c->transport.udp_buffer_bytes, 4194304);
	assert_int_equal(c->conversation_queue_max, 100);
	assert_int_equal(c->running_max, 2000);
	assert_int_equal(c->answers_max, 20000);
	assert_int_equal(c->replay_max, 6000000);
	assert_int_equal(c->stanza_max_bytes, 262144);
	assert_int_equal(c->queue_max_bytes, 4194304);
	assert_int_equal(c->queue_max_stanzas, 2000);
	assert_int_equal(c->taken_timeout_ms, 2000);
	assert_int_equal(c->backoff_max_ms, 60000);
	assert_int_equal(c->ping_idle_ms, 14000);
	assert_int_equal(c->ping_timeout_ms, 15000);
	assert_int_equal(c->rate_source.per_s, 0);
	assert_int_equal(c->rate_source.burst, 200);
	assert_int_equal(c->rate_sender.per_s, 50);
	assert_int_equal(c->rate_sender.burst, 200);
	assert_int_equal(c->drain_ms, 5000);
	config_destroy(&c);
	assert_null(c);
}

static void test_values(void **state)
{
	static const char yaml[] =
		"log: { level: debug, format: json }\n"
		"components:\n"
		"  - domain: Sip.Example.com\n"
		"    server: chat.example.com\n"
		"    host: xmpp.example.com\n"
		"    port: 5348\n"
		"    secret: 'a: #b'\n"
		"    tls: true\n"
		"    tls_name: chat.example.com\n"
		"    contacts: escaped\n"
		"    users: escaped\n"
		"    user_host: XMPP.example.net\n"
		"    xmpp_domains: [example.com, example.org]\n"
		"    next_hop: sip:192.0.2.1;lr\n"
		"    message: { type: chat, thread: conversation,\n"
		"               delay_after_s: 0, headlines: false }\n"
		"  - domain: b.example.com\n"
		"    secret: x\n"
		"    sip_domain: Example.NET\n"
		"sip:\n"
		"  listen:\n"
		"    - { transport: tcp, address: '::1', port: 5070,\n"
		"        advertise: gw.example.net:5090 }\n"
		"    - {}\n"
		"  user_agent: X/1\n"
		"  strangers: silent\n"
		"  account: { username: u, password: p, realm: r }\n"
		"  nameserver: 127.0.0.1:5353\n"
		"  srv: false\n"
		"limits: { source_per_s: 0 }\n"
		"drain_ms: 0\n";
	const struct config_component *cc;
	struct config *c = parse(yaml);

	(void)state;
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
	assert_true(c->is_log_json);
	assert_int_equal(c->component_count, 2);
	cc = &c->components[0];
	assert_true(str_eqz(cc->domain, "sip.example.com"));
	assert_true(str_eqz(cc->plan.component, "sip.example.com"));
	assert_true(str_eqz(cc->server, "chat.example.com"));
	assert_true(str_eqz(cc->secret, "a: #b"));
	assert_true(cc->has_tls);
	assert_int_equal(cc->plan.users, USER_ESCAPED);
	assert_true(str_eqz(cc->plan.user_host, "xmpp.example.net"));
	assert_int_equal(cc->plan.xmpp_domain_count, 2);
	assert_true(str_eqz(cc->plan.xmpp_domains[1], "example.org"));
	assert_int_equal(cc->message.type, MESSAGE_CHAT);
	assert_int_equal(cc->message.thread, THREAD_CONVERSATION);
	assert_int_equal(cc->message.delay_after_s, 0);
	assert_false(cc->message.wants_headline);
	cc = &c->components[1];
	assert_true(str_eqz(cc->plan.sip_domain, "example.net"));
	assert_int_equal(c->listen_count, 2);
	assert_int_equal(c->listens[0].transport, TRANSPORT_TCP);
	assert_true(str_eqz(c->listens[0].host, "::1"));
	assert_true(str_eqz(c->listens[0].advertised_host, "gw.example.net"));
	assert_int_equal(c->listens[0].advertised_port, 5090);
	assert_int_equal(c->listens[1].transport, TRANSPORT_UDP);
	assert_true(str_eqz(c->listens[1].host, "0.0.0.0"));
	assert_true(str_eqz(c->user_agent, "X/1"));
	assert_true(c->is_stranger_silent);
	assert_true(str_eqz(c->account_password, "p"));
	assert_true(str_eqz(c->account_realm, "r"));
	assert_true(c->wants_naptr);
	assert_false(c->wants_srv);
	assert_int_equal(c->rate_source.per_s, 0);
	assert_int_equal(c->drain_ms, 0);
	config_destroy(&c);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *yaml, *error;
	} cases[] = {
		{ "", "t.yml:1: components: is required\n" },
		{ "components: []\n",
		  "t.yml:1: components: must have 1 to 64 items\n" },
		{ "- a\n", "t.yml:1: the file must be a map of settings\n" },
		{ "a: [\n", "t.yml:2: not YAML: " },
		{ "components:\n  - secret: hunter2\n",
		  "t.yml:2: components[0].domain: is required\n" },
		{ FIXED "component: 1\n",
		  "t.yml:5: component: unknown key; is components meant?\n" },
		{ FIXED "    secert: hunter2\n",
		  "t.yml:5: components[0].secert: unknown key; is secret "
		  "meant?\n" },
		{ FIXED "    secret: hunter2\n",
		  "t.yml:5: components[0].secret: is there twice\n" },
		{ FIXED "    port: 65536\n",
		  "t.yml:5: components[0].port: '65536' is not a number from "
		  "1 to 65535\n" },
		{ FIXED "    tls: 'yes'\n",
		  "t.yml:5: components[0].tls: 'yes' is not true or false\n" },
		{ FIXED "sip:\n  listen: ['tls:0.0.0.0:5061']\n",
		  "t.yml:5: sip.tls.certificate_file: is required to listen "
		  "for TLS\n" },
		{ FIXED "sip:\n  listen:\n    - { adress: '::' }\n",
		  "t.yml:7: sip.listen[0].adress: unknown key; is address "
		  "meant?\n" },
		{ FIXED "sip:\n  peers:\n    - domains: ['*']\n",
		  "t.yml:7: sip.peers[0]: needs addresses or tls_names\n" },
		{ FIXED "sip:\n  account: { password: hunter2 }\n",
		  "t.yml:6: sip.account.username: is required\n" },
	};
	struct strbuf errors;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_init(&errors, 10000);
		assert_null(
			config_parse(str_z(cases[i].yaml), "t.yml", &errors));
		strbuf_addc(&errors, '\0');
		if (strncmp(errors.p, cases[i].error, strlen(cases[i].error)))
			fail_msg("case %zu: %s", i, errors.p);
		assert_null(strstr(errors.p, "hunter2"));
		strbuf_fini(&errors);
	}
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_load(void **state)
{
	char path[] = "/tmp/stox-config-XXXXXX";
	int fd = mkstemp(path);
	struct strbuf errors;
	struct config *c;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	strbuf_init(&errors, 10000);
	write_file(path, FIXED, 0640);
	c = config_load(path, &errors);
	assert_non_null(c);
	assert_int_equal(errors.n, 0);
	config_destroy(&c);

	write_file(path, FIXED, 0644);
	c = config_load(path, &errors);
	assert_non_null(c);
	strbuf_addc(&errors, '\0');
	assert_non_null(strstr(errors.p, "warning: it holds a secret"));
	config_destroy(&c);

	unlink(path);
	strbuf_reset(&errors);
	assert_null(config_load(path, &errors));
	strbuf_addc(&errors, '\0');
	assert_non_null(strstr(errors.p, "No such file"));
	strbuf_reset(&errors);
	assert_null(config_load("/tmp", &errors));
	assert_true(errors.n > 0);
	strbuf_fini(&errors);
}

static void test_secret_file(void **state)
{
	char path[] = "/tmp/stox-secret-XXXXXX", yaml[400];
	int fd = mkstemp(path);
	struct strbuf errors;
	struct config *c;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(yaml, sizeof(yaml),
		 "components:\n"
		 "  - domain: sip.example.com\n"
		 "    sip_domain: example.net\n"
		 "    secret_file: %s\n",
		 path);
	write_file(path, "hunter2\n", 0600);
	c = parse(yaml);
	assert_true(str_eqz(c->components[0].secret, "hunter2"));
	config_destroy(&c);

	write_file(path, "hunter2\n", 0644);
	strbuf_init(&errors, 10000);
	c = config_parse(str_z(yaml), "t.yml", &errors);
	assert_non_null(c);
	strbuf_addc(&errors, '\0');
	assert_non_null(strstr(
		errors.p, "t.yml:4: components[0].secret_file: warning: "));
	assert_null(strstr(errors.p, "hunter2"));
	config_destroy(&c);
	strbuf_fini(&errors);
	unlink(path);
}

/* --- conf/stox.yml */

static char *example(void)
{
	FILE *f = fopen(STOX_SOURCE_DIR "/conf/stox.yml", "r");
	char *text = calloc(1, FILE_BYTES);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, FILE_BYTES - 1, f) > 0);
	fclose(f);
	return text;
}

static void test_example(void **state)
{
	char *text = example();
	struct config *c = parse(text);

	(void)state;
	assert_int_equal(c->component_count, 1);
	config_destroy(&c);
	free(text);
}

/* Complaints about one line alone; that settings do not go together is fine. */
static bool is_line_good(const char *errors)
{
	static const char *const complaints[] = { "unknown key", "has no value",
						  "not YAML", " is not " };
	size_t i;

	for (i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (strstr(errors, complaints[i]) != NULL)
			return false;
	return true;
}

/* Whether the line at p names a secret that is kept elsewhere. */
static bool needs_outside(const char *p)
{
	static const char *const keys[] = { "secret_file", "secret_env",
					    "password_file", "password_env" };
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		at = strstr(p, keys[i]);
		if (at != NULL && at < strchr(p, '\n'))
			return true;
	}
	return false;
}

/* Each setting that is commented out, "#key: value" without a blank, is one
 * that the table takes once the '#' is gone. */
static void test_example_comments(void **state)
{
	char *text = example(), *copy = example(), *p;
	struct strbuf errors;
	struct config *c;
	size_t count = 0;

	(void)state;
	for (p = strchr(text, '#'); p != NULL; p = strchr(p + 1, '#')) {
		if ((p[1] != '-' && (p[1] < 'a' || p[1] > 'z')) ||
		    needs_outside(p))
			continue;
		count++;
		memcpy(copy, text, strlen(text) + 1);
		memmove(copy + (p - text), p + 1, strlen(p));
		strbuf_init(&errors, 10000);
		c = config_parse(str_z(copy), "stox.yml", &errors);
		strbuf_addc(&errors, '\0');
		if (!is_line_good(errors.p))
			fail_msg("%.40s: %s", p, errors.p);
		config_destroy(&c);
		strbuf_fini(&errors);
	}
	assert_true(count > 50);
	free(copy);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_secret_file),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_example_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
