#include "sip/credentials.h"
#include <string.h>
#include "gateway/base/keyed.h"

enum { CHALLENGES_MAX = 4, ANSWERS_MAX = 4, HOST_MAX_BYTES = 255 };

void credentials_fini(struct credentials *c)
{
	for (size_t i = 0; i < CREDENTIALS_MAX; i++)
		digest_fini(&c->slots[i].state);
	memset(c, 0, sizeof(*c));
}

/* Host names compare without case. */
static uint64_t host_hash(struct str host)
{
	char lower[HOST_MAX_BYTES];
	size_t n = host.n < sizeof(lower) ? host.n : sizeof(lower);

	for (size_t i = 0; i < n; i++) {
		char ch = host.p[i];

		lower[i] = (char)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
	}
	return keyed_hash(lower, n);
}

/* A proxy asks for all that passes it. A 401 comes from the far end: its
 * credentials are for requests to the same domain only. */
static bool slot_fits(const struct credential *s, const struct hop *hop,
		      uint64_t domain)
{
	return s->used > 0 && endpoint_eq(&s->peer, &hop->peer) &&
	       (s->state.is_proxy || s->domain == domain);
}

static struct credential *slot_find(struct credentials *c,
				    const struct hop *hop, uint64_t domain,
				    const struct digest_state *fresh)
{
	struct credential *oldest = &c->slots[0];

	for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
		struct credential *s = &c->slots[i];

		if (slot_fits(s, hop, domain) &&
		    s->state.is_proxy == fresh->is_proxy &&
		    str_eq(s->state.realm, fresh->realm))
			return s;
		if (s->used < oldest->used)
			oldest = s;
	}
	return oldest;
}

/* Once for each realm, and again as long as only the nonce was too old. */
static bool try_allows(struct credentials_try *t, struct str realm,
		       bool is_proxy, bool is_stale)
{
	uint64_t h = keyed_hash(realm.p, realm.n) ^ (is_proxy ? 1 : 0);
	bool is_known = false;

	for (unsigned i = 0; i < t->answered; i++)
		is_known = is_known || t->realms[i] == h;
	if (t->answered == ANSWERS_MAX || (is_known && !is_stale))
		return false;
	t->realms[t->answered++] = h;
	return true;
}

static size_t challenges_count(const struct str *v, bool *is_stale)
{
	size_t n = 0;

	*is_stale = false;
	for (; n < CHALLENGES_MAX && v[n].n > 0; n++)
		*is_stale = *is_stale || digest_is_stale(v[n]);
	return n;
}

void credentials_adjust(struct credentials *c, struct arena *arena,
			const struct digest_account *account)
{
	struct digest_account *old = &c->account;

	if (str_eq(old->username, account->username) &&
	    str_eq(old->password, account->password) &&
	    str_eq(old->realm, account->realm))
		return;
	credentials_fini(c);
	*c = (struct credentials){
		.account = { .username = str_dup(arena, account->username),
			     .password = str_dup(arena, account->password),
			     .realm = str_dup(arena, account->realm) },
	};
}

bool credentials_take(struct credentials *c, struct credentials_try *t,
		      const struct hop *from, struct str host,
		      const struct response *res)
{
	bool is_proxy = res->status == 407, is_stale;
	const struct str *v =
		is_proxy ? res->proxy_authenticate : res->www_authenticate;
	struct digest_state fresh = { 0 };
	uint64_t domain = host_hash(host);
	struct credential *s;
	size_t n;

	if (c->account.username.n == 0)
		return false;
	n = challenges_count(v, &is_stale);
	if (!digest_take(&fresh, v, n, is_proxy, &c->account))
		return false;
	if (!try_allows(t, fresh.realm, is_proxy, is_stale)) {
		digest_fini(&fresh);
		return false;
	}
	s = slot_find(c, from, domain, &fresh);
	digest_fini(&s->state);
	*s = (struct credential){ .state = fresh,
				  .peer = from->peer,
				  .domain = domain,
				  .used = ++c->clock };
	return true;
}

void credentials_write(struct credentials *c, struct strbuf *b,
		       const struct hop *to, struct str host, enum method m,
		       struct str uri)
{
	uint64_t domain;

	if (c->clock == 0)
		return;
	domain = host_hash(host);
	for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
		struct credential *s = &c->slots[i];

		if (!slot_fits(s, to, domain))
			continue;
		s->used = ++c->clock;
		digest_write(b, &s->state, &c->account, m, uri);
	}
}
