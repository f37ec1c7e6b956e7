#include <stdio.h>
#include "gateway/bridge.h"
#include "gateway/monitor/measures.h"
#include "gateway/outbox/outbox.h"
#include "gateway/messages/departure.h"

void measure_messages(struct metric_out *o, const struct bridge *b)
{
	const struct bridge_counters *n = &b->counters;
	const struct {
		struct str direction, result;
		uint64_t value;
	} rows[] = {
		{ STR("to_sip"), STR("delivered"), n->to_sip_accepted },
		{ STR("to_sip"), STR("refused"), n->to_sip_refused },
		{ STR("to_sip"), STR("nothing"), n->to_sip_nothing },
		{ STR("to_xmpp"), STR("delivered"), n->to_xmpp_accepted },
		{ STR("to_xmpp"), STR("refused"), n->to_xmpp_refused },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metric_put(o,
			   METRIC_LABELS(LABEL("direction", rows[i].direction),
					 LABEL("result", rows[i].result)),
			   rows[i].value);
}

void measure_outbox(struct metric_out *o, const struct bridge *b)
{
	struct outbox_counters n;
	const struct link *k;
	size_t i;

	for (i = 0; i < b->link_count; i++) {
		k = &b->links[i];
		outbox_count(k->outbox, &n);
		metric_put(o, METRIC_LABELS(COMPONENT(k), DIRECTION("to_sip")),
			   n.waiting);
		metric_put(o, METRIC_LABELS(COMPONENT(k), DIRECTION("to_xmpp")),
			   k->kept.waiting);
	}
}

static void put_outbox_of(struct metric_out *o, const struct link *k)
{
	struct outbox_counters n;
	struct str to_sip = STR_LIT("to_sip"), to_xmpp = STR_LIT("to_xmpp");

	outbox_count(k->outbox, &n);
	const struct {
		struct str direction, result;
		uint64_t value;
	} rows[] = {
		{ to_sip, STR("taken"), n.taken },
		{ to_sip, STR("late"), n.delivered },
		{ to_sip, STR("refused"), n.refused },
		{ to_sip, STR("expired"), n.expired },
		{ to_sip, STR("flushed"), n.flushed },
		{ to_sip, STR("full"), n.full },
		{ to_xmpp, STR("taken"), k->kept.taken },
		{ to_xmpp, STR("late"), k->kept.delivered },
		{ to_xmpp, STR("expired"), k->kept.expired },
		{ to_xmpp, STR("flushed"), k->kept.flushed },
		{ to_xmpp, STR("full"), k->kept.full },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metric_put(o,
			   METRIC_LABELS(COMPONENT(k),
					 LABEL("direction", rows[i].direction),
					 LABEL("result", rows[i].result)),
			   rows[i].value);
}

void measure_outbox_ends(struct metric_out *o, const struct bridge *b)
{
	for (size_t i = 0; i < b->link_count; i++)
		put_outbox_of(o, &b->links[i]);
}

void measure_resent(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, b->counters.to_xmpp_resent);
}

void measure_bounced(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, b->counters.bounced_late);
}

void measure_to_sip_refusals(struct metric_out *o, const struct bridge *b)
{
	int i;

	for (i = COND_NONE + 1; i < COND_COUNT; i++)
		if (b->counters.to_sip_conditions[i] > 0)
			metric_put(
				o,
				METRIC_LABELS(LABEL("condition",
						    cond_name((enum cond)i))),
				b->counters.to_sip_conditions[i]);
}

void measure_to_xmpp_refusals(struct metric_out *o, const struct bridge *b)
{
	char status[16];
	int i;

	for (i = 0; i < BRIDGE_STATUSES; i++) {
		if (b->counters.to_xmpp_statuses[i] == 0)
			continue;
		snprintf(status, sizeof(status), "%d", BRIDGE_STATUS_MIN + i);
		metric_put(o, METRIC_LABELS(LABEL("status", str_z(status))),
			   b->counters.to_xmpp_statuses[i]);
	}
}

void measure_latency(struct metric_out *o, const struct bridge *b)
{
	metric_put_histogram(o, METRIC_LABELS(DIRECTION("to_sip")),
			     &b->counters.to_sip_ms);
	metric_put_histogram(o, METRIC_LABELS(DIRECTION("to_xmpp")),
			     &b->counters.to_xmpp_ms);
}

void measure_queue(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, queue_count(b->queue));
}

void measure_queue_age(struct metric_out *o, const struct bridge *b)
{
	metric_put_ms(o, METRIC_PLAIN, departures_oldest_ms(b));
}
