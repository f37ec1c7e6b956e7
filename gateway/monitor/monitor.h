#ifndef STOX_GATEWAY_MONITOR_MONITOR_H
#define STOX_GATEWAY_MONITOR_MONITOR_H

struct bridge;
struct monitor;

/* What admins see the gateway by, as one thing: the control socket,
 * HTTP, export to Homer. */

/* NULL and *why (valid until the next call) when something that the settings
 * name cannot be had. */
struct monitor *monitor_create(struct bridge *b, const char **why);
void monitor_destroy(struct monitor **mp);

#endif
