#include "gateway/gateway.h"
#include "gateway/messages/arrival.h"
#include "gateway/base/log.h"
#include "gateway/messages/aside.h"
#include "gateway/admin/bans.h"
#include "gateway/admin/adhoc.h"
#include "gateway/bridge.h"
#include "gateway/admin/chat.h"
#include "gateway/drain.h"
#include "gateway/services/face.h"
#include "gateway/messages/from_xmpp.h"
#include "gateway/trust/keyring.h"
#include "gateway/monitor/monitor.h"
#include "gateway/services/nicks.h"
#include "gateway/messages/notices.h"
#include "gateway/outbox/outbox.h"
#include "gateway/messages/recent.h"
#include "gateway/services/privilege.h"
#include "gateway/presence/reception.h"
#include "gateway/config/reload.h"
#include "gateway/phones/phones.h"
#include "gateway/presence/roster.h"
#include "gateway/sipside.h"
#include "gateway/messages/skills.h"
#include "gateway/store/storage.h"
#include "gateway/monitor/tap.h"
#include "gateway/messages/departure.h"
#include "gateway/messages/traits.h"
#include "gateway/messages/typing.h"
#include "gateway/monitor/trace.h"
#include "gateway/services/wishes.h"

enum {
	QUEUED_PER_RUNNING = 10, /* waiting messages for each that may run */
	STATUS_BYTES = 256
};

struct gateway {
	struct bridge bridge;
	struct gateway_events events;
	void *arg;
	struct keyring *keyring; /* owned */
	struct monitor *monitor; /* owned */
	struct drain drain;
	char status[STATUS_BYTES];
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

	arrival_send_more(k);
	outbox_link_up(k->outbox);
	roster_link_up(k);
	reception_link_up(k);
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

static void on_excess(void *arg, const struct xml *el, struct arena *a,
		      const char *why)
{
	from_xmpp_excess(arg, el, a, why);
}

static const struct component_events LINK_EVENTS = {
	.on_up = on_up,
	.on_down = on_down,
	.on_stanza = on_stanza,
	.on_excess = on_excess,
};

/* --- building --- */

static void links_open(struct gateway *g)
{
	struct bridge *b = &g->bridge;
	size_t i, n = g->bridge.cfg->component_count;

	b->links = calloc(n, sizeof(*b->links));
	if (b->links == NULL)
		abort();
	for (i = 0; i < n; i++) {
		b->link_count = i + 1;
		if (!link_open(&b->links[i], b, &g->bridge.cfg->components[i],
			       &LINK_EVENTS, keyring_component(g->keyring, i)))
			abort();
	}
}

static bool presence_open(struct gateway *g, const char **why)
{
	struct bridge *b = &g->bridge;
	bool is_memory;

	b->store = storage_open(b->loop, g->bridge.cfg, &is_memory, why);
	if (b->store == NULL)
		return false;
	if (is_memory)
		log_warn("store_in_memory", F_Z("why", *why),
			 F_Z("advice", "subscriptions will not survive a "
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
	g->events = *e;
	g->arg = arg;
	b = &g->bridge;
	b->loop = l;
	b->cfg = cfg;
	b->since_ms = loop_now_ms(l);
	b->hooks = (struct admin_hooks){ e->on_reload, e->on_drain, arg };
	b->ids = stanza_ids_create();
	b->circle = circle_create();
	b->bans = bans_create();
	b->tap = tap_create(b);
	b->policy = policy_create(cfg->rate_sender);
	policy_warm(b->policy);
	b->sources = policy_create(cfg->rate_source);
	b->door = door_create(cfg);
	b->face = face_create(&cfg->about, traits_of_all(cfg));
	b->nicks = nicks_create();
	b->adhoc = adhoc_create(ADHOC_SESSION_MS);
	b->chat = chat_create();
	g->keyring = keyring_create(cfg, why);
	if (g->keyring == NULL)
		goto fail;
	b->agent = sipside_open(b, g->keyring, why);
	if (b->agent == NULL)
		goto fail;
	links_open(g);
	if (!presence_open(g, why) || !talk_open(b, why))
		goto fail;
	b->queue =
		queue_create(l, agent_uac(b->agent),
			     &(struct queue_limits){
				     .lane_max = cfg->conversation_queue_max,
				     .total_max = (size_t)cfg->running_max *
						  QUEUED_PER_RUNNING,
				     .wait_ms = cfg->timeout_ms,
				     .sender_max = cfg->running_sender_max });
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
	drain_stop(&g->drain);
	monitor_destroy(&g->monitor);
	trace_stop_all(b);
	presence_close(b);
	for (i = 0; i < b->link_count; i++)
		arrival_abandon_all(&b->links[i]);
	agent_destroy(&b->agent);
	queue_destroy(&b->queue);
	phones_forget(b);
	departures_forget(b);
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
	circle_destroy(&b->circle);
	free(g);
}

void gateway_drain(struct gateway *g)
{
	drain_begin(&g->drain, &g->bridge, g->events.on_drained, g->arg);
}
