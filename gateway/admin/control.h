#ifndef STOX_GATEWAY_ADMIN_CONTROL_H
#define STOX_GATEWAY_ADMIN_CONTROL_H
#include <stdbool.h>

struct bridge;
struct control;

/* The control socket: admin commands from this machine (`stoxd ctl`), over a
 * Unix socket. Who may open it is for its mode to say, and SO_PEERCRED is
 * looked at as well. Lines, LF at their end:
 *
 *   client: "stox 1 LANG", then a command, one a line
 *   server: "|" and a line of the answer, as many as there are, then
 *           "=STATUS" (enum admin_status)
 *
 * One answer after the other, in order; end of file ends it. */
enum {
	CONTROL_CLIENTS_MAX = 16,
	CONTROL_IDLE_MS = 30000 /* without a command, or without reading */
};

/* path: a socket that nobody listens to any more is replaced. Mode 0660 when
 * group members may, else 0600. NULL and *why (static) when it cannot be
 * had. */
struct control *control_open(struct bridge *b, const char *path,
			     bool is_for_group, const char **why);
/* Whether it could be had: opens it for a moment. *why as above. */
bool control_try(const char *path, const char **why);
/* Removes the socket. */
void control_close(struct control **cp);

#endif
