#include "gateway/trust/door.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "sip/gatekeeper.h"
#include "sip/trust.h"

enum { NONCES_MAX = 10000 };

struct door {
	struct trust *trust;	       /* owned */
	struct gatekeeper *gatekeeper; /* owned; NULL: there are no users */
	const struct config *cfg;      /* borrowed */
	bool has_phones;	       /* of one component at least */
	bool is_silent;		       /* to strangers */
	const struct request *user;    /* the request at hand, when it came in
					  by digest; never looked into */
};

/* --- life */

static void add_peer(struct trust *t, const struct config_peer *p)
{
	const struct trust_rule rule = { .domains = p->domains,
					 .n = p->domain_count,
					 .is_asserting = p->is_asserting };

	for (size_t i = 0; i < p->address_count; i++)
		trust_add(t, p->addresses[i], &rule);
	for (size_t i = 0; i < p->tls_name_count; i++)
		trust_add_name(t, p->tls_names[i], &rule);
}

/* The domains whose phones register with us are nobody else's. */
static void add_homes(struct gatekeeper *g, const struct config *c)
{
	for (size_t i = 0; i < c->component_count; i++) {
		const struct address_plan *p = &c->components[i].plan;

		if (p->has_phones)
			gatekeeper_add_home(g, p->sip_domain, p->sip_domain);
	}
}

static bool has_phones(const struct config *c)
{
	for (size_t i = 0; i < c->component_count; i++)
		if (c->components[i].plan.has_phones)
			return true;
	return false;
}

static struct gatekeeper *hire(const struct config *c)
{
	const struct gatekeeper_options o = {
		.allows_md5 = c->allows_md5,
		.nonce_ms = (uint64_t)c->nonce_s * 1000,
		.nonces_max = has_phones(c) && c->bindings_max > NONCES_MAX
				      ? c->bindings_max
				      : NONCES_MAX,
	};
	struct gatekeeper *g;

	if (c->user_count == 0 && !has_phones(c))
		return NULL;
	g = gatekeeper_create(&o);
	for (size_t i = 0; i < c->user_count; i++) {
		const struct config_user *u = &c->users[i];

		gatekeeper_add(g, &(struct gatekeeper_user){
					  .uri = u->uri,
					  .username = u->username,
					  .realm = u->realm,
					  .password = u->password,
					  .ha1_sha256 = u->ha1_sha256,
					  .ha1_md5 = u->ha1_md5,
				  });
	}
	add_homes(g, c);
	return g;
}

struct door *door_create(const struct config *c)
{
	struct door *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	d->is_silent = c->is_stranger_silent;
	d->trust = trust_create();
	for (size_t i = 0; i < c->peer_count; i++)
		add_peer(d->trust, &c->peers[i]);
	d->gatekeeper = hire(c);
	d->cfg = c;
	d->has_phones = has_phones(c);
	return d;
}

void door_destroy(struct door **dp)
{
	struct door *d = *dp;

	if (d == NULL)
		return;
	*dp = NULL;
	trust_destroy(&d->trust);
	gatekeeper_destroy(&d->gatekeeper);
	free(d);
}

/* --- who comes in */

static struct trust_source source_of(const struct request *r, const char *names)
{
	return (struct trust_source){ .at = &r->source.peer, .names = names };
}

/* One line for each, with the address in it: for programs that shut it out. */
static void tell(const char *event, const struct request *r, const char *why)
{
	char text[INET6_ADDRSTRLEN];

	log_warn(event, F_STR("address", endpoint_text(&r->source.peer, text)),
		 F_NUM("port", endpoint_port(&r->source.peer)),
		 F_Z("why", why));
}

static int turn_away(const struct door *d, const struct request *r)
{
	tell("sip_stranger", r,
	     r->source.transport == TRANSPORT_TLS
		     ? "not in sip.peers, nor its certificate"
		     : "not in sip.peers");
	return d->is_silent ? TRUST_SILENT : TRUST_REFUSE;
}

