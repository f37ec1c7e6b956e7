#include "sip/publication.h"
#include <stdlib.h>
#include <string.h>
#include "sip/flight.h"
#include "sip/lapse.h"
#include "sip/party.h"

enum {
	HOPS = 70,
	FULL_RETRY_MS = 1000,
	FULL_JITTER_PERCENT = 50,
	STATUS_TOO_LARGE = 513,
	REMOVES_MAX = 3, /* then the server is left to forget */
	RAISES_MAX = 2
};

void publication_text(struct str *to, struct str s)
{
	struct str old = *to;

	*to = s.n > 0 ? str_heap(s) : STR_NONE;
	str_free(&old);
}

/* --- lanes */

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

void publication_leave(struct publication *u)
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
	publication_leave(next);
	publication_pump(next);
}

struct publication *publication_create(struct publisher *p, struct str target)
{
	struct publication *u = calloc(1, sizeof(*u));

	if (u == NULL)
		abort();
	u->publisher = p;
	u->lane = lane_get(p, target);
	keyed_token(u->call_id, sizeof(u->call_id));
	keyed_token(u->tag, sizeof(u->tag));
	DL_APPEND(p->all, u);
	p->count++;
	return u;
}

void publication_free(struct publication *u)
{
	struct publisher *p = u->publisher;
	struct lane *l = u->lane;

	loop_timer_stop(&u->timer);
	flight_forget(&u->flight);
	publication_leave(u);
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
	if (u->etag.n == 0 && u->wanted == PUBLISH_REMOVE) {
		u->wanted = PUBLISH_NOTHING;
		loop_timer_stop(&u->timer); /* no refresh any more */
	}
}

void publication_pump(struct publication *u)
{
	struct lane *l = u->lane;

	if (u->flight != NULL || u->is_held || u->is_waiting)
		return;
	check_etag(u);
	if (u->wanted == PUBLISH_NOTHING)
		return;
	if (l->busy != NULL) {
		u->is_waiting = true;
		DL_APPEND2(l->waiting, u, lane_prev, lane_next);
		return;
	}
	switch (launch(u)) {
	case FLIGHT_STARTED:
		loop_timer_stop(&u->timer);
		l->busy = u;
		u->sent = u->wanted;
		u->wanted = PUBLISH_NOTHING;
		u->is_current = u->is_current || u->sent == PUBLISH_PUT;
		break;
	case FLIGHT_FULL:
		u->cseq--;
		hold(u, loop_jitter_ms(FULL_RETRY_MS, FULL_JITTER_PERCENT));
		break;
	case FLIGHT_TOO_LARGE:
		u->wanted = PUBLISH_NOTHING;
		u->verdict = STATUS_TOO_LARGE;
		hold(u, 0);
		break;
	}
}

/* --- what became of it */

/* What the owner is told of an outcome, last of all. */
struct news {
	bool has_etag; /* or has lost it */
	int failure;   /* 0: none */
};

static int64_t until_s(const struct publication *u)
{
	uint64_t now = loop_now_ms(u->publisher->loop);
	uint64_t left = u->until_ms > now ? (u->until_ms - now) / 1000 : 0;

	return u->etag.n > 0 ? loop_wall_ms() / 1000 + (int64_t)left : 0;
}

static void tell(struct publication *u, const struct news *news)
{
	if (news->failure != 0)
		u->events.on_failed(u->arg, news->failure);
	else if (news->has_etag)
		u->events.on_etag(u->arg, u->etag, until_s(u));
}

static void on_timer(void *arg)
{
	struct publication *u = arg;
	struct news news = { .failure = u->verdict };

	u->verdict = 0;
	if (!u->is_held && u->wanted == PUBLISH_NOTHING)
		u->wanted = PUBLISH_REFRESH;
	u->is_held = false;
	if (news.failure != 0)
		u->is_current = false;
	publication_pump(u);
	tell(u, &news);
}

