#include <stdio.h>
#include <sys/resource.h>
#include <dirent.h>
#include <unistd.h>
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/hep.h"
#include "gateway/metrics.h"
#include "gateway/outbox.h"
#include "gateway/roster.h"
#include "gateway/to_sip.h"
#include "mapping/subscription.h"

/* clang-format off */
#define LABEL(n, v) { (n), (v) }
/* clang-format on */
#define DIRECTION(v) LABEL("direction", STR_LIT(v))
#define COMPONENT(k) LABEL("component", (k)->cfg->domain)

/* --- the process */

static void put_build(struct metric_out *o, const struct bridge *b)
{
	(void)b;
	metric_put(o, METRIC_LABELS(LABEL("version", STR_LIT(STOX_VERSION))),
		   1);
}

static void put_uptime(struct metric_out *o, const struct bridge *b)
{
	metric_put_ms(o, METRIC_PLAIN, loop_now_ms(b->loop) - b->since_ms);
}

static void put_draining(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, b->is_draining);
}

static void put_memory(struct metric_out *o, const struct bridge *b)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, resident;

	(void)b;
	if (f == NULL)
		return;
	if (fscanf(f, "%lu %lu", &all, &resident) == 2)
		metric_put(o, METRIC_PLAIN,
			   (uint64_t)resident *
				   (uint64_t)sysconf(_SC_PAGESIZE));
	fclose(f);
}

static void put_cpu(struct metric_out *o, const struct bridge *b)
{
	struct rusage u;

	(void)b;
	if (getrusage(RUSAGE_SELF, &u) == 0)
		metric_put_ms(
			o, METRIC_PLAIN,
			(uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) *
					1000 +
				(uint64_t)(u.ru_utime.tv_usec +
					   u.ru_stime.tv_usec) /
					1000);
}

static void put_descriptors(struct metric_out *o, const struct bridge *b)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	(void)b;
	if (d == NULL)
		return;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	/* "." and "..", and the one that reads. */
	metric_put(o, METRIC_PLAIN, n > 3 ? n - 3 : 0);
}

static void put_log_lines(struct metric_out *o, const struct bridge *b)
{
	int i;

	(void)b;
	for (i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++)
		metric_put(o,
			   METRIC_LABELS(LABEL(
				   "level",
				   str_z(log_level_name((enum log_level)i)))),
			   log_count((enum log_level)i));
}

/* --- links */

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

static void put_link_up(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_is_up(k->component));
}

static void put_connects(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_counters(k->component)->connects);
}

static void put_losses(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_counters(k->component)->losses);
}

static void put_queued_bytes(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, component_queued_bytes(k->component));
}

static void put_owed(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, k->owed_count);
}

static void put_untaken(struct metric_out *o, const struct bridge *b)
{
	EACH_LINK(o, b, link_untaken(k));
}

static void put_both(struct metric_out *o, const struct link *k, uint64_t in,
		     uint64_t out)
{
	metric_put(o, METRIC_LABELS(COMPONENT(k), DIRECTION("in")), in);
	metric_put(o, METRIC_LABELS(COMPONENT(k), DIRECTION("out")), out);
}

static void put_stanzas(struct metric_out *o, const struct bridge *b)
{
	const struct component_counters *n;

	for (size_t i = 0; i < b->link_count; i++) {
		n = component_counters(b->links[i].component);
		put_both(o, &b->links[i], n->stanzas_in, n->stanzas_out);
	}
}

static void put_traffic(struct metric_out *o, const struct bridge *b)
{
	const struct component_counters *n;

	for (size_t i = 0; i < b->link_count; i++) {
		n = component_counters(b->links[i].component);
		put_both(o, &b->links[i], n->bytes_in, n->bytes_out);
	}
}

/* --- messages */

static void put_messages(struct metric_out *o, const struct bridge *b)
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

static void put_outbox(struct metric_out *o, const struct bridge *b)
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

static void put_outbox_ends(struct metric_out *o, const struct bridge *b)
{
	for (size_t i = 0; i < b->link_count; i++)
		put_outbox_of(o, &b->links[i]);
}

static void put_resent(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, b->counters.to_xmpp_resent);
}

static void put_bounced(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, b->counters.bounced_late);
}

static void put_to_sip_refusals(struct metric_out *o, const struct bridge *b)
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

