#include "gateway/presence/reception.h"
#include <string.h>
#include "gateway/base/log.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/services/face.h"
#include "gateway/store/store.h"

enum { WATCHERS_MAX = 100000, TICK_MS = 100, LOOKS_MAX = 4096 };

/* Records: key "gateway" LF component LF user, value "1". */
static const char PREFIX[] = "gateway\n";
static const char VERSION[] = "1";

struct watching {
	UT_hash_handle hh;
	struct watching *prev, *next; /* of those who are to be told */
	struct link *link;	      /* borrowed */
	bool is_due;
	size_t n;
	char key[]; /* component LF user */
};

struct reception {
	struct bridge *bridge;	    /* borrowed */
	struct watching *watchings; /* owned table */
	struct watching *due;	    /* list over it */
	struct loop_timer timer;
	bool is_closed;
};

static struct str key_of(struct arena *a, const struct link *k, struct str user)
{
	return str_fmt(a, "%.*s\n%.*s", STR_ARG(k->cfg->domain), STR_ARG(user));
}

static struct str user_of(const struct watching *w)
{
	struct str key = { w->key, w->n };

	return str_from(key, w->link->cfg->domain.n + 1);
}

/* --- words */

static struct text *status_of(struct arena *a, const struct link *k)
{
	struct text *en = arena_new(a, struct text);
	struct text *de = arena_new(a, struct text);

	de->lang = STR_LIT("de");
	en->next = de;
	if (siphealth_is_up(k->health)) {
		en->s = STR_LIT("Ready");
		de->s = STR_LIT("Bereit");
	} else {
		en->s = STR_LIT("The SIP side does not answer");
		de->s = STR_LIT("Die SIP-Seite antwortet nicht");
	}
	return en;
}

static void say(struct link *k, struct str user, enum presence_type type)
{
	struct arena *a = loop_arena(k->bridge->loop);
	struct stanza s = { .kind = STANZA_PRESENCE,
			    .from = { .domain = k->cfg->domain },
			    .u.presence.type = type };
	const struct xml *extra = NULL;
	const char *why;

	if (!jid_read(a, user, &s.to, &why))
		return;
	if (type == PRESENCE_AVAILABLE) {
		s.u.presence.status = status_of(a, k);
		s.u.presence.show =
			siphealth_is_up(k->health) ? SHOW_NONE : SHOW_XA;
		extra = face_add(k->bridge->face, a, DISCO_GATEWAY, NULL);
	}
	presence_write(link_begin(k), &s, extra);
	link_end(k);
}

/* --- those who watch */

static struct watching *find(struct reception *r, struct str key)
{
	struct watching *w;

	HASH_FIND(hh, r->watchings, key.p, key.n, w);
	return w;
}

static struct watching *add(struct reception *r, struct link *k, struct str key)
{
	struct watching *w = find(r, key);

	if (w != NULL || HASH_COUNT(r->watchings) >= WATCHERS_MAX)
		return w;
	w = calloc(1, sizeof(*w) + key.n);
	if (w == NULL)
		abort();
	w->link = k;
	w->n = key.n;
	memcpy(w->key, key.p, key.n);
	HASH_ADD_KEYPTR(hh, r->watchings, w->key, w->n, w);
	return w;
}

static void drop(struct reception *r, struct watching *w)
{
	if (w->is_due)
		DL_DELETE(r->due, w);
	HASH_DEL(r->watchings, w);
	free(w);
}

static struct str record_of(struct arena *a, struct str key)
{
	return str_fmt(a, "%s%.*s", PREFIX, STR_ARG(key));
}

/* --- telling */

static void on_tick(void *arg);

static void tick_later(struct reception *r)
{
	if (r->due != NULL && !r->is_closed &&
	    !loop_timer_is_running(&r->timer))
		loop_timer_start(r->bridge->loop, &r->timer, TICK_MS, on_tick,
				 r);
}

static bool has_room(const struct link *k)
{
	return k->owed == NULL && component_is_up(k->component) &&
	       component_has_room(k->component);
}

static void put_due(struct reception *r, struct watching *w)
{
	if (!w->is_due)
		DL_APPEND(r->due, w);
	w->is_due = true;
}

/* Tells up to max of them; those of a link that is full wait behind those of
 * others, and those of one that is down are told when it is up. */
static void tell(struct reception *r, unsigned max, enum presence_type type)
{
	struct watching *w;
	unsigned looks;

	for (looks = 0; looks < LOOKS_MAX && max > 0; looks++) {
		w = r->due;
		if (w == NULL)
			return;
		DL_DELETE(r->due, w);
		w->is_due = false;
		if (!component_is_up(w->link->component))
			continue;
		if (!has_room(w->link)) {
			put_due(r, w);
			continue;
		}
		say(w->link, user_of(w), type);
		max--;
	}
}

static void on_tick(void *arg)
{
	struct reception *r = arg;

	tell(r, r->bridge->cfg->wake_per_s * TICK_MS / 1000 + 1,
	     PRESENCE_AVAILABLE);
	tick_later(r);
}

void reception_changed(struct link *k)
{
	struct reception *r = k->bridge->reception;
	struct watching *w, *tmp;

	if (r == NULL || r->is_closed)
		return;
	HASH_ITER (hh, r->watchings, w, tmp) {
		if (w->link != k)
			continue;
		siphealth_watch(k->health);
		put_due(r, w);
	}
	tick_later(r);
}

