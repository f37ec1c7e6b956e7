#include "gateway/gateway.h"
#include "gateway/arrival.h"
#include "gateway/base/log.h"
#include "gateway/aside.h"
#include "gateway/bans.h"
#include "gateway/base/log.h"
#include "gateway/adhoc.h"
#include "gateway/bridge.h"
#include "gateway/chat.h"
#include "gateway/face.h"
#include "gateway/from_xmpp.h"
#include "gateway/keyring.h"
#include "gateway/monitor.h"
#include "gateway/nicks.h"
#include "gateway/notices.h"
#include "gateway/outbox.h"
#include "gateway/recent.h"
#include "gateway/privilege.h"
#include "gateway/reception.h"
#include "gateway/reload.h"
#include "gateway/phones.h"
#include "gateway/roster.h"
#include "gateway/skills.h"
#include "gateway/storage.h"
#include "gateway/tap.h"
#include "gateway/to_sip.h"
#include "gateway/to_xmpp.h"
#include "gateway/traits.h"
#include "gateway/typing.h"
#include "gateway/trace.h"
#include "gateway/wishes.h"
#include "mapping/message.h"

enum {
	QUEUED_PER_RUNNING = 10, /* waiting messages for each that may run */
	DRAIN_TICK_MS = 50,
	DRAIN_MARGIN_MS = 200, /* for what comes after the drain */
	RESOLVE_MS = 4500,     /* a failing name is told within 5 s */
	STATUS_BYTES = 256
};

struct gateway {
	struct bridge bridge;
	const struct config *cfg; /* borrowed */
	struct gateway_events events;
	void *arg;
	struct keyring *keyring; /* owned */
	struct monitor *monitor; /* owned */
	struct loop_timer drain_timer;
	uint64_t drain_since_ms;
	bool is_closing; /* links are closed, what is left runs out */
	char status[STATUS_BYTES];
	char why[STATUS_BYTES];
};

unsigned bridge_retry_after_s(void)
{
	unsigned char r;

	keyed_random(&r, 1);
	return 5 + r % 11;
}

/* --- status for systemd and the log --- */

static size_t links_up(const struct gateway *g, const struct link **first_down)
{
	size_t i, n = 0;

	*first_down = NULL;
	for (i = 0; i < g->bridge.link_count; i++) {
		const struct link *k = &g->bridge.links[i];

		if (component_is_up(k->component))
			n++;
		else if (*first_down == NULL)
			*first_down = k;
	}
	return n;
}

static void status_tell(struct gateway *g)
{
	const struct link *down;
	size_t n = links_up(g, &down);

	if (down == NULL)
		snprintf(g->status, sizeof(g->status), "all %zu links up", n);
	else
		snprintf(g->status, sizeof(g->status),
			 "%zu of %zu links up; %.*s: %s", n,
			 g->bridge.link_count, STR_ARG(down->cfg->domain),
			 component_why(down->component));
	if (g->events.on_status != NULL)
		g->events.on_status(g->arg, down == NULL, g->status);
}

/* --- events of the links --- */

static struct gateway *gateway_of(struct link *k)
{
	return (struct gateway *)((char *)k->bridge -
				  offsetof(struct gateway, bridge));
}

static void on_up(void *arg)
{
	struct link *k = arg;

	arrival_resend_all(k);
	outbox_link_up(k->outbox);
	roster_link_up(k);
	reception_changed(k);
	status_tell(gateway_of(k));
}

static void on_down(void *arg, const char *why)
{
	struct link *k = arg;

	(void)why; /* the component has logged it */
	barrier_lost(k->barrier);
	pending_lost(k->pending);
	privilege_lost(k->privilege);
	status_tell(gateway_of(k));
}

static void on_stanza(void *arg, const struct xml *el, struct arena *a)
{
	from_xmpp_stanza(arg, el, a);
}

static const struct component_events LINK_EVENTS = {
	.on_up = on_up,
	.on_down = on_down,
	.on_stanza = on_stanza,
};

/* --- events of the SIP side --- */

static int on_trust(void *arg, const struct request *r)
{
	const struct bridge *b = &((struct gateway *)arg)->bridge;
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
	const struct bridge *b = &((struct gateway *)arg)->bridge;

	return door_challenge(b->door, r, loop_arena(b->loop),
			      loop_now_ms(b->loop));
}

static bool is_source_paced(struct gateway *g, const struct request *r)
{
	const union endpoint *e = &r->source.peer;
	struct str key = { (const char *)&e->in.sin_addr,
			   sizeof(e->in.sin_addr) };

	if (e->sa.sa_family == AF_INET6)
		key = (struct str){ (const char *)&e->in6.sin6_addr,
				    sizeof(e->in6.sin6_addr) };
	return policy_admit(g->bridge.sources, key,
			    loop_now_ms(g->bridge.loop));
}

