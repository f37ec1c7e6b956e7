#include "gateway/monitor/measures.h"

/* One row, one paragraph: clang-format would give each field a line. */
/* clang-format off */
static const struct metric table[] = {
	{ "stox_build_info", METRIC_GAUGE, NULL, "version",
	  "The version that runs.", measure_build },
	{ "stox_uptime_seconds", METRIC_GAUGE, "seconds", NULL,
	  "Time since the start.", measure_uptime },
	{ "stox_draining", METRIC_GAUGE, NULL, NULL,
	  "1: it is about to end and takes nothing new.", measure_draining },
	{ "stox_link_up", METRIC_GAUGE, NULL, "component",
	  "1: the link to the XMPP server is up.", measure_link_up },
	{ "stox_link_connects", METRIC_COUNTER, NULL, "component",
	  "How often it came up.", measure_connects },
	{ "stox_link_losses", METRIC_COUNTER, NULL, "component",
	  "How often it was lost.", measure_losses },
	{ "stox_link_stanzas", METRIC_COUNTER, NULL, "component, direction",
	  "Stanzas read from (in) and written to (out) the XMPP server.",
	  measure_stanzas },
	{ "stox_link_traffic_bytes", METRIC_COUNTER, "bytes",
	  "component, direction", "The same in bytes.", measure_traffic },
	{ "stox_link_queued_bytes", METRIC_GAUGE, "bytes", "component",
	  "Not yet written to the XMPP server.", measure_queued_bytes },
	{ "stox_link_owed", METRIC_GAUGE, NULL, "component",
	  "Answers that wait for the link.", measure_owed },
	{ "stox_link_untaken", METRIC_GAUGE, NULL, "component",
	  "Messages that the XMPP server has not taken yet.", measure_untaken },
	{ "stox_link_waiting", METRIC_GAUGE, NULL, "component",
	  "Those of them that are not written yet: they wait until others are "
	  "taken.", measure_waiting },
	{ "stox_link_window", METRIC_GAUGE, NULL, "component",
	  "How many stanzas may be written and not taken.", measure_window },
	{ "stox_messages", METRIC_COUNTER, NULL, "direction, result",
	  "Messages that have ended: delivered, refused (the sender was told), "
	  "or rightly nothing (a notice that does not cross).", measure_messages },
	{ "stox_messages_resent", METRIC_COUNTER, NULL, NULL,
	  "Messages to XMPP written again over a new stream.", measure_resent },
	{ "stox_messages_bounced", METRIC_COUNTER, NULL, NULL,
	  "Messages that the XMPP server returned after SIP was told 202.",
	  measure_bounced },
	{ "stox_to_sip_refusals", METRIC_COUNTER, NULL, "condition",
	  "Error stanzas to senders, by condition.", measure_to_sip_refusals },
	{ "stox_to_xmpp_refusals", METRIC_COUNTER, NULL, "status",
	  "SIP messages answered with a failure, by status code.",
	  measure_to_xmpp_refusals },
	{ "stox_latency_seconds", METRIC_HISTOGRAM, "seconds", "direction",
	  "Time from a message's arrival to its end: to_xmpp, taken by the "
	  "XMPP server; to_sip, answered by the SIP side.", measure_latency },
	{ "stox_outbox_messages", METRIC_GAUGE, NULL, "component, direction",
	  "Messages in the outbox.", measure_outbox },
	{ "stox_outbox_results", METRIC_COUNTER, NULL,
	  "component, direction, result",
	  "Of the outbox: taken; delivered late, refused, expired, flushed; "
	  "full, turned away at a limit.", measure_outbox_ends },
	{ "stox_queue_messages", METRIC_GAUGE, NULL, NULL,
	  "Messages to SIP under way or waiting for their turn.", measure_queue },
	{ "stox_queue_age_seconds", METRIC_GAUGE, "seconds", NULL,
	  "Age of the oldest of them.", measure_queue_age },
	{ "stox_sip_transactions", METRIC_GAUGE, NULL, NULL,
	  "Requests of ours without an answer yet.", measure_running },
	{ "stox_sip_requests", METRIC_COUNTER, NULL, "kind",
	  "Requests that came: new, repeated (a copy), malformed.",
	  measure_requests },
	{ "stox_drops", METRIC_COUNTER, NULL, "reason",
	  "What got no answer: ack; a stranger, with strangers: silent; "
	  "malformed beyond an answer; junk that is no SIP; a late_response to "
	  "nothing that waits; xmpp_answers_full, more than 10000 answers wait "
	  "for a link; xmpp_answer_too_long, over limits.stanza_max_bytes; "
	  "xmpp_no_sender, a stanza without a readable from.",
	  measure_drops },
	{ "stox_sip_responses", METRIC_COUNTER, NULL, NULL,
	  "Responses that came.", measure_responses },
	{ "stox_sip_connections", METRIC_GAUGE, NULL, NULL,
	  "TCP and TLS connections of the SIP side.", measure_connections },
	{ "stox_subscriptions", METRIC_GAUGE, NULL, "direction, state",
	  "Who watches whom: out, users watch contacts; in, contacts watch "
	  "users.", measure_subscriptions },
	{ "stox_hep_packets", METRIC_COUNTER, NULL, "result",
	  "Datagrams to Homer: sent, or dropped because they could not go at "
	  "once.", measure_hep },
	{ "stox_store_up", METRIC_GAUGE, NULL, NULL,
	  "1: the store keeps what it is given, in time.", measure_store_up },
	{ "stox_store_waiting", METRIC_GAUGE, NULL, NULL,
	  "Records that are not yet written.", measure_store_waiting },
	{ "stox_store_operations", METRIC_COUNTER, NULL, "result",
	  "Records written and removed: kept or lost.", measure_store_operations },
	{ "stox_store_commits", METRIC_COUNTER, NULL, "result",
	  "Transactions of the store: done or failed.", measure_store_commits },
	{ "stox_store_commit_seconds", METRIC_HISTOGRAM, "seconds", NULL,
	  "Time that transactions of the store took, done or failed.",
	  measure_store_time },
	{ "stox_store_slowest_seconds", METRIC_GAUGE, "seconds", NULL,
	  "The longest of them since the start.", measure_store_slowest },
	{ "stox_log_lines", METRIC_COUNTER, NULL, "level",
	  "Log lines, by level, with those held back.", measure_log_lines },
	{ "process_resident_memory_bytes", METRIC_GAUGE, "bytes", NULL,
	  "Memory of the process.", measure_memory },
	{ "process_cpu_seconds", METRIC_COUNTER, "seconds", NULL,
	  "Processor time of the process.", measure_cpu },
	{ "process_open_fds", METRIC_GAUGE, NULL, NULL,
	  "Open descriptors.", measure_descriptors },
	{ .name = NULL },
};
/* clang-format on */

const struct metric *metrics_table(void)
{
	return table;
}
