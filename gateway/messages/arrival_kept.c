#include "gateway/base/log.h"
#include "gateway/messages/arrival_inner.h"
#include "gateway/messages/notices.h"
#include "gateway/outbox/letter.h"
#include "gateway/presence/tally.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

/* Messages from SIP that are in the store, since their XMPP server is away. */
enum { LEAVING_MS = 1000 };

static const struct config_outbox *settings(const struct link *k)
{
	return &k->cfg->outbox;
}

bool arrival_must_wait(const struct link *k)
{
	if (!settings(k)->to_xmpp || k->bridge->is_draining)
		return false;
	if (k->kept.waiting > 0 && (k->turns.count > 0 || k->has_returned))
		return true; /* none may overtake those before it */
	return !component_is_up(k->component) ||
	       !component_has_room(k->component) ||
	       !arrival_has_room(k, ARRIVAL_ALL);
}

/* --- limits */

static bool has_room(const struct link *k, const struct arrival *v)
{
	const struct config_outbox *cfg = settings(k);

	return k->kept.waiting < cfg->count_max &&
	       k->kept.bytes + v->n <= cfg->bytes_max &&
	       tally_count(&k->kept_of, arrival_from(v)) < cfg->per_contact_max;
}

static void count(struct arrival *v)
{
	v->is_counted = true;
	v->link->kept.waiting++;
	v->link->kept.bytes += v->n;
	tally_add(&v->link->kept_of, arrival_from(v));
}

static void uncount(struct arrival *v)
{
	if (!v->is_counted)
		return;
	v->is_counted = false;
	v->link->kept.waiting--;
	v->link->kept.bytes -= v->n;
	tally_drop(&v->link->kept_of, arrival_from(v));
}

static void age(struct arrival *v)
{
	int64_t now_s = loop_wall_ms() / 1000;
	int64_t left_s;

	if (v->since_s > now_s)
		v->since_s = now_s;
	left_s = v->since_s + settings(v->link)->age_max_s - now_s;
	v->due_ms = loop_now_ms(v->link->bridge->loop) +
		    (left_s > 0 ? (uint64_t)left_s * 1000 : 0);
}

/* --- the row */

static struct str key_of(const struct arrival *v)
{
	return (struct str){ v->key, OUTBOX_KEY_BYTES };
}

static void on_put(void *arg, bool is_kept)
{
	struct arrival *v = arg;
	struct link *k = v->link;

	v->calls--;
	if (v->is_over) {
		if (v->calls == 0)
			free(v);
		return;
	}
	if (v->answer == NULL)
		return;
	v->is_kept = is_kept;
	if (is_kept) {
		k->kept.taken++;
		arrival_answer(v, &(struct reply){ .status = 202 });
		return;
	}
	if (k->bridge->store != NULL)
		log_warn("inbox_not_kept", F_STR("component", k->cfg->domain),
			 F_Z("why", "the store failed: the SIP side gets 503"));
	arrival_answer(
		v, &(struct reply){ .status = 503,
				    .retry_after_s = bridge_retry_after_s() });
	arrival_end(v);
}

static bool put(struct arrival *v)
{
	struct store *s = v->link->bridge->store;
	const struct letter l = {
		.kind = LETTER_TO_XMPP,
		.domain = v->link->cfg->domain,
		.since_s = v->since_s,
		.token = { v->id, STANZA_ID_BYTES },
		.stanza = arrival_stanza(v),
	};
	struct strbuf b;
	bool is_taken;

	strbuf_init(&b, STORE_VALUE_MAX_BYTES);
	letter_write(&b, &l);
	is_taken = s != NULL && !b.overflow &&
		   store_put(s, STORE_OUTBOX, key_of(v), strbuf_str(&b), 0,
			     on_put, v);
	strbuf_fini(&b);
	return is_taken;
}

