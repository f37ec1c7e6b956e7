#include "gateway/trust/keyring.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "gateway/base/loop.h"
#include "gateway/base/secure.h"

enum { ARENA_CHUNK_BYTES = 1024, DAY_S = 24 * 60 * 60, SOON_DAYS = 14 };

struct keyring {
	const struct config *cfg;		/* borrowed */
	struct arena arena;			/* of file names */
	struct secure_context *server, *client; /* owned; NULL: none */
	struct secure_context **components;	/* owned; each NULL: none */
};

/* --- building */

static const char *path_or_null(struct arena *a, struct str path)
{
	return path.n > 0 ? str_dupz(a, path) : NULL;
}

/* Who is known by name, and the authority that proves it. */
static bool add_authorities(struct keyring *k, struct secure_context *c,
			    const char **why)
{
	for (size_t i = 0; i < k->cfg->peer_count; i++) {
		const struct config_peer *p = &k->cfg->peers[i];
		const char **names;

		if (p->tls_ca_file.n == 0)
			continue;
		names = arena_zalloc(&k->arena,
				     (p->tls_name_count + 1) * sizeof(*names));
		for (size_t n = 0; n < p->tls_name_count; n++)
			names[n] = str_dupz(&k->arena, p->tls_names[n]);
		if (!secure_context_trust(c,
					  str_dupz(&k->arena, p->tls_ca_file),
					  names, p->tls_name_count, why))
			return false;
	}
	return true;
}

static struct secure_options sip_options(struct keyring *k)
{
	const struct config_tls *t = &k->cfg->tls;

	return (struct secure_options){
		.is_sip = true,
		.is_13_only = t->is_13_only,
		.cert_file = path_or_null(&k->arena, t->certificate_file),
		.key_file = path_or_null(&k->arena, t->key_file),
		.ca_file = path_or_null(&k->arena, t->ca_file),
	};
}

static bool open_server(struct keyring *k, const char **why)
{
	struct secure_options o = sip_options(k);
	enum config_clients clients = k->cfg->tls.clients;
	bool is_wanted = false;

	for (size_t i = 0; i < k->cfg->listen_count; i++)
		is_wanted |= k->cfg->listens[i].transport == TRANSPORT_TLS;
	if (!is_wanted)
		return true;
	o.is_server = true;
	o.wants_peer =
		clients == TLS_CLIENTS_ASK || clients == TLS_CLIENTS_REQUIRE;
	o.is_peer_optional = clients == TLS_CLIENTS_ASK;
	k->server = secure_context_create(&o, why);
	return k->server != NULL &&
	       (!o.wants_peer || add_authorities(k, k->server, why));
}

static bool open_client(struct keyring *k, const char **why)
{
	struct secure_options o = sip_options(k);

	if (!k->cfg->tls.is_wanted)
		return true;
	o.wants_peer = k->cfg->tls.wants_verify;
	k->client = secure_context_create(&o, why);
	return k->client != NULL &&
	       (!o.wants_peer || add_authorities(k, k->client, why));
}

static bool open_components(struct keyring *k, const char **why)
{
	for (size_t i = 0; i < k->cfg->component_count; i++) {
		const struct config_component *c = &k->cfg->components[i];
		const struct secure_options o = {
			.wants_peer = true,
			.ca_file = path_or_null(&k->arena, c->tls_ca_file),
		};

		if (!c->has_tls)
			continue;
		k->components[i] = secure_context_create(&o, why);
		if (k->components[i] == NULL)
			return false;
	}
	return true;
}

static void tell_expiry(const struct keyring *k)
{
	const struct secure_context *c =
		k->server != NULL ? k->server : k->client;
	int64_t ends_s = c != NULL ? secure_context_expires_s(c) : -1;
	int64_t left_s = ends_s - loop_wall_ms() / 1000;

	if (ends_s < 0)
		return;
	if (left_s < 0)
		log_error("certificate_expired",
			  F_STR("file", k->cfg->tls.certificate_file));
	else if (left_s < (int64_t)SOON_DAYS * DAY_S)
		log_warn("certificate_expires",
			 F_STR("file", k->cfg->tls.certificate_file),
			 F_NUM("days", left_s / DAY_S));
}

struct keyring *keyring_create(const struct config *c, const char **why)
{
	struct keyring *k = calloc(1, sizeof(*k));

	if (k == NULL)
		abort();
	k->cfg = c;
	arena_init(&k->arena, ARENA_CHUNK_BYTES);
	k->components = calloc(c->component_count + 1, sizeof(k->server));
	if (k->components == NULL)
		abort();
	if (open_server(k, why) && open_client(k, why) &&
	    open_components(k, why))
		tell_expiry(k);
	else
		keyring_destroy(&k);
	return k;
}

void keyring_destroy(struct keyring **kp)
{
	struct keyring *k = *kp;

	if (k == NULL)
		return;
	*kp = NULL;
	secure_context_destroy(&k->server);
	secure_context_destroy(&k->client);
	for (size_t i = 0; i < k->cfg->component_count; i++)
		secure_context_destroy(&k->components[i]);
	free(k->components);
	arena_fini(&k->arena);
	free(k);
}

struct secure_context *keyring_server(const struct keyring *k)
{
	return k->server;
}

struct secure_context *keyring_client(const struct keyring *k)
{
	return k->client;
}

struct secure_context *keyring_component(const struct keyring *k, size_t i)
{
	return k->components[i];
}

/* --- again */

static size_t reload_one(struct secure_context *c, const char *of,
			 struct str name)
{
	const char *why = "";

	if (c == NULL)
		return 0;
	if (secure_context_reload(c, &why)) {
		log_info("certificates_reloaded", F_Z("of", of),
			 F_STR("name", name));
		return 0;
	}
	log_error("certificates_kept", F_Z("of", of), F_STR("name", name),
		  F_Z("why", why),
		  F_Z("advice", "the old ones stay in use; correct the file "
				"and reload again"));
	return 1;
}

void keyring_adopt(struct keyring *k, const struct config *c)
{
	k->cfg = c;
}

size_t keyring_reload(struct keyring *k)
{
	size_t failed = reload_one(k->server, "sip.listen", STR_NONE);

	failed += reload_one(k->client, "sip.tls", STR_NONE);
	for (size_t i = 0; i < k->cfg->component_count; i++)
		failed += reload_one(k->components[i], "component",
				     k->cfg->components[i].domain);
	tell_expiry(k);
	return failed;
}