/* RFC 3261 §22.1: what cannot be sent again is not challenged. */
static bool is_askable(const struct request *r)
{
	return r->method != METHOD_ACK && r->method != METHOD_CANCEL;
}

static int ask_user(struct door *d, const struct request *r, uint64_t now_ms)
{
	const char *why = "";

	switch (gatekeeper_ask(d->gatekeeper, r, now_ms, &why)) {
	case GATE_PASS:
		d->user = r;
		return TRUST_SERVE;
	case GATE_CHALLENGE:
		if (why[0] != '\0')
			tell("sip_digest_useless", r, why);
		return is_askable(r) ? TRUST_CHALLENGE : TRUST_SILENT;
	case GATE_REFUSE:
		tell("sip_user_refused", r, why);
		return d->is_silent ? TRUST_SILENT : TRUST_REFUSE;
	case GATE_GARBLED:
		tell("sip_user_refused", r, why);
		return d->is_silent ? TRUST_SILENT : TRUST_GARBLED;
	default:
		return turn_away(d, r);
	}
}

static bool is_of_phones(const struct door *d, struct str host)
{
	for (size_t i = 0; i < d->cfg->component_count; i++) {
		const struct address_plan *p = &d->cfg->components[i].plan;

		if (p->has_phones && str_ieq(host, p->sip_domain))
			return true;
	}
	return false;
}

/* A peer is let in as it is, but for what only the user himself may do or say:
 * register, and speak for a domain of phones that is not in the peer's list. */
static bool is_peer_enough(const struct door *d, const struct request *r,
			   const struct trust_source *from)
{
	if (!trust_has_peer(d->trust, from))
		return false;
	if (!d->has_phones)
		return true;
	return r->method != METHOD_REGISTER &&
	       (!is_of_phones(d, r->from.uri.host) ||
		trust_may_speak(d->trust, from, r->from.uri.host));
}

int door_ask(struct door *d, const struct request *r, const char *names,
	     uint64_t now_ms)
{
	struct trust_source from = source_of(r, names);

	d->user = NULL;
	if (is_peer_enough(d, r, &from))
		return TRUST_SERVE;
	return d->gatekeeper != NULL ? ask_user(d, r, now_ms) : turn_away(d, r);
}

const struct header *door_challenge(struct door *d, const struct request *r,
				    struct arena *a, uint64_t now_ms)
{
	if (d->gatekeeper == NULL)
		return NULL;
	return gatekeeper_challenge(d->gatekeeper, r, a, now_ms);
}

/* --- as whom */

bool door_may_speak(const struct door *d, const struct request *r,
		    const char *names, const struct uri *sender)
{
	struct trust_source from = source_of(r, names);

	if (d->user == r)
		return true;
	return sender->scheme == URI_TEL ||
	       trust_may_speak(d->trust, &from, sender->host);
}

bool door_may_assert(const struct door *d, const struct request *r,
		     const char *names)
{
	struct trust_source from = source_of(r, names);

	return d->user != r && trust_may_assert(d->trust, &from);
}

bool door_is_user(const struct door *d, const struct request *r)
{
	return d->user == r;
}

/* --- users */

void door_add_user(struct door *d, const struct gatekeeper_user *u)
{
	if (d->gatekeeper != NULL)
		gatekeeper_add(d->gatekeeper, u);
}

bool door_remove_user(struct door *d, struct str realm, struct str username)
{
	return d->gatekeeper != NULL &&
	       gatekeeper_remove(d->gatekeeper, realm, username);
}

bool door_knows(const struct door *d, const struct uri *uri)
{
	return d->gatekeeper != NULL && gatekeeper_knows(d->gatekeeper, uri);
}

struct str door_realm(const struct door *d, struct str host)
{
	return d->gatekeeper != NULL ? gatekeeper_realm(d->gatekeeper, host)
				     : STR_NONE;
}
