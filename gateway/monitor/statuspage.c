#include "gateway/monitor/statuspage.h"
#include "gateway/admin/admin.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/rates.h"
#include "gateway/presence/roster.h"
#include "gateway/messages/departure.h"

enum {
	CHART_WIDTH = 600,
	CHART_HEIGHT = 60,
	LOG_BYTES = LOG_RECENT_LINES * LOG_RECENT_BYTES
};

static void put_text(struct strbuf *b, struct str s)
{
	size_t i = 0, from;
	uint32_t c;

	while (i < s.n) {
		from = i;
		c = str_utf8_next(s, &i);
		if (c == '<')
			strbuf_addz(b, "&lt;");
		else if (c == '>')
			strbuf_addz(b, "&gt;");
		else if (c == '&')
			strbuf_addz(b, "&amp;");
		else if (c == '"')
			strbuf_addz(b, "&quot;");
		else if (c == '\'')
			strbuf_addz(b, "&#39;");
		else if ((c < ' ' && c != '\n') ||
			 (c == 0xFFFD && i - from == 1))
			strbuf_addz(b, "\xef\xbf\xbd");
		else
			strbuf_add(b, (struct str){ s.p + from, i - from });
	}
}

static void put_rate(struct strbuf *b, uint64_t milli)
{
	strbuf_addf(b, "%llu.%llu", (unsigned long long)(milli / 1000),
		    (unsigned long long)(milli % 1000 / 100));
}

static void row_number(struct strbuf *b, const char *name, uint64_t n)
{
	strbuf_addf(b, "<tr><th>%s<td class=n>%llu\n", name,
		    (unsigned long long)n);
}

static void row_ms(struct strbuf *b, const char *name, uint64_t ms)
{
	strbuf_addf(b, "<tr><th>%s<td class=n>%llu ms\n", name,
		    (unsigned long long)ms);
}

/* --- the head */

static bool are_links_up(const struct bridge *g)
{
	size_t i;

	for (i = 0; i < g->link_count; i++)
		if (!component_is_up(g->links[i].component))
			return false;
	return true;
}

static const char *state_of(const struct bridge *g, bool *is_good)
{
	*is_good = false;
	if (g->is_draining)
		return "stopping";
	if (!are_links_up(g))
		return "a link is down";
	if (!store_is_well(g->store))
		return "the store is not well";
	*is_good = true;
	return "all is well";
}

static void put_head(struct strbuf *b, const struct bridge *g)
{
	uint64_t s = (loop_now_ms(g->loop) - g->since_ms) / 1000;
	bool is_good;
	const char *state = state_of(g, &is_good);

	strbuf_addz(b, "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
		       "<meta name=viewport content=\"width=device-width\">\n"
		       "<title>Stox</title>\n"
		       "<link rel=stylesheet href=/status.css>\n"
		       "<link rel=icon href=\"data:,\">\n"
		       "<script src=/status.js defer></script>\n"
		       "<noscript><meta http-equiv=refresh content=10>"
		       "</noscript>\n<header>\n<h1>Stox</h1>\n");
	strbuf_addf(b,
		    "<span class=\"state %s\">%s</span>\n"
		    "<span class=dim>version %s, up for %.*s</span>\n"
		    "</header>\n<main>\n",
		    is_good ? "good" : "bad", state, STOX_VERSION,
		    STR_ARG(admin_duration(loop_arena(g->loop), s)));
}

/* --- links */

static void put_link(struct strbuf *b, const struct link *k)
{
	const struct component_counters *n = component_counters(k->component);
	bool is_up = component_is_up(k->component);

	strbuf_addz(b, "<tr><th>");
	put_text(b, k->cfg->domain);
	strbuf_addz(b, "<td>");
	put_text(b, k->cfg->host);
	strbuf_addf(b, ":%u<td class=%s>", (unsigned)k->cfg->port,
		    is_up ? "good" : "bad");
	put_text(b, is_up ? STR_LIT("up") : str_z(component_why(k->component)));
	strbuf_addf(b,
		    "<td class=n>%llu<td class=n>%llu<td class=n>%zu"
		    "<td class=n>%llu\n",
		    (unsigned long long)n->stanzas_in,
		    (unsigned long long)n->stanzas_out,
		    component_queued_bytes(k->component),
		    (unsigned long long)n->losses);
}

static void put_links(struct strbuf *b, const struct bridge *g)
{
	size_t i;

	strbuf_addz(b,
		    "<section class=wide><h2>Links to XMPP servers</h2>"
		    "<div class=scroll><table>\n<thead><tr><th>component"
		    "<th>server<th>state<th class=n>in<th class=n>out"
		    "<th class=n>bytes waiting<th class=n>losses\n<tbody>\n");
	for (i = 0; i < g->link_count; i++)
		put_link(b, &g->links[i]);
	strbuf_addz(b, "</table></div></section>\n");
}

/* --- messages */

static void put_flow(struct strbuf *b, const char *name, const char *css,
		     const struct rates *r, enum rate k)
{
	strbuf_addf(b, "<tr><th><b class=%s>%s</b><td class=n>", css, name);
	put_rate(b, rates_milli(r, k, 10));
	strbuf_addz(b, "<td class=n>");
	put_rate(b, rates_milli(r, k, 60));
	strbuf_addz(b, "<td class=n>");
	put_rate(b, rates_milli(r, k, 300));
	strbuf_addz(b, "\n");
}

static uint64_t history_max(const uint64_t *v, unsigned n, uint64_t max)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (v[i] > max)
			max = v[i];
	return max;
}

