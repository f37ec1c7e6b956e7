#include "sip/trust.h"
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 16, V4_PREFIX_BITS = 96 };

/* Every address is kept in its IPv6 form, IPv4 as ::ffff:a.b.c.d, so that a
 * peer is the same one whichever socket it came through. */
struct range {
	unsigned char address[ADDRESS_BYTES];
	unsigned bits;	     /* of ADDRESS_BYTES * 8 */
	struct str *domains; /* owned, each by str_heap */
	size_t domain_count;
};

struct trust {
	struct range *ranges; /* owned; a handful, so a plain scan will do */
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
		for (size_t d = 0; d < t->ranges[i].domain_count; d++)
			str_free(&t->ranges[i].domains[d]);
		free(t->ranges[i].domains);
	}
	free(t->ranges);
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
	return true;
}

bool trust_add(struct trust *t, struct str range, const struct str *domains,
	       size_t n)
{
	struct range r = { .domain_count = n };
	struct range *all;

	if (!range_read(str_trim(range), &r))
		return false;
	all = realloc(t->ranges, (t->n + 1) * sizeof(*all));
	r.domains = calloc(n > 0 ? n : 1, sizeof(*r.domains));
	if (all == NULL || r.domains == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		r.domains[i] = str_heap(domains[i]);
	t->ranges = all;
	t->ranges[t->n++] = r;
	return true;
}

static bool range_holds(const struct range *r, const unsigned char a[])
{
	unsigned char masked[ADDRESS_BYTES];

	memcpy(masked, a, sizeof(masked));
	address_mask(masked, r->bits);
	return memcmp(masked, r->address, sizeof(masked)) == 0;
}

/* Prefix length of the narrowest range that holds the address; -1: none. */
static int longest(const struct trust *t, const unsigned char a[])
{
	int best = -1;

	for (size_t i = 0; i < t->n; i++) {
		if ((int)t->ranges[i].bits > best &&
		    range_holds(&t->ranges[i], a))
			best = (int)t->ranges[i].bits;
	}
	return best;
}

bool trust_has_peer(const struct trust *t, const union endpoint *e)
{
	unsigned char a[ADDRESS_BYTES];

	return address_of(e, a) && longest(t, a) >= 0;
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

static bool range_may_speak(const struct range *r, struct str domain)
{
	for (size_t i = 0; i < r->domain_count; i++) {
		if (domain_fits(r->domains[i], domain))
			return true;
	}
	return false;
}

bool trust_may_speak(const struct trust *t, const union endpoint *e,
		     struct str domain)
{
	unsigned char a[ADDRESS_BYTES];
	int best;

	if (domain.n == 0 || !address_of(e, a))
		return false;
	best = longest(t, a);
	/* The same range given twice adds up. */
	for (size_t i = 0; i < t->n && best >= 0; i++) {
		if ((int)t->ranges[i].bits == best &&
		    range_holds(&t->ranges[i], a) &&
		    range_may_speak(&t->ranges[i], domain))
			return true;
	}
	return false;
}
