#include "gateway/config/checkup.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "gateway/base/secure.h"
#include "xmpp/dial.h"

enum { TRY_MS = 5000, WHY_BYTES = 400 };

/* One component: attached to its server for a moment or, when a stoxd runs,
 * only reached. A second link would take stanzas from the running one where
 * the server shares them out (ejabberd), or be refused (Prosody). */
struct trial {
	struct checkup *checkup; /* borrowed */
	const struct config_component *cc;
	struct secure_context *secure; /* owned */
	struct component *component;   /* owned; NULL when only reached */
	struct dial *dial;	       /* owned; NULL when attached */
	bool is_done;
	bool is_good; /* attached, or reached */
	bool is_closed;
	char why[WHY_BYTES];
};

struct checklinks {
	struct checkup *checkup; /* borrowed */
	struct trial *trials;	 /* owned */
	size_t n;
};

static void fail(struct trial *t, const char *why)
{
	t->is_done = true;
	snprintf(t->why, sizeof(t->why), "%s", why);
}

static void on_up(void *arg)
{
	struct trial *t = arg;

	t->is_done = t->is_good = true;
	component_close(t->component);
}

static void on_down(void *arg, const char *why)
{
	struct trial *t = arg;

	(void)why;
	t->is_closed = true;
}

static void on_stanza(void *arg, const struct xml *el, struct arena *a)
{
	(void)arg;
	(void)el;
	(void)a;
}

static void on_dialed(void *arg, int fd, const char *why)
{
	struct trial *t = arg;

	if (fd < 0) {
		fail(t, why);
		return;
	}
	close(fd);
	t->is_done = t->is_good = true;
}

static bool open_secure(struct trial *t)
{
	struct secure_options o = { .wants_peer = true };
	const char *why = "";

	if (!t->cc->has_tls)
		return true;
	if (t->cc->tls_ca_file.n > 0)
		o.ca_file = str_dupz(&t->checkup->arena, t->cc->tls_ca_file);
	t->secure = secure_context_create(&o, &why);
	if (t->secure == NULL)
		fail(t, why);
	return t->secure != NULL;
}

static void trial_start(struct trial *t)
{
	static const struct component_events events = { on_up, on_down,
							on_stanza, NULL };
	const struct config_component *cc = t->cc;
	struct component_options o = {
		.domain = cc->domain,
		.server = cc->server,
		.host = cc->host,
		.port = cc->port,
		.secret = cc->secret,
		.tls_name = cc->tls_name,
		.connect_timeout_ms = TRY_MS,
	};

	if (t->checkup->is_running) {
		t->dial = dial_create(t->checkup->loop, cc->host, cc->port,
				      on_dialed, t);
		dial_start(t->dial, TRY_MS);
	} else if (open_secure(t)) {
		o.secure = t->secure;
		t->component =
			component_create(t->checkup->loop, &o, &events, t);
		snprintf(t->why, sizeof(t->why), "%s",
			 component_why(t->component));
		component_start(t->component);
	}
}

struct checklinks *checklinks_start(struct checkup *k)
{
	struct checklinks *l = calloc(1, sizeof(*l));
	size_t i;

	if (l == NULL)
		abort();
	l->checkup = k;
	l->n = k->cfg->component_count;
	l->trials = calloc(l->n + 1, sizeof(*l->trials));
	if (l->trials == NULL)
		abort();
	for (i = 0; i < l->n; i++) {
		l->trials[i].checkup = k;
		l->trials[i].cc = &k->cfg->components[i];
		trial_start(&l->trials[i]);
	}
	return l;
}

/* A component would try again for ever; its first reason is enough. */
static bool trial_is_done(const struct trial *t)
{
	return t->is_done || (t->component != NULL &&
			      strcmp(component_why(t->component), t->why) != 0);
}

bool checklinks_is_done(const struct checklinks *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!trial_is_done(&l->trials[i]))
			return false;
	return true;
}

bool checklinks_is_closed(const struct checklinks *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->trials[i].component != NULL && l->trials[i].is_good &&
		    !l->trials[i].is_closed)
			return false;
	return true;
}

/* What to do about it, by what the link says. The server's own complaints
 * bring their advice along. */
static const struct {
	const char *part, *advice;
} advices[] = {
	{ "port speaks", NULL }, /* it says what to do itself */
	{ "does not speak TLS", NULL },
	{ "connection refused",
	  "is the XMPP server running, and is this its port for "
	  "components?" },
	{ "does not resolve", "correct host of the component, or the DNS" },
	{ "timed out", "check host, port and the firewalls between" },
	{ "no route", "check host and this machine's network" },
	{ "TLS", "does the port speak TLS from the first byte, and do "
		 "tls_ca_file and tls_name fit its certificate?" },
	{ "handshake", "is this the port for components? If it wants TLS, set "
		       "tls: true" },
	{ "secret does not match", "set the same secret on both sides" },
	{ "cut the connection", "the server's log may say more" },
	{ "closed the stream", "the server's log may say more" },
};

static const char *advice_for(const char *why)
{
	size_t i;

	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strstr(why, advices[i].part) != NULL)
			return advices[i].advice;
	return NULL;
}

static void trial_report(const struct trial *t)
{
	const struct config_component *cc = t->cc;
	const char *why = t->why, *advice;

	if (!t->is_done && t->component != NULL) {
		why = component_why(t->component);
		if (strcmp(why, t->why) == 0)
			why = "no answer: connect timed out";
	}
	advice = advice_for(why);
	if (t->is_good && t->component != NULL)
		checkup_good(t->checkup,
			     "component %.*s at %.*s:%u: attached, the secret "
			     "is right",
			     STR_ARG(cc->domain), STR_ARG(cc->host), cc->port);
	else if (t->is_good)
		checkup_good(t->checkup,
			     "component %.*s at %.*s:%u: can be reached; the "
			     "secret was not tried, so as not to disturb the "
			     "stoxd that runs",
			     STR_ARG(cc->domain), STR_ARG(cc->host), cc->port);
	else
		checkup_wrong(t->checkup, "component %.*s at %.*s:%u: %s%s%s",
			      STR_ARG(cc->domain), STR_ARG(cc->host), cc->port,
			      why, advice != NULL ? "; " : "",
			      advice != NULL ? advice : "");
}

void checklinks_report(struct checklinks *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		trial_report(&l->trials[i]);
}

void checklinks_destroy(struct checklinks **lp)
{
	struct checklinks *l = *lp;
	size_t i;

	if (l == NULL)
		return;
	*lp = NULL;
	for (i = 0; i < l->n; i++) {
		component_destroy(&l->trials[i].component);
		dial_destroy(&l->trials[i].dial);
		secure_context_destroy(&l->trials[i].secure);
	}
	free(l->trials);
	free(l);
}