bool kept_put(struct arrival *v)
{
	struct link *k = v->link;

	if (!settings(k)->to_xmpp)
		return false;
	if (!has_room(k, v)) {
		k->kept.full++;
		return false;
	}
	if (v->number == 0)
		v->number = outbox_number(k->outbox);
	outbox_key('x', v->number, v->key);
	if (!put(v))
		return false;
	v->is_put = true;
	v->calls++;
	age(v);
	count(v);
	return true;
}

/* --- the end of the row */

/* A row whose message is over. It goes, however often the store fails: else the
 * message would be sent again after the next start. */
struct kept_row {
	struct kept_row *prev, *next; /* of the link */
	struct link *link;	      /* borrowed */
	bool is_asked;		      /* the store is at it */
	bool is_certain;	      /* the store had said that it is there */
	char key[OUTBOX_KEY_BYTES];
};

static void row_drop(struct kept_row *r)
{
	DL_DELETE(r->link->leaving, r);
	r->link->leaving_count--;
	free(r);
}

static void on_leaving(void *arg);

static void leaving_later(struct link *k)
{
	if (!loop_timer_is_running(&k->leaving_timer))
		loop_timer_start(k->bridge->loop, &k->leaving_timer, LEAVING_MS,
				 on_leaving, k);
}

/* Of rows that may be there or not, not more are remembered than can wait. */
static void on_removed(void *arg, bool is_kept)
{
	struct kept_row *r = arg;
	struct link *k = r->link;

	r->is_asked = false;
	if (is_kept ||
	    (!r->is_certain && k->leaving_count > settings(k)->count_max))
		row_drop(r);
	else
		leaving_later(k);
}

static void row_remove(struct kept_row *r)
{
	struct store *s = r->link->bridge->store;
	struct str key = { r->key, OUTBOX_KEY_BYTES };

	r->is_asked =
		s != NULL && store_remove(s, STORE_OUTBOX, key, on_removed, r);
	if (!r->is_asked)
		leaving_later(r->link);
}

static void on_leaving(void *arg)
{
	struct link *k = arg;
	struct kept_row *r, *next;

	if (!store_is_well(k->bridge->store)) {
		leaving_later(k);
		return;
	}
	DL_FOREACH_SAFE (k->leaving, r, next)
		if (!r->is_asked)
			row_remove(r);
}

/* At the shutdown the rows stay, for the next start. */
void kept_forget(struct arrival *v)
{
	struct link *k = v->link;
	struct kept_row *r;

	uncount(v);
	if (!v->is_put || k->bridge->store == NULL)
		return;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	r->link = k;
	r->is_certain = v->is_kept;
	memcpy(r->key, v->key, OUTBOX_KEY_BYTES);
	DL_APPEND(k->leaving, r);
	k->leaving_count++;
	row_remove(r);
}

void arrival_fini(struct link *k)
{
	struct kept_row *r, *next;

	loop_timer_stop(&k->leaving_timer);
	DL_FOREACH_SAFE (k->leaving, r, next)
		row_drop(r);
}

/* Who asked to hear of a failure does (RFC 5438 §12.1.3.1). */
static void tell_lost(const struct arrival *v)
{
	struct arena *a = loop_arena(v->link->bridge->loop);
	struct stanza s = { .kind = STANZA_MESSAGE,
			    .id = { v->id, STANZA_ID_BYTES } };
	const char *why;

	if (jid_read(a, arrival_to(v), &s.from, &why) &&
	    jid_read(a, arrival_from(v), &s.to, &why))
		notices_bounced(v->link, &s);
}

void kept_expire(struct arrival *v)
{
	tell_lost(v);
	v->link->kept.expired++;
	log_warn("inbox_expired", F_STR("component", v->link->cfg->domain),
		 F_NUM("age_s", loop_wall_ms() / 1000 - v->since_s));
	arrival_end(v);
}

/* --- start */

