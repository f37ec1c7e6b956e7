#ifndef STOX_GATEWAY_MONITOR_METRICS_H
#define STOX_GATEWAY_MONITOR_METRICS_H
#include "gateway/base/str.h"

struct bridge;
struct histogram;

/* What can be measured: one table (metricstable.c), written as OpenMetrics text
 * (1.0) and described in docs/metrics.md. Values of labels come from closed
 * sets: the configuration, states, conditions, status codes. Types are those
 * that Prometheus' older text has as well, so that its parsers read it. */
enum metric_type {
	METRIC_COUNTER, /* its samples end in _total */
	METRIC_GAUGE,
	METRIC_HISTOGRAM
};

struct metric_out;
typedef void metric_fn(struct metric_out *o, const struct bridge *b);

struct metric {
	const char *name; /* NULL ends the table; ends with its unit */
	enum metric_type type;
	const char *unit;   /* NULL: a plain number */
	const char *labels; /* "direction, result"; NULL: none */
	const char *help;   /* one sentence */
	metric_fn *fn;	    /* writes the samples */
};

const struct metric *metrics_table(void);
/* All of them, "# EOF" at the end. */
void metrics_write(struct strbuf *b, const struct bridge *bridge);
/* The table of docs/metrics.md. */
void metrics_doc_write(struct strbuf *b);
enum { METRICS_MAX_BYTES = 1024 * 1024 };

/* --- for the functions of the table */

/* Up to two labels; name NULL: no more. */
struct metric_label {
	const char *name;
	struct str value;
};
#define METRIC_LABELS(...)                                                     \
	((const struct metric_label[]){ __VA_ARGS__, { NULL, STR_NONE } })
#define METRIC_PLAIN NULL
void metric_put(struct metric_out *o, const struct metric_label *labels,
		uint64_t value);
void metric_put_ms(struct metric_out *o, const struct metric_label *labels,
		   uint64_t ms); /* as seconds */
void metric_put_histogram(struct metric_out *o,
			  const struct metric_label *labels,
			  const struct histogram *h);

#endif