static void put_to_xmpp_refusals(struct metric_out *o, const struct bridge *b)
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

static void put_latency(struct metric_out *o, const struct bridge *b)
{
	metric_put_histogram(o, METRIC_LABELS(DIRECTION("to_sip")),
			     &b->counters.to_sip_ms);
	metric_put_histogram(o, METRIC_LABELS(DIRECTION("to_xmpp")),
			     &b->counters.to_xmpp_ms);
}

static void put_queue(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, queue_count(b->queue));
}

static void put_queue_age(struct metric_out *o, const struct bridge *b)
{
	metric_put_ms(o, METRIC_PLAIN, to_sip_oldest_ms(b));
}

/* --- SIP */

static void put_running(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, uac_running(agent_uac(b->agent)));
}

static void put_requests(struct metric_out *o, const struct bridge *b)
{
	const struct agent_counters *n = agent_counters(b->agent);
	const struct {
		struct str kind;
		uint64_t value;
	} rows[] = {
		{ STR("new"), n->requests_in },
		{ STR("repeated"), n->retransmissions_in },
		{ STR("malformed"), n->bad },
		{ STR("dropped"), n->dropped },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		metric_put(o, METRIC_LABELS(LABEL("kind", rows[i].kind)),
			   rows[i].value);
}

static void put_responses(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, agent_counters(b->agent)->responses_in);
}

static void put_connections(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN,
		   transport_conn_count(agent_transports(b->agent)));
}

static void put_hep(struct metric_out *o, const struct bridge *b)
{
	if (b->hep == NULL)
		return;
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("sent"))),
		   hep_sent(b->hep));
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("dropped"))),
		   hep_dropped(b->hep));
}

/* --- presence and the store */

static void put_subscriptions(struct metric_out *o, const struct bridge *b)
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

static void put_store_up(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, store_is_well(b->store));
}

static void put_store_waiting(struct metric_out *o, const struct bridge *b)
{
	metric_put(o, METRIC_PLAIN, store_waiting(b->store));
}

static void put_store_operations(struct metric_out *o, const struct bridge *b)
{
	struct store_counters n = store_count(b->store);

	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("kept"))),
		   n.operations - n.lost);
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("lost"))), n.lost);
}

static void put_store_commits(struct metric_out *o, const struct bridge *b)
{
	struct store_counters n = store_count(b->store);

	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("done"))),
		   n.commits);
	metric_put(o, METRIC_LABELS(LABEL("result", STR_LIT("failed"))),
		   n.failures);
}

