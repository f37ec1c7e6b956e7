#include "gateway/link.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/messages/arrival.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/outbox/outbox.h"
#include "gateway/presence/tally.h"
#include "gateway/services/privilege.h"
#include "xmpp/sendq.h"

/* An answer that could not be written yet. When too many wait, the stream is
 * not read until they are gone: a server that asks faster than it takes answers
 * waits, and none is lost. */
struct owed {
	struct owed *prev, *next;
	size_t n;
	char bytes[];
};

enum {
	OWED_PAUSE = 1000, /* from here on nothing more is asked of us */
	PENDING_MAX = 10000
};

void link_pause(struct link *k)
{
	component_pause(k->component, k->is_owing || k->brake.is_on);
}

static void owed_drop(struct link *k, struct owed *o)
{
	DL_DELETE(k->owed, o);
	k->owed_count--;
	free(o);
}

static void owed_keep(struct link *k, struct str bytes)
{
	struct owed *o;

	if (k->owed_count >= OWED_MAX) {
		k->dropped_full++;
		log_warn("answer_dropped", F_STR("component", k->cfg->domain),
			 F_Z("why", "too many answers wait for the link"));
		return;
	}
	o = malloc(sizeof(*o) + bytes.n);
	if (o == NULL)
		abort();
	o->n = bytes.n;
	memcpy(o->bytes, bytes.p, bytes.n);
	DL_APPEND(k->owed, o);
	k->owed_count++;
	if (k->owed_count != OWED_PAUSE)
		return;
	k->is_owing = true;
	link_pause(k);
}

static void on_more(void *arg)
{
	(void)arg; /* the turn has its hook */
}

/* The buffer is full. What the turn writes of it makes room, and perhaps
 * nothing else happens in the next one; without any room the socket says when
 * there is some. */
static void owed_wait(struct link *k, bool has_room)
{
	if (has_room)
		loop_timer_start(k->bridge->loop, &k->owed_timer, 0, on_more,
				 k);
}

/* End of a turn: what was owed goes out as room comes back. */
static void owed_flush(void *arg)
{
	struct link *k = arg;
	size_t before = k->owed_count;
	struct strbuf *b;

	if (k->owed == NULL)
		return;
	while (k->owed != NULL) {
		b = component_begin_answer(k->component);
		if (b == NULL) {
			owed_wait(k, k->owed_count < before);
			return;
		}
		strbuf_add(b, (struct str){ k->owed->bytes, k->owed->n });
		component_end(k->component);
		owed_drop(k, k->owed);
	}
	k->is_owing = false;
	link_pause(k);
}

struct strbuf *link_begin(struct link *k)
{
	struct strbuf *b = NULL;

	/* Nothing may overtake what is owed already. */
	if (k->owed == NULL)
		b = component_begin_answer(k->component);
	k->is_scratch = b == NULL;
	if (!k->is_scratch)
		return b;
	strbuf_reset(&k->scratch);
	return &k->scratch;
}

static void on_too_long(struct link *k)
{
	k->dropped_long++;
	log_warn("answer_dropped", F_STR("component", k->cfg->domain),
		 F_Z("why", "over the stanza limit"));
}

void link_end(struct link *k)
{
	if (!k->is_scratch) {
		if (!component_end(k->component))
			on_too_long(k);
	} else if (k->scratch.overflow) {
		on_too_long(k);
	} else {
		owed_keep(k, strbuf_str(&k->scratch));
	}
}

void link_refuse(struct link *k, const struct stanza *s, const struct fault *f)
{
	const struct fault bare = { .status = f->status,
				    .cond = f->cond,
				    .type = f->type };
	struct strbuf *b = link_begin(k);
	size_t at = b->n;

	error_write(b, s, f);
	if (b->overflow) { /* what the far side said is too much */
		strbuf_truncate(b, at);
		error_write(b, s, &bare);
	}
	link_end(k);
}

void link_result(struct link *k, const struct stanza *s,
		 const struct xml *payload)
{
	struct strbuf *b = link_begin(k);
	size_t at = b->n;
	struct fault why;

	result_write(b, s, payload);
	if (b->overflow) { /* beside an id that is as long as it may be */
		strbuf_truncate(b, at);
		fault_set(&why, 413, COND_POLICY_VIOLATION, NULL);
		error_write(b, s, &why);
	}
	link_end(k);
}

struct link *link_find(struct bridge *b, struct str domain)
{
	size_t i;

	for (i = 0; i < b->link_count; i++)
		if (str_eq(b->links[i].cfg->domain, domain))
			return &b->links[i];
	return NULL;
}

bool link_serves(const struct link *k, struct str domain)
{
	const struct address_plan *p = &k->cfg->plan;
	size_t i;

	for (i = 0; i < p->xmpp_domain_count; i++)
		if (str_eq(p->xmpp_domains[i], domain))
			return true;
	return p->has_phones && str_eq(domain, p->component);
}

static void options_fill(struct component_options *o,
			 const struct config_component *c,
			 const struct config *cfg, struct secure_context *s)
{
	*o = (struct component_options){
		.domain = c->domain,
		.server = c->server,
		.host = c->host,
		.port = c->port,
		.secret = c->secret,
		.secure = s,
		.tls_name = c->tls_name,
		.stanza_max_bytes = cfg->stanza_max_bytes,
		.queue_max_bytes = cfg->queue_max_bytes,
		.queue_max_stanzas = cfg->queue_max_stanzas,
		.backoff_min_ms = 500,
		.backoff_max_ms = cfg->backoff_max_ms,
		.connect_timeout_ms = 10000,
		.ping_idle_ms = cfg->ping_idle_ms,
		.ping_timeout_ms = cfg->ping_timeout_ms,
	};
}

bool link_open(struct link *k, struct bridge *b,
	       const struct config_component *cfg,
	       const struct component_events *e, struct secure_context *secure)
{
	struct component_options o;

	k->bridge = b;
	k->cfg = cfg;
	strbuf_init(&k->scratch,
		    b->cfg->stanza_max_bytes + SENDQ_ANSWER_ROOM_BYTES);
	options_fill(&o, cfg, b->cfg, secure);
	k->component = component_create(b->loop, &o, e, k);
	if (k->component == NULL)
		return false;
	k->barrier =
		barrier_create(b->loop, k->component, cfg->domain, cfg->server);
	k->pending = pending_create(b->loop, PENDING_MAX);
	k->health = siphealth_create(k);
	k->outbox = outbox_create(k);
	k->privilege = privilege_create(k);
	loop_hook_add(b->loop, &k->hook, LOOP_GATHER, owed_flush, k);
	brake_init(&k->brake, k);
	return true;
}

void link_fini(struct link *k)
{
	/* Whoever waits for them is told. */
	siphealth_destroy(&k->health);
	privilege_destroy(&k->privilege);
	brake_fini(&k->brake);
	loop_hook_remove(&k->hook);
	loop_timer_stop(&k->owed_timer);
	while (k->owed != NULL)
		owed_drop(k, k->owed);
	outbox_destroy(&k->outbox);
	arrival_fini(k);
	tally_fini(&k->kept_of);
	pending_destroy(&k->pending);
	barrier_destroy(&k->barrier);
	component_destroy(&k->component);
	strbuf_fini(&k->scratch);
}
