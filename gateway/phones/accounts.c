#include "gateway/phones/accounts.h"
#include <stdlib.h>
#include "gateway/base/log.h"
#include "gateway/phones/presentity.h"
#include "gateway/phones/registrar.h"
#include "mapping/address.h"
#include "sip/digest.h"
#include "sip/gatekeeper.h"

/* A record: key "user@host", value "1" realm ha1_sha256 ha1_md5, apart by tabs,
 * "-" for none. */
static const char VERSION[] = "1";
enum { SHA256_HEX = 64, MD5_HEX = 32, RECORD_MAX_BYTES = 1024 };

struct account {
	UT_hash_handle hh;
	struct str aor, realm, username, sha256, md5; /* owned */
};

static void account_free(struct bridge *b, struct account *x)
{
	HASH_DEL(b->accounts, x);
	str_free(&x->aor);
	str_free(&x->realm);
	str_free(&x->username);
	str_free(&x->sha256);
	str_free(&x->md5);
	free(x);
}

void accounts_fini(struct bridge *b)
{
	struct account *x, *tmp;

	HASH_ITER (hh, b->accounts, x, tmp)
		account_free(b, x);
}

static struct account *find(const struct bridge *b, struct str aor)
{
	struct account *x;

	HASH_FIND(hh, b->accounts, aor.p, aor.n, x);
	return x;
}

static bool fail(const char **why, const char *text)
{
	*why = text;
	return false;
}

struct hashes {
	struct str realm, sha256, md5;
};

static void open_door(struct bridge *b, const struct account *x,
		      const struct uri *uri)
{
	door_add_user(b->door, &(struct gatekeeper_user){
				       .uri = *uri,
				       .username = x->username,
				       .realm = x->realm,
				       .ha1_sha256 = x->sha256,
				       .ha1_md5 = x->md5,
			       });
}

static void let_in(struct bridge *b, struct str aor, const struct uri *uri,
		   const struct hashes *h)
{
	struct account *x = find(b, aor);

	if (x != NULL)
		account_free(b, x);
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		abort();
	x->aor = str_heap(aor);
	x->realm = str_heap(h->realm);
	x->username = str_heap(uri->user);
	x->sha256 = str_heap(h->sha256);
	x->md5 = str_heap(h->md5);
	HASH_ADD_KEYPTR(hh, b->accounts, x->aor.p, x->aor.n, x);
	open_door(b, x, uri);
}

/* "bob@example.net" as the address of a phone of ours, in lower case. */
static bool aor_take(struct bridge *b, struct str aor, struct uri *uri,
		     struct str *key, const char **why)
{
	struct arena *a = loop_arena(b->loop);

	*key = str_lower(a, aor);
	if (!uri_read(str_fmt(a, "sip:%.*s", STR_ARG(*key)), uri, why))
		return false;
	if (uri->user.n == 0 || uri->port != 0 || uri->params.n > 0 ||
	    uri->password.n > 0 || uri->headers.n > 0)
		return fail(why, "must be user@domain");
	if (registrar_link(b, uri->host) == NULL)
		return fail(why, "no domain whose phones register here");
	return true;
}

bool account_is_there(struct bridge *b, struct str aor)
{
	struct uri uri;
	struct str key;
	const char *why;

	return aor_take(b, aor, &uri, &key, &why) && find(b, key) != NULL;
}

static struct str take(struct str *line)
{
	struct str s = str_cut(line, '\t');

	return str_eqz(s, "-") ? STR_NONE : s;
}

static bool load(void *arg, struct str key, struct str value,
		 int64_t expires_at_s)
{
	struct bridge *b = arg;
	struct hashes h;
	struct uri uri;
	struct str aor;
	const char *why;

	(void)expires_at_s;
	if (!str_eqz(str_cut(&value, '\t'), VERSION))
		return false;
	h.realm = take(&value);
	h.sha256 = take(&value);
	h.md5 = take(&value);
	/* Of a domain that is not served now: it comes back with it. */
	if (aor_take(b, key, &uri, &aor, &why))
		let_in(b, aor, &uri, &h);
	return true;
}

bool accounts_load(struct bridge *b, const char **why)
{
	return store_load(b->store, STORE_ACCOUNT, load, b, why);
}

