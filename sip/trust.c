#include "sip/trust.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 16, V4_PREFIX_BITS = 96 };

/* Every address is kept in its IPv6 form, IPv4 as ::ffff:a.b.c.d, so that a
 * peer is the same one whichever socket it came through. */
struct range {
	unsigned char address[ADDRESS_BYTES];
	unsigned char mask[ADDRESS_BYTES];
	unsigned bits; /* of ADDRESS_BYTES * 8 */
};

struct entry {
	struct range range;
	struct str name;     /* owned; none: the range counts */
	struct str *domains; /* owned, each by str_heap */
	size_t domain_count;
	bool is_asserting;
};

struct trust {
	struct entry *entries; /* owned; a handful, so a plain scan will do */
	size_t n;
};

struct trust *trust_create(void)
{
	struct trust *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	return t;
}

void trust_destroy(struct trust **tp)
{
	struct trust *t = *tp;

	if (t == NULL)
		return;
	*tp = NULL;
	for (size_t i = 0; i < t->n; i++) {
		struct entry *e = &t->entries[i];

		for (size_t d = 0; d < e->domain_count; d++)
			str_free(&e->domains[d]);
		free(e->domains);
		str_free(&e->name);
	}
	free(t->entries);
	free(t);
}

static bool address_of(const union endpoint *e, unsigned char out[])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (e->sa.sa_family == AF_INET6) {
		memcpy(out, &e->in6.sin6_addr, ADDRESS_BYTES);
		return true;
	}
	if (e->sa.sa_family != AF_INET)
		return false;
	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + sizeof(mapped), &e->in.sin_addr, 4);
	return true;
}

/* Clears what is behind the prefix: 192.0.2.7/24 is meant as 192.0.2.0/24. */
static void address_mask(unsigned char a[], unsigned bits)
{
	for (unsigned i = 0; i < ADDRESS_BYTES; i++) {
		unsigned left = bits > i * 8 ? bits - i * 8 : 0;

		if (left < 8)
			a[i] &= (unsigned char)(0xff00u >> left);
	}
}

static bool range_read(struct str text, struct range *out)
{
	struct str rest = text;
	struct str host = str_cut(&rest, '/');
	bool has_bits = rest.p != NULL;
	union endpoint e;
	uint32_t bits;
	unsigned width;

	if (!endpoint_read(host, 0, &e) || !address_of(&e, out->address))
		return false;
	width = e.sa.sa_family == AF_INET ? 32 : 128;
	bits = width;
	if (has_bits && (!str_to_u32(rest, &bits) || bits > width))
		return false;
	out->bits = bits + (width == 32 ? V4_PREFIX_BITS : 0);
	address_mask(out->address, out->bits);
	memset(out->mask, 0xff, sizeof(out->mask));
	address_mask(out->mask, out->bits);
	return true;
}

static struct entry *entry_add(struct trust *t, const struct trust_rule *r)
{
	struct entry *e;

	t->entries = realloc(t->entries, (t->n + 1) * sizeof(*e));
	if (t->entries == NULL)
		abort();
	e = &t->entries[t->n++];
	*e = (struct entry){ .domain_count = r->n,
			     .is_asserting = r->is_asserting };
	e->domains = calloc(r->n + 1, sizeof(*e->domains));
	if (e->domains == NULL)
		abort();
	for (size_t i = 0; i < r->n; i++)
		e->domains[i] = str_heap(r->domains[i]);
	return e;
}

bool trust_add(struct trust *t, struct str range, const struct trust_rule *r)
{
	struct range read;

	if (!range_read(str_trim(range), &read))
		return false;
	entry_add(t, r)->range = read;
	return true;
}

void trust_add_name(struct trust *t, struct str name,
		    const struct trust_rule *r)
{
	assert(name.n > 0); /* or it were a range that holds everybody */
	entry_add(t, r)->name = str_heap(name);
}

/* --- questions */

static bool range_holds(const struct range *r, const unsigned char a[])
{
	uint64_t is[2], wanted[2], mask[2];

	memcpy(is, a, sizeof(is));
	memcpy(wanted, r->address, sizeof(wanted));
	memcpy(mask, r->mask, sizeof(mask));
	return ((is[0] ^ wanted[0]) & mask[0]) == 0 &&
	       ((is[1] ^ wanted[1]) & mask[1]) == 0;
}

static bool has_name(const char *names, struct str name)
{
	for (; *names != '\0'; names += strlen(names) + 1)
		if (str_ieqz(name, names))
			return true;
	return false;
}

/* A source on its way through the entries. */
struct search {
	const struct trust *trust;
	const char *names;
	unsigned char address[ADDRESS_BYTES];
	int longest; /* prefix of the narrowest range that holds it; -1: none */
	size_t i;
};

static void search_begin(struct search *s, const struct trust *t,
			 const struct trust_source *from)
{
	*s = (struct search){ .trust = t, .names = from->names, .longest = -1 };
	if (!address_of(from->at, s->address))
		return;
	for (size_t i = 0; i < t->n; i++) {
		const struct entry *e = &t->entries[i];

		if (e->name.n == 0 && (int)e->range.bits > s->longest &&
		    range_holds(&e->range, s->address))
			s->longest = (int)e->range.bits;
	}
}

/* The next entry that counts for the source; NULL: no more. The same range
 * given twice adds up. */
static const struct entry *search_next(struct search *s)
{
	while (s->i < s->trust->n) {
		const struct entry *e = &s->trust->entries[s->i++];

		if (e->name.n > 0 ? has_name(s->names, e->name)
				  : (int)e->range.bits == s->longest &&
					    range_holds(&e->range, s->address))
			return e;
	}
	return NULL;
}

bool trust_has_peer(const struct trust *t, const struct trust_source *from)
{
	struct search s;

	search_begin(&s, t, from);
	return search_next(&s) != NULL;
}

/* "*", "*.example.net" (what is below it, not example.net itself), or the
 * name. */
static bool domain_fits(struct str pattern, struct str domain)
{
	struct str tail;

	if (str_eqz(pattern, "*"))
		return true;
	if (!str_starts(pattern, "*."))
		return str_ieq(pattern, domain);
	tail = str_from(pattern, 1);
	return domain.n > tail.n &&
	       str_ieq(str_from(domain, domain.n - tail.n), tail);
}

static bool entry_may_speak(const struct entry *e, struct str domain)
{
	for (size_t i = 0; i < e->domain_count; i++) {
		if (domain_fits(e->domains[i], domain))
			return true;
	}
	return false;
}

bool trust_may_speak(const struct trust *t, const struct trust_source *from,
		     struct str domain)
{
	const struct entry *e;
	struct search s;

	if (domain.n == 0)
		return false;
	search_begin(&s, t, from);
	while ((e = search_next(&s)) != NULL) {
		if (entry_may_speak(e, domain))
			return true;
	}
	return false;
}

bool trust_may_assert(const struct trust *t, const struct trust_source *from)
{
	const struct entry *e;
	struct search s;

	search_begin(&s, t, from);
	while ((e = search_next(&s)) != NULL) {
		if (e->is_asserting)
			return true;
	}
	return false;
}
