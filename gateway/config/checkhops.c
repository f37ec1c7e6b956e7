#include "gateway/config/checkup.h"
#include <stdlib.h>
#include <string.h>
#include "gateway/monitor/probe.h"
#include "gateway/sipside.h"

enum { TRY_MS = 3000, RESOLVE_MS = 3000, WHO_BYTES = 200 };

/* One place that requests go to first. */
struct hop_trial {
	struct checkup *checkup; /* borrowed */
	struct str uri;		 /* text */
	const char *of;		 /* the setting that names it */
	bool is_done, was_started;
	enum outcome_kind kind;
	int status;
	char reason[WHO_BYTES];
};

struct checkhops {
	struct checkup *checkup;  /* borrowed */
	struct agent *agent;	  /* owned; NULL when it cannot be had */
	struct hop_trial *trials; /* owned */
	size_t n;
};

static int on_trust(void *arg, const struct request *r)
{
	(void)arg;
	(void)r;
	return TRUST_SILENT;
}

static void on_request(void *arg, const struct request *r, struct answer *a)
{
	(void)arg;
	(void)r;
	(void)a;
}

/* The same rooms as in service, on ports of their own. */
static struct agent *open_agent(struct checkup *k, const char **why)
{
	static const struct agent_events events = { .on_request = on_request,
						    .on_trust = on_trust };
	const struct config *c = k->cfg;
	struct agent_options o;
	struct listen_point *points =
		sipside_options(c, k->keyring, &k->arena, &o);

	for (size_t i = 0; i < c->listen_count; i++) {
		points[i].port = 0;
		points[i].advertised_host = STR_NONE;
		points[i].advertised_port = 0;
	}
	o.timing.timeout_ms = TRY_MS;
	o.resolve.timeout_ms = RESOLVE_MS;
	o.uac.timeout_ms = TRY_MS;
	/* Each hop is asked itself. */
	o.uac.outbound_proxy = (struct uri){ .host = STR_NONE };
	return agent_create(k->loop, &o, &events, k, why);
}

static void add(struct checkhops *h, struct str uri, const char *of)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (str_ieq(h->trials[i].uri, uri))
			return;
	h->trials[h->n++] = (struct hop_trial){ .checkup = h->checkup,
						.uri = uri,
						.of = of };
}

/* Where the requests of each component go: its own next hop, else the proxy,
 * else the SIP domain itself. */
static void collect(struct checkhops *h)
{
	const struct config *c = h->checkup->cfg;
	const struct config_component *cc;
	size_t i;

	for (i = 0; i < c->component_count; i++) {
		cc = &c->components[i];
		if (cc->next_hop.n > 0)
			add(h, cc->next_hop, "next_hop");
		else if (c->outbound_proxy.n > 0)
			add(h, c->outbound_proxy, "sip.outbound_proxy");
		else if (cc->plan.sip_domain.n > 0)
			add(h,
			    str_fmt(&h->checkup->arena, "sip:%.*s",
				    STR_ARG(cc->plan.sip_domain)),
			    "sip_domain");
	}
}

static void on_outcome(void *arg, const struct outcome *o)
{
	struct hop_trial *t = arg;

	t->is_done = true;
	t->kind = o->kind;
	t->status = o->status;
	snprintf(t->reason, sizeof(t->reason), "%.*s", STR_ARG(o->reason));
}

static void trial_start(struct checkhops *h, struct hop_trial *t)
{
	struct arena *a = &h->checkup->arena;
	const struct config_component *cc = h->checkup->cfg->components;
	struct uac *uac = agent_uac(h->agent);
	struct outgoing *o = NULL;
	struct draft d;

	if (probe_draft(a, t->uri, cc->domain, &d))
		o = uac_prepare(uac, &d);
	t->was_started = o != NULL && uac_start(uac, o, on_outcome, t);
	if (!t->was_started)
		outgoing_destroy(&o);
	t->is_done = !t->was_started;
}

struct checkhops *checkhops_start(struct checkup *k)
{
	struct checkhops *h = calloc(1, sizeof(*h));
	const char *why = "";
	size_t i;

	if (h == NULL)
		abort();
	h->checkup = k;
	h->trials = calloc(k->cfg->component_count + 1, sizeof(*h->trials));
	if (h->trials == NULL)
		abort();
	collect(h);
	h->agent = open_agent(k, &why);
	for (i = 0; i < h->n && h->agent != NULL; i++)
		trial_start(h, &h->trials[i]);
	return h;
}

bool checkhops_is_done(const struct checkhops *h)
{
	size_t i;

	for (i = 0; i < h->n && h->agent != NULL; i++)
		if (!h->trials[i].is_done)
			return false;
	return true;
}

static void report_answer(struct hop_trial *t, struct str shown)
{
	if (t->status == 401 || t->status == 407)
		checkup_unwise(t->checkup,
			       "next hop %.*s (%s): asks for a password; set "
			       "sip.account, or correct it",
			       STR_ARG(shown), t->of);
	else
		checkup_good(t->checkup,
			     "next hop %.*s (%s): answers OPTIONS with %d %s",
			     STR_ARG(shown), t->of, t->status, t->reason);
}

/* A hop that has an address and says nothing may be right all the same. */
static void trial_report(struct hop_trial *t)
{
	if (!t->was_started) {
		checkup_unwise(t->checkup,
			       "next hop %.*s (%s): not tried, for want of an "
			       "address to send from",
			       STR_ARG(t->uri), t->of);
		return;
	}
	if (t->is_done && t->kind == OUTCOME_ANSWERED) {
		report_answer(t, t->uri);
		return;
	}
	if (t->is_done &&
	    (t->kind == OUTCOME_NO_ROUTE || t->kind == OUTCOME_NO_DNS)) {
		checkup_wrong(t->checkup,
			      "next hop %.*s (%s): the name does not resolve "
			      "(%s); correct it, or give an address",
			      STR_ARG(t->uri), t->of, t->reason);
		return;
	}
	checkup_unwise(t->checkup,
		       "next hop %.*s (%s): no answer to OPTIONS (%s); some "
		       "PBX ignore it, else check the address, whether it "
		       "runs, and the firewalls between",
		       STR_ARG(t->uri), t->of,
		       t->is_done && t->kind == OUTCOME_UNREACHABLE ? t->reason
								    : "in 3 s");
}

void checkhops_report(struct checkhops *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		trial_report(&h->trials[i]);
	if (h->n == 0)
		checkup_good(h->checkup, "next hop: what DNS says of each "
					 "SIP domain");
}

void checkhops_destroy(struct checkhops **hp)
{
	struct checkhops *h = *hp;

	if (h == NULL)
		return;
	*hp = NULL;
	agent_destroy(&h->agent);
	free(h->trials);
	free(h);
}
