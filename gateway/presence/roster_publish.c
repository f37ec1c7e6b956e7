#include "gateway/base/log.h"
#include "gateway/presence/published.h"
#include "mapping/address.h"

enum { CHECK_MS = 4000, FIRST_MS = 100, PUBLISHED_MAX = 100000 };

static const char VERSION[] = "1";
static const char PIDF[] = "application/pidf+xml";

struct str published_user(const struct published *p)
{
	return (struct str){ p->key, p->key_bytes };
}

bool published_uri(const struct published *p, struct uri *out)
{
	struct arena *a = loop_arena(p->roster->bridge->loop);
	struct jid user;
	struct fault f;
	const char *why;

	return jid_read(a, published_user(p), &user, &why) &&
	       address_user_uri(a, &p->link->cfg->plan, &user, out, NULL, &f);
}

/* --- to the presence server */

static void put_now(struct published *p)
{
	struct roster *r = p->roster;
	struct arena *a = loop_arena(r->bridge->loop);
	struct uri entity;
	struct pidf doc;

	p->put_ms = loop_now_ms(r->bridge->loop);
	if (!item_any_available(p->items)) {
		publish_remove(p->publication);
		item_drop_all(&p->items);
		return;
	}
	if (!published_uri(p, &entity))
		return;
	presence_to_pidf(a, &entity, item_values(a, p->items),
			 p->link->cfg->wants_one_tuple, loop_wall_ms() / 1000,
			 &doc);
	strbuf_reset(&r->scratch);
	pidf_write_short(a, &r->scratch, &doc);
	if (!r->scratch.overflow)
		publish_put(p->publication, str_z(PIDF),
			    strbuf_str(&r->scratch));
	item_drop_unavailable(&p->items);
}

static void on_later(void *arg)
{
	put_now(arg);
}

/* As often as a watcher would hear of it, and the last state always. */
static void put_later(struct published *p)
{
	struct loop *l = p->roster->bridge->loop;
	uint64_t every = p->roster->bridge->cfg->notify_every_ms;
	uint64_t since = loop_now_ms(l) - p->put_ms;

	if (loop_timer_is_running(&p->later))
		return;
	if (p->put_ms == 0 || since >= every)
		put_now(p);
	else
		loop_timer_start(l, &p->later, every - since, on_later, p);
}

static void on_etag_kept(void *arg, bool is_kept)
{
	(void)arg;
	if (is_kept)
		log_debug("publication_kept", F_NUM("count", 1));
}

static void on_etag(void *arg, struct str etag, int64_t expires_at_s)
{
	struct published *p = arg;
	struct roster *r = p->roster;
	struct store *s = r->bridge->store;

	if (s == NULL)
		return;
	if (etag.n == 0) {
		store_remove(s, STORE_PUBLICATION, published_user(p), NULL,
			     NULL);
		return;
	}
	strbuf_reset(&r->scratch);
	strbuf_addf(&r->scratch, "%s\t", VERSION);
	strbuf_add(&r->scratch, etag);
	store_put(s, STORE_PUBLICATION, published_user(p),
		  strbuf_str(&r->scratch), expires_at_s, on_etag_kept, NULL);
}

static void on_failed(void *arg, int status)
{
	const struct published *p = arg;

	log_warn("publish_refused", F_STR("component", p->link->cfg->domain),
		 F_NUM("status", status),
		 F_Z("why", status == 489
				    ? "the server has no presence"
				    : "tried again with the next change"));
}

/* --- users */

static struct published *find(struct roster *r, struct str user)
{
	struct published *p;

	HASH_FIND(hh, r->published, user.p, user.n, p);
	return p;
}

static struct published *create(struct roster *r, struct link *k,
				struct str user)
{
	static const struct publish_events events = { on_etag, on_failed };
	struct publish_options o = {
		.event = STR_LIT("presence"),
		.next_hop = k->cfg->next_hop,
		.expires_s = r->bridge->cfg->presence_expires_s,
	};
	struct published *p = calloc(1, sizeof(*p) + user.n);

