#ifndef STOX_SIP_OUTAGE_H
#define STOX_SIP_OUTAGE_H
#include "sip/sipmsg.h"

/* The next hops that failed lately (RFC 3263 §4.3), so that the second request
 * to a domain whose first server is silent need not wait for it again. They
 * are tried last, never left out. */
enum { OUTAGE_MAX = 32 };

struct outage {
	struct outage_entry {
		union endpoint peer;
		enum transport transport;
		uint64_t until_ms; /* 0: free */
	} entries[OUTAGE_MAX];
	size_t next;  /* where the next one goes */
	size_t count; /* in use: none is the usual case */
};

void outage_note(struct outage *o, const struct hop *hop, uint64_t until_ms);
void outage_clear(struct outage *o, const struct hop *hop);
/* Those that failed to the end; the order is kept otherwise. */
void outage_sort(const struct outage *o, struct hop *hops, size_t n,
		 uint64_t now_ms);

#endif
