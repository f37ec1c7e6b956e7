#include "mapping/freshness.h"
#include "gateway/base/keyed.h"
#include "mapping/datetime.h"

enum { CLOCKS_DIFFER_S = 60 };

static uint64_t id_of(const struct pidf_tuple *t)
{
	return keyed_hash(t->id.p, t->id.n);
}

static int64_t stamp_of(const struct pidf_tuple *t)
{
	int64_t stamp_s = 0;

	return datetime_read_stamp(t->timestamp, &stamp_s) ? stamp_s : 0;
}

bool freshness_take(struct freshness *f, const struct pidf *p, int64_t wall_s)
{
	struct freshness newest = { .stamp_s = 0 };
	const struct pidf_tuple *t;
	bool is_older = false;

	for (t = p->tuples; t != NULL; t = t->next) {
		int64_t stamp_s = stamp_of(t);

		if (f->stamp_s > 0 && stamp_s > 0 && stamp_s < f->stamp_s &&
		    id_of(t) == f->id)
			is_older = true;
		if (stamp_s > newest.stamp_s)
			newest = (struct freshness){ id_of(t), stamp_s };
	}
	if (is_older && newest.stamp_s < f->stamp_s)
		return false;
	if (newest.stamp_s > wall_s + CLOCKS_DIFFER_S)
		newest.stamp_s = 0;
	*f = newest;
	return true;
}
