#include "sip/outage.h"

static struct outage_entry *find(struct outage *o, const struct hop *hop)
{
	for (size_t i = 0; i < OUTAGE_MAX; i++) {
		struct outage_entry *e = &o->entries[i];

		if (e->until_ms > 0 && e->transport == hop->transport &&
		    endpoint_eq(&e->peer, &hop->peer))
			return e;
	}
	return NULL;
}

void outage_note(struct outage *o, const struct hop *hop, uint64_t until_ms)
{
	struct outage_entry *e = find(o, hop);

	if (e == NULL) {
		e = &o->entries[o->next];
		o->next = (o->next + 1) % OUTAGE_MAX;
		o->count += e->until_ms == 0;
	}
	e->peer = hop->peer;
	e->transport = hop->transport;
	e->until_ms = until_ms;
}

void outage_clear(struct outage *o, const struct hop *hop)
{
	struct outage_entry *e = o->count > 0 ? find(o, hop) : NULL;

	if (e == NULL)
		return;
	e->until_ms = 0;
	o->count--;
}

static bool is_out(const struct outage *o, const struct hop *hop,
		   uint64_t now_ms)
{
	for (size_t i = 0; i < OUTAGE_MAX; i++) {
		const struct outage_entry *e = &o->entries[i];

		if (e->until_ms > now_ms && e->transport == hop->transport &&
		    endpoint_eq(&e->peer, &hop->peer))
			return true;
	}
	return false;
}

void outage_sort(const struct outage *o, struct hop *hops, size_t n,
		 uint64_t now_ms)
{
	size_t end = n;

	if (o->count == 0 || n < 2)
		return;
	for (size_t i = 0; i < end;) {
		struct hop failed = hops[i];

		if (!is_out(o, &failed, now_ms)) {
			i++;
			continue;
		}
		for (size_t k = i; k + 1 < n; k++)
			hops[k] = hops[k + 1];
		hops[n - 1] = failed;
		end--;
	}
}
