#include "gateway/monitor/monitor.h"
#include <stdlib.h>
#include "gateway/admin/control.h"
#include "gateway/base/log.h"
#include "gateway/bridge.h"
#include "gateway/monitor/hep.h"
#include "gateway/monitor/web.h"

struct monitor {
	struct control *control; /* owned; NULL: none */
	struct web *web;	 /* owned; NULL: off */
	struct bridge *bridge;	 /* borrowed */
};

/* The usual place need not be there: outside of systemd nobody has made it. A
 * place that the settings name has to be. */
static bool control_start(struct monitor *m, struct bridge *b, const char **why)
{
	struct arena *a = loop_arena(b->loop);
	struct str path = b->cfg->admin_socket;
	bool is_usual = path.n == 0;
	char *z;

	if (is_usual)
		path = STR_LIT(CONFIG_ADMIN_SOCKET);
	z = str_dupz(a, path);
	m->control = control_open(b, z, b->cfg->is_admin_for_group, why);
	if (m->control != NULL)
		return true;
	*why = str_dupz(a, str_fmt(a, "admin.socket %s: %s", z, *why));
	if (is_usual)
		log_info("control_socket_none", F_Z("why", *why),
			 F_Z("advice", "stoxd ctl needs admin.socket"));
	return is_usual;
}

static bool web_start(struct monitor *m, struct bridge *b, const char **why)
{
	const struct config_listen *at = &b->cfg->web;
	struct arena *a = loop_arena(b->loop);

	if (at->host.n == 0)
		return true;
	m->web = web_open(b, at->host, at->port, why);
	if (m->web == NULL)
		*why = str_dupz(a, str_fmt(a, "web.address %.*s:%u: %s",
					   STR_ARG(at->host), at->port, *why));
	return m->web != NULL;
}

static bool hep_start(struct bridge *b, const char **why)
{
	const struct config_listen *to = &b->cfg->hep;
	struct arena *a = loop_arena(b->loop);

	if (to->host.n == 0)
		return true;
	b->hep = hep_open(b, why);
	if (b->hep == NULL)
		*why = str_dupz(a, str_fmt(a, "hep.address %.*s:%u: %s",
					   STR_ARG(to->host), to->port, *why));
	return b->hep != NULL;
}

struct monitor *monitor_create(struct bridge *b, const char **why)
{
	struct monitor *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	m->bridge = b;
	if (!control_start(m, b, why) || !web_start(m, b, why) ||
	    !hep_start(b, why))
		monitor_destroy(&m);
	return m;
}

void monitor_destroy(struct monitor **mp)
{
	struct monitor *m = *mp;

	if (m == NULL)
		return;
	*mp = NULL;
	hep_close(&m->bridge->hep);
	web_close(&m->web);
	control_close(&m->control);
	free(m);
}
