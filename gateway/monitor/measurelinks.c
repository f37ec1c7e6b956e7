#include "gateway/bridge.h"
#include "gateway/monitor/measures.h"

#define EACH_LINK(o, b, value)                                                 \
	do {                                                                   \
		const struct link *k;                                          \
		size_t i;                                                      \
                                                                               \
		for (i = 0; i < (b)->link_count; i++) {                        \
			k = &(b)->links[i];                                    \
			metric_put((o), METRIC_LABELS(COMPONENT(k)), (value)); \
		}                                                              \
	} while (0)

void measure_link_up(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_is_up(k->component));
}

void measure_connects(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_counters(k->component)->connects);
}

void measure_losses(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_counters(k->component)->losses);
}

void measure_queued_bytes(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_queued_bytes(k->component));
}

void measure_owed(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, k->owed_count);
}

void measure_untaken(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, link_untaken(k));
}

void measure_waiting(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, k->turns.count);
}

void measure_window(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, barrier_window(k->barrier));
}

static void put_both(struct metric_out *o, const struct link *k, uint64_t in,
		     uint64_t out)
{
	metric_put(o, METRIC_LABELS(COMPONENT(k), DIRECTION("in")), in);
	metric_put(o, METRIC_LABELS(COMPONENT(k), DIRECTION("out")), out);
}

void measure_stanzas(struct metric_out *o, const struct bridge *b)
{
	const struct component_counters *n;

	for (size_t i = 0; i < b->link_count; i++) {
		n = component_counters(b->links[i].component);
		put_both(o, &b->links[i], n->stanzas_in, n->stanzas_out);
	}
}

void measure_traffic(struct metric_out *o, const struct bridge *b)
{
	const struct component_counters *n;

	for (size_t i = 0; i < b->link_count; i++) {
		n = component_counters(b->links[i].component);
		put_both(o, &b->links[i], n->bytes_in, n->bytes_out);
	}
}
