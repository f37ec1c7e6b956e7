#include "gateway/to_xmpp.h"
#include "gateway/admission.h"
#include "gateway/aside.h"
#include "gateway/base/log.h"
#include "gateway/nicks.h"
#include "gateway/notices.h"
#include "gateway/outbox.h"
#include "gateway/recent.h"
#include "gateway/skills.h"
#include "gateway/typing.h"
#include "mapping/datetime.h"
#include "mapping/forward.h"
#include "mapping/message.h"
#include "mapping/status.h"
#include "sip/coding.h"
#include "xmpp/ns.h"
#include "xmpp/stream.h"

enum {
	CID_BYTES = 12,
	TIMER_MS = 100,
	DOCUMENT_MAX_BYTES = 65536,
	SLOW_EVERY_MS = 10000,
	REASON_MAX_BYTES = 200 /* of what a user says, in a status line */
};

/* A MESSAGE whose stanza the XMPP server has not been seen to take yet. */
struct arrival {
	struct arrival *prev, *next; /* of the link, oldest first */
	UT_hash_handle hh;	     /* of the link, by id */
	struct link *link;	     /* borrowed */
	struct answer *answer;	     /* owned until it is replied to */
	struct barrier_ticket ticket;
	char id[STANZA_ID_BYTES];
	bool is_written; /* on the present stream */
	bool is_to_full; /* sent to a full JID */
	size_t n;	 /* of the stanza without its end tag */
	char stanza[];
};

static const char END_TAG[] = "</message>";

static void reply_with(struct bridge *b, struct answer *answer,
		       const struct reply *r)
{
	struct bridge_counters *n = &b->counters;
	int i = r->status - BRIDGE_STATUS_MIN;

	if (i < 0)
		n->to_xmpp_accepted++;
	else
		n->to_xmpp_refused++;
	if (i >= 0 && i < BRIDGE_STATUSES)
		n->to_xmpp_statuses[i]++;
	agent_reply(answer, r);
}

static void reply(struct bridge *b, struct answer *answer, int status,
		  unsigned retry_after_s)
{
	reply_with(b, answer,
		   &(struct reply){ .status = status,
				    .retry_after_s = retry_after_s });
}

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
	reply_with(b, answer, &reply);
}

static void arrival_answer(struct arrival *v, const struct reply *r)
{
	struct link *k = v->link;

	histogram_add(&k->bridge->counters.to_xmpp_ms,
		      loop_now_ms(k->bridge->loop) -
			      answer_since_ms(v->answer));
	log_debug("to_xmpp_done",
		  F_STR("cid", ((struct str){ v->id, CID_BYTES })),
		  F_NUM("status", r->status),
		  F_NUM("ms", loop_now_ms(k->bridge->loop) -
				      answer_since_ms(v->answer)));
	barrier_cancel(&v->ticket);
	DL_DELETE(k->arrivals, v);
	HASH_DEL(k->by_id, v);
	reply_with(k->bridge, v->answer, r);
	free(v);
}

static void arrival_end(struct arrival *v, int status, unsigned retry_after_s)
{
	arrival_answer(v, &(struct reply){ .status = status,
					   .retry_after_s = retry_after_s });
}

static void arrival_taken(void *arg, bool is_taken)
{
	struct arrival *v = arg;

	if (is_taken)
		arrival_end(v, 202, 0);
	else
		v->is_written = false; /* to_xmpp_resend, or the deadline */
}

/* One line for a stall, and one now and then while it lasts: messages may come
 * by the hundred. */
static void say_slow(struct link *k, uint64_t now_ms)
{
	if (k->slow_count == 0 ||
	    (k->slow_said_ms > 0 && now_ms - k->slow_said_ms < SLOW_EVERY_MS))
		return;
	log_warn("xmpp_server_slow", F_STR("component", k->cfg->domain),
		 F_NUM("messages", k->slow_count),
		 F_Z("why", component_is_up(k->component)
				    ? "it has not taken them in time; the SIP "
				      "side gets 503"
				    : component_why(k->component)));
	k->slow_count = 0;
	k->slow_said_ms = now_ms;
}

/* Arrivals are in order of time and all wait equally long. */
static void arrivals_expire(void *arg)
{
	struct link *k = arg;
	struct bridge *b = k->bridge;
	uint64_t now_ms = loop_now_ms(b->loop);
	struct arrival *v;

	while ((v = k->arrivals) != NULL &&
	       now_ms - answer_since_ms(v->answer) >=
		       b->cfg->taken_timeout_ms) {
		k->slow_count++;
		arrival_end(v, 503, bridge_retry_after_s());
	}
	say_slow(k, now_ms);
	if (k->arrivals != NULL)
		loop_timer_start(b->loop, &k->arrivals_timer, TIMER_MS,
				 arrivals_expire, k);
}

/* The same stanza again, under its id, saying that it is late, so that nobody
 * takes it for a second message. false when there is no room. */
static bool arrival_rewrite(struct arrival *v)
{
	struct link *k = v->link;
	struct loop *l = k->bridge->loop;
	uint64_t age_ms = loop_now_ms(l) - answer_since_ms(v->answer);
	struct strbuf *b = NULL;

	if (component_has_room(k->component))
		b = component_begin(k->component);
	if (b == NULL)
		return false;
	strbuf_add(b, (struct str){ v->stanza, v->n });
	strbuf_addlit(b, "<delay xmlns='" NS_DELAY "'");
	xml_put_attr(b, "from", k->cfg->domain);
	xml_put_attr(b, "stamp",
		     datetime_write_stamp(loop_arena(l),
					  (loop_wall_ms() - (int64_t)age_ms) /
						  1000));
	strbuf_addlit(b, "/>");
	strbuf_addz(b, END_TAG);
	if (!component_end(k->component))
		return false;
	v->is_written = true;
	barrier_wait(k->barrier, &v->ticket, arrival_taken, v);
	return true;
}

