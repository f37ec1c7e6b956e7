#include "gateway/messages/to_xmpp.h"
#include "gateway/trust/admission.h"
#include "gateway/messages/arrival.h"
#include "gateway/messages/aside.h"
#include "gateway/base/log.h"
#include "gateway/services/nicks.h"
#include "gateway/messages/notices.h"
#include "gateway/outbox/outbox.h"
#include "gateway/messages/recent.h"
#include "gateway/messages/skills.h"
#include "gateway/messages/typing.h"
#include "gateway/phones/phones.h"
#include "gateway/services/privilege.h"
#include "mapping/message.h"
#include "sip/coding.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

enum { CID_BYTES = 12, DOCUMENT_MAX_BYTES = 65536 };

static const struct header ACCEPT = { .name = STR("Accept"),
				      .value = STR(MESSAGE_ACCEPT) };
static const struct header CODINGS = { .next = &ACCEPT,
				       .name = STR("Accept-Encoding"),
				       .value = STR(CODING_ACCEPT) };

/* A refusal of our own, before any stanza. A 415 says what would do
 * (RFC 3428 Table 1, RFC 3261 §21.4.13). */
static void refuse(struct bridge *b, const struct request *r,
		   struct answer *answer, const struct fault *why)
{
	const struct reply reply = {
		.status = why->status,
		.reason = why->text,
		.retry_after_s = why->retry_after_s,
		.headers = why->status == 415 ? &CODINGS : NULL,
	};

	log_debug("to_xmpp_refused", F_STR("call_id", r->call_id),
		  F_NUM("status", why->status), F_STR("text", why->text));
	arrival_reply(b, answer, &reply);
}

void to_xmpp_bounce(struct link *k, const struct stanza *s)
{
	if (arrival_bounced(k, s)) {
		notices_refused(k, &s->from, &s->to, s->id);
		return;
	}
	if (aside_is_id(s->id))
		return; /* nobody's message */
	notices_bounced(k, s);
	k->bridge->counters.bounced_late++;
	log_info("bounced_late", F_STR("component", k->cfg->domain),
		 F_STR("cid", str_head(s->id, CID_BYTES)),
		 F_STR("condition", cond_name(s->error.cond)));
}

/* expat's tree of a body; the limits are those of a stanza. */
static const struct xml *document(struct arena *a, struct str text)
{
	static const struct stream_limits limits = { DOCUMENT_MAX_BYTES, 32,
						     64 };
	const char *why;

	return stream_document(a, text, &limits, &why);
}

/* XEP-0172 §4.2: with the first message only. */
static const struct xml *nick_of(struct link *k, const struct request *r,
				 const struct jid *from, const struct jid *to)
{
	struct bridge *b = k->bridge;
	struct str name;

	if (r->from.display.n == 0)
		return NULL;
	name = nicks_get(b->nicks, from);
	if (name.n == 0 || !nicks_tell(b->nicks, from, to))
		return NULL;
	privilege_name(k, to, from, name);
	return nick_element(loop_arena(b->loop), name);
}

/* What is no message: typing and notices. They ask for no notice themselves,
 * whatever they say (RFC 5438 §7.2.1). */
static void hear(struct link *k, const struct request *r, struct answer *answer,
		 const struct content *c, const struct jid *from,
		 const struct jid *to)
{
	struct bridge *b = k->bridge;
	struct arena *a = loop_arena(b->loop);
	struct str contact = jid_bare_text(a, from);
	struct iscomposing typing;
	struct imdn notice;
	const char *words = NULL;
	struct fault why;

	if (c->kind == CONTENT_TYPING &&
	    iscomposing_read(a, c->document, &typing, &words)) {
		skills_learn(b->skills, contact, SKILL_TYPING, true);
		typing_from_contact(k, from, to, &typing);
	} else if (c->kind == CONTENT_NOTICE &&
		   imdn_read(a, c->document, &notice, &words)) {
		skills_learn(b->skills, contact, SKILL_NOTICES, true);
		if (notices_from_contact(k, from, to, &notice, answer))
			return; /* it is answered behind the commit */
	}
	if (words == NULL) {
		arrival_reply(b, answer, &(struct reply){ .status = 202 });
		return;
	}
	fault_set(&why, 400, COND_BAD_REQUEST, words);
	refuse(b, r, answer, &why);
}

