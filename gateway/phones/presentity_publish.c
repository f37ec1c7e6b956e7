#include <stdlib.h>
#include <string.h>
#include "gateway/base/log.h"
#include "gateway/phones/presentity_inner.h"
#include "gateway/phones/registrar.h"
#include "mapping/address.h"
#include "sip/coding.h"

/* PUBLISH, RFC 3903 §6. */
enum {
	DOCUMENT_MAX_BYTES = 65536, /* as long as a request may be */
	LATE_MAX = 8
};

static struct posting *by_etag(const struct presentity *x, struct str etag)
{
	struct posting *y;

	DL_FOREACH (x->postings, y)
		if (str_eq(posting_etag(y), etag))
			return y;
	return NULL;
}

static struct posting *by_id(const struct presentity *x, struct str id)
{
	struct posting *y;

	DL_FOREACH (x->postings, y)
		if (str_eq(posting_id(y), id))
			return y;
	return NULL;
}

void publishing_destroy(struct publishing *q)
{
	struct late *l, *next;

	DL_DELETE(q->owner->waiting, q);
	LL_FOREACH_SAFE (q->late, l, next)
		free(l);
	str_free(&q->key);
	free(q->fresh);
	free(q);
}

static void refuse(struct answer *answer, int status, const char *reason,
		   const struct header *h)
{
	const struct reply r = {
		.status = status,
		.reason = str_z(reason),
		.headers = h,
		.retry_after_s = status == 503 ? bridge_retry_after_s() : 0
	};

	log_debug("publish_refused", F_NUM("status", status),
		  F_STR("text", r.reason));
	agent_reply(answer, &r);
}

static void refuse_with(struct answer *answer, int status, const char *name,
			struct str value)
{
	const struct header h = { .name = str_z(name), .value = value };

	refuse(answer, status, NULL, &h);
}

/* RFC 3903 §6 item 7: the tag is of the state, and so another each time. */
static void say(struct publishing *q)
{
	struct arena *a = loop_arena(q->owner->bridge->loop);
	const struct header expires = {
		.name = STR("Expires"), .value = str_fmt(a, "%u", q->expires_s)
	};
	const struct header etag = {
		.next = &expires,
		.name = STR("SIP-ETag"),
		.value = q->fresh != NULL
				 ? str_dup(a, posting_etag(q->fresh))
				 : str_dup(a, (struct str){ q->id,
							    sizeof(q->id) }),
	};

	agent_reply(q->answer,
		    &(struct reply){ .status = 200, .headers = &etag });
}

/* RFC 3903 §6: in the order in which they came, so what becomes of the first
 * says whether the tag of the others is still good. */
static void wait_behind(struct presentities *p, const struct posting *before,
			struct answer *answer)
{
	struct publishing *q;
	struct late *l;

	DL_FOREACH (p->waiting, q)
		if (str_eq(posting_id(before),
			   (struct str){ q->id, sizeof(q->id) }))
			break;
	if (q == NULL || q->late_count == LATE_MAX) {
		refuse(answer, 503, NULL, NULL);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->answer = answer;
	LL_APPEND(q->late, l);
	q->late_count++;
}

static void tell_late(struct publishing *q, int status)
{
	struct late *l;

	LL_FOREACH (q->late, l)
		refuse(l->answer, status, NULL, NULL);
}

/* A new one that ends at once. */
static void say_nothing(struct answer *answer)
{
	static const struct header expires = { .name = STR("Expires"),
					       .value = STR("0") };

	agent_reply(answer,
		    &(struct reply){ .status = 200, .headers = &expires });
}

static void on_kept(void *arg, bool is_kept)
{
	struct publishing *q = arg;
	struct presentities *p = q->owner;
	struct presentity *x = presentity_get(p, q->key);
	struct posting *old = by_id(x, (struct str){ q->id, sizeof(q->id) });
	struct str key;

	x->coming -= q->is_new;
	p->coming -= q->is_new;
	if (is_kept && q->is_void)
		store_remove(p->bridge->store, STORE_EVENT_STATE,
			     (struct str){ q->id, sizeof(q->id) }, NULL, NULL);
	if (!is_kept || q->is_void) {
		if (old != NULL)
			old->is_busy = false;
		presentity_tidy(p, x);
		refuse(q->answer, 503, NULL, NULL);
		tell_late(q, 503);
		publishing_destroy(q);
		return;
	}
	say(q);
	tell_late(q, 412);
	if (old != NULL)
		presentity_drop(p, x, old);
	if (q->fresh != NULL)
		presentity_put(p, x, q->fresh);
	q->fresh = NULL;
	key = str_dup(loop_arena(p->bridge->loop), q->key);
	presentity_tidy(p, x);
	publishing_destroy(q);
	presentities_changed(p, key);
}

static bool keep(struct presentities *p, struct publishing *q)
{
	struct store *s = p->bridge->store;
	struct str id = { q->id, sizeof(q->id) };

	if (s == NULL)
		return false;
	if (q->fresh == NULL)
		return store_remove(s, STORE_EVENT_STATE, id, on_kept, q);
	strbuf_reset(&p->record);
	posting_write(&p->record, q->fresh, q->key);
	return !p->record.overflow &&
	       store_put(s, STORE_EVENT_STATE, id, strbuf_str(&p->record),
			 q->fresh->expires_at_s, on_kept, q);
}

/* before: what it changes or removes; NULL: a new one. */
static void publish(struct presentities *p, struct str key,
		    struct posting *before, struct str body, unsigned expires_s,
		    struct answer *answer)
{
	struct publishing *q = calloc(1, sizeof(*q));
	struct presentity *x = presentity_get(p, key);

