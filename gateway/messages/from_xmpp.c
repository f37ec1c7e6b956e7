#include "gateway/messages/from_xmpp.h"
#include "gateway/admin/bans.h"
#include "gateway/admin/chat.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/messages/arrival.h"
#include "gateway/messages/to_sip.h"
#include "gateway/messages/to_xmpp.h"
#include "gateway/presence/reception.h"
#include "gateway/presence/roster.h"
#include "gateway/services/privilege.h"
#include "gateway/services/services.h"
#include "xmpp/ns.h"

/* There is room for more now. */
static bool is_pong(struct link *k, const struct stanza *s)
{
	if (!barrier_offer(k->barrier, s))
		return false;
	arrival_send_more(k);
	return true;
}

static void on_iq(struct link *k, const struct stanza *s, struct arena *a)
{
	if (s->u.iq.type == IQ_RESULT || s->u.iq.type == IQ_ERROR) {
		if (is_pong(k, s))
			return;
		pending_offer(k->pending, s);
		return;
	}
	services_iq(k, s, a);
}

static void on_message(struct link *k, const struct stanza *s, struct arena *a)
{
	if (s->u.message.type == MESSAGE_ERROR)
		to_xmpp_bounce(k, s);
	else if (s->u.message.type == MESSAGE_HEADLINE &&
		 k->cfg->has_presence && roster_event(k, s, a))
		return;
	else if (s->to.local.n > 0)
		to_sip_message(k, s, a);
	else if (!privilege_offer(k, s))
		chat_message(k, s, a);
}

/* Who enters a chat room waits for an answer (XEP-0045 §7.2). */
static bool is_joining(const struct stanza *s)
{
	return s->to.resource.n > 0 &&
	       s->u.presence.type == PRESENCE_AVAILABLE &&
	       xml_child(s->el, "x", NS_MUC) != NULL;
}

/* Where presence is not carried, who asks for it is told so, once. Everything
 * else needs no answer (RFC 6121 §4). */
static void on_presence(struct link *k, const struct stanza *s, struct arena *a)
{
	struct fault f;

	if (is_joining(s)) {
		fault_set(&f, 403, COND_SERVICE_UNAVAILABLE,
			  "this is no chat room");
		link_refuse(k, s, &f);
		return;
	}
	if (s->to.local.n == 0)
		reception_presence(k, s, a);
	if (k->cfg->has_presence) {
		roster_presence(k, s, a);
		return;
	}
	if (s->u.presence.type != PRESENCE_SUBSCRIBE || s->to.local.n == 0)
		return;
	fault_set(&f, 501, COND_FEATURE_NOT_IMPLEMENTED,
		  "this gateway carries messages only");
	link_refuse(k, s, &f);
}

/* One phone of ours to another, through the XMPP server and back. It ends at a
 * phone: what is refused there comes back once, as an error, and no answer is
 * made to that. */
static bool is_between_phones(const struct link *k, const struct stanza *s)
{
	return k->cfg->plan.has_phones && s->from.local.n > 0 &&
	       s->to.local.n > 0 && str_eq(s->from.domain, k->cfg->domain);
}

/* A stanza from one of our own domains would go round for ever. */
static bool is_echo(const struct link *k, const struct stanza *s)
{
	return !is_between_phones(k, s) &&
	       link_find(k->bridge, s->from.domain) != NULL;
}

/* Answers come from within our domain, always: a server ends the stream else
 * (invalid-from). What is for an address that cannot be read, or for another
 * domain, the gateway itself answers: true. */
static bool own_address(const struct link *k, struct stanza *s)
{
	if (str_eq(s->to.domain, k->cfg->domain))
		return false;
	s->to = (struct jid){ .domain = k->cfg->domain };
	return true;
}

static bool wants_answer(const struct stanza *s)
{
	switch (s->kind) {
	case STANZA_MESSAGE:
		return s->u.message.type != MESSAGE_ERROR;
	case STANZA_IQ:
		return s->u.iq.type == IQ_GET || s->u.iq.type == IQ_SET;
	default:
		return s->u.presence.type == PRESENCE_SUBSCRIBE;
	}
}

static void turn_away(struct link *k, const struct stanza *s, int status,
		      enum cond cond, const char *text)
{
	struct fault f;

	fault_set(&f, status, cond, text);
	if (wants_answer(s))
		link_refuse(k, s, &f);
}

/* By a command of an admin. */
static bool is_shut_out(struct link *k, const struct stanza *s, struct arena *a)
{
	struct bridge *b = k->bridge;

	return bans_any(b->bans) &&
	       bans_has(b->bans, jid_bare_text(a, &s->from),
			loop_now_ms(b->loop));
}

/* Some servers leave the addresses out where they answer for themselves. What
 * answers a ping of ours is known by its id. */
static bool is_bare_pong(struct link *k, const struct xml *el, struct stanza *s)
{
	if (s->kind != STANZA_IQ || (!str_eqz(xml_attr(el, "type"), "result") &&
				     !str_eqz(xml_attr(el, "type"), "error")))
		return false;
	s->u.iq.type = IQ_RESULT;
	return is_pong(k, s);
}

/* Of whom nobody can be told: whoever sent it has no address. A server stamps
 * its users' stanzas, so this is a component or a plugin of its own. */
static void pass_over(struct link *k, const struct stanza *s,
		      const struct fault *why)
{
	struct str type = xml_attr(s->el, "type");

	if (!xml_is(s->el, NULL, NS_COMPONENT) || str_eqz(type, "error") ||
	    str_eqz(type, "result"))
		return;
	k->nameless++;
	log_warn("stanza_unanswerable", F_STR("component", k->cfg->domain),
		 F_STR("stanza", s->el->name), F_STR("why", why->text));
}

void from_xmpp_stanza(struct link *k, const struct xml *el, struct arena *a)
{
	struct stanza s;
	struct fault why;
	bool is_reply_wanted;
	bool is_read = stanza_read(a, el, &s, &why, &is_reply_wanted);
	bool is_elsewhere = own_address(k, &s);

	if (!is_read && is_bare_pong(k, el, &s))
		return;
	if (!is_read) {
		log_debug("stanza_refused", F_STR("component", k->cfg->domain),
			  F_STR("text", why.text));
		if (is_reply_wanted)
			link_refuse(k, &s, &why);
		else
			pass_over(k, &s, &why);
		return;
	}
	if (is_elsewhere)
		turn_away(k, &s, 404, COND_ITEM_NOT_FOUND,
			  "not in the domain of this gateway");
	else if (is_shut_out(k, &s, a))
		turn_away(k, &s, 403, COND_FORBIDDEN, "you are shut out");
	else if (s.kind == STANZA_IQ)
		on_iq(k, &s, a);
	else if (is_echo(k, &s))
		return;
	else if (s.kind == STANZA_MESSAGE)
		on_message(k, &s, a);
	else
		on_presence(k, &s, a);
}

void from_xmpp_excess(struct link *k, const struct xml *el, struct arena *a,
		      const char *why)
{
	struct stanza s;
	struct fault f;
	bool is_reply_wanted;
	bool is_read = stanza_read(a, el, &s, &f, &is_reply_wanted);

	own_address(k, &s);
	log_warn("stanza_too_large", F_STR("component", k->cfg->domain),
		 F_STR("from", jid_bare_text(a, &s.from)),
		 F_STR("stanza", el->name), F_Z("why", why));
	fault_set(&f, 413, COND_POLICY_VIOLATION, why);
	if (is_read ? wants_answer(&s) : is_reply_wanted)
		link_refuse(k, &s, &f);
}
