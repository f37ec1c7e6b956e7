#include "sip/gatekeeper.h"
#include <string.h>
#include "gateway/base/table.h"
#include "sip/digest.h"
#include "sip/nonce.h"

enum { HA1_BYTES = 65, KEY_MAX_BYTES = 600, CHALLENGE_MAX_BYTES = 800 };

struct user {
	UT_hash_handle hh, hh_text;
	struct str key;	 /* owned: realm, line end, username */
	struct str text; /* owned: of uri */
	struct str name; /* owned: text in lower case; a key where is_named */
	bool is_named;	 /* no other user has that address */
	bool is_told;	 /* what is wrong with his phone's credentials */
	struct uri uri;
	char ha1_sha256[HA1_BYTES], ha1_md5[HA1_BYTES]; /* "": not known */
};

/* A domain that users live in. */
struct home {
	UT_hash_handle hh;
	struct str host;  /* owned; in lower case */
	struct str realm; /* owned */
	bool has_sha256;  /* of one user at least */
};

struct gatekeeper {
	struct gatekeeper_options options;
	struct user *users;	 /* owned; table */
	struct user *by_name;	 /* the same, by address */
	struct home *homes;	 /* owned; table */
	struct nonces *nonces;	 /* owned */
	char nobody[HA1_BYTES];	 /* what unknown names are measured by */
	const struct home *home; /* of the last request */
	uint32_t challenges;	 /* counted from anywhere */
	bool is_stale;
};

/* --- life */

struct gatekeeper *gatekeeper_create(const struct gatekeeper_options *o)
{
	struct gatekeeper *g = calloc(1, sizeof(*g));

	if (g == NULL)
		abort();
	g->options = *o;
	g->nonces = nonces_create(o->nonces_max, o->nonce_ms);
	keyed_token(g->nobody, HA1_BYTES - 1);
	keyed_random(&g->challenges, sizeof(g->challenges));
	return g;
}

static void user_drop(struct gatekeeper *g, struct user *u)
{
	HASH_DEL(g->users, u);
	if (u->is_named)
		HASH_DELETE(hh_text, g->by_name, u);
	str_free(&u->key);
	str_free(&u->text);
	str_free(&u->name);
	free(u);
}

void gatekeeper_destroy(struct gatekeeper **gp)
{
	struct gatekeeper *g = *gp;
	struct user *u, *next_user;
	struct home *h, *next_home;

	if (g == NULL)
		return;
	*gp = NULL;
	HASH_ITER (hh, g->users, u, next_user)
		user_drop(g, u);
	HASH_ITER (hh, g->homes, h, next_home) {
		HASH_DEL(g->homes, h);
		str_free(&h->host);
		str_free(&h->realm);
		free(h);
	}
	nonces_destroy(&g->nonces);
	free(g);
}

/* --- tables */

/* In buf; none when it is longer than any user's. */
static struct str key_write(char buf[KEY_MAX_BYTES], struct str realm,
			    struct str username)
{
	size_t n = realm.n + 1 + username.n;

	if (n > KEY_MAX_BYTES || realm.n == 0 || username.n == 0)
		return STR_NONE;
	memcpy(buf, realm.p, realm.n);
	buf[realm.n] = '\n';
	memcpy(buf + realm.n + 1, username.p, username.n);
	return (struct str){ buf, n };
}

static struct user *user_find(const struct gatekeeper *g, struct str realm,
			      struct str username)
{
	char buf[KEY_MAX_BYTES];
	struct str key = key_write(buf, realm, username);
	struct user *u = NULL;

	if (key.n > 0)
		HASH_FIND(hh, g->users, key.p, key.n, u);
	return u;
}

static struct str lower(char *buf, size_t cap, struct str s)
{
	if (s.n > cap)
		return STR_NONE;
	for (size_t i = 0; i < s.n; i++)
		buf[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32
							       : s.p[i]);
	return (struct str){ buf, s.n };
}

