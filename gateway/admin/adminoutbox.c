#include "gateway/admin/adminwork.h"
#include "gateway/bridge.h"
#include "gateway/messages/arrival.h"
#include "gateway/outbox/outbox.h"
#include "mapping/address.h"

/* The outboxes: what waits, try it now, give it up. */

/* The bare JID that the caller means at this component: of a JID itself, of a
 * SIP address what it is there. false: nobody there. none: everybody. */
static bool who_read(const struct admin_call *c, const struct link *k,
		     struct str *who)
{
	const struct address_plan *p = &k->cfg->plan;
	struct str word = c->args[0];
	struct fault f;
	struct uri uri;
	struct jid jid;
	const char *why;

	*who = STR_NONE;
	if (word.n == 0 || str_ieqz(word, "all"))
		return true;
	if (uri_read(word, &uri, &why) && uri.scheme != URI_OTHER) {
		if (!address_contact_jid(c->a, p, &uri, &jid, NULL, &f) &&
		    !address_user_jid(c->a, p, &uri, &jid, NULL, &f))
			return false;
	} else if (!jid_read(c->a, word, &jid, &why)) {
		return false;
	}
	*who = jid_bare_text(c->a, &jid);
	return true;
}

static void say_entry(void *arg, const struct outbox_entry *e)
{
	struct admin_call *c = arg;
	int64_t age_s = loop_wall_ms() / 1000 - e->oldest_s;
	struct str age =
		admin_duration(c->a, age_s > 0 ? (unsigned long long)age_s : 0);
	struct str next = admin_duration(c->a, (unsigned long long)e->next_s);

	admin_say(c,
		  admin_t(c,
			  "%.*s -> %.*s: %zu messages, %zu bytes, the oldest "
			  "%.*s; %u tries, the next in %.*s; %s",
			  "%.*s -> %.*s: %zu Nachrichten, %zu Bytes, die "
			  "älteste %.*s; %u Versuche, der nächste in %.*s; %s"),
		  STR_ARG(e->user), STR_ARG(e->contact), e->count, e->bytes,
		  STR_ARG(age), e->tries, STR_ARG(next), e->why);
}

static void say_totals(struct admin_call *c, const struct link *k)
{
	struct outbox_counters n;

	outbox_count(k->outbox, &n);
	admin_row(c, admin_t(c, "to SIP", "an SIP"),
		  admin_t(c,
			  "%zu wait (%zu bytes) at %.*s; since the start %llu "
			  "taken, %llu delivered late, %llu refused, %llu "
			  "expired, %llu flushed, %llu at a limit",
			  "%zu warten (%zu Bytes) bei %.*s; seit dem Start "
			  "%llu angenommen, %llu später zugestellt, %llu "
			  "abgelehnt, %llu zu alt, %llu aufgegeben, %llu über "
			  "der Grenze"),
		  n.waiting, n.bytes, STR_ARG(k->cfg->domain),
		  (unsigned long long)n.taken, (unsigned long long)n.delivered,
		  (unsigned long long)n.refused, (unsigned long long)n.expired,
		  (unsigned long long)n.flushed, (unsigned long long)n.full);
}

static void say_arrivals(void *arg, const struct arrival_entry *e)
{
	struct admin_call *c = arg;
	int64_t age_s = loop_wall_ms() / 1000 - e->oldest_s;
	struct str age =
		admin_duration(c->a, age_s > 0 ? (unsigned long long)age_s : 0);

	admin_say(c,
		  admin_t(c,
			  "%.*s -> %.*s: %zu messages, %zu bytes, the oldest "
			  "%.*s; for when the XMPP server is back",
			  "%.*s -> %.*s: %zu Nachrichten, %zu Bytes, die "
			  "älteste %.*s; bis der XMPP-Server wieder da ist"),
		  STR_ARG(e->contact), STR_ARG(e->user), e->count, e->bytes,
		  STR_ARG(age));
}

static void say_kept(struct admin_call *c, const struct link *k)
{
	const struct link_kept *n = &k->kept;

	admin_row(c, admin_t(c, "to XMPP", "an XMPP"),
		  admin_t(c,
			  "%zu wait (%zu bytes) at %.*s; since the start %llu "
			  "taken, %llu delivered late, %llu expired, %llu "
			  "flushed, %llu at a limit",
			  "%zu warten (%zu Bytes) bei %.*s; seit dem Start "
			  "%llu angenommen, %llu später zugestellt, %llu zu "
			  "alt, %llu aufgegeben, %llu über der Grenze"),
		  n->waiting, n->bytes, STR_ARG(k->cfg->domain),
		  (unsigned long long)n->taken,
		  (unsigned long long)n->delivered,
		  (unsigned long long)n->expired,
		  (unsigned long long)n->flushed, (unsigned long long)n->full);
}

bool admin_outbox(struct admin_call *c)
{
	struct str who;
	size_t i;

	for (i = 0; i < c->bridge->link_count; i++) {
		struct link *k = &c->bridge->links[i];
		bool is_known = who_read(c, k, &who);

		say_totals(c, k);
		if (is_known)
			outbox_list(k->outbox, who, say_entry, c);
		say_kept(c, k);
		if (is_known)
			arrival_list(k, c->a, who, say_arrivals, c);
	}
	return true;
}

static size_t each(struct admin_call *c,
		   size_t (*fn)(struct link *k, struct str who))
{
	size_t i, n = 0;
	struct str who;

	for (i = 0; i < c->bridge->link_count; i++)
		if (who_read(c, &c->bridge->links[i], &who))
			n += fn(&c->bridge->links[i], who);
	return n;
}

static size_t retry(struct link *k, struct str who)
{
	return outbox_retry(k->outbox, who);
}

static size_t flush(struct link *k, struct str who)
{
	return outbox_flush(k->outbox, who) + arrival_flush(k, who);
}

bool admin_outbox_retry(struct admin_call *c)
{
	admin_row(c, admin_t(c, "conversations", "Gespräche"), "%zu",
		  each(c, retry));
	return true;
}

bool admin_outbox_flush(struct admin_call *c)
{
	admin_row(c, admin_t(c, "given up", "aufgegeben"), "%zu",
		  each(c, flush));
	return true;
}
