#ifndef STOX_GATEWAY_MONITOR_WEB_H
#define STOX_GATEWAY_MONITOR_WEB_H
#include <stdint.h>
#include "gateway/base/str.h"

struct bridge;
struct web;

/* HTTP for admins and their machines, to read only, in the loop:
 *
 *   /         the status page; /status.css and /status.js belong to it
 *   /metrics  OpenMetrics text
 *   /health   200 as long as the loop turns
 *   /ready    200 when all links are up and the store is well, else 503 and
 *             what is missing
 *
 * libmicrohttpd runs when its epoll descriptor is readable: nothing blocks,
 * nothing has a thread. Everything is small and is made at once. */
enum {
	WEB_CONNECTIONS_MAX = 64,
	WEB_CONNECTIONS_PER_SOURCE_MAX = 32,
	WEB_IDLE_S = 15,
	WEB_MEMORY_BYTES = 16 * 1024 /* of one connection: headers */
};

/* NULL and *why (static, or valid until the next call) when it cannot listen
 * there. host: numeric. */
struct web *web_open(struct bridge *b, struct str host, uint16_t port,
		     const char **why);
void web_close(struct web **wp);

#endif
