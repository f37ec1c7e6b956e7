#include "gateway/config/reload.h"
#include <stdlib.h>
#include "gateway/phones/accounts.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/config/configdiff.h"
#include "gateway/services/face.h"
#include "gateway/trust/keyring.h"
#include "gateway/messages/traits.h"
#include "gateway/monitor/siphealth.h"
#include "gateway/presence/roster.h"
#include "gateway/config/options.h"
#include "gateway/sipside.h"
#include "sip/agent.h"

enum { ARENA_CHUNK_BYTES = 16 * 1024 };

struct reload {
	struct bridge *bridge;
	struct config *new;
	struct strbuf *out;
	struct arena a; /* for what is said */
	size_t changes, fixed;
	bool uses_old; /* the new configuration points into the old one */
};

/* --- saying */

static void tell_fixed(struct reload *r, const struct configdiff_change *c)
{
	r->fixed++;
	log_warn("setting_needs_restart", F_STR("key", c->key),
		 F_STR("now", c->is_personal ? STR_NONE : c->from),
		 F_STR("in_file", c->is_personal ? STR_NONE : c->to));
	strbuf_addf(r->out, "%.*s needs a restart", STR_ARG(c->key));
	if (!c->is_secret)
		strbuf_addf(r->out, ": still %.*s, the file says %.*s",
			    STR_ARG(c->from), STR_ARG(c->to));
	strbuf_addc(r->out, '\n');
}

static void tell_changed(struct reload *r, const struct configdiff_change *c)
{
	r->changes++;
	log_info("setting_changed", F_STR("key", c->key),
		 F_STR("from", c->is_personal ? STR_NONE : c->from),
		 F_STR("to", c->is_personal ? STR_NONE : c->to));
	strbuf_addf(r->out, "%.*s", STR_ARG(c->key));
	if (c->is_secret)
		strbuf_addz(r->out, ": changed");
	else
		strbuf_addf(r->out, ": %.*s -> %.*s", STR_ARG(c->from),
			    STR_ARG(c->to));
	strbuf_addc(r->out, '\n');
}

static void on_change(void *arg, const struct configdiff_change *c)
{
	struct reload *r = arg;

	if (c->is_fixed)
		tell_fixed(r, c);
	else
		tell_changed(r, c);
}

static void tell_component(struct reload *r, struct str domain,
			   const char *what)
{
	r->fixed++;
	log_warn("component_needs_restart", F_STR("component", domain),
		 F_Z("why", what));
	strbuf_addf(r->out, "component %.*s needs a restart: %s\n",
		    STR_ARG(domain), what);
}

/* --- components: matched by their names */

static struct config_component *find(const struct config *c, struct str domain)
{
	size_t i;

	for (i = 0; i < c->component_count; i++)
		if (str_eq(c->components[i].domain, domain))
			return (struct config_component *)&c->components[i];
	return NULL;
}

static void count_fixed(void *arg, const struct configdiff_change *c)
{
	if (c->is_fixed)
		++*(size_t *)arg;
}

static void component_diff(struct reload *r, const struct config_component *old,
			   struct config_component *new, configdiff_fn *fn,
			   void *arg)
{
	const struct configdiff d = { .keep = &r->new->arena,
				      .scratch = &r->a,
				      .table = options_component,
				      .fn = fn,
				      .arg = arg };

	configdiff_run(
		&d, str_fmt(&r->a, "components[%.*s].", STR_ARG(old->domain)),
		old, new);
}

/* What the running link goes by from now on. */
static void component_settle(struct reload *r,
			     const struct config_component *old,
			     struct config_component *out)
{
	struct config_component *new = find(r->new, old->domain), copy;
	size_t fixed = 0;

	*out = *old;
	if (new == NULL) {
		r->uses_old = true;
		tell_component(r, old->domain,
			       "it is not in the file any "
			       "more, and goes on until then");
		return;
	}
	copy = *new;
	component_diff(r, old, &copy, count_fixed, &fixed);
	if (fixed == 0) {
		*out = *new;
		component_diff(r, old, out, on_change, r);
		return;
	}
	r->uses_old = true;
	tell_component(r, old->domain,
		       "how it is joined has changed; nothing of it is "
		       "changed until then");
}

