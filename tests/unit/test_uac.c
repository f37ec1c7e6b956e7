#include "sip/uac.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gateway/base/loop.h"
#include "sip/client.h"
#include "sip/resolve.h"
#include "sip/transport.h"

/* Network and resolver are the test's own: what is sent is kept, and which
 * ports are dead and which names exist is said by tables. */
enum { SENT_MAX = 64, TIMEOUT_MS = 640, MTU_BYTES = 1300, PORTS = 16 };

struct sent {
	struct hop hop;
	struct str bytes; /* owned */
};

static struct {
	struct sent sent[SENT_MAX];
	size_t count;
	bool is_dead[PORTS]; /* ports 0..15: nothing can be prepared */
	bool has_stream;     /* the resolver finds TCP as well */
	bool is_slow;	     /* the resolver answers a turn later */
	size_t lookups;
} net;

struct resolve_job {
	struct loop_timer timer;
	resolve_fn *fn;
	void *arg;
	struct hop hops[RESOLVE_HOPS_MAX];
	size_t n;
};

bool transport_prepare(struct transport_set *t, struct hop *to,
		       const char **why)
{
	uint16_t port = endpoint_port(&to->peer);

	(void)t;
	*why = "test: dead";
	if (port < PORTS && net.is_dead[port])
		return false;
	if (to->transport == TRANSPORT_UDP)
		to->socket = 1;
	else
		to->conn = port;
	return true;
}

bool transport_send(struct transport_set *t, const struct hop *to,
		    struct str bytes)
{
	(void)t;
	assert_true(net.count < SENT_MAX);
	net.sent[net.count].hop = *to;
	net.sent[net.count++].bytes = str_heap(bytes);
	return true;
}

void transport_write_via(struct transport_set *t, struct strbuf *b,
			 const struct hop *to)
{
	(void)t;
	strbuf_addlit(b, "SIP/2.0/");
	strbuf_add(b, transport_name(to->transport));
	strbuf_addlit(b, " 192.0.2.1:5060");
}

/* A host is a list of ports: "p1-2-3.test" has hops at 192.0.2.9:1, :2, :3.
 * "none" in the name: nothing. */
static size_t look_up(const struct uri *uri, bool wants_stream,
		      struct hop hops[])
{
	struct str host = uri->host;
	size_t n = 0;

	net.lookups++;
	if (uri->scheme == URI_OTHER || !str_starts(host, "p") ||
	    (wants_stream && !net.has_stream))
		return 0;
	for (size_t i = 1; i < host.n && host.p[i] != '.'; i++) {
		struct str port = str_head(str_from(host, i),
					   str_find(str_from(host, i), '-'));
		uint32_t v;

		port = str_head(port, str_find(port, '.'));
		assert_true(str_to_u32(port, &v));
		hops[n] = (struct hop){ .transport = wants_stream
							     ? TRANSPORT_TCP
							     : TRANSPORT_UDP };
		assert_true(endpoint_read(STR_LIT("192.0.2.9"), (uint16_t)v,
					  &hops[n++].peer));
		i += port.n;
		if (i < host.n && host.p[i] == '.')
			break;
	}
	return n;
}

int resolve_now(struct resolve *r, const struct uri *uri, bool wants_stream,
		struct hop hops[RESOLVE_HOPS_MAX])
{
	(void)r;
	return net.is_slow ? -1 : (int)look_up(uri, wants_stream, hops);
}

static void on_looked_up(void *arg)
{
	struct resolve_job *j = arg;

	j->fn(j->arg, j->hops, j->n, j->n > 0 ? "" : "test: no such name");
	free(j);
}

static struct loop *the_loop;

struct resolve_job *resolve_start(struct resolve *r, const struct uri *uri,
				  bool wants_stream, resolve_fn *fn, void *arg)
{
	struct resolve_job *j = calloc(1, sizeof(*j));

	(void)r;
	assert_non_null(j);
	j->fn = fn;
	j->arg = arg;
	j->n = look_up(uri, wants_stream, j->hops);
	loop_timer_start(the_loop, &j->timer, 10, on_looked_up, j);
	return j;
}

void resolve_cancel(struct resolve_job *j)
{
	loop_timer_stop(&j->timer);
	free(j);
}