static void put_curve(struct strbuf *b, const char *css, const uint64_t *v,
		      unsigned n, uint64_t max)
{
	unsigned i;

	strbuf_addf(b, "<polyline class=%s points=\"", css);
	for (i = 0; i < n; i++)
		strbuf_addf(
			b, "%u,%llu ",
			CHART_WIDTH -
				(n - 1 - i) * CHART_WIDTH / (RATES_SAMPLES - 2),
			(unsigned long long)(CHART_HEIGHT - 2 -
					     v[i] * (CHART_HEIGHT - 4) / max));
	strbuf_addz(b, "\"/>");
}

static void put_chart(struct strbuf *b, const struct rates *r)
{
	uint64_t sip[RATES_SAMPLES], xmpp[RATES_SAMPLES], max;
	unsigned n = rates_history(r, RATE_TO_SIP, sip);

	rates_history(r, RATE_TO_XMPP, xmpp);
	max = history_max(sip, n, history_max(xmpp, n, 1000));
	strbuf_addf(b,
		    "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=none "
		    "role=img aria-label=\"messages a second, last five "
		    "minutes\">",
		    CHART_WIDTH, CHART_HEIGHT);
	put_curve(b, "a", sip, n, max);
	put_curve(b, "b", xmpp, n, max);
	strbuf_addz(b, "</svg>\n<p class=dim>Last five minutes; the top is ");
	put_rate(b, max);
	strbuf_addz(b, " a second.\n");
}

static void put_rates(struct strbuf *b, const struct rates *r)
{
	strbuf_addz(b, "<section class=wide><h2>Messages a second</h2>\n"
		       "<div class=scroll><table><thead><tr><th>"
		       "<th class=n>10 s<th class=n>1 min<th class=n>5 min\n"
		       "<tbody>\n");
	put_flow(b, "to SIP, delivered", "a", r, RATE_TO_SIP);
	put_flow(b, "to SIP, refused", "dim", r, RATE_TO_SIP_REFUSED);
	put_flow(b, "to XMPP, delivered", "b", r, RATE_TO_XMPP);
	put_flow(b, "to XMPP, refused", "dim", r, RATE_TO_XMPP_REFUSED);
	strbuf_addz(b, "</table></div>\n");
	put_chart(b, r);
	strbuf_addz(b, "</section>\n");
}

static void put_totals(struct strbuf *b, const struct bridge *g)
{
	const struct bridge_counters *n = &g->counters;

	strbuf_addz(b, "<section><h2>Since the start</h2><table><tbody>\n");
	row_number(b, "delivered to SIP", n->to_sip_accepted);
	row_number(b, "refused to XMPP users", n->to_sip_refused);
	row_number(b, "delivered to XMPP", n->to_xmpp_accepted);
	row_number(b, "refused to SIP users", n->to_xmpp_refused);
	row_number(b, "returned late by XMPP", n->bounced_late);
	strbuf_addz(b, "</table></section>\n<section><h2>How long</h2>"
		       "<table><tbody>\n");
	row_ms(b, "to SIP, half within",
	       histogram_percentile_ms(&n->to_sip_ms, 50));
	row_ms(b, "to SIP, 99 % within",
	       histogram_percentile_ms(&n->to_sip_ms, 99));
	row_ms(b, "to XMPP, half within",
	       histogram_percentile_ms(&n->to_xmpp_ms, 50));
	row_ms(b, "to XMPP, 99 % within",
	       histogram_percentile_ms(&n->to_xmpp_ms, 99));
	strbuf_addz(b, "</table></section>\n");
}

static void put_queues(struct strbuf *b, const struct bridge *g)
{
	struct store_counters n = store_count(g->store);
	size_t i, untaken = 0, owed = 0;

	for (i = 0; i < g->link_count; i++) {
		untaken += link_untaken(&g->links[i]);
		owed += g->links[i].owed_count;
	}
	strbuf_addz(b, "<section><h2>Waiting</h2><table><tbody>\n");
	row_number(b, "messages to SIP", queue_count(g->queue));
	row_ms(b, "the oldest of them for", departures_oldest_ms(g));
	row_number(b, "messages not yet taken by XMPP", untaken);
	row_number(b, "answers that wait for a link", owed);
	row_number(b, "SIP requests under way",
		   uac_running(agent_uac(g->agent)));
	row_number(b, "SIP connections",
		   transport_conn_count(agent_transports(g->agent)));
	strbuf_addz(b, "</table></section>\n<section><h2>Presence and the "
		       "store</h2><table><tbody>\n");
	row_number(b, "subscriptions", roster_count(g->roster));
	strbuf_addf(b, "<tr><th>store<td class=\"n %s\">%s\n",
		    store_is_well(g->store) ? "good" : "bad",
		    store_is_well(g->store) ? "well" : "not well");
	row_number(b, "records waiting", store_waiting(g->store));
	row_ms(b, "last commit took", n.last_ms);
	row_number(b, "failed commits", n.failures);
	strbuf_addz(b, "</table></section>\n");
}

static void put_log(struct strbuf *b)
{
	struct strbuf lines;

	strbuf_init(&lines, LOG_BYTES);
	log_recent(&lines);
	strbuf_addz(b, "<section class=wide><h2>Last errors and warnings</h2>"
		       "<pre>");
	put_text(b, lines.n > 0 ? strbuf_str(&lines)
				: STR_LIT("none since the start"));
	strbuf_addz(b, "</pre></section>\n");
	strbuf_fini(&lines);
}

void statuspage_write(struct strbuf *b, const struct bridge *g,
		      const struct rates *r)
{
	put_head(b, g);
	put_links(b, g);
	put_rates(b, r);
	put_totals(b, g);
	put_queues(b, g);
	put_log(b);
	strbuf_addz(b,
		    "</main>\n<footer class=dim><a href=/metrics>metrics</a>,"
		    " <a href=/ready>readiness</a></footer>\n</html>\n");
}