static struct home *home_find(const struct gatekeeper *g, struct str host)
{
	char buf[KEY_MAX_BYTES];
	struct str key = lower(buf, sizeof(buf), host);
	struct home *h = NULL;

	if (key.n > 0)
		HASH_FIND(hh, g->homes, key.p, key.n, h);
	return h;
}

static struct home *home_add(struct gatekeeper *g, struct str host,
			     struct str realm)
{
	char buf[KEY_MAX_BYTES];
	struct home *h = home_find(g, host);

	if (h != NULL)
		return h;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		abort();
	h->host = str_heap(lower(buf, sizeof(buf), host));
	h->realm = str_heap(realm);
	HASH_ADD_KEYPTR(hh, g->homes, h->host.p, h->host.n, h);
	return h;
}

static void ha1_take(char out[HA1_BYTES], struct str given)
{
	given = str_head(given, HA1_BYTES - 1);
	if (given.n > 0)
		memcpy(out, given.p, given.n);
	out[given.n] = '\0';
}

/* Only who he is counts, not how he is reached. */
static struct uri identity(const struct uri *u)
{
	return (struct uri){ .scheme = URI_SIP,
			     .scheme_text = STR_LIT("sip"),
			     .user = u->user,
			     .host = u->host };
}

static void uri_take(struct user *u, const struct uri *uri)
{
	struct uri plain = identity(uri);
	struct strbuf b;
	const char *why;

	strbuf_init(&b, URI_MAX_BYTES);
	uri_write(&b, &plain);
	u->text = str_heap(strbuf_str(&b));
	strbuf_fini(&b);
	(void)uri_read(u->text, &u->uri, &why);
}

static void name_take(struct gatekeeper *g, struct user *u)
{
	char buf[URI_MAX_BYTES];
	struct user *other;

	u->name = str_heap(lower(buf, sizeof(buf), u->text));
	HASH_FIND(hh_text, g->by_name, u->name.p, u->name.n, other);
	if (other != NULL || u->name.n == 0)
		return;
	HASH_ADD_KEYPTR(hh_text, g->by_name, u->name.p, u->name.n, u);
	u->is_named = true;
}

void gatekeeper_add(struct gatekeeper *g, const struct gatekeeper_user *given)
{
	struct user *u = user_find(g, given->realm, given->username);
	char buf[KEY_MAX_BYTES];

	if (u != NULL)
		user_drop(g, u);
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		abort();
	u->key = str_heap(key_write(buf, given->realm, given->username));
	uri_take(u, &given->uri);
	name_take(g, u);
	ha1_take(u->ha1_sha256, given->ha1_sha256);
	ha1_take(u->ha1_md5, given->ha1_md5);
	if (given->password.n > 0) {
		digest_ha1(true, given->username, given->realm, given->password,
			   u->ha1_sha256);
		digest_ha1(false, given->username, given->realm,
			   given->password, u->ha1_md5);
	}
	HASH_ADD_KEYPTR(hh, g->users, u->key.p, u->key.n, u);
	home_add(g, given->uri.host, given->realm)->has_sha256 |=
		u->ha1_sha256[0] != '\0';
}

bool gatekeeper_remove(struct gatekeeper *g, struct str realm,
		       struct str username)
{
	struct user *u = user_find(g, realm, username);

	if (u != NULL)
		user_drop(g, u);
	return u != NULL;
}

void gatekeeper_add_home(struct gatekeeper *g, struct str host,
			 struct str realm)
{
	(void)home_add(g, host, realm);
}

static const struct user *by_address(const struct gatekeeper *g,
				     const struct uri *uri)
{
	struct uri plain = identity(uri);
	char buf[URI_MAX_BYTES];
	struct user *u = NULL;
	struct strbuf b;
	struct str name;

	strbuf_init(&b, URI_MAX_BYTES);
	uri_write(&b, &plain);
	name = lower(buf, sizeof(buf), strbuf_str(&b));
	if (!b.overflow && name.n > 0)
		HASH_FIND(hh_text, g->by_name, name.p, name.n, u);
	strbuf_fini(&b);
	return u;
}