/* --- the bench */

struct seen {
	int calls;
	enum outcome_kind kind;
	int status;
	bool has_response;
	uint32_t cseq;
	char redirect[64], reason[64];
};

struct bench {
	struct loop *loop;
	struct client *client;
	struct uac *uac;
	struct arena arena;
	struct seen seen;
};

static const struct uac_options plain = {
	.user_agent = STR("test"),
	.timeout_ms = TIMEOUT_MS,
	.max_running = 4,
	.mtu_bytes = MTU_BYTES,
	.account = { .username = STR("gw"), .password = STR("secret") }
};

static void bench_open(struct bench *b, const struct uac_options *o)
{
	static const struct client_timing timing = { .t1_ms = 50,
						     .t2_ms = 100,
						     .timeout_ms = TIMEOUT_MS };
	const char *why;

	memset(b, 0, sizeof(*b));
	memset(&net, 0, sizeof(net));
	b->loop = loop_create(&why);
	assert_non_null(b->loop);
	the_loop = b->loop;
	arena_init(&b->arena, 4096);
	b->client = client_create(b->loop, NULL, &timing, 100);
	b->uac = uac_create(b->loop, NULL, b->client, NULL, o);
}

static void bench_close(struct bench *b)
{
	uac_destroy(&b->uac);
	assert_int_equal(client_running(b->client), 0);
	client_destroy(&b->client);
	arena_fini(&b->arena);
	loop_destroy(&b->loop);
	for (size_t i = 0; i < net.count; i++)
		str_free(&net.sent[i].bytes);
}

static struct uri uri(const char *text)
{
	struct uri u;
	const char *why = "";

	if (!uri_read(str_z(text), &u, &why))
		fail_msg("%s: %s", text, why);
	return u;
}

static struct draft draft_to(const char *target)
{
	struct draft d = { .method = METHOD_MESSAGE,
			   .target = uri(target),
			   .from = { .uri = uri("sip:juliet@example.com"),
				     .tag = STR("ft") },
			   .to = { .uri = uri(target) },
			   .call_id = STR("call-1"),
			   .cseq = 1,
			   .max_forwards = 70,
			   .content_type = STR("text/plain"),
			   .body = STR("hi") };

	return d;
}

static void on_outcome(void *arg, const struct outcome *o)
{
	struct seen *s = arg;

	s->calls++;
	s->kind = o->kind;
	s->status = o->status;
	s->has_response = o->response != NULL;
	s->cseq = o->cseq;
	(void)snprintf(s->redirect, sizeof(s->redirect), "%.*s",
		       STR_ARG(o->redirect));
	(void)snprintf(s->reason, sizeof(s->reason), "%.*s",
		       STR_ARG(o->reason));
}

static void send_draft(struct bench *b, const struct draft *d)
{
	struct outgoing *o = uac_prepare(b->uac, d);

	assert_non_null(o);
	memset(&b->seen, 0, sizeof(b->seen));
	assert_true(uac_start(b->uac, o, on_outcome, &b->seen));
	assert_int_equal(b->seen.calls, 0); /* never inside uac_start */
}

static void send_to(struct bench *b, const char *target)
{
	struct draft d = draft_to(target);

	send_draft(b, &d);
}

/* Turns the loop till n requests are out or an outcome is there. */
static void run_until_sent(struct bench *b, size_t n)
{
	for (int i = 0; i < 1000 && net.count < n && b->seen.calls == 0; i++)
		loop_turn(b->loop, 10);
	assert_true(net.count >= n);
}

static void run_to_end(struct bench *b)
{
	for (int i = 0; i < 1000 && b->seen.calls == 0; i++)
		loop_turn(b->loop, 10);
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(uac_running(b->uac), 0);
}

static struct str last_bytes(void)
{
	assert_true(net.count > 0);
	return net.sent[net.count - 1].bytes;
}

static unsigned last_port(void)
{
	return endpoint_port(&net.sent[net.count - 1].hop.peer);
}

