#ifndef STOX_TESTS_UAC_BENCH_H
#define STOX_TESTS_UAC_BENCH_H
/* The uac over a network of the test's own: with its real transactions, but
 * neither sockets nor DNS. */
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
enum { SENT_MAX = 64, TIMEOUT_MS = 1280, MTU_BYTES = 1300, PORTS = 16 };

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
	const char *why;
};

const char transport_untrusted[] = "test: refused";
const char transport_cut[] = "closed by the peer";

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
static inline size_t look_up(const struct uri *uri, bool wants_stream,
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

static const char silence[] = "test: no answer";

bool resolve_is_unsure(const char *why)
{
	return why == silence;
}

static inline void on_looked_up(void *arg)
{
	struct resolve_job *j = arg;

	j->fn(j->arg, j->hops, j->n, j->n > 0 ? "" : j->why);
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
	j->why = str_starts(uri->host, "mute") ? silence : "test: no such name";
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
	bool is_cut;
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

static inline void bench_open(struct bench *b, const struct uac_options *o)
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

static inline void bench_close(struct bench *b)
{
	uac_destroy(&b->uac);
	assert_int_equal(client_running(b->client), 0);
	client_destroy(&b->client);
	arena_fini(&b->arena);
	loop_destroy(&b->loop);
	for (size_t i = 0; i < net.count; i++)
		str_free(&net.sent[i].bytes);
}

static inline struct uri uri(const char *text)
{
	struct uri u;
	const char *why = "";

	if (!uri_read(str_z(text), &u, &why))
		fail_msg("%s: %s", text, why);
	return u;
}

static inline struct draft draft_to(const char *target)
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

static inline void on_outcome(void *arg, const struct outcome *o)
{
	struct seen *s = arg;

	s->calls++;
	s->kind = o->kind;
	s->is_cut = o->is_cut;
	s->status = o->status;
	s->has_response = o->response != NULL;
	s->cseq = o->cseq;
	(void)snprintf(s->redirect, sizeof(s->redirect), "%.*s",
		       STR_ARG(o->redirect));
	(void)snprintf(s->reason, sizeof(s->reason), "%.*s",
		       STR_ARG(o->reason));
}

static inline void send_draft(struct bench *b, const struct draft *d)
{
	struct outgoing *o = uac_prepare(b->uac, d);

	assert_non_null(o);
	memset(&b->seen, 0, sizeof(b->seen));
	assert_true(uac_start(b->uac, o, on_outcome, &b->seen));
	assert_int_equal(b->seen.calls, 0); /* never inside uac_start */
}

static inline void send_to(struct bench *b, const char *target)
{
	struct draft d = draft_to(target);

	send_draft(b, &d);
}

/* Turns the loop till n requests are out or an outcome is there. */
static inline void run_until_sent(struct bench *b, size_t n)
{
	for (int i = 0; i < 1000 && net.count < n && b->seen.calls == 0; i++)
		loop_turn(b->loop, 10);
	assert_true(net.count >= n);
}

static inline void run_to_end(struct bench *b)
{
	for (int i = 0; i < 1000 && b->seen.calls == 0; i++)
		loop_turn(b->loop, 10);
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(uac_running(b->uac), 0);
}

static inline struct str last_bytes(void)
{
	assert_true(net.count > 0);
	return net.sent[net.count - 1].bytes;
}

static inline unsigned last_port(void)
{
	return endpoint_port(&net.sent[net.count - 1].hop.peer);
}

static inline bool has(struct str s, const char *part)
{
	return memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static inline void respond(struct bench *b, struct response res)
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

static inline void respond_status(struct bench *b, int status)
{
	respond(b, (struct response){ .status = status,
				      .reason = STR("Said So") });
}

static const char proxy_md5[] =
	"Digest realm=\"a.test\", nonce=\"n1\", qop=\"auth\", algorithm=MD5";

static inline void challenge(struct bench *b, int status, const char *value,
			     const char *second)
{
	struct response res = { .status = status };
	struct str *v =
		status == 407 ? res.proxy_authenticate : res.www_authenticate;

	v[0] = str_z(value);
	v[1] = str_z(second);
	respond(b, res);
}

static inline void check_end(struct bench *b, enum outcome_kind kind,
			     int status)
{
	assert_int_equal(b->seen.calls, 1);
	assert_int_equal(b->seen.kind, kind);
	assert_int_equal(b->seen.status, status);
	assert_int_equal(b->seen.has_response, kind == OUTCOME_ANSWERED);
}

#endif
