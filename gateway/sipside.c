#include "gateway/sipside.h"
#include "gateway/admin/bans.h"
#include "gateway/messages/to_sip.h"
#include "gateway/messages/to_xmpp.h"
#include "gateway/phones/phones.h"
#include "gateway/presence/roster.h"
#include "mapping/message.h"

enum { RESOLVE_MS = 4500 /* a failing name is told within 5 s */ };

/* --- events */

static int on_trust(void *arg, const struct request *r)
{
	const struct bridge *b = arg;
	char text[INET6_ADDRSTRLEN];

	if (bans_any(b->bans) &&
	    bans_has(b->bans, endpoint_text(&r->source.peer, text),
		     loop_now_ms(b->loop)))
		return TRUST_REFUSE;
	return door_ask(b->door, r,
			transport_names(agent_transports(b->agent), &r->source),
			loop_now_ms(b->loop));
}

static const struct header *on_challenge(void *arg, const struct request *r)
{
	const struct bridge *b = arg;

	return door_challenge(b->door, r, loop_arena(b->loop),
			      loop_now_ms(b->loop));
}

static bool is_source_paced(struct bridge *b, const struct request *r)
{
	return policy_admit(b->sources, endpoint_address(&r->source.peer),
			    loop_now_ms(b->loop));
}

static void on_request(void *arg, const struct request *r, struct answer *a)
{
	struct bridge *b = arg;

	if (r->method == METHOD_REGISTER || r->method == METHOD_PUBLISH ||
	    r->method == METHOD_INVITE)
		phones_request(b, r, a);
	else if (r->method == METHOD_SUBSCRIBE || r->method == METHOD_NOTIFY)
		roster_request(b->roster, r, a);
	else if (is_source_paced(b, r))
		to_xmpp_message(b, r, a);
	else
		agent_reply(a, &(struct reply){
				       .status = 503,
				       .retry_after_s = bridge_retry_after_s(),
			       });
}

static const enum method METHODS[] = { METHOD_MESSAGE, METHOD_SUBSCRIBE,
				       METHOD_NOTIFY,  METHOD_REGISTER,
				       METHOD_PUBLISH, METHOD_INVITE };

/* --- options */

static bool has_presence(const struct config *c)
{
	size_t i = 0;

	while (i < c->component_count && !c->components[i].has_presence)
		i++;
	return i < c->component_count;
}

struct listen_point *sipside_options(const struct config *c,
				     const struct keyring *k, struct arena *a,
				     struct agent_options *o)
{
	struct listen_point *points =
		arena_zalloc(a, (c->listen_count + 1) * sizeof(*points));
	const char *why;
	size_t i;

	for (i = 0; i < c->listen_count; i++)
		points[i] = (struct listen_point){
			.transport = c->listens[i].transport,
			.host = c->listens[i].host,
			.port = c->listens[i].port,
			.advertised_host = c->listens[i].advertised_host,
			.advertised_port = c->listens[i].advertised_port,
			.secure = k != NULL ? keyring_server(k) : NULL,
		};
	*o = (struct agent_options){
		.listen = points,
		.listen_count = c->listen_count,
		.limits = c->transport,
		.timing = { c->t1_ms, c->t2_ms, c->timeout_ms },
		.resolve = { .wants_naptr = c->wants_naptr,
			     .wants_srv = c->wants_srv,
			     .nameserver = c->nameserver,
			     .timeout_ms = RESOLVE_MS },
		.uac = { .user_agent = c->user_agent,
			 .account = { c->account_username, c->account_password,
				      c->account_realm },
			 .timeout_ms = c->timeout_ms,
			 .max_running = c->running_max,
			 .mtu_bytes = c->mtu_bytes },
		.methods = METHODS,
		.method_count = sizeof(METHODS) / sizeof(METHODS[0]),
		.accept = STR_LIT(MESSAGE_ACCEPT),
		.event_packages =
			has_presence(c) ? STR_LIT("presence") : STR_NONE,
		.replay_max = c->replay_max,
		.answers_max = c->answers_max,
		.secure = k != NULL ? keyring_client(k) : NULL,
	};
	phones_options(c, o);
	if (c->outbound_proxy.n > 0)
		uri_read(c->outbound_proxy, &o->uac.outbound_proxy, &why);
	return points;
}

struct agent *sipside_open(struct bridge *b, const struct keyring *k,
			   const char **why)
{
	static const struct agent_events events = {
		.on_request = on_request,
		.on_trust = on_trust,
		.on_challenge = on_challenge,
	};
	struct agent_options o;

	(void)sipside_options(b->cfg, k, loop_arena(b->loop), &o);
	o.uac.leads_back = to_sip_leads_back;
	o.uac.leads_back_arg = b;
	return agent_create(b->loop, &o, &events, b, why);
}