/* What must not be stored (RFC 3428 §7, Expires: 0) and what is no text is
 * refused while it cannot be delivered at once. */
static void hand_on(struct link *k, const struct request *r,
		    struct answer *answer, const struct stanza *s,
		    const struct xml *extra)
{
	bool is_text = s->u.message.body != NULL && r->expires_s != 0;
	struct fault why;

	if (!arrival_must_wait(k)) {
		arrival_send(k, answer, s, extra);
	} else if (is_text) {
		arrival_keep(k, answer, s, extra);
	} else {
		(void)admission_refuse(&why);
		refuse(k->bridge, r, answer, &why);
	}
}

/* Another gateway has brought it back: one whose users we serve. */
static bool comes_round(struct link *k, const struct stanza *s, struct arena *a,
			struct fault *why)
{
	const struct circle_pass p = {
		.a = a, .way = CIRCLE_TO_XMPP, .s = s, .has_others = true
	};

	return k->cfg->plan.xmpp_domain_count > 1 &&
	       circle_refuse(k->bridge->circle, &p,
			     loop_now_ms(k->bridge->loop), why);
}

static void deliver(struct link *k, const struct request *r,
		    struct answer *answer, const struct jid *from,
		    const struct jid *to)
{
	struct bridge *b = k->bridge;
	struct arena *a = loop_arena(b->loop);
	char id[STANZA_ID_BYTES];
	struct env env = { .plan = &k->cfg->plan,
			   .rules = &k->cfg->message,
			   .wall_s = loop_wall_ms() / 1000,
			   .stanza_id = { id, sizeof(id) },
			   .document = document };
	struct content c;
	struct stanza s;
	struct fault why = { 0 };

	if (!content_read(a, &env, r, &c, &why)) {
		refuse(b, r, answer, &why);
		return;
	}
	if (c.has_cpim)
		skills_learn(b->skills, jid_bare_text(a, from), SKILL_CPIM,
			     true);
	if (c.kind != CONTENT_TEXT) {
		hear(k, r, answer, &c, from, to);
		return;
	}
	if (r->in_reply_to.n > 0)
		env.reply_to_id =
			notices_stanza(k, from, to, str_trim(r->in_reply_to));
	stanza_ids_make(b->ids, r, id);
	switch (message_to_xmpp(a, &env, r, &c, from, to, &s)) {
	case MAPPED:
		if (comes_round(k, &s, a, &why)) {
			refuse(b, r, answer, &why);
			return;
		}
		log_debug("to_xmpp",
			  F_STR("cid", str_head(env.stanza_id, CID_BYTES)),
			  F_STR("from", jid_text(a, from)),
			  F_STR("to", jid_text(a, to)),
			  F_STR("call_id", r->call_id));
		typing_contact_spoke(k, a, from, to, &s.u.message);
		if (c.has_cpim)
			notices_owe(k, &c.cpim, &s);
		recent_put(b->recent, id, r->call_id);
		hand_on(k, r, answer, &s, nick_of(k, r, from, to));
		break;
	case MAPPED_NOTHING:
		arrival_reply(b, answer, &(struct reply){ .status = 202 });
		break;
	case MAPPED_REFUSED:
		break;
	}
}

/* From one phone of ours to another: that nobody is there is known before it
 * has gone through the XMPP server. */
static bool is_there(struct bridge *b, const struct request *r,
		     const struct admission *m, struct fault *why)
{
	return !phones_serve(b, &r->target) ||
	       phones_are_there(b, m->link, &m->to, why) ||
	       (why->status == 480 && m->link->cfg->outbox.to_sip);
}

static bool has_room(struct link *k, const struct request *r, struct fault *why)
{
	if (arrival_must_wait(k))
		return true;
	if (!admission_has_room(k, why))
		return false;
	return arrival_has_room(k, endpoint_address(&r->source.peer)) ||
	       admission_refuse(why);
}

void to_xmpp_message(struct bridge *b, const struct request *r,
		     struct answer *answer)
{
	struct admission m;
	struct fault why = { 0 };

	if (!admission_read(b, r, loop_arena(b->loop), &m, &why)) {
		refuse(b, r, answer, &why);
		return;
	}
	outbox_online(m.link->outbox, &m.from); /* who writes is there */
	if (is_there(b, r, &m, &why) && has_room(m.link, r, &why))
		deliver(m.link, r, answer, &m.from, &m.to);
	else
		refuse(b, r, answer, &why);
}