static void components_settle(struct reload *r)
{
	const struct bridge *b = r->bridge;
	struct config_component *all =
		arena_zalloc(&r->new->arena, b->link_count * sizeof(*all) + 1);
	size_t i;

	for (i = 0; i < b->link_count; i++)
		component_settle(r, b->links[i].cfg, &all[i]);
	for (i = 0; i < r->new->component_count; i++)
		if (find(b->cfg, r->new->components[i].domain) == NULL)
			tell_component(r, r->new->components[i].domain,
				       "it is new");
	r->new->components = all;
	r->new->component_count = b->link_count;
}

/* --- peers: their authorities are in the TLS contexts */

static bool has_authority(const struct config *c, struct str file)
{
	size_t i;

	for (i = 0; i < c->peer_count; i++)
		if (str_eq(c->peers[i].tls_ca_file, file))
			return true;
	return false;
}

static void authorities_check(struct reload *r)
{
	const struct config *old = r->bridge->cfg;
	size_t i;

	if (old->peer_count == r->new->peer_count)
		return; /* said of each */
	for (i = 0; i < r->new->peer_count; i++) {
		struct str file = r->new->peers[i].tls_ca_file;

		if (file.n > 0 && !has_authority(old, file))
			tell_fixed(r, &(struct configdiff_change){
					      .key = STR("sip.peers[].tls_ca_"
							 "file"),
					      .from = STR_NONE,
					      .to = file });
	}
}

/* There is no TLS to speak with where nothing needed it at the start. */
static void tls_check(struct reload *r)
{
	if (!r->new->tls.is_wanted || r->bridge->cfg->tls.is_wanted)
		return;
	tell_fixed(r, &(struct configdiff_change){
			      .key = STR("sip.tls"),
			      .from = STR("used by nothing"),
			      .to = STR("used by a hop, which cannot be "
					"reached until then") });
	r->new->tls.is_wanted = false;
}

/* --- the swap */

static void swap(struct reload *r, struct keyring *k)
{
	struct bridge *b = r->bridge;
	const struct config *old = b->cfg;
	struct agent_options o;
	size_t i;

	b->cfg = r->new;
	for (i = 0; i < b->link_count; i++) {
		struct link *link = &b->links[i];

		link->cfg = &r->new->components[i];
		component_set_secret(link->component, link->cfg->secret);
	}
	keyring_adopt(k, r->new);
	(void)sipside_options(r->new, k, &r->a, &o);
	uac_adjust(agent_uac(b->agent), &o.uac);
	policy_set_rate(b->policy, r->new->rate_sender);
	policy_set_rate(b->sources, r->new->rate_source);
	door_destroy(&b->door);
	b->door = door_create(r->new);
	accounts_restore(b);
	roster_reloaded(b->roster);
	for (i = 0; i < b->link_count; i++)
		siphealth_reloaded(b->links[i].health);
	face_destroy(&b->face);
	b->face = face_create(&r->new->about, traits_of_all(r->new));
	if (old->log_level != r->new->log_level)
		log_level_set(r->new->log_level);
	if (old->is_log_json != r->new->is_log_json)
		log_format_set(r->new->is_log_json);
}

bool reload_apply(struct bridge *b, struct keyring *k, struct config *new,
		  struct strbuf *out)
{
	struct reload r = { .bridge = b, .new = new, .out = out };
	const struct configdiff d = { .keep = &new->arena,
				      .scratch = &r.a,
				      .table = options_table(),
				      .skip = "components",
				      .fn = on_change,
				      .arg = &r };

	arena_init(&r.a, ARENA_CHUNK_BYTES);
	components_settle(&r);
	authorities_check(&r);
	tls_check(&r);
	configdiff_run(&d, STR_NONE, b->cfg, new);
	swap(&r, k);
	log_info("reloaded", F_NUM("changes", r.changes),
		 F_NUM("need_restart", r.fixed));
	strbuf_addf(out, "%zu changed, %zu need a restart\n", r.changes,
		    r.fixed);
	arena_fini(&r.a);
	return r.uses_old;
}
