#include "mapping/aliasindex.h"

#include <stdlib.h>
#include <string.h>

/* Two sorted lists: pure, and as good as a hash for what an administrator
 * writes by hand. */
struct by_aor {
	struct aor aor; /* folded, port said */
	const struct alias *alias;
};
struct alias_index {
	size_t n;
	const struct alias **by_jid;
	struct by_aor *by_aor;
	size_t aor_count;
};

static int str_order(struct str x, struct str y)
{
	size_t n = x.n < y.n ? x.n : y.n;
	int order = n > 0 ? memcmp(x.p, y.p, n) : 0;

	return order != 0 ? order : (x.n > y.n) - (x.n < y.n);
}

static int jid_order(const struct jid *x, const struct jid *y)
{
	int order = str_order(x->local, y->local);

	return order != 0 ? order : str_order(x->domain, y->domain);
}

static int aor_order(const struct aor *x, const struct aor *y)
{
	int order = str_order(x->user, y->user);

	if (order == 0)
		order = str_order(x->host, y->host);
	return order != 0 ? order : (x->port > y->port) - (x->port < y->port);
}

static int alias_jid_order(const void *x, const void *y)
{
	const struct alias *const *a = x, *const *b = y;

	return jid_order(&(*a)->jid, &(*b)->jid);
}

static int alias_aor_order(const void *x, const void *y)
{
	const struct by_aor *a = x, *b = y;

	return aor_order(&a->aor, &b->aor);
}

static struct aor with_port(const struct aor *aor)
{
	struct aor out = *aor;

	if (out.port == 0)
		out.port = SIP_PORT;
	return out;
}

const struct alias_index *aliasindex_make(struct arena *a,
					  const struct alias *aliases, size_t n)
{
	struct alias_index *x = arena_new(a, struct alias_index);
	struct fault unused;
	struct aor aor;

	if (n == 0)
		return x;
	x->n = n;
	x->by_jid = arena_alloc(a, n * sizeof(*x->by_jid));
	x->by_aor = arena_alloc(a, n * sizeof(*x->by_aor));
	for (size_t i = 0; i < n; i++) {
		x->by_jid[i] = &aliases[i];
		if (aor_read(a, &aliases[i].uri, &aor, &unused))
			x->by_aor[x->aor_count++] =
				(struct by_aor){ with_port(&aor), &aliases[i] };
	}
	qsort(x->by_jid, n, sizeof(*x->by_jid), alias_jid_order);
	qsort(x->by_aor, x->aor_count, sizeof(*x->by_aor), alias_aor_order);
	return x;
}

/* An alias is written as the SIP side wants it, so its case is kept. */
static bool alias_names(struct arena *a, const struct alias *alias,
			const struct aor *aor)
{
	const struct uri *uri = &alias->uri;
	struct fault unused;
	struct aor own = { .user = uri->user,
			   .host = uri->host,
			   .port = uri->port };

	if (str_find(uri->user, '%') < uri->user.n &&
	    !aor_read(a, uri, &own, &unused))
		return false;
	return aor_eq(&own, aor);
}

const struct alias *aliasindex_by_jid(const struct address_plan *p,
				      const struct jid *jid)
{
	const struct alias key = { .jid = *jid }, *wanted = &key;
	const struct alias *const *found = NULL;

	if (p->index != NULL) {
		if (p->index->n > 0)
			found = bsearch(&wanted, p->index->by_jid, p->index->n,
					sizeof(*found), alias_jid_order);
		return found != NULL ? *found : NULL;
	}
	for (size_t i = 0; i < p->alias_count; i++) {
		if (jid_bare_eq(&p->aliases[i].jid, jid))
			return &p->aliases[i];
	}
	return NULL;
}

const struct alias *aliasindex_by_aor(struct arena *a,
				      const struct address_plan *p,
				      const struct aor *aor)
{
	const struct by_aor key = { with_port(aor), NULL }, *found = NULL;

	if (p->index != NULL) {
		if (p->index->aor_count > 0)
			found = bsearch(&key, p->index->by_aor,
					p->index->aor_count, sizeof(*found),
					alias_aor_order);
		return found != NULL ? found->alias : NULL;
	}
	for (size_t i = 0; i < p->alias_count; i++) {
		if (alias_names(a, &p->aliases[i], aor))
			return &p->aliases[i];
	}
	return NULL;
}