void accounts_restore(struct bridge *b)
{
	struct account *x;
	struct uri uri;
	struct str aor;
	const char *why;

	for (x = b->accounts; x != NULL; x = x->hh.next)
		if (aor_take(b, x->aor, &uri, &aor, &why))
			open_door(b, x, &uri);
}

static bool is_hash(struct str s, size_t n)
{
	if (s.n != 0 && s.n != n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

static bool put(struct bridge *b, struct str aor, const struct uri *uri,
		const struct hashes *h, store_fn *fn, void *arg,
		const char **why)
{
	struct arena *a = loop_arena(b->loop);
	struct str value =
		str_fmt(a, "%s\t%.*s\t%.*s\t%.*s", VERSION, STR_ARG(h->realm),
			STR_ARG(h->sha256.n > 0 ? h->sha256 : STR_LIT("-")),
			STR_ARG(h->md5.n > 0 ? h->md5 : STR_LIT("-")));

	if (find(b, aor) == NULL && door_knows(b->door, uri))
		return fail(why, "is a user of the configuration");
	if (b->store == NULL ||
	    !store_put(b->store, STORE_ACCOUNT, aor, value, 0, fn, arg))
		return fail(why, "the store takes nothing now");
	let_in(b, aor, uri, h);
	return true;
}

bool account_put(struct bridge *b, struct str aor, struct str password,
		 store_fn *fn, void *arg, const char **why)
{
	char sha256[SHA256_HEX + 1], md5[SHA256_HEX + 1];
	struct hashes h;
	struct uri uri;
	struct str key;

	if (!aor_take(b, aor, &uri, &key, why))
		return false;
	if (password.n == 0)
		return fail(why, "a password is required");
	h.realm = door_realm(b->door, uri.host);
	digest_ha1(true, uri.user, h.realm, password, sha256);
	digest_ha1(false, uri.user, h.realm, password, md5);
	h.sha256 = (struct str){ sha256, SHA256_HEX };
	h.md5 = (struct str){ md5, MD5_HEX };
	return put(b, key, &uri, &h, fn, arg, why);
}

bool account_put_hashes(struct bridge *b, struct str aor, struct str ha1_sha256,
			struct str ha1_md5, store_fn *fn, void *arg,
			const char **why)
{
	struct arena *a = loop_arena(b->loop);
	struct hashes h = { .sha256 = str_lower(a, ha1_sha256),
			    .md5 = str_lower(a, ha1_md5) };
	struct uri uri;
	struct str key;

	if (!aor_take(b, aor, &uri, &key, why))
		return false;
	if ((h.sha256.n == 0 && h.md5.n == 0) ||
	    !is_hash(h.sha256, SHA256_HEX) || !is_hash(h.md5, MD5_HEX))
		return fail(why, "needs 64 or 32 hexadecimal digits");
	h.realm = door_realm(b->door, uri.host);
	return put(b, key, &uri, &h, fn, arg, why);
}

bool account_remove(struct bridge *b, struct str aor, store_fn *fn, void *arg,
		    const char **why)
{
	struct arena *a = loop_arena(b->loop);
	struct account *x;
	struct uri uri;
	struct str key;
	struct fault fault;
	struct jid jid;
	struct link *k;

	if (!aor_take(b, aor, &uri, &key, why))
		return false;
	x = find(b, key);
	if (x == NULL)
		return fail(why, "there is no such user in the store");
	if (b->store == NULL ||
	    !store_remove(b->store, STORE_ACCOUNT, key, fn, arg))
		return fail(why, "the store takes nothing now");
	(void)door_remove_user(b->door, x->realm, x->username);
	account_free(b, x);
	k = registrar_link(b, uri.host);
	if (b->registrar != NULL &&
	    address_contact_jid(a, &k->cfg->plan, &uri, &jid, NULL, &fault)) {
		registrar_forget(b->registrar, jid_bare_text(a, &jid));
		presentities_forget(b->presentities, jid_bare_text(a, &jid));
	}
	return true;
}

void accounts_each(const struct bridge *b, account_fn *fn, void *arg)
{
	const struct account *x;

	for (x = b->accounts; x != NULL; x = x->hh.next)
		fn(arg, x->aor);
}
