#include "gateway/messages/share.h"
#include "gateway/base/pool.h"

struct share *share_join(struct share **all, struct str sender)
{
	unsigned hash = (unsigned)keyed_hash(sender.p, sender.n);
	struct share *s;

	HASH_FIND_BYHASHVALUE(hh, *all, sender.p, sender.n, hash, s);
	if (s == NULL) {
		s = pool_zero(sizeof(*s) + sender.n);
		s->n = sender.n;
		if (sender.n > 0)
			memcpy(s->name, sender.p, sender.n);
		HASH_ADD_KEYPTR_BYHASHVALUE(hh, *all, s->name, s->n, hash, s);
	}
	s->items++;
	return s;
}

void share_leave(struct share **all, struct share *s)
{
	if (--s->items > 0)
		return;
	HASH_DEL(*all, s);
	pool_give(s, sizeof(*s) + s->n);
}
