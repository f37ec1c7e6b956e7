#ifndef STOX_GATEWAY_CONFIG_PORTOWNER_H
#define STOX_GATEWAY_CONFIG_PORTOWNER_H
#include <sys/types.h>
#include "sip/sipmsg.h"

/* Which program holds a port of this machine, as /proc tells. */
struct portowner {
	pid_t pid;
	char name[32];
};

/* false when nobody holds it, or we may not see who: other users' programs are
 * shown to root only. */
bool portowner_find(enum transport transport, const union endpoint *at,
		    struct portowner *out);
/* One line of /proc/net/{tcp,udp}[6]: the inode of its socket, 0 when it does
 * not stand in the way of at. A stream must listen. For portowner_find and
 * its test. */
unsigned long portowner_line(const char *line, enum transport transport,
			     const union endpoint *at);

#endif
