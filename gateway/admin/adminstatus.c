#include "gateway/admin/adminwork.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/presence/roster.h"

enum { SECOND_MS = 1000 };

static size_t links_up(const struct bridge *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->link_count; i++)
		n += component_is_up(b->links[i].component);
	return n;
}

static const char *yes(const struct admin_call *c, bool is)
{
	return is ? admin_t(c, "yes", "ja") : admin_t(c, "no", "nein");
}

bool admin_status_show(struct admin_call *c)
{
	const struct bridge *b = c->bridge;
	const struct bridge_counters *n = &b->counters;

	admin_row(c, "version", "%s", STOX_VERSION);
	admin_row(c, admin_t(c, "up for", "seit"), "%.*s",
		  STR_ARG(admin_duration(c->a,
					 (loop_now_ms(b->loop) - b->since_ms) /
						 SECOND_MS)));
	admin_row(c, admin_t(c, "links up", "Verbindungen"),
		  admin_t(c, "%zu of %zu", "%zu von %zu"), links_up(b),
		  b->link_count);
	admin_row(c, admin_t(c, "draining", "endet gerade"), "%s",
		  yes(c, b->is_draining));
	admin_row(c, admin_t(c, "to SIP", "an SIP"),
		  admin_t(c, "%llu delivered, %llu refused",
			  "%llu zugestellt, %llu abgelehnt"),
		  (unsigned long long)n->to_sip_accepted,
		  (unsigned long long)n->to_sip_refused);
	admin_row(c, admin_t(c, "to XMPP", "an XMPP"),
		  admin_t(c,
			  "%llu delivered, %llu refused, %llu sent again, %llu "
			  "returned late",
			  "%llu zugestellt, %llu abgelehnt, %llu nochmals "
			  "gesendet, %llu spät zurückgekommen"),
		  (unsigned long long)n->to_xmpp_accepted,
		  (unsigned long long)n->to_xmpp_refused,
		  (unsigned long long)n->to_xmpp_resent,
		  (unsigned long long)n->bounced_late);
	admin_row(c, admin_t(c, "waiting for SIP", "wartet auf SIP"), "%zu",
		  queue_count(b->queue));
	admin_row(c, admin_t(c, "subscriptions", "Abonnements"), "%zu",
		  roster_count(b->roster));
	admin_row(c, admin_t(c, "store well", "Speicher in Ordnung"), "%s",
		  yes(c, store_is_well(b->store)));
	return true;
}

bool admin_links(struct admin_call *c)
{
	const struct bridge *b = c->bridge;
	const struct component_counters *n;
	const struct link *k;
	size_t i;

	for (i = 0; i < b->link_count; i++) {
		k = &b->links[i];
		n = component_counters(k->component);
		admin_say(c,
			  admin_t(c,
				  "%.*s at %.*s:%u: %s; stanzas %llu in, %llu "
				  "out; %zu bytes wait; %llu connects, %llu "
				  "losses",
				  "%.*s bei %.*s:%u: %s; Stanzas %llu herein, "
				  "%llu hinaus; %zu Bytes warten; %llu mal "
				  "verbunden, %llu mal verloren"),
			  STR_ARG(k->cfg->domain), STR_ARG(k->cfg->host),
			  (unsigned)k->cfg->port,
			  component_is_up(k->component)
				  ? admin_t(c, "up", "steht")
				  : component_why(k->component),
			  (unsigned long long)n->stanzas_in,
			  (unsigned long long)n->stanzas_out,
			  component_queued_bytes(k->component),
			  (unsigned long long)n->connects,
			  (unsigned long long)n->losses);
	}
	return true;
}

bool admin_log_level(struct admin_call *c)
{
	enum log_level level;

	if (c->args[0].n > 0 && log_level_read(c->args[0], &level))
		log_level_set(level);
	admin_row(c, "log-level", "%s", log_level_name(log_level_get()));
	return true;
}

bool admin_reload(struct admin_call *c)
{
	const struct admin_hooks *h = &c->bridge->hooks;

	return h->on_reload(h->arg, c->out);
}

bool admin_drain(struct admin_call *c)
{
	const struct admin_hooks *h = &c->bridge->hooks;

	h->on_drain(h->arg);
	admin_say(c, "%s", admin_t(c, "stopping", "hört auf"));
	return true;
}
