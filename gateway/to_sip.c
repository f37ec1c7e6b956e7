#include "gateway/to_sip.h"
#include "gateway/base/log.h"
#include "gateway/enrich.h"
#include "gateway/letter.h"
#include "gateway/notices.h"
#include "gateway/phones.h"
#include "gateway/outbox.h"
#include "gateway/recent.h"
#include "gateway/siphealth.h"
#include "gateway/split.h"
#include "gateway/typing.h"
#include "gateway/verdict.h"
#include "mapping/address.h"
#include "mapping/datetime.h"
#include "mapping/edits.h"
#include "mapping/message.h"
#include "mapping/presence.h"

/* What survives the turn of a message on its way to SIP. */
struct departure {
	struct departure *prev, *next; /* of the bridge, oldest first */
	struct link *link;	  /* borrowed: outlives every transaction */
	struct outbox_item *kept; /* borrowed; NULL: it does not wait */
	bool is_ended; /* its sender has been told: the drain was over */
	uint64_t since_ms;
	char cid[13];	/* correlation id, in both protocols' log lines */
	unsigned tried; /* bits 1 << enum skill: more than plain text */
	struct outgoing *plain;	       /* owned: to send if that is refused */
	struct split *split;	       /* owned: if that is too long; or NULL */
	struct str from, to, id, lang; /* in text[] */
	char text[];
};

enum { CALL_ID_BYTES = 24, TAG_BYTES = 12, CID_BYTES = 12 };

static struct str text_put(char **p, struct str s)
{
	struct str kept = { *p, s.n };

	if (s.n > 0)
		memcpy(*p, s.p, s.n);
	*p += s.n;
	return s.p == NULL ? STR_NONE : kept;
}

static struct departure *
departure_create(struct link *k, const struct stanza *s, struct arena *a)
{
	struct str from = jid_text(a, &s->from), to = jid_text(a, &s->to);
	struct departure *d;
	char *p;

	d = malloc(sizeof(*d) + from.n + to.n + s->id.n + s->lang.n);
	if (d == NULL)
		abort();
	d->link = k;
	d->kept = NULL;
	d->is_ended = false;
	d->tried = 0;
	d->plain = NULL;
	d->split = NULL;
	DL_APPEND(k->bridge->departures, d);
	d->since_ms = loop_now_ms(k->bridge->loop);
	keyed_token(d->cid, CID_BYTES);
	d->cid[CID_BYTES] = '\0';
	p = d->text;
	d->from = text_put(&p, from);
	d->to = text_put(&p, to);
	d->id = text_put(&p, s->id);
	d->lang = text_put(&p, s->lang);
	return d;
}

/* The stanza that an error answers, from what was kept of it. */
static bool departure_stanza(struct arena *a, const struct departure *d,
			     struct stanza *s)
{
	const char *why;

	*s = (struct stanza){ .kind = STANZA_MESSAGE,
			      .id = d->id,
			      .lang = d->lang };
	return jid_read(a, d->from, &s->from, &why) &&
	       jid_read(a, d->to, &s->to, &why);
}

static void refuse(struct link *k, const struct stanza *s,
		   const struct fault *f, const char *cid)
{
	struct strbuf *b = link_begin(k);

	error_write(b, s, f);
	link_end(k);
	k->bridge->counters.to_sip_refused++;
	k->bridge->counters.to_sip_conditions[f->cond]++;
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
	free(d);
}

/* The other side does not know the form: the plain text goes in its place, and
 * from now on at once. */
static struct outgoing *departure_plain(struct departure *d,
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
static struct outgoing *departure_part(struct departure *d,
				       const struct outcome *o)
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

static struct outgoing *departure_again(void *arg, const struct outcome *o)
{
	struct departure *d = arg;

	/* Whoever has been told of an end must not have it arrive after it. */
	if (d->is_ended && (d->kept == NULL || !outbox_is_safe(d->kept)))
		return NULL;
	if (d->plain != NULL && enrich_is_refused(o))
		return departure_plain(d, o);
	return d->split != NULL ? departure_part(d, o) : NULL;
}

static void departure_refuse(struct departure *d, const struct fault *f)
{
	struct stanza s;

	if (departure_stanza(loop_arena(d->link->bridge->loop), d, &s))
		refuse(d->link, &s, f, d->cid);
}

static void departure_done(void *arg, const struct outcome *o)
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
		departure_refuse(d, &f);
	}
	departure_destroy(d);
}

void to_sip_give_up(struct bridge *b)
{
	struct departure *d;
	struct fault f;

	fault_set(&f, 408, COND_REMOTE_SERVER_TIMEOUT,
		  "the gateway shut down before the SIP side answered");
	DL_FOREACH (b->departures, d) {
		if (!d->is_ended && d->kept == NULL)
			departure_refuse(d, &f);
		d->is_ended = true; /* of what waits: outbox_give_up */
	}
}