bool arrival_restore(struct link *k, struct arena *a, struct str key,
		     const struct letter *l)
{
	const struct stream_limits limits = {
		2 * k->bridge->cfg->stanza_max_bytes, 64, 128
	};
	/* As on the stream, whose namespace it is written for. */
	struct str whole = str_fmt(a,
				   "<message xmlns='" NS_COMPONENT "'%.*s"
				   "</message>",
				   STR_ARG(str_from(l->stanza, 8)));
	const char *text;
	struct xml *el = stream_document(a, whole, &limits, &text);
	struct fault why;
	bool is_reply_wanted;
	struct arrival *v;
	struct stanza s;

	if (key.n != OUTBOX_KEY_BYTES || l->token.n != STANZA_ID_BYTES ||
	    el == NULL)
		return false;
	if (!stanza_read(a, el, &s, &why, &is_reply_wanted) ||
	    s.kind != STANZA_MESSAGE)
		return false;
	v = arrival_create(k, l->token, jid_bare_text(a, &s.from),
			   jid_bare_text(a, &s.to), l->stanza);
	memcpy(v->key, key.p, OUTBOX_KEY_BYTES);
	(void)outbox_key_seen(k->outbox, key);
	v->is_put = v->is_kept = true;
	v->since_s = l->since_s;
	age(v);
	count(v);
	return true;
}

static int by_key(const struct arrival *x, const struct arrival *y)
{
	return memcmp(x->key, y->key, OUTBOX_KEY_BYTES);
}

void arrival_start(struct link *k)
{
	struct arrival *v;

	DL_SORT(k->arrivals, by_key);
	DL_FOREACH (k->arrivals, v)
		arrival_wait(v);
	if (k->arrivals != NULL)
		log_info("inbox_loaded", F_STR("component", k->cfg->domain),
			 F_NUM("messages", k->kept.waiting));
}

/* --- for the admin */

static bool fits(const struct arrival *v, struct str who)
{
	return v->is_counted && (who.n == 0 || str_eq(who, arrival_from(v)) ||
				 str_eq(who, arrival_to(v)));
}

/* The entry of a pair; its key is "contact LF user". */
struct pair {
	UT_hash_handle hh;
	struct arrival_entry e;
};

static struct pair *pair_get(struct pair **table, struct arena *a,
			     const struct arrival *v)
{
	struct str key = str_fmt(a, "%.*s\n%.*s", STR_ARG(arrival_from(v)),
				 STR_ARG(arrival_to(v)));
	struct pair *p;

	HASH_FIND(hh, *table, key.p, key.n, p);
	if (p != NULL)
		return p;
	p = arena_new(a, struct pair);
	p->e = (struct arrival_entry){ .user = arrival_to(v),
				       .contact = arrival_from(v),
				       .oldest_s = v->since_s };
	HASH_ADD_KEYPTR(hh, *table, key.p, key.n, p);
	return p;
}

void arrival_list(struct link *k, struct arena *a, struct str who,
		  arrival_fn *fn, void *arg)
{
	struct pair *table = NULL, *p, *tmp;
	struct arrival *v;

	DL_FOREACH (k->arrivals, v) {
		if (!fits(v, who))
			continue;
		p = pair_get(&table, a, v);
		p->e.count++;
		p->e.bytes += v->n;
	}
	HASH_ITER (hh, table, p, tmp)
		fn(arg, &p->e);
	HASH_CLEAR(hh, table);
}

size_t arrival_flush(struct link *k, struct str who)
{
	struct arrival *v, *next;
	size_t n = 0;

	DL_FOREACH_SAFE (k->arrivals, v, next) {
		if (v->answer != NULL || !fits(v, who))
			continue;
		tell_lost(v);
		arrival_end(v);
		n++;
	}
	k->kept.flushed += n;
	if (n > 0)
		log_warn("inbox_flushed", F_STR("component", k->cfg->domain),
			 F_NUM("messages", n));
	return n;
}
