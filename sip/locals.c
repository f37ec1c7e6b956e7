#include "sip/locals.h"

#include <string.h>

static bool same_address(const union endpoint *a, const union endpoint *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET6)
		return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16) == 0 &&
		       a->in6.sin6_scope_id == b->in6.sin6_scope_id;
	return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

uint32_t locals_number(struct locals *l, const union endpoint *own)
{
	for (size_t i = 0; i < l->count; i++) {
		if (same_address(&l->at[i], own))
			return (uint32_t)i + 1;
	}
	if (l->count == LOCALS_MAX)
		return 0;
	l->at[l->count++] = *own;
	return (uint32_t)l->count;
}

const union endpoint *locals_get(const struct locals *l, uint32_t number,
				 int family)
{
	if (number < 1 || number > l->count ||
	    l->at[number - 1].sa.sa_family != family)
		return NULL;
	return &l->at[number - 1];
}
