#include "sip/publisher.h"
#include <stdlib.h>
#include "gateway/base/loop.h"
#include "sip/publication.h"
#include "sip/writer.h"

enum {
	RETRY_MS = 30000,
	RETRY_MAX_MS = 1800000,
	MARGIN_MS = 32000,
	FLOOR_MS = 5000
};

struct publisher *publisher_create(struct loop *l, struct agent *a)
{
	struct publisher *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->loop = l;
	p->uac = agent_uac(a);
	p->timing = (struct publish_timing){ .retry_ms = RETRY_MS,
					     .retry_max_ms = RETRY_MAX_MS,
					     .margin_ms = MARGIN_MS,
					     .floor_ms = FLOOR_MS };
	return p;
}

void publisher_set_timing(struct publisher *p, const struct publish_timing *t)
{
	if (t->retry_ms > 0)
		p->timing.retry_ms = t->retry_ms;
	if (t->retry_max_ms > 0)
		p->timing.retry_max_ms = t->retry_max_ms;
	if (t->margin_ms > 0)
		p->timing.margin_ms = t->margin_ms;
	if (t->floor_ms > 0)
		p->timing.floor_ms = t->floor_ms;
}

size_t publisher_count(const struct publisher *p)
{
	return p->count;
}

struct str publish_etag(const struct publication *u)
{
	return u->etag;
}

void publisher_destroy(struct publisher **pp)
{
	struct publisher *p = *pp;
	struct publication *u;

	if (p == NULL)
		return;
	*pp = NULL;
	/* Nobody starts because another one goes. */
	DL_FOREACH (p->all, u) {
		publication_leave(u);
		u->wanted = PUBLISH_NOTHING;
	}
	while (p->all != NULL)
		publication_free(p->all);
	free(p);
}

struct publication *publish_open(struct publisher *p,
				 const struct publish_options *o,
				 const struct publish_events *e, void *arg)
{
	struct arena *a = loop_arena(p->loop);
	struct publication *u = publication_create(p, uri_text(a, &o->target));

	publication_text(&u->from, writer_party_text(a, &o->from));
	publication_text(&u->next_hop, o->next_hop);
	publication_text(&u->event, o->event);
	u->events = *e;
	u->arg = arg;
	u->expires_s = o->expires_s;
	return u;
}

/* --- what the owner wants */

void publish_restore(struct publication *u, struct str etag,
		     int64_t expires_at_s)
{
	int64_t left_s = expires_at_s - loop_wall_ms() / 1000;

	if (left_s <= 0 || left_s > PUBLISH_EXPIRES_MAX_S || etag.n == 0 ||
	    etag.n > PUBLISH_ETAG_MAX_BYTES)
		return;
	publication_text(&u->etag, etag);
	u->until_ms = loop_now_ms(u->publisher->loop) + (uint64_t)left_s * 1000;
}

void publish_put(struct publication *u, struct str content_type,
		 struct str body)
{
	if (u->is_current && str_eq(u->body, body) &&
	    str_eq(u->content_type, content_type))
		return;
	publication_text(&u->content_type, content_type);
	publication_text(&u->body, body);
	u->wanted = PUBLISH_PUT;
	u->is_current = false;
	publication_pump(u);
}

void publish_remove(struct publication *u)
{
	u->is_current = false;
	u->wanted = PUBLISH_REMOVE;
	if (!u->is_held)
		loop_timer_stop(&u->timer); /* no refresh any more */
	if (u->etag.n == 0 && u->flight == NULL)
		u->wanted = PUBLISH_NOTHING;
	publication_pump(u);
}

void publish_reroute(struct publication *u, struct str next_hop)
{
	publication_text(&u->next_hop, next_hop);
}

void publish_drop(struct publication **up)
{
	if (*up != NULL)
		publication_free(*up);
	*up = NULL;
}