void to_xmpp_resend(struct link *k)
{
	struct arrival *v;

	DL_FOREACH (k->arrivals, v) {
		if (v->is_written)
			continue;
		if (!arrival_rewrite(v))
			return; /* the deadline answers the rest */
		k->bridge->counters.to_xmpp_resent++;
	}
}

size_t link_untaken(const struct link *k)
{
	return HASH_COUNT(k->by_id);
}

void to_xmpp_abandon(struct link *k)
{
	while (k->arrivals != NULL)
		arrival_end(k->arrivals, 503, bridge_retry_after_s());
	loop_timer_stop(&k->arrivals_timer);
}

/* Not in the middle of a character. */
static struct str reason_of(struct str text)
{
	size_t n = text.n;

	if (n <= REASON_MAX_BYTES)
		return text;
	n = REASON_MAX_BYTES;
	while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return str_head(text, n);
}

/* A 301 or 302 names its address in Contact (RFC 3261 §8.1.3.4); without one
 * it is said as the table has it for an empty element. */
static void arrival_bounce(struct arrival *v, const struct fault *error)
{
	struct arena *a = loop_arena(v->link->bridge->loop);
	struct header contact = { .name = STR("Contact") };
	struct reply r = { .reason = reason_of(error->text) };
	struct fault f = *error;

	if (forward_uri(a, &v->link->cfg->plan, &f, &f.uri)) {
		contact.value = str_fmt(a, "<%.*s>", STR_ARG(f.uri));
		r.headers = &contact;
	} else {
		f.uri = STR_NONE;
	}
	r.status = status_from_error(&f, v->is_to_full);
	arrival_answer(v, &r);
}

void to_xmpp_bounce(struct link *k, const struct stanza *s)
{
	struct arrival *v = NULL;

	if (s->id.n == STANZA_ID_BYTES)
		HASH_FIND(hh, k->by_id, s->id.p, STANZA_ID_BYTES, v);
	if (v != NULL) {
		notices_refused(k, &s->from, &s->to, s->id);
		arrival_bounce(v, &s->error);
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

/* Renders the stanza into the component's buffer, and keeps a copy of it for
 * as long as the server has not been seen to take it. */
static void arrival_create(struct link *k, struct answer *answer,
			   const struct stanza *s, const struct xml *extra)
{
	struct strbuf *b = component_begin(k->component);
	size_t start = b == NULL ? 0 : b->n;
	struct arrival *v;
	size_t n;

	if (b == NULL) {
		reply(k->bridge, answer, 503, bridge_retry_after_s());
		return;
	}
	message_write(b, s, extra);
	n = b->n - start;
	if (b->overflow || n > k->bridge->cfg->stanza_max_bytes) {
		component_abort(k->component);
		reply(k->bridge, answer, 413, 0);
		return;
	}
	v = malloc(sizeof(*v) + n);
	if (v == NULL)
		abort();
	memset(v, 0, sizeof(*v));
	v->link = k;
	v->answer = answer;
	v->is_written = true;
	v->is_to_full = s->to.resource.n > 0;
	memcpy(v->id, s->id.p, STANZA_ID_BYTES);
	v->n = n - strlen(END_TAG);
	memcpy(v->stanza, b->p + start, v->n);
	component_end(k->component);
	DL_APPEND(k->arrivals, v);
	HASH_ADD(hh, k->by_id, id, STANZA_ID_BYTES, v);
	barrier_wait(k->barrier, &v->ticket, arrival_taken, v);
	if (!loop_timer_is_running(&k->arrivals_timer))
		loop_timer_start(k->bridge->loop, &k->arrivals_timer, TIMER_MS,
				 arrivals_expire, k);
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
static const struct xml *nick_of(struct bridge *b, struct arena *a,
				 const struct request *r,
				 const struct jid *from, const struct jid *to)
{
	struct str name;
	struct xml *x;

	if (r->from.display.n == 0)
		return NULL;
	name = nicks_get(b->nicks, from);
	if (name.n == 0 || !nicks_tell(b->nicks, from, to))
		return NULL;
	x = xml_element(a, "nick", NS_NICK);
	xml_add_text(a, x, name);
	return x;
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
		notices_from_contact(k, from, to, &notice);
	}
	if (words == NULL) {
		reply(b, answer, 202, 0);
		return;
	}
	fault_set(&why, 400, COND_BAD_REQUEST, words);
	refuse(b, r, answer, &why);
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
		log_debug("to_xmpp",
			  F_STR("cid", str_head(env.stanza_id, CID_BYTES)),
			  F_STR("from", jid_text(a, from)),
			  F_STR("to", jid_text(a, to)),
			  F_STR("call_id", r->call_id));
		typing_contact_spoke(k, a, from, to, &s.u.message);
		if (c.has_cpim)
			notices_owe(k, &c.cpim, &s);
		recent_put(b->recent, id, r->call_id);
		arrival_create(k, answer, &s, nick_of(b, a, r, from, to));
		break;
	case MAPPED_NOTHING:
		reply(b, answer, 202, 0);
		break;
	case MAPPED_REFUSED:
		break;
	}
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
	if (admission_has_room(m.link, &why))
		deliver(m.link, r, answer, &m.from, &m.to);
	else
		refuse(b, r, answer, &why);
}
