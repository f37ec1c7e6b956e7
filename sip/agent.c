#include "sip/agent.h"
#include <stdio.h>
#include <stdlib.h>
#include "gateway/base/arena.h"
#include "gateway/base/keyed.h"
#include "gateway/base/loop.h"
#include "sip/capabilities.h"
#include "sip/inspection.h"
#include "sip/reader.h"
#include "sip/replay.h"
#include "sip/responder.h"
#include "sip/stranger.h"

/* Of two digits all: refusals of one length leave together (batch.h). */
enum { RETRY_AFTER_MIN_S = 10, RETRY_AFTER_MAX_S = 15 };

/* Datagrams that came together are read one after the other, then served so:
 * the code for both is more than the first cache of a core holds. */
enum { READINGS = 16 };
struct incoming {
	struct reading reading;
	size_t bytes;
	bool is_shed;
};

struct agent {
	struct loop *loop;		 /* borrowed */
	struct transport_set *transport; /* owned, as all below */
	struct client *client;
	struct resolve *resolve;
	struct uac *uac;
	struct responder responder;
	struct stranger *stranger;
	struct arena texts;
	struct agent_events events;
	void *arg;
	struct capabilities capabilities; /* in texts */
	size_t answers_max;
	bool is_draining;
	struct incoming in[READINGS]; /* not yet served */
	size_t in_count;
	bool is_shed; /* the one that is being served */
	struct agent_counters counters;
};

/* --- refusals */

/* A 503 to NOTIFY would end all that its sender sends us (RFC 6665 §4.2.2
 * takes the whole subscription away); 500 asks for the same patience. */
static struct reply later(const struct request *r)
{
	unsigned char random;

	keyed_random(&random, sizeof(random));
	return (struct reply){ .status = r->method == METHOD_NOTIFY ? 500 : 503,
			       .retry_after_s =
				       RETRY_AFTER_MIN_S +
				       random % (RETRY_AFTER_MAX_S -
						 RETRY_AFTER_MIN_S + 1) };
}

static bool refuse_request(struct agent *a, const struct request *r)
{
	struct objection o;

	if (!inspection_objects(&a->capabilities, client_branch_mark(a->client),
				loop_arena(a->loop), r, &o))
		return false;
	responder_reply(&a->responder, r, &o.reply, SIZE_MAX);
	return true;
}

/* --- requests */

/* RFC 3261 §11.2 */
static void answer_options(struct agent *a, const struct request *r)
{
	struct reply reply = { .status = 200, .headers = a->capabilities.all };

	if (a->is_draining)
		reply = later(r);
	responder_reply(&a->responder, r, &reply, SIZE_MAX);
}

/* Of what comes too fast only messages are refused: whoever sends one keeps
 * it, and the rest of a dialog would suffer. */
static bool is_too_much(const struct agent *a, const struct request *r)
{
	return a->is_draining || a->responder.answer_count > a->answers_max ||
	       (r->method == METHOD_MESSAGE && a->is_shed);
}

static void accept_request(struct agent *a, const struct request *r,
			   const struct replay_key *k)
{
	struct answer *answer = responder_open(&a->responder, r, k);

	if (is_too_much(a, r)) {
		struct reply reply = later(r);

		agent_reply(answer, &reply);
		return;
	}
	a->events.on_request(a->arg, r, answer);
}

static void enter_request(struct agent *a, const struct request *r)
{
	struct responder *s = &a->responder;
	struct replay_key k;
	struct reply reply;
	unsigned retry_after_s = 0;
	int status = 0;

	replay_key(r, &k);
	switch (replay_enter(s->replay, &k, r->to.tag.n > 0,
			     loop_now_ms(a->loop), &status, &retry_after_s)) {
	case REPLAY_NEW:
		accept_request(a, r, &k);
		break;
	case REPLAY_PENDING:
		a->counters.retransmissions_in++;
		break;
	case REPLAY_ANSWERED:
		a->counters.retransmissions_in++;
		responder_repeat(s, r, &k, status, retry_after_s);
		break;
	case REPLAY_MERGED:
		reply = (struct reply){ .status = 482,
					.reason = STR("Merged Request") };
		responder_reply(s, r, &reply, SIZE_MAX);
		break;
	case REPLAY_FULL:
		responder_say_full(s);
		reply = later(r);
		responder_reply(s, r, &reply, SIZE_MAX);
		break;
	}
}