bool gatekeeper_knows(const struct gatekeeper *g, const struct uri *uri)
{
	return by_address(g, uri) != NULL;
}

struct str gatekeeper_realm(const struct gatekeeper *g, struct str host)
{
	const struct home *h = home_find(g, host);

	return h != NULL ? h->realm : STR_NONE;
}

/* --- one request */

/* Eight digits, RFC 7616 §3.4; some phones write fewer. */
static bool count_read(struct str nc, uint32_t *out)
{
	uint32_t v = 0;

	if (nc.n == 0 || nc.n > 8)
		return false;
	for (size_t i = 0; i < nc.n; i++) {
		unsigned digit = str_hex_value(nc.p[i]);

		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*out = v;
	return true;
}

/* RFC 7616 §3.4.6: the digest must be of this very request. */
static bool is_for_target(const struct digest_credentials *c,
			  const struct request *r)
{
	const char *why;
	struct uri u;

	return str_eq(c->uri, r->target_text) ||
	       (uri_read(c->uri, &u, &why) && uri_eq(&u, &r->target));
}

/* Why credentials of our realm cannot be looked at; NULL: they can. */
static const char *flaw(const struct gatekeeper *g,
			const struct digest_credentials *c)
{
	if (!c->is_sha256 && !c->is_md5)
		return "an algorithm that was not offered";
	if (c->is_md5 && !g->options.allows_md5)
		return "MD5, and sip.md5 is off";
	if (c->qop.n == 0)
		return "a digest without qop (RFC 2069): it can be replayed";
	if (!str_eqz(c->qop, "auth"))
		return "a qop that was not offered";
	return c->cnonce.n == 0 ? "a digest without cnonce" : NULL;
}

/* Once for each user: his phone asks on and on. */
static void tell_once(const struct gatekeeper *g,
		      const struct digest_credentials *c, const char **why)
{
	struct user *u = user_find(g, c->realm, c->username);

	if (u == NULL || u->is_told)
		return;
	u->is_told = true;
	*why = flaw(g, c);
}

/* What a copy of the request has in common with it, and another has not. */
static uint64_t request_hash(const struct request *r,
			     const struct digest_credentials *c)
{
	const struct str parts[] = { r->branch,	  r->sent_by,	  r->call_id,
				     r->from.tag, r->method_name, c->response,
				     r->body };
	uint64_t h[sizeof(parts) / sizeof(parts[0]) + 1];
	size_t n = sizeof(parts) / sizeof(parts[0]);

	for (size_t i = 0; i < n; i++)
		h[i] = keyed_hash(parts[i].p, parts[i].n);
	h[n] = r->cseq;
	return keyed_hash(h, sizeof(h));
}

/* Everything about the nonce but the password is settled here. */
static enum gate count_on(struct gatekeeper *g, const struct request *r,
			  const struct digest_credentials *c,
			  enum nonce_state state, uint64_t now_ms)
{
	uint64_t request = request_hash(r, c);
	enum nonce_use use = NONCE_USED;
	uint32_t count = 0;

	if (!count_read(c->nc, &count))
		return GATE_CHALLENGE;
	if (state == NONCE_GOOD)
		use = nonces_use(g->nonces, c->nonce, count, request, now_ms);
	else if (nonces_is_copy(g->nonces, c->nonce, count, request, now_ms))
		use = NONCE_AGAIN;
	if (use == NONCE_NEW || use == NONCE_AGAIN)
		return GATE_PASS;
	/* The password is right, so the phone need not ask its owner. */
	g->is_stale = true;
	return GATE_CHALLENGE;
}

static enum gate refuse(const char **why, const char *text)
{
	*why = text;
	return GATE_REFUSE;
}

static enum gate credentials_check(struct gatekeeper *g,
				   const struct request *r,
				   const struct digest_credentials *c,
				   uint64_t now_ms, const char **why)
{
	const struct user *u = user_find(g, c->realm, c->username);
	enum nonce_state state =
		nonce_check(c->nonce, &r->source.peer, c->realm, now_ms,
			    g->options.nonce_ms);
	const char *ha1 = g->nobody;
	struct uri from = identity(&r->from.uri);

	if (u != NULL)
		ha1 = c->is_sha256 ? u->ha1_sha256 : u->ha1_md5;
	if (ha1[0] == '\0')
		ha1 = g->nobody;
	if (!digest_fits(c, str_z(ha1), r->method_name) || u == NULL)
		return state == NONCE_GOOD
			       ? refuse(why, "wrong user or password")
			       : GATE_CHALLENGE;
	if (!is_for_target(c, r)) {
		*why = "the digest is of another Request-URI";
		return GATE_GARBLED;
	}
	if (r->from.uri.scheme != URI_SIP || !uri_eq(&from, &u->uri))
		return refuse(why, "From is another's address");
	return count_on(g, r, c, state, now_ms);
}

enum gate gatekeeper_ask(struct gatekeeper *g, const struct request *r,
			 uint64_t now_ms, const char **why)
{
	struct str values = r->authorization;
	struct digest_credentials c, flawed = { .realm = STR_NONE };

	g->is_stale = false;
	g->home = home_find(g, r->from.uri.host);
	if (g->home == NULL)
		return GATE_NOBODY;
	while (digest_read(&values, &c)) {
		if (!str_eq(c.realm, g->home->realm))
			continue;
		if (flaw(g, &c) == NULL)
			return credentials_check(g, r, &c, now_ms, why);
		flawed = c;
	}
	tell_once(g, &flawed, why);
	return GATE_CHALLENGE;
}

/* --- challenges */

static struct header *challenge(struct gatekeeper *g, struct arena *a,
				struct str nonce, bool is_sha256)
{
	struct header *h = arena_new(a, struct header);
	struct strbuf b;

	strbuf_init(&b, CHALLENGE_MAX_BYTES);
	digest_challenge(&b, g->home->realm, nonce, is_sha256, g->is_stale);
	*h = (struct header){ .name = STR("WWW-Authenticate"),
			      .value = str_dup(a, strbuf_str(&b)) };
	strbuf_fini(&b);
	return h;
}

/* Clients that give up at the sight of an algorithm they do not know, instead
 * of looking at the next challenge. Where MD5 is allowed it is as good as
 * offered to them alone: nobody else is weaker for it. So with a user of whom
 * no other hash is known: with SHA-256 he could not get in. */
static bool is_limited(const struct gatekeeper *g, const struct request *r)
{
	static const char *const names[] = { "baresip", "Twinkle",
					     "telepathy-sofiasip" };

	const struct user *u = by_address(g, &r->from.uri);

	if (!g->options.allows_md5)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_istarts(r->user_agent, names[i]))
			return true;
	return u != NULL && u->ha1_sha256[0] == '\0';
}

/* RFC 8760 §2.4: the better algorithm comes first. It is left out where nobody
 * could use it: there are phones that give up at the sight of it. */
const struct header *gatekeeper_challenge(struct gatekeeper *g,
					  const struct request *r,
					  struct arena *a, uint64_t now_ms)
{
	char nonce[NONCE_BYTES];
	struct str text = { nonce, sizeof(nonce) };
	struct header *first;
	bool has_sha256;

	if (g->home == NULL)
		return NULL;
	nonce_write(nonce, &r->source.peer, g->home->realm, now_ms,
		    g->challenges++);
	has_sha256 = g->home->has_sha256 && !is_limited(g, r);
	first = challenge(g, a, text, has_sha256);
	if (has_sha256 && g->options.allows_md5)
		first->next = challenge(g, a, text, false);
	return first;
}
