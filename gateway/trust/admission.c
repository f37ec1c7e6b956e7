#include "gateway/admin/bans.h"
#include "gateway/base/log.h"
#include "gateway/services/nicks.h"
#include "gateway/services/wishes.h"
#include "gateway/trust/admission.h"
#include "gateway/trust/sender.h"
#include "mapping/address.h"
#include "mapping/idn.h"

static bool has_users(struct arena *a, const struct address_plan *p,
		      struct str host)
{
	size_t i;

	for (i = 0; i < p->xmpp_domain_count; i++)
		if (idn_is_host(a, host, p->xmpp_domains[i]))
			return true;
	return false;
}

static bool is_sip_domain(const struct bridge *b, struct str host)
{
	size_t i;

	for (i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (p->contacts == CONTACT_FIXED &&
		    str_ieq(host, p->sip_domain))
			return true;
	}
	return false;
}

/* An XMPP domain is ours in SIP too, but where users have another host there
 * and the configuration gives the name to contacts. */
static bool is_own_domain(const struct bridge *b, struct str host)
{
	struct arena *a = loop_arena(b->loop);
	size_t i;

	for (i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;

		if (p->contacts != CONTACT_TRANSPARENT &&
		    idn_is_host(a, host, p->component))
			return true;
		if (p->users != USER_TRANSPARENT && str_ieq(host, p->user_host))
			return true;
		if (has_users(a, p, host) &&
		    (p->users == USER_TRANSPARENT || !is_sip_domain(b, host)))
			return true;
	}
	return false;
}

static const char *tls_names(struct bridge *b, const struct request *r)
{
	return transport_names(agent_transports(b->agent), &r->source);
}

/* Nobody may speak as an XMPP user, and a peer only for its own domains. */
static bool is_sender_trusted(struct bridge *b, const struct request *r,
			      const struct uri *sender, struct fault *why)
{
	struct str host = sender->host;

	if (is_own_domain(b, host))
		return fault_set(why, 403, COND_FORBIDDEN,
				 "the sender is in one of our own domains");
	if (!door_may_speak(b->door, r, tls_names(b, r), sender)) {
		log_warn("sip_domain_refused", F_STR("domain", host),
			 F_Z("why", "the peer may not speak for it: see "
				    "sip.peers"));
		return fault_set(why, 403, COND_FORBIDDEN,
				 "not trusted for this domain");
	}
	return true;
}

static bool is_paced(struct bridge *b, const struct jid *from, struct arena *a,
		     struct fault *why)
{
	if (policy_admit(b->policy, jid_bare_text(a, from),
			 loop_now_ms(b->loop)))
		return true;
	fault_set(why, 503, COND_RESOURCE_CONSTRAINT, "too many messages");
	why->retry_after_s = bridge_retry_after_s();
	return false;
}

bool admission_refuse(struct fault *why)
{
	fault_set(why, 503, COND_REMOTE_SERVER_TIMEOUT, NULL);
	why->retry_after_s = bridge_retry_after_s();
	return false;
}

bool admission_has_room(struct link *k, struct fault *why)
{
	if (component_is_up(k->component) && component_has_room(k->component) &&
	    !k->bridge->is_draining)
		return true;
	return admission_refuse(why);
}

/* The component that knows both sides: several may serve one XMPP domain, each
 * for a SIP domain of its own. *why is of the first that knows the user. */
static bool sides_find(struct bridge *b, const struct request *r,
		       const struct uri *sender, struct arena *a,
		       struct admission *out, struct fault *why)
{
	struct fault other;
	bool is_known = false;
	size_t i;

	for (i = 0; i < b->link_count; i++) {
		const struct address_plan *p = &b->links[i].cfg->plan;
		struct fault *f = is_known ? &other : why;

		if (!address_is_user_host(p, &r->target))
			continue;
		is_known = true;
		out->link = &b->links[i];
		if (address_contact_jid(a, p, sender, &out->from, NULL, f) &&
		    address_user_jid(a, p, &r->target, &out->to, NULL, f))
			return true;
	}
	if (!is_known)
		fault_set(why, 404, COND_ITEM_NOT_FOUND, "no such domain here");
	return false;
}

/* Who sends it: P-Asserted-Identity only from whom it may come. */
static size_t senders_of(struct bridge *b, const struct request *r,
			 struct arena *a, struct uri out[SENDER_URIS_MAX])
{
	if (door_may_assert(b->door, r, tls_names(b, r)))
		return sender_read(a, r, out);
	out[0] = r->from.uri;
	return 1;
}

/* What he calls himself, unless it was said of another address than his. */
static void note_name(struct bridge *b, const struct request *r,
		      const struct uri *sender, const struct jid *contact)
{
	if (r->from.display.n > 0 && str_ieq(sender->user, r->from.uri.user))
		nicks_note(b->nicks, contact, r->from.display);
}

/* By a command of an admin. */
static bool is_shut_out(struct bridge *b, const struct jid *from,
			struct arena *a)
{
	return bans_any(b->bans) &&
	       bans_has(b->bans, jid_bare_text(a, from), loop_now_ms(b->loop));
}

bool admission_read(struct bridge *b, const struct request *r, struct arena *a,
		    struct admission *out, struct fault *why)
{
	struct uri senders[SENDER_URIS_MAX];
	size_t i, n = senders_of(b, r, a, senders);

	for (i = 0; i < n; i++) {
		if (!is_sender_trusted(b, r, &senders[i], why) ||
		    !sides_find(b, r, &senders[i], a, out, why))
			continue;
		if (is_shut_out(b, &out->from, a))
			return fault_set(why, 403, COND_FORBIDDEN,
					 "you are shut out");
		if (!is_paced(b, &out->from, a, why))
			return false;
		if (wishes_is_blocked(b->wishes, &out->to, &out->from))
			return fault_set(why, 403, COND_FORBIDDEN,
					 "the user does not want it");
		note_name(b, r, &senders[i], &out->from);
		return true;
	}
	return false;
}
