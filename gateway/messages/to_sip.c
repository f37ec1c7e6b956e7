#include "gateway/messages/to_sip.h"
#include "gateway/base/log.h"
#include "gateway/messages/circle.h"
#include "gateway/messages/departure.h"
#include "gateway/messages/enrich.h"
#include "gateway/outbox/letter.h"
#include "gateway/messages/notices.h"
#include "gateway/phones/phones.h"
#include "gateway/outbox/outbox.h"
#include "gateway/messages/recent.h"
#include "gateway/messages/split.h"
#include "gateway/messages/typing.h"
#include "mapping/address.h"
#include "mapping/datetime.h"
#include "mapping/edits.h"
#include "mapping/message.h"
#include "mapping/presence.h"

enum { CALL_ID_BYTES = 24, TAG_BYTES = 12 };

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

bool to_sip_leads_back(void *arg, const struct uri *uri)
{
	const struct bridge *b = arg;
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
	if (to_sip_leads_back(k->bridge, &d->target)) {
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
	struct departure *d = departure_create(k, s, a, l->kept);
	struct enrichment e = { .tried = 0 };
	struct queue_place place;
	struct outgoing *o;
	struct fault why;

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
	place = (struct queue_place){ .target = uri_text(a, &draft->target),
				      .sender = departure_sender(d) };
	if (queue_push_again(b->queue, &place, o, departure_done,
			     departure_again, d)) {
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
			departure_refuse(k, l->s, &why, "-");
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
		outbox_end(t->item, &(struct outbox_verdict){
					    .fate = FATE_REFUSED, .why = why });
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

/* Another gateway has brought it back. */
static bool comes_round(struct link *k, const struct stanza *s, struct arena *a,
			struct fault *why)
{
	const struct circle_pass p = {
		.a = a,
		.way = CIRCLE_TO_SIP,
		.s = s,
		.has_others = k->cfg->plan.xmpp_domain_count > 1,
	};

	return circle_refuse(k->bridge->circle, &p,
			     loop_now_ms(k->bridge->loop), why);
}

void to_sip_message(struct link *k, const struct stanza *s, struct arena *a)
{
	char token[LETTER_TOKEN_BYTES];
	struct draft draft;
	struct extras x;
	struct leaving l = { .s = s, .x = &x, .draft = &draft };
	struct fault why;

	if (!is_admitted(k, s, a, &why) || comes_round(k, s, a, &why)) {
		departure_refuse(k, s, &why, "-");
		return;
	}
	extras_read(a, s->el, &x);
	keyed_token(token, LETTER_TOKEN_BYTES);
	circle_mark(token, s->from.domain);
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
		departure_refuse(k, s, &why, "-");
		break;
	}
}