static void on_request(void *arg, const struct request *r, struct answer *a)
{
	struct gateway *g = arg;

	if (r->method == METHOD_REGISTER || r->method == METHOD_PUBLISH ||
	    r->method == METHOD_INVITE)
		phones_request(&g->bridge, r, a);
	else if (r->method == METHOD_SUBSCRIBE || r->method == METHOD_NOTIFY)
		roster_request(g->bridge.roster, r, a);
	else if (is_source_paced(g, r))
		to_xmpp_message(&g->bridge, r, a);
	else
		agent_reply(a, &(struct reply){
				       .status = 503,
				       .retry_after_s = bridge_retry_after_s(),
			       });
}

static const enum method METHODS[] = { METHOD_MESSAGE, METHOD_SUBSCRIBE,
				       METHOD_NOTIFY,  METHOD_REGISTER,
				       METHOD_PUBLISH, METHOD_INVITE };

/* --- building --- */

static void agent_options_fill(const struct gateway *g, struct agent_options *o,
			       struct listen_point *points)
{
	const struct config *c = g->cfg;
	const char *why;
	size_t i;

	for (i = 0; i < c->listen_count; i++)
		points[i] = (struct listen_point){
			.transport = c->listens[i].transport,
			.host = c->listens[i].host,
			.port = c->listens[i].port,
			.advertised_host = c->listens[i].advertised_host,
			.advertised_port = c->listens[i].advertised_port,
			.secure = keyring_server(g->keyring),
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
		.replay_max = c->replay_max,
		.answers_max = c->answers_max,
		.secure = keyring_client(g->keyring),
	};
	phones_options(c, o);
	if (c->outbound_proxy.n > 0)
		uri_read(c->outbound_proxy, &o->uac.outbound_proxy, &why);
}

static bool agent_open(struct gateway *g, const char **why)
{
	static const struct agent_events events = {
		.on_request = on_request,
		.on_trust = on_trust,
		.on_challenge = on_challenge,
	};
	struct arena *a = loop_arena(g->bridge.loop);
	struct listen_point *points =
		arena_alloc(a, sizeof(*points) * (g->cfg->listen_count + 1));
	struct agent_options o;

	agent_options_fill(g, &o, points);
	g->bridge.agent = agent_create(g->bridge.loop, &o, &events, g, why);
	return g->bridge.agent != NULL;
}

static void links_open(struct gateway *g)
{
	struct bridge *b = &g->bridge;
	size_t i, n = g->cfg->component_count;

	b->links = calloc(n, sizeof(*b->links));
	if (b->links == NULL)
		abort();
	for (i = 0; i < n; i++) {
		b->link_count = i + 1;
		if (!link_open(&b->links[i], b, &g->cfg->components[i],
			       &LINK_EVENTS, keyring_component(g->keyring, i)))
			abort();
	}
}

static bool presence_open(struct gateway *g, const char **why)
{
	struct bridge *b = &g->bridge;
	bool is_memory;

	b->store = storage_open(b->loop, g->cfg, &is_memory, why);
	if (b->store == NULL)
		return false;
	if (is_memory)
		log_warn("store_in_memory", F_Z("why", *why),
			 F_Z("hint", "subscriptions will not survive a "
				     "restart: set store.path"));
	if (!phones_open(b, why))
		return false;
	b->roster = roster_create(b, why);
	if (b->roster == NULL)
		return false;
	b->reception = reception_create(b, why);
	if (b->reception == NULL)
		return false;
	b->wishes = wishes_create(b, why);
	return b->wishes != NULL;
}

/* What is remembered of conversations. */
static bool talk_open(struct bridge *b, const char **why)
{
	b->typing = typing_create(b);
	b->recent = recent_create();
	b->skills = skills_create(b, why);
	if (b->skills == NULL)
		return false;
	b->notices = notices_create(b, why);
	return b->notices != NULL;
}

static void talk_close(struct bridge *b)
{
	aside_forget(b);
	typing_destroy(&b->typing);
	notices_destroy(&b->notices);
	skills_destroy(&b->skills);
	recent_destroy(&b->recent);
}

/* What waits for the store is written, and who waits for it is told, while all
 * that they use is still there. */
static void presence_close(struct bridge *b)
{
	struct store *s = b->store;

	b->store = NULL;
	store_close(&s);
	wishes_destroy(&b->wishes);
	reception_destroy(&b->reception);
	roster_destroy(&b->roster);
	phones_close(b);
}

