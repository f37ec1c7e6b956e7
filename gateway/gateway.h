#ifndef STOX_GATEWAY_GATEWAY_H
#define STOX_GATEWAY_GATEWAY_H
#include <stdbool.h>
#include "gateway/config/config.h"

struct loop;
struct gateway;

/* The composition root: creates every room in order, wires their callbacks,
 * destroys in reverse. */
struct gateway_events {
	/* All components that are configured are up, or one is not any more.
	 * status: a line for systemd ("1 of 2 links up; ..."), borrowed. */
	void (*on_status)(void *arg, bool is_ready, const char *status);
	void (*on_drained)(void *arg); /* after gateway_drain */
	/* Commands of an admin: as SIGHUP (lines for him in out), as SIGTERM.
	 */
	bool (*on_reload)(void *arg, struct strbuf *out);
	void (*on_drain)(void *arg);
};

/* NULL and *why (borrowed until the next call) when a port or file cannot be
 * had. cfg is borrowed and must outlive the gateway. */
struct gateway *gateway_create(struct loop *l, const struct config *cfg,
			       const struct gateway_events *e, void *arg,
			       const char **why);
void gateway_destroy(struct gateway **gp);
/* Takes new settings (reload.h: what it returns, and how long the old ones are
 * needed) and reads certificates, keys and authorities again, for connections
 * to come; the log and out say how that went. *failed: how many of those did
 * not load: the old ones stay. */
bool gateway_reload(struct gateway *g, struct config *new, struct strbuf *out,
		    size_t *failed);
/* New requests get 503, what is under way ends or times out within
 * cfg->drain_ms, links are closed in order; then on_drained. */
void gateway_drain(struct gateway *g);

#endif
