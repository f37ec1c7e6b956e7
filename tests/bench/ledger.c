#include "ledger.h"
#include <stdio.h>
#include <string.h>

void ledger_reset(struct ledger *l, unsigned run)
{
	memset(l, 0, sizeof(*l));
	l->run = run;
}

int ledger_add(struct ledger *l, const struct stamp *s, uint64_t now_ns)
{
	uint64_t bit = UINT64_C(1) << s->serial % 64;
	uint64_t *word = &l->seen[s->serial % LEDGER_SERIALS / 64];

	if (s->run != l->run) {
		l->strays++;
		return 0;
	}
	l->received++;
	if (*word & bit) {
		l->duplicates++;
		return 0;
	}
	*word |= bit;
	l->distinct++;
	histogram_add(&l->latency, now_ns - s->time_ns);
	return 1;
}

void ledger_print(const struct ledger *l)
{
	printf("received=%lu distinct=%lu duplicates=%lu strays=%lu",
	       l->received, l->distinct, l->duplicates, l->strays);
	histogram_print(&l->latency);
}
