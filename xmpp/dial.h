#ifndef STOX_XMPP_DIAL_H
#define STOX_XMPP_DIAL_H
#include <stdbool.h>
#include <stdint.h>
#include "gateway/base/str.h"

struct loop;
struct dial;

/* Connects over TCP to a host, by name or by digits, without blocking the
 * loop: every address in turn, IPv6 and IPv4. Keeps one descriptor in reserve,
 * so that a process that has run out of them still gets its link back, and
 * the last addresses that a name had, for the days when DNS is away. */
typedef void dial_fn(void *arg, int fd, const char *why);

struct dial *dial_create(struct loop *l, struct str host, uint16_t port,
			 dial_fn *fn, void *arg);
void dial_destroy(struct dial **dp);
/* Begins; fn is called once, never inside this call: with a connected,
 * non-blocking socket, which then is the callee's, or with -1 and why, which
 * is valid during the call. timeout_ms is for all addresses together. */
void dial_start(struct dial *d, uint64_t timeout_ms);
/* Gives up without calling fn; idempotent. */
void dial_stop(struct dial *d);
/* Fills the reserve again, if it was used: after a descriptor was closed. */
void dial_restock(struct dial *d);

#endif
