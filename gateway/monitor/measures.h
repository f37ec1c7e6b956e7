#ifndef STOX_GATEWAY_MONITOR_MEASURES_H
#define STOX_GATEWAY_MONITOR_MEASURES_H
#include "gateway/monitor/metrics.h"

/* What the rows of metricstable.c measure, by file. */

/* clang-format off */
#define LABEL(n, v) { (n), (v) }
/* clang-format on */
#define DIRECTION(v) LABEL("direction", STR_LIT(v))
#define COMPONENT(k) LABEL("component", (k)->cfg->domain)

/* measureprocess.c */
metric_fn measure_build, measure_uptime, measure_draining, measure_memory,
	measure_cpu, measure_descriptors, measure_log_lines;
/* measurelinks.c */
metric_fn measure_link_up, measure_connects, measure_losses,
	measure_queued_bytes, measure_owed, measure_untaken, measure_waiting,
	measure_window, measure_stanzas, measure_traffic;
/* measuremessages.c */
metric_fn measure_messages, measure_outbox, measure_outbox_ends, measure_resent,
	measure_bounced, measure_to_sip_refusals, measure_to_xmpp_refusals,
	measure_latency, measure_queue, measure_queue_age;
/* measuresip.c */
metric_fn measure_running, measure_requests, measure_drops, measure_responses,
	measure_connections, measure_hep, measure_subscriptions,
	measure_store_up, measure_store_waiting, measure_store_operations,
	measure_store_commits, measure_store_time, measure_store_slowest;

#endif