bool to_sip_is_busy(const struct bridge *b)
{
	const struct departure *d;

	DL_FOREACH (b->departures, d)
		if (!d->is_ended)
			return true;
	return false;
}

uint64_t to_sip_oldest_ms(const struct bridge *b)
{
	return b->departures == NULL
		       ? 0
		       : loop_now_ms(b->loop) - b->departures->since_ms;
}

void to_sip_forget(struct bridge *b)
{
	struct departure *d, *next;

	DL_FOREACH_SAFE (b->departures, d, next)
		departure_destroy(d);
}

static bool is_admitted(struct link *k, const struct stanza *s, struct arena *a,
			struct fault *why)
{
	struct bridge *b = k->bridge;

	if (!link_serves(k, s->from.domain))
		return fault_set(why, 403, COND_FORBIDDEN,
				 "this gateway does not serve your domain");
	/* What crosses our closing tag cannot be answered any more: it goes on
	 * as long as the time allows. */
	if (b->is_draining && component_is_up(k->component)) {
		fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
			  "the gateway is shutting down");
		return false;
	}
	if (!policy_admit(b->policy, jid_bare_text(a, &s->from),
			  loop_now_ms(b->loop)))
		return fault_set(why, 503, COND_RESOURCE_CONSTRAINT,
				 "too many messages: slow down");
	return true;
}

/* A contact's URI that leads back to us would only go round in circles. */
static bool is_ours(const struct bridge *b, const struct uri *uri)
{
	size_t i;

	for (i = 0; i < b->link_count; i++)
		if (address_is_user_host(&b->links[i].cfg->plan, uri))
			return true;
	return false;
}

static enum mapped translate(struct link *k, const struct stanza *s,
			     const struct extras *x, struct arena *a,
			     const char *token, struct draft *d,
			     struct fault *why)
{
	struct env env = {
		.plan = &k->cfg->plan,
		.rules = &k->cfg->message,
		.wall_s = loop_wall_ms() / 1000,
		.call_id = { token, CALL_ID_BYTES },
		.tag = { token + CALL_ID_BYTES, TAG_BYTES },
	};
	struct stanza bare = *s;
	struct str answers = edits_answers(x);
	enum mapped m;

	/* A resource that we made up for his presence means nothing there. */
	if (presence_is_made_up(bare.to.resource))
		bare.to.resource = STR_NONE;
	if (answers.n > 0)
		env.in_reply_to = recent_call_id(k->bridge->recent, answers);
	m = message_to_sip(a, &env, &bare, x, d, why);
	if (m != MAPPED || phones_serve(k->bridge, &d->target))
		return m;
	if (is_ours(k->bridge, &d->target)) {
		fault_set(why, 482, COND_NOT_ACCEPTABLE,
			  "that address leads back to this gateway");
		return MAPPED_REFUSED;
	}
	d->next_hop = k->cfg->next_hop;
	return MAPPED;
}

/* Whichever form will be understood, its notices are. */
static void await(struct link *k, const struct stanza *s,
		  const struct enrichment *e, const struct draft *d)
{
	if (e->wishes == 0)
		return;
	notices_await(k, s, e->wishes, e->message_id);
	if (!str_eq(e->message_id, d->call_id))
		notices_await(k, s, e->wishes, d->call_id);
}

static void kept_failed(struct outbox_item *it, enum fate fate,
			const struct fault *why)
{
	outbox_end(it, &(struct outbox_verdict){ .fate = fate, .why = *why });
}

/* It cannot go: nobody has seen it yet. */
static void departure_fail(struct departure *d, const struct stanza *s,
			   enum fate fate, const struct fault *why)
{
	struct outbox_item *kept = d->kept;

	if (kept == NULL)
		refuse(d->link, s, why, d->cid);
	departure_destroy(d);
	if (kept != NULL)
		kept_failed(kept, fate, why);
}

/* One message on its way out. */
struct leaving {
	const struct stanza *s;
	const struct extras *x;
	struct draft *draft;
	struct outbox_item *kept; /* NULL: it does not wait */
};

static void dispatch_phones(struct departure *d, const struct leaving *l)
{
	struct fault f;

	log_debug("to_phones", F_Z("cid", d->cid));
	if (!phones_send(d->link, &l->s->to, l->draft, departure_done, d, &f))
		departure_fail(d, l->s,
			       f.status == 404 ? FATE_REFUSED : FATE_AWAY, &f);
}

/* In the best form that may be understood; *e says what that is. NULL: too
 * long. */
static struct outgoing *prepare(struct departure *d, const struct leaving *l,
				struct arena *a, struct enrichment *e)
{
	struct link *k = d->link;
	struct draft plain = *l->draft;
	size_t through = d->kept != NULL ? outbox_through(d->kept) : 0;
	struct outgoing *o;

