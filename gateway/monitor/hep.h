#ifndef STOX_GATEWAY_MONITOR_HEP_H
#define STOX_GATEWAY_MONITOR_HEP_H
#include "gateway/base/str.h"
#include "sip/sipmsg.h"

struct bridge;
struct hep;

/* Export to Homer and others that speak HEP version 3: a datagram for each SIP
 * message and each stanza, credentials and texts of messages masked. What the
 * kernel does not take at once is dropped: nothing waits for it. */
struct hep *hep_open(struct bridge *b, const char **why);
void hep_close(struct hep **hp);
/* For metrics. */
uint64_t hep_sent(const struct hep *h);
uint64_t hep_dropped(const struct hep *h);

/* --- pure: one packet (HEP 3 §3) */
struct hep_packet {
	union endpoint from, to; /* of the same family */
	bool is_tcp, is_sip;	 /* else XMPP */
	uint32_t s, us;		 /* when, UTC */
	uint32_t agent_id;
	struct str key;		/* none: none */
	struct str correlation; /* none: none */
	struct str payload;
};
enum { HEP_MAX_BYTES = 60000 };
/* false: too long. */
bool hep_write(struct strbuf *b, const struct hep_packet *p);

#endif
