#include "gateway/base/table.h"
#include "sip/publisher.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/base/loop.h"
#include "sip/flight.h"
#include "sip/party.h"
#include "sip/writer.h"

enum {
	HOPS = 70,
	CALL_ID_BYTES = 24,
	TAG_BYTES = 12,
	TEXT_MAX_BYTES = 4096,
	ETAG_MAX_BYTES = 512,
	RETRY_MS = 30000,
	RETRY_MAX_MS = 1800000,
	MARGIN_MS = 32000,
	FLOOR_MS = 5000,
	TENTH = 10,
	BEFORE_END_MS = 60000,
	JITTER_PERCENT = 5,
	RETRY_JITTER_PERCENT = 20,
	RETRY_SHIFT_MAX = 16,
	RETRY_AFTER_MAX_S = 86400,
	FULL_RETRY_MS = 1000,
	FULL_JITTER_PERCENT = 50,
	REMOVES_MAX = 3, /* then the server is left to forget */
	RAISES_MAX = 2,
	EXPIRES_MAX_S = 7 * 86400
};

/* One Request-URI: RFC 3903 §4: no PUBLISH before the last one's end. */
struct lane {
	UT_hash_handle hh;
	struct publication *busy;    /* or NULL */
	struct publication *waiting; /* in order */
	size_t users;
	size_t n;
	char target[];
};

enum operation { PUBLISH_NOTHING, PUBLISH_PUT, PUBLISH_REFRESH, PUBLISH_REMOVE };

struct publication {
	struct publication *prev, *next;	   /* of all */
	struct publication *lane_prev, *lane_next; /* of those that wait */
	struct publisher *publisher;		   /* borrowed */
	struct lane *lane;			   /* shared */
	struct publish_events events;
	void *arg;
	struct outgoing *flight; /* or NULL */
	struct loop_timer timer; /* refresh, or the next try */
	struct str from, next_hop, event; /* owned */
	struct str content_type, body;	  /* owned; what is to be published */
	struct str etag;		  /* owned; none */
	uint64_t until_ms;		  /* the etag's end, loop time */
	unsigned expires_s;
	uint32_t cseq;
	unsigned char wanted, sent; /* enum operation */
	unsigned char tries, raises;
	bool is_waiting; /* in the lane */
	bool is_held;	 /* the timer runs before the next try */
	bool is_closing;
	char call_id[CALL_ID_BYTES];
	char tag[TAG_BYTES];
};

struct publisher {
	struct loop *loop;	  /* borrowed, as the next */
	struct uac *uac;
	struct lane *lanes;	  /* owned, as the next */
	struct publication *all;
	size_t count;
	struct publish_timing timing;
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

static void text_set(struct str *to, struct str s)
{
	struct str old = *to;

	*to = s.n > 0 ? str_heap(s) : STR_NONE;
	str_free(&old);
}

/* --- lanes */

static void pump(struct publication *u);

static struct lane *lane_get(struct publisher *p, struct str target)
{
	struct lane *l;