static void put_store_time(struct metric_out *o, const struct bridge *b)
{
	struct store_counters n = store_count(b->store);

	metric_put_ms(o, METRIC_LABELS(LABEL("which", STR_LIT("last"))),
		      n.last_ms);
	metric_put_ms(o, METRIC_LABELS(LABEL("which", STR_LIT("slowest"))),
		      n.slowest_ms);
}

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
static const struct metric table[] = {
	{ "stox_build", METRIC_INFO, NULL, "version",
	  "The version that runs.", put_build },
	{ "stox_uptime_seconds", METRIC_GAUGE, "seconds", NULL,
	  "Time since the start.", put_uptime },
	{ "stox_draining", METRIC_GAUGE, NULL, NULL,
	  "1: it is about to end and takes nothing new.", put_draining },
	{ "stox_link_up", METRIC_GAUGE, NULL, "component",
	  "1: the link to the XMPP server is up.", put_link_up },
	{ "stox_link_connects", METRIC_COUNTER, NULL, "component",
	  "How often it came up.", put_connects },
	{ "stox_link_losses", METRIC_COUNTER, NULL, "component",
	  "How often it was lost.", put_losses },
	{ "stox_link_stanzas", METRIC_COUNTER, NULL, "component, direction",
	  "Stanzas read from (in) and written to (out) the XMPP server.",
	  put_stanzas },
	{ "stox_link_traffic_bytes", METRIC_COUNTER, "bytes",
	  "component, direction", "The same in bytes.", put_traffic },
	{ "stox_link_queued_bytes", METRIC_GAUGE, "bytes", "component",
	  "Not yet written to the XMPP server.", put_queued_bytes },
	{ "stox_link_owed", METRIC_GAUGE, NULL, "component",
	  "Answers that wait for the link.", put_owed },
	{ "stox_link_untaken", METRIC_GAUGE, NULL, "component",
	  "Messages written that the XMPP server has not taken yet.",
	  put_untaken },
	{ "stox_messages", METRIC_COUNTER, NULL, "direction, result",
	  "Messages that have ended: delivered, refused (the sender was told), "
	  "or rightly nothing (a notice that does not cross).", put_messages },
	{ "stox_messages_resent", METRIC_COUNTER, NULL, NULL,
	  "Messages to XMPP written again over a new stream.", put_resent },
	{ "stox_messages_bounced", METRIC_COUNTER, NULL, NULL,
	  "Messages that the XMPP server returned after SIP was told 202.",
	  put_bounced },
	{ "stox_to_sip_refusals", METRIC_COUNTER, NULL, "condition",
	  "Error stanzas to senders, by condition.", put_to_sip_refusals },
	{ "stox_to_xmpp_refusals", METRIC_COUNTER, NULL, "status",
	  "SIP messages answered with a failure, by status code.",
	  put_to_xmpp_refusals },
	{ "stox_latency_seconds", METRIC_HISTOGRAM, "seconds", "direction",
	  "Time from a message's arrival to its end: to_xmpp, taken by the "
	  "XMPP server; to_sip, answered by the SIP side.", put_latency },
	{ "stox_outbox_messages", METRIC_GAUGE, NULL, "component, direction",
	  "Messages in the outbox.", put_outbox },
	{ "stox_outbox_results", METRIC_COUNTER, NULL,
	  "component, direction, result",
	  "Of the outbox: taken; delivered late, refused, expired, flushed; "
	  "full, turned away at a limit.", put_outbox_ends },
	{ "stox_queue_messages", METRIC_GAUGE, NULL, NULL,
	  "Messages to SIP under way or waiting for their turn.", put_queue },
	{ "stox_queue_age_seconds", METRIC_GAUGE, "seconds", NULL,
	  "Age of the oldest of them.", put_queue_age },
	{ "stox_sip_transactions", METRIC_GAUGE, NULL, NULL,
	  "Requests of ours without an answer yet.", put_running },
	{ "stox_sip_requests", METRIC_COUNTER, NULL, "kind",
	  "Requests that came: new, repeated (a copy), malformed, dropped.",
	  put_requests },
	{ "stox_sip_responses", METRIC_COUNTER, NULL, NULL,
	  "Responses that came.", put_responses },
	{ "stox_sip_connections", METRIC_GAUGE, NULL, NULL,
	  "TCP and TLS connections of the SIP side.", put_connections },
	{ "stox_subscriptions", METRIC_GAUGE, NULL, "direction, state",
	  "Who watches whom: out, users watch contacts; in, contacts watch "
	  "users.", put_subscriptions },
	{ "stox_hep_packets", METRIC_COUNTER, NULL, "result",
	  "Datagrams to Homer: sent, or dropped because they could not go at "
	  "once.", put_hep },
	{ "stox_store_up", METRIC_GAUGE, NULL, NULL,
	  "1: the store keeps what it is given, in time.", put_store_up },
	{ "stox_store_waiting", METRIC_GAUGE, NULL, NULL,
	  "Records that are not yet written.", put_store_waiting },
	{ "stox_store_operations", METRIC_COUNTER, NULL, "result",
	  "Records written and removed: kept or lost.", put_store_operations },
	{ "stox_store_commits", METRIC_COUNTER, NULL, "result",
	  "Transactions of the store: done or failed.", put_store_commits },
	{ "stox_store_commit_seconds", METRIC_GAUGE, "seconds", "which",
	  "Time of the last transaction, and of the slowest since the start.",
	  put_store_time },
	{ "stox_log_lines", METRIC_COUNTER, NULL, "level",
	  "Log lines, by level, with those held back.", put_log_lines },
	{ "process_resident_memory_bytes", METRIC_GAUGE, "bytes", NULL,
	  "Memory of the process.", put_memory },
	{ "process_cpu_seconds", METRIC_COUNTER, "seconds", NULL,
	  "Processor time of the process.", put_cpu },
	{ "process_open_fds", METRIC_GAUGE, NULL, NULL,
	  "Open descriptors.", put_descriptors },
	{ .name = NULL },
};
/* clang-format on */

const struct metric *metrics_table(void)
{
	return table;
}