static bool has(struct str s, const char *part)
{
	return memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static void respond(struct bench *b, struct response res)
{
	struct str s = last_bytes();
	const char *p = memmem(s.p, s.n, "branch=", 7);

	assert_non_null(p);
	s = str_from(s, (size_t)(p - s.p) + 7);
	res.branch = str_head(s, str_find(s, '\r'));
	if (res.method == METHOD_OTHER)
		res.method = METHOD_MESSAGE;
	assert_true(client_offer(b->client, &res));
}

static void respond_status(struct bench *b, int status)
{
	respond(b, (struct response){ .status = status,
				      .reason = STR("Said So") });
}

static void check_end(struct bench *b, enum outcome_kind kind, int status)
{
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(b->seen.kind, kind);
	assert_int_equal(b->seen.status, status);
	assert_int_equal(b->seen.has_response, kind == OUTCOME_ANSWERED);
}

/* --- where it goes */

static void test_answered(void **state)
{
	struct bench b;
	struct str s;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	run_until_sent(&b, 1);
	s = last_bytes();
	assert_true(str_starts(s, "MESSAGE sip:romeo@p1.test SIP/2.0\r\n"
				  "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;"
				  "branch=z9hG4bK"));
	assert_true(has(s, "\r\nCSeq: 1 MESSAGE\r\n"));
	assert_true(has(s, "\r\nUser-Agent: test\r\n"));
	assert_true(has(s, "\r\n\r\nhi"));
	assert_false(has(s, "Route:"));
	assert_false(has(s, "uthorization:"));
	respond_status(&b, 100);
	assert_int_equal(b.seen.calls, 0);
	respond_status(&b, 202);
	check_end(&b, OUTCOME_ANSWERED, 202);
	assert_string_equal(b.seen.reason, "Said So");
	assert_int_equal(b.seen.cseq, 1);
	bench_close(&b);
}

static void test_next_hop(void **state)
{
	static const struct {
		const char *proxy, *route;
		const char *line, *expected_route; /* NULL: none */
		unsigned port;
	} cases[] = {
		{ NULL, "", "MESSAGE sip:romeo@p1.test SIP/2.0", NULL, 1 },
		{ "sip:p2.test", "", "MESSAGE sip:romeo@p1.test SIP/2.0", NULL,
		  2 },
		{ "sip:p2.test;lr", "", "MESSAGE sip:romeo@p1.test SIP/2.0",
		  "Route: <sip:p2.test;lr>", 2 },
		{ NULL, "<sip:p3.test;lr>, <sip:p4.test;lr>",
		  "MESSAGE sip:romeo@p1.test SIP/2.0",
		  "Route: <sip:p3.test;lr>, <sip:p4.test;lr>", 3 },
		{ "sip:p2.test;lr", "<sip:p3.test;lr>",
		  "MESSAGE sip:romeo@p1.test SIP/2.0",
		  "Route: <sip:p3.test;lr>", 3 },
		/* strict routers, RFC 3261 §12.2.1.1 */
		{ NULL, "<sip:p3.test>, <sip:p4.test;lr>",
		  "MESSAGE sip:p3.test SIP/2.0",
		  "Route: <sip:p4.test;lr>, <sip:romeo@p1.test>", 3 },
		{ NULL, "<sip:x@p3.test?a=b>", "MESSAGE sip:x@p3.test SIP/2.0",
		  "Route: <sip:romeo@p1.test>", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct uac_options o = plain;
		struct draft d = draft_to("sip:romeo@p1.test");
		struct bench b;

		if (cases[i].proxy != NULL)
			o.outbound_proxy = uri(cases[i].proxy);
		bench_open(&b, &o);
		d.route = str_z(cases[i].route);
		send_draft(&b, &d);
		run_until_sent(&b, 1);
		assert_int_equal(last_port(), cases[i].port);
		assert_true(str_starts(last_bytes(), cases[i].line));
		if (cases[i].expected_route == NULL)
			assert_false(has(last_bytes(), "Route:"));
		else if (!has(last_bytes(), cases[i].expected_route))
			fail_msg("%.*s", STR_ARG(last_bytes()));
		bench_close(&b); /* one that runs is dropped silently */
		assert_int_equal(b.seen.calls, 0);
	}
}

static void test_no_route(void **state)
{
	struct bench b;

	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		bench_open(&b, &plain);
		net.is_slow = slow;
		send_to(&b, "sip:romeo@none.test");
		run_to_end(&b);
		check_end(&b, OUTCOME_NO_ROUTE, 404);
		assert_int_equal(net.lookups, 1);
		bench_close(&b);
	}
}

static void test_slow_resolver(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.is_slow = true;
	send_to(&b, "sip:romeo@p1.test");
	run_until_sent(&b, 1);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	send_to(&b, "sip:romeo@p1.test");
	bench_close(&b); /* with a lookup under way */
	assert_int_equal(b.seen.calls, 0);
}

static void test_max_running(void **state)
{
	struct bench b;
	struct draft d = draft_to("sip:romeo@p1.test");
	struct outgoing *o;

	(void)state;
	bench_open(&b, &plain);
	for (int i = 0; i < 4; i++)
		send_draft(&b, &d);
	assert_int_equal(uac_running(b.uac), 4);
	o = uac_prepare(b.uac, &d);
	assert_false(uac_start(b.uac, o, on_outcome, &b.seen));
	outgoing_destroy(&o);
	assert_null(o);
	bench_close(&b);
}

/* --- failing over */

static void test_dead_hop(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.is_dead[1] = true;
	send_to(&b, "sip:romeo@p1-2.test");
	run_until_sent(&b, 1);
	assert_int_equal(last_port(), 2);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

/* The first is silent: the second is asked when its share is over, and first
 * the next time. */
static void test_silent_hop(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1-2.test");
	for (int i = 0; i < 100 && last_port() != 2; i++)
		loop_turn(b.loop, 10);
	assert_int_equal(last_port(), 2);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	send_to(&b, "sip:romeo@p1-2.test");
	assert_int_equal(last_port(), 2);
	respond_status(&b, 503); /* now the other has its chance */
	assert_int_equal(last_port(), 1);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static void test_timeout(void **state)
{
	struct bench b;
	uint64_t began;

	(void)state;
	bench_open(&b, &plain);
	loop_turn(b.loop, 0);
	began = loop_now_ms(b.loop);
	send_to(&b, "sip:romeo@p1-2.test");
	run_to_end(&b);
	check_end(&b, OUTCOME_TIMEOUT, 408);
	assert_true(loop_now_ms(b.loop) - began >= TIMEOUT_MS);
	bench_close(&b);
}

static void lose(struct bench *b, unsigned port)
{
	struct hop hop = { .transport = TRANSPORT_UDP };

	assert_true(
		endpoint_read(STR_LIT("192.0.2.9"), (uint16_t)port, &hop.peer));
	client_lost(b->client, &hop, "test: refused");
}

/* The server restarts: refused, dead for two rounds, there again. */
static void test_restart(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	run_until_sent(&b, 1);
	net.is_dead[1] = true;
	lose(&b, 1);
	for (int i = 0; i < 100 && net.lookups < 3; i++)
		loop_turn(b.loop, 10);
	assert_int_equal(b.seen.calls, 0);
	net.is_dead[1] = false;
	run_until_sent(&b, 2);
	assert_true(has(last_bytes(), "\r\nCSeq: 1 MESSAGE\r\n"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static void test_unreachable(void **state)
{
	struct bench b;
	uint64_t began;

	(void)state;
	bench_open(&b, &plain);
	net.is_dead[1] = net.is_dead[2] = true;
	loop_turn(b.loop, 0);
	began = loop_now_ms(b.loop);
	send_to(&b, "sip:romeo@p1-2.test");
	run_to_end(&b);
	check_end(&b, OUTCOME_UNREACHABLE, 503);
	assert_string_equal(b.seen.reason, "test: dead");
	/* within Timer F, but not before its last part; and not a storm */
	assert_true(loop_now_ms(b.loop) - began >= TIMEOUT_MS * 3 / 4);
	assert_in_range(net.lookups, 4, 12);
	bench_close(&b);
}

static void test_unavailable(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1-2-3.test");
	respond_status(&b, 503);
	assert_int_equal(last_port(), 2);
	respond(&b, (struct response){ .status = 503, .retry_after_s = 20 });
	assert_int_equal(last_port(), 3);
	respond_status(&b, 503);
	check_end(&b, OUTCOME_ANSWERED, 503);
	bench_close(&b);
	/* any other refusal is the answer: no other server is asked */
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1-2-3.test");
	respond_status(&b, 480);
	check_end(&b, OUTCOME_ANSWERED, 480);
	bench_close(&b);
}

/* --- challenges */

static const char proxy_md5[] =
	"Digest realm=\"a.test\", nonce=\"n1\", qop=\"auth\", algorithm=MD5";
static const char proxy_sha[] =
	"Digest realm=\"a.test\", nonce=\"n2\", qop=\"auth\", "
	"algorithm=SHA-256";
static const char stale_md5[] =
	"Digest realm=\"a.test\", nonce=\"n3\", qop=\"auth\", stale=true";
static const char other_md5[] = "Digest realm=\"b.test\", nonce=\"m1\"";

static void challenge(struct bench *b, int status, const char *value,
		      const char *second)
{
	struct response res = { .status = status };
	struct str *v =
		status == 407 ? res.proxy_authenticate : res.www_authenticate;

	v[0] = str_z(value);
	v[1] = str_z(second);
	respond(b, res);
}

/* What we wrote as digest parameter, without quotes. */
static struct str param(struct str s, const char *name)
{
	char key[32];
	const char *p;

	(void)snprintf(key, sizeof(key), "%s=", name);
	p = memmem(s.p, s.n, key, strlen(key));
	if (p == NULL)
		return STR_NONE;
	s = str_from(s, (size_t)(p - s.p) + strlen(key));
	if (s.p[0] == '"') {
		s = str_from(s, 1);
		return str_head(s, str_find(s, '"'));
	}
	s = str_head(s, str_find(s, '\r'));
	return str_head(s, str_find(s, ','));
}

static struct str line_of(struct str s, const char *name)
{
	const char *p = memmem(s.p, s.n, name, strlen(name));

	assert_non_null(p);
	s = str_from(s, (size_t)(p - s.p));
	return str_head(s, str_find(s, '\n'));
}

/* The server's side of it. */
static void check_credentials(const char *header, bool is_sha,
			      const char *nonce, const char *nc)
{
	struct str s = line_of(last_bytes(), header);
	char expected[65];

	assert_true(str_eqz(param(s, " nonce"), nonce));
	assert_true(str_eqz(param(s, "nc"), nc));
	assert_true(str_eqz(param(s, "uri"), "sip:romeo@p1.test"));
	assert_true(str_eqz(param(s, "username"), "gw"));
	digest_compute(is_sha, STR_LIT("gw"), STR_LIT("a.test"),
		       STR_LIT("secret"), STR_LIT("MESSAGE"),
		       STR_LIT("sip:romeo@p1.test"), str_z(nonce), str_z(nc),
		       param(s, "cnonce"), STR_LIT("auth"), expected);
	assert_true(str_eqz(param(s, "response"), expected));
}

static void test_proxy_challenge(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	assert_int_equal(net.count, 2);
	assert_true(has(last_bytes(), "\r\nCSeq: 2 MESSAGE\r\n"));
	check_credentials("Proxy-Authorization:", false, "n1", "00000001");
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	assert_int_equal(b.seen.cseq, 2);
	/* the next one carries them at once */
	send_to(&b, "sip:romeo@p1.test");
	check_credentials("Proxy-Authorization:", false, "n1", "00000002");
	assert_true(has(last_bytes(), "\r\nCSeq: 1 MESSAGE\r\n"));
	/* ... and when the nonce is too old, tries again */
	challenge(&b, 407, stale_md5, NULL);
	check_credentials("Proxy-Authorization:", false, "n3", "00000001");
	challenge(&b, 407, stale_md5, NULL);
	assert_int_equal(b.seen.calls, 0);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* another hop gets none */
	send_to(&b, "sip:romeo@p2.test");
	assert_false(has(last_bytes(), "uthorization:"));
	bench_close(&b);
}

static void test_server_challenge(void **state)
{
	struct uac_options o = plain;
	struct bench b;

	(void)state;
	o.outbound_proxy = uri("sip:p3.test");
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 401, proxy_md5, proxy_sha); /* the better one is taken */
	check_credentials("Authorization:", true, "n2", "00000001");
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* same hop, another domain: not its business */
	send_to(&b, "sip:romeo@p2.test");
	assert_int_equal(last_port(), 3);
	assert_false(has(last_bytes(), "uthorization:"));
	respond_status(&b, 200);
	send_to(&b, "sip:romeo@p1.test");
	check_credentials("Authorization:", true, "n2", "00000002");
	bench_close(&b);
}

static void test_wrong_password(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 401, proxy_md5, NULL);
	challenge(&b, 401, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 401);
	assert_int_equal(net.count, 2);
	/* a new nonce each time does not make us go on either */
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 401, proxy_sha, NULL);
	challenge(&b, 401, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 401);
	bench_close(&b);
}

static void test_two_realms(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	challenge(&b, 407, other_md5, NULL);
	assert_int_equal(net.count, 3);
	assert_true(has(last_bytes(), "nonce=\"n1\""));
	assert_true(has(last_bytes(), "nonce=\"m1\""));
	challenge(&b, 401, proxy_md5, NULL);
	assert_int_equal(net.count, 4);
	assert_true(has(last_bytes(), "\r\nAuthorization:"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	assert_int_equal(b.seen.cseq, 4);
	bench_close(&b);
}

static void test_no_account(void **state)
{
	struct uac_options o = plain;
	struct bench b;

	(void)state;
	o.account = (struct digest_account){ 0 };
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 407);
	bench_close(&b);
	o.account = plain.account;
	o.account.realm = STR_LIT("elsewhere.test");
	bench_open(&b, &o);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, proxy_md5, NULL);
	check_end(&b, OUTCOME_ANSWERED, 407);
	send_to(&b, "sip:romeo@p1.test");
	challenge(&b, 407, NULL, NULL);
	check_end(&b, OUTCOME_ANSWERED, 407);
	bench_close(&b);
}

/* --- redirections */

static void redirect(struct bench *b, int status, const char *contacts)
{
	respond(b, (struct response){ .status = status,
				      .contacts = str_z(contacts) });
}

static void test_redirect(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 302,
		 "<sip:r2@p2.test>;q=0.5, <sip:r3@p3.test?Subject=x>;q=0.9");
	assert_int_equal(last_port(), 3);
	assert_true(
		str_starts(last_bytes(), "MESSAGE sip:r3@p3.test SIP/2.0\r\n"));
	assert_true(has(last_bytes(), "\r\nCSeq: 2 MESSAGE\r\n"));
	assert_true(has(last_bytes(), "\r\nTo: <sip:romeo@p1.test>\r\n"));
	respond_status(&b, 486); /* the other one may still take it */
	assert_int_equal(last_port(), 2);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* a name that nobody knows, and a hop that is dead, are passed over */
	net.is_dead[4] = true;
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 301,
		 "<sip:a@none.test>, <sip:b@p4.test>, <sip:c@p5.test>");
	assert_int_equal(last_port(), 5);
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static void test_redirect_end(void **state)
{
	static const struct {
		int status;
		const char *contacts, *expected;
	} cases[] = {
		{ 302, "<sips:x@p2.test>", "sips:x@p2.test" },
		{ 301, "<xmpp:r@example.net>", "xmpp:r@example.net" },
		{ 302, "", "" },
		{ 380, "<sip:x@p2.test>", "sip:x@p2.test" },
		{ 302, "<sip:romeo@p1.test>", "sip:romeo@p1.test" }, /* loop */
	};
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send_to(&b, "sip:romeo@p1.test");
		redirect(&b, cases[i].status, cases[i].contacts);
		check_end(&b, OUTCOME_ANSWERED, cases[i].status);
		assert_string_equal(b.seen.redirect, cases[i].expected);
	}
	bench_close(&b);
}

static void test_redirect_chain(void **state)
{
	struct bench b;
	char contact[64];
	size_t hops;

	(void)state;
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	for (hops = 0; hops < 20 && b.seen.calls == 0; hops++) {
		(void)snprintf(contact, sizeof(contact), "<sip:r%zu@p2.test>",
			       hops);
		redirect(&b, 302, contact);
	}
	check_end(&b, OUTCOME_ANSWERED, 302);
	assert_int_equal(net.count, 6); /* itself and five more */
	bench_close(&b);
	/* 6xx ends it, whoever else is on the list (RFC 3261 §8.1.3.4) */
	bench_open(&b, &plain);
	send_to(&b, "sip:romeo@p1.test");
	redirect(&b, 302, "<sip:a@p2.test>, <sip:b@p3.test>");
	respond_status(&b, 603);
	check_end(&b, OUTCOME_ANSWERED, 603);
	bench_close(&b);
}

/* --- size */

static void send_sized(struct bench *b, char *body, size_t n)
{
	struct draft d = draft_to("sip:romeo@p1.test");

	memset(body, 'x', n);
	d.call_id = STR_LIT("so-long-that-the-body-keeps-a-length-of-three-"
			    "digits-at-the-limit-of-thirteen-hundred-bytes");
	d.body = (struct str){ body, n };
	send_draft(b, &d);
}

static void test_size(void **state)
{
	char body[2000];
	size_t fits = 900;
	struct bench b;

	(void)state;
	bench_open(&b, &plain);
	net.has_stream = true;
	send_sized(&b, body, fits);
	assert_int_equal(net.sent[0].hop.transport, TRANSPORT_UDP);
	fits += MTU_BYTES - last_bytes().n;
	assert_in_range(fits, 900, 998);
	respond_status(&b, 200);
	send_sized(&b, body, fits);
	assert_int_equal(last_bytes().n, MTU_BYTES);
	assert_int_equal(net.sent[1].hop.transport, TRANSPORT_UDP);
	respond_status(&b, 200);
	send_sized(&b, body, fits + 1);
	assert_int_equal(net.sent[2].hop.transport, TRANSPORT_TCP);
	assert_true(has(last_bytes(), "Via: SIP/2.0/TCP"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	/* credentials can take it over the limit as well */
	send_sized(&b, body, fits);
	challenge(&b, 407, proxy_md5, NULL);
	assert_int_equal(net.sent[4].hop.transport, TRANSPORT_TCP);
	assert_true(has(last_bytes(), "Proxy-Authorization:"));
	respond_status(&b, 200);
	check_end(&b, OUTCOME_ANSWERED, 200);
	bench_close(&b);
}

static void test_too_large(void **state)
{
	char body[2000];
	struct bench b;

	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		bench_open(&b, &plain);
		net.is_slow = slow;
		send_sized(&b, body, sizeof(body));
		run_to_end(&b);
		check_end(&b, OUTCOME_TOO_LARGE, 513);
		assert_int_equal(net.count, 0);
		bench_close(&b);
	}
	/* TCP is known, but nobody listens there: a few tries, never UDP */
	bench_open(&b, &plain);
	net.has_stream = true;
	send_sized(&b, body, sizeof(body) - 1);
	run_until_sent(&b, 1);
	net.is_dead[1] = true;
	client_lost(b.client, &net.sent[0].hop, "test: refused");
	net.is_slow = true;
	run_to_end(&b);
	assert_int_equal(net.count, 1);
	check_end(&b, OUTCOME_TOO_LARGE, 513);
	bench_close(&b);
}

static void test_prepare(void **state)
{
	static char huge[70000];
	struct draft d = draft_to("sip:romeo@p1.test");
	struct bench b;
	struct outgoing *o;
	size_t estimate;

	(void)state;
	bench_open(&b, &plain);
	o = uac_prepare(b.uac, &d);
	estimate = outgoing_bytes(o);
	outgoing_destroy(&o);
	send_draft(&b, &d);
	assert_in_range(last_bytes().n, estimate - 30, estimate + 30);
	memset(huge, 'x', sizeof(huge));
	d.body = (struct str){ huge, sizeof(huge) };
	assert_null(uac_prepare(b.uac, &d));
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_next_hop),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_slow_resolver),
		cmocka_unit_test(test_max_running),
		cmocka_unit_test(test_dead_hop),
		cmocka_unit_test(test_silent_hop),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_proxy_challenge),
		cmocka_unit_test(test_server_challenge),
		cmocka_unit_test(test_wrong_password),
		cmocka_unit_test(test_two_realms),
		cmocka_unit_test(test_no_account),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_redirect_end),
		cmocka_unit_test(test_redirect_chain),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
