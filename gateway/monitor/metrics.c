#include "gateway/monitor/metrics.h"
#include <stdio.h>
#include "gateway/monitor/histogram.h"

struct metric_out {
	struct strbuf *b;
	const struct metric *m;
};

static const char *const type_names[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
};

static const char *const endings[] = {
	[METRIC_COUNTER] = "_total",
	[METRIC_GAUGE] = "",
	[METRIC_HISTOGRAM] = "",
};

static void put_quoted(struct strbuf *b, struct str s)
{
	size_t i;

	strbuf_addc(b, '"');
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			strbuf_addc(b, '\\');
		if (s.p[i] == '\n')
			strbuf_addz(b, "\\n");
		else
			strbuf_addc(b, s.p[i]);
	}
	strbuf_addc(b, '"');
}

/* {a="b",le="0.001"}: le_ms 0: none, UINT_MAX: +Inf. */
static void put_labels(struct strbuf *b, const struct metric_label *l,
		       const char *le)
{
	char before = '{';

	for (; l != NULL && l->name != NULL; l++) {
		strbuf_addc(b, before);
		strbuf_addz(b, l->name);
		strbuf_addc(b, '=');
		put_quoted(b, l->value);
		before = ',';
	}
	if (le != NULL) {
		strbuf_addf(b, "%cle=\"%s\"", before, le);
		before = ',';
	}
	if (before == ',')
		strbuf_addc(b, '}');
}

static void put_name(struct metric_out *o, const char *ending,
		     const struct metric_label *labels, const char *le)
{
	strbuf_addz(o->b, o->m->name);
	strbuf_addz(o->b, ending);
	put_labels(o->b, labels, le);
	strbuf_addc(o->b, ' ');
}

static void put_seconds(struct strbuf *b, uint64_t ms)
{
	strbuf_addf(b, "%llu.%03u", (unsigned long long)(ms / 1000),
		    (unsigned)(ms % 1000));
}

void metric_put(struct metric_out *o, const struct metric_label *labels,
		uint64_t value)
{
	put_name(o, endings[o->m->type], labels, NULL);
	strbuf_addu(o->b, value);
	strbuf_addc(o->b, '\n');
}

void metric_put_ms(struct metric_out *o, const struct metric_label *labels,
		   uint64_t ms)
{
	put_name(o, endings[o->m->type], labels, NULL);
	put_seconds(o->b, ms);
	strbuf_addc(o->b, '\n');
}

/* As OpenMetrics writes floats: "0.5", "1.0". */
static void bound_write(char *le, size_t n, unsigned ms)
{
	size_t k = (size_t)snprintf(le, n, "%u.%03u", ms / 1000, ms % 1000);

	while (le[k - 1] == '0' && le[k - 2] != '.')
		le[--k] = '\0';
}

void metric_put_histogram(struct metric_out *o,
			  const struct metric_label *labels,
			  const struct histogram *h)
{
	uint64_t n = 0;
	char le[32];
	unsigned i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		n += h->counts[i];
		snprintf(le, sizeof(le), "+Inf");
		if (i < HISTOGRAM_BOUNDS)
			bound_write(le, sizeof(le), histogram_bounds_ms[i]);
		put_name(o, "_bucket", labels, le);
		strbuf_addu(o->b, n);
		strbuf_addc(o->b, '\n');
	}
	put_name(o, "_count", labels, NULL);
	strbuf_addu(o->b, n);
	strbuf_addc(o->b, '\n');
	put_name(o, "_sum", labels, NULL);
	put_seconds(o->b, h->sum_ms);
	strbuf_addc(o->b, '\n');
}

void metrics_write(struct strbuf *b, const struct bridge *bridge)
{
	struct metric_out o = { .b = b };

	for (o.m = metrics_table(); o.m->name != NULL; o.m++) {
		strbuf_addf(b, "# TYPE %s %s\n", o.m->name,
			    type_names[o.m->type]);
		if (o.m->unit != NULL)
			strbuf_addf(b, "# UNIT %s %s\n", o.m->name, o.m->unit);
		strbuf_addf(b, "# HELP %s %s\n", o.m->name, o.m->help);
		o.m->fn(&o, bridge);
	}
	strbuf_addz(b, "# EOF\n");
}

void metrics_doc_write(struct strbuf *b)
{
	const struct metric *m;

	strbuf_addz(b, "| metric | type | labels | |\n|---|---|---|---|\n");
	for (m = metrics_table(); m->name != NULL; m++)
		strbuf_addf(b, "| `%s%s` | %s | %s | %s |\n", m->name,
			    endings[m->type], type_names[m->type],
			    m->labels == NULL ? "" : m->labels, m->help);
}
