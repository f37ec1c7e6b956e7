#include "gateway/monitor/web.h"
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include "gateway/bridge.h"
#include "gateway/monitor/metrics.h"
#include "gateway/monitor/rates.h"
#include "gateway/monitor/statuspage.h"

struct web {
	struct bridge *bridge;	   /* borrowed */
	struct MHD_Daemon *daemon; /* owned */
	struct rates *rates;	   /* owned */
	struct loop_watch watch;
	struct loop_timer timer;
};

/* A page writes its text and says its status. */
typedef unsigned page_fn(const struct web *w, struct strbuf *b);
struct page {
	const char *path, *type;
	page_fn *fn;
};

/* --- pages */

static unsigned page_metrics(const struct web *w, struct strbuf *b)
{
	metrics_write(b, w->bridge);
	return MHD_HTTP_OK;
}

static unsigned page_health(const struct web *w, struct strbuf *b)
{
	(void)w;
	strbuf_addz(b, "alive\n");
	return MHD_HTTP_OK;
}

static unsigned page_ready(const struct web *w, struct strbuf *b)
{
	const struct bridge *g = w->bridge;
	const struct link *k;
	size_t i;

	for (i = 0; i < g->link_count; i++) {
		k = &g->links[i];
		if (!component_is_up(k->component))
			strbuf_addf(b, "%.*s: %s\n", STR_ARG(k->cfg->domain),
				    component_why(k->component));
	}
	if (!store_is_well(g->store))
		strbuf_addz(b, "the store is not well\n");
	if (g->is_draining)
		strbuf_addz(b, "draining\n");
	if (b->n > 0)
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	strbuf_addz(b, "ready\n");
	return MHD_HTTP_OK;
}

static unsigned page_status(const struct web *w, struct strbuf *b)
{
	statuspage_write(b, w->bridge, w->rates);
	return MHD_HTTP_OK;
}

static unsigned page_css(const struct web *w, struct strbuf *b)
{
	(void)w;
	strbuf_addz(b, statuspage_css);
	return MHD_HTTP_OK;
}

static unsigned page_js(const struct web *w, struct strbuf *b)
{
	(void)w;
	strbuf_addz(b, statuspage_js);
	return MHD_HTTP_OK;
}

static const char TEXT[] = "text/plain; charset=utf-8";

static const struct page pages[] = {
	{ "/", "text/html; charset=utf-8", page_status },
	{ "/status.css", "text/css; charset=utf-8", page_css },
	{ "/status.js", "text/javascript; charset=utf-8", page_js },
	{ "/metrics",
	  "application/openmetrics-text; version=1.0.0; charset=utf-8",
	  page_metrics },
	{ "/health", TEXT, page_health },
	{ "/ready", TEXT, page_ready },
};

/* --- answers */

static const char *const headers[][2] = {
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Content-Security-Policy",
	  "default-src 'none'; style-src 'self'; script-src 'self'; "
	  "connect-src 'self'; img-src data:; base-uri 'none'; form-action "
	  "'none'; "
	  "frame-ancestors 'none'" },
};

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status,
			      const char *type, struct str text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		text.n, (void *)(uintptr_t)text.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;
	size_t i;

	if (r == NULL)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(r, headers[i][0], headers[i][1]);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result serve(const struct web *w, struct MHD_Connection *c,
			     const struct page *p)
{
	enum MHD_Result result;
	unsigned status;
	struct strbuf b;

	strbuf_init(&b, METRICS_MAX_BYTES);
	status = p->fn(w, &b);
	if (b.overflow)
		status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	result = answer(c, status, p->type, strbuf_str(&b));
	strbuf_fini(&b);
	return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c,
				  const char *url, const char *method,
				  const char *version, const char *body,
				  size_t *body_bytes, void **state)
{
	size_t i;

	static const char seen;

	(void)version;
	(void)body;
	/* The first call has the headers only; who answers it ends the
	 * connection. */
	if (*state == NULL) {
		*state = (void *)(uintptr_t)&seen;
		return MHD_YES;
	}
	/* Nothing that is sent to us is of use: the connection ends. */
	if (*body_bytes > 0)
		return MHD_NO;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, TEXT,
			      STR_LIT("GET and HEAD only\n"));
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(url, pages[i].path) == 0)
			return serve(arg, c, &pages[i]);
	return answer(c, MHD_HTTP_NOT_FOUND, TEXT,
		      STR_LIT("there are /, /metrics, /health and /ready\n"));
}

/* --- the loop */

static void run(struct web *w);

static void on_timer(void *arg)
{
	run(arg);
}

static void on_ready(void *arg, unsigned events)
{
	(void)events;
	run(arg);
}

static void run(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(w->daemon);
	loop_timer_stop(&w->timer);
	if (MHD_get_timeout(w->daemon, &ms) == MHD_YES)
		loop_timer_start(w->bridge->loop, &w->timer, ms + 1, on_timer,
				 w);
}

static struct MHD_Daemon *daemon_start(struct web *w, const union endpoint *at)
{
	unsigned flags = MHD_USE_EPOLL;

	if (at->sa.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, w, MHD_OPTION_SOCK_ADDR,
		&at->sa, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)WEB_CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)WEB_CONNECTIONS_PER_SOURCE_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_MEMORY_BYTES,
		MHD_OPTION_END);
}

struct web *web_open(struct bridge *b, struct str host, uint16_t port,
		     const char **why)
{
	struct web *w = calloc(1, sizeof(*w));
	const union MHD_DaemonInfo *info;
	union endpoint at;

	if (w == NULL)
		abort();
	w->bridge = b;
	w->rates = rates_create(b);
	if (endpoint_read(host, port, &at))
		w->daemon = daemon_start(w, &at);
	info = w->daemon == NULL ? NULL
				 : MHD_get_daemon_info(
					   w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL || !loop_watch_open(b->loop, &w->watch, info->epoll_fd,
					     LOOP_IN, on_ready, w)) {
		*why = errno != 0 ? strerror(errno) : "cannot listen there";
		web_close(&w);
		return NULL;
	}
	return w;
}

void web_close(struct web **wp)
{
	struct web *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	loop_timer_stop(&w->timer);
	loop_watch_close(&w->watch);
	if (w->daemon != NULL)
		MHD_stop_daemon(w->daemon);
	rates_destroy(&w->rates);
	free(w);
}