static void refresh_later(struct publication *u, uint64_t left_ms)
{
	const struct publish_timing *t = &u->publisher->timing;

	loop_timer_start(u->publisher->loop, &u->timer,
			 lapse_refresh_ms(left_ms, t->margin_ms, t->floor_ms),
			 on_timer, u);
}

/* RFC 3903 §4.1.1 and on: each 2xx has a new etag, a refresh's too. One
 * without leaves nothing that could be refreshed: in time comes an initial. */
static void on_published(struct publication *u, const struct response *res)
{
	uint64_t left_ms = (uint64_t)u->expires_s * 1000;

	u->tries = 0;
	u->raises = 0;
	publication_text(&u->etag, STR_NONE);
	if (u->sent == PUBLISH_REMOVE)
		return;
	if (res->etag.n <= PUBLISH_ETAG_MAX_BYTES)
		publication_text(&u->etag, res->etag);
	if (res->expires_s >= 0 && res->expires_s < u->expires_s)
		left_ms = (uint64_t)res->expires_s * 1000;
	u->until_ms = loop_now_ms(u->publisher->loop) + left_ms;
	refresh_later(u, left_ms);
}

static void want_again(struct publication *u)
{
	if (u->wanted == PUBLISH_NOTHING)
		u->wanted = u->sent;
}

/* 423: once more with what they want (§4.1.1), if that is sane. */
static bool ask_longer(struct publication *u, const struct response *res)
{
	if (res == NULL || res->status != 423 || u->raises >= RAISES_MAX ||
	    res->min_expires_s <= u->expires_s ||
	    res->min_expires_s > PUBLISH_EXPIRES_MAX_S ||
	    u->sent == PUBLISH_REMOVE)
		return false;
	u->raises++;
	u->expires_s = (unsigned)res->min_expires_s;
	want_again(u);
	return true;
}

static bool may_pass(const struct outcome *o)
{
	if (o->kind != OUTCOME_ANSWERED)
		return o->kind != OUTCOME_TOO_LARGE;
	return o->status == 408 || o->status == 412 || o->status == 480 ||
	       o->status == 500 || (o->status >= 502 && o->status <= 504);
}

static void try_later(struct publication *u, const struct outcome *o)
{
	const struct publish_timing *t = &u->publisher->timing;

	want_again(u);
	hold(u, lapse_retry_ms(t->retry_ms, t->retry_max_ms, u->tries,
			       o->response != NULL ? o->response->retry_after_s
						   : -1));
	if (u->tries < UINT8_MAX)
		u->tries++;
}

static struct news on_refused(struct publication *u, const struct outcome *o)
{
	struct news news = { .has_etag = false };

	if (ask_longer(u, o->response))
		return news;
	if (o->status == 412 && u->etag.n > 0) {
		publication_text(&u->etag, STR_NONE);
		u->is_current = false;
		news.has_etag = true;
		if (u->sent != PUBLISH_REMOVE && u->wanted == PUBLISH_NOTHING)
			u->wanted = PUBLISH_PUT;
	} else if (u->sent == PUBLISH_REMOVE &&
		   (!may_pass(o) || u->tries >= REMOVES_MAX)) {
		publication_text(&u->etag, STR_NONE);
		news.has_etag = true;
	} else if (may_pass(o)) {
		try_later(u, o);
	} else {
		u->is_current = false;
		news.failure = o->status;
	}
	return news;
}

static void on_outcome(void *arg, const struct outcome *o)
{
	struct publication *u = arg;
	struct news news = { .has_etag = true };

	u->flight = NULL;
	u->lane->busy = NULL;
	if (u->cseq < o->cseq)
		u->cseq = o->cseq;
	if (o->status >= 200 && o->status < 300 && o->response != NULL)
		on_published(u, o->response);
	else
		news = on_refused(u, o);
	lane_next_one(u->lane);
	publication_pump(u);
	tell(u, &news);
}
