#ifndef STOX_SIP_SOURCES_H
#define STOX_SIP_SOURCES_H
#include "gateway/base/table.h"
#include "sip/sipmsg.h"

/* How many connections one address has to us; of IPv6 one /64, which is what
 * one customer gets. Private to the transports. */
struct source {
	UT_hash_handle hh;
	unsigned char key[9];
	unsigned count;
};

/* *table: the head of a table, NULL when empty. Counts one more. */
struct source *sources_enter(struct source **table, const union endpoint *peer);
/* One less; the last takes its entry away. */
void sources_leave(struct source **table, struct source *src);

#endif
