#include "gateway/services/nicks.h"
#include <string.h>
#include "gateway/base/table.h"
#include "xmpp/ns.h"

enum { TOLD_SLOTS = 65536 };

struct nick {
	UT_hash_handle hh; /* by key; in order of use */
	struct keyed128 key;
	size_t n;
	char name[NICK_MAX_BYTES];
};

/* Pairs that were told are remembered by their hash, the newest in each slot:
 * who is told twice loses nothing. */
struct nicks {
	struct nick *names; /* owned table, the oldest first */
	struct keyed128 told[TOLD_SLOTS];
};

struct nicks *nicks_create(void)
{
	struct nicks *n = calloc(1, sizeof(*n));

	if (n == NULL)
		abort();
	return n;
}

static void drop(struct nicks *n, struct nick *k)
{
	HASH_DEL(n->names, k);
	free(k);
}

void nicks_destroy(struct nicks **np)
{
	struct nicks *n = *np;

	if (n == NULL)
		return;
	*np = NULL;
	while (n->names != NULL)
		drop(n, n->names);
	free(n);
}

static struct keyed128 key_of(const struct jid *contact)
{
	struct keyed128 l = keyed_hash128(contact->local.p, contact->local.n);
	struct keyed128 d = keyed_hash128(contact->domain.p, contact->domain.n);

	return (struct keyed128){ l.a ^ (d.a << 1 | d.a >> 63), l.b + d.b };
}

static struct nick *find(const struct nicks *n, const struct jid *contact)
{
	struct keyed128 key = key_of(contact);
	struct nick *k;

	HASH_FIND(hh, n->names, &key, sizeof(key), k);
	return k;
}

void nicks_note(struct nicks *n, const struct jid *contact, struct str display)
{
	struct str name = str_utf8_head(str_trim(display), NICK_MAX_BYTES);
	struct nick *k;

	if (name.n == 0 || !str_is_utf8(name))
		return;
	k = find(n, contact);
	if (k != NULL && str_eq((struct str){ k->name, k->n }, name))
		return;
	if (k == NULL) {
		if (HASH_COUNT(n->names) >= NICKS_MAX)
			drop(n, n->names);
		k = calloc(1, sizeof(*k));
		if (k == NULL)
			abort();
		k->key = key_of(contact);
		HASH_ADD(hh, n->names, key, sizeof(k->key), k);
	}
	memcpy(k->name, name.p, name.n);
	k->n = name.n;
}

struct str nicks_get(const struct nicks *n, const struct jid *contact)
{
	const struct nick *k = find(n, contact);

	return k == NULL ? STR_NONE : (struct str){ k->name, k->n };
}

bool nicks_tell(struct nicks *n, const struct jid *contact,
		const struct jid *user)
{
	struct keyed128 c = key_of(contact), u = key_of(user);
	struct keyed128 pair = { c.a + 3 * u.a, c.b ^ (u.b + c.a) };
	struct keyed128 *slot = &n->told[pair.a % TOLD_SLOTS];

	if (memcmp(slot, &pair, sizeof(pair)) == 0)
		return false;
	*slot = pair;
	return true;
}

struct xml *nick_element(struct arena *a, struct str name)
{
	struct xml *x = xml_element(a, "nick", NS_NICK);

	xml_add_text(a, x, name);
	return x;
}
