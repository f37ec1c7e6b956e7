#ifndef STOX_GATEWAY_MONITOR_TRACE_H
#define STOX_GATEWAY_MONITOR_TRACE_H
#include "gateway/base/str.h"

struct bridge;
struct trace;

/* A live trace of one person: every SIP message and every stanza in which one
 * of his addresses stands, until the time is over. Credentials are masked, and
 * so are the texts of messages. */
enum { TRACES_MAX = 8, TRACE_NAMES_MAX = 9 };

struct trace_events {
	void (*on_line)(void *arg, struct str line); /* without LF */
	void (*on_end)(void *arg); /* the time is over; the trace is gone */
};

/* address: a JID or a URI; the mapping says his other names. NULL: too many. */
struct trace *trace_start(struct bridge *b, struct str address,
			  unsigned minutes);
/* Where the lines go; without it, into the log (event "trace"). */
void trace_listen(struct trace *t, const struct trace_events *e, void *arg);
void trace_stop(struct trace **tp);
/* "a, b": what is looked for. */
void trace_names(const struct trace *t, struct strbuf *out);
/* All of them, when the gateway ends. */
void trace_stop_all(struct bridge *b);

#endif
