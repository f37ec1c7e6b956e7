#include "answerer.h"
#include "clock.h"

void answerer_reset(struct answerer *a, unsigned run)
{
	ledger_reset(&a->ledger, run);
	a->bad = a->copies = 0;
}

static uint32_t hash(struct span s)
{
	uint32_t h = 2166136261; /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619;
	return h;
}

static int is_copy(struct answerer *a, const struct sipview *v, uint64_t serial)
{
	uint32_t *via = &a->via[serial % LEDGER_SERIALS];
	uint32_t before = *via;

	*via = hash(v->via);
	return *via == before;
}

size_t answerer_answer(struct answerer *a, const struct sipview *v, char *out)
{
	struct stamp s;

	if (v->body.n < STAMP_BYTES) {
		a->bad++;
		return 0;
	}
	stamp_read(v->body.p, &s);
	if (is_copy(a, v, s.serial))
		a->copies++;
	else
		ledger_add(&a->ledger, &s, clock_ns());
	return sipview_answer(v, "200 OK", "bench", (struct span){ "", 0 },
			      out);
}