static void turn_away(struct agent *a, const struct request *r, int trust,
		      size_t bytes)
{
	struct reply reply = { .status = 403 };

	if (trust == TRUST_CHALLENGE) {
		reply.status = 401;
		reply.headers = a->events.on_challenge(a->arg, r);
	} else if (trust == TRUST_GARBLED) {
		reply.status = 400;
	}
	stranger_heard(a->stranger, r, bytes, loop_now_ms(a->loop));
	stranger_reply(a->stranger, r, &reply, loop_now_ms(a->loop));
}

static void on_request(struct agent *a, const struct request *r, size_t bytes)
{
	int trust = a->events.on_trust(a->arg, r);

	a->counters.requests_in++;
	if (trust != TRUST_SERVE)
		transport_distrust(a->transport, &r->source);
	if (r->method == METHOD_ACK || trust == TRUST_SILENT) {
		a->counters.drops[trust == TRUST_SILENT ? AGENT_DROP_STRANGER
							: AGENT_DROP_ACK]++;
		return;
	}
	if (trust != TRUST_SERVE)
		turn_away(a, r, trust, bytes);
	else if (refuse_request(a, r))
		return;
	else if (r->method == METHOD_OPTIONS)
		answer_options(a, r);
	else
		enter_request(a, r);
}

/* Who sent it may be as broken as the rest, so a refusal of trust does not
 * count here but for its silence; the answer is as small as for a stranger. */
static void on_bad_request(struct agent *a, const struct reading *m,
			   size_t bytes)
{
	const struct request *r = &m->request;
	struct reply reply = { .status = m->status };
	int trust;

	a->counters.requests_in++;
	a->counters.bad++;
	if (r->method == METHOD_ACK || r->via_count == 0 || r->echo.n == 0) {
		a->counters.drops[AGENT_DROP_MALFORMED]++;
		return;
	}
	trust = a->events.on_trust(a->arg, r);
	if (trust == TRUST_SILENT) {
		a->counters.drops[AGENT_DROP_STRANGER]++;
		return;
	}
	if (trust == TRUST_SERVE) {
		reply.reason = str_z(m->why);
		responder_reply(&a->responder, r, &reply, SIZE_MAX);
		return;
	}
	stranger_heard(a->stranger, r, bytes, loop_now_ms(a->loop));
	stranger_reply(a->stranger, r, &reply, loop_now_ms(a->loop));
}

/* --- what the transports tell */

static void serve(struct agent *a, struct incoming *in)
{
	struct reading *m = &in->reading;

	a->is_shed = in->is_shed;
	switch (m->kind) {
	case READING_REQUEST:
		on_request(a, &m->request, in->bytes);
		break;
	case READING_BAD_REQUEST:
		on_bad_request(a, m, in->bytes);
		break;
	case READING_RESPONSE:
		a->counters.responses_in++;
		if (!client_offer(a->client, &m->response))
			a->counters.drops[AGENT_DROP_RESPONSE]++;
		break;
	case READING_KEEPALIVE:
		break;
	case READING_DROP:
		a->counters.drops[AGENT_DROP_JUNK]++;
		break;
	}
	reading_fini(m);
}

static void on_read(void *arg)
{
	struct agent *a = arg;

	for (size_t i = 0; i < a->in_count; i++)
		serve(a, &a->in[i]);
	a->in_count = 0;
}

