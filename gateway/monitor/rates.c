#include "gateway/monitor/rates.h"
#include <stdlib.h>
#include "gateway/bridge.h"

struct sample {
	uint64_t at_ms;
	uint64_t values[RATE_COUNT];
};

struct rates {
	const struct bridge *bridge; /* borrowed */
	struct loop_timer timer;
	struct sample ring[RATES_SAMPLES];
	unsigned next, count;
};

static void take(void *arg)
{
	struct rates *r = arg;
	const struct bridge_counters *n = &r->bridge->counters;

	r->ring[r->next] = (struct sample){
		.at_ms = loop_now_ms(r->bridge->loop),
		.values = { [RATE_TO_SIP] = n->to_sip_accepted,
			    [RATE_TO_SIP_REFUSED] = n->to_sip_refused,
			    [RATE_TO_XMPP] = n->to_xmpp_accepted,
			    [RATE_TO_XMPP_REFUSED] = n->to_xmpp_refused },
	};
	r->next = (r->next + 1) % RATES_SAMPLES;
	if (r->count < RATES_SAMPLES)
		r->count++;
	loop_timer_start(r->bridge->loop, &r->timer, RATES_EVERY_MS, take, r);
}

struct rates *rates_create(const struct bridge *b)
{
	struct rates *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->bridge = b;
	take(r);
	return r;
}

void rates_destroy(struct rates **rp)
{
	struct rates *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	loop_timer_stop(&r->timer);
	free(r);
}

/* back 0: the newest. */
static const struct sample *sample_at(const struct rates *r, unsigned back)
{
	return &r->ring[(r->next + RATES_SAMPLES - 1 - back) % RATES_SAMPLES];
}

static uint64_t between(const struct sample *old, const struct sample *new,
			enum rate k)
{
	uint64_t ms = new->at_ms - old->at_ms;

	if (ms == 0)
		return 0;
	return (new->values[k] - old->values[k]) * 1000 * 1000 / ms;
}

uint64_t rates_milli(const struct rates *r, enum rate k, unsigned seconds)
{
	unsigned back = seconds * 1000 / RATES_EVERY_MS;

	if (back == 0)
		back = 1;
	if (back > r->count - 1)
		back = r->count - 1;
	return between(sample_at(r, back), sample_at(r, 0), k);
}

unsigned rates_history(const struct rates *r, enum rate k,
		       uint64_t out_milli[RATES_SAMPLES])
{
	unsigned i, n = r->count - 1;

	for (i = 0; i < n; i++)
		out_milli[i] = between(sample_at(r, n - i),
				       sample_at(r, n - i - 1), k);
	return n;
}