	if (through > 0) { /* the rest of what has begun in parts */
		d->split = split_create(k, a, &plain, through);
		return d->split != NULL ? split_next(d->split) : NULL;
	}
	if (enrich_is_wanted(k, l->x))
		enrich(k, l->s, l->x, a, l->draft, e);
	d->tried = e->tried;
	d->plain = e->plain;
	o = uac_prepare(agent_uac(k->bridge->agent), l->draft);
	if (o != NULL && split_is_wanted(k, d->plain != NULL ? d->plain : o))
		d->split = split_create(k, a, &plain, 0);
	return o;
}

static void dispatch(struct link *k, const struct leaving *l, struct arena *a)
{
	struct bridge *b = k->bridge;
	const struct stanza *s = l->s;
	struct draft *draft = l->draft;
	struct departure *d = departure_create(k, s, a);
	struct enrichment e = { .tried = 0 };
	struct outgoing *o;
	struct fault why;

	d->kept = l->kept;
	if (phones_serve(b, &draft->target)) {
		dispatch_phones(d, l);
		return;
	}
	o = prepare(d, l, a, &e);
	log_debug("to_sip", F_Z("cid", d->cid), F_STR("from", d->from),
		  F_STR("to", d->to), F_STR("id", d->id),
		  F_STR("call_id", draft->call_id));
	if (o == NULL) {
		fault_set(&why, 513, COND_POLICY_VIOLATION,
			  "too long for one SIP message");
		departure_fail(d, s, FATE_REFUSED, &why);
		return;
	}
	if (queue_push_again(b->queue, uri_text(a, &draft->target), o,
			     departure_done, departure_again, d)) {
		await(k, s, &e, draft);
		return;
	}
	outgoing_destroy(&o);
	fault_set(&why, 503, COND_RESOURCE_CONSTRAINT,
		  "too many messages wait for this contact");
	departure_fail(d, s, FATE_AWAY, &why);
}

/* Into the outbox, where that is wanted, and out of it at once if none is
 * before it. */
static void leave(struct link *k, struct leaving *l, struct arena *a,
		  const char *token)
{
	struct fault why;

	if (outbox_wants(k, l->s)) {
		l->kept = outbox_take(k->outbox, l->s, a, token, &why);
		if (l->kept == NULL) {
			refuse(k, l->s, &why, "-");
			return;
		}
		if (!outbox_begin(l->kept))
			return;
	}
	dispatch(k, l, a);
}

void to_sip_again(struct link *k, const struct stanza *s, struct arena *a,
		  const struct to_sip_try *t)
{
	struct stanza late = *s;
	struct draft draft;
	struct extras x;
	struct leaving l = { .s = &late, .x = &x, .draft = &draft };
	struct fault why = { .status = 0 };

	if (late.u.message.delay_stamp.n == 0)
		late.u.message.delay_stamp =
			datetime_write_stamp(a, t->since_s);
	extras_read(a, s->el, &x);
	if (translate(k, &late, &x, a, t->token, &draft, &why) != MAPPED) {
		/* The configuration may have changed meanwhile. */
		if (why.status == 0)
			fault_set(&why, 488, COND_NOT_ACCEPTABLE, NULL);
		kept_failed(t->item, FATE_REFUSED, &why);
		return;
	}
	draft.cseq = t->cseq;
	l.kept = t->item;
	dispatch(k, &l, a);
}

/* What a message says beside its text (none as a rule), or instead of it. */
static void hear(struct link *k, const struct stanza *s, const struct extras *x,
		 bool has_text)
{
	enum message_type type = s->u.message.type;

	if ((type != MESSAGE_NORMAL && type != MESSAGE_CHAT) ||
	    !phones_may_hear(k, &s->to))
		return;
	if (has_text)
		typing_user_spoke(k, s, x->state);
	else
		typing_from_user(k, s, x->state);
	if (x->received.n > 0 || x->displayed.n > 0)
		notices_from_user(k, s, x->received, x->displayed);
}

void to_sip_message(struct link *k, const struct stanza *s, struct arena *a)
{
	char token[LETTER_TOKEN_BYTES];
	struct draft draft;
	struct extras x;
	struct leaving l = { .s = s, .x = &x, .draft = &draft };
	struct fault why;

	if (!is_admitted(k, s, a, &why)) {
		refuse(k, s, &why, "-");
		return;
	}
	extras_read(a, s->el, &x);
	keyed_token(token, LETTER_TOKEN_BYTES);
	switch (translate(k, s, &x, a, token, &draft, &why)) {
	case MAPPED:
		hear(k, s, &x, true);
		leave(k, &l, a, token);
		break;
	case MAPPED_NOTHING:
		hear(k, s, &x, false);
		k->bridge->counters.to_sip_nothing++;
		break;
	case MAPPED_REFUSED:
		refuse(k, s, &why, "-");
		break;
	}
}