	if (p == NULL)
		abort();
	p->roster = r;
	p->link = k;
	p->key_bytes = user.n;
	memcpy(p->key, user.p, user.n);
	if (HASH_COUNT(r->published) >= PUBLISHED_MAX ||
	    !published_uri(p, &o.target)) {
		free(p);
		return NULL;
	}
	o.from.uri = o.target;
	p->publication = publish_open(r->publisher, &o, &events, p);
	HASH_ADD_KEYPTR(hh, r->published, p->key, p->key_bytes, p);
	return p;
}

static void destroy(struct published *p)
{
	HASH_DEL(p->roster->published, p);
	loop_timer_stop(&p->ask);
	loop_timer_stop(&p->later);
	loop_timer_stop(&p->winfo_retry);
	publish_drop(&p->publication);
	watch_drop(&p->winfo);
	item_drop_all(&p->items);
	tally_fini(&p->asked);
	free(p);
}

static bool fits(struct str pattern, const struct jid *user, struct str bare)
{
	size_t n = user->domain.n;

	if (str_eqz(pattern, "*"))
		return true;
	if (str_find(pattern, '@') < pattern.n)
		return str_eq(pattern, bare);
	if (!str_starts(pattern, "*."))
		return str_eq(pattern, user->domain);
	pattern = str_from(pattern, 1);
	return n > pattern.n &&
	       str_eq(str_from(user->domain, n - pattern.n), pattern);
}

static bool is_wanted(const struct link *k, const struct jid *user,
		      struct str bare)
{
	size_t i;

	if (user->local.n == 0 || !link_serves(k, user->domain))
		return false;
	for (i = 0; i < k->cfg->publish_count; i++)
		if (fits(k->cfg->publish[i], user, bare))
			return true;
	return false;
}

/* --- asking for his presence */

static void on_checked(void *arg)
{
	struct published *p = arg;
	struct item *i;

	if (!component_is_up(p->link->component))
		return;
	for (i = p->items; i != NULL; i = i->next)
		if (i->is_dirty && i->value.is_available)
			item_leave(i, loop_wall_ms() / 1000);
	put_now(p);
}

static void on_ask(void *arg)
{
	struct published *p = arg;
	struct item *i;

	if (p->is_refused || p->is_unlisted ||
	    !component_is_up(p->link->component))
		return;
	/* Granted long ago, his server says so by itself. A probe before would
	 * be answered by unsubscribed, which Prosody takes for his decision. */
	roster_say_to(p->link, published_user(p),
		      p->is_granted ? PRESENCE_PROBE : PRESENCE_SUBSCRIBE);
	for (i = p->items; i != NULL; i = i->next)
		i->is_dirty = true;
	loop_timer_start(p->roster->bridge->loop, &p->ask, CHECK_MS, on_checked,
			 p);
}

static void ask_later(struct published *p, uint64_t ms)
{
	loop_timer_start(p->roster->bridge->loop, &p->ask, ms, on_ask, p);
}

/* The nth of many. */
static void ask_in_turn(struct published *p, uint64_t n)
{
	ask_later(p, FIRST_MS + n * 1000 / p->roster->bridge->cfg->wake_per_s);
}

/* Who is listed by his JID is asked though he has not shown himself. */
static void create_listed(struct link *k)
{
	struct roster *r = k->bridge->roster;
	size_t i;

	for (i = 0; i < k->cfg->publish_count; i++) {
		struct str s = k->cfg->publish[i];

		if (str_find(s, '@') < s.n && find(r, s) == NULL)
			create(r, k, s);
	}
}

void published_link_up(struct link *k)
{
	struct roster *r = k->bridge->roster;
	struct published *p, *tmp;
	uint64_t n = 0;

	create_listed(k);
	HASH_ITER (hh, r->published, p, tmp)
		if (p->link == k)
			ask_in_turn(p, n++);
}

void published_seen(struct link *k, const struct stanza *s, struct arena *a)
{
	struct roster *r = k->bridge->roster;
	struct published *p;
	struct str user;

	if (k->cfg->publish_count == 0)
		return;
	user = jid_bare_text(a, &s->from);
	if (find(r, user) != NULL || !is_wanted(k, &s->from, user))
		return;
	p = create(r, k, user);
	if (p != NULL)
		ask_later(p, 0);
}

static void on_granted(struct published *p)
{
	p->is_refused = false;
	if (!p->is_granted)
		roster_say_to(p->link, published_user(p), PRESENCE_PROBE);
	p->is_granted = true;
	winfo_open(p);
}