static void on_message(void *arg, struct str bytes, const struct hop *from)
{
	struct agent *a = arg;
	struct incoming *in = &a->in[a->in_count++];

	transport_tell(a->transport, from, bytes);
	reading_init(&in->reading, loop_arena(a->loop), bytes, from);
	in->bytes = bytes.n;
	in->is_shed = transport_is_shed(a->transport);
	if (a->in_count == READINGS || from->transport != TRANSPORT_UDP)
		on_read(a);
}

static void on_lost(void *arg, const struct hop *to, const char *why)
{
	struct agent *a = arg;

	if (a->client != NULL)
		client_lost(a->client, to, why);
}

/* --- life */

static bool has_any(const struct agent *a, int family)
{
	return transport_has(a->transport, TRANSPORT_UDP, family) ||
	       transport_has(a->transport, TRANSPORT_TCP, family) ||
	       transport_has(a->transport, TRANSPORT_TLS, family);
}

static bool can_send(const struct agent *a, enum transport t)
{
	return transport_has(a->transport, t, AF_INET) ||
	       transport_has(a->transport, t, AF_INET6);
}

static bool open_resolve(struct agent *a, const struct agent_options *o,
			 const char **why)
{
	struct resolve_options ro = o->resolve;

	ro.has_udp = can_send(a, TRANSPORT_UDP);
	ro.has_tcp = can_send(a, TRANSPORT_TCP);
	ro.has_tls = can_send(a, TRANSPORT_TLS);
	ro.has_ipv4 = has_any(a, AF_INET);
	ro.has_ipv6 = has_any(a, AF_INET6);
	a->resolve = resolve_create(a->loop, &ro, why);
	return a->resolve != NULL;
}

static bool open_transport(struct agent *a, const struct agent_options *o,
			   const char **why)
{
	const struct transport_events events = { .on_message = on_message,
						 .on_read = on_read,
						 .on_lost = on_lost };

	a->transport = transport_create(a->loop, &o->limits, &events, a);
	transport_set_secure(a->transport, o->secure);
	for (size_t i = 0; i < o->listen_count; i++) {
		if (!transport_listen(a->transport, &o->listen[i], why))
			return false;
	}
	return true;
}

struct agent *agent_create(struct loop *l, const struct agent_options *o,
			   const struct agent_events *e, void *arg,
			   const char **why)
{
	/* The reason outlives what gave it; "valid until the next call". */
	static char failure[256];
	struct agent *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->loop = l;
	a->events = *e;
	a->arg = arg;
	a->answers_max = o->answers_max;
	arena_init(&a->texts, 1024);
	capabilities_init(&a->capabilities, &a->texts, o);
	if (!open_transport(a, o, why) || !open_resolve(a, o, why)) {
		(void)snprintf(failure, sizeof(failure), "%s", *why);
		*why = failure;
		agent_destroy(&a);
		return NULL;
	}
	responder_init(&a->responder, l, a->transport, o->replay_max);
	a->stranger = stranger_create(&a->responder);
	a->client =
		client_create(l, a->transport, &o->timing, o->uac.max_running);
	a->uac = uac_create(l, a->transport, a->client, a->resolve, &o->uac);
	return a;
}

/* In reverse: who uses another goes first. */
void agent_destroy(struct agent **ap)
{
	struct agent *a = *ap;

	if (a == NULL)
		return;
	*ap = NULL;
	uac_destroy(&a->uac);
	client_destroy(&a->client);
	if (a->responder.loop != NULL)
		responder_fini(&a->responder);
	stranger_destroy(&a->stranger);
	resolve_destroy(&a->resolve);
	transport_destroy(&a->transport);
	arena_fini(&a->texts);
	free(a);
}

struct uac *agent_uac(struct agent *a)
{
	return a->uac;
}

struct transport_set *agent_transports(struct agent *a)
{
	return a->transport;
}

void agent_drain(struct agent *a)
{
	a->is_draining = true;
}

const struct agent_counters *agent_counters(const struct agent *a)
{
	return &a->counters;
}
