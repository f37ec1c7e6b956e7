#include "gateway/bridge.h"
#include "gateway/monitor/hep.h"
#include "gateway/monitor/measures.h"
#include "gateway/presence/roster.h"
#include "mapping/subscription.h"

void measure_running(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, uac_running(agent_uac(b->agent)));
}

void measure_requests(struct metric_out *o, const struct bridge *b)
{
	const struct agent_counters *n = agent_counters(b->agent);
	const struct {
		struct str kind;
		uint64_t value;
	} rows[] = {
		{ STR("new"), n->requests_in },
		{ STR("repeated"), n->retransmissions_in },
		{ STR("malformed"), n->bad },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metric_put(o, METRIC_LABELS(LABEL("kind", rows[i].kind)),
			   rows[i].value);
}

/* What goes without an answer, and who could not be told. */
static const struct {
	enum agent_drop drop;
	struct str reason;
} drops[] = {
	{ AGENT_DROP_ACK, STR("ack") },
	{ AGENT_DROP_STRANGER, STR("stranger") },
	{ AGENT_DROP_MALFORMED, STR("malformed") },
	{ AGENT_DROP_JUNK, STR("junk") },
	{ AGENT_DROP_RESPONSE, STR("late_response") },
};

static void put_drop(struct metric_out *o, struct str reason, uint64_t n)
{
	metric_put(o, METRIC_LABELS(LABEL("reason", reason)), n);
}

void measure_drops(struct metric_out *o, const struct bridge *b)
{
	const struct agent_counters *n = agent_counters(b->agent);
	uint64_t full = 0, too_long = 0, nameless = 0;
	size_t i;

	for (i = 0; i < sizeof(drops) / sizeof(drops[0]); i++)
		put_drop(o, drops[i].reason, n->drops[drops[i].drop]);
	for (i = 0; i < b->link_count; i++) {
		full += b->links[i].dropped_full;
		too_long += b->links[i].dropped_long;
		nameless += b->links[i].nameless;
	}
	put_drop(o, STR_LIT("xmpp_answers_full"), full);
	put_drop(o, STR_LIT("xmpp_answer_too_long"), too_long);
	put_drop(o, STR_LIT("xmpp_no_sender"), nameless);
}

void measure_responses(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, agent_counters(b->agent)->responses_in);
}

void measure_connections(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN,
		   transport_conn_count(agent_transports(b->agent)));
}

void measure_hep(struct metric_out *o, const struct bridge *b)
{
	if (b->hep == NULL)
		return;
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("sent"))),
		   hep_sent(b->hep));
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("dropped"))),
		   hep_dropped(b->hep));
}

/* --- presence and the store */

void measure_subscriptions(struct metric_out *o, const struct bridge *b)
{
	int d, s;

	for (d = SUB_OUT; d <= SUB_IN; d++)
		for (s = SUB_NONE + 1; s < SUB_STATE_COUNT; s++)
			metric_put(o,
				   METRIC_LABELS(
					   LABEL("direction",
						 d == SUB_OUT ? STR_LIT("out")
							      : STR_LIT("in")),
					   LABEL("state",
						 sub_state_name(
							 (enum sub_state)s))),
				   roster_count_of(b->roster,
						   (enum sub_direction)d,
						   (enum sub_state)s));
}

void measure_store_up(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, store_is_well(b->store));
}

void measure_store_waiting(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, store_waiting(b->store));
}

void measure_store_operations(struct metric_out *o, const struct bridge *b)
{
	struct store_counters n = store_count(b->store);

	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("kept"))),
		   n.operations - n.lost);
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("lost"))), n.lost);
}

void measure_store_commits(struct metric_out *o, const struct bridge *b)
{
	struct store_counters n = store_count(b->store);

	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("done"))),
		   n.commits);
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("failed"))),
		   n.failures);
}

void measure_store_time(struct metric_out *o, const struct bridge *b)
{
	struct store_counters n = store_count(b->store);

	metric_put_histogram(o, METRIC_PLAIN, &n.took_ms);
}

void measure_store_slowest(struct metric_out *o, const struct bridge *b)
{
	metric_put_ms(o, METRIC_PLAIN, store_count(b->store).slowest_ms);
}