/* Nothing of him stays at the server. */
static void withdraw(struct published *p)
{
	loop_timer_stop(&p->ask);
	loop_timer_stop(&p->later);
	item_drop_all(&p->items);
	publish_remove(p->publication);
	winfo_close(p);
}

/* The user does not want it. */
static void on_refused(struct published *p)
{
	p->is_refused = true;
	p->is_granted = false;
	withdraw(p);
}

/* true: he is to be asked. */
static bool settle(struct published *p)
{
	struct str bare = published_user(p);
	bool was_unlisted = p->is_unlisted;
	struct jid user;
	const char *why;

	publish_reroute(p->publication, p->link->cfg->next_hop);
	p->is_unlisted = !jid_read(loop_arena(p->roster->bridge->loop), bare,
				   &user, &why) ||
			 !is_wanted(p->link, &user, bare);
	if (p->is_unlisted && !was_unlisted)
		withdraw(p);
	return was_unlisted && !p->is_unlisted;
}

void published_settle(struct roster *r)
{
	struct published *p, *tmp, *last = NULL;
	uint64_t n = 0;
	size_t i;

	HASH_ITER (hh, r->published, p, tmp) {
		if (settle(p))
			ask_in_turn(p, n++);
		last = p;
	}
	for (i = 0; i < r->bridge->link_count; i++)
		create_listed(&r->bridge->links[i]);
	/* The new ones are behind it. */
	p = last != NULL ? last->hh.next : r->published;
	for (; p != NULL; p = p->hh.next)
		ask_in_turn(p, n++);
}

bool published_is_undecided(struct roster *r, struct str user)
{
	const struct published *p = find(r, user);

	return p != NULL && !p->is_granted && !p->is_unlisted;
}

/* As in_take. */
static bool take(struct published *p, const struct stanza *s, struct arena *a)
{
	bool is_changed = item_take(&p->items, a, s, loop_wall_ms() / 1000,
				    &p->is_crowded);

	if (p->is_crowded && item_is_sparse(p->items)) {
		p->is_crowded = false;
		roster_say_to(p->link, published_user(p), PRESENCE_PROBE);
	}
	return is_changed;
}

void published_presence(struct link *k, const struct stanza *s, struct arena *a)
{
	struct published *p;

	published_seen(k, s, a);
	p = find(k->bridge->roster, jid_bare_text(a, &s->from));
	if (p == NULL || p->is_unlisted)
		return;
	switch (s->u.presence.type) {
	case PRESENCE_SUBSCRIBED:
		on_granted(p);
		break;
	case PRESENCE_UNSUBSCRIBED:
		if (p->is_granted || p->items != NULL)
			on_refused(p);
		break;
	case PRESENCE_AVAILABLE:
	case PRESENCE_UNAVAILABLE:
		if (!p->is_refused && take(p, s, a))
			put_later(p);
		if (item_any_available(p->items))
			winfo_open(p);
		break;
	case PRESENCE_ERROR:
		if (s->error.cond == COND_ITEM_NOT_FOUND)
			on_refused(p);
		break;
	default:
		break;
	}
}

/* --- life */

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct roster *r = arg;
	struct str version = str_cut(&value, '\t');
	struct published *p;
	bool is_listed = false;
	struct arena a;
	struct jid user;
	const char *why;
	size_t i;

	arena_init(&a, 1024);
	if (!str_eqz(version, VERSION) || !jid_read(&a, key, &user, &why)) {
		arena_fini(&a);
		return false;
	}
	for (i = 0; i < r->bridge->link_count; i++) {
		struct link *k = &r->bridge->links[i];

		if (!is_wanted(k, &user, key))
			continue;
		is_listed = true;
		p = find(r, key) == NULL ? create(r, k, key) : NULL;
		if (p != NULL)
			publish_restore(p->publication, value, expires_at_s);
	}
	if (!is_listed)
		(void)store_remove(r->bridge->store, STORE_PUBLICATION, key,
				   NULL, NULL);
	arena_fini(&a);
	return true;
}

bool published_load(struct roster *r, const char **why)
{
	return store_load(r->bridge->store, STORE_PUBLICATION, load, r, why);
}

void published_fini(struct roster *r)
{
	struct published *p, *tmp;

	HASH_ITER (hh, r->published, p, tmp)
		destroy(p);
}