	if (q == NULL)
		abort();
	q->owner = p;
	q->is_new = before == NULL;
	x->coming += q->is_new;
	p->coming += q->is_new;
	q->answer = answer;
	q->key = str_heap(key);
	q->expires_s = expires_s;
	if (expires_s > 0)
		q->fresh = posting_create(before, body,
					  loop_wall_ms() / 1000 + expires_s);
	if (before != NULL) {
		memcpy(q->id, before->id, sizeof(q->id));
		before->is_busy = true;
	} else if (q->fresh != NULL) {
		memcpy(q->id, q->fresh->id, sizeof(q->id));
	}
	DL_APPEND(p->waiting, q);
	if (!keep(p, q))
		on_kept(q, false);
}

/* Whose state it is: his own, and nobody else's. 0, or what refuses it. */
static int whose(struct bridge *b, const struct request *r, struct link **k,
		 struct str *key)
{
	struct arena *a = loop_arena(b->loop);
	struct jid to, from;
	struct fault why;

	*k = registrar_link(b, r->target.host);
	if (*k == NULL)
		return 404;
	if (!(*k)->cfg->has_presence || !door_is_user(b->door, r))
		return 403;
	if (!address_contact_jid(a, &(*k)->cfg->plan, &r->target, &to, NULL,
				 &why))
		return 404;
	if (!address_contact_jid(a, &(*k)->cfg->plan, &r->from.uri, &from, NULL,
				 &why) ||
	    !jid_bare_eq(&to, &from))
		return 403;
	*key = jid_bare_text(a, &to);
	return 0;
}

static unsigned expiry_of(const struct link *k, const struct request *r)
{
	const struct config_registrar *c = &k->cfg->registrar;

	if (r->expires_s < 0 || r->expires_s > (int64_t)c->max_s)
		return c->max_s;
	return (unsigned)r->expires_s;
}

/* 0 and the document as it is read, or what refuses it. */
static int body_check(struct arena *a, const struct request *r,
		      struct str *body, const char **why)
{
	enum coding coding;
	struct pidf doc;

	if (!media_is(r->content_type, "application/pidf+xml"))
		return 415;
	coding = coding_decode(a, r->content_encoding, r->body,
			       DOCUMENT_MAX_BYTES, body);
	if (coding != CODING_DONE) {
		*why = coding_text(coding);
		return coding_status(coding);
	}
	return presentity_document(a, *body, &doc, why) ? 0 : 400;
}

static void refuse_type(struct answer *answer, const char *why)
{
	static const struct header codings = { .name = STR("Accept-Encoding"),
					       .value = STR(CODING_ACCEPT) };
	static const struct header types = { .next = &codings,
					     .name = STR("Accept"),
					     .value = STR(
						     "application/pidf+xml") };

	refuse(answer, 415, why, &types);
}

static int check(struct presentities *p, const struct link *k,
		 const struct presentity *x, const struct request *r,
		 const struct posting *before, const char **why)
{
	if (r->if_match.n > 0 && before == NULL)
		return 412;
	if (r->if_match.n == 0 && r->body.n == 0) {
		*why = "No Document";
		return 400;
	}
	if (before == NULL && x != NULL &&
	    x->count + x->coming >= k->cfg->registrar.contacts_max) {
		*why = "Too Many Publications";
		return 403;
	}
	/* One that is there may be refreshed, and removed, all the same. */
	if (before == NULL &&
	    p->count + p->coming >= p->bridge->cfg->bindings_max)
		return 503;
	return store_is_well(p->bridge->store) ? 0 : 503;
}

void presentities_publish(struct presentities *p, const struct request *r,
			  struct answer *answer)
{
	struct arena *a = loop_arena(p->bridge->loop);
	struct link *k;
	struct str key;
	const char *why = NULL;
	int status = whose(p->bridge, r, &k, &key);
	struct presentity *x = status == 0 ? presentity_find(p, key) : NULL;
	struct posting *before = x != NULL ? by_etag(x, r->if_match) : NULL;
	struct str body = r->body;
	unsigned expires_s;

	if (status == 0 && !str_eqz(r->event, "presence")) {
		refuse_with(answer, 489, "Allow-Events", STR_LIT("presence"));
		return;
	}
	if (status == 0)
		status = check(p, k, x, r, before, &why);
	if (status != 0) {
		refuse(answer, status, why, NULL);
		return;
	}
	if (before != NULL && before->is_busy) {
		wait_behind(p, before, answer);
		return;
	}
	expires_s = expiry_of(k, r);
	if (expires_s > 0 && expires_s < k->cfg->registrar.min_s) {
		refuse_with(answer, 423, "Min-Expires",
			    str_fmt(a, "%u", k->cfg->registrar.min_s));
		return;
	}
	if (r->body.n > 0)
		status = body_check(a, r, &body, &why);
	if (status == 415)
		refuse_type(answer, why);
	else if (status != 0)
		refuse(answer, status, why, NULL);
	else if (before == NULL && expires_s == 0)
		say_nothing(answer);
	else
		publish(p, key, before, body, expires_s, answer);
}