	HASH_FIND(hh, p->lanes, target.p, target.n, l);
	if (l == NULL) {
		l = calloc(1, sizeof(*l) + target.n);
		if (l == NULL)
			abort();
		l->n = target.n;
		memcpy(l->target, target.p, target.n);
		HASH_ADD_KEYPTR(hh, p->lanes, l->target, l->n, l);
	}
	l->users++;
	return l;
}

static void lane_leave(struct publication *u)
{
	struct lane *l = u->lane;

	if (u->is_waiting)
		DL_DELETE2(l->waiting, u, lane_prev, lane_next);
	u->is_waiting = false;
	if (l->busy == u)
		l->busy = NULL;
}

static void lane_next_one(struct lane *l)
{
	struct publication *next = l->waiting;

	if (l->busy != NULL || next == NULL)
		return;
	lane_leave(next);
	pump(next);
}

static void publication_free(struct publication *u)
{
	struct publisher *p = u->publisher;
	struct lane *l = u->lane;

	loop_timer_stop(&u->timer);
	flight_forget(&u->flight);
	lane_leave(u);
	DL_DELETE(p->all, u);
	p->count--;
	str_free(&u->from);
	str_free(&u->next_hop);
	str_free(&u->event);
	str_free(&u->content_type);
	str_free(&u->body);
	str_free(&u->etag);
	free(u);
	if (--l->users > 0) {
		lane_next_one(l);
		return;
	}
	HASH_DEL(p->lanes, l);
	free(l);
}

void publisher_destroy(struct publisher **pp)
{
	struct publisher *p = *pp;
	struct publication *u;

	if (p == NULL)
		return;
	*pp = NULL;
	/* Nobody starts because another one goes. */
	DL_FOREACH(p->all, u) {
		lane_leave(u);
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
	struct publication *u = calloc(1, sizeof(*u));
	struct party bare = { .display = o->from.display, .uri = o->from.uri };
	struct strbuf b;

	if (u == NULL)
		abort();
	strbuf_init(&b, TEXT_MAX_BYTES);
	writer_party(&b, &bare);
	u->from = str_heap(strbuf_str(&b));
	strbuf_fini(&b);
	text_set(&u->next_hop, o->next_hop);
	text_set(&u->event, o->event);
	u->publisher = p;
	u->lane = lane_get(p, uri_text(loop_arena(p->loop), &o->target));
	u->events = *e;
	u->arg = arg;
	u->expires_s = o->expires_s;
	keyed_token(u->call_id, sizeof(u->call_id));
	keyed_token(u->tag, sizeof(u->tag));
	DL_APPEND(p->all, u);
	p->count++;
	return u;
}

/* --- one PUBLISH */

static void on_timer(void *arg);
static void on_outcome(void *arg, const struct outcome *o);

static void hold(struct publication *u, uint64_t ms)
{
	u->is_held = true;
	loop_timer_start(u->publisher->loop, &u->timer, ms, on_timer, u);
}

static bool draft_write(struct publication *u, struct arena *a, struct draft *d)
{
	struct str target = { u->lane->target, u->lane->n };
	const char *why;

	*d = (struct draft){ .method = METHOD_PUBLISH,
			     .call_id = { u->call_id, sizeof(u->call_id) },
			     .max_forwards = HOPS,
			     .next_hop = u->next_hop };
	if (!uri_read(target, &d->target, &why) ||
	    !party_read(a, u->from, &d->from, NULL, &why))
		return false;
	d->to = d->from;
	d->from.tag = (struct str){ u->tag, sizeof(u->tag) };
	d->cseq = ++u->cseq;
	return true;
}

/* RFC 3903 §4.1, table 1: which of body, SIP-If-Match and Expires. */
static enum flight_start launch(struct publication *u)
{
	struct publisher *p = u->publisher;
	struct arena *a = loop_arena(p->loop);
	unsigned expires_s = u->wanted == PUBLISH_REMOVE ? 0 : u->expires_s;
	struct header match = { .name = STR("SIP-If-Match"), .value = u->etag };
	struct header expires = { .next = u->etag.n > 0 ? &match : NULL,
				  .name = STR("Expires"),
				  .value = str_fmt(a, "%u", expires_s) };
	struct header event = { .next = &expires,
				.name = STR("Event"),
				.value = u->event };
	struct draft d;

	if (!draft_write(u, a, &d))
		return FLIGHT_TOO_LARGE;
	d.headers = &event;
	if (u->wanted == PUBLISH_PUT) {
		d.content_type = u->content_type;
		d.body = u->body;
	}
	return flight_start(p->uac, &d, on_outcome, u, &u->flight);
}

/* An etag whose time is over is none (and a refresh or removal of it moot). */
static void check_etag(struct publication *u)
{
	if (u->etag.n > 0 && loop_now_ms(u->publisher->loop) >= u->until_ms)
		str_free(&u->etag);
	if (u->etag.n == 0 && u->wanted == PUBLISH_REFRESH)
		u->wanted = PUBLISH_PUT;
}

static void give_up_now(struct publication *u, int status);

/* Sends what is wanted, if it may go now. */
static void pump(struct publication *u)
{
	struct lane *l = u->lane;

	if (u->wanted == PUBLISH_NOTHING || u->flight != NULL || u->is_held ||
	    u->is_waiting)
		return;
	if (l->busy != NULL) {
		u->is_waiting = true;
		DL_APPEND2(l->waiting, u, lane_prev, lane_next);
		return;
	}
	check_etag(u);
	switch (launch(u)) {
	case FLIGHT_STARTED:
		loop_timer_stop(&u->timer);
		l->busy = u;
		u->sent = u->wanted;
		u->wanted = PUBLISH_NOTHING;
		break;
	case FLIGHT_FULL:
		u->cseq--;
		hold(u, loop_jitter_ms(FULL_RETRY_MS, FULL_JITTER_PERCENT));
		break;
	case FLIGHT_TOO_LARGE:
		u->wanted = PUBLISH_NOTHING;
		break;
	}
}

static void on_timer(void *arg)
{
	struct publication *u = arg;

	if (!u->is_held && u->wanted == PUBLISH_NOTHING)
		u->wanted = PUBLISH_REFRESH;
	u->is_held = false;
	pump(u);
}