struct gateway *gateway_create(struct loop *l, const struct config *cfg,
			       const struct gateway_events *e, void *arg,
			       const char **why)
{
	struct gateway *g = calloc(1, sizeof(*g));
	struct bridge *b;
	size_t i;

	if (g == NULL)
		abort();
	g->cfg = cfg;
	g->events = *e;
	g->arg = arg;
	b = &g->bridge;
	b->loop = l;
	b->cfg = cfg;
	b->since_ms = loop_now_ms(l);
	b->hooks = (struct admin_hooks){ e->on_reload, e->on_drain, arg };
	b->ids = stanza_ids_create();
	b->bans = bans_create();
	b->tap = tap_create(b);
	b->policy = policy_create(cfg->rate_sender);
	b->sources = policy_create(cfg->rate_source);
	b->door = door_create(cfg);
	b->face = face_create(&cfg->about, traits_of_all(cfg));
	b->nicks = nicks_create();
	b->adhoc = adhoc_create();
	b->chat = chat_create();
	g->keyring = keyring_create(cfg, why);
	if (g->keyring == NULL || !agent_open(g, why))
		goto fail;
	links_open(g);
	if (!presence_open(g, why) || !talk_open(b, why))
		goto fail;
	b->queue = queue_create(
		l, agent_uac(b->agent),
		&(struct queue_limits){ .lane_max = cfg->conversation_queue_max,
					.total_max = (size_t)cfg->running_max *
						     QUEUED_PER_RUNNING,
					.wait_ms = cfg->timeout_ms });
	if (!outbox_load(b, why))
		goto fail;
	g->monitor = monitor_create(b, why);
	if (g->monitor == NULL)
		goto fail;
	for (i = 0; i < b->link_count; i++)
		component_start(b->links[i].component);
	return g;
fail:
	gateway_destroy(&g);
	return NULL;
}

bool gateway_reload(struct gateway *g, struct config *new, struct strbuf *out,
		    size_t *failed)
{
	bool uses_old = reload_apply(&g->bridge, g->keyring, new, out);

	g->cfg = new;
	*failed = keyring_reload(g->keyring);
	return uses_old;
}

void gateway_destroy(struct gateway **gp)
{
	struct gateway *g = *gp;
	struct bridge *b;
	size_t i;

	if (g == NULL)
		return;
	*gp = NULL;
	b = &g->bridge;
	loop_timer_stop(&g->drain_timer);
	monitor_destroy(&g->monitor);
	trace_stop_all(b);
	presence_close(b);
	for (i = 0; i < b->link_count; i++)
		arrival_abandon_all(&b->links[i]);
	agent_destroy(&b->agent);
	queue_destroy(&b->queue);
	phones_forget(b);
	to_sip_forget(b);
	talk_close(b);
	for (i = 0; i < b->link_count; i++)
		link_fini(&b->links[i]);
	free(b->links);
	keyring_destroy(&g->keyring);
	door_destroy(&b->door);
	face_destroy(&b->face);
	nicks_destroy(&b->nicks);
	adhoc_destroy(&b->adhoc);
	chat_destroy(&b->chat);
	policy_destroy(&b->policy);
	policy_destroy(&b->sources);
	tap_destroy(&b->tap);
	bans_destroy(&b->bans);
	stanza_ids_destroy(&b->ids);
	free(g);
}

/* --- draining --- */

static bool is_quiet(const struct gateway *g)
{
	size_t i;

	if (to_sip_is_busy(&g->bridge))
		return false;
	for (i = 0; i < g->bridge.link_count; i++)
		if (arrival_is_busy(&g->bridge.links[i]) ||
		    outbox_is_busy(g->bridge.links[i].outbox) ||
		    g->bridge.links[i].owed != NULL ||
		    component_queued_bytes(g->bridge.links[i].component) > 0)
			return false;
	return true;
}

static void links_close(struct gateway *g)
{
	size_t i;

	g->is_closing = true;
	to_sip_give_up(&g->bridge);
	for (i = 0; i < g->bridge.link_count; i++) {
		outbox_give_up(g->bridge.links[i].outbox);
		reception_close(&g->bridge.links[i]);
		component_close(g->bridge.links[i].component);
	}
}

/* First what is under way ends, with the links still up so that errors reach
 * their senders; then the links close, and stanzas that cross the closing tag
 * are still carried as far as the time allows. */
static void drain_tick(void *arg)
{
	struct gateway *g = arg;
	uint64_t ms = loop_now_ms(g->bridge.loop) - g->drain_since_ms;
	const struct link *down;

	if (!g->is_closing && (is_quiet(g) || ms >= g->cfg->drain_ms * 3 / 5))
		links_close(g);
	if ((g->is_closing && is_quiet(g) && links_up(g, &down) == 0) ||
	    ms + DRAIN_MARGIN_MS >= g->cfg->drain_ms) {
		g->events.on_drained(g->arg);
		return;
	}
	loop_timer_start(g->bridge.loop, &g->drain_timer, DRAIN_TICK_MS,
			 drain_tick, g);
}

void gateway_drain(struct gateway *g)
{
	if (g->bridge.is_draining)
		return;
	g->bridge.is_draining = true;
	g->drain_since_ms = loop_now_ms(g->bridge.loop);
	agent_drain(g->bridge.agent);
	loop_timer_start(g->bridge.loop, &g->drain_timer, DRAIN_TICK_MS,
			 drain_tick, g);
}