void reception_link_up(struct link *k)
{
	struct reception *r = k->bridge->reception;
	struct watching *w, *tmp;

	if (r == NULL || !r->is_closed) {
		reception_changed(k);
		return;
	}
	HASH_ITER (hh, r->watchings, w, tmp)
		if (w->link == k)
			put_due(r, w);
}

void reception_close(struct reception *r)
{
	struct watching *w, *tmp;

	r->is_closed = true;
	loop_timer_stop(&r->timer);
	HASH_ITER (hh, r->watchings, w, tmp)
		put_due(r, w);
}

bool reception_close_more(struct reception *r)
{
	tell(r, LOOKS_MAX, PRESENCE_UNAVAILABLE);
	return r->due == NULL;
}

/* --- stanzas */

/* He is told when the store knows of him. */
struct welcome {
	struct link *link; /* borrowed */
	size_t n;
	char user[];
};

static void on_kept(void *arg, bool is_kept)
{
	struct welcome *v = arg;
	struct reception *r = v->link->bridge->reception;
	struct str user = { v->user, v->n };
	struct arena *a = loop_arena(v->link->bridge->loop);

	(void)is_kept; /* else his server asks again, by a probe */
	if (r != NULL && find(r, key_of(a, v->link, user)) != NULL) {
		say(v->link, user, PRESENCE_SUBSCRIBED);
		if (!r->is_closed)
			say(v->link, user, PRESENCE_AVAILABLE);
	}
	free(v);
}

static void on_subscribe(struct reception *r, struct link *k, struct str user)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct str key = key_of(a, k, user);
	struct welcome *v = calloc(1, sizeof(*v) + user.n);

	if (v == NULL)
		abort();
	v->link = k;
	v->n = user.n;
	memcpy(v->user, user.p, user.n);
	add(r, k, key);
	siphealth_watch(k->health);
	if (!store_put(r->bridge->store, STORE_SETTING, record_of(a, key),
		       str_z(VERSION), 0, on_kept, v))
		on_kept(v, false);
}

static void on_unsubscribe(struct reception *r, struct link *k, struct str user)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct str key = key_of(a, k, user);
	struct watching *w = find(r, key);

	if (w != NULL)
		drop(r, w);
	store_remove(r->bridge->store, STORE_SETTING, record_of(a, key), NULL,
		     NULL);
}

/* His server sends a probe for who has a subscription: also one that a lost
 * store has forgotten. */
static void on_probe(struct reception *r, struct link *k, struct str user)
{
	struct arena *a = loop_arena(r->bridge->loop);
	struct str key = key_of(a, k, user);

	if (find(r, key) == NULL && add(r, k, key) != NULL)
		store_put(r->bridge->store, STORE_SETTING, record_of(a, key),
			  str_z(VERSION), 0, NULL, NULL);
	siphealth_watch(k->health);
	say(k, user, PRESENCE_AVAILABLE);
}

static void refuse(struct link *k, const struct stanza *s)
{
	struct fault f;

	fault_set(&f, 403, COND_FORBIDDEN,
		  "this gateway does not serve your domain");
	link_refuse(k, s, &f);
}

void reception_presence(struct link *k, const struct stanza *s, struct arena *a)
{
	struct reception *r = k->bridge->reception;
	struct str user = jid_bare_text(a, &s->from);

	if (!link_serves(k, s->from.domain)) {
		if (s->u.presence.type == PRESENCE_SUBSCRIBE)
			refuse(k, s);
		return;
	}
	if (k->bridge->store == NULL)
		return;
	switch (s->u.presence.type) {
	case PRESENCE_SUBSCRIBE:
		on_subscribe(r, k, user);
		break;
	case PRESENCE_PROBE:
		if (!r->is_closed)
			on_probe(r, k, user);
		break;
	case PRESENCE_UNSUBSCRIBE:
		on_unsubscribe(r, k, user);
		say(k, user, PRESENCE_UNAVAILABLE);
		say(k, user, PRESENCE_UNSUBSCRIBED);
		break;
	case PRESENCE_ERROR:
		if ((s->error.cond == COND_ITEM_NOT_FOUND ||
		     s->error.cond == COND_GONE) &&
		    find(r, key_of(a, k, user)) != NULL)
			on_unsubscribe(r, k, user);
		break;
	default:
		break;
	}
}

/* --- life */

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct reception *r = arg;
	struct str domain;
	struct link *k;

	(void)expires_at_s;
	if (!str_starts(key, PREFIX))
		return true; /* the other settings are not ours */
	if (!str_eqz(value, VERSION))
		return false;
	key = str_from(key, sizeof(PREFIX) - 1);
	domain = str_head(key, str_find(key, '\n'));
	k = link_find(r->bridge, domain);
	if (k != NULL)
		add(r, k, key);
	return true;
}

struct reception *reception_create(struct bridge *b, const char **why)
{
	struct reception *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->bridge = b;
	if (!store_load(b->store, STORE_SETTING, load, r, why))
		reception_destroy(&r);
	return r;
}

void reception_destroy(struct reception **rp)
{
	struct reception *r = *rp;
	struct watching *w, *tmp;

	if (r == NULL)
		return;
	*rp = NULL;
	loop_timer_stop(&r->timer);
	HASH_ITER (hh, r->watchings, w, tmp)
		drop(r, w);
	free(r);
}
