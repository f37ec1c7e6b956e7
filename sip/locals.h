#ifndef STOX_SIP_LOCALS_H
#define STOX_SIP_LOCALS_H
#include <stddef.h>
#include "sip/sipmsg.h"

/* Addresses of ours that datagrams came to, for sockets that are bound to all
 * of them: each gets a small number. Ports are those of the socket. Private to
 * the transports. */
enum { LOCALS_MAX = 64 };
struct locals { /* embedded; zeroed: none */
	union endpoint at[LOCALS_MAX];
	size_t count;
};

/* From 1 on. 0 when there are too many: answers then leave as the routes
 * say. */
uint32_t locals_number(struct locals *l, const union endpoint *own);
/* NULL: no such number, or of another family. */
const union endpoint *locals_get(const struct locals *l, uint32_t number,
				 int family);

#endif
