#include "gateway/messages/departure.h"
#include "gateway/base/log.h"
#include "gateway/base/pool.h"
#include "gateway/messages/enrich.h"
#include "gateway/messages/split.h"
#include "gateway/messages/verdict.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/outbox/outbox.h"

struct departure *departure_create(struct link *k, const struct stanza *s,
				   struct arena *a, struct outbox_item *kept)
{
	struct str from = jid_text(a, &s->from), to = jid_text(a, &s->to);
	struct departure *d;
	char *p;

	d = pool_take(sizeof(*d) + from.n + to.n + s->id.n + s->lang.n);
	d->link = k;
	d->kept = kept;
	d->is_ended = false;
	d->tried = 0;
	d->plain = NULL;
	d->split = NULL;
	DL_APPEND(k->bridge->departures, d);
	d->since_ms = loop_now_ms(k->bridge->loop);
	keyed_token(d->cid, DEPARTURE_CID_BYTES);
	d->cid[DEPARTURE_CID_BYTES] = '\0';
	p = d->text;
	d->from = str_put(&p, from);
	d->to = str_put(&p, to);
	d->id = str_put(&p, s->id);
	d->lang = str_put(&p, s->lang);
	return d;
}

struct str departure_sender(const struct departure *d)
{
	return str_head(d->from, str_find(d->from, '/'));
}

/* The stanza that an error answers, from what was kept of it. */
static bool stanza_of(struct arena *a, const struct departure *d,
		      struct stanza *s)
{
	const char *why;

	*s = (struct stanza){ .kind = STANZA_MESSAGE,
			      .id = d->id,
			      .lang = d->lang };
	return jid_read(a, d->from, &s->from, &why) &&
	       jid_read(a, d->to, &s->to, &why);
}

void departure_refuse(struct link *k, const struct stanza *s,
		      const struct fault *f, const char *cid)
{
	link_refuse(k, s, f);
	bridge_count_refusal(k->bridge, f->cond);
	log_debug("to_sip_refused", F_Z("cid", cid), F_STR("id", s->id),
		  F_STR("component", k->cfg->domain),
		  F_STR("condition", cond_name(f->cond)),
		  F_NUM("status", f->status), F_STR("text", f->text));
}

static void departure_destroy(struct departure *d)
{
	DL_DELETE(d->link->bridge->departures, d);
	outgoing_destroy(&d->plain);
	split_destroy(&d->split);
	pool_give(d, sizeof(*d) + d->from.n + d->to.n + d->id.n + d->lang.n);
}

/* The other side does not know the form: the plain text goes in its place, and
 * from now on at once. */
static struct outgoing *plain_instead(struct departure *d,
				      const struct outcome *o)
{
	struct str contact = str_head(d->to, str_find(d->to, '/'));
	struct outgoing *plain = d->plain;

	/* The text alone may fit where both did not: that teaches nothing. */
	for (unsigned i = 0; i < SKILL_COUNT; i++)
		if ((d->tried & 1U << i) != 0 && o->kind == OUTCOME_ANSWERED)
			skills_learn(d->link->bridge->skills, contact,
				     (enum skill)i, false);
	log_debug("to_sip_plain", F_Z("cid", d->cid),
		  F_NUM("status", o->status));
	d->plain = NULL;
	return plain;
}

/* The first part of what is too long, and each next one when the one before it
 * is through: a part that fails ends the whole. */
static struct outgoing *next_part(struct departure *d, const struct outcome *o)
{
	struct outgoing *part;
	size_t through;

	if (!split_has_begun(d->split)) {
		if (o->kind != OUTCOME_TOO_LARGE)
			return NULL;
		log_debug("to_sip_split", F_Z("cid", d->cid));
		return split_next(d->split);
	}
	if (!verdict_is_taken(d->kept, o))
		return NULL;
	through = split_through(d->split);
	part = split_next(d->split);
	if (part != NULL && d->kept != NULL)
		outbox_put_through(d->kept, through);
	return part;
}

struct outgoing *departure_again(void *arg, const struct outcome *o)
{
	struct departure *d = arg;

	/* Whoever has been told of an end must not have it arrive after it. */
	if (d->is_ended && (d->kept == NULL || !outbox_is_safe(d->kept)))
		return NULL;
	if (d->plain != NULL && enrich_is_refused(o))
		return plain_instead(d, o);
	return d->split != NULL ? next_part(d, o) : NULL;
}

static void tell(struct departure *d, const struct fault *f)
{
	struct stanza s;

	if (stanza_of(loop_arena(d->link->bridge->loop), d, &s))
		departure_refuse(d->link, &s, f, d->cid);
}

void departure_done(void *arg, const struct outcome *o)
{
	struct departure *d = arg;
	struct bridge *b = d->link->bridge;
	struct outbox_verdict v;
	struct fault f;

	histogram_add(&b->counters.to_sip_ms,
		      loop_now_ms(b->loop) - d->since_ms);
	log_debug("to_sip_done", F_Z("cid", d->cid), F_NUM("status", o->status),
		  F_NUM("ms", loop_now_ms(b->loop) - d->since_ms));
	siphealth_note(d->link->health, o);
	if (o->kind == OUTCOME_ANSWERED && o->status < 300)
		b->counters.to_sip_accepted++;
	if (d->kept != NULL) {
		verdict_of_try(d->link, d->kept, o, &v);
		outbox_end(d->kept, &v);
	} else if (o->kind == OUTCOME_ANSWERED && o->status < 300) {
		/* that is all */
	} else if (!d->is_ended) {
		verdict_fault(&f, o);
		tell(d, &f);
	}
	departure_destroy(d);
}

void departure_fail(struct departure *d, const struct stanza *s, enum fate fate,
		    const struct fault *why)
{
	struct outbox_item *kept = d->kept;

	if (kept == NULL)
		departure_refuse(d->link, s, why, d->cid);
	departure_destroy(d);
	if (kept != NULL)
		outbox_end(kept, &(struct outbox_verdict){ .fate = fate,
							   .why = *why });
}

/* --- all of them */

void departures_give_up(struct bridge *b)
{
	struct departure *d;
	struct fault f;

	fault_set(&f, 408, COND_REMOTE_SERVER_TIMEOUT,
		  "the gateway shut down before the SIP side answered");
	DL_FOREACH (b->departures, d) {
		if (!d->is_ended && d->kept == NULL)
			tell(d, &f);
		d->is_ended = true; /* of what waits: outbox_give_up */
	}
}

bool departures_are_busy(const struct bridge *b)
{
	const struct departure *d;

	DL_FOREACH (b->departures, d)
		if (!d->is_ended)
			return true;
	return false;
}

uint64_t departures_oldest_ms(const struct bridge *b)
{
	return b->departures == NULL
		       ? 0
		       : loop_now_ms(b->loop) - b->departures->since_ms;
}

void departures_forget(struct bridge *b)
{
	struct departure *d, *next;

	DL_FOREACH_SAFE (b->departures, d, next)
		departure_destroy(d);
}
