#include "gateway/config/settletrust.h"
#include "gateway/base/table.h"

struct settling {
	struct optionread *r;
	const struct yamltree *root;
	struct config *c;
	bool *has_inline_secret;
};

static void wrong(struct settling *s, struct str key, const char *what)
{
	unsigned line;

	yamltree_find(s->root, key, &line);
	optionread_error(s->r, line, key, "%s", what);
}

/* --- where TLS is spoken */

static bool has_tls_listen(const struct config *c)
{
	for (size_t i = 0; i < c->listen_count; i++)
		if (c->listens[i].transport == TRANSPORT_TLS)
			return true;
	return false;
}

bool settletrust_is_tls_hop(struct str hop)
{
	const char *why;
	struct uri u;

	return hop.n > 0 && uri_read(hop, &u, &why) &&
	       (u.scheme == URI_SIPS ||
		str_ieqz(uri_param(&u, "transport", NULL), "tls"));
}

static bool has_tls_hop(const struct config *c)
{
	bool has = settletrust_is_tls_hop(c->outbound_proxy);

	for (size_t i = 0; i < c->component_count; i++)
		has = has || settletrust_is_tls_hop(c->components[i].next_hop);
	return has;
}

/* --- certificates */

static bool has_tls_names(const struct config *c)
{
	for (size_t i = 0; i < c->peer_count; i++)
		if (c->peers[i].tls_name_count > 0)
			return true;
	return false;
}

static void settle_clients(struct settling *s)
{
	struct config *c = s->c;
	bool is_known = has_tls_names(c) && has_tls_listen(c);

	if (c->tls.clients == TLS_CLIENTS_NONE && is_known)
		wrong(s, STR_LIT("sip.tls.clients"),
		      "must be ask or require: a peer has tls_names");
	if (c->tls.clients == TLS_CLIENTS_AUTO)
		c->tls.clients = is_known ? TLS_CLIENTS_ASK : TLS_CLIENTS_NONE;
}

static void settle_tls(struct settling *s)
{
	struct config_tls *t = &s->c->tls;

	if (has_tls_listen(s->c) && t->certificate_file.n == 0)
		wrong(s, STR_LIT("sip.tls.certificate_file"),
		      "is required to listen for TLS");
	if (t->key_file.n > 0 && t->certificate_file.n == 0)
		wrong(s, STR_LIT("sip.tls.key_file"),
		      "is of no use without certificate_file");
	t->is_wanted = t->certificate_file.n > 0 || t->ca_file.n > 0 ||
		       has_tls_listen(s->c) || has_tls_hop(s->c);
	settle_clients(s);
}

static void settle_peers(struct settling *s)
{
	for (size_t i = 0; i < s->c->peer_count; i++) {
		const struct config_peer *p = &s->c->peers[i];
		struct str key = str_fmt(s->r->a, "sip.peers[%zu]", i);

		if (p->address_count == 0 && p->tls_name_count == 0)
			wrong(s, key, "needs addresses or tls_names");
		if (p->tls_ca_file.n > 0 && p->tls_name_count == 0)
			wrong(s, key,
			      "tls_ca_file is of no use without "
			      "tls_names");
	}
}

/* --- users */

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') &&
		    !(c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

static void settle_hash(struct settling *s, struct str key, const char *name,
			struct str *hash)
{
	if (!is_hex(*hash))
		wrong(s, str_fmt(s->r->a, "%.*s.%s", STR_ARG(key), name),
		      "must be hexadecimal digits");
	*hash = str_lower(s->r->a, *hash);
}

static void settle_user_secret(struct settling *s, struct str key,
			       struct config_user *u)
{
	static const char *const names[] = { "password", "password_file",
					     "password_env" };
	unsigned count = 0, line;
	const struct yamltree *map = yamltree_find(s->root, key, &line);
	bool has_hash = u->ha1_sha256.n > 0 || u->ha1_md5.n > 0;

	for (size_t i = 0; map != NULL && i < 3; i++)
		count += yamltree_child(map, str_z(names[i])) != NULL;
	if (count + has_hash != 1)
		wrong(s, key,
		      "give exactly one of password, password_file, "
		      "password_env, and hashes (ha1_...)");
	else if (count == 0 && u->ha1_sha256.n == 0 && !s->c->allows_md5)
		wrong(s, key, "ha1_md5 is of no use without sip.md5: true");
	settle_hash(s, key, "ha1_sha256", &u->ha1_sha256);
	settle_hash(s, key, "ha1_md5", &u->ha1_md5);
	if (map != NULL &&
	    (yamltree_child(map, STR_LIT("password")) != NULL || has_hash))
		*s->has_inline_secret = true;
}

static void settle_user(struct settling *s, size_t i, struct config_user *u)
{
	struct str key = str_fmt(s->r->a, "sip.users[%zu]", i);

	if (u->username.n == 0 &&
	    !uri_unescape(s->r->a, u->uri.user, &u->username))
		wrong(s, key, "username is required");
	if (u->realm.n == 0)
		u->realm = str_lower(s->r->a, u->uri.host);
	settle_user_secret(s, key, u);
}

/* What was seen of users, by a text that must be theirs alone. */
struct seen {
	UT_hash_handle hh;
	struct str text, value;
};

/* The value that came with that text before; none: it is new. */
static struct str seen_before(struct settling *s, struct seen **table,
			      struct str text, struct str value)
{
	struct seen *x;

	HASH_FIND(hh, *table, text.p, text.n, x);
	if (x != NULL)
		return x->value;
	x = arena_new(s->r->a, struct seen);
	x->text = text;
	x->value = value;
	HASH_ADD_KEYPTR(hh, *table, x->text.p, x->text.n, x);
	return STR_NONE;
}

/* A challenge names one realm, chosen by the host of From; credentials name one
 * user. */
static void settle_together(struct settling *s, struct seen **hosts,
			    struct seen **users, size_t i)
{
	const struct config_user *u = &s->c->users[i];
	struct arena *a = s->r->a;
	struct str key = str_fmt(a, "sip.users[%zu]", i), realm;

	realm = seen_before(s, hosts, str_lower(a, u->uri.host), u->realm);
	if (realm.n > 0 && !str_eq(realm, u->realm))
		wrong(s, str_fmt(a, "%.*s.realm", STR_ARG(key)),
		      "must be that of the other users of this host");
	if (seen_before(s, users,
			str_fmt(a, "%.*s\n%.*s", STR_ARG(u->realm),
				STR_ARG(u->username)),
			u->username)
		    .n > 0)
		wrong(s, key, "another user has this username and realm");
}

static void settle_users(struct settling *s)
{
	struct config_user *users = (struct config_user *)s->c->users;
	struct seen *hosts = NULL, *names = NULL;

	for (size_t i = 0; i < s->c->user_count; i++) {
		settle_user(s, i, &users[i]);
		settle_together(s, &hosts, &names, i);
	}
	HASH_CLEAR(hh, hosts);
	HASH_CLEAR(hh, names);
}

void settletrust_config(struct optionread *r, const struct yamltree *root,
			struct config *c, bool *has_inline_secret)
{
	struct settling s = { r, root, c, has_inline_secret };

	settle_tls(&s);
	settle_peers(&s);
	settle_users(&s);
}
